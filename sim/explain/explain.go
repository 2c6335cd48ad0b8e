// The explanation of one call: its facts, its sentences, and how to get it.

package explain

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// Explanation is why one call ended as it did.
type Explanation struct {
	Call           int // its number in the run
	Caller, Callee string
	Violation      *property.Violation // nil if nothing is violated
	Also           []property.ID       // other properties that the call violates, in the order of time
	Facts          []Fact              // the two entries that contradict each other, or the two ends, the older first
	Sentences      []Sentence          // the events that led to the facts, oldest first
	Entries        []event.Entry       // all that the sentences come from
}

// Fact is an entry that must not be together with the other one.
type Fact struct {
	At    time.Duration // since the call's send
	Entry int           // its number
	Text  string
}

// Sentence is one event that mattered, in words.
type Sentence struct {
	At       time.Duration // since the call's send
	Text     string
	Entries  []int // the numbers of all entries it comes from
	Fact     int   // it states that of the Facts, from 1; 0 for none
	Deviates bool  // its engine broke a rule in it
}

// Violated explains the first violation of an observed world, nil if there is none.
func Violated(o *sim.Outcome) (*Explanation, error) {
	if len(o.Result.Violations) == 0 {
		return nil, nil
	}
	v := clearest(o.Result.Violations)
	x, err := explain(o, v.Call, v)
	if err != nil {
		return nil, err
	}
	seen := map[property.ID]bool{v.Property: true}
	for _, other := range o.Result.Violations {
		if other.Call == v.Call && !seen[other.Property] {
			seen[other.Property] = true
			x.Also = append(x.Also, other.Property)
		}
	}
	return x, nil
}

// clearest is the violation to explain: the first, or of several at its moment in its
// call the one that says most, which is the lowest.
func clearest(all []result.WorldViolation) *property.Violation {
	best := &all[0].Violation
	for i := range all {
		if v := &all[i].Violation; v.Call == best.Call && v.At == best.At && v.Property < best.Property {
			best = v
		}
	}
	return best
}

// Call explains how a call ended, by its number in the run, whether anything is
// violated or not. It fails if the call is not in the world.
func Call(o *sim.Outcome, number int) (*Explanation, error) { return explain(o, number, nil) }

func explain(o *sim.Outcome, number int, v *property.Violation) (*Explanation, error) {
	first := o.World * o.Options.World
	calls := min(o.Options.World, o.Options.Calls-first)
	switch {
	case number < first || number >= first+calls:
		return nil, fmt.Errorf("explain call %d: world %d has calls %d to %d", number, o.World, first, first+calls-1)
	case len(o.Entries) == 0:
		return nil, errors.New("explain: the world was played without its entries")
	}
	s := &scene{History: Graph(o), timeline: o.Timeline(number - first), call: number - first, until: math.MaxInt64}
	s.property = property.Pair
	if v != nil {
		s.until, s.event, s.side, s.property = v.At, v.Event, v.Side, v.Property
	}
	x := &Explanation{Call: number, Caller: s.timeline.Caller, Callee: s.timeline.Callee, Violation: v}
	facts := s.conflict()
	if len(facts) == 0 {
		return x, nil
	}
	var from []int
	for _, e := range facts {
		from = append(from, e.Seq)
		from = append(from, numbers(s.lostMemory(e))...)
	}
	kept := s.Back(from...)
	if !slices.ContainsFunc(kept, func(e event.Entry) bool { return s.Deviates(e.Seq) }) {
		if broken := s.lastDeviation(); broken != 0 {
			kept = s.Back(append(from, broken)...)
		}
	}
	newTeller(s, facts, kept).tell(x)
	return x, nil
}

// Timeline is the call's story with nothing but the events that mattered, for
// reports and diagrams.
func (x *Explanation) Timeline(o *sim.Outcome) *event.Timeline {
	t := o.Timeline(x.Call - o.World*o.Options.World)
	t.Entries = nil
	for _, e := range x.Entries {
		if e.Kind != event.Stepped {
			t.Entries = append(t.Entries, e)
		}
	}
	return t
}
