// What each side of a call shows, and the properties that compare the two.

package explore

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// mostCalls is how many calls one phone can place in a search.
const mostCalls = 3

// callerView and calleeView are what one side of a call shows to its app.
type callerView struct {
	placed   bool
	end      property.CallerEnd
	received bool
	winner   uint8 // the device that has answered
}

type calleeView struct {
	rang   bool
	end    property.CalleeEnd
	reason engine.Reason // of a CANCELED
	missed bool          // it does not ring, and the app is told
}

// view is what a phone shows of its own calls and of the other's.
type view struct {
	own     [mostCalls]callerView
	foreign [mostCalls]calleeView
}

func (p *phone) view() (v view) {
	for i, c := range p.placed {
		v.own[i] = callerView{true, c.CallerEnd, c.received, uint8(c.winner)}
	}
	for _, c := range p.heard {
		if c.number >= 0 && c.number < mostCalls {
			v.foreign[c.number] = calleeView{c.Rang, c.CalleeEnd, c.reason, c.missed}
		}
	}
	return v
}

// rings counts the rings so far.
func (p *phone) rings() (n int) {
	for _, c := range p.heard {
		if c.Rang {
			n++
		}
	}
	return n
}

func (p *phone) goals() (all property.GoalSet) {
	for _, c := range p.placed {
		all |= c.Goals()
	}
	for _, c := range p.heard {
		c.CallerEnd = property.CallerOpen // one side alone has no pair
		all |= c.Goals()
	}
	return all
}

// broken are the properties that are broken in a state, by what a call shows on its two
// sides. They come from the watchers of package property, told of the two sides' ends
// in both orders.
func broken(c callerView, r calleeView) (bad properties) { return byViews[viewIndex(c, r)] }

func viewIndex(c callerView, r calleeView) int {
	i := int(c.end)<<3 | int(r.end)
	if c.received {
		i |= 1 << 6
	}
	if r.rang {
		i |= 1 << 7
	}
	return i | int(r.reason)<<8
}

var byViews = func() (all [1 << 12]properties) {
	for caller := range property.NumCallerEnds {
		for callee := range property.NumCalleeEnds {
			for reason := range engine.ReasonStale {
				for _, received := range []bool{false, true} {
					for _, rang := range []bool{false, true} {
						c, r := callerView{placed: true, end: caller, received: received}, calleeView{rang, callee, reason, false}
						all[viewIndex(c, r)] = compareSides(c, r)
					}
				}
			}
		}
	}
	return all
}()

// byBoth are the properties that compare two sides.
var byBoth = setOf(property.S1, property.S3, property.S4, property.S5, property.Pair)

func compareSides(caller callerView, callee calleeView) (bad properties) {
	w := &property.Watch{Report: func(v property.Violation) {
		if byBoth.has(v.Property) {
			bad.add(v.Property)
		}
	}}
	if caller.end != property.CallerOpen {
		c := property.Call{Device: property.Device{Rang: true, CalleeEnd: callee.end}}
		c.CallerTold(w, &property.Told{CallerEnd: caller.end}, 0, 0)
	}
	if callee.end != property.CalleeOpen {
		c := property.Call{Device: property.Device{Rang: true}, CallerEnd: caller.end}
		c.CalleeTold(w, &property.Told{CalleeEnd: callee.end}, 0, 0)
	}
	if _, ends := pairOf(caller, callee); ends && (property.RuledOutBy(caller.end, lastEnd(callee)) != 0 || !fits(caller.end, callee)) {
		bad.add(property.Pair)
	}
	if caller.received && !callee.rang {
		bad.add(property.S11)
	}
	return bad
}

// fits reports whether the reason that a CANCELED one shows is its caller's.
func fits(caller property.CallerEnd, callee calleeView) bool {
	return property.Fits(caller, callee.end, callee.reason)
}

// lastEnd is the callee's end if nothing more reaches it.
func lastEnd(r calleeView) property.CalleeEnd {
	if !r.rang {
		return property.CalleeNeverRang
	}
	return r.end
}

// pairOf is the terminal pair of a call, if both sides have ended. A callee that has not
// rung may never ring: all that is under way to it can be lost.
func pairOf(c callerView, r calleeView) (pair [2]uint8, ends bool) {
	end := lastEnd(r)
	return [2]uint8{uint8(c.end), uint8(end)}, c.placed && c.end != property.CallerOpen && end != property.CalleeOpen
}

// inPair are the goals that a pair of ends shows.
func inPair(pair [2]uint8) property.GoalSet {
	c := property.Call{CallerEnd: property.CallerEnd(pair[0]), Device: property.Device{CalleeEnd: property.CalleeEnd(pair[1])}}
	return c.Goals()
}
