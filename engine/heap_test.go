// What the heap of final timers says of its records.

package engine

import "testing"

// TestFirstBut: in whatever order the records came, and whichever is passed over, the
// first of the others is found.
func TestFirstBut(t *testing.T) {
	const most = 5
	var came []int64
	var permute func(left []int64)
	permute = func(left []int64) {
		var h timerHeap
		for _, deadline := range came {
			inv := &invitation{rec: &record{deadline: deadline}}
			inv.rec.inv = inv
			h.push(finals, inv)
		}
		for _, passed := range append(h, &invitation{rec: &record{deadline: most}}) {
			var want *record
			for _, inv := range h {
				if inv != passed && (want == nil || inv.rec.deadline < want.deadline) {
					want = inv.rec
				}
			}
			if got := h.firstBut(passed.rec); got != want {
				t.Errorf("%d, but %d: %v, not %v", came, passed.rec.deadline, got, want)
			}
		}
		for i, deadline := range left {
			came = append(came, deadline)
			permute(append(append([]int64{}, left[:i]...), left[i+1:]...))
			came = came[:len(came)-1]
		}
	}
	var all []int64
	for deadline := range int64(most) {
		all = append(all, deadline)
	}
	permute(all)
}
