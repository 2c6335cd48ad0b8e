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

func newSwarmResult() *SwarmResult {
	return &SwarmResult{Result: *result.New(), On: make([]int, len(setup.SwarmNames()))}
}

// RunSwarm plays a number of worlds of a swarm. It is otherwise like Run. The world
// of a violation is its number in the swarm. change, if not nil, has the last word on
// the options of each world.
func RunSwarm(ctx context.Context, seed uint64, runs, workers int, covered bool, change func(*setup.Options), progress func(runs int)) (*SwarmResult, error) {
	sums, err := pool(ctx, runs, workers, newSwarmResult, func(sum *SwarmResult, number int) error {
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
		sum.Result.Add(w.Result)
		sum.Runs++
		for i := range on {
			if on[i] {
				sum.On[i]++
			}
		}
		if progress != nil {
			progress(1)
		}
		return nil
	})
	if err != nil && !isInterrupted(ctx, err) {
		return nil, err
	}
	total := newSwarmResult()
	for _, sum := range sums {
		total.Result.Add(&sum.Result)
		total.Runs += sum.Runs
		for i := range total.On {
			total.On[i] += sum.On[i]
		}
	}
	total.Interrupted = total.Runs < runs
	return total, nil
}
