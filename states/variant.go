// Variants: a table with some other cells, to try the use of a rule. The protocol is
// the declared tables.

package states

// Change is a cell of a variant: the other effect of a trigger there.
type Change[S, T ~uint8] struct {
	In      S
	On      T
	Next    S // In for no move
	Effects Effect
}

// LocalChange and RemoteChange are changes of the two tables.
type (
	LocalChange  = Change[LocalState, LocalTrigger]
	RemoteChange = Change[RemoteState, RemoteTrigger]
)

// With is another table, with the changes made; the table itself stays. A changed
// cell can be reached: its kind follows from its state and effects. No engine can
// be given such a table from outside of this module.
func (t Table[S, T]) With(changes ...Change[S, T]) Table[S, T] {
	variant := *t.cells
	for _, c := range changes {
		variant[c.In&7][c.On&63] = Cell[S]{Effects: c.Effects, Next: c.Next, Kind: kindOf(c.In, c.Next, c.Effects)}
	}
	t.cells = &variant
	return t
}
