// A gateway joins users who have no SDK in common: at each side it is logged in under
// the names of those who are only at the other.

package main

import (
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// StandIn takes calls at one side for a user who is only at the other.
type StandIn struct {
	host.NopListener
	*host.Host                              // under the user's name
	Other      func(user string) *host.Host // the other side, under the name of a caller
}

func (s *StandIn) OnRemoteInvitationReceived(in *host.RemoteInvitation) {
	other := s.Other(in.CallerID())
	out := other.CreateLocalInvitation(s.Self())
	out.SetContent(in.Content())

	out.OnAccepted(func(response string) {
		in.SetResponse(response)
		s.AcceptRemoteInvitation(in) // AlreadyEnd: the callee is in a call alone
	})
	out.OnRefused(func(response string) { s.refuse(in, response) })
	out.OnFailure(func(code errors.LocalInvitationError) { s.refuse(in, code.Name()) })
	in.OnCanceled(func() { other.CancelLocalInvitation(out) })
	in.OnFailure(func(errors.RemoteInvitationError) { other.CancelLocalInvitation(out) })

	if err := other.SendLocalInvitation(out); err != nil {
		s.refuse(in, "unreachable")
	}
}

func (s *StandIn) refuse(in *host.RemoteInvitation, response string) {
	in.SetResponse(response)
	s.RefuseRemoteInvitation(in)
}
