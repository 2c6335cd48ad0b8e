// The caller's machine, row by row. docs/protocol.md prints the same table.

package states

func declareLocal(m *machine[LocalState, LocalTrigger]) {
	const (
		idle     = LocalIdle
		sent     = LocalSentToRemote
		received = LocalReceivedByRemote
		accepted = LocalAcceptedByRemote
		refused  = LocalRefusedByRemote
		canceled = LocalCanceled
		failure  = LocalFailure
	)
	open := []LocalState{sent, received}
	ended := []LocalState{accepted, refused, canceled, failure}
	all := []LocalState{idle, sent, received, accepted, refused, canceled, failure}

	// API calls.
	m.move(idle, LocalSend, sent, SendInvite|ArmNoResponse)
	m.stay(idle, LocalSendInvalid, InvalidArgument)
	m.move(idle, LocalSendLoggedOut, failure, FailNotLoggedIn)
	m.move(idle, LocalSendPeerOffline, failure, FailPeerOffline)
	m.stay(idle, LocalSendAtLimit, LimitReached)
	for _, send := range []LocalTrigger{LocalSend, LocalSendInvalid, LocalSendLoggedOut, LocalSendPeerOffline, LocalSendAtLimit} {
		m.stays(open, send, AlreadySent)
		m.stays(ended, send, AlreadyEnd)
	}
	m.stay(idle, LocalCancel, NotStarted)
	m.move(sent, LocalCancel, canceled, SendCancelUser|RaiseCanceled)
	m.move(received, LocalCancel, canceled, SendCancelUser|RaiseCanceled)
	m.stays(ended, LocalCancel, AlreadyEnd)

	// Messages. IDLE has the answers to an unknown id.
	m.stay(idle, LocalReceived, CloseUnknown)
	m.move(sent, LocalReceived, received, RaiseReceivedByPeer|ArmExpiry)
	m.ignore(received, LocalReceived)
	m.ignore(accepted, LocalReceived)
	m.stay(refused, LocalReceived, CloseRefused)
	m.stay(canceled, LocalReceived, CloseCanceled)
	m.stay(failure, LocalReceived, CloseOwn)

	m.stay(idle, LocalAccept, CloseUnknown)
	m.move(sent, LocalAccept, accepted, ReplyConfirm|RaiseReceivedByPeer|RaiseAccepted)
	m.move(received, LocalAccept, accepted, ReplyConfirm|RaiseAccepted)
	m.stay(accepted, LocalAccept, ReplyConfirm)
	m.stay(refused, LocalAccept, CloseRefused|Unexpected)
	m.stay(canceled, LocalAccept, CloseCanceled)
	m.stay(failure, LocalAccept, CloseOwn)

	m.stay(idle, LocalRefuse, ReplyAckRefuse)
	m.move(sent, LocalRefuse, refused, ReplyAckRefuse|RaiseReceivedByPeer|RaiseRefused)
	m.move(received, LocalRefuse, refused, ReplyAckRefuse|RaiseRefused)
	m.stay(accepted, LocalRefuse, ReplyAckRefuse|Unexpected)
	m.stays([]LocalState{refused, canceled, failure}, LocalRefuse, ReplyAckRefuse)

	m.stay(idle, LocalClosedFailed, Unexpected)
	m.move(sent, LocalClosedFailed, failure, SendCancelRejected|FailNoResponse)
	m.move(received, LocalClosedFailed, failure, FailExpire)
	m.ignores(ended, LocalClosedFailed)

	m.stay(idle, LocalClosedRejected, Unexpected)
	m.move(sent, LocalClosedRejected, failure, SendCancelRejected|FailNoResponse)
	m.stay(received, LocalClosedRejected, Unexpected)
	m.ignores(ended, LocalClosedRejected)

	m.stay(idle, LocalClosedOverloaded, Unexpected)
	m.move(sent, LocalClosedOverloaded, failure, FailNoResponse)
	m.stay(received, LocalClosedOverloaded, Unexpected)
	m.ignores(ended, LocalClosedOverloaded)

	m.stays([]LocalState{idle, sent, received, accepted, refused}, LocalAckCancel, Unexpected)
	m.stays([]LocalState{canceled, failure}, LocalAckCancel, EndLinger)

	m.stays(all, LocalClosedOther, Unexpected)
	m.stays(all, LocalAckOther, Unexpected)

	// Timers. What is not declared cannot happen.
	m.move(sent, LocalNoResponse, failure, SendCancelNoResponse|FailNoResponse)
	m.move(sent, LocalNoResponseOffline, failure, SendCancelNoResponse|FailPeerOffline)
	m.move(received, LocalExpiry, failure, SendCancelExpired|FailExpire)
	m.stay(sent, LocalRetransmit, CopyInvite)
	m.stays([]LocalState{canceled, failure}, LocalRetransmit, CopyCancel)

	// Presence.
	m.ignores([]LocalState{idle, received, accepted, refused}, LocalPeerOnline)
	m.stay(sent, LocalPeerOnline, CopyInvite|RestartBackOff)
	m.stays([]LocalState{canceled, failure}, LocalPeerOnline, CopyCancel|RestartBackOff)
	m.ignores(all, LocalPeerOffline)
	m.ignores([]LocalState{idle, received, accepted, refused, canceled, failure}, LocalPeerOfflineAtOnce)
	m.move(sent, LocalPeerOfflineAtOnce, failure, SendCancelNoResponse|FailPeerOffline)
}

// Local is the caller's table.
func Local() LocalTable { return localTable() }
