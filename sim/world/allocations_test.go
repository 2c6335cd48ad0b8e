// How much memory a world asks for.

package world

import (
	"testing"

	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// TestAllocations: a world uses the room of the one before. What it allocates is two
// objects for each call, which the apps hold, and the memory of its new engines.
func TestAllocations(t *testing.T) {
	for _, loss := range []float64{0.01, 0.3} {
		o := setup.Default()
		o.Loss = loss
		w := New(&o)
		all := testing.AllocsPerRun(3, func() {
			if err := w.Play(t.Context(), 1, tape.World(o.Seed, 1)); err != nil {
				t.Fatal(err)
			}
		})
		if each := all / float64(o.World); each < 2 || each > 4 {
			t.Errorf("loss %v: %.2f allocations a call, not from 2 to 4", loss, each)
		}
	}
}
