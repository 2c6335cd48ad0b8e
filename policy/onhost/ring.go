// Ring groups over a host.

package onhost

import (
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/policy"
)

// Caller is who calls: a Phone, which then knows that its line is busy, or a *host.Host.
type Caller interface {
	NewGroup() *host.Group
	CreateLocalInvitation(calleeID string) *host.LocalInvitation
	SendLocalInvitation(*host.LocalInvitation) error
}

// Ring calls several at once, as one group: the first who accepts gets the call, and the
// others are canceled. prepare, if not nil, sets the content and so on of each invitation
// before it is sent. told is called for each event of the group, with the invitation
// that it comes from, like a callback of the host: nil if none could be sent. An
// invitation that could not be sent is not among those returned, which can be canceled
// one by one. When policy.Glare takes the call of one of the callees instead
// (App.OnCrossed), the others ring on until the app cancels them.
func Ring(by Caller, callees []string, prepare func(*host.LocalInvitation), told func(policy.GroupEvent, *host.LocalInvitation)) []*host.LocalInvitation {
	var (
		mu    sync.Mutex
		group policy.RingGroup
		sent  []*host.LocalInvitation
	)
	tell := func(e policy.GroupEvent, ok bool, inv *host.LocalInvitation) {
		if ok {
			told(e, inv)
		}
	}
	event := func(kind engine.OutputKind, inv *host.LocalInvitation) {
		mu.Lock()
		e, ok := group.Told(kind, ownCall(inv))
		mu.Unlock()
		tell(e, ok, inv)
	}
	g := by.NewGroup()
	mu.Lock()
	for _, callee := range callees {
		inv := by.CreateLocalInvitation(callee)
		if prepare != nil {
			prepare(inv)
		}
		inv.SetGroup(g)
		inv.OnReceivedByPeer(func() { event(engine.LocalInvitationReceivedByPeer, inv) })
		inv.OnAccepted(func(string) { event(engine.LocalInvitationAccepted, inv) })
		inv.OnRefused(func(string) { event(engine.LocalInvitationRefused, inv) })
		inv.OnCanceled(func() { event(engine.LocalInvitationCanceled, inv) })
		inv.OnFailure(func(errors.LocalInvitationError) { event(engine.LocalInvitationFailure, inv) })
		if by.SendLocalInvitation(inv) == nil && inv.ID() != (engine.ID{}) {
			group.Add(ownCall(inv))
			sent = append(sent, inv)
		}
	}
	e, ended := group.Whole()
	mu.Unlock()
	if ended {
		go told(e, nil)
	}
	return sent
}
