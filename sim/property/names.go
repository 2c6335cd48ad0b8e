// Ends by the names of events, for what is known of an engine by its words alone.

package property

import "cmp"

var callerNames = map[string]CallerEnd{
	"LocalInvitationAccepted": CallerAccepted, "LocalInvitationRefused": CallerRefused, "LocalInvitationCanceled": CallerCanceled,
	"PEER_OFFLINE": CallerOffline, "PEER_NO_RESPONSE": CallerNoResponse, "INVITATION_EXPIRE": CallerExpired, "NOT_LOGGEDIN": CallerNotLoggedIn,
}

var calleeNames = map[string]CalleeEnd{
	"RemoteInvitationAccepted": CalleeAccepted, "RemoteInvitationRefused": CalleeRefused, "RemoteInvitationCanceled": CalleeCanceled,
	"PEER_OFFLINE": CalleeOffline, "ACCEPT_FAILURE": CalleeAcceptFailure, "INVITATION_EXPIRE": CalleeExpired,
}

// CallerEndOf is the end that an event tells, by its name. A failure has its reason as
// well, by the vendor's name without its prefix.
func CallerEndOf(event, failure string) (end CallerEnd, ok bool) {
	end, ok = callerNames[cmp.Or(failure, event)]
	return end, ok
}

// CalleeEndOf is CallerEndOf for a callee.
func CalleeEndOf(event, failure string) (end CalleeEnd, ok bool) {
	end, ok = calleeNames[cmp.Or(failure, event)]
	return end, ok
}
