// Package guides is the code of docs/guides.md, which quotes it: a call screen of the
// system, metrics, and logs. Copy the parts that you need.
package guides

import (
	"sync"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/wire"
)

// Screen is the call screen of the system: CallKit, or a ConnectionService. A key
// names one call; make its UUID from it.
type Screen interface {
	Ring(key, caller string) // reportNewIncomingCall; addNewIncomingCall
	Connected(key string)    // fulfill the answer; setActive
	End(key, why string)     // reportCall(endedAt:reason:); setDisconnected, destroy
}

// Ringer is a host.Listener that keeps the screen true. Set Host and Screen, start the
// host with it, and pass the user's buttons to Answer and Decline.
type Ringer struct {
	host.NopListener
	*host.Host
	Screen Screen

	mu    sync.Mutex
	shown map[string]bool // by key: rings (true), or is on (false)
}

// Push hands in the INVITE that a push carried. The screen rings before it returns, as
// the system demands, and ends at once if there is no such call (any more). There need not
// be a connection yet.
func (r *Ringer) Push(caller string, invite []byte, held time.Duration) {
	key := caller + " ?"
	if m, err := wire.Decode(invite); err == nil {
		key = caller + " " + m.ID.String()
	}
	r.ring(key, caller)
	switch arrival, id := r.HandIn(caller, invite, held); arrival {
	case host.Rings, host.Open:
	default:
		known, _ := r.FindRemote(caller, id)
		r.end(key, why(known.Reason))
	}
}

// why tells a missed call from one that another device of the user has answered.
func why(reason engine.Reason) string {
	switch reason {
	case engine.ReasonAcceptedElsewhere:
		return "answered elsewhere"
	case engine.ReasonRefusedElsewhere:
		return "declined elsewhere"
	}
	return "missed"
}

// Answer is the user's green button. If it returns an error there is no such call any
// more. Otherwise Connected or End follows.
func (r *Ringer) Answer(key string) error { return r.AcceptRemoteInvitation(r.open(key)) }

// Decline is the red one.
func (r *Ringer) Decline(key string) error { return r.RefuseRemoteInvitation(r.open(key)) }

// HangUp ends a call that is on. The peer learns it from the media.
func (r *Ringer) HangUp(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rings, shown := r.shown[key]; shown && !rings {
		delete(r.shown, key)
		r.Screen.End(key, "hung up")
	}
}

func (r *Ringer) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	if r.open(keyOf(inv)) != nil { // it may have ended before this callback came
		r.ring(keyOf(inv), inv.CallerID())
	}
}

func (r *Ringer) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown[keyOf(inv)] = false
	r.Screen.Connected(keyOf(inv)) // and only now the media
}

func (r *Ringer) OnRemoteInvitationRefused(inv *host.RemoteInvitation) {
	r.end(keyOf(inv), "declined")
}

func (r *Ringer) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	r.end(keyOf(inv), why(inv.Reason()))
}

func (r *Ringer) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	r.end(keyOf(inv), code.Name())
}

func keyOf(inv *host.RemoteInvitation) string { return inv.CallerID() + " " + inv.ID().String() }

// open finds an invitation that has not ended.
func (r *Ringer) open(key string) *host.RemoteInvitation {
	for _, inv := range r.RemoteInvitations() {
		if keyOf(inv) == key {
			return inv
		}
	}
	return nil
}

// ring and end tell the screen once, and never of a call that is on.
func (r *Ringer) ring(key, caller string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shown == nil {
		r.shown = map[string]bool{}
	}
	if _, shown := r.shown[key]; !shown {
		r.shown[key] = true
		r.Screen.Ring(key, caller)
	}
}

func (r *Ringer) end(key, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shown[key] {
		delete(r.shown, key)
		r.Screen.End(key, why)
	}
}
