// A sample: one set of options, played.

package study

import (
	"context"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Sample is a run of some options. It is Interrupted if not all worlds were played.
type Sample struct {
	Options setup.Options
	Total   *result.Result
}

// Play plays a run. It is otherwise like sim.Run.
func Play(ctx context.Context, options setup.Options, workers int, progress func(calls int)) (*Sample, error) {
	total, err := sim.Run(ctx, options, workers, progress)
	return &Sample{options, total}, err
}
