// A swarm: worlds whose options are drawn, played by workers, added up.

package sim

import (
	"context"
	"fmt"

	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// SwarmResult holds the counts of a swarm.
type SwarmResult struct {
	result.Result
	Runs int
	On   []int // by option: in how many worlds it was on
}

// NewSwarmResult is the result of no worlds.
func NewSwarmResult() *SwarmResult {
	return &SwarmResult{Result: *result.New(), On: make([]int, len(setup.SwarmNames()))}
}

// RunSwarm plays a number of worlds of a swarm. It is otherwise like Run. The world
// of a violation is its number in the swarm. change, if not nil, has the last word on
// the options of each world.
func RunSwarm(ctx context.Context, seed uint64, runs, workers int, covered bool, change func(*setup.Options), progress func(runs int)) (*SwarmResult, error) {
	sums, err := pool(ctx, runs, workers, NewSwarmResult, func(sum *SwarmResult, number int) error {
		return sum.play(ctx, seed, number, covered, change, progress)
	})
	if err != nil && !isInterrupted(ctx, err) {
		return nil, err
	}
	total := NewSwarmResult()
	for _, sum := range sums {
		total.Add(sum)
	}
	total.Interrupted = total.Runs < runs
	return total, nil
}

// Add takes the counts of other worlds of the swarm in.
func (s *SwarmResult) Add(o *SwarmResult) {
	s.Result.Add(&o.Result)
	s.Runs += o.Runs
	for i, n := range o.On {
		s.On[i] += n
	}
}

// play plays one world and takes it in.
func (s *SwarmResult) play(ctx context.Context, seed uint64, number int, covered bool, change func(*setup.Options), progress func(runs int)) error {
	o, on := setup.DrawSwarm(seed, number)
	if change != nil {
		change(&o)
	}
	w := newWorld(&o, covered)
	w.AsBytes = true
	if err := w.Play(ctx, 0, tape.World(o.Seed, 0)); err != nil {
		return fmt.Errorf("swarm of seed %d: number %d: %w", seed, number, err)
	}
	for i := range w.Result.Violations {
		w.Result.Violations[i].World = number
	}
	s.Result.Add(w.Result)
	s.Runs++
	for i := range on {
		if on[i] {
			s.On[i]++
		}
	}
	if progress != nil {
		progress(1)
	}
	return nil
}
