package sim

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/world"
)

func mustSwarm(t *testing.T, seed uint64, runs, workers int) *SwarmResult {
	t.Helper()
	var played atomic.Int64
	r, err := RunSwarm(context.Background(), seed, runs, workers, false, nil, func(n int) { played.Add(int64(n)) })
	if err != nil || int(played.Load()) != runs {
		t.Fatalf("%d of %d worlds are played: %v", played.Load(), runs, err)
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

// TestSwarmDoesNotDependOnWorkers: the same worlds, the same sums.
func TestSwarmDoesNotDependOnWorkers(t *testing.T) {
	change := func(o *setup.Options) { o.Mutant = 1 }
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
		o, _ := setup.DrawSwarm(9, number)
		k := setup.Token{Options: o}
		if difference, err := world.Differs(t.Context(), o, 0, k.Source()); err != nil || difference != "" {
			t.Errorf("world %d: %s %v", number, difference, err)
		}
	}
}

// TestWorldsOverBytes: all messages of a swarm, and of the first world of a run, are
// encoded and decoded.
func TestWorldsOverBytes(t *testing.T) {
	swarm := mustSwarm(t, 9, 60, 2)
	if swarm.Encoded < swarm.Messages() || swarm.Messages() == 0 {
		t.Errorf("%d of %d messages of a swarm were encoded", swarm.Encoded, swarm.Messages())
	}
	o := setup.Default()
	o.Calls, o.World = 300, 100
	whole := mustRun(t, o, 2)
	o.Calls = 100
	first := mustRun(t, o, 2)
	if first.Encoded != first.Messages() || whole.Encoded != first.Encoded || first.Encoded == 0 {
		t.Errorf("%d and %d messages were encoded; the first world has %d", first.Encoded, whole.Encoded, first.Messages())
	}
}
