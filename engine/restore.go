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
// Options.Epoch must be a new one; all others may differ. Of Times and CountFromSend
// those of the snapshot stay in force until nothing is remembered: deadlines were
// made with them, and peers were told them.
//
// Take a snapshot of the restored engine, then poll it: outputs that were not
// drained come again, in their order and but for INVITEs and ACCEPTs that would be
// too late, and then one copy of what each state sends or answers. An event may
// thereby come twice, over a crash only. The app's old objects are void; see
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
	if away < 0 {
		e.giveUpSent()
	}
	e.sendAgain()
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
	for kind := noResponseTimer; kind < numTimers; kind++ {
		for rec := e.timers.lists[kind].head; rec != nil; rec = rec.next {
			if rec.role == local && rec.id.Epoch == epoch {
				return true
			}
		}
	}
	return false
}

// dropLate: what waited in the queue for too long does not go out. That is an INVITE
// that would ring nowhere or is of an age that nobody knows, and an ACCEPT of which
// no state would send another.
func (e *Engine) dropLate(unknown bool) {
	e.outputs = slices.DeleteFunc(e.outputs, func(out Output) bool {
		switch m := &out.Message; {
		case out.Kind != Send:
			return false
		case m.Kind == Invite:
			return unknown || m.Age >= m.Wait
		case m.Kind == Accept:
			rec, _ := e.records[remote].find(e.peers[out.To], m.ID)
			return rec == nil || rec.timer != acceptTimer || rec.inv.tooLate(Accept, e.now)
		}
		return false
	})
	e.replies = 0
	for i := range e.outputs {
		e.replies += int(b2u(e.outputs[i].Reply))
	}
}

// giveUpSent ends every invitation whose INVITE could not say how old it is.
func (e *Engine) giveUpSent() {
	for p := e.firstPeer; p != nil; p = p.next {
		for inv := p.first; inv != nil; inv = inv.next {
			if kind, _ := inv.rec.repeats(); kind == Invite {
				s := inv.step()
				e.stepLocal(&s, states.LocalNoResponse)
			}
		}
	}
}

// sendAgain: what was handed to the transport may have died with the process. So
// every state sends once what it would send, or answer if asked, unless that waits
// in the queue anyway or its time is over.
func (e *Engine) sendAgain() {
	if !e.loggedIn {
		return
	}
	waiting := map[copyOf]bool{}
	for i := range e.outputs {
		m := &e.outputs[i].Message
		waiting[copyOf{e.outputs[i].To, m.Kind, m.ID}] = true
	}
	for rec := e.timers.lists[localTombstoneTimer].head; rec != nil; rec = rec.next {
		if e.mayWaitForConfirm(rec) && !waiting[copyOf{rec.peer.name, Confirm, rec.id}] {
			e.send(rec.peer.name, Message{Kind: Confirm, ID: rec.id})
		}
	}
	for p := e.firstPeer; p != nil; p = p.next {
		for inv := p.first; inv != nil; inv = inv.next {
			if kind, ok := e.again(inv); ok && !waiting[copyOf{p.name, kind, inv.id}] {
				e.sendCopy(inv, kind, false)
			}
		}
	}
}

// copyOf holds the fields that two copies of a message have in common.
type copyOf struct {
	to   string
	kind Kind
	id   ID
}

// mayWaitForConfirm: the callee waits for it one accept time, from before we got
// its ACCEPT.
func (e *Engine) mayWaitForConfirm(rec *record) bool {
	return rec.state == uint8(states.LocalAcceptedByRemote) && e.now-e.endedAt(rec) < int64(e.options.Times.Accept)
}

// again is the message that an open or lingering invitation sends on being
// restored: what it repeats, or for a callee's that rings RECEIVED. What is
// overdue is the business of the next Advance.
func (e *Engine) again(inv *invitation) (Kind, bool) {
	rec := inv.rec
	kind, repeats := rec.repeats()
	switch {
	case rec.deadline <= e.now:
		return 0, false
	case !repeats:
		return Received, rec.role == remote
	case inv.tooLate(kind, e.now), inv.lingers && e.lingerEnd(rec) <= e.now:
		return 0, false
	}
	return kind, inv.heap == noHeap || inv.at > e.now
}

// LocalInvitations are the invitations to others that are open, or repeat their
// CANCEL: peer by peer, oldest first. Restored, this is where the app finds them.
func (e *Engine) LocalInvitations() iter.Seq[*LocalInvitation] {
	var all []*LocalInvitation // in advance: what the app does with one may end others
	for p := e.firstPeer; p != nil; p = p.next {
		for inv := p.first; inv != nil; inv = inv.next {
			if inv.rec.role == local {
				all = append(all, (*LocalInvitation)(inv))
			}
		}
	}
	return slices.Values(all)
}

// RemoteInvitations are the invitations from others that are open, or repeat
// their REFUSE: peer by peer, oldest first.
func (e *Engine) RemoteInvitations() iter.Seq[*RemoteInvitation] {
	var all []*RemoteInvitation
	for p := e.firstPeer; p != nil; p = p.next {
		for inv := p.first; inv != nil; inv = inv.next {
			if inv.rec.role == remote {
				all = append(all, (*RemoteInvitation)(inv))
			}
		}
	}
	return slices.Values(all)
}
