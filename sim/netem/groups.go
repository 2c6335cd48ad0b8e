// Groups: a piece with different settings for some phones.

package netem

import "github.com/invsim/invsim/sim/tape"

// ByGroup passes each copy to the piece of a group of phones: that of the phone at one
// end of the way, or, of the groups of both phones, the later one's. A piece that is
// nil lets everything pass.
type ByGroup struct {
	Of     []uint8 // by phone
	Pieces []Piece // by group
	End    End
	Both   bool
}

// Pass implements Piece.
func (g ByGroup) Pass(t tape.Tape, c *Copy) Fate {
	group := g.Of[g.End.phone(c)]
	if g.Both {
		group = max(g.Of[c.From], g.Of[c.To])
	}
	if piece := g.Pieces[group]; piece != nil {
		return piece.Pass(t, c)
	}
	return Passed
}

// ByGroupInOrder is a ByGroup of pieces that are InOrder.
type ByGroupInOrder struct{ ByGroup }

func (ByGroupInOrder) inOrder() {}
