// What an app is told, by whatever engine: by ours, or by one that is known by its words.

package property

import (
	"fmt"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// Told is an event, with all that the app is shown with it.
type Told struct {
	Kind      engine.OutputKind
	ID        engine.ID // zero: the invitation never got one
	Peer      string    // the other user
	Content   string
	ChannelID string
	Response  string        // a caller's: of the answer
	Device    uint64        // a caller's: that answered
	Reason    engine.Reason // why it is CANCELED
	CallerEnd CallerEnd     // that it tells of, if any,
	CalleeEnd CalleeEnd     // or this one

	mixed string // the invitation is in another state than the event says: in words
}

// The state that goes with each end.
var (
	callerState = [NumCallerEnds]states.LocalState{
		CallerAccepted: states.LocalAcceptedByRemote, CallerRefused: states.LocalRefusedByRemote, CallerCanceled: states.LocalCanceled,
		CallerNoResponse: states.LocalFailure, CallerOffline: states.LocalFailure, CallerExpired: states.LocalFailure, CallerNotLoggedIn: states.LocalFailure,
	}
	calleeState = [NumCalleeEnds]states.RemoteState{
		CalleeAccepted: states.RemoteAccepted, CalleeRefused: states.RemoteRefused, CalleeCanceled: states.RemoteCanceled,
		CalleeExpired: states.RemoteFailure, CalleeAcceptFailure: states.RemoteFailure, CalleeOffline: states.RemoteFailure,
	}
)

// CallerEvent is CallerTold for an event that our engine raises.
func (c *Call) CallerEvent(w *Watch, out *engine.Output, at, own int64) {
	l := out.Local
	t := Told{
		Kind: out.Kind, ID: l.ID(), Peer: l.CalleeID(), Content: l.Content(), ChannelID: l.ChannelID(),
		Response: l.Response(), Device: l.Device(), Reason: l.Reason(),
	}
	if out.Kind.Terminal() {
		t.CallerEnd = endOfCaller(out)
		if callerState[t.CallerEnd] != l.State() || out.LocalError != l.Failure() {
			t.mixed = fmt.Sprintf("%v, %v raised in state %v, %v", out.Kind, out.LocalError, l.State(), l.Failure())
		}
	}
	c.CallerTold(w, &t, at, own)
}

// CalleeEvent is CalleeTold for an event that our engine raises.
func (c *Call) CalleeEvent(w *Watch, out *engine.Output, at, own int64) {
	r := out.Remote
	t := Told{
		Kind: out.Kind, ID: r.ID(), Peer: r.CallerID(), Content: r.Content(), ChannelID: r.ChannelID(),
		Reason: r.Reason(),
	}
	if out.Kind.Terminal() {
		t.CalleeEnd = endOfCallee(out)
		if calleeState[t.CalleeEnd] != r.State() || out.RemoteError != r.Failure() {
			t.mixed = fmt.Sprintf("%v, %v raised in state %v, %v", out.Kind, out.RemoteError, r.State(), r.Failure())
		}
	}
	c.CalleeTold(w, &t, at, own)
}

func endOfCaller(out *engine.Output) CallerEnd {
	switch out.Kind {
	case engine.LocalInvitationAccepted:
		return CallerAccepted
	case engine.LocalInvitationRefused:
		return CallerRefused
	case engine.LocalInvitationCanceled:
		return CallerCanceled
	}
	switch out.LocalError {
	case errors.LocalPeerOffline:
		return CallerOffline
	case errors.LocalInvitationExpire:
		return CallerExpired
	case errors.LocalNotLoggedIn:
		return CallerNotLoggedIn
	}
	return CallerNoResponse
}

func endOfCallee(out *engine.Output) CalleeEnd {
	switch out.Kind {
	case engine.RemoteInvitationAccepted:
		return CalleeAccepted
	case engine.RemoteInvitationRefused:
		return CalleeRefused
	case engine.RemoteInvitationCanceled:
		return CalleeCanceled
	}
	switch out.RemoteError {
	case errors.RemotePeerOffline:
		return CalleeOffline
	case errors.RemoteInvitationExpire:
		return CalleeExpired
	}
	return CalleeAcceptFailure
}
