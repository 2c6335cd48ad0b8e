// How often and for how long: the faults that come at random, over a long time.

package world

import (
	"math"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/tape"
)

// TestEpisodesAreAsAsked: each comes once in its time and lasts as long on average, on
// the phones or on the whole network.
func TestEpisodesAreAsAsked(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    string
		kind   event.Kind
		ends   event.Kind
		phones int
	}{
		{"burst", "burst-every=100s; burst-for=5s", event.FaultTurns, event.FaultTurns, 20},
		{"clog", "clog-every=100s; clog-for=5s", event.FaultTurns, event.FaultTurns, 20},
		{"freeze", "freeze-every=100s; freeze-for=5s", event.PhoneFreezes, event.PhoneThaws, 20},
		{"partition", "partition-every=5s; partition-for=250ms", event.FaultTurns, event.FaultTurns, 1},
		{"jump", "jump-every=100s; jump-by=5s", event.ClockJumps, 0, 20},
	} {
		o, _ := (&transcript{set: c.set + "; users=20; calls=1; arrivals=0.001/s"}).world(t)
		w := New(&o)
		every, lasts := w.random[0].Every, w.random[0].Lasts
		begun, back := 0, 0
		var took, sum time.Duration
		since := map[string]time.Duration{}
		w.Observe = func(e event.Entry) {
			switch {
			case e.Kind == event.ClockJumps:
				begun++
				sum += e.Takes
				took += 2 * e.Takes.Abs() // uniform from 0 to lasts
				back += b2i(e.Takes < 0)
			case e.Kind == c.kind && !e.Online:
				begun++
				since[e.Node] = e.At
			case e.Kind == c.ends && e.Kind != event.CopySent:
				took += e.At - since[e.Node]
			}
		}
		if err := w.Play(t.Context(), 0, late{tape.World(3, 0)}); err != nil {
			t.Fatal(err)
		}
		want := float64(w.clock.now) / float64(every) * float64(c.phones)
		if want < 150 || math.Abs(float64(begun)-want) > 4.5*math.Sqrt(want) {
			t.Errorf("%s: %d begin, want about %.0f", c.name, begun, want)
		}
		if mean := took / time.Duration(begun); math.Abs(float64(mean)/float64(lasts)-1) > 4/math.Sqrt(want) {
			t.Errorf("%s: %v on average, want about %v", c.name, mean, lasts)
		}
		if c.kind == event.ClockJumps && (math.Abs(float64(back)-want/2) > 4*math.Sqrt(want) || sum.Abs() > time.Duration(4*math.Sqrt(want)*float64(lasts))) {
			t.Errorf("%d of %d jumps are back, by %v in all", back, begun, sum)
		}
	}
}

// TestIdlePhonesAreSpared: by chance, a crash hits only a process that has something to
// lose; a set one hits any.
func TestIdlePhonesAreSpared(t *testing.T) {
	for set, want := range map[string]uint64{"crash-every=1s": 0, "faults=crash@10s+1s:1": 1} {
		c := transcript{set: set + "; arrivals=0.01/s; crash-for=0s; snapshots=none; heal=50s"}
		o, _ := c.world(t)
		w := New(&o)
		w.Result = result.New()
		if err := w.Play(t.Context(), 0, late{tape.World(3, 0)}); err != nil {
			t.Fatal(err)
		}
		if w.Result.Crashes != want {
			t.Errorf("%s: %d crashes before anybody calls, want %d", set, w.Result.Crashes, want)
		}
	}
}

// late is a tape on which every call comes at the end.
type late struct{ tape.Tape }

func (l late) Draw(what tape.Label, about tape.Key) uint64 {
	if what == tape.Arrival {
		return math.MaxUint64
	}
	return l.Tape.Draw(what, about)
}
