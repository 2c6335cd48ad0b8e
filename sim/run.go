// A run: numbered worlds, played by workers, added up or one by one.

package sim

import (
	"context"
	"sync"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/world"
)

// Run plays all worlds of a run. The number of workers changes nothing but the time it
// takes. Run calls progress, if not nil, with the number of calls finished since the
// last time, from any goroutine. When ctx ends, Run returns the result so far:
// a world that was stopped half-way is not in it.
func Run(ctx context.Context, options setup.Options, workers int, progress func(calls int)) (*result.Result, error) {
	return run(ctx, options, workers, false, progress)
}

// RunCovered is Run, and counts in Result.Cover the cells of the tables that are used.
func RunCovered(ctx context.Context, options setup.Options, workers int, progress func(calls int)) (*result.Result, error) {
	return run(ctx, options, workers, true, progress)
}

func run(ctx context.Context, options setup.Options, workers int, covered bool, progress func(calls int)) (*result.Result, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	total := result.New()
	var mutex sync.Mutex
	twice := result.New()
	all, err := pool(ctx, 1+options.Worlds(), workers, func() *world.World { return newWorld(&options, covered) },
		func(w *world.World, number int) (err error) {
			if number--; number < 0 {
				return checkTwice(ctx, &options, twice)
			}
			w.Result = result.New()
			if err := play(ctx, w, number, &options, progress); err != nil {
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			total.AddWorld(number, w.Result)
			return nil
		})
	if err != nil && !isInterrupted(ctx, err) {
		return nil, err
	}
	for _, w := range all {
		total.Add(&result.Result{Cover: w.Cover})
	}
	total.Add(twice)
	total.Interrupted = err != nil || total.Worlds < options.Worlds()
	return total, nil
}

// checkTwice is S12: both plays of the first world must have the same events in the
// same order.
func checkTwice(ctx context.Context, options *setup.Options, total *result.Result) error {
	difference, err := world.Differs(ctx, *options, 0, tape.World(options.Seed, 0))
	if difference != "" {
		one := result.New()
		one.Violated(0, property.Violation{Property: property.S12, Detail: difference})
		total.Add(one)
	}
	return err
}

// isInterrupted tells a world that was stopped half-way from one that failed.
func isInterrupted(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, ctx.Err())
}

// newWorld makes an empty world, which counts cells if they are to be covered.
func newWorld(options *setup.Options, covered bool) *world.World {
	w := world.New(options)
	if covered {
		w.Cover = new(event.Cover)
		w.Result.Cover = w.Cover
	}
	return w
}

// play plays one numbered world of a run.
func play(ctx context.Context, w *world.World, number int, options *setup.Options, progress func(calls int)) error {
	w.AsBytes = number == 0 // one world is enough to see that the wire can say all that is sent
	err := w.Play(ctx, number, tape.World(options.Seed, number))
	if err == nil && progress != nil {
		progress(options.CallsOf(number))
	}
	return err
}

// Each plays all worlds of a run with a number of workers and hands over the
// result of each, and the ends of its calls in the order of their numbers: in the order
// of the worlds and one at a time, whatever the number of workers. The visitor may keep
// a result. progress, if not nil, is called with the calls done since its last call,
// from any goroutine.
//
// When ctx ends, Each returns without an error: the visitor has seen the first worlds,
// without a gap, and none that was stopped half-way. The error of a world that
// failed is returned once all worlds before it were handed over. Unlike Run, Each
// does not play the first world twice (S12).
func Each(ctx context.Context, options setup.Options, workers int, progress func(calls int), visit func(number int, r *result.Result, ends []Ends)) error {
	if err := options.Validate(); err != nil {
		return err
	}
	turn := newTurns()
	_, err := pool(ctx, options.Worlds(), workers, func() *world.World { return newWorld(&options, false) },
		func(w *world.World, number int) error {
			w.Result = result.New() // no more are kept than there are workers: one that is ahead waits for its turn
			err := play(ctx, w, number, &options, progress)
			return turn.take(number, err, func() { visit(number, w.Result, w.Ends()) })
		})
	if isInterrupted(ctx, err) {
		return nil
	}
	return err
}
