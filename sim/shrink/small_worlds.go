// Small worlds: a search that leaves out one thing after another ends where no single
// one can be left out. From there it goes on in new worlds of one call, with the engines
// of the failing one: each is played without a fault, and then with one or two, at the
// moments at which something happens. Half of these are of the kinds that the search
// has left.

package shrink

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

const (
	smallWorlds = 1000 // how many are drawn,
	variants    = 10   // and how often each is played with faults
	searches    = 10   // how many that break the property are searched at most
	fewFaults   = 2    // as many as a reader takes in at once: then only worlds without any are tried
)

// searchSmall draws small worlds. Each that breaks the property is searched in its
// turn, and the best of all stays.
func (s *shrinker) searchSmall(failing *setup.Options) {
	left, times := kindsOf(s.best.Options.Faults), failing.Times()
	timers := []time.Duration{times.Accept, times.NoResponse, times.Expiry, times.Tombstone}
	faults, searched := s.countFaults(s.best), 0
	try := func(k setup.Token) {
		before := s.best
		if !s.try(k) {
			return
		}
		searched++
		if s.search(); !s.simpler(s.best, before) {
			s.best = before
		}
		faults = s.countFaults(s.best)
	}
	for n := 0; n < smallWorlds && searched < searches && !s.over() && (faults > 0 || s.best.Options.Calls > 1); n++ {
		r := small{rand.New(rand.NewPCG(1, uint64(n))), timers}
		quiet := r.quiet(failing)
		try(quiet)
		if faults <= fewFaults && s.best.Options.Calls == 1 {
			continue
		}
		out, err := sim.Play(s.ctx, quiet.Options, 0, quiet.Tape, true)
		if s.plays++; err != nil {
			return
		}
		for range variants {
			try(r.disturbed(quiet, out.Entries, left))
		}
	}
}

// small draws a small world.
type small struct {
	*rand.Rand
	timers []time.Duration // of its engines
}

// span is a time: none at all, about that of a timer, or of any magnitude up to longest.
func (r small) span() time.Duration {
	switch unit := time.Millisecond << r.IntN(19); r.IntN(4) {
	case 0:
		return 0
	case 1:
		return max(0, r.timers[r.IntN(len(r.timers))]+time.Duration(r.IntN(401)-200)*time.Millisecond)
	default:
		return unit + time.Duration(r.Int64N(int64(unit)))
	}
}

const longest = time.Millisecond << 19

// quiet is a world in which nothing goes wrong: its users do something at some time.
func (r small) quiet(failing *setup.Options) setup.Token {
	o, t := setup.PlainOptions(), &tape.Recorded{}
	fields := failing.Fields()
	for i, f := range o.Fields() {
		if f.Section == setup.OfEngine || f.Name == "keep-old" {
			_ = f.Value.Set(fields[i].Value.String()) // it has printed that itself
		}
	}
	o.World, o.ReorderBy, o.Snapshots = 1, longest, failing.Snapshots
	if r.IntN(2) == 0 {
		o.Snapshots = setup.Snapshots(r.IntN(3))
	}
	o.AnswerAfter, o.CancelAfter = setup.Range{Max: longest}, setup.Range{Max: longest}
	o.Latency = netem.Between(50*time.Millisecond, 50*time.Millisecond)
	o.Accept, o.Refuse, o.Ignore = 0, 0, 0
	*[]*float64{&o.Accept, &o.Refuse, &o.Ignore}[r.IntN(3)] = 1
	o.Cancel = float64(r.IntN(2))
	for _, p := range []struct{ to, from *float64 }{{&o.PressTwice, &failing.PressTwice}, {&o.ChangeMind, &failing.ChangeMind}, {&o.Strangers, &failing.Strangers}} {
		if *p.from > 0 {
			*p.to = float64(r.IntN(2))
		}
	}
	if o.Strangers > 0 {
		o.Users = 3
	}
	saves := setup.Subject{Phone: r.IntN(2), Slot: 1} // if snapshots are stale
	t.Set(setup.ChoiceOf(fault.Save.Row().Count, saves), 1<<63)
	t.Set(setup.ChoiceOf(fault.Save.Row().At, saves), r.Uint64())
	for _, what := range []tape.Label{tape.AnswerAfter, tape.CancelAfter} {
		c := tape.Choice{What: what}
		t.Set(c, o.DrawOf(c, r.span()))
	}
	return setup.Token{Options: o, Tape: t}
}

// disturbed is a quiet world with one fault or two: of a copy that was sent in it, or
// of a phone at a moment at which something happened.
func (r small) disturbed(k setup.Token, happened []event.Entry, left []fault.Kind) setup.Token {
	k.Tape = k.Tape.Clone()
	var copies, moments []*event.Entry
	for i := range happened {
		e := &happened[i]
		if e.Kind == event.CopySent {
			copies = append(copies, e)
		}
		if len(moments) == 0 || e.At != moments[len(moments)-1].At {
			moments = append(moments, e)
		}
	}
	for range 1 + min(1, r.IntN(3)) {
		switch r.IntN(4) {
		case 0:
			k.Options.Loss = 0.5
			k.Tape.Set(setup.ChoiceOf(tape.Loss, subjectOf(copies[r.IntN(len(copies))])), 1<<63)
		case 1:
			k.Options.Reorder = 0.5
			about := subjectOf(copies[r.IntN(len(copies))])
			k.Tape.Set(setup.ChoiceOf(tape.Reorder, about), 1<<63)
			by := setup.ChoiceOf(tape.ReorderBy, about)
			k.Tape.Set(by, k.Options.DrawOf(by, r.span()))
		default:
			f := fault.Scheduled{Kind: fault.Kind(r.IntN(int(fault.Save))), At: moments[r.IntN(len(moments))].At, For: r.span(), Phones: []int{r.IntN(2)}}
			if left != nil && r.IntN(2) == 0 {
				f.Kind = left[r.IntN(len(left))]
			}
			k.Options.Faults = append(slices.Clone(k.Options.Faults), f)
		}
	}
	return k
}

// subjectOf is the copy that an entry is about.
func subjectOf(e *event.Entry) setup.Subject {
	return setup.Subject{Call: e.Call, Kind: int(e.Message.Kind), Copy: e.Copy}
}
