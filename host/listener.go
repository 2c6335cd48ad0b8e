// The ten callbacks, the eleventh, and the events that they tell.

package host

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// Listener is told what happens to invitations. The names are the vendor's; see
// the package documentation for how callbacks come. Embed NopListener to write
// only some of them.
type Listener interface {
	// OnLocalInvitationReceivedByPeer: the callee has the invitation.
	OnLocalInvitationReceivedByPeer(inv *LocalInvitation)
	// OnLocalInvitationAccepted ends it: the callee accepted.
	OnLocalInvitationAccepted(inv *LocalInvitation, response string)
	// OnLocalInvitationRefused ends it: the callee refused.
	OnLocalInvitationRefused(inv *LocalInvitation, response string)
	// OnLocalInvitationCanceled ends it: CancelLocalInvitation took effect.
	OnLocalInvitationCanceled(inv *LocalInvitation)
	// OnLocalInvitationFailure ends it, for the reason given.
	OnLocalInvitationFailure(inv *LocalInvitation, code errors.LocalInvitationError)

	// OnRemoteInvitationReceived: somebody calls.
	OnRemoteInvitationReceived(inv *RemoteInvitation)
	// OnRemoteInvitationAccepted ends it: the caller has confirmed the accept.
	OnRemoteInvitationAccepted(inv *RemoteInvitation)
	// OnRemoteInvitationRefused ends it: RefuseRemoteInvitation took effect.
	OnRemoteInvitationRefused(inv *RemoteInvitation)
	// OnRemoteInvitationCanceled ends it: the caller canceled.
	OnRemoteInvitationCanceled(inv *RemoteInvitation)
	// OnRemoteInvitationFailure ends it, for the reason given.
	OnRemoteInvitationFailure(inv *RemoteInvitation, code errors.RemoteInvitationError)
}

// MissedListener is a Listener that is also told of calls that never ring. One that does
// not have the method is told of the other ten events and of no missed call.
type MissedListener interface {
	Listener
	// OnRemoteInvitationMissed: somebody called, but too late to ring, or canceled
	// before the call came. It is told once for each call. If another device of this
	// user turns out to have answered, it is told once more, Withdrawn: take the
	// missed call off the list.
	OnRemoteInvitationMissed(missed Missed)
}

// Missed is a call that never rang here. There is no handle of it.
type Missed struct {
	engine.Missed

	// Restored tells whether the event comes from the store: an earlier process may
	// have told it.
	Restored bool
}

// NopListener does nothing in every callback.
type NopListener struct{}

func (NopListener) OnLocalInvitationReceivedByPeer(*LocalInvitation)                          {}
func (NopListener) OnLocalInvitationAccepted(*LocalInvitation, string)                        {}
func (NopListener) OnLocalInvitationRefused(*LocalInvitation, string)                         {}
func (NopListener) OnLocalInvitationCanceled(*LocalInvitation)                                {}
func (NopListener) OnLocalInvitationFailure(*LocalInvitation, errors.LocalInvitationError)    {}
func (NopListener) OnRemoteInvitationReceived(*RemoteInvitation)                              {}
func (NopListener) OnRemoteInvitationAccepted(*RemoteInvitation)                              {}
func (NopListener) OnRemoteInvitationRefused(*RemoteInvitation)                               {}
func (NopListener) OnRemoteInvitationCanceled(*RemoteInvitation)                              {}
func (NopListener) OnRemoteInvitationFailure(*RemoteInvitation, errors.RemoteInvitationError) {}

var _ Listener = NopListener{}

// event is an engine's event with the app's handle in place of the engine's.
type event struct {
	kind        engine.OutputKind
	local       *LocalInvitation
	remote      *RemoteInvitation
	response    string
	localError  errors.LocalInvitationError
	remoteError errors.RemoteInvitationError
	missed      *Missed
	givenUp     bool // and not told
}

// mostRestores is at how many starts an event is told again, if never anything was
// saved after it was told. A callback that ends the process would else be called at
// every start, for ever.
const mostRestores = 3

func (e event) tell(l Listener) {
	switch e.kind {
	case engine.LocalInvitationReceivedByPeer:
		l.OnLocalInvitationReceivedByPeer(e.local)
	case engine.LocalInvitationAccepted:
		l.OnLocalInvitationAccepted(e.local, e.response)
	case engine.LocalInvitationRefused:
		l.OnLocalInvitationRefused(e.local, e.response)
	case engine.LocalInvitationCanceled:
		l.OnLocalInvitationCanceled(e.local)
	case engine.LocalInvitationFailure:
		l.OnLocalInvitationFailure(e.local, e.localError)
	case engine.RemoteInvitationReceived:
		l.OnRemoteInvitationReceived(e.remote)
	case engine.RemoteInvitationAccepted:
		l.OnRemoteInvitationAccepted(e.remote)
	case engine.RemoteInvitationRefused:
		l.OnRemoteInvitationRefused(e.remote)
	case engine.RemoteInvitationCanceled:
		l.OnRemoteInvitationCanceled(e.remote)
	case engine.RemoteInvitationFailure:
		l.OnRemoteInvitationFailure(e.remote, e.remoteError)
	case engine.RemoteInvitationMissed:
		if l, ok := l.(MissedListener); ok {
			l.OnRemoteInvitationMissed(*e.missed)
		}
	}
}

// event translates. A handle is known from the first event, or the send, to the
// event that ends its invitation.
func (h *Host) event(out engine.Output) event {
	e := event{kind: out.Kind, localError: out.LocalError, remoteError: out.RemoteError, givenUp: out.Restores > mostRestores}
	if out.Missed != nil {
		e.missed = &Missed{*out.Missed, out.Restores > 0}
		return e
	}
	if out.Local != nil {
		e.local = h.local(out.Local)
		e.local.show(false)
		e.response = e.local.shown.response
	} else {
		e.remote = h.remote(out.Remote)
		e.remote.show(false)
	}
	if out.Restores > 0 {
		e.subject().restored = true
	}
	if out.Kind.Terminal() {
		delete(h.locals, out.Local)
		delete(h.remotes, out.Remote)
		close(e.subject().ended)
	}
	return e
}

// subject is the handle of whichever kind the event is about, nil for a missed call.
func (e event) subject() *subject {
	switch {
	case e.local != nil:
		return &e.local.subject
	case e.remote != nil:
		return &e.remote.subject
	}
	return nil
}
