// Play: one world by itself, and its whole history.

package world

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// Ends is how one call ended on both sides.
type Ends struct {
	Caller property.CallerEnd
	Callee property.CalleeEnd
}

// Ends are how the calls of the world that was played last have ended, by their index.
func (w *World) Ends() []Ends {
	ends := make([]Ends, len(w.calls))
	for i := range w.calls {
		ends[i] = Ends{w.calls[i].CallerEnd, w.calls[i].CalleeEnd}
	}
	return ends
}

// Outcome is the outcome of one world.
type Outcome struct {
	Options setup.Options
	World   int
	Result  *result.Result
	Entries []event.Entry     // everything that happened, in order, if it was observed
	Faults  []fault.Scheduled // the episodes of faults that took effect, if it was observed
	calls   []call
}

// Play plays one numbered world with a tape, by itself. Only an observed one has
// Entries. It fails if the options make no sense, if the world breaks down, or if ctx ends.
func Play(ctx context.Context, options setup.Options, number int, source tape.Tape, observed bool) (*Outcome, error) {
	if !observed {
		return play(ctx, options, number, source, nil)
	}
	return play(ctx, options, number, source, func(*event.Entry) bool { return true })
}

// Trace plays the world of one call, and tells that call's story.
func Trace(ctx context.Context, options setup.Options, call int) (*event.Timeline, error) {
	if call < 0 || call >= options.Calls {
		return nil, fmt.Errorf("call %d: the run has calls 0 to %d", call, options.Calls-1)
	}
	number, index := call/options.World, call%options.World
	// First without a story, which would fill the memory if the world has no end.
	if _, err := play(ctx, options, number, tape.World(options.Seed, number), nil); err != nil {
		return nil, err
	}
	o, err := play(ctx, options, number, tape.World(options.Seed, number), func(e *event.Entry) bool {
		return e.Kind != event.Stepped && (e.Call == event.NoCall || e.Call == index) // the rest of a large world is much
	})
	if err != nil {
		return nil, err
	}
	return o.Timeline(index), nil
}

// play plays one world. It observes it if there is a function to say what to keep.
func play(ctx context.Context, options setup.Options, number int, source tape.Tape, keeps func(*event.Entry) bool) (*Outcome, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if number < 0 || number >= options.Worlds() {
		return nil, fmt.Errorf("world %d: the run has worlds 0 to %d", number, options.Worlds()-1)
	}
	o := &Outcome{Options: options, World: number}
	w := New(&o.Options)
	if keeps != nil {
		w.Observe = func(e event.Entry) {
			if keeps(&e) {
				o.Entries = append(o.Entries, e)
			}
		}
	}
	if err := w.Play(ctx, number, source); err != nil {
		return nil, err
	}
	if keeps != nil {
		o.Faults = w.began()
	}
	slices.SortStableFunc(o.Entries, func(a, b event.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	o.Result, o.calls = w.Result, w.calls
	return o, nil
}

// Timeline is the story of one call of an observed world, by its index there.
func (o *Outcome) Timeline(index int) *event.Timeline {
	c := &o.calls[index]
	t := &event.Timeline{Call: c.Number, World: o.World, ID: c.ID, CallerEnd: c.CallerEnd, CalleeEnd: c.CalleeEnd}
	if c.Caller != "" { // it was placed
		t.Caller, t.Callee = o.Options.PhoneName(int(c.caller)), o.Options.PhoneName(int(c.callee)+c.Stands()*o.Options.Users)
	}
	var phones, entries []event.Entry
	for _, e := range o.Entries {
		switch {
		case e.Kind == event.Stepped:
		case e.Call == event.NoCall:
			phones = append(phones, e)
		case e.Call == index:
			entries = append(entries, e)
		}
	}
	t.Entries = merge(entries, o.concerning(phones, c))
	for _, v := range o.Result.Violations {
		if v.Call == c.Number {
			t.Violations = append(t.Violations, v.Violation)
		}
	}
	return t
}

// Differs plays a world twice with a tape and tells the first choice or output in
// which the two differ, where the second stops; nothing if there is none.
func Differs(ctx context.Context, options setup.Options, number int, source tape.Tape) (string, error) {
	play := func(source tape.Tape, output func(line string), stop func() bool) error {
		w := New(&options)
		w.stop = stop
		w.Observe = func(e event.Entry) { output(e.At.String() + " call " + strconv.Itoa(e.Call) + " " + e.Line()) }
		return w.Play(ctx, number, source)
	}
	first := tape.NewLedger()
	if err := play(first.Tape(source), first.Output, nil); err != nil {
		return "", err
	}
	again := first.Replay()
	if err := play(again.Tape(source), again.Output, func() bool { return again.Divergence() != nil }); err != nil {
		return "", err
	}
	divergence := again.End()
	if divergence == nil {
		return "", nil
	}
	third := tape.NewLedger()
	third.KeepAt(divergence.Index)
	if err := play(third.Tape(source), third.Output, func() bool { return third.Len() > divergence.Index }); err != nil {
		return "", err
	}
	divergence.Explain(third)
	return divergence.String(), nil
}

// concerning picks the events of the call's phones while it lasted, and where they stood
// before it.
func (o *Outcome) concerning(phones []event.Entry, c *call) []event.Entry {
	from, to := time.Duration(c.SentAt), time.Duration(max(c.CallerEndAt, c.LastEndAt()))
	before := make([]*event.Entry, 1+o.Options.Devices) // the caller's, and those of the callee's devices
	var during []event.Entry
	for i := range phones {
		e := &phones[i]
		side, phone := 0, o.Options.PhoneNumber(e.Node)
		switch {
		case e.Node == "": // the network
		case phone == int(c.caller):
		case phone%o.Options.Users == int(c.callee):
			side = 1 + phone/o.Options.Users
		default:
			continue
		}
		switch {
		case e.At < from && e.Kind == event.PhoneToggles:
			before[side] = e
		case e.At >= from && e.At <= to:
			during = append(during, *e)
		}
	}
	var all []event.Entry
	for _, e := range before {
		if e != nil && !e.Online {
			all = append(all, *e)
		}
	}
	return append(all, during...)
}

// merge puts two stories into one, in the order in which things happened.
func merge(calls, phones []event.Entry) []event.Entry {
	all := slices.Concat(calls, phones)
	slices.SortStableFunc(all, func(a, b event.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return all
}

// Held is the first of the calls that were placed together with a call, and one; 0 if it
// was placed by itself.
func (o *Outcome) Held(call int) int { return int(o.calls[call].heldBy) }

// Parties are the phones of a call, by its index in the world, and when it was
// placed, since the start of the world.
func (o *Outcome) Parties(call int) (caller, callee int, placed int64) {
	c := &o.calls[call]
	if c.redials {
		return int(c.caller), int(c.callee), c.SentAt
	}
	return int(c.caller), int(c.callee), c.placeAt
}
