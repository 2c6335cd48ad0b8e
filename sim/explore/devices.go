// A call to two devices of one user: what the three sides say together.

package explore

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/invsim/invsim/sim/property"
)

// Tuple is how a call to two devices has ended. Devices have no order but for the one
// that has answered, which comes first. That a peer was known to be offline is left out.
type Tuple struct {
	Caller     property.CallerEnd
	One, Other property.CalleeEnd
}

func (t Tuple) String() string { return fmt.Sprintf("%v/%v+%v", t.Caller, t.One, t.Other) }

// tupleOf is the tuple of a call, if all have ended.
func tupleOf(c callerView, r [2]calleeView) (t Tuple, ends bool) {
	t = Tuple{c.end, merged(lastEnd(r[0])), merged(lastEnd(r[1]))}
	if t.Caller == property.CallerOffline {
		t.Caller = property.CallerNoResponse
	}
	if hasWinner := t.Caller == property.CallerAccepted || t.Caller == property.CallerRefused; hasWinner && c.winner == 2 || !hasWinner && t.One > t.Other {
		t.One, t.Other = t.Other, t.One
	}
	return t, c.end != property.CallerOpen && t.One != property.CalleeOpen && t.Other != property.CalleeOpen
}

func merged(end property.CalleeEnd) property.CalleeEnd {
	if end == property.CalleeOffline {
		return property.CalleeAcceptFailure
	}
	return end
}

// Tuples are those that the protocol can reach without crashes: 54, and that of a caller
// who is not logged in.
var Tuples = func() map[Tuple]bool {
	all := map[Tuple]bool{{property.CallerNotLoggedIn, property.CalleeNeverRang, property.CalleeNeverRang}: true}
	others := []property.CalleeEnd{property.CalleeRefused, property.CalleeCanceled, property.CalleeExpired, property.CalleeAcceptFailure, property.CalleeNeverRang}
	for i, other := range others {
		all[Tuple{property.CallerAccepted, property.CalleeAccepted, other}] = true
		all[Tuple{property.CallerAccepted, property.CalleeAcceptFailure, other}] = true
		all[Tuple{property.CallerRefused, property.CalleeRefused, other}] = true
		for _, one := range others[:i+1] {
			all[Tuple{property.CallerCanceled, one, other}] = true
			all[Tuple{property.CallerNoResponse, one, other}] = true
			if one != property.CalleeCanceled && other != property.CalleeCanceled && one != property.CalleeNeverRang {
				all[Tuple{property.CallerExpired, one, other}] = true
			}
		}
	}
	return all
}()

func compareTuples(a, b Tuple) int {
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
			b.tuples = map[Tuple]bool{}
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
		bad.add(S15)
	}
	if c.received && !r[0].rang && !r[1].rang {
		bad.add(property.S11)
	}
	if (c.end == property.CallerAccepted || c.end == property.CallerRefused) && c.winner == 0 {
		bad.add(property.S1)
	}
	if t, ends := tupleOf(c, r); ends && (!Tuples[t] || !fits(c.end, r[0]) || !fits(c.end, r[1])) {
		bad.add(property.Pair)
	}
	return bad
}

// missingTuples are those that no search has reached, in order. A caller is not logged in
// only where phones log out.
func missingTuples(results []*Result) (missing []string) {
	reached, searched, logouts := map[Tuple]bool{}, false, false
	for _, r := range results {
		if r.World.Devices > 1 {
			searched, logouts = true, logouts || r.World.Logouts
			maps.Copy(reached, r.Tuples)
		}
	}
	for _, t := range slices.SortedFunc(maps.Keys(Tuples), compareTuples) {
		if searched && !reached[t] && (logouts || t.Caller != property.CallerNotLoggedIn) {
			missing = append(missing, fmt.Sprintf("tuple %v", t))
		}
	}
	return missing
}
