// A call to two devices of one user: what the three sides say together.

package explore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/invsim/invsim/sim/property"
)

// tupleOf is the tuple of a call, if all have ended.
func tupleOf(c callerView, r [2]calleeView) (t property.Tuple, ends bool) {
	one, other := lastEnd(r[0]), lastEnd(r[1])
	if c.winner == 2 {
		one, other = other, one
	}
	return property.TupleOf(c.end, one, other), c.end != property.CallerOpen && one != property.CalleeOpen && other != property.CalleeOpen
}

func compareTuples(a, b property.Tuple) int {
	return cmp.Or(cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.One, b.One), cmp.Compare(a.Other, b.Other))
}

// judgeDevices compares the caller with both devices.
func (s *search) judgeDevices(b *batch, st *state, c callerView) (bad properties) {
	var r [2]calleeView
	for i := range r {
		r[i] = s.phones[1+i].nodes[st.at[1+i]].view.foreign[0]
	}
	bad = brokenDevices(c, r)
	if t, ends := tupleOf(c, r); ends {
		if b.tuples == nil {
			b.tuples = map[property.Tuple]bool{}
		}
		b.tuples[t] = true
	}
	return bad
}

// onlyOne are the properties of a device that has answered, or is alone.
var onlyOne = setOf(property.S1, property.S3, property.S4, property.S5)

func brokenDevices(c callerView, r [2]calleeView) (bad properties) {
	for i, each := range r {
		if int(c.winner) == 1+i {
			bad |= broken(c, each) & onlyOne
			continue
		}
		if each.end != property.CalleeAccepted {
			continue
		}
		bad.add(property.S1)
		switch c.end {
		case property.CallerRefused:
			bad.add(property.S3)
		case property.CallerCanceled:
			bad.add(property.S5)
		}
	}
	if r[0].end == property.CalleeAccepted && r[1].end == property.CalleeAccepted {
		bad.add(property.S15)
	}
	if c.received && !r[0].rang && !r[1].rang {
		bad.add(property.S11)
	}
	if (c.end == property.CallerAccepted || c.end == property.CallerRefused) && c.winner == 0 {
		bad.add(property.S1)
	}
	if t, ends := tupleOf(c, r); ends && (!property.Tuples[t] || !fits(c.end, r[0]) || !fits(c.end, r[1])) {
		bad.add(property.Pair)
	}
	return bad
}

// missingTuples are those that no search has reached, in order. A caller is not logged in
// only where phones log out.
func missingTuples(results []*Result) (missing []string) {
	reached, searched, logouts := map[property.Tuple]bool{}, false, false
	for _, r := range results {
		if r.World.Devices > 1 {
			searched, logouts = true, logouts || r.World.Logouts
			maps.Copy(reached, r.Tuples)
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(property.Tuples), compareTuples) {
		if searched && !reached[t] && (logouts || t.Caller != property.CallerNotLoggedIn) {
			missing = append(missing, fmt.Sprintf("tuple %v", t))
		}
	}
	return missing
}
