// Compare: two worlds with the same random draws, told apart world by world.

package study

import (
	"context"
	"fmt"
	"sync"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Side is one of the two worlds that are compared.
type Side struct {
	Name    string // what sets it apart
	Options setup.Options

	Ask    func(*result.Result) []string // as of a Sweep
	Missed []string                      // what the side was asked and did not keep to
}

func (s *Side) ask(total *result.Result) {
	if s.Ask != nil {
		s.Missed = s.Ask(total)
	}
}

// Comparison is what sets two sides apart. Every numbered world of the one is paired
// with the same world of the other: the same users call at the same times, and a
// copy of a message has the same fate where its chances are the same. Each pair is
// one independent sample of the difference.
type Comparison struct {
	A, B        Side
	Pairs       int // of worlds
	Differences []Difference
	Same        result.Estimate // share of the calls that end the same way on both sides
	Interrupted bool
	Totals      [2]*result.Result // of A and B
	event.Source
}

// Difference is one measure of both sides.
type Difference struct {
	Measure     Measure
	A, B, Minus result.Estimate // Minus is B − A, with its paired interval
}

// comparedMeasures are those that every world has for itself.
// The mean time of accepts that fail is none of them: where few differ, its intervals do
// not cover.
var comparedMeasures = []string{"residue", "in-call", "accepted", "never-rang", "mean(setup)", "ring", "dead-rings", "messages"}

// Compare plays both sides and pairs their worlds. They must have the same seed and
// the same number of calls, in worlds of the same size. progress is as for Play.
// When ctx ends, the comparison is of the pairs that are known. Errors are those of
// the options.
func Compare(ctx context.Context, a, b Side, workers int, progress func(calls int)) (*Comparison, error) {
	if err := Comparable(a.Options, b.Options); err != nil {
		return nil, err
	}
	c := &Comparison{A: a, B: b}
	var played [2]worlds
	var failures [2]error
	var group sync.WaitGroup
	for i, side := range []Side{a, b} { // together, so that an interruption leaves pairs
		group.Go(func() { failures[i] = played[i].play(ctx, side.Options, max(1, (workers+i)/2), progress) })
	}
	group.Wait()
	if err := errors.Join(failures[0], failures[1]); err != nil {
		return nil, err
	}
	c.Pairs = min(len(played[0].outcomes), len(played[1].outcomes))
	c.Interrupted = c.Calls() < a.Options.Calls
	for i := range played {
		c.Totals[i] = played[i].total
	}
	c.A.ask(c.Totals[0])
	c.B.ask(c.Totals[1])
	for _, name := range comparedMeasures {
		c.Differences = append(c.Differences, difference(name, played[0].parts[name][:c.Pairs], played[1].parts[name][:c.Pairs]))
	}
	c.Same = same(&played, c.Pairs)
	return c, nil
}

// Comparable reports why two sides cannot be compared: their seeds, their numbers of
// calls or their worlds differ.
func Comparable(a, b setup.Options) error {
	switch {
	case a.Seed != b.Seed:
		return fmt.Errorf("compare: A has seed %d and B has seed %d: the same random draws need the same seed", a.Seed, b.Seed)
	case a.Calls != b.Calls:
		return fmt.Errorf("compare: A has %d calls and B has %d: worlds are compared in pairs", a.Calls, b.Calls)
	case a.World != b.World:
		return fmt.Errorf("compare: A has worlds of %d calls and B has worlds of %d: give both the same", a.World, b.World)
	}
	return nil
}

// worlds are what one side contributes to the pairs.
type worlds struct {
	total    *result.Result
	parts    map[string][]result.Part // by measure
	outcomes [][]sim.Ends
}

func (w *worlds) play(ctx context.Context, options setup.Options, workers int, progress func(calls int)) error {
	w.total, w.parts = result.New(), map[string][]result.Part{}
	return sim.Each(ctx, options, workers, progress, func(_ int, r *result.Result, outcomes []sim.Ends) {
		w.total.Add(r)
		for _, name := range comparedMeasures {
			m, _ := MeasureNamed(name)
			n, of := m.Ratio(r)
			w.parts[name] = append(w.parts[name], result.Part{N: n, Of: of})
		}
		w.outcomes = append(w.outcomes, outcomes)
	})
}

// difference pairs one measure over worlds of both sides.
func difference(name string, a, b []result.Part) Difference {
	m, _ := MeasureNamed(name)
	estimate := result.Mean
	if m.Unit == metric.Share {
		estimate = result.Share
	}
	return Difference{m, estimate(a), estimate(b), result.Difference(a, b)}
}

// same is the share of calls with equal outcomes.
func same(played *[2]worlds, pairs int) result.Estimate {
	shares := make([]result.Part, pairs)
	for i := range shares {
		shares[i].Of = float64(len(played[0].outcomes[i]))
		for call, outcome := range played[0].outcomes[i] {
			if outcome == played[1].outcomes[i][call] {
				shares[i].N++
			}
		}
	}
	return result.Share(shares)
}

// Told is -1 if B is below A, 1 if B is above A, and 0 if the interval of the
// difference cannot tell.
func (d Difference) Told() int {
	switch {
	case !d.Minus.Bounded:
		return 0
	case d.Minus.High < 0:
		return -1
	case d.Minus.Low > 0:
		return 1
	}
	return 0
}

// words say whether a difference is told apart from 0.
func (d Difference) words() string {
	switch {
	case !d.Minus.Known:
		return "nothing to compare"
	case !d.Minus.Bounded:
		return d.Minus.Why
	case d.Told() < 0:
		return "lower"
	case d.Told() > 0:
		return "higher"
	}
	return "unclear"
}

// Calls is how many calls are compared, on each side.
func (c *Comparison) Calls() int { return min(c.Pairs*c.A.Options.World, c.A.Options.Calls) }

// Worst is the side with the strongest verdict, the first of two, and its total.
func (c *Comparison) Worst() (*Side, *result.Result) {
	if verdictOf(c.Totals[1], c.B.Missed) < verdictOf(c.Totals[0], c.A.Missed) {
		return &c.B, c.Totals[1]
	}
	return &c.A, c.Totals[0]
}

// Verdict is that of the worst side, or that calls are missing.
func (c *Comparison) Verdict() result.Verdict {
	side, total := c.Worst()
	if c.Interrupted {
		return min(verdictOf(total, side.Missed), result.Interrupted)
	}
	return verdictOf(total, side.Missed)
}
