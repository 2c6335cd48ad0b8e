package world

import (
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
