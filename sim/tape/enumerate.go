// Every tape in turn: a systematic search through all outcomes of a small world. Each choice has a few alternatives, and they turn like an odometer's
// wheels: the choice asked last turns fastest.

package tape

import (
	"fmt"
)

// Enumerator is a tape that is another one after each Next:
//
//	for e.Next() {
//		run(e)
//	}
//	err := e.Err()
//
// The world may ask differently after an answer differs; what it asks must depend
// on the answers only.
type Enumerator struct {
	// Alternatives are the draws to try for a choice, always the same for the same
	// choice. The first must be 0; none is 0 alone.
	Alternatives func(Choice) []uint64
	// MaxNonZero bounds how many choices of one tape differ from their first
	// alternative. Once they do, the rest is 0.
	MaxNonZero int

	wheels  []wheel
	asked   map[Choice]int // the wheels asked for since Next, which are the first of wheels
	nonZero int            // how many of them stand elsewhere than at the start
	started bool
	err     error
}

// wheel is a choice that can turn. A choice with no alternative, or asked when
// MaxNonZero others have turned, needs none.
type wheel struct {
	Choice
	draws []uint64
	at    int
}

// Next moves on to the next tape, the first time to the one that is 0 everywhere.
// It is false when all were there, and after an error.
func (e *Enumerator) Next() bool {
	switch {
	case e.err != nil:
		return false
	case !e.started:
		e.started, e.asked = true, make(map[Choice]int)
		return true
	case len(e.asked) < len(e.wheels):
		e.fail("asked %d of %d choices that it asked before", len(e.asked), len(e.wheels))
		return false
	}
	return e.turn()
}

// turn moves the last wheel that can, and forgets those after it: the world may ask
// for others now.
func (e *Enumerator) turn() bool {
	for i := len(e.wheels) - 1; i >= 0; i-- {
		w := &e.wheels[i]
		if w.at > 0 {
			e.nonZero--
		}
		if e.nonZero < e.MaxNonZero && w.at+1 < len(w.draws) {
			w.at++
			e.wheels, e.nonZero = e.wheels[:i+1], 0
			clear(e.asked)
			return true
		}
	}
	return false
}

// Draw answers a choice, and the same until Next.
func (e *Enumerator) Draw(what Label, about Key) uint64 {
	c := Choice{what, about}
	if i, ok := e.asked[c]; ok {
		return e.wheels[i].draws[e.wheels[i].at]
	}
	n := len(e.asked)
	if n == len(e.wheels) && !e.grow(c) || e.err != nil {
		return 0
	}
	w := &e.wheels[n]
	if w.Choice != c {
		if e.turns(c) {
			e.fail("asked for %v, before it was %v", c, w.Choice)
		}
		return 0
	}
	e.asked[c] = n
	if w.at > 0 {
		e.nonZero++
	}
	return w.draws[w.at]
}

// grow adds a wheel for a choice that has alternatives, while one may still turn.
func (e *Enumerator) grow(c Choice) bool {
	if !e.started || e.nonZero >= e.MaxNonZero || !e.turns(c) {
		return false
	}
	e.wheels = append(e.wheels, wheel{Choice: c, draws: e.Alternatives(c)})
	return true
}

// turns is whether a choice has alternatives.
func (e *Enumerator) turns(c Choice) bool {
	draws := e.Alternatives(c)
	if len(draws) > 0 && draws[0] != 0 {
		e.fail("the first alternative for %v is %#x, want 0", c, draws[0])
	}
	return len(draws) > 1
}

func (e *Enumerator) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("enumerate tapes: "+format, args...)
	}
}

// Err is why Next ended early: a world that asks for other choices after the same
// answers cannot be searched, nor one whose plainest draw is not 0.
func (e *Enumerator) Err() error { return e.err }

// Recorded is the present tape, as far as it was asked.
func (e *Enumerator) Recorded() *Recorded {
	var r Recorded
	for _, w := range e.wheels[:len(e.asked)] {
		r.Set(w.Choice, w.draws[w.at])
	}
	return &r
}
