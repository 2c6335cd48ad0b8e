// Each: a run world by world. Run adds everything up; a study of the differences
// between worlds needs every world by itself.

package sim

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Ends is how one call ended on both sides.
type Ends struct {
	Caller property.CallerEnd
	Callee property.CalleeEnd
}

// Each plays all worlds of a run with a number of workers and hands over the
// result of each, in the order of their numbers and one at a time, whatever the
// number of workers. The visitor may keep a result. progress, if not nil, is called
// with the calls done since its last call, from any goroutine.
//
// When ctx ends, Each returns without an error after the worlds that were begun:
// the visitor has seen the first ones, without a gap. The error of a world that
// failed is returned once all worlds before it were handed over. Unlike Run, Each
// does not play the first world twice (S12).
func Each(ctx context.Context, options Options, workers int, progress func(calls int), visit func(world int, r *Result)) error {
	return each(ctx, options, workers, progress, func(w *world) { visit(w.number, w.result) })
}

// EachEnds is Each, with the ends of the world's calls in the order of
// their numbers.
func EachEnds(ctx context.Context, options Options, workers int, progress func(calls int), visit func(world int, r *Result, ends []Ends)) error {
	return each(ctx, options, workers, progress, func(w *world) {
		ends := make([]Ends, len(w.calls))
		for i := range w.calls {
			ends[i] = Ends{w.calls[i].CallerEnd, w.calls[i].CalleeEnd}
		}
		visit(w.number, w.result, ends)
	})
}

// each keeps no more results than there are workers: one that is ahead waits for
// its turn.
func each(ctx context.Context, options Options, workers int, progress func(calls int), visit func(*world)) error {
	if err := options.Validate(); err != nil {
		return err
	}
	worlds := options.worlds()
	var next atomic.Int64
	var turn turns
	turn.changed.L = &turn.mutex
	var group sync.WaitGroup
	for range max(1, min(workers, worlds)) {
		group.Go(func() {
			w := newWorld(&options)
			for ctx.Err() == nil {
				number := int(next.Add(1)) - 1
				if number >= worlds {
					return
				}
				w.result = newResult()
				err := w.play(number, tape.World(options.Seed, number))
				if !turn.take(number, err, func() { visit(w) }) {
					return
				}
				if progress != nil {
					progress(options.callsOf(number))
				}
			}
		})
	}
	group.Wait()
	return turn.failure
}

// turns lets workers do something in the order of their numbers, up to the first
// that failed.
type turns struct {
	mutex   sync.Mutex
	changed sync.Cond
	next    int
	failure error
}

// take waits for a number's turn. It is false after a failure, its own or that of a
// lower number.
func (t *turns) take(number int, failure error, do func()) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for t.next != number && t.failure == nil {
		t.changed.Wait()
	}
	if t.failure == nil {
		t.failure = failure
	}
	defer t.changed.Broadcast()
	if t.failure != nil {
		return false
	}
	do()
	t.next++
	return true
}
