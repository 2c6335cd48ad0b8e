// Cover: the cells of the two tables that a run has used, and the circumstances of
// the inputs.

package event

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// Circumstance is the circumstance of an input: the fault that it met.
type Circumstance uint8

// The circumstances, for messages, for buttons, and for timers.
const (
	Plainly      Circumstance = iota // nothing was
	Repeated                         // a copy that an engine had sent again
	Doubled                          // a copy that the network had made
	Delayed                          // a copy that took more than a second
	Kept                             // a copy that the network had kept for an offline phone
	FromStranger                     // a third party's message
	Again                            // a button that was pressed a second time, or the opposite one
	WhileOffline                     // the phone was offline
	AfterFreeze                      // the process had been frozen, and is late
	AfterSet                         // the phone's clock has been set
	AfterRestart                     // the process has crashed and started again
	NumCircumstances
)

var circumstanceNames = [NumCircumstances]string{"plain", "repeated", "doubled", "delayed", "kept", "stranger", "again", "offline", "frozen", "clock set", "restarted"}

func (c Circumstance) String() string { return circumstanceNames[c] }

// DelayedFrom is how long a copy takes that counts as delayed.
const DelayedFrom = int64(time.Second)

// Cover counts the uses of each cell: by machine, state, trigger and circumstance.
type Cover struct {
	counts [numCells + numMoves]uint64 // by cellPlace and movePlace
}

const (
	numStates   = 8  // at least as many as either table has: a power of two
	numTriggers = 64 // likewise
	numCells    = 2 * numStates * numTriggers * int(NumCircumstances)
	numMoves    = 2 * numStates * numStates * numTriggers
)

// cellPlace is where the counts of a cell begin, one of each circumstance.
func cellPlace(machine int, state, trigger uint8) int {
	row := machine*numStates + int(state%numStates)
	return (row*numTriggers + int(trigger%numTriggers)) * int(NumCircumstances)
}

func movePlace(machine int, from, to, trigger uint8) int {
	row := (machine*numStates+int(from%numStates))*numStates + int(to%numStates)
	return numCells + row*numTriggers + int(trigger%numTriggers)
}

// Cell is one cell of a table and its uses.
type Cell struct {
	Local          bool
	State, Trigger string
	Kind           states.Kind
	Uses           [NumCircumstances]uint64
}

// Sum is how often it was used.
func (c *Cell) Sum() uint64 {
	var sum uint64
	for _, n := range c.Uses {
		sum += n
	}
	return sum
}

// Move is an edge of a state diagram and its uses.
type Move struct {
	Local             bool
	From, To, Trigger string
	Uses              uint64
}

// IsTimer reports whether time alone has led to a step.
func IsTimer(s *engine.Step) bool {
	if s.Local {
		t := states.LocalTrigger(s.Trigger)
		return t >= states.LocalNoResponse && t <= states.LocalRetransmit
	}
	t := states.RemoteTrigger(s.Trigger)
	return t >= states.RemoteExpiry && t <= states.RemoteRetransmit
}

func machine(local bool) int {
	if local {
		return 0
	}
	return 1
}

func (v *Cover) Add(s *engine.Step, under Circumstance) {
	m := machine(s.Local)
	v.counts[cellPlace(m, s.From, s.Trigger)+int(under)]++
	if s.Kind == states.Move {
		v.counts[movePlace(m, s.From, s.To, s.Trigger)]++
	}
}

func (v *Cover) Merge(o *Cover) {
	for place, n := range &o.counts {
		v.counts[place] += n
	}
}

// MarshalJSON has the place of each count that is not 0, and the count.
func (v *Cover) MarshalJSON() ([]byte, error) {
	counts := []uint64{}
	for place, n := range &v.counts {
		if n > 0 {
			counts = append(counts, uint64(place), n)
		}
	}
	return json.Marshal(counts)
}

// UnmarshalJSON takes places in ascending order.
func (v *Cover) UnmarshalJSON(data []byte) error {
	var counts []uint64
	if err := json.Unmarshal(data, &counts); err != nil {
		return err
	}
	*v = Cover{}
	next := uint64(0)
	for len(counts) >= 2 && counts[0] >= next && counts[0] < uint64(len(v.counts)) {
		v.counts[counts[0]] = counts[1]
		next, counts = counts[0]+1, counts[2:]
	}
	if len(counts) > 0 {
		return fmt.Errorf("counts of cells: %d numbers that are of no cell", len(counts))
	}
	return nil
}

// uses are those of a cell.
func (v *Cover) uses(machine int, state, trigger uint8) [NumCircumstances]uint64 {
	return [NumCircumstances]uint64(v.counts[cellPlace(machine, state, trigger):])
}

// Cells are all cells of both tables that can be reached, the caller's first.
func (v *Cover) Cells() []Cell {
	var all []Cell
	for s := range states.LocalState(states.NumLocalStates) {
		for t := range states.LocalTrigger(states.NumLocalTriggers) {
			if kind := states.Local().At(s, t).Kind; kind != states.Impossible {
				all = append(all, Cell{true, s.String(), t.String(), kind, v.uses(0, uint8(s), uint8(t))})
			}
		}
	}
	for s := range states.RemoteState(states.NumRemoteStates) {
		for t := range states.RemoteTrigger(states.NumRemoteTriggers) {
			if kind := states.Remote().At(s, t).Kind; kind != states.Impossible {
				all = append(all, Cell{false, s.String(), t.String(), kind, v.uses(1, uint8(s), uint8(t))})
			}
		}
	}
	return all
}

// Moves are all moves that the two tables have, the caller's first.
func (v *Cover) Moves() []Move {
	var all []Move
	for s := range states.LocalState(states.NumLocalStates) {
		for t := range states.LocalTrigger(states.NumLocalTriggers) {
			if cell := states.Local().At(s, t); cell.Kind == states.Move {
				all = append(all, Move{true, s.String(), cell.Next.String(), t.String(), v.counts[movePlace(0, uint8(s), uint8(cell.Next), uint8(t))]})
			}
		}
	}
	for s := range states.RemoteState(states.NumRemoteStates) {
		for t := range states.RemoteTrigger(states.NumRemoteTriggers) {
			if cell := states.Remote().At(s, t); cell.Kind == states.Move {
				all = append(all, Move{false, s.String(), cell.Next.String(), t.String(), v.counts[movePlace(1, uint8(s), uint8(cell.Next), uint8(t))]})
			}
		}
	}
	return all
}
