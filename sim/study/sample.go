// Package study compares worlds: a sweep varies one or two options and measures
// every combination, a comparison sets two worlds against each other under the
// same weather, and a formula predicts the residue where the conditions are simple
// enough for one.
//
// A sample is one set of options, played; a measure is what can be read from it;
// an estimate is a value with its 95 % confidence interval.
package study

import (
	"context"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Sample is a run, added up, and what every world of it contributed.
type Sample struct {
	Options setup.Options
	Total   *result.Result // Interrupted if not all worlds were played
	worlds  []ratios
}

// ratios are the parts of every measure that is a ratio, for one world.
type ratios [len(measures)]ratio

// ratio is a part and what it is a part of: residue of accepts, messages of calls.
type ratio struct{ n, of float64 }

func ratiosOf(r *result.Result) (all ratios) {
	for i, m := range measures {
		if m.ratio != nil {
			all[i].n, all[i].of = m.ratio(r)
		}
	}
	return all
}

// Play plays a run and keeps what the measures need of its worlds. The sample does
// not depend on the number of workers. progress, if not nil, is called with the
// calls done since its last call, from any goroutine. When ctx ends, the sample is
// of the worlds that were played until then. Errors are those of the options.
func Play(ctx context.Context, options setup.Options, workers int, progress func(calls int)) (*Sample, error) {
	s := &Sample{Options: options, Total: result.New()}
	err := sim.Each(ctx, options, workers, progress, func(_ int, r *result.Result) {
		s.Total.Add(r)
		s.worlds = append(s.worlds, ratiosOf(r))
	})
	s.Total.Interrupted = s.Total.Calls < options.Calls
	return s, err
}
