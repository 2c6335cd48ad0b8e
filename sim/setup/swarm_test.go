package setup

import (
	"math"
	"testing"
)

// TestSwarmIsFair: each option is on as often as it should be, and whatever is drawn
// makes sense.
func TestSwarmIsFair(t *testing.T) {
	const runs = 4000
	on := make([]int, len(SwarmOptions))
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
	for i, s := range SwarmOptions {
		want := float64(runs) / float64(s.odds)
		if math.Abs(float64(on[i])-want) > 5*math.Sqrt(want) {
			t.Errorf("%s is on in %d of %d worlds, want about %.0f", s.name, on[i], runs, want)
		}
	}
}
