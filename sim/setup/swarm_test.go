package setup

import (
	"math"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
)

// TestSwarmIsFair: each option is on as often as it should be, and whatever is drawn
// makes sense.
func TestSwarmIsFair(t *testing.T) {
	const runs = 4000
	on := make([]int, len(swarmOptions))
	for number := range runs {
		o, drawn := DrawSwarm(5, number)
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

// TestSwarmWatchesMemory: most worlds of a swarm promise what rests on memory.
func TestSwarmWatchesMemory(t *testing.T) {
	const runs = 4000
	promised := 0
	for number := range runs {
		if o, _ := DrawSwarm(7, number); o.Promised(property.S3) && o.Promised(property.Q1) {
			promised++
		}
	}
	if share := float64(promised) / runs; share < 0.6 {
		t.Errorf("%.0f %% of the worlds", 100*share)
	}
}

// TestWhatALeapTakes: nothing from safety that does not rest on memory, little leaps
// only rules that reckon when a copy is due, and great drift everything.
func TestWhatALeapTakes(t *testing.T) {
	o := Default()
	if spare := o.Spare(); spare != 117*time.Second || o.Exception(property.Q5) != "" {
		t.Errorf("%v, %q", spare, o.Exception(property.Q5))
	}
	o.Every[fault.Jump] = time.Minute
	for id, want := range map[property.ID]time.Duration{property.S1: math.MaxInt64, property.S14: math.MaxInt64, property.S3: 117 * time.Second,
		property.Pair: 117 * time.Second, property.Q1: 117 * time.Second, property.Q5: 0, property.Q6: 0, property.Q7: 0} {
		if got := o.Leap(id); got != want || !o.Promised(id) {
			t.Errorf("%v: %v, want %v", id, got, want)
		}
	}
	for id, want := range map[property.ID]string{property.S1: "", property.Q9: "for calls during which a clock leaps", property.S6: "for calls during which clocks leap by more than 1m57s in all"} {
		if got := o.Exception(id); got != want {
			t.Errorf("%v: %q, want %q", id, got, want)
		}
	}
	for drift, want := range map[float64]bool{0.01: true, 0.3: true, 0.5: false} {
		if o.Drift = drift; o.Promised(property.S3) != want || o.Promised(property.S1) == false {
			t.Errorf("drift %v: S3 is promised: %v", drift, !want)
		}
	}
}
