package kit

import (
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim/mutant"
)

func here(id mutant.ID) invd.Driver { return invd.Here(&reference.Endpoint{Mutant: id}) }

// TestSame: the reference does not differ from itself.
func TestSame(t *testing.T) {
	for seed := range uint64(300) {
		if found, _ := Side(here(mutant.None), seed, App); found != nil {
			t.Fatalf("seed %d: %+v", seed, found)
		}
	}
}

// TestMutants: every rule that can be broken shows.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		d := here(m.ID)
		var found *Difference
		seed := uint64(0)
		for ; seed < 300 && found == nil; seed++ {
			found, _ = Side(d, seed, App)
		}
		if found == nil {
			t.Errorf("%s does not show", m.Name)
			continue
		}
		small := Shrink(d, found, App)
		if small.Cause() != found.Cause() || len(small.Case.Steps) > min(len(found.Case.Steps), 12) {
			t.Errorf("%s: %s in %d steps is made %s in %d", m.Name, found.Cause(), len(found.Case.Steps), small.Cause(), len(small.Case.Steps))
		}
		if again, skipped := small.Case.Run(d); again == nil || skipped != "" || again.Level != small.Level {
			t.Errorf("%s: the small case shows %+v, %s", m.Name, again, skipped)
		}
		if same, _ := small.Case.Run(here(mutant.None)); same != nil {
			t.Errorf("%s: the reference fails the small case: %+v", m.Name, same)
		}
		t.Logf("%s: seed %d, %d steps, then %d: %s: %s\n%s", m.Name, seed, len(found.Case.Steps), len(small.Case.Steps), small.Cause(), small.What, small.Case.Write())
	}
}
