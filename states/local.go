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
	m.stay(idle, LocalSendDecided, GroupDecided)
	m.move(idle, LocalSendLoggedOut, failure, FailNotLoggedIn)
	m.move(idle, LocalSendPeerOffline, failure, FailPeerOffline)
	m.stay(idle, LocalSendAtLimit, LimitReached)
	for _, send := range []LocalTrigger{LocalSend, LocalSendInvalid, LocalSendDecided, LocalSendLoggedOut, LocalSendPeerOffline, LocalSendAtLimit} {
		m.stays(open, send, AlreadySent)
		m.stays(ended, send, AlreadyEnd)
	}
	m.stay(idle, LocalCancel, NotStarted)
	m.move(sent, LocalCancel, canceled, SendCancelUser|RaiseCanceled)
	m.move(received, LocalCancel, canceled, SendCancelUser|RaiseCanceled)
	m.stays(ended, LocalCancel, AlreadyEnd)
	m.stay(idle, LocalCancelInvalid, NotStarted)
	m.stays(open, LocalCancelInvalid, InvalidArgument)
	m.stays(ended, LocalCancelInvalid, AlreadyEnd)

	// Another invitation of the group is accepted.
	m.move(sent, LocalGroupDecided, canceled, SendCancelAnswered|RaiseCanceled)
	m.move(received, LocalGroupDecided, canceled, SendCancelAnswered|RaiseCanceled)

	// Messages. IDLE has the answers to an unknown id.
	m.stay(idle, LocalReceived, CloseUnknown)
	m.move(sent, LocalReceived, received, RaiseReceivedByPeer|ArmExpiry)
	m.ignore(received, LocalReceived)
	m.stay(accepted, LocalReceived, ReplyConfirm)
	m.stay(refused, LocalReceived, CloseRefused)
	m.stay(canceled, LocalReceived, CloseCanceled)
	m.stay(failure, LocalReceived, CloseOwn)

	m.stay(idle, LocalAccept, CloseUnknown)
	m.move(sent, LocalAccept, accepted, KeepWinner|ReplyConfirm|RaiseReceivedByPeer|RaiseAccepted)
	m.move(received, LocalAccept, accepted, KeepWinner|ReplyConfirm|RaiseAccepted)
	m.stay(accepted, LocalAccept, ReplyConfirm)
	m.stay(refused, LocalAccept, CloseRefused|Unexpected)
	m.stay(canceled, LocalAccept, CloseCanceled)
	m.stay(failure, LocalAccept, CloseOwn)
	m.stay(accepted, LocalAcceptOther, ReplyConfirm)
	m.stay(refused, LocalAcceptOther, CloseRefused)
	m.ignores(all, LocalAcceptLoggedOut)

	m.stay(idle, LocalRefuse, ReplyAckRefuse)
	m.move(sent, LocalRefuse, refused, KeepWinner|ReplyAckRefused|RaiseReceivedByPeer|RaiseRefused)
	m.move(received, LocalRefuse, refused, KeepWinner|ReplyAckRefused|RaiseRefused)
	m.stay(accepted, LocalRefuse, ReplyAckRefuse|Unexpected)
	m.stay(refused, LocalRefuse, ReplyAckRefused)
	m.stays([]LocalState{canceled, failure}, LocalRefuse, ReplyAckRefuse)
	m.stay(accepted, LocalRefuseOther, ReplyAckRefuse)
	m.stay(refused, LocalRefuseOther, ReplyAckRefused)

	m.stay(idle, LocalClosedRefused, Unexpected)
	m.move(sent, LocalClosedRefused, refused, KeepWinner|RaiseReceivedByPeer|RaiseRefused)
	m.move(received, LocalClosedRefused, refused, KeepWinner|RaiseRefused)
	m.ignores(ended, LocalClosedRefused)

	m.move(sent, LocalClosedFailed, failure, SendCancelRejected|FailNoResponse)
	m.move(received, LocalClosedFailed, failure, FailExpire)
	m.move(sent, LocalClosedStale, failure, SendCancelRejected|FailNoResponse)
	m.ignore(received, LocalClosedStale)
	m.move(sent, LocalClosedInvalid, failure, SendCancelRejected|FailNoResponse)
	m.move(received, LocalClosedInvalid, failure, SendCancelExpired|FailExpire)
	m.stay(sent, LocalClosedOverloaded, NoteOverloaded)
	m.ignore(received, LocalClosedOverloaded)
	m.ignores(open, LocalClosedOther)
	for _, closed := range []LocalTrigger{LocalClosedFailed, LocalClosedStale, LocalClosedInvalid, LocalClosedOverloaded, LocalClosedOther} {
		m.stay(idle, closed, Unexpected)
		m.ignores(ended, closed)
	}

	m.stays([]LocalState{idle, sent, received}, LocalAckCancel, Unexpected)
	m.ignores([]LocalState{accepted, refused}, LocalAckCancel)
	m.stays([]LocalState{canceled, failure}, LocalAckCancel, EndLinger)
	m.stays(all, LocalAckOther, Unexpected)
	m.ignore(idle, LocalOfSibling)

	// Timers. What is not declared is not chosen here.
	m.move(sent, LocalNoResponse, failure, SendCancelNoResponse|FailNoResponse)
	m.move(sent, LocalNoResponseOffline, failure, SendCancelNoResponse|FailPeerOffline)
	m.move(received, LocalExpiry, failure, SendCancelExpired|FailExpire)
	m.stay(sent, LocalRetransmit, CopyInvite)
	m.stay(received, LocalRetransmit, CopyInvite)
	m.stays([]LocalState{canceled, failure}, LocalRetransmit, CopyCancel)

	// Presence, login, restore.
	m.ignores([]LocalState{idle, accepted, refused}, LocalResync)
	m.stays(open, LocalResync, CopyInvite|RestartBackOff)
	m.stays([]LocalState{canceled, failure}, LocalResync, CopyCancel|RestartBackOff)
	m.ignores(all, LocalPeerOffline)
	m.ignores([]LocalState{idle, received, accepted, refused, canceled, failure}, LocalPeerOfflineAtOnce)
	m.move(sent, LocalPeerOfflineAtOnce, failure, SendCancelNoResponse|FailPeerOffline)
}

// Local is the caller's table.
func Local() LocalTable { return localTable() }
