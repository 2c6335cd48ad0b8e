package shrink

import (
	"context"
	"testing"

	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
)

// mutants are engines that break a rule, the property that shows it, and how many
// faults it takes at most.
var mutants = []struct {
	id   mutant.ID
	want property.ID
	most int
}{
	{mutant.AcceptWithoutConfirm, property.S1, 0},
	{mutant.AcceptAfterCancel, property.S8, 0},
	{mutant.NoCalleeTombstone, property.S7, 1},
	{mutant.ShortCalleeTombstone, property.S6, 1},
	{mutant.EarlyCancelAckedOnly, property.S7, 1},
	{mutant.UnknownAcceptConfirmed, property.S1, 2},
	{mutant.ExpiryLeftArmed, property.S4, 1},
	{mutant.CancelAfterAccepted, property.S8, 0},
	{mutant.KeyWithoutPeer, property.Pair, 1},
	{mutant.IDsUsedAgain, property.S6, 2},
	{mutant.ExpiredCancelSaysUser, property.Pair, 1},
	{mutant.SecondRing, property.S6, 1},
	{mutant.ReceiptNotImplied, property.S9, 1},
	{mutant.CancelNotTold, property.S14, 0},
	{mutant.AcceptTwice, property.S13, 0},
	{mutant.RefuseAfterAccept, property.S13, 0},
	{mutant.ResponseNotShown, property.S10, 0},
}

// TestMutantsShrink: in a world of the swarm that shows a broken rule, little more is
// left than what shows it, whatever the seed.
func TestMutantsShrink(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.id.String(), func(t *testing.T) {
			for seed := uint64(1); seed <= 3; seed++ {
				k, ok := showing(t, m.id, m.want, seed)
				if !ok {
					t.Logf("seed %d: not shown in %d worlds", seed, worlds)
					continue
				}
				f, err := Shrink(context.Background(), k, m.want, Options{NoWindows: true})
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("seed %d: %d plays, %d choices, %v %v", seed, f.Plays, f.Token.Tape.Len(), f.Faults, f.Actions)
				if len(f.Faults) > m.most || f.Token.Options.Calls != 1 {
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
