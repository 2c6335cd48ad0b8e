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
	m.move(unknown, RemoteInvite, received, ArmExpiry|ReplyReceived|RaiseReceived)
	m.stay(received, RemoteInvite, ReplyReceived)
	m.stay(acceptSent, RemoteInvite, ReplyAccept)
	m.stay(refused, RemoteInvite, ReplyRefuse)
	m.ignore(accepted, RemoteInvite)
	m.stay(canceled, RemoteInvite, ReplyAckCancel)
	m.stay(failure, RemoteInvite, CloseFailed)
	m.move(unknown, RemoteInviteStale, failure, CloseStale|RaiseMissed)
	m.stay(unknown, RemoteInviteInvalid, CloseInvalid)
	m.stay(unknown, RemoteInviteAtLimit, CloseOverloaded)
	m.stay(received, RemoteInviteConflict, Unexpected)
	m.stay(refused, RemoteInviteAfterLinger, CloseRefused)
	m.stay(canceled, RemoteInviteAfterCancel, ReplyAckCancel|RaiseMissed)

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
	m.move(received, RemoteAccept, acceptSent, ArmAccept|SendAccept)
	m.move(received, RemoteAcceptLoggedOut, acceptSent, ArmRing|SendAccept)
	m.move(received, RemoteRefuse, refused, SendRefuse|RaiseRefused)
	m.stay(received, RemoteAcceptInvalid, InvalidArgument)
	m.stay(received, RemoteRefuseInvalid, InvalidArgument)
	for _, call := range []RemoteTrigger{RemoteAccept, RemoteAcceptLoggedOut, RemoteAcceptInvalid, RemoteRefuse, RemoteRefuseInvalid} {
		m.stay(acceptSent, call, AlreadyAccept)
		m.stays(ended, call, AlreadyEnd)
	}

	// The third leg of the handshake. Another device's: the call is over here.
	m.stays([]RemoteState{unknown, refused, canceled}, RemoteConfirm, Unexpected)
	m.move(received, RemoteConfirm, failure, FailAccept)
	m.move(acceptSent, RemoteConfirm, accepted, RaiseAccepted)
	m.ignore(accepted, RemoteConfirm)
	m.stay(failure, RemoteConfirm, LateConfirm)

	m.stays([]RemoteState{unknown, received, acceptSent, accepted, canceled, failure}, RemoteAckRefuse, Unexpected)
	m.stay(refused, RemoteAckRefuse, EndLinger)
	m.ignores(all, RemoteAckRefuseOther)
	m.stays(all, RemoteAckOther, Unexpected)

	for _, elsewhere := range []RemoteTrigger{RemoteConfirmOther, RemoteAckRefusedOther} {
		m.move(unknown, elsewhere, canceled, 0)
		m.move(received, elsewhere, canceled, RaiseCanceled)
		m.move(acceptSent, elsewhere, canceled, RaiseCanceled)
		m.ignores([]RemoteState{refused, canceled, failure}, elsewhere)
		m.stay(accepted, elsewhere, Unexpected)
	}
	m.ignore(unknown, RemoteElsewhereAtLimit)
	m.stay(failure, RemoteElsewhereMissed, WithdrawMissed)

	// CLOSED: the caller's outcome was another. An unknown id has none to lose.
	for _, s := range ringing {
		m.move(s, RemoteClosedCanceled, canceled, RaiseCanceled)
		m.move(s, RemoteClosedExpired, failure, FailExpire)
		m.move(s, RemoteClosedRefused, refused, RaiseRefused)
		m.move(s, RemoteClosedRefusedOther, canceled, RaiseCanceled)
	}
	m.move(received, RemoteClosedUnknown, failure, FailExpire)
	m.move(acceptSent, RemoteClosedUnknown, failure, FailAccept)
	for _, closed := range []RemoteTrigger{RemoteClosedCanceled, RemoteClosedExpired, RemoteClosedUnknown, RemoteClosedRefused, RemoteClosedRefusedOther} {
		m.ignore(unknown, closed)
		m.ignores(ended, closed)
	}

	// Timers. What is not declared is not chosen here.
	m.move(received, RemoteExpiry, failure, CloseFailed|FailExpire)
	m.move(acceptSent, RemoteAcceptTimeout, failure, CloseFailed|FailAccept)
	m.move(acceptSent, RemoteAcceptTimeoutOffline, failure, CloseFailed|FailPeerOffline)
	m.stay(received, RemoteRetransmit, CopyReceived)
	m.stay(acceptSent, RemoteRetransmit, CopyAccept)
	m.stay(refused, RemoteRetransmit, CopyRefuse)

	// Presence, login, restore.
	m.ignores([]RemoteState{unknown, accepted, canceled, failure}, RemoteResync)
	m.stay(received, RemoteResync, CopyReceived|RestartBackOff)
	m.stay(acceptSent, RemoteResync, CopyAccept|RestartBackOff)
	m.stay(refused, RemoteResync, CopyRefuse|RestartBackOff)
	m.stay(acceptSent, RemoteLogIn, ArmAccept|CopyAccept|RestartBackOff)
	m.stay(acceptSent, RemoteLogOut, ArmRing)
	m.ignores([]RemoteState{unknown, received, refused, accepted, canceled, failure}, RemoteLogOut)
	m.ignores(all, RemotePeerOffline)
}

// Remote is the callee's table.
func Remote() RemoteTable { return remoteTable() }
