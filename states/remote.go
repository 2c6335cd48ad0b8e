// The callee's machine, row by row. docs/protocol.md prints the same table.

package states

func declareRemote(m *machine[RemoteState, RemoteTrigger]) {
	const (
		unknown    = RemoteIdle
		received   = RemoteInvitationReceived
		acceptSent = RemoteAcceptSentToLocal
		refused    = RemoteRefused
		accepted   = RemoteAccepted
		canceled   = RemoteCanceled
		failure    = RemoteFailure
	)
	ringing := []RemoteState{received, acceptSent}
	ended := []RemoteState{refused, accepted, canceled, failure}
	all := []RemoteState{unknown, received, acceptSent, refused, accepted, canceled, failure}

	// INVITE.
	m.move(unknown, RemoteInvite, received, ReplyReceived|ArmExpiry|RaiseReceived)
	m.stay(received, RemoteInvite, ReplyReceived)
	m.stay(acceptSent, RemoteInvite, ReplyAccept)
	m.stay(refused, RemoteInvite, ReplyRefuse)
	m.ignore(accepted, RemoteInvite)
	m.stay(canceled, RemoteInvite, ReplyAckCancel)
	m.stay(failure, RemoteInvite, CloseFailed)
	m.stay(unknown, RemoteInviteStale, CloseStale)
	m.stay(unknown, RemoteInviteInvalid, CloseInvalid)
	m.stay(unknown, RemoteInviteAtLimit, CloseOverloaded)
	m.stay(received, RemoteInviteConflict, Unexpected)
	m.stay(refused, RemoteInviteAfterLinger, CloseFailed)

	// CANCEL. An unknown id is remembered, so that its INVITE will not ring.
	m.move(unknown, RemoteCancel, canceled, ReplyAckCancel)
	m.move(unknown, RemoteCancelExpired, canceled, ReplyAckCancel)
	m.ignore(unknown, RemoteCancelAtLimit)
	for _, s := range ringing {
		m.move(s, RemoteCancel, canceled, ReplyAckCancel|RaiseCanceled)
		m.move(s, RemoteCancelExpired, failure, ReplyAckCancel|FailExpire)
	}
	for _, cancel := range []RemoteTrigger{RemoteCancel, RemoteCancelExpired} {
		m.stays([]RemoteState{refused, canceled, failure}, cancel, ReplyAckCancel)
		m.stay(accepted, cancel, ReplyAckCancel|Unexpected)
	}

	// API calls.
	m.move(received, RemoteAccept, acceptSent, SendAccept|ArmAccept)
	m.move(received, RemoteRefuse, refused, SendRefuse|RaiseRefused)
	m.stay(received, RemoteAcceptInvalid, InvalidArgument)
	m.stay(received, RemoteRefuseInvalid, InvalidArgument)
	for _, call := range []RemoteTrigger{RemoteAccept, RemoteAcceptInvalid, RemoteRefuse, RemoteRefuseInvalid} {
		m.stay(acceptSent, call, AlreadyAccept)
		m.stays(ended, call, AlreadyEnd)
	}

	// The third leg of the handshake.
	m.stays([]RemoteState{unknown, received, refused, canceled}, RemoteConfirm, Unexpected)
	m.move(acceptSent, RemoteConfirm, accepted, RaiseAccepted)
	m.ignore(accepted, RemoteConfirm)
	m.stay(failure, RemoteConfirm, LateConfirm)

	// CLOSED: the caller's outcome was another. An unknown id has none to lose.
	for _, s := range ringing {
		m.move(s, RemoteClosedCanceled, canceled, RaiseCanceled)
		m.move(s, RemoteClosedExpired, failure, FailExpire)
		m.move(s, RemoteClosedRefused, refused, RaiseRefused)
		m.stay(s, RemoteClosedOther, Unexpected)
	}
	m.move(received, RemoteClosedUnknown, failure, FailExpire)
	m.move(acceptSent, RemoteClosedUnknown, failure, FailAccept)
	for _, closed := range []RemoteTrigger{RemoteClosedCanceled, RemoteClosedExpired, RemoteClosedUnknown, RemoteClosedRefused, RemoteClosedOther} {
		m.ignore(unknown, closed)
		m.ignores(ended, closed)
	}

	m.stay(refused, RemoteAckRefuse, EndLinger)
	m.stays([]RemoteState{unknown, received, acceptSent, accepted, canceled, failure}, RemoteAckRefuse, Unexpected)
	m.stays(all, RemoteAckOther, Unexpected)

	// Timers. What is not declared cannot happen.
	m.move(received, RemoteExpiry, failure, CloseFailed|FailExpire)
	m.move(acceptSent, RemoteAcceptTimeout, failure, CloseFailed|FailAccept)
	m.move(acceptSent, RemoteAcceptTimeoutOffline, failure, CloseFailed|FailPeerOffline)
	m.stay(acceptSent, RemoteRetransmit, CopyAccept)
	m.stay(refused, RemoteRetransmit, CopyRefuse)

	// Presence.
	m.ignores([]RemoteState{unknown, received, accepted, canceled, failure}, RemotePeerOnline)
	m.stay(acceptSent, RemotePeerOnline, CopyAccept|RestartBackOff)
	m.stay(refused, RemotePeerOnline, CopyRefuse|RestartBackOff)
	m.ignores(all, RemotePeerOffline)
}

// Remote is the callee's table.
func Remote() RemoteTable { return remoteTable() }
