// Groups of calls that ring together, and of which one is accepted.

package host

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// Group is a set of a host's calls. When one of them is accepted, all others that are
// open are canceled in the same moment, before anything else happens, so that no second
// one is accepted; and from then on none is sent. Its methods may be called from any
// goroutine.
type Group struct {
	host    *Host
	inv     *engine.Group      // nil before the first is sent; an input's, when it has its turn
	joining []*LocalInvitation // whose engine's invitation is not in inv yet, in order
	first   engine.ID          // of the first that was sent; of a restored group, that was open
	decided bool
}

// NewGroup makes an empty group. LocalInvitation.SetGroup puts calls into it.
func (h *Host) NewGroup() *Group { return &Group{host: h} }

// Decided tells whether one of the group is ACCEPTED. From then on
// SendLocalInvitation refuses the others with GroupDecided.
func (g *Group) Decided() bool {
	g.host.view.Lock()
	defer g.host.view.Unlock()
	return g.decided
}

// name is that of the group in the log: the id of its first call.
func (g *Group) name() string {
	g.host.view.Lock()
	defer g.host.view.Unlock()
	return g.first.String()
}

// SetGroup puts an invitation into a group of its host, or takes it out with nil. The
// others are canceled in the order in which they were put into the group. It is ignored
// once the invitation is sent, and so is a group of another host.
func (l *LocalInvitation) SetGroup(g *Group) {
	if g != nil && g.host != l.host || l.self != &l.subject {
		return
	}
	l.set(uint8(states.LocalIdle), func(s *shown) {
		if s.group = g; g != nil {
			g.joining = append(g.joining, l)
		}
	})
}

// Group is the group that the invitation is in, nil for none. Restored invitations are in
// a new group with those that were open together with them.
func (l *LocalInvitation) Group() *Group { return l.look().group }

// joinGroup gives the engine the members of a group in the order in which they were put
// in, at the first send after that.
func (h *Host) joinGroup(inv *LocalInvitation, g *Group) {
	if was := inv.inv.Group(); was != nil && (g == nil || was != g.inv) {
		inv.inv.SetGroup(nil)
	}
	if g == nil {
		return
	}
	if g.inv == nil {
		made := h.engine.NewGroup()
		h.view.Lock()
		g.inv = made
		h.view.Unlock()
	}
	h.view.Lock()
	joining := g.joining
	g.joining = nil
	h.view.Unlock()
	for _, other := range joining {
		if other.look().group == g {
			other.inv.SetGroup(g.inv)
		}
	}
}
