// Groups: invitations that ring together, and of which one can be accepted. A group is
// the caller's own business; its callees learn of it from the reason of a CANCEL.

package engine

import (
	"cmp"
	"slices"

	"github.com/invsim/invsim/states"
)

// Group is a set of invitations of one engine. The input that makes one of them ACCEPTED
// cancels all others that are open, in the order in which they were put into the group,
// before anything is sent; however slow the app is, no second one is accepted.
type Group struct {
	engine  *Engine
	number  uint64
	members []*invitation // in order; those that have ended go when another comes
	places  uint64        // that were given
	decided bool
}

// NewGroup makes an empty group.
func (e *Engine) NewGroup() *Group {
	e.numbers++
	return &Group{engine: e, number: e.numbers}
}

// Decided tells whether one of the group is ACCEPTED. From then on, Send refuses the
// others with GroupDecided.
func (g *Group) Decided() bool { return g.decided }

// SetGroup puts an invitation into a group of its engine, or with nil takes it out of
// the one it is in. It is ignored once the invitation is sent, and so is a group of
// another engine.
func (l *LocalInvitation) SetGroup(g *Group) {
	inv := (*invitation)(l)
	if l.State() != states.LocalIdle || !inv.original() || g != nil && g.engine != inv.engine {
		return
	}
	if old := l.Group(); old != nil {
		old.members = slices.DeleteFunc(old.members, func(other *invitation) bool { return other == inv })
	}
	if inv.rest().group = g; g != nil {
		g.add(inv, g.places)
	}
}

// Group is the group that the invitation is in, nil for none. A restored invitation is in
// a new group with those that were open together with it.
func (l *LocalInvitation) Group() *Group {
	if l.more == nil {
		return nil
	}
	return l.more.group
}

func (g *Group) add(inv *invitation, place uint64) {
	g.members = slices.DeleteFunc(g.members, func(other *invitation) bool { return other.state >= states.FirstTerminal })
	g.members = append(g.members, inv)
	inv.more.place, g.places = place, place+1
}

// decide cancels the others if an invitation has just been accepted.
func (e *Engine) decide(g *Group, accepted *invitation) {
	if accepted.state != uint8(states.LocalAcceptedByRemote) {
		return
	}
	g.decided = true
	for _, inv := range g.members {
		if inv.rec != nil && inv.rec.state < states.FirstTerminal {
			s := inv.step()
			e.stepLocal(&s, states.LocalGroupDecided)
		}
	}
}

// byGroup is the order of grouped invitations in a snapshot.
func byGroup(a, b *invitation) int {
	return cmp.Or(cmp.Compare(a.more.group.number, b.more.group.number), cmp.Compare(a.more.place, b.more.place))
}
