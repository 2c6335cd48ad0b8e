package shrink

import (
	"context"
	"testing"

	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
)

// mutants are engines that break a rule, the property that shows it, and how many
// faults and calls it takes at most; 0 calls are one. except is a seed whose world has
// no small failure.
var mutants = []struct {
	id     mutant.ID
	want   property.ID
	most   int
	calls  int
	except uint64
}{
	{id: mutant.AcceptWithoutConfirm, want: property.S1, most: 0},
	{id: mutant.AcceptAfterCancel, want: property.S2, most: 1},
	{id: mutant.NoCalleeTombstone, want: property.S7, most: 1},
	{id: mutant.ShortCalleeTombstone, want: property.S6, most: 1, except: 2}, // whose world delays nothing but by clogs
	// The caller forgets a call since it has no room for more: that takes four calls.
	{id: mutant.UnknownAcceptConfirmed, want: property.S1, most: 1, except: 3},
	{id: mutant.ExpiryLeftArmed, want: property.S4, most: 2},
	{id: mutant.CancelAfterAccepted, want: property.S8, most: 0},
	{id: mutant.KeyWithoutPeer, want: property.Pair, most: 2},
	{id: mutant.IDsUsedAgain, want: property.S10, most: 1, calls: 2},
	{id: mutant.ExpiredCancelSaysUser, want: property.Pair, most: 1},
	{id: mutant.SecondRing, want: property.S6, most: 1},
	{id: mutant.ReceiptNotImplied, want: property.S9, most: 1},
	{id: mutant.CancelNotTold, want: property.S14, most: 0},
	{id: mutant.AcceptTwice, want: property.S13, most: 0},
	{id: mutant.RefuseAfterAccept, want: property.S13, most: 0},
	{id: mutant.ResponseNotShown, want: property.S10, most: 0},
}

// TestMutantsShrink: in a world of the swarm that shows a broken rule, little more is
// left than what shows it, whatever the seed.
func TestMutantsShrink(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.id.String(), func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 3 && (seed == 1 || !testing.Short()); seed++ {
				k, ok := showing(t, m.id, m.want, seed)
				if !ok {
					t.Errorf("seed %d: not shown in %d worlds", seed, worlds)
				}
				if !ok || seed == m.except {
					continue
				}
				f, err := Shrink(context.Background(), k, m.want, Options{NoWindows: true})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("seed %d: %d plays, %d choices, %v %v", seed, f.Plays, f.Token.Tape.Len(), f.Faults, f.Actions)
				if len(f.Faults) > m.most || f.Token.Options.Calls > max(1, m.calls) {
					t.Errorf("seed %d: %d faults of %d calls are left, want at most %d:\n%v", seed, len(f.Faults), f.Token.Options.Calls, m.most, f.Faults)
				}
				requireReplays(t, f, m.want)
				requireRule(t, f, m.want)
			}
		})
	}
}

// worlds are how many of a swarm are tried.
const worlds = 1500

// showing is the first world of a swarm in which a mutant violates a property, and
// an engine that keeps the rule does not.
func showing(t testing.TB, id mutant.ID, want property.ID, seed uint64) (sim.Token, bool) {
	t.Helper()
	for number := range worlds {
		o, _ := sim.Swarm(seed, number)
		o.Engine.Mutant = id
		k := sim.Token{Options: o}
		if out, err := sim.Play(o, 0, k.Source(), false); err != nil || !Violated(want)(out) {
			continue
		}
		k.Options.Engine.Mutant = mutant.None
		if out, err := k.Play(); err != nil || Violated(want)(out) {
			continue
		}
		k.Options.Engine.Mutant = id
		return k, true
	}
	return sim.Token{}, false
}

// requireRule plays a failure with engines that keep the rule: it must be gone.
func requireRule(t testing.TB, f *Failure, want property.ID) {
	t.Helper()
	k := f.Token
	k.Options.Engine.Mutant = mutant.None
	out, err := k.Play()
	if err != nil {
		t.Fatal(err)
	}
	if Violated(want)(out) {
		t.Errorf("it fails without the mutant too")
	}
}
