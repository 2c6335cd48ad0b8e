// Several listeners. The vendor's call manager has one, which another replaces; its Web
// objects have any number. A host has one for good, which can pass everything on.

package main

import (
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// Listeners are told everything in their order.
type Listeners []host.Listener

func (all Listeners) OnLocalInvitationReceivedByPeer(call *host.LocalInvitation) {
	for _, l := range all {
		l.OnLocalInvitationReceivedByPeer(call)
	}
}

func (all Listeners) OnLocalInvitationAccepted(call *host.LocalInvitation, response string) {
	for _, l := range all {
		l.OnLocalInvitationAccepted(call, response)
	}
}

func (all Listeners) OnLocalInvitationRefused(call *host.LocalInvitation, response string) {
	for _, l := range all {
		l.OnLocalInvitationRefused(call, response)
	}
}

func (all Listeners) OnLocalInvitationCanceled(call *host.LocalInvitation) {
	for _, l := range all {
		l.OnLocalInvitationCanceled(call)
	}
}

func (all Listeners) OnLocalInvitationFailure(call *host.LocalInvitation, code errors.LocalInvitationError) {
	for _, l := range all {
		l.OnLocalInvitationFailure(call, code)
	}
}

func (all Listeners) OnRemoteInvitationReceived(call *host.RemoteInvitation) {
	for _, l := range all {
		l.OnRemoteInvitationReceived(call)
	}
}

func (all Listeners) OnRemoteInvitationAccepted(call *host.RemoteInvitation) {
	for _, l := range all {
		l.OnRemoteInvitationAccepted(call)
	}
}

func (all Listeners) OnRemoteInvitationRefused(call *host.RemoteInvitation) {
	for _, l := range all {
		l.OnRemoteInvitationRefused(call)
	}
}

func (all Listeners) OnRemoteInvitationCanceled(call *host.RemoteInvitation) {
	for _, l := range all {
		l.OnRemoteInvitationCanceled(call)
	}
}

func (all Listeners) OnRemoteInvitationFailure(call *host.RemoteInvitation, code errors.RemoteInvitationError) {
	for _, l := range all {
		l.OnRemoteInvitationFailure(call, code)
	}
}
