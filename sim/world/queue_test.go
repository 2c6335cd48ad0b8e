package world

import (
	"sort"
	"testing"

	"pgregory.net/rapid"
)

// TestQueueOrder compares the heap with a stable sort by time.
func TestQueueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64Range(0, 20), 0, 200).Draw(t, "times")
		popEvery := rapid.IntRange(1, 10).Draw(t, "pop every")
		var q queue
		var waiting []task // by time, and by number among equals
		pop := func() {
			got, ok := q.pop()
			if ok != (len(waiting) > 0) {
				t.Fatalf("pop says %v with %d waiting", ok, len(waiting))
			}
			if ok {
				sort.SliceStable(waiting, func(i, j int) bool { return waiting[i].at < waiting[j].at })
				if got.at != waiting[0].at || got.a != waiting[0].a {
					t.Fatalf("popped %v, want %v", got, waiting[0])
				}
				waiting = waiting[1:]
			}
		}
		for i, at := range times {
			q.push(at, copyMoves, int32(i), 0)
			waiting = append(waiting, task{at: at, a: int32(i)})
			if i%popEvery == 0 {
				pop()
			}
		}
		for range len(waiting) + 1 {
			pop()
		}
	})
}
