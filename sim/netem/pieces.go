// The pieces that remember nothing: each copy meets its own fate.

package netem

import (
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// Loss loses each copy with probability P, independently.
type Loss struct{ P float64 }

// Pass implements Piece.
func (l *Loss) Pass(t tape.Tape, c *Copy) Fate {
	if tape.Chance(t, l.P, tape.Loss, c.Key) {
		return Lost
	}
	return Passed
}

// Duplicate doubles each copy with probability P. The twin goes its own way from
// here.
type Duplicate struct{ P float64 }

// Pass implements Piece.
func (d *Duplicate) Pass(t tape.Tape, c *Copy) Fate {
	if tape.Chance(t, d.P, tape.Duplicate, c.Key) {
		return Doubled
	}
	return Passed
}

// Corrupt flips bits of each copy with probability P.
type Corrupt struct{ P float64 }

// Pass implements Piece.
func (p *Corrupt) Pass(t tape.Tape, c *Copy) Fate {
	if tape.Chance(t, p.P, tape.Corrupt, c.Key) {
		return Corrupted
	}
	return Passed
}

// Latency holds each copy for a delay of its own.
type Latency struct{ Delay Delay }

// Pass implements Piece.
func (l *Latency) Pass(t tape.Tape, c *Copy) Fate {
	c.At += int64(l.Delay.Draw(t, tape.Latency, c.Key))
	return Passed
}

// Reorder holds a copy back with probability P, uniformly up to By, so that later
// ones overtake it.
type Reorder struct {
	P  float64
	By time.Duration
}

// Pass implements Piece.
func (r *Reorder) Pass(t tape.Tape, c *Copy) Fate {
	if tape.Chance(t, r.P, tape.Reorder, c.Key) {
		c.At += int64(tape.Between(t, 0, r.By, tape.ReorderBy, c.Key))
	}
	return Passed
}
