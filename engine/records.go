// Records: what an engine remembers of each invitation, from its admission to
// the end of its tombstone, and of each peer while it has one.

package engine

import (
	"iter"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// record is one remembered invitation. Its key is (role, peer, id). While the
// invitation is open or lingers, inv is its object; without, the record is a
// tombstone, which is kept small.
type record struct {
	id    ID
	peer  *peer
	inv   *invitation
	chain *record // the next in its bucket of the index

	prev, next *record // in the list of its timer
	deadline   int64
	order      uint64 // of arming

	device  uint64 // of the callee, the one that has answered
	role    role
	state   uint8
	timer   timerKind
	failure uint8  // the failure's number, if the state is FAILURE
	reason  Reason // why it is CANCELED, or never rang; of a CANCEL that is repeated
	missed  missed
	changed bool // and noted in the journal
}

// missed is what the app is told of an invitation that never rang here.
type missed uint8

const (
	missedNothing missed = iota
	missedOwed           // its CANCEL came first: an INVITE will tell with what it had to say
	missedTold           // it was stale; that another device answered may still turn out
	numMissed
)

// peer is the knowledge of another user, kept while at least one record names it.
type peer struct {
	name        string
	presence    presence
	changed     bool // and noted in the journal
	records     [numRoles]int
	first, last *invitation // open and lingering ones, oldest first
	prev, next  *peer       // all peers, oldest first
	number      uint64      // in their order
}

type presence uint8

const (
	presenceUnknown presence = iota
	presenceOnline
	presenceOffline
)

// full reports whether a bound keeps another record with that peer out. The second
// half of the callee's places is for peers that hold few, so that no handful of
// strangers takes all.
func (e *Engine) full(r role, p *peer) bool {
	held, bound := 0, e.options.MaxPerPeer
	if p != nil {
		held = p.records[r]
	}
	if r == remote && 2*e.total[r] >= e.options.MaxTotal {
		bound = max(1, bound/8)
	}
	return e.total[r] >= e.options.MaxTotal || held >= bound
}

// admit makes the record of an id that is not known yet, and the peer's if p is nil.
func (e *Engine) admit(r role, name string, p *peer, id ID, inv *invitation) *record {
	if p == nil {
		p = e.addPeer(name)
	}
	if e.freeRecords == nil {
		e.makeRecords()
	}
	rec := e.freeRecords
	e.freeRecords = rec.next
	rec.id, rec.peer, rec.role, rec.inv, rec.next = id, p, r, inv, nil // all else is zero
	e.records[r].add(rec)
	e.total[r]++
	if r == local && id.Epoch != e.options.Epoch {
		e.earlier++
	}
	p.records[r]++
	if inv != nil {
		inv.id, inv.rec = id, rec
		e.open(inv)
	}
	return rec
}

// makeRecords makes some records at once, more of them where there are many.
func (e *Engine) makeRecords() {
	some := make([]record, 1+min(e.total[local]+e.total[remote], 29)) // 30 fill their memory best
	for i := range some {
		some[i].next, e.freeRecords = e.freeRecords, &some[i]
	}
}

// open puts an invitation behind its peer's others.
func (e *Engine) open(inv *invitation) {
	p := inv.rec.peer
	e.numbers++
	inv.number = e.numbers
	inv.prev = p.last
	if p.last != nil {
		p.last.next = inv
	} else {
		p.first = inv
	}
	p.last = inv
}

// held are the invitations that are open or linger: peer by peer, oldest first. What is
// done with one may end it.
func (e *Engine) held() iter.Seq[*invitation] {
	return func(yield func(*invitation) bool) {
		for p := e.firstPeer; p != nil; p = p.next {
			for inv := p.first; inv != nil; {
				next := inv.next
				if !yield(inv) {
					return
				}
				inv = next
			}
		}
	}
}

// linger keeps an ended invitation, because its CANCEL or REFUSE is to be repeated.
func (e *Engine) linger(inv *invitation) {
	if !inv.lingers {
		inv.lingers = true
		e.lingering++
		e.timers.noteFinal(e.lingerEnd(inv.rec))
	}
}

// settle makes a record a tombstone: the object is the app's alone from here.
func (e *Engine) settle(rec *record) {
	inv := rec.inv
	if inv == nil {
		return
	}
	e.touch(rec)
	e.timers.disarmCopy(inv)
	if inv.lingers {
		e.timers.exact = false
		e.lingering--
	}
	p := rec.peer
	if inv.prev != nil {
		inv.prev.next = inv.next
	} else {
		p.first = inv.next
	}
	if inv.next != nil {
		inv.next.prev = inv.prev
	} else {
		p.last = inv.prev
	}
	inv.prev, inv.next, inv.rec, rec.inv = nil, nil, nil, nil
	if rec.role == local && rec.state == failed {
		rec.reason = 0 // of the CANCEL, which is never sent again
	}
}

// forget ends a tombstone: the record is gone.
func (e *Engine) forget(rec *record) {
	e.settle(rec)
	e.noteGone(rec)
	e.records[rec.role].remove(rec)
	e.total[rec.role]--
	if rec.role == local && rec.id.Epoch != e.options.Epoch {
		e.earlier--
	}
	p := rec.peer
	p.records[rec.role]--
	if p.records == [numRoles]int{} {
		e.removePeer(p)
	}
	*rec = record{next: e.freeRecords}
	e.freeRecords = rec
	if e.later != nil && len(e.peers) == 0 {
		e.use(*e.later)
		e.later = nil
		e.noteHead()
	}
}

func (e *Engine) addPeer(name string) *peer {
	p := e.freePeers
	if p == nil {
		p = new(peer)
	} else {
		e.freePeers = p.next
	}
	e.numbers++
	*p = peer{name: name, number: e.numbers, prev: e.lastPeer}
	if e.lastPeer != nil {
		e.lastPeer.next = p
	} else {
		e.firstPeer = p
	}
	e.lastPeer = p
	e.peers[name] = p
	e.touchPeer(p)
	return p
}

func (e *Engine) removePeer(p *peer) {
	e.noteGonePeer(p)
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		e.firstPeer = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		e.lastPeer = p.prev
	}
	delete(e.peers, p.name)
	*p = peer{next: e.freePeers}
	e.freePeers = p
}

// answeredByOther tells whether another device of the callee's than this one is the
// winner.
func (rec *record) answeredByOther(device uint64) bool {
	return rec != nil && rec.device != device &&
		(rec.state == uint8(states.LocalAcceptedByRemote) || rec.state == uint8(states.LocalRefusedByRemote))
}

// explained is why it is CANCELED, or why it never rang; 0 in any other state.
func (rec *record) explained() Reason {
	if rec.state == uint8(states.LocalCanceled) || rec.state == failed && rec.role == remote {
		return rec.reason
	}
	return 0
}

// ownWord is the word in a CLOSED of a caller about its own failure.
func (rec *record) ownWord() Word {
	if errors.LocalInvitationError(rec.failure) == errors.LocalInvitationExpire {
		return WordExpired
	}
	return WordNoResponse
}
