// Which goals a world can reach: what it cannot, it never does.

package sim

import (
	"testing"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

func TestReachedGoalsCanBeReached(t *testing.T) {
	reached := [property.NumGoals]bool{}
	for number := range 600 {
		o, _ := setup.DrawSwarm(3, number)
		out, err := Play(t.Context(), o, 0, tape.World(o.Seed, 0), false)
		if err != nil {
			t.Fatal(err)
		}
		for g, n := range out.Result.Goals {
			if n > 0 && !o.CanReach(property.Goal(g)) {
				t.Errorf("world %d has reached %v, which it cannot", number, property.Goal(g))
			}
			reached[g] = reached[g] || n > 0
		}
	}
	plain, cannot := setup.Default(), 0
	for g := property.Goal(1); g < property.NumGoals; g++ {
		if plain.CanReach(g) {
			continue
		}
		if cannot++; !reached[g] {
			t.Errorf("no world of the swarm has reached %v", g)
		}
	}
	if cannot != 21 || !plain.CanReach(property.SecondPressRefused) {
		t.Errorf("the default world cannot reach %d goals", cannot)
	}
}
