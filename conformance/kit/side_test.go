package kit

import (
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/states"
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

// forgetful is a caller that forgets ended invitations early.
type forgetful struct{ after time.Duration }

func (f forgetful) Tables() (states.LocalTable, states.RemoteTable) {
	return states.Local(), states.Remote()
}

func (f forgetful) Memory(_, tombstone time.Duration) (local, remote time.Duration) {
	return f.after, tombstone
}

// TestForgetful: a caller may forget an ended invitation after its linger and the expiry
// and accept times, and not before.
func TestForgetful(t *testing.T) {
	after := func(d time.Duration) invd.Driver {
		return invd.Here(&reference.Endpoint{Adjust: func(o *engine.Options) {
			keep := max(o.Times.Linger, o.Times.Expiry+o.Times.Accept) + d
			o.Rules = seam.Of(forgetful{keep}, o.Times.Linger, o.Times.Tombstone)
		}})
	}
	for _, c := range Cases() {
		if found, _ := c.Run(after(0)); found != nil {
			t.Errorf("%s: %+v", c.ID, found)
		}
	}
	tooEarly := 0
	for seed := range uint64(400) {
		if found, _ := Side(after(0), seed, App); found != nil {
			t.Errorf("seed %d: %s: %+v", seed, found.Cause(), found)
		}
		if found, _ := Side(after(-30*time.Second), seed, App); found != nil {
			tooEarly++
		}
	}
	if tooEarly == 0 {
		t.Error("a caller that forgets too early is not seen")
	}
}
