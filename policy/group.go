// Ring groups: calls to several, summed up as one.

package policy

import "github.com/invsim/invsim/engine"

// GroupEvent is what happens to a ring group.
type GroupEvent uint8

const (
	GroupRings    GroupEvent = iota + 1 // the first of the callees has the call
	GroupAnswered                       // one has accepted: that call
	GroupEnded                          // all have ended, and none was accepted
)

var groupEvents = [...]string{"?", "rings", "answered", "ended"}

func (e GroupEvent) String() string { return groupEvents[e] }

// RingGroup sums up calls that ring together. Put them into one engine.Group as well,
// which cancels the others when one is accepted.
type RingGroup struct {
	open        []Call
	whole       bool
	rings, over bool // told
}

// Add puts a call into the group, when it was sent.
func (g *RingGroup) Add(c Call) { g.open = append(g.open, c) }

// Whole says that all calls were added: the group does not end before. It tells if it
// has ended already.
func (g *RingGroup) Whole() (GroupEvent, bool) {
	g.whole = true
	return g.end()
}

// Told takes an event of a call, and tells if it is one of the group.
func (g *RingGroup) Told(kind engine.OutputKind, c Call) (GroupEvent, bool) {
	at := -1
	for i := range g.open {
		if g.open[i] == c {
			at = i
		}
	}
	switch {
	case at < 0 || g.over:
		return 0, false
	case kind == engine.LocalInvitationReceivedByPeer:
		first := !g.rings
		g.rings = true
		return GroupRings, first
	case kind == engine.LocalInvitationAccepted:
		g.over = true
		return GroupAnswered, true
	case !kind.Terminal():
		return 0, false
	}
	g.open = append(g.open[:at:at], g.open[at+1:]...)
	return g.end()
}

func (g *RingGroup) end() (GroupEvent, bool) {
	if !g.whole || g.over || len(g.open) > 0 {
		return 0, false
	}
	g.over = true
	return GroupEnded, true
}
