// The worker pool: goroutines that take the next free number.

package sim

import (
	"context"
	"sync"
	"sync/atomic"
)

// pool lets a number of workers do the tasks 0 to n-1. Each worker takes the next
// free number, with a state of its own that start makes, until ctx ends or a task
// fails. It returns the states, and the error of the lowest number that failed.
func pool[S any](ctx context.Context, n, workers int, start func() S, do func(state S, number int) error) ([]S, error) {
	states := make([]S, max(1, min(workers, n)))
	var (
		next    atomic.Int64
		group   sync.WaitGroup
		mutex   sync.Mutex
		failure error
		failed  = n // the lowest number that failed
	)
	for i := range states {
		group.Go(func() {
			states[i] = start()
			for ctx.Err() == nil {
				number := int(next.Add(1)) - 1
				if number >= n {
					return
				}
				if err := do(states[i], number); err != nil {
					mutex.Lock()
					if number < failed {
						failure, failed = err, number
					}
					mutex.Unlock()
					next.Store(int64(n))
					return
				}
			}
		})
	}
	group.Wait()
	return states, failure
}

// Together lets a number of workers do the tasks 0 to n-1. Each takes the next free
// number until ctx ends or a task fails. The error is that of the lowest number.
func Together(ctx context.Context, n, workers int, do func(number int) error) error {
	_, err := pool(ctx, n, workers, func() struct{} { return struct{}{} }, func(_ struct{}, number int) error { return do(number) })
	return err
}

// turns lets workers do something in the order of their numbers, up to the first
// that failed.
type turns struct {
	mutex   sync.Mutex
	changed sync.Cond
	next    int
	failure error
}

func newTurns() *turns {
	t := &turns{}
	t.changed.L = &t.mutex
	return t
}

// take waits for a number's turn. It returns the failure of that number or of a lower
// one, and does nothing then.
func (t *turns) take(number int, failure error, do func()) error {
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
		return t.failure
	}
	do()
	t.next++
	return nil
}
