package sim

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/invsim/invsim/sim/property"
)

func mustSwarm(t *testing.T, seed uint64, runs, workers int) *SwarmResult {
	t.Helper()
	r, err := RunSwarm(context.Background(), seed, runs, workers, false, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSwarmHolds: every property holds under its fault classes, everything ends
// after it is healed, and every goal is reached.
func TestSwarmHolds(t *testing.T) {
	r := mustSwarm(t, 1, 2500, 2)
	for _, v := range r.Violations {
		t.Errorf("world %d: %v", v.World, v.Violation)
	}
	for g := property.Goal(1); g < property.NumGoals; g++ {
		if r.Goals[g] == 0 {
			t.Errorf("%v was never reached", g)
		}
	}
}

// TestSwarmIsFair: each option is on as often as it should be, and whatever is drawn
// makes sense.
func TestSwarmIsFair(t *testing.T) {
	const runs = 4000
	on := make([]int, len(swarmOptions))
	for number := range runs {
		o, drawn := Swarm(5, number)
		if err := o.Validate(); err != nil {
			t.Fatalf("world %d: %v", number, err)
		}
		for i := range drawn {
			if drawn[i] {
				on[i]++
			}
		}
	}
	for i, s := range swarmOptions {
		want := float64(runs) / float64(s.odds)
		if math.Abs(float64(on[i])-want) > 5*math.Sqrt(want) {
			t.Errorf("%s is on in %d of %d worlds, want about %.0f", s.name, on[i], runs, want)
		}
	}
}

// TestSwarmDoesNotDependOnWorkers: the same worlds, the same sums.
func TestSwarmDoesNotDependOnWorkers(t *testing.T) {
	change := func(o *Options) { o.Engine.Mutant = 1 }
	var tellings []string
	for _, workers := range []int{1, 3} {
		r, err := RunSwarm(context.Background(), 3, 200, workers, true, change, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Held() {
			t.Fatal("a broken engine holds")
		}
		tellings = append(tellings, fmt.Sprint(r.Pairs, r.Goals, r.Violations, r.On, r.Sent, *r.Cover))
	}
	if tellings[0] != tellings[1] {
		t.Errorf("one worker says\n%.2000s\nthree say\n%.2000s", tellings[0], tellings[1])
	}
}

// TestEveryWorldIsPlayedTwiceAlike looks for the first choice or output in which a
// world differs when it is played again.
func TestEveryWorldIsPlayedTwiceAlike(t *testing.T) {
	for number := range 100 {
		o, _ := Swarm(9, number)
		k := Token{Options: o}
		if difference, err := Differs(o, 0, k.Source()); err != nil || difference != "" {
			t.Errorf("world %d: %s %v", number, difference, err)
		}
	}
}
