// Looking up: what an engine remembers under an id, for an app that has nothing else.

package engine

import (
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// Known is what is remembered of one invitation, also after its end.
type Known struct {
	Local  *LocalInvitation  // one's own, while it is open or repeats its CANCEL; else nil
	Remote *RemoteInvitation // another's, while it is open or repeats its REFUSE; else nil

	LocalState  states.LocalState            // of one's own
	LocalError  errors.LocalInvitationError  // if that is FAILURE
	RemoteState states.RemoteState           // of another's
	RemoteError errors.RemoteInvitationError // if that is FAILURE

	Reason Reason // of a CANCELED one, and ReasonStale of one that was too late to ring
	Device uint64 // of one's own: the callee's device that has answered
}

// FindLocal looks for an invitation to a callee. It finds nothing before Send, and
// nothing that is forgotten.
func (e *Engine) FindLocal(callee string, id ID) (Known, bool) {
	rec, _ := e.records[local].find(e.peers[callee], id)
	if rec == nil {
		return Known{}, false
	}
	return Known{
		Local: (*LocalInvitation)(rec.inv), LocalState: states.LocalState(rec.state),
		LocalError: errors.LocalInvitationError(rec.failure), Reason: rec.explained(), Device: rec.device,
	}, true
}

// FindRemote looks for an invitation from a caller, also one that never rang.
func (e *Engine) FindRemote(caller string, id ID) (Known, bool) {
	rec, _ := e.records[remote].find(e.peers[caller], id)
	if rec == nil {
		return Known{}, false
	}
	return Known{
		Remote: (*RemoteInvitation)(rec.inv), RemoteState: states.RemoteState(rec.state),
		RemoteError: errors.RemoteInvitationError(rec.failure), Reason: rec.explained(),
	}, true
}
