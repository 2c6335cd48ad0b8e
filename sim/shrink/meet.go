// Ways out of a dead end: worlds with fewer faults in which what is left must happen
// at other moments, so that no single change leads there.

package shrink

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// earlierCopies lets a fault of a late copy befall an earlier one, at the same
// moment: then nothing need go wrong with the copies before it.
func (s *shrinker) earlierCopies() {
	for c, draw := range s.best.Tape.All() {
		about := setup.SubjectOf(c)
		for copy := range max(0, about.Copy) {
			to := about
			to.Copy = copy
			if s.best.Tape.Get(c) == draw && s.tryCopy(c, setup.About(c.What, to)) {
				break
			}
		}
	}
}

// tryCopy moves all that was decided about one copy to another, and leaves out every
// other fault, or those of other copies, or none. The copy comes when it came before,
// or some time later: what it must come after may have moved too.
func (s *shrinker) tryCopy(from, to tape.Choice) bool {
	sooner := s.sentAt(from) - s.sentAt(to)
	for _, late := range []time.Duration{sooner, 2*sooner + time.Second, time.Hour} {
		bare, alone, moved := s.toCopy(setup.SubjectOf(from), setup.SubjectOf(to), late)
		o := s.best.Options
		o.Faults = nil
		if s.try(s.with(o, bare)) || s.try(s.with(s.best.Options, alone)) || s.try(s.with(s.best.Options, moved)) {
			return true
		}
	}
	return false
}

// toCopy are the tapes for that: with nothing else that is a fault, with no other copy,
// and with all.
func (s *shrinker) toCopy(was, is setup.Subject, late time.Duration) (bare, alone, moved *tape.Recorded) {
	o := &s.best.Options
	bare, alone, moved = &tape.Recorded{}, &tape.Recorded{}, s.best.Tape.Clone()
	held := s.best.Tape.Get(setup.About(tape.ReorderBy, was)) != 0
	for c, draw := range s.best.Tape.All() {
		switch about := setup.SubjectOf(c); {
		case about == was:
			to := setup.About(c.What, is)
			if d, ok := o.TimeOf(c, draw); ok && (c.What == tape.ReorderBy || c.What == tape.Latency && !held) {
				draw = o.DrawOf(to, d+late)
			}
			moved.Set(c, 0)
			for _, t := range []*tape.Recorded{bare, alone, moved} {
				t.Set(to, draw)
			}
		case about.Copy < 0:
			alone.Set(c, draw)
			if !isFault(c.What) && !isOfSpell(c.What) {
				bare.Set(c, draw)
			}
		}
	}
	return bare, alone, moved
}

// sentAt is when the copy of a choice is sent in the best world.
func (s *shrinker) sentAt(c tape.Choice) time.Duration {
	out := s.again(s.best, s.best.Tape, true)
	s.plays++
	about := setup.SubjectOf(c)
	for i := range out.Entries {
		if e := &out.Entries[i]; isCopy(e, about) {
			return e.At
		}
	}
	return 0
}

// isCopy tells whether an entry is the sending of a copy.
func isCopy(e *event.Entry, about setup.Subject) bool {
	return e.Kind == event.CopySent && e.Call == about.Call && e.Message.Kind == engine.Kind(about.Kind) && e.Copy == about.Copy
}

// meetings are the times that users are given, to meet what is left of the faults.
var meetings = []time.Duration{
	0, 25 * time.Millisecond, 50 * time.Millisecond, 75 * time.Millisecond, 100 * time.Millisecond, 125 * time.Millisecond,
	150 * time.Millisecond, 200 * time.Millisecond, 250 * time.Millisecond, 400 * time.Millisecond, 600 * time.Millisecond,
	time.Second, 1500 * time.Millisecond, 2 * time.Second, 3 * time.Second, 5 * time.Second, 10 * time.Second,
	20 * time.Second, 29 * time.Second, 31 * time.Second, 45 * time.Second, 59 * time.Second, 61 * time.Second, 90 * time.Second,
}

// dropAndMeet leaves out all faults, or one of them, and has the users act at other
// times, or act who did not: what they do is no fault.
func (s *shrinker) dropAndMeet() {
	all := s.best.Tape.Clone()
	var some []*tape.Recorded
	for c := range s.best.Tape.All() {
		if isFault(c.What) {
			one := s.best.Tape.Clone()
			one.Set(c, 0)
			all.Set(c, 0)
			some = append(some, one)
		}
	}
	if len(some) == 0 || s.best.Options.Calls > 1 {
		return
	}
	var times []tape.Choice
	choices, _ := s.asked()
	for _, d := range choices {
		if d.What == tape.AnswerAfter || d.What == tape.CancelAfter {
			times = append(times, d.Choice)
		}
	}
	now := s.best.Options
	if s.tryMeetings(now, all, times...) {
		return
	}
	for _, t := range some {
		for _, when := range times {
			if s.tryMeetings(now, t, when) {
				return
			}
		}
		for _, act := range acts {
			o := now
			for _, v := range act.set {
				if err := o.Set(v.name, v.text); err != nil {
					panic(err) // the table is wrong
				}
			}
			if s.tryMeetings(o, t, act.when) {
				return
			}
		}
	}
}

// acts are what users may do, and when.
var acts = []struct {
	set  []setting
	when tape.Choice
}{
	{[]setting{{"cancel", "100%"}}, tape.Choice{What: tape.CancelAfter}},
	{answers[1], tape.Choice{What: tape.AnswerAfter}},
	{answers[2], tape.Choice{What: tape.AnswerAfter}},
}

// dropSome leaves out two or three faults at a time: some help only together.
func (s *shrinker) dropSome() {
	var faults []tape.Choice
	for c := range s.best.Tape.All() {
		if isFault(c.What) {
			faults = append(faults, c)
		}
	}
	if len(faults) > 12 {
		return // hundreds of plays, and for nothing yet
	}
	without := func(some ...tape.Choice) bool {
		t := s.best.Tape.Clone()
		for _, c := range some {
			t.Set(c, 0)
		}
		return t.Len() < s.best.Tape.Len() && s.try(s.with(s.best.Options, t))
	}
	for i, a := range faults {
		for j, b := range faults[:i] {
			if without(a, b) {
				continue
			}
			for _, c := range faults[:j] {
				without(a, b, c)
			}
		}
	}
}

// cutOut cuts out what comes before a fault of a late copy: the copy is the first one
// then, and all else happens earlier by as much.
func (s *shrinker) cutOut() {
	for c := range s.best.Tape.All() {
		if about := setup.SubjectOf(c); about.Copy > 0 && s.best.Tape.Get(c) != 0 {
			to := about
			to.Copy = 0
			by := s.sentAt(c) - s.sentAt(setup.About(c.What, to))
			if by > 0 && s.try(s.without(by, about.Copy)) {
				return
			}
		}
	}
}

// without is the best world without its beginning and the first copies of each kind.
func (s *shrinker) without(by time.Duration, copies int) setup.Token {
	o, t := s.best.Options, &tape.Recorded{}
	choices, _ := s.asked()
	for c, draw := range s.best.Tape.All() {
		about := setup.SubjectOf(c)
		switch {
		case isOfSpell(c.What):
			continue
		case c.What == tape.CancelAfter:
			after, _ := o.TimeOf(c, draw)
			draw = o.DrawOf(c, max(0, after-by))
		case about.Copy >= 0 && about.Copy < copies:
			continue
		case about.Copy >= 0:
			about.Copy -= copies
			c = setup.About(c.What, about)
		}
		t.Set(c, draw)
	}
	var spells []spell
	for _, p := range spellsOf(&o, choices) {
		if p.at >= by {
			p.at -= by
			spells = append(spells, p)
		}
	}
	write(&o, t, spells)
	o.Faults = nil
	for _, f := range s.best.Options.Faults {
		if f.At >= by {
			f.At -= by
			o.Faults = append(o.Faults, f)
		}
	}
	return s.with(o, t)
}

// isFault tells the choices of the network and the phones.
func isFault(what tape.Label) bool {
	if what == tape.CorruptBit || what == tape.ReorderBy || what == tape.PushAfter {
		return false
	}
	return faultWords[what] != nil || isCount(what)
}

func isCount(what tape.Label) bool {
	kind, ok := fault.KindOf(what)
	return ok && what == kind.Row().Count
}

// tryMeetings plays a tape with other times for one or two choices.
func (s *shrinker) tryMeetings(o setup.Options, base *tape.Recorded, times ...tape.Choice) bool {
	if len(times) == 0 || len(times) > 2 {
		return false
	}
	for _, first := range meetings {
		t := base.Clone()
		t.Set(times[0], o.DrawOf(times[0], first))
		if len(times) > 1 {
			if s.tryMeetings(o, t, times[1:]...) {
				return true
			}
		} else if s.try(s.with(o, t)) {
			return true
		}
	}
	return false
}
