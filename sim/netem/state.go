// The pieces that are switched while the world runs: bad radio, slow
// uplinks, partitions, clogged links.

package netem

import (
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// Burst is the Gilbert–Elliott channel in continuous time: a phone's radio is good
// or bad, and while that of the sender or the receiver is bad, a copy is lost with
// probability P. Its user says when a radio turns bad and good again; episodes of
// exponential length make it the classical model.
type Burst struct {
	P   float64
	bad []int16 // by phone: how many reasons there are
}

// NewBurst makes a channel for a number of phones, all of them good.
func NewBurst(p float64, phones int) *Burst { return &Burst{p, make([]int16, phones)} }

// Turn makes a phone's radio bad, or takes one reason for that back.
func (b *Burst) Turn(phone int32, bad bool) { count(&b.bad[phone], bad) }

func (*Burst) inOrder() {}

// Pass implements Piece.
func (b *Burst) Pass(t tape.Tape, c *Copy) Fate {
	if (b.bad[c.From] > 0 || b.bad[c.To] > 0) && tape.Chance(t, b.P, tape.BurstLoss, c.Key) {
		return Lost
	}
	return Passed
}

// Lag delays all that some phones send, and nothing that they get: delay in one
// direction.
type Lag struct {
	By   time.Duration
	slow []int16 // by phone: how many reasons there are
}

// NewLag makes a network for a number of phones, none of them slow.
func NewLag(by time.Duration, phones int) *Lag { return &Lag{by, make([]int16, phones)} }

// Turn makes a phone's uplink slow, or takes one reason for that back.
func (l *Lag) Turn(phone int32, slow bool) { count(&l.slow[phone], slow) }

func (*Lag) inOrder() {}

// Pass implements Piece.
func (l *Lag) Pass(_ tape.Tape, c *Copy) Fate {
	if l.slow[c.From] > 0 {
		c.At += int64(l.By)
	}
	return Passed
}

// Side divides phones in two: those it is true for, and the others.
type Side func(phone int32) bool

// Partition cuts phones off from each other.
type Partition struct{ cuts []cut }

type cut struct {
	number int32
	side   Side
	oneWay bool
}

// Cut lets nothing pass from one side to the other, and nothing back, unless it is
// one-way. The number names it.
func (p *Partition) Cut(number int32, side Side, oneWay bool) {
	p.cuts = append(p.cuts, cut{number, side, oneWay})
}

// Heal takes a cut back.
func (p *Partition) Heal(number int32) {
	for i := range p.cuts {
		if p.cuts[i].number == number {
			p.cuts = append(p.cuts[:i], p.cuts[i+1:]...)
			return
		}
	}
}

func (*Partition) inOrder() {}

// Pass implements Piece.
func (p *Partition) Pass(_ tape.Tape, c *Copy) Fate {
	for i := range p.cuts {
		from, to := p.cuts[i].side(c.From), p.cuts[i].side(c.To)
		if from != to && (from || !p.cuts[i].oneWay) {
			return Cut
		}
	}
	return Passed
}

// Clog holds the copies to a phone until an instant, and then lets all of it go
// at once.
type Clog struct{ until []int64 } // by phone

// NewClog makes one for a number of phones, none of them clogged.
func NewClog(phones int) *Clog { return &Clog{make([]int64, phones)} }

// Hold clogs the link to a phone until an instant.
func (g *Clog) Hold(phone int32, until int64) { g.until[phone] = max(g.until[phone], until) }

// Release unclogs all links from an instant on.
func (g *Clog) Release(at int64) {
	for i := range g.until {
		g.until[i] = min(g.until[i], at)
	}
}

func (*Clog) inOrder() {}

// Pass implements Piece.
func (g *Clog) Pass(_ tape.Tape, c *Copy) Fate {
	c.At = max(c.At, g.until[c.To])
	return Passed
}

func count(n *int16, up bool) {
	if up {
		*n++
	} else {
		*n--
	}
}
