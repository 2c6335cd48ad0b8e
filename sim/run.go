// A run: numbered worlds, played by workers, added up.

package sim

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Run plays all worlds of a run with a number of workers, which changes nothing
// but the time it takes. progress, if not nil, is called with the calls done so
// far, from any goroutine. When ctx ends, Run returns what is known so far.
func Run(ctx context.Context, options Options, workers int, progress func(calls int)) (*Result, error) {
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

func (o *Options) worlds() int { return (o.Calls + o.World - 1) / o.World }

func (o *Options) callsOf(world int) int { return min(o.World, o.Calls-world*o.World) }

// playTwice checks S12 on the first world: everything that happens in it must
// happen again, in the same order.
func playTwice(options Options, total *Result) error {
	var tellings [2][]string
	for i := range tellings {
		w := newWorld(&options)
		w.observe = func(call int32, e Entry) { tellings[i] = append(tellings[i], fmt.Sprint(call, e.At, e.Line())) }
		if err := w.play(0, tape.World(options.Seed, 0)); err != nil {
			return err
		}
	}
	for i := range max(len(tellings[0]), len(tellings[1])) {
		if i >= len(tellings[0]) || i >= len(tellings[1]) || tellings[0][i] != tellings[1][i] {
			total.violated(0, property.Violation{Property: property.S12, Detail: fmt.Sprintf("step %d differs when the world is played again", i)})
			return nil
		}
	}
	return nil
}

// Trace plays the world of one call again and tells that call's story.
func Trace(options Options, number int) (*Timeline, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if number < 0 || number >= options.Calls {
		return nil, fmt.Errorf("call %d: the run has calls 0 to %d", number, options.Calls-1)
	}
	w := newWorld(&options)
	world := number / options.World
	index := int32(number % options.World)
	var phones, entries []Entry
	w.observe = func(call int32, e Entry) {
		if call == noCall {
			phones = append(phones, e)
		} else if call == index {
			entries = append(entries, e)
		}
	}
	if err := w.play(world, tape.World(options.Seed, world)); err != nil {
		return nil, err
	}
	c := &w.calls[index]
	t := &Timeline{Call: number, World: world, Caller: c.Caller, Callee: c.Callee, ID: c.ID, CallerEnd: c.CallerEnd, CalleeEnd: c.CalleeEnd}
	t.Entries = merge(entries, concerning(phones, c))
	for _, v := range w.result.Violations {
		if v.Call == number {
			t.Violations = append(t.Violations, v.Violation)
		}
	}
	return t, nil
}

// concerning picks what happened to the two phones while the call lasted, and
// where they stood before it.
func concerning(phones []Entry, c *call) []Entry {
	from, to := time.Duration(c.SentAt), time.Duration(max(c.CallerEndAt, c.CalleeEndAt))
	var before [2]*Entry
	var during []Entry
	for i := range phones {
		e := &phones[i]
		side := 0
		switch e.Node {
		case c.Caller:
		case c.Callee:
			side = 1
		default:
			continue
		}
		switch {
		case e.At < from && e.Kind == PhoneToggles:
			before[side] = e
		case e.At >= from && e.At <= to:
			during = append(during, *e)
		}
	}
	var all []Entry
	for _, e := range before {
		if e != nil && !e.Online {
			all = append(all, *e)
		}
	}
	return append(all, during...)
}

// merge puts two stories in the order of time. At one moment, phones come first.
func merge(calls, phones []Entry) []Entry {
	var all []Entry
	for len(calls) > 0 || len(phones) > 0 {
		if len(phones) > 0 && (len(calls) == 0 || phones[0].At <= calls[0].At) {
			all, phones = append(all, phones[0]), phones[1:]
		} else {
			all, calls = append(all, calls[0]), calls[1:]
		}
	}
	return all
}
