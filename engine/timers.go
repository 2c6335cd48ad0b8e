// Timers are data. Every final timer of one constant duration is in a list in the
// order of arming, which is the order of deadlines; the few of another duration, and
// the copies, are in heaps. This file holds them; fire, below, is the one place that
// expires them.

package engine

import (
	"math"
	"time"

	"github.com/invsim/invsim/states"
)

// timerKind is what a record's final timer is: in a list, or in the heap of those that
// are as long as no other.
type timerKind uint8

const (
	noTimer timerKind = iota
	noResponseTimer
	localExpiryTimer
	remoteExpiryTimer
	acceptTimer
	localTombstoneTimer
	remoteTombstoneTimer
	numLists
	variedTimer = numLists // which one it is follows from the state
)

func tombstoneTimer(r role) timerKind { return localTombstoneTimer + timerKind(r) }

// heapKind names the heaps. An invitation can be in both.
type heapKind uint8

const (
	finals heapKind = iota // those with a variedTimer, by their records' deadlines
	copies                 // the next copy of an INVITE, RECEIVED, ACCEPT, REFUSE or CANCEL
	numHeaps
)

type timers struct {
	lists   [numLists]timerList
	heaps   [numHeaps]timerHeap
	lingers [numRoles]*record // in the list of tombstones, and none ahead of it lingers
	armed   uint64            // how many timers have been armed: the order among equal deadlines
	soonest int64             // nothing is due before
	final   int64             // when the next final timer is due, math.MaxInt64 if none is armed,
	exact   bool              // if that is known
}

// timerList is the records with a timer of one kind.
type timerList struct {
	head, tail *record
	due        int64 // when the head is, math.MaxInt64 if there is none
}

// begin makes a record the first.
func (l *timerList) begin(rec *record) {
	l.head, l.due = rec, math.MaxInt64
	if rec != nil {
		l.due = rec.deadline
	}
}

// arm starts a record's final timer. One as long as its kind always is goes to the end
// of a list, because time does not go back; any other to the heap.
func (e *Engine) arm(rec *record, kind timerKind, deadline int64) {
	if deadline-e.now == e.lasting[kind] {
		e.timers.armList(rec, kind, deadline)
	} else {
		e.timers.armVaried(rec, deadline)
	}
}

// armList puts a record at the end of a list, in which no deadline is after it.
func (t *timers) armList(rec *record, kind timerKind, deadline int64) {
	list := &t.lists[kind]
	t.armed++
	t.noteFinal(deadline)
	rec.timer, rec.deadline, rec.order = kind, deadline, t.armed
	rec.prev, rec.next = list.tail, nil
	if list.tail != nil {
		list.tail.next = rec
	} else {
		list.begin(rec)
	}
	list.tail = rec
	if kind == tombstoneTimer(rec.role) && t.lingers[rec.role] == nil {
		t.lingers[rec.role] = rec
	}
}

// noteFinal takes the deadline of a new final timer into account.
func (t *timers) noteFinal(deadline int64) {
	t.soonest, t.final = min(t.soonest, deadline), min(t.final, deadline)
}

func (t *timers) armVaried(rec *record, deadline int64) {
	t.armed++
	t.noteFinal(deadline)
	rec.timer, rec.deadline, rec.order = variedTimer, deadline, t.armed
	t.heaps[finals].push(finals, rec.inv)
}

// firstLingering is whose linger ends next. All linger equally long, so they are in
// the order of the tombstones, and need no list of their own.
func (t *timers) firstLingering(r role) *record {
	for t.lingers[r] != nil && t.lingers[r].inv == nil {
		t.lingers[r] = t.lingers[r].next
	}
	return t.lingers[r]
}

// disarm stops whatever is armed for a record.
func (t *timers) disarm(rec *record) {
	if rec.inv != nil {
		t.disarmCopy(rec.inv)
	}
	t.disarmFinal(rec)
}

func (t *timers) disarmFinal(rec *record) {
	if rec.timer != noTimer {
		t.removeFinal(rec)
	}
}

// removeFinal is disarmFinal if a timer is armed. disarmFinal itself is inlined.
func (t *timers) removeFinal(rec *record) {
	t.exact = t.exact && rec.deadline > t.final
	if rec.timer == variedTimer {
		t.heaps[finals].remove(finals, rec.inv)
		rec.timer = noTimer
		return
	}
	if t.lingers[rec.role] == rec {
		t.lingers[rec.role] = rec.next
	}
	list := &t.lists[rec.timer]
	if rec.prev != nil {
		rec.prev.next = rec.next
	} else {
		list.begin(rec.next)
	}
	if rec.next != nil {
		rec.next.prev = rec.prev
	} else {
		list.tail = rec.prev
	}
	rec.prev, rec.next, rec.timer = nil, nil, noTimer
}

// armCopy sets when the next copy is due.
func (t *timers) armCopy(inv *invitation, at int64) {
	t.armed++
	t.soonest = min(t.soonest, at)
	inv.at, inv.order = at, t.armed
	if inv.copies() {
		t.heaps[copies].move(copies, inv)
	} else {
		t.heaps[copies].push(copies, inv)
	}
}

func (t *timers) disarmCopy(inv *invitation) {
	if inv.copies() {
		t.heaps[copies].remove(copies, inv)
	}
}

// copyDue is when the next copy is due, math.MaxInt64 if none is armed.
func (t *timers) copyDue() int64 {
	if inv := t.heaps[copies].first(); inv != nil {
		return inv.at
	}
	return math.MaxInt64
}

// copies tells whether a copy is armed.
func (inv *invitation) copies() bool { return inv.slots[copies] != 0 }

// due is a final timer: a record's, or the end of a linger.
type due struct {
	rec    *record
	at     int64
	order  uint64
	linger bool
}

func (d due) before(at int64, order uint64) bool {
	return d.rec != nil && (d.at < at || d.at == at && d.order < order)
}

// finally is when the next final timer is due, math.MaxInt64 if none is armed.
func (e *Engine) finally() int64 {
	if t := &e.timers; !t.exact {
		t.final, t.exact = e.findFinal(), true
	}
	return e.timers.final
}

func (e *Engine) findFinal() int64 {
	t := &e.timers
	l := &t.lists
	at := min(l[1].due, l[2].due, l[3].due, l[4].due, l[5].due, l[6].due)
	if inv := t.heaps[finals].first(); inv != nil {
		at = min(at, inv.rec.deadline)
	}
	if e.lingering == 0 {
		return at
	}
	for r := range numRoles {
		if rec := t.firstLingering(r); rec != nil {
			at = min(at, e.lingerEnd(rec))
		}
	}
	return at
}

// earliest finds the next final timer that is due up to limit, passing over one record.
// Where none is, it is due at math.MaxInt64 or after limit.
func (e *Engine) earliest(limit int64, except *record) due {
	t := &e.timers
	first := due{at: math.MaxInt64}
	for i := range t.lists {
		list := &t.lists[i]
		if list.due > limit || list.due > first.at {
			continue
		}
		rec := list.head
		if rec == nil {
			continue
		}
		if rec == except {
			if rec = rec.next; rec == nil {
				continue
			}
		}
		if rec.deadline < first.at || rec.deadline == first.at && rec.order < first.order {
			first.rec, first.at, first.order = rec, rec.deadline, rec.order
		}
	}
	if rec := t.heaps[finals].firstBut(except); rec != nil && !first.before(rec.deadline, rec.order) {
		first.rec, first.at, first.order = rec, rec.deadline, rec.order
	}
	if e.lingering == 0 {
		return first
	}
	for r := range numRoles {
		if rec := t.firstLingering(r); rec != nil && !first.before(e.lingerEnd(rec), rec.order) {
			first = due{rec, e.lingerEnd(rec), rec.order, true}
		}
	}
	return first
}

// fire expires every timer with a deadline up to limit: final ones first, then
// copies, each in the order of (deadline, arming). They take effect at
// the present, however late they are. except is a record whose final timer waits.
func (e *Engine) fire(limit int64, except *record) {
	if limit >= e.timers.soonest {
		e.fireDue(limit, except)
	}
}

// fireDue is fire if something may be due. fire itself is inlined.
func (e *Engine) fireDue(limit int64, except *record) {
	t := &e.timers
	for e.finally() <= limit {
		next := e.earliest(limit, except)
		if next.at > limit {
			break
		}
		e.expire(next)
	}
	for t.copyDue() <= limit {
		e.retransmit(t.heaps[copies][0])
	}
	t.soonest = min(e.finally(), t.copyDue())
}

// expire carries out one final timer.
func (e *Engine) expire(next due) {
	rec := next.rec
	switch {
	case next.linger:
		e.settle(rec)
		return
	case rec.state >= states.FirstTerminal:
		e.timers.disarm(rec)
		e.forget(rec)
		return
	}
	offline := rec.peer.presence == presenceOffline
	s := rec.inv.step()
	switch {
	case rec.role == local && rec.state == uint8(states.LocalSentToRemote) && offline:
		e.stepLocal(&s, states.LocalNoResponseOffline)
	case rec.role == local && rec.state == uint8(states.LocalSentToRemote):
		e.stepLocal(&s, states.LocalNoResponse)
	case rec.role == local:
		e.stepLocal(&s, states.LocalExpiry)
	case rec.state == uint8(states.RemoteAcceptSentToLocal) && offline:
		e.stepRemote(&s, states.RemoteAcceptTimeoutOffline)
	case rec.state == uint8(states.RemoteAcceptSentToLocal):
		e.stepRemote(&s, states.RemoteAcceptTimeout)
	default:
		e.stepRemote(&s, states.RemoteExpiry)
	}
}

// retransmit carries out one entry of the heap of copies.
func (e *Engine) retransmit(inv *invitation) {
	s := inv.step()
	if inv.rec.role == local {
		e.stepLocal(&s, states.LocalRetransmit)
	} else {
		e.stepRemote(&s, states.RemoteRetransmit)
	}
}

// endedAt is when an invitation ended. Its tombstone is armed at that moment and
// with its own constant time, so it tells.
func (e *Engine) endedAt(rec *record) int64 { return rec.deadline - e.keep[rec.role] }

// lingerEnd is when an ended invitation stops repeating itself.
func (e *Engine) lingerEnd(rec *record) int64 {
	if rec.role == remote {
		return e.endedAt(rec) + int64(e.options.Times.refuseLinger())
	}
	return e.endedAt(rec) + int64(e.options.Times.Linger)
}

// lingered tells whether an invitation that lingers does so no more at a time.
func (e *Engine) lingered(inv *invitation, at int64) bool {
	return inv.lingers && at >= e.lingerEnd(inv.rec)
}

// NextDeadline is when Advance has something to do next, and false when no timer
// is armed. Advancing to it always makes progress.
func (e *Engine) NextDeadline() (time.Time, bool) {
	t := &e.timers
	t.soonest = min(e.finally(), t.copyDue())
	if t.soonest == math.MaxInt64 {
		return time.Time{}, false
	}
	if e.instants != nil {
		return time.Unix(0, e.originNano+t.soonest), true
	}
	return e.origin.Add(time.Duration(t.soonest)), true
}

// timerHeap is a binary heap of invitations by (time, order). Each knows its slot in
// it, counted from 1, so that any of them can be taken out.
type timerHeap []*invitation

func (h timerHeap) first() *invitation {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

// firstBut is the record that is due first in the heap of final timers, one passed over.
func (h timerHeap) firstBut(except *record) *record {
	switch {
	case len(h) == 0:
		return nil
	case h[0].rec != except:
		return h[0].rec
	case len(h) == 1:
		return nil
	case len(h) == 2 || finals.less(h[1], h[2]):
		return h[1].rec
	}
	return h[2].rec
}

// less tells which of two comes first in a heap.
func (k heapKind) less(a, b *invitation) bool {
	if k == copies {
		return a.at < b.at || a.at == b.at && a.order < b.order
	}
	return a.rec.deadline < b.rec.deadline || a.rec.deadline == b.rec.deadline && a.rec.order < b.rec.order
}

func (h *timerHeap) push(kind heapKind, inv *invitation) {
	*h = append(*h, inv)
	h.up(kind, len(*h)-1)
}

func (h *timerHeap) remove(kind heapKind, inv *invitation) {
	s := *h
	slot, last := int(inv.slots[kind])-1, len(s)-1
	moved := s[last]
	s[last] = nil
	*h = s[:last]
	inv.slots[kind] = 0
	if slot == last {
		return
	}
	h.put(kind, slot, moved)
	h.move(kind, moved)
}

// move takes one whose time has changed to its place.
func (h timerHeap) move(kind heapKind, inv *invitation) {
	h.up(kind, int(inv.slots[kind])-1)
	h.down(kind, int(inv.slots[kind])-1)
}

func (h timerHeap) put(kind heapKind, slot int, inv *invitation) {
	h[slot] = inv
	inv.slots[kind] = int32(slot + 1)
}

func (h timerHeap) up(kind heapKind, slot int) {
	inv := h[slot]
	for slot > 0 {
		parent := (slot - 1) / 2
		if !kind.less(inv, h[parent]) {
			break
		}
		h.put(kind, slot, h[parent])
		slot = parent
	}
	h.put(kind, slot, inv)
}

func (h timerHeap) down(kind heapKind, slot int) {
	inv := h[slot]
	for {
		child := 2*slot + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && kind.less(h[child+1], h[child]) {
			child++
		}
		if !kind.less(h[child], inv) {
			break
		}
		h.put(kind, slot, h[child])
		slot = child
	}
	h.put(kind, slot, inv)
}
