// Package netem models networks from small pieces. A Piece does one thing to every
// copy of a message on its way: it loses, holds, duplicates or delays the copy. Pieces
// form a chain, and a piece asks a tape for its choices. It imports sim/tape alone.
package netem

import (
	"github.com/invsim/invsim/sim/tape"
)

// Copy is one copy of a message on its way between two phones.
type Copy struct {
	Key      tape.Key // names it in choices; the lowest bit is 0 and marks its duplicate
	From, To int32    // the phones, as indexes
	Size     int      // bytes on the wire
	At       int64    // the instant, in nanoseconds: a piece that takes time moves it on
}

// Twin is the bit of a key that tells a duplicate from its original.
const Twin = tape.Key(1)

// Fate is the fate of a copy in a piece.
type Fate uint8

// The fates.
const (
	Passed    Fate = iota // it goes on, at Copy.At
	Doubled               // it goes on, and a twin with it
	Lost                  // the network loses it
	Corrupted             // bits of it are flipped: it arrives, and cannot be used
	Cut                   // a partition is in its way
	Overflow              // a queue is full
)

// Piece is one thing that happens to copies.
type Piece interface {
	// Pass takes a copy in at c.At, moves c.At to when the copy leaves, and
	// says what became of it. It may read the copy only while it runs.
	Pass(t tape.Tape, c *Copy) Fate
}

// InOrder is a piece whose answer depends on its present state, or on earlier
// copies. Copies must be passed to it in the order of time.
type InOrder interface {
	Piece
	inOrder()
}

// Switch is a piece that is turned on for a phone and off again. Several reasons to
// be on count each.
type Switch interface {
	Piece
	Turn(phone int32, on bool)
}

// Chain is pieces in the order of the way.
type Chain []Piece

// Carry passes a copy through a chain without pieces that are InOrder. It returns
// when the copy and its twins arrive, or none.
func (chain Chain) Carry(t tape.Tape, c Copy) []int64 {
	for i, piece := range chain {
		switch piece.Pass(t, &c) {
		case Passed:
		case Doubled:
			twin := c
			twin.Key |= Twin
			return append(chain[i+1:].Carry(t, c), chain[i+1:].Carry(t, twin)...)
		default:
			return nil
		}
	}
	return []int64{c.At}
}
