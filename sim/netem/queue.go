// The pieces in which copies wait for each other: a link of constant rate, and
// recorded links. Each phone has one of its own.

package netem

import (
	"math"
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// End says which end of a copy's way a link belongs to.
type End bool

// The ends.
const (
	Sender   End = false
	Receiver End = true
)

func (e End) phone(c *Copy) int32 {
	if e == Receiver {
		return c.To
	}
	return c.From
}

// Rate is a link of constant rate with a queue: first in first out, and a copy that finds
// the queue full is dropped.
type Rate struct {
	Bytes float64 // a second
	Queue int     // bytes that may wait; 0 for any number
	End   End
	free  []int64 // by phone: when its link has nothing left to send
}

// NewRate makes one for a number of phones.
func NewRate(bytes float64, queue int, end End, phones int) *Rate {
	return &Rate{bytes, queue, end, make([]int64, phones)}
}

func (*Rate) inOrder() {}

// Pass implements Piece.
func (r *Rate) Pass(_ tape.Tape, c *Copy) Fate {
	free := &r.free[r.End.phone(c)]
	start := max(c.At, *free)
	waiting := float64(float64(start-c.At) / float64(time.Second) * r.Bytes) // rounded here, on every machine
	if r.Queue > 0 && waiting+float64(c.Size) > float64(r.Queue) {
		return Overflow
	}
	*free = start + int64(math.Ceil(float64(c.Size)/r.Bytes*float64(time.Second)))
	c.At = *free
	return Passed
}

// Recorded is a recorded link: each phone plays the recording from a place of its
// own.
type Recorded struct {
	end       End
	crossings []crossing
}

// NewRecorded makes one for a number of phones. Where each starts in the recording
// is drawn.
func NewRecorded(t tape.Tape, link *Link, end End, phones int) *Recorded {
	r := &Recorded{end: end, crossings: make([]crossing, phones)}
	for i := range r.crossings {
		about := tape.Key(i) << 1
		if end == Receiver {
			about |= 1
		}
		r.crossings[i] = newCrossing(t, link, about)
	}
	return r
}

func (*Recorded) inOrder() {}

// Pass implements Piece.
func (r *Recorded) Pass(_ tape.Tape, c *Copy) Fate {
	c.At = r.crossings[r.end.phone(c)].cross(c.At, c.Size)
	return Passed
}
