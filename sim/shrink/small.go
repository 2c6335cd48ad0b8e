// Small worlds: where a search ends with many faults, or calls that hang together, the
// property may be broken in one of the few thousand worlds of one call and one fault.

package shrink

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// manyFaults are more than a reader takes in at once.
const manyFaults = 4

// kept are the options of the failing world that its small worlds have too, besides
// those of the engines.
var kept = []string{"keep-old", "snapshots"}

// cancels and replies are what the two users of a small world do.
var (
	cancels = []time.Duration{-1, 0, 75 * time.Millisecond, time.Second, 5 * time.Second, 31 * time.Second} // -1: never
	replies = []struct {
		set   []setting
		after time.Duration
	}{
		{answers[0], 0}, {answers[1], 0}, {answers[1], time.Second}, {answers[1], 5 * time.Second}, {answers[1], 59 * time.Second},
		{answers[2], 0}, {answers[2], time.Second},
	}
)

// oneFault is all that goes wrong in a small world.
type oneFault struct {
	kind engine.Kind   // of the first copy of which
	late time.Duration // it is that late; 0 if it is lost
	set  []fault.Scheduled
}

// oneFaults are none at all, a loss or a delay of the first copy of each kind, and
// spells of the kinds that the failing world has.
func oneFaults(o *setup.Options) []oneFault {
	all := []oneFault{{}}
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		for _, late := range []time.Duration{0, 100 * time.Millisecond, 600 * time.Millisecond, 2 * time.Second, 10 * time.Second, 40 * time.Second, 90 * time.Second} {
			all = append(all, oneFault{kind: kind, late: late})
		}
	}
	for kind := range fault.Save {
		lengths := []time.Duration{time.Millisecond, 300 * time.Millisecond, 5 * time.Second, 40 * time.Second, 90 * time.Second}
		if kind.Row().Moment {
			lengths = []time.Duration{time.Minute, 5 * time.Minute}
		}
		for _, at := range []time.Duration{0, 60 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second} {
			for phone := 0; o.CanHappen(kind) && phone < 2; phone++ {
				for _, lasts := range lengths {
					all = append(all, oneFault{set: []fault.Scheduled{{Kind: kind, At: at, For: lasts, Phones: []int{phone}}}})
				}
			}
		}
	}
	return all
}

// apply makes the fault happen.
func (f *oneFault) apply(o *setup.Options, t *tape.Recorded) {
	o.Faults = f.set
	if f.kind == 0 {
		return
	}
	about := setup.Subject{Kind: int(f.kind)}
	if f.late == 0 {
		o.Loss = 0.5
		t.Set(setup.About(tape.Loss, about), 1<<63)
		return
	}
	o.Reorder, o.ReorderBy = 0.5, 100*time.Second
	t.Set(setup.About(tape.Reorder, about), 1<<63)
	by := setup.About(tape.ReorderBy, about)
	t.Set(by, o.DrawOf(by, f.late))
}

// smallWorlds tries them all, the plainest first.
func (s *shrinker) smallWorlds(failing *setup.Options) bool {
	base := setup.Plain()
	base.World, base.CancelAfter, base.AnswerAfter = 1, setup.Range{Max: time.Minute}, setup.Range{Max: time.Minute}
	for _, f := range failing.Fields() {
		engines := f.Section == setup.OfEngine
		for _, name := range kept {
			engines = engines || f.Name == name
		}
		if engines && base.Set(f.Name, f.Value.String()) != nil {
			return false
		}
	}
	for _, fault := range oneFaults(failing) {
		for _, reply := range replies {
			for _, after := range cancels {
				if s.over() {
					return false
				}
				o, t := base, &tape.Recorded{}
				for _, v := range reply.set {
					if err := o.Set(v.name, v.text); err != nil {
						panic(err) // the table is wrong
					}
				}
				answer, cancel := tape.Choice{What: tape.AnswerAfter}, tape.Choice{What: tape.CancelAfter}
				t.Set(answer, o.DrawOf(answer, reply.after))
				if after >= 0 {
					o.Cancel = 1
					t.Set(cancel, o.DrawOf(cancel, after))
				}
				fault.apply(&o, t)
				if s.try(s.with(o, t)) {
					return true
				}
			}
		}
	}
	return false
}
