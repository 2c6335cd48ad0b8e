// The ten callbacks, and the events that they tell.

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
	}
}

// event translates. A handle is known from the first event, or the send, to the
// event that ends its invitation.
func (h *Host) event(out engine.Output) event {
	e := event{kind: out.Kind, localError: out.LocalError, remoteError: out.RemoteError, givenUp: out.Restores > mostRestores}
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

// subject is the handle of whichever kind the event is about.
func (e event) subject() *subject {
	if e.local != nil {
		return &e.local.subject
	}
	return &e.remote.subject
}
