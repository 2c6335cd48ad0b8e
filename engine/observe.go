// Observing: what an engine does, cell by cell of the two tables. It serves
// coverage, counts on the diagrams, and explanations.

package engine

import (
	"time"

	"github.com/invsim/invsim/states"
)

// Step is one use of a cell of a table: a trigger met a state, and the cell was
// carried out. What is ignored or refused is a step, too.
type Step struct {
	Local   bool // the cell is of the caller's table; of the callee's, if not
	From    uint8
	Trigger uint8
	To      uint8 // From, unless Kind is states.Move
	Kind    states.Kind
	Effects states.Effect

	ID   ID     // zero if the invitation has none yet
	Peer string // the other user
	At   time.Time
}

// FromName is the state before, as the diagrams have it.
func (s Step) FromName() string { return s.stateName(s.From) }

// ToName is the state after, as the diagrams have it.
func (s Step) ToName() string { return s.stateName(s.To) }

// TriggerName is what happened, as the tables and the diagrams have it.
func (s Step) TriggerName() string {
	if s.Local {
		return states.LocalTrigger(s.Trigger).String()
	}
	return states.RemoteTrigger(s.Trigger).String()
}

func (s Step) stateName(state uint8) string {
	if s.Local {
		return states.LocalState(state).String()
	}
	return states.RemoteState(state).String()
}

// String is the step in words, with its effects in the order in which they are
// carried out.
func (s Step) String() string {
	table := "callee"
	if s.Local {
		table = "caller"
	}
	text := table + ": " + s.TriggerName() + " in " + s.FromName() + ": " + s.Kind.String()
	if s.Kind == states.Move {
		text += " to " + s.ToName()
	}
	if s.Effects != 0 {
		text += ": " + s.Effects.String()
	}
	return text
}

// observe tells a step. It is kept out of the look-up, which hardly ever needs it.
func (e *Engine) observe(s *step, isLocal bool, from, trigger uint8, kind states.Kind, next uint8, effects states.Effect) {
	e.options.Observe(Step{
		Local: isLocal, From: from, Trigger: trigger, To: next, Kind: kind, Effects: effects,
		ID: s.id, Peer: s.peer, At: e.origin.Add(time.Duration(e.now)),
	})
}
