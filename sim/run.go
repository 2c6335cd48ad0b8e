// A run: numbered worlds, played by workers, added up.

package sim

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Run plays all worlds of a run with a number of workers, which changes nothing
// but the time it takes. progress, if not nil, is called with the calls done so
// far, from any goroutine. When ctx ends, Run returns what is known so far.
func Run(ctx context.Context, options Options, workers int, progress func(calls int)) (*Result, error) {
	return run(ctx, options, workers, false, progress)
}

// RunCovered is Run and counts, in Result.Cover, which cells of the tables are used.
func RunCovered(ctx context.Context, options Options, workers int, progress func(calls int)) (*Result, error) {
	return run(ctx, options, workers, true, progress)
}

func run(ctx context.Context, options Options, workers int, covered bool, progress func(calls int)) (*Result, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	worlds := options.worlds()
	workers = max(1, min(workers, worlds))
	results, failures := make([]*Result, workers), make([]error, workers)
	var next atomic.Int64
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() {
			w := newWorld(&options)
			if covered {
				w.cover = new(Cover)
				w.result.Cover = w.cover
			}
			results[i] = w.result
			for ctx.Err() == nil {
				number := int(next.Add(1)) - 1
				if number >= worlds {
					return
				}
				if failures[i] = w.play(number, tape.World(options.Seed, number)); failures[i] != nil {
					return
				}
				if progress != nil {
					progress(options.callsOf(number))
				}
			}
		})
	}
	group.Wait()
	total := newResult()
	for i, result := range results {
		if failures[i] != nil {
			return nil, failures[i]
		}
		total.add(result)
	}
	total.Interrupted = total.Worlds < worlds
	if !total.Interrupted {
		if err := playTwice(options, total); err != nil {
			return nil, err
		}
	}
	return total, nil
}

// Replay plays the world of a token, observed.
func Replay(k *Token) (*Outcome, error) { return Play(k.Options, k.World, k.Source(), true) }

func (o *Options) worlds() int { return (o.Calls + o.World - 1) / o.World }

func (o *Options) callsOf(world int) int { return min(o.World, o.Calls-world*o.World) }

// playTwice checks S12 on the first world: everything that happens in it must
// happen again, in the same order.
func playTwice(options Options, total *Result) error {
	difference, err := Differs(options, 0, tape.World(options.Seed, 0))
	if err != nil {
		return err
	}
	if difference != "" {
		total.violated(0, property.Violation{Property: property.S12, Detail: difference})
	}
	return nil
}
