// Busy and glare: one call at a time. The engine lets any number of invitations
// cross, because only the app can know which of them it wants.

package embedding

import (
	"sync"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// Line is a host.Listener with one call at a time. Set the fields, start the host
// with it, and then use its methods.
type Line struct {
	host.NopListener
	Host *host.Host

	// The three are called one at a time, and may call the Line.
	Ring func(inv *host.RemoteInvitation) // answer with AcceptRemoteInvitation or RefuseRemoteInvitation of Host
	Talk func(peer string)                // the call is on, until HangUp
	Over func(peer string)                // the invitation came to nothing

	mu       sync.Mutex
	outgoing *host.LocalInvitation
	incoming *host.RemoteInvitation
	crossing *host.RemoteInvitation // the peer's half of a glare that ours wins
	talking  bool
}

// ErrBusy is why there is no second call.
var ErrBusy = errors.New("busy")

// Call rings somebody.
func (l *Line) Call(peer string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy() {
		return ErrBusy
	}
	l.outgoing = l.Host.CreateLocalInvitation(peer)
	err := l.Host.SendLocalInvitation(l.outgoing)
	if err != nil {
		l.outgoing = nil
	}
	return err
}

// HangUp ends a call that is on. The peer learns it from the call itself: there is
// no message for it in the protocol.
func (l *Line) HangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.talking = false
}

func (l *Line) busy() bool { return l.outgoing != nil || l.incoming != nil || l.talking }

func (l *Line) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	if l.admit(inv) {
		l.Ring(inv)
	}
}

// admit is the whole policy.
func (l *Line) admit(inv *host.RemoteInvitation) (ring bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	glare := l.outgoing != nil && l.outgoing.CalleeID() == inv.CallerID()
	switch {
	case !l.busy():
		l.incoming = inv
		return true
	case glare && l.Host.Self() < inv.CallerID():
		l.crossing = inv // ours stands: they will cancel theirs
	case glare && l.Host.CancelLocalInvitation(l.outgoing) == nil:
		l.outgoing, l.incoming = nil, inv // theirs stands, and both want to talk
		l.Host.AcceptRemoteInvitation(inv)
	default:
		inv.SetResponse("busy")
		l.Host.RefuseRemoteInvitation(inv)
	}
	return false
}

func (l *Line) OnLocalInvitationAccepted(inv *host.LocalInvitation, _ string) {
	l.localEnds(inv, true)
}
func (l *Line) OnLocalInvitationRefused(inv *host.LocalInvitation, _ string) {
	l.localEnds(inv, false)
}
func (l *Line) OnLocalInvitationCanceled(inv *host.LocalInvitation) { l.localEnds(inv, false) }
func (l *Line) OnLocalInvitationFailure(inv *host.LocalInvitation, _ errors.LocalInvitationError) {
	l.localEnds(inv, false)
}

func (l *Line) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) { l.remoteEnds(inv, true) }
func (l *Line) OnRemoteInvitationRefused(inv *host.RemoteInvitation)  { l.remoteEnds(inv, false) }
func (l *Line) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) { l.remoteEnds(inv, false) }
func (l *Line) OnRemoteInvitationFailure(inv *host.RemoteInvitation, _ errors.RemoteInvitationError) {
	l.remoteEnds(inv, false)
}

// localEnds: a call of ours is answered, or came to nothing. Then the peer's, which
// had to stand back, rings after all.
func (l *Line) localEnds(inv *host.LocalInvitation, accepted bool) {
	l.mu.Lock()
	ours := l.outgoing == inv
	var next *host.RemoteInvitation
	if ours {
		l.outgoing, l.talking = nil, accepted
		next, l.crossing = l.crossing, nil
		if !accepted {
			l.incoming = next
		}
	}
	l.mu.Unlock()
	switch {
	case ours && accepted:
		if next != nil { // the peer has accepted ours and should have canceled it
			l.Host.RefuseRemoteInvitation(next)
		}
		l.Talk(inv.CalleeID())
	case ours && next != nil:
		l.Ring(next)
	case ours:
		l.Over(inv.CalleeID())
	}
}

func (l *Line) remoteEnds(inv *host.RemoteInvitation, accepted bool) {
	l.mu.Lock()
	ours := l.incoming == inv
	if ours {
		l.incoming, l.talking = nil, accepted
	}
	if l.crossing == inv {
		l.crossing = nil
	}
	l.mu.Unlock()
	switch {
	case ours && accepted:
		l.Talk(inv.CallerID())
	case ours:
		l.Over(inv.CallerID())
	}
}
