// A recorded tape: the Recorder notes the choices of a world with their draws, and a
// Recorded gives the same draws again. A choice that is missing in a Recorded has the
// draw 0, the plainest outcome, so it holds only the special choices of its world.

package tape

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Choice is a question to a tape: a label and a key.
type Choice struct {
	What  Label
	About Key
}

func (c Choice) String() string { return fmt.Sprintf("%v of %#x", c.What, uint64(c.About)) }

// Compare orders choices by label, then by key.
func (c Choice) Compare(other Choice) int {
	return cmp.Or(cmp.Compare(c.What, other.What), cmp.Compare(c.About, other.About))
}

// Drawn is a choice with its draw.
type Drawn struct {
	Choice
	Draw uint64
}

func (d Drawn) String() string { return fmt.Sprintf("%v drawn as %#x", d.Choice, d.Draw) }

// Recorder is a tape that answers as another one does and keeps the choices. It
// is for one world, on one goroutine.
type Recorder struct {
	from    Tape
	draws   map[Choice]uint64
	choices []Drawn
}

// NewRecorder records from.
func NewRecorder(from Tape) *Recorder {
	return &Recorder{from: from, draws: make(map[Choice]uint64)}
}

// Draw asks the tape behind once for each choice: whoever asks again is told the
// same, and it is kept once.
func (r *Recorder) Draw(what Label, about Key) uint64 {
	c := Choice{what, about}
	if draw, ok := r.draws[c]; ok {
		return draw
	}
	draw := r.from.Draw(what, about)
	r.draws[c] = draw
	r.choices = append(r.choices, Drawn{c, draw})
	return draw
}

// Choices are the choices that were asked, in the order of first asking. They belong to the
// recorder.
func (r *Recorder) Choices() []Drawn { return r.choices }

// Recorded is a new tape with the draws that are not 0.
func (r *Recorder) Recorded() *Recorded {
	var kept Recorded
	for _, d := range r.choices {
		kept.Set(d.Choice, d.Draw)
	}
	return &kept
}

// Recorded is a tape of choices whose draws are not 0; every other draw is 0. The
// zero value is the plainest world. Several goroutines may read one that nobody
// changes.
type Recorded struct {
	draws map[Choice]uint64
}

// Draw makes a Recorded a tape.
func (r *Recorded) Draw(what Label, about Key) uint64 { return r.draws[Choice{what, about}] }

// Get is the draw of a choice, 0 where none is kept.
func (r *Recorded) Get(c Choice) uint64 { return r.draws[c] }

// Set gives a choice its draw. A draw of 0 removes it.
func (r *Recorded) Set(c Choice, draw uint64) {
	if draw == 0 {
		delete(r.draws, c)
		return
	}
	if r.draws == nil {
		r.draws = make(map[Choice]uint64)
	}
	r.draws[c] = draw
}

// Len is the number of choices whose draw is not 0.
func (r *Recorded) Len() int { return len(r.draws) }

// Clone is a copy that shares nothing.
func (r *Recorded) Clone() *Recorded { return &Recorded{maps.Clone(r.draws)} }

// All goes through the choices by label, then by key. It goes through those that
// were there when it started, so it may be changed on the way.
func (r *Recorded) All() iter.Seq2[Choice, uint64] {
	return func(yield func(Choice, uint64) bool) {
		for _, d := range r.sorted() {
			if !yield(d.Choice, d.Draw) {
				return
			}
		}
	}
}

// sorted are the entries of a map, in an order that does not depend on the map.
func (r *Recorded) sorted() []Drawn {
	all := make([]Drawn, 0, len(r.draws))
	for c, draw := range r.draws {
		all = append(all, Drawn{c, draw})
	}
	slices.SortFunc(all, func(a, b Drawn) int { return a.Compare(b.Choice) })
	return all
}
