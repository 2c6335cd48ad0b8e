package world

import (
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// TestQueueOrder compares the queue with a stable sort by time.
func TestQueueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, 20), 0, 200).Draw(t, "times")
		popEvery := rapid.IntRange(1, 10).Draw(t, "pop every")
		var q queue
		q.reset()
		var waiting []task // by time, and by number among equals
		now := int64(0)
		pop := func() {
			sort.SliceStable(waiting, func(i, j int) bool { return waiting[i].at < waiting[j].at })
			if next := q.next(); next != waiting[0].at {
				t.Fatalf("the next is at %d, want %v", next, waiting[0])
			}
			if got := q.pop(); got != waiting[0] {
				t.Fatalf("popped %v, want %v", got, waiting[0])
			}
			now, waiting = waiting[0].at, waiting[1:]
		}
		for i, after := range times {
			e := task{at: now + after<<rapid.IntRange(0, 40).Draw(t, "scale"), a: int32(i), b: -int32(i), kind: copyMoves}
			q.push(e.at, e.kind, e.a, e.b)
			waiting = append(waiting, e)
			if i%popEvery == 0 {
				pop()
			}
		}
		for len(waiting) > 0 {
			pop()
		}
		if next := q.next(); next != never {
			t.Errorf("an empty queue has something at %d", next)
		}
	})
}

// TestWakesOrder compares the heap with a search for the earliest, and of several the
// lowest node.
func TestWakesOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w wakes
		at := make([]int64, rapid.IntRange(1, 40).Draw(t, "nodes"))
		w.reset(len(at))
		for i := range at {
			at[i] = never
		}
		for range 200 {
			node := rapid.IntRange(0, len(at)-1).Draw(t, "node")
			at[node] = rapid.SampledFrom([]int64{0, 1, 2, 3, 4, never}).Draw(t, "at")
			w.set(int32(node), at[node])
			first := slices.Index(at, slices.Min(at))
			if got := w.first(); got != (wake{at[first], int32(first)}) {
				t.Fatalf("%v comes first, not node %d of %v", got, first, at)
			}
		}
	})
}
