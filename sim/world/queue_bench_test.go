// The queue of events beside a heap, with the operations of a world.

package world

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// operation puts a task into a queue, or takes the first one out.
type operation struct {
	task
	takes bool
}

// operations are those on the queue of a world of some hundred calls.
var operations = sync.OnceValue(func() (all []operation) {
	o := setup.Default()
	o.Calls, o.World = 300, 300
	w := New(&o)
	before, now := map[task]int{}, map[task]int{} // what was in the queue, and is, and how often
	w.stop = func() bool {                        // is asked before each step, which takes one task at most
		clear(now)
		for i, b := range w.queue.buckets {
			if i == 0 {
				b.tasks = b.tasks[min(w.queue.taken, len(b.tasks)):]
			}
			for _, e := range b.tasks {
				now[e]++
			}
		}
		var put []operation
		for e, n := range now {
			for range n - before[e] {
				put = append(put, operation{task: e})
			}
		}
		slices.SortFunc(put, func(a, b operation) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.a, b.a), cmp.Compare(a.b, b.b))
		})
		for e, n := range before {
			if n > now[e] {
				all = append(all, operation{takes: true})
			}
		}
		all = append(all, put...)
		before, now = now, before
		return false
	}
	if err := w.Play(context.Background(), 0, tape.World(1, 0)); err != nil {
		panic(err)
	}
	return all
})

// TestOperations: they are those of a world, and both queues of the benchmark take the same
// out.
func TestOperations(t *testing.T) {
	var q queue
	q.reset()
	h, puts, takes := &byTime{}, 0, 0
	for number, op := range operations() {
		if !op.takes {
			q.put(op.task)
			heap.Push(h, inTurn{op.task, number})
			puts++
			continue
		}
		if a, b := q.pop(), heap.Pop(h).(inTurn).task; a != b {
			t.Fatalf("%v and %v come first", a, b)
		}
		takes++
	}
	if takes < 2000 || puts < takes || puts > takes+100 {
		t.Errorf("%d are put, %d taken", puts, takes)
	}
}

// inTurn is a task with its number, for a queue that does not keep the order of equals.
type inTurn struct {
	task
	number int
}

// byTime is a heap of the standard library.
type byTime []inTurn

func (h byTime) Len() int { return len(h) }
func (h byTime) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].number < h[j].number
}
func (h byTime) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *byTime) Push(e any)   { *h = append(*h, e.(inTurn)) }
func (h *byTime) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}

// BenchmarkQueue puts a task in and takes one out, as a world does.
func BenchmarkQueue(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		var q queue
		for taken := 0; taken < b.N; {
			q.reset()
			for i := range operations() {
				if op := &operations()[i]; !op.takes {
					q.put(op.task)
				} else {
					q.pop()
					taken++
				}
			}
		}
	})
	b.Run("heap", func(b *testing.B) {
		h := &byTime{}
		for taken := 0; taken < b.N; *h = (*h)[:0] {
			for i := range operations() {
				if op := &operations()[i]; !op.takes {
					heap.Push(h, inTurn{op.task, i})
				} else {
					heap.Pop(h)
					taken++
				}
			}
		}
	})
}
