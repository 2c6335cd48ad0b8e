// Plain losses: what a bad radio, a partition, a full queue or damage took is simply
// lost, if that makes fewer faults.

package shrink

import (
	"slices"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// lossy are the settings of a world in which copies are lost in no other way.
var lossy = []setting{{"burst-every", "0s"}, {"partition-every", "0s"}, {"corrupt", "0%"}, {"rate", "0"}, {"loss", "50%"}}

// plainLosses replaces all other ways of losing copies by losses.
func (s *shrinker) plainLosses() {
	before := s.best
	out := s.again(before, before.Tape, true)
	s.plays++
	o, t, other := before.Options, before.Tape.Clone(), false
	for _, e := range out.Entries {
		if e.Kind != event.CopySent || !slices.Contains([]event.Fate{event.Lost, event.Cut, event.Overflow, event.Corrupted}, e.Fate) || e.Twin {
			continue
		}
		about := setup.Subject{Call: e.Call, Kind: int(e.Message.Kind), Copy: e.Copy}
		loss := setup.About(tape.Loss, about)
		other = other || t.Get(loss) == 0
		t.Set(loss, 1<<63)
		t.Set(setup.About(tape.BurstLoss, about), 0)
	}
	if !other {
		return
	}
	for _, v := range lossy {
		if err := o.Set(v.name, v.text); err != nil {
			panic(err) // the table is wrong
		}
	}
	o.Faults = slices.DeleteFunc(slices.Clone(o.Faults), func(f fault.Scheduled) bool {
		return f.Kind == fault.Partition || f.Kind == fault.Burst
	})
	if s.try(s.with(o, t)) {
		s.dropUnasked()
		s.dropChoices()
		if s.countFaults(s.best) > s.countFaults(before) {
			s.best = before
		}
	}
}
