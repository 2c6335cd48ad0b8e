// From a stateless machine to a dense table: the small language in which both
// machines are declared, and the compilation that fires every cell once.

package states

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/qmuntal/stateless"
)

// Kind is the kind of a cell's decision.
type Kind uint8

// Every cell is one of these.
const (
	Impossible Kind = iota // not chosen here: reaching it is a broken invariant of the engine
	Ignored                // nothing happens
	Stay                   // effects without a new state
	Misuse                 // an API call is refused, nothing changes
	Move                   // a new state
)

var kindNames = [...]string{"impossible", "ignored", "stay", "misuse", "move"}

func (k Kind) String() string { return name(kindNames[:], uint8(k)) }

// Cell is the effect of one trigger in one state.
type Cell[S ~uint8] struct {
	Effects Effect
	Next    S
	Kind    Kind
}

// Table is a compiled machine. It is a value, and nothing changes what it holds:
// whoever has one cannot change the protocol for others.
type Table[S, T ~uint8] struct {
	cells    *cells[S]
	states   int
	triggers int
}

// LocalTable and RemoteTable are the tables of the two machines.
type (
	LocalTable  = Table[LocalState, LocalTrigger]
	RemoteTable = Table[RemoteState, RemoteTrigger]
)

// cells are 8 states by 64 triggers. Both are powers of two so that a masked
// index needs no bounds check.
type cells[S ~uint8] [8][64]Cell[S]

// At is the cell of trigger t in state s.
func (t Table[S, T]) At(s S, trigger T) Cell[S] { return t.cells[s&7][trigger&63] }

// Counts says how many cells of each kind the table has.
func (t Table[S, T]) Counts() map[Kind]int {
	counts := map[Kind]int{}
	for s := range t.states {
		for trigger := range t.triggers {
			counts[t.cells[s][trigger].Kind]++
		}
	}
	return counts
}

// machine is a stateless machine under declaration. Its states are flat, it has
// no guards, and its actions only set bits in the instance found in the context.
type machine[S, T ~uint8] struct{ live *stateless.StateMachine }

// instance holds the state of a live machine: the external storage of one
// invitation. It is its own context, so that firing allocates none.
type instance[S ~uint8] struct {
	context.Context
	state   S
	effects Effect
}

type instanceKey struct{}

func newInstance[S ~uint8](s S) *instance[S] {
	return &instance[S]{Context: context.Background(), state: s}
}

func (i *instance[S]) Value(key any) any {
	if key == (instanceKey{}) {
		return i
	}
	return i.Context.Value(key)
}

func instanceOf[S ~uint8](ctx context.Context) *instance[S] {
	i, _ := ctx.Value(instanceKey{}).(*instance[S])
	return i
}

// errImpossible is the error of firing an undeclared cell.
var errImpossible = errors.New("states: the trigger cannot happen in this state")

func newMachine[S, T ~uint8](declare func(*machine[S, T])) *machine[S, T] {
	get := func(ctx context.Context) (stateless.State, error) {
		if i := instanceOf[S](ctx); i != nil {
			return i.state, nil
		}
		return S(0), nil // the graph asks without an instance
	}
	set := func(ctx context.Context, s stateless.State) error {
		instanceOf[S](ctx).state = s.(S)
		return nil
	}
	m := &machine[S, T]{stateless.NewStateMachineWithExternalStorage(get, set, stateless.FiringImmediate)}
	m.live.OnUnhandledTrigger(func(context.Context, stateless.State, stateless.Trigger, []string) error { return errImpossible })
	declare(m)
	return m
}

// emit is the only kind of action there is.
func emit[S ~uint8](effects Effect) stateless.ActionFunc {
	return func(ctx context.Context, _ ...any) error {
		instanceOf[S](ctx).effects |= effects
		return nil
	}
}

// move: a new state, with effects.
func (m *machine[S, T]) move(from S, on T, to S, effects Effect) {
	m.live.Configure(from).Permit(on, to).OnExitWith(on, emit[S](effects))
}

// stay: effects only.
func (m *machine[S, T]) stay(in S, on T, effects Effect) {
	m.live.Configure(in).InternalTransition(on, emit[S](effects))
}

func (m *machine[S, T]) stays(in []S, on T, effects Effect) {
	for _, s := range in {
		m.stay(s, on, effects)
	}
}

// ignore: nothing, on purpose.
func (m *machine[S, T]) ignore(in S, on T) { m.live.Configure(in).Ignore(on) }

func (m *machine[S, T]) ignores(in []S, on T) {
	for _, s := range in {
		m.ignore(s, on)
	}
}

// fire runs one trigger on the live machine.
func (m *machine[S, T]) fire(i *instance[S], on T) error {
	i.effects = 0
	return m.live.FireCtx(i, on)
}

// compile fires every trigger in every state once and records the results.
func compile[S, T ~uint8](m *machine[S, T], states, triggers int) Table[S, T] {
	table := Table[S, T]{cells: new(cells[S]), states: states, triggers: triggers}
	if states > len(table.cells) || triggers > len(table.cells[0]) {
		panic(fmt.Sprintf("states: %d states by %d triggers do not fit the table", states, triggers))
	}
	for s := range states {
		for t := range triggers {
			i := newInstance(S(s))
			err := m.fire(i, T(t))
			if err != nil && !errors.Is(err, errImpossible) {
				panic(fmt.Sprintf("states: state %v, trigger %v: %v", S(s), T(t), err))
			}
			cell := Cell[S]{Effects: i.effects, Next: i.state}
			if err == nil {
				cell.Kind = kindOf(S(s), i.state, i.effects)
			}
			table.cells[s][t] = cell
		}
	}
	return table
}

// kindOf is the kind of a cell that can be reached.
func kindOf[S ~uint8](from, to S, effects Effect) Kind {
	switch {
	case to != from:
		return Move
	case effects&Refusals != 0:
		return Misuse
	case effects != 0:
		return Stay
	}
	return Ignored
}

var localTable = sync.OnceValue(func() LocalTable {
	return compile(newMachine(declareLocal), NumLocalStates, NumLocalTriggers)
})

var remoteTable = sync.OnceValue(func() RemoteTable {
	return compile(newMachine(declareRemote), NumRemoteStates, NumRemoteTriggers)
})
