// Mutants: the protocol with one rule broken, for the simulator's own trials. Most
// are other cells of the tables; what else there is to them stands below, and
// where the engine asks for Options.Mutant. No other part of the project breaks
// rules at run time, and an engine without a mutant passes all this by.

package engine

import (
	"sync"

	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/states"
)

// localChanges and remoteChanges are the cells that mutants decide otherwise.
var localChanges = [mutant.Count][]states.LocalChange{
	mutant.AcceptAfterCancel: {
		{In: states.LocalCanceled, On: states.LocalAccept, Next: states.LocalAcceptedByRemote,
			Effects: states.EndLinger | states.ReplyConfirm | states.RaiseAccepted},
	},
	mutant.UnknownAcceptConfirmed: {
		{In: states.LocalIdle, On: states.LocalAccept, Next: states.LocalIdle, Effects: states.ReplyConfirm},
	},
	mutant.CancelAfterAccepted: {
		{In: states.LocalAcceptedByRemote, On: states.LocalCancel, Next: states.LocalCanceled, Effects: states.RaiseCanceled},
	},
	mutant.ExpiredCancelSaysUser: {
		{In: states.LocalReceivedByRemote, On: states.LocalExpiry, Next: states.LocalFailure,
			Effects: states.SendCancelUser | states.FailExpire},
	},
	mutant.ReceiptNotImplied: {
		{In: states.LocalSentToRemote, On: states.LocalAccept, Next: states.LocalAcceptedByRemote,
			Effects: states.ReplyConfirm | states.RaiseAccepted},
		{In: states.LocalSentToRemote, On: states.LocalRefuse, Next: states.LocalRefusedByRemote,
			Effects: states.ReplyAckRefuse | states.RaiseRefused},
	},
	mutant.NoGiveUpCancel: {
		{In: states.LocalSentToRemote, On: states.LocalNoResponse, Next: states.LocalFailure, Effects: states.FailNoResponse},
		{In: states.LocalSentToRemote, On: states.LocalNoResponseOffline, Next: states.LocalFailure, Effects: states.FailPeerOffline},
		{In: states.LocalSentToRemote, On: states.LocalPeerOfflineAtOnce, Next: states.LocalFailure, Effects: states.FailPeerOffline},
	},
	mutant.NoPresenceResume: {
		{In: states.LocalSentToRemote, On: states.LocalPeerOnline, Next: states.LocalSentToRemote},
		{In: states.LocalCanceled, On: states.LocalPeerOnline, Next: states.LocalCanceled},
		{In: states.LocalFailure, On: states.LocalPeerOnline, Next: states.LocalFailure},
	},
}

var remoteChanges = [mutant.Count][]states.RemoteChange{
	mutant.AcceptWithoutConfirm: {
		{In: states.RemoteInvitationReceived, On: states.RemoteAccept, Next: states.RemoteAccepted,
			Effects: states.SendAccept | states.RaiseAccepted},
	},
	mutant.EarlyCancelForgotten: {
		{In: states.RemoteIdle, On: states.RemoteCancel, Next: states.RemoteIdle},
		{In: states.RemoteIdle, On: states.RemoteCancelExpired, Next: states.RemoteIdle},
	},
	mutant.EarlyCancelAckedOnly: {
		{In: states.RemoteIdle, On: states.RemoteCancel, Next: states.RemoteIdle, Effects: states.ReplyAckCancel},
		{In: states.RemoteIdle, On: states.RemoteCancelExpired, Next: states.RemoteIdle, Effects: states.ReplyAckCancel},
	},
	mutant.ExpiryLeftArmed: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteExpiry, Next: states.RemoteFailure,
			Effects: states.CloseFailed | states.FailExpire},
	},
	mutant.SecondRing: {
		{In: states.RemoteInvitationReceived, On: states.RemoteInvite, Next: states.RemoteInvitationReceived,
			Effects: states.ReplyReceived | states.RaiseReceived},
	},
	mutant.CancelNotTold: {
		{In: states.RemoteInvitationReceived, On: states.RemoteCancel, Next: states.RemoteCanceled, Effects: states.ReplyAckCancel},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteCancel, Next: states.RemoteCanceled, Effects: states.ReplyAckCancel},
	},
	mutant.AcceptTwice: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAccept, Next: states.RemoteAcceptSentToLocal},
	},
	mutant.RefuseAfterAccept: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteRefuse, Next: states.RemoteRefused,
			Effects: states.SendRefuse | states.RaiseRefused},
	},
	mutant.NoClosedAtOnce: {
		{In: states.RemoteInvitationReceived, On: states.RemoteExpiry, Next: states.RemoteFailure, Effects: states.FailExpire},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAcceptTimeout, Next: states.RemoteFailure, Effects: states.FailAccept},
		{In: states.RemoteAcceptSentToLocal, On: states.RemoteAcceptTimeoutOffline, Next: states.RemoteFailure, Effects: states.FailPeerOffline},
	},
	mutant.NoPresenceResume: {
		{In: states.RemoteAcceptSentToLocal, On: states.RemotePeerOnline, Next: states.RemoteAcceptSentToLocal},
		{In: states.RemoteRefused, On: states.RemotePeerOnline, Next: states.RemoteRefused},
	},
}

type (
	localTable  = states.Table[states.LocalState, states.LocalTrigger]
	remoteTable = states.Table[states.RemoteState, states.RemoteTrigger]
)

// variants are the tables of all mutants, made when the first is needed.
var variants = sync.OnceValue(func() (all [mutant.Count]struct {
	local  localTable
	remote remoteTable
}) {
	for id := range all {
		all[id].local = states.Local().With(localChanges[id]...)
		all[id].remote = states.Remote().With(remoteChanges[id]...)
	}
	return all
})

// tables are the two that an engine walks.
func (e *Engine) tables() (localTable, remoteTable) {
	if e.options.Mutant == mutant.None {
		return states.Local(), states.Remote()
	}
	all := variants()
	return all[e.options.Mutant].local, all[e.options.Mutant].remote
}

// idEpoch is the epoch of the ids to be given. A mutant that uses ids again does
// without the upper half, in which the simulator counts restarts: users still
// differ, starts do not. Restored, it counts on from its snapshot.
func (o *Options) idEpoch() uint64 {
	if short := o.Epoch & (1<<32 - 1); o.Mutant == mutant.IDsUsedAgain && short != 0 {
		return short
	}
	return o.Epoch
}

// mishear comes before a message is looked at. A mutant whose tombstones end too
// early forgets here, so that the timers need not know; one whose keys have no peer
// takes whoever knows an id for its peer.
func (e *Engine) mishear(from string, r role, id ID) string {
	rec, _ := e.records[r].find(e.peers[from], id)
	switch e.options.Mutant {
	case mutant.KeyWithoutPeer:
		if rec == nil {
			rec = e.records[r].first(id)
		}
		if rec != nil {
			return rec.peer.name
		}
	case mutant.NoCalleeTombstone:
		e.forgetEarly(rec, remote, 0)
	case mutant.ShortCalleeTombstone:
		e.forgetEarly(rec, remote, int64(e.options.Times.Linger))
	case mutant.NoCallerTombstone:
		e.forgetEarly(rec, local, 0)
	}
	return from
}

// forgetEarly ends the tombstone of one role that has been kept for some time.
func (e *Engine) forgetEarly(rec *record, r role, keep int64) {
	if rec == nil || rec.role != r || rec.inv != nil {
		return
	}
	if ended := rec.deadline - int64(e.options.Times.Tombstone); e.now >= ended+keep {
		e.timers.disarm(rec)
		e.forget(rec)
	}
}

// leavesExpiryArmed: accept() leaves the expiry timer running, which then bounds
// the wait for CONFIRM, too. One that an INVITE has shortened stops all the same:
// the copies of the ACCEPT take its place in the heap.
func (e *Engine) leavesExpiryArmed(rec *record) bool {
	return e.options.Mutant == mutant.ExpiryLeftArmed &&
		rec.role == remote && rec.state == uint8(states.RemoteAcceptSentToLocal)
}
