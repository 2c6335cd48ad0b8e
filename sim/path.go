// The path between two phones: what becomes of a copy there, as the tape decides.

package sim

import (
	"time"

	"github.com/invsim/invsim/sim/tape"
)

// Path loses, doubles, delays and reorders. Its probabilities and times are those
// of Options.
type Path struct {
	Loss, Dup, Reorder float64
	Latency            Range
}

// twin is the bit of a key that tells a duplicate from its original.
const twin = tape.Key(1)

func (o *Options) path() Path { return Path{o.Loss, o.Dup, o.Reorder, o.Latency} }

// Carry tells how long each copy that arrives is under way: none if it is lost, two
// if it is doubled. The key names what is sent; its lowest bit must be 0.
func (p Path) Carry(t tape.Tape, about tape.Key) []time.Duration {
	if p.loses(t, about) {
		return nil
	}
	times := []time.Duration{p.takes(t, about)}
	if p.doubles(t, about) {
		times = append(times, p.takes(t, about|twin))
	}
	return times
}

func (p Path) loses(t tape.Tape, about tape.Key) bool {
	return tape.Chance(t, p.Loss, tape.Loss, about)
}

func (p Path) doubles(t tape.Tape, about tape.Key) bool {
	return tape.Chance(t, p.Dup, tape.Duplicate, about)
}

func (p Path) takes(t tape.Tape, about tape.Key) time.Duration {
	takes := tape.Between(t, p.Latency.Min, p.Latency.Max, tape.Latency, about)
	if tape.Chance(t, p.Reorder, tape.Reorder, about) {
		takes += tape.Between(t, 0, reorderBy, tape.ReorderBy, about)
	}
	return takes
}
