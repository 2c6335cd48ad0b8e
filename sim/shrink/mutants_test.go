package shrink

import (
	"context"
	"flag"
	"testing"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

var seeds = flag.Uint64("seeds", 1, "how many swarms to look for every mutant in")

// The bounds that hold for every mutant of which the table below says nothing else. The
// worlds are about twice those that the worst of the seeds 1 to 8 takes.
const (
	foundWithin = 60 // worlds of a swarm
	mostFaults  = 2
	mostCalls   = 1
)

// harder are the mutants that take more, and why.
var harder = map[mutant.ID]struct{ worlds, faults, calls int }{
	// The caller has to forget a call that its callee accepts: a crash without a
	// snapshot, at that moment; or a bound that is reached.
	mutant.UnknownAcceptConfirmed: {worlds: 600, faults: 2, calls: 4},
	// An id has to come again after a crash, and meet what is left of the first.
	mutant.IDsUsedAgain: {worlds: 170, faults: 2, calls: 3},
	// The accept timer has to be late, and the CONFIRM to come before it.
	mutant.ConfirmAfterItsTimer: {worlds: 1200, faults: 3, calls: 1},
	// A phone has to be full, which it is in one world of eight.
	mutant.OverloadedEnds: {worlds: 150, faults: 2, calls: 6},
	// The ACCEPT has to be read by a phone that is online and not logged in yet.
	mutant.AcceptTakenLoggedOut: {worlds: 310, faults: 2, calls: 1},
	// The CONFIRM for one of several devices, which one world of eight has, has to reach another
	// before the INVITE.
	mutant.ElsewhereForgotten: {worlds: 320, faults: 2, calls: 1},
	// Two of them have to accept at about the same moment.
	mutant.ConfirmOfAnother: {worlds: 300, faults: 2, calls: 1},
	// One call has no other of its group.
	mutant.GroupNotDecided:  {worlds: foundWithin, faults: 1, calls: 2},
	mutant.NoPresenceResume: {worlds: foundWithin, faults: 3, calls: 1},
}

// TestMutants: every rule that is switched off is found by a swarm within a stated
// number of worlds, is shrunk to a stated number of faults and calls, does not fail
// with the rule switched on again, and is explained by the step that breaks it.
func TestMutants(t *testing.T) {
	for _, m := range mutant.All {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			worlds, faults, calls := foundWithin, mostFaults, mostCalls
			if h, ok := harder[m.ID]; ok {
				worlds, faults, calls = h.worlds, h.faults, h.calls
			}
			for seed := uint64(1); seed <= *seeds; seed++ {
				token, broken, ok := found(t, m.ID, seed, worlds)
				if !ok {
					t.Errorf("seed %d: not found in %d worlds", seed, worlds)
					continue
				}
				f, err := Shrink(context.Background(), token, broken, Options{NoWindows: true})
				if err != nil {
					t.Fatal(err)
				}
				v := f.Violation
				t.Logf("seed %d: %v, %d choices, %v %v", seed, v.Property, f.Token.Tape.Len(), f.Faults, f.Actions)
				if len(f.Faults) > faults || f.Token.Options.Calls > calls {
					t.Errorf("seed %d: %d faults of %d calls are left, want at most %d of %d:\n%v", seed, len(f.Faults), f.Token.Options.Calls, faults, calls, f.Faults)
				}
				requireReplays(t, f, v.Property)
				requireRule(t, f, v.Property)
				requireExplained(t, f)
			}
		})
	}
}

// found is the first world of a swarm in which a mutant violates a property, and the
// violation to look at: one of safety, if there is one.
func found(t testing.TB, id mutant.ID, seed uint64, worlds int) (token setup.Token, broken property.ID, ok bool) {
	t.Helper()
	for number := range worlds {
		o, _ := setup.DrawSwarm(seed, number)
		o.Mutant = id
		token.Options = o
		out, err := sim.Play(t.Context(), o, 0, token.Source(), false)
		if err != nil {
			t.Fatalf("world %d: %v", number, err)
		}
		if out.Result.Held() {
			continue
		}
		broken = out.Result.Violations[0].Property
		for _, other := range out.Result.Violations {
			if broken > property.Pair && other.Property <= property.Pair {
				broken = other.Property
			}
		}
		return token, broken, true
	}
	return token, broken, false
}

// requireExplained wants the step that breaks the rule to be told.
func requireExplained(t testing.TB, f *Failure) {
	t.Helper()
	x, err := explain.Violated(f.Outcome)
	if err != nil || x == nil {
		t.Fatalf("not explained: %v", err)
	}
	for _, s := range x.Sentences {
		if s.Deviates {
			return
		}
	}
	t.Errorf("no sentence tells the step that breaks the rule: %v", x.Sentences)
}

// requireRule plays a failure with engines that keep the rule: it must be gone.
func requireRule(t testing.TB, f *Failure, want property.ID) {
	t.Helper()
	k := f.Token
	k.Options.Mutant = mutant.None
	out, err := sim.Replay(t.Context(), &k)
	if err != nil {
		t.Fatal(err)
	}
	if Violated(want)(out) {
		t.Errorf("it fails without the mutant too")
	}
}
