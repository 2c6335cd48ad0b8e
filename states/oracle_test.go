// The live stateless machine as the oracle of the compiled table.

package states

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestTableIsTheLiveMachine(t *testing.T) {
	t.Run("caller", func(t *testing.T) { compareLive(t, newMachine(declareLocal), Local()) })
	t.Run("callee", func(t *testing.T) { compareLive(t, newMachine(declareRemote), Remote()) })
}

func compareLive[S, T ~uint8](t *testing.T, live *machine[S, T], table Table[S, T]) {
	for s := range table.states {
		for trigger := range table.triggers {
			checkStep(t, live, table, newInstance(S(s)), T(trigger))
		}
	}
}

// checkStep fires one trigger at both, the table's impossible ones included.
func checkStep[S, T ~uint8](t interface{ Fatalf(string, ...any) }, live *machine[S, T], table Table[S, T], i *instance[S], on T) {
	from := i.state
	cell := table.At(from, on)
	err := live.fire(i, on)
	if err != nil && !errors.Is(err, errImpossible) {
		t.Fatalf("%v in %v: %v", nameOfTrigger(on), stateName(from), err)
	}
	if (err != nil) != (cell.Kind == Impossible) || i.state != cell.Next || i.effects != cell.Effects {
		t.Fatalf("%v in %v: live goes to %v with %v (error %v), table %v to %v with %v",
			nameOfTrigger(on), stateName(from), stateName(i.state), i.effects, err, cell.Kind, stateName(cell.Next), cell.Effects)
	}
}

// Whole lives: one machine, one instance, every trigger at any time.
func TestTracesOfTheLiveMachine(t *testing.T) {
	t.Run("caller", func(t *testing.T) {
		checkTraces(t, newMachine(declareLocal), Local(), callerColumns, callerTriggers)
	})
	t.Run("callee", func(t *testing.T) {
		checkTraces(t, newMachine(declareRemote), Remote(), calleeColumns, calleeTriggers)
	})
}

func checkTraces[S, T ~uint8](t *testing.T, live *machine[S, T], table Table[S, T], all []S, triggers []T) {
	from := rapid.SampledFrom(all)
	trace := rapid.SliceOf(rapid.SampledFrom(triggers))
	rapid.Check(t, func(t *rapid.T) {
		i := newInstance(from.Draw(t, "from"))
		for _, on := range trace.Draw(t, "trace") {
			checkStep(t, live, table, i, on)
		}
	})
}

// Two instances on one machine do not disturb each other.
func TestInstancesShareAMachine(t *testing.T) {
	live := newMachine(declareLocal)
	rapid.Check(t, func(t *rapid.T) {
		pair := [2]*instance[LocalState]{newInstance(LocalIdle), newInstance(LocalIdle)}
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			which := rapid.IntRange(0, 1).Draw(t, "which")
			other := *pair[1-which]
			checkStep(t, live, Local(), pair[which], rapid.SampledFrom(callerTriggers).Draw(t, "trigger"))
			if pair[1-which].state != other.state || pair[1-which].effects != other.effects {
				t.Fatalf("the other instance went from %v to %v", other.state, pair[1-which].state)
			}
		}
	})
}

// BenchmarkStep walks one accepted call of the caller, three steps an op:
//
//	go test -run - -bench Step ./states
func BenchmarkStep(b *testing.B) {
	call := [...]LocalTrigger{LocalSend, LocalReceived, LocalAccept}
	b.Run("table", func(b *testing.B) {
		table := Local()
		b.ReportAllocs()
		var state LocalState
		var effects Effect
		for b.Loop() {
			state = LocalIdle
			for _, on := range call {
				cell := table.At(state, on)
				state = cell.Next
				effects |= cell.Effects
			}
		}
		if state != LocalAcceptedByRemote || effects&ReplyConfirm == 0 {
			b.Fatal(state)
		}
	})
	b.Run("live", func(b *testing.B) {
		live := newMachine(declareLocal)
		i := newInstance(LocalIdle)
		b.ReportAllocs()
		for b.Loop() {
			i.state = LocalIdle
			for _, on := range call {
				if err := live.fire(i, on); err != nil {
					b.Fatal(err)
				}
			}
		}
		if i.state != LocalAcceptedByRemote {
			b.Fatal(i.state)
		}
	})
}
