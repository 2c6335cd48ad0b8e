// Pairs: how calls ended on both sides.

package result

import (
	"cmp"
	"slices"

	"github.com/invsim/invsim/sim/property"
)

// Pair is a pair of ends that occurred.
type Pair struct {
	Caller property.CallerEnd
	Callee property.CalleeEnd
	Calls  uint64
	First  int // the lowest number of a call
}

func (p Pair) String() string { return p.Caller.String() + "/" + p.Callee.String() }

// Occurred are all pairs that occurred, the rarest first.
func (r *Result) Occurred() (all []Pair) {
	for caller := range r.Pairs {
		for callee, n := range r.Pairs[caller] {
			if n > 0 {
				all = append(all, Pair{property.CallerEnd(caller), property.CalleeEnd(callee), n, r.First[caller][callee]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Pair) int { return cmp.Compare(a.Calls, b.Calls) })
	return all
}
