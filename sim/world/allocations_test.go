// How much memory a world asks for.

package world

import (
	"testing"

	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// TestAllocations: a world uses the room of the one before. What it allocates is two
// objects for each call, which the apps hold, the memory of its new engines, and one more
// object for a ring whose INVITE was not the first.
func TestAllocations(t *testing.T) {
	for loss, most := range map[float64]float64{0.01: 4, 0.3: 4.5} {
		o := setup.Default()
		o.Loss = loss
		w := New(&o)
		all := testing.AllocsPerRun(3, func() {
			if err := w.Play(t.Context(), 1, tape.World(o.Seed, 1)); err != nil {
				t.Fatal(err)
			}
		})
		if each := all / float64(o.World); each < 2 || each > most {
			t.Errorf("loss %v: %.2f allocations a call, not from 2 to %v", loss, each, most)
		}
	}
}
