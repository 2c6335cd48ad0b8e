// Compare: two worlds under the same weather, told apart world by world.

package study

import (
	"context"
	"fmt"
	"sync"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Side is one of the two worlds that are compared.
type Side struct {
	Name    string // what sets it apart
	Options setup.Options
}

// Comparison is what sets two sides apart. Every numbered world of the one is paired
// with the same world of the other: the same users call at the same times, and a
// copy of a message has the same fate where its chances are the same. Each pair is
// one independent sample of the difference.
type Comparison struct {
	A, B        Side
	Pairs       int // of worlds
	Differences []Difference
	Same        Estimate // share of the calls that end the same way on both sides
	Interrupted bool
	Totals      [2]*result.Result // of A and B
	Again       string            // the command that repeats it
}

// Difference is one measure of both sides.
type Difference struct {
	Measure Measure
	Pairs   int      // of worlds in which both sides have something to measure
	A, B    Estimate // means over those worlds; only the value counts
	Minus   Estimate // B − A, with its paired interval
}

// comparedMeasures are those that every world has for itself.
var comparedMeasures = []string{"residue", "accepted", "never-rang", "setup", "ring", "messages"}

// Compare plays both sides and pairs their worlds. They must have the same seed and
// the same number of calls, in at least two whole worlds. progress is as for Play.
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
	c.Pairs = min(len(played[0].ratios), len(played[1].ratios))
	c.Interrupted = c.Calls() < a.Options.Calls
	for i := range played {
		c.Totals[i] = played[i].total
	}
	for _, name := range comparedMeasures {
		c.Differences = append(c.Differences, difference(name, &played, c.Pairs))
	}
	c.Same = same(&played, c.Pairs)
	return c, nil
}

// Comparable reports why two sides cannot be compared: their seeds or their numbers of
// calls differ, or they are not whole worlds.
func Comparable(a, b setup.Options) error {
	switch {
	case a.Seed != b.Seed:
		return fmt.Errorf("compare: A has seed %d and B has seed %d: the same weather needs the same seed", a.Seed, b.Seed)
	case a.Calls != b.Calls:
		return fmt.Errorf("compare: A has %d calls and B has %d: worlds are compared in pairs", a.Calls, b.Calls)
	case a.World != b.World || a.Calls%a.World != 0 || a.Calls < 2*a.World:
		return fmt.Errorf("compare: %d calls: whole worlds of %d calls are compared, at least two", a.Calls, a.World)
	}
	return nil
}

// worlds are what one side contributes to the pairs.
type worlds struct {
	total    *result.Result
	ratios   []ratios
	outcomes [][]sim.Ends
}

func (w *worlds) play(ctx context.Context, options setup.Options, workers int, progress func(calls int)) error {
	w.total = result.New()
	return sim.EachEnds(ctx, options, workers, progress, func(_ int, r *result.Result, outcomes []sim.Ends) {
		w.total.Add(r)
		w.ratios = append(w.ratios, ratiosOf(r))
		w.outcomes = append(w.outcomes, outcomes)
	})
}

// difference pairs one measure over the first worlds of both sides.
func difference(name string, played *[2]worlds, pairs int) Difference {
	d := Difference{}
	index := measureIndex(name)
	d.Measure = measures[index]
	var a, b, minus []float64
	for i := range pairs {
		left, right := played[0].ratios[i][index], played[1].ratios[i][index]
		if left.of == 0 || right.of == 0 {
			continue
		}
		x, y := left.n/left.of, right.n/right.of
		a, b, minus = append(a, x), append(b, y), append(minus, y-x)
	}
	d.Pairs, d.A, d.B, d.Minus = len(minus), ofMean(a), ofMean(b), ofMean(minus)
	return d
}

// same is the share of calls with equal outcomes, world by world.
func same(played *[2]worlds, pairs int) Estimate {
	var shares []ratio
	for i := range pairs {
		share := ratio{of: float64(len(played[0].outcomes[i]))}
		for call, outcome := range played[0].outcomes[i] {
			if outcome == played[1].outcomes[i][call] {
				share.n++
			}
		}
		shares = append(shares, share)
	}
	e := ofRatios(shares)
	e.Low, e.High = max(0, e.Low), min(1, e.High)
	return e
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
	case !d.Minus.Bounded:
		return "nothing to compare"
	case d.Minus.Value == 0 && d.Minus.Low == 0 && d.Minus.High == 0:
		return "the same in every world"
	case d.Told() < 0:
		return "B is lower"
	case d.Told() > 0:
		return "B is higher"
	}
	return "not told apart from 0"
}

// Violated is the first of the two totals in which a property was violated, and
// its side; or nil.
func (c *Comparison) Violated() (*Side, *result.Result) {
	for i, side := range []*Side{&c.A, &c.B} {
		if !c.Totals[i].Held() {
			return side, c.Totals[i]
		}
	}
	return nil, nil
}

// Calls is how many calls are compared, on each side.
func (c *Comparison) Calls() int { return c.Pairs * c.A.Options.World }

// Verdict is held, violated or interrupted, as for a run.
func (c *Comparison) Verdict() string {
	if side, _ := c.Violated(); side != nil {
		return "violated"
	}
	if c.Interrupted {
		return "interrupted"
	}
	return "held"
}
