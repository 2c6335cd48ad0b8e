// The ways in which rules are broken: other cells, a shorter memory, and bad hosts.

package mutant

import (
	"sync"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

// localChanges and remoteChanges are the cells that mutants decide otherwise.
var localChanges = [Count][]states.LocalChange{
	AcceptAfterCancel: {
		{In: states.LocalCanceled, On: states.LocalAccept, Next: states.LocalAcceptedByRemote,
			Effects: states.EndLinger | states.ReplyConfirm | states.RaiseAccepted},
	},
	UnknownAcceptConfirmed: {
		{In: states.LocalIdle, On: states.LocalAccept, Next: states.LocalIdle, Effects: states.ReplyConfirm},
	},
	CancelAfterAccepted: {
		{In: states.LocalAcceptedByRemote, On: states.LocalCancel, Next: states.LocalCanceled, Effects: states.RaiseCanceled},
	},
	ExpiredCancelSaysUser: {
		{In: states.LocalReceivedByRemote, On: states.LocalExpiry, Next: states.LocalFailure,
			Effects: states.SendCancelUser | states.FailExpire},
	},
	ReceiptNotImplied: {
		{In: states.LocalSentToRemote, On: states.LocalAccept, Next: states.LocalAcceptedByRemote,
			Effects: states.KeepWinner | states.ReplyConfirm | states.RaiseAccepted},
		{In: states.LocalSentToRemote, On: states.LocalRefuse, Next: states.LocalRefusedByRemote,
			Effects: states.KeepWinner | states.ReplyAckRefused | states.RaiseRefused},
	},
	RefreshConfirmed: {
		{In: states.LocalReceivedByRemote, On: states.LocalReceived, Next: states.LocalReceivedByRemote, Effects: states.ReplyConfirm},
	},
	EndedCallerSilent: {
		{In: states.LocalCanceled, On: states.LocalReceived, Next: states.LocalCanceled},
		{In: states.LocalFailure, On: states.LocalReceived, Next: states.LocalFailure},
	},
	OverloadedEnds: {
		{In: states.LocalSentToRemote, On: states.LocalClosedOverloaded, Next: states.LocalFailure, Effects: states.SendCancelRejected | states.FailNoResponse},
	},
	AcceptTakenLoggedOut: {
		{In: states.LocalSentToRemote, On: states.LocalAcceptLoggedOut, Next: states.LocalAcceptedByRemote,
			Effects: states.KeepWinner | states.ReplyConfirm | states.RaiseReceivedByPeer | states.RaiseAccepted},
		{In: states.LocalReceivedByRemote, On: states.LocalAcceptLoggedOut, Next: states.LocalAcceptedByRemote,
			Effects: states.KeepWinner | states.ReplyConfirm | states.RaiseAccepted},
	},
	GroupNotDecided: {
		{In: states.LocalSentToRemote, On: states.LocalGroupDecided, Next: states.LocalSentToRemote},
		{In: states.LocalReceivedByRemote, On: states.LocalGroupDecided, Next: states.LocalReceivedByRemote},
	},
	NoGiveUpCancel: {
		{In: states.LocalSentToRemote, On: states.LocalNoResponse, Next: states.LocalFailure, Effects: states.FailNoResponse},
		{In: states.LocalSentToRemote, On: states.LocalNoResponseOffline, Next: states.LocalFailure, Effects: states.FailPeerOffline},
		{In: states.LocalSentToRemote, On: states.LocalPeerOfflineAtOnce, Next: states.LocalFailure, Effects: states.FailPeerOffline},
	},
	NoPresenceResume: {
		{In: states.LocalSentToRemote, On: states.LocalResync, Next: states.LocalSentToRemote},
		{In: states.LocalReceivedByRemote, On: states.LocalResync, Next: states.LocalReceivedByRemote},
		{In: states.LocalCanceled, On: states.LocalResync, Next: states.LocalCanceled},
		{In: states.LocalFailure, On: states.LocalResync, Next: states.LocalFailure},
	},
}

var remoteChanges = [Count][]states.RemoteChange{
	AcceptWithoutConfirm: {
		{In: states.RemoteInvitationReceived, On: states.RemoteAccept, Next: states.RemoteAccepted,
			Effects: states.SendAccept | states.RaiseAccepted},
		{In: states.RemoteInvitationReceived, On: states.RemoteAcceptLoggedOut, Next: states.RemoteAccepted, Effects: states.RaiseAccepted},
	},
	EarlyCancelForgotten: {
		{In: states.RemoteIdle, On: states.RemoteCancel, Next: states.RemoteIdle},
		{In: states.RemoteIdle, On: states.RemoteCancelExpired, Next: states.RemoteIdle},
	},
	EarlyCancelAckedOnly: {
		{In: states.RemoteIdle, On: states.RemoteCancel, Next: states.RemoteIdle, Effects: states.ReplyAckCancel},
		{In: states.RemoteIdle, On: states.RemoteCancelExpired, Next: states.RemoteIdle, Effects: states.ReplyAckCancel},
	},
	SecondRing: {
		{In: states.RemoteInvitationReceived, On: states.RemoteInvite, Next: states.RemoteInvitationReceived,
			Effects: states.ReplyReceived | states.RaiseReceived},
	},
	CancelNotTold: {
		{In: states.RemoteInvitationReceived, On: states.RemoteCancel, Next: states.RemoteCanceled, Effects: states.ReplyAckCancel},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteCancel, Next: states.RemoteCanceled, Effects: states.ReplyAckCancel},
	},
	AcceptTwice: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAccept, Next: states.RemoteAcceptSentToLocal},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAcceptLoggedOut, Next: states.RemoteAcceptSentToLocal},
	},
	RefuseAfterAccept: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteRefuse, Next: states.RemoteRefused,
			Effects: states.SendRefuse | states.RaiseRefused},
	},
	ConfirmOfAnother: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteConfirmOther, Next: states.RemoteAccepted, Effects: states.RaiseAccepted},
	},
	ElsewhereForgotten: {
		{In: states.RemoteIdle, On: states.RemoteConfirmOther, Next: states.RemoteIdle},
		{In: states.RemoteIdle, On: states.RemoteAckRefusedOther, Next: states.RemoteIdle},
	},
	NoClosedAtOnce: {
		{In: states.RemoteInvitationReceived, On: states.RemoteExpiry, Next: states.RemoteFailure, Effects: states.FailExpire},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAcceptTimeout, Next: states.RemoteFailure, Effects: states.FailAccept},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAcceptTimeoutOffline, Next: states.RemoteFailure, Effects: states.FailPeerOffline},
	},
	NoPresenceResume: {
		{In: states.RemoteInvitationReceived, On: states.RemoteResync, Next: states.RemoteInvitationReceived},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteResync, Next: states.RemoteAcceptSentToLocal},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteLogIn, Next: states.RemoteAcceptSentToLocal, Effects: states.ArmAccept},
		{In: states.RemoteRefused, On: states.RemoteResync, Next: states.RemoteRefused},
	},
}

// tables are those of all mutants, made when the first is needed.
var tables = sync.OnceValue(func() (all [Count]struct {
	local  states.LocalTable
	remote states.RemoteTable
}) {
	for id := range all {
		all[id].local = states.Local().With(localChanges[id]...)
		all[id].remote = states.Remote().With(remoteChanges[id]...)
	}
	return all
})

// Tables are the two tables without the rule.
func (id ID) Tables() (states.LocalTable, states.RemoteTable) {
	all := tables()
	return all[id].local, all[id].remote
}

// atOnce is the shortest memory: what has ended is forgotten by the next input.
const atOnce = time.Nanosecond

// Memory is how long an engine with these times remembers an ended invitation
// without the rule, as the caller and as the callee.
func (id ID) Memory(linger, tombstone time.Duration) (local, remote time.Duration) {
	local, remote = tombstone, tombstone
	switch id {
	case NoCallerTombstone:
		local = atOnce
	case NoCalleeTombstone:
		remote = atOnce
	case ShortCalleeTombstone:
		remote = linger
	}
	return local, remote
}

// Epoch is that of an engine which starts again and remembers nothing: first is that
// of its first start, drawn is a new one.
func (id ID) Epoch(first, drawn uint64) uint64 {
	if id == IDsUsedAgain {
		return first
	}
	return drawn
}

// Receive hands a message to an engine of the protocol as a host without the rule
// does. peer is the other user of the invitation, whoever has sent the message.
func (id ID) Receive(e *engine.Engine, from, peer string, m engine.Message) engine.Verdict {
	switch id {
	case KeyWithoutPeer:
		from = peer
	case ResponseNotShown:
		m.Response = ""
	case ConfirmAfterItsTimer:
		if m.Kind == engine.Confirm {
			e.Advance()
		}
	}
	return e.Receive(from, m)
}
