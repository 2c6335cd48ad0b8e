// Restoring: an engine goes on from a snapshot, after a crash or as an exact copy.

package engine

import (
	"iter"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/states"
)

// AwayUnknown is for a host that cannot tell how old its snapshot is.
const AwayUnknown time.Duration = -1

// Restore makes the engine of the user self again after a crash. away is how long
// ago the snapshot was taken: all deadlines are closer by that, and what is overdue
// takes effect in the first Advance. If nobody knows (a negative time, which a
// clock that was set back gives, too), deadlines stay as far away as they were,
// and every local invitation without a sign of life ends in FAILURE
// (PEER_NO_RESPONSE) with a CANCEL: its INVITE could not say how old it is.
//
// Options.Epoch must be a new one; all others may differ. Of Device, Times and
// CountFromSend those of the snapshot stay in force until nothing is remembered: deadlines were
// made with them, and peers were told them.
//
// The engine is logged in. Take a snapshot of it, then poll it: outputs that were not
// drained come again, in their order and but for INVITEs and ACCEPTs that would be
// too late, and then, or half a second after its last copy, one copy of what each open
// invitation sends and each ended one repeats. An event may thereby come twice, over a
// crash only. The app's old objects are void; see
// LocalInvitations and RemoteInvitations.
//
// It fails with a *SnapshotError, or as New does.
func Restore(self string, options Options, snapshot []byte, away time.Duration) (*Engine, error) {
	e, before, err := load(self, options, snapshot, min(max(int64(away), 0), horizon))
	if err != nil {
		return nil, err
	}
	if before == options.Epoch || e.remembers(options.Epoch) {
		return nil, &SnapshotError{self, SnapshotEpoch, "ids would repeat: draw a new one"}
	}
	e.counter = 0
	for i := range e.outputs {
		if out := &e.outputs[i]; out.Kind != Send && out.Restores < math.MaxUint8 {
			out.Restores++
		}
	}
	e.dropLate(away < 0)
	e.noteCopies()
	e.loggedIn = true
	if away < 0 {
		e.giveUpSent()
	}
	e.resyncOpen()
	e.flushEvents()
	return e, nil
}

// Load makes an exact copy: the engine as it was, at the present of its clock,
// under the same epoch. Nothing is sent again. It is for looking at a snapshot and
// for trying out what may follow; after a crash use Restore, or ids repeat.
//
// It fails with a *SnapshotError, or as New does.
func Load(self string, options Options, snapshot []byte) (*Engine, error) {
	e, epoch, err := load(self, options, snapshot, 0)
	if err != nil {
		return nil, err
	}
	if epoch != e.options.Epoch {
		return nil, &SnapshotError{self, SnapshotEpoch, "it is another one's"}
	}
	return e, nil
}

// remembers tells whether an own invitation bears the epoch. One from before an
// earlier restore may.
func (e *Engine) remembers(epoch uint64) bool {
	return slices.ContainsFunc(e.inOrder(), func(rec *record) bool { return rec.role == local && rec.id.Epoch == epoch })
}

// dropLate: what waited in the queue for too long does not go out. That is an INVITE
// that would ring nowhere, is of an age that nobody knows, or says how long it may ring
// as of then; and an ACCEPT of which no state would send another.
func (e *Engine) dropLate(unknown bool) {
	e.outputs = slices.DeleteFunc(e.outputs, func(out Output) bool {
		switch m := &out.Message; {
		case out.Kind != Send:
			return false
		case m.Kind == Invite:
			rec, _ := e.records[local].find(e.peers[out.To], m.ID)
			return unknown || m.Age >= m.Wait || rec != nil && rec.state == uint8(states.LocalReceivedByRemote)
		case m.Kind == Accept:
			rec, _ := e.records[remote].find(e.peers[out.To], m.ID)
			return rec == nil || rec.state != uint8(states.RemoteAcceptSentToLocal) || e.tooLate(rec.inv, Accept, e.now)
		}
		return false
	})
	e.replies = 0
	for i := range e.outputs {
		e.replies += int(b2u(e.outputs[i].Reply))
	}
}

// noteCopies: what still waits in the queue goes now, so it need not be repeated at once.
func (e *Engine) noteCopies() {
	for i := range e.outputs {
		out := &e.outputs[i]
		half := remote
		if out.Message.Kind == Invite || out.Message.Kind == Cancel {
			half = local
		}
		rec, _ := e.records[half].find(e.peers[out.To], out.Message.ID)
		if out.Kind == Send && rec != nil && rec.inv != nil && rec.repeats() == out.Message.Kind {
			rec.inv.lastCopy, rec.inv.copied = e.now, true
		}
	}
}

// giveUpSent ends every invitation whose INVITE could not say how old it is, if it may
// not have arrived; and lets no other be told of again.
func (e *Engine) giveUpSent() {
	for inv := range e.held() {
		switch s := inv.step(); {
		case inv.rec.role == remote || inv.lingers:
		case inv.rec.state == uint8(states.LocalSentToRemote):
			e.stepLocal(&s, states.LocalNoResponse)
		default:
			inv.ageless = true
			e.timers.disarmCopy(inv)
		}
	}
}

// resyncOpen: what was handed to the transport may have died with the process. What is
// overdue is the business of the next Advance.
func (e *Engine) resyncOpen() {
	for inv := range e.held() {
		if inv.rec.deadline > e.now && !e.lingered(inv, e.now) {
			e.resyncOne(inv)
		}
	}
}

// LocalInvitations are the invitations to others that are open, or repeat their
// CANCEL: peer by peer, oldest first. Restored, this is where the app finds them.
func (e *Engine) LocalInvitations() iter.Seq[*LocalInvitation] {
	var all []*LocalInvitation // in advance: what the app does with one may end others
	for inv := range e.held() {
		if inv.rec.role == local {
			all = append(all, (*LocalInvitation)(inv))
		}
	}
	return slices.Values(all)
}

// RemoteInvitations are the invitations from others that are open, or repeat
// their REFUSE: peer by peer, oldest first.
func (e *Engine) RemoteInvitations() iter.Seq[*RemoteInvitation] {
	var all []*RemoteInvitation
	for inv := range e.held() {
		if inv.rec.role == remote {
			all = append(all, (*RemoteInvitation)(inv))
		}
	}
	return slices.Values(all)
}
