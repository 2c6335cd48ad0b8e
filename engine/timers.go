// Timers are data. Every timer with one constant duration is a list in the order
// of arming, which is the order of deadlines; the two whose durations vary,
// retransmissions and a shortened expiry, are small heaps. This file holds them;
// fire, below, is the one place that expires them.

package engine

import (
	"math"
	"time"

	"github.com/invsim/invsim/states"
)

// timerKind names the lists. A record is in one of them, or in none.
type timerKind uint8

const (
	noTimer timerKind = iota
	noResponseTimer
	localExpiryTimer
	remoteExpiryTimer
	acceptTimer
	localTombstoneTimer
	remoteTombstoneTimer
	numTimers
)

func tombstoneTimer(r role) timerKind { return localTombstoneTimer + timerKind(r) }

// heapKind names the heaps. An invitation is in one of them, or in none.
type heapKind uint8

const (
	noHeap      heapKind = iota
	expiries             // expiry times shortened by an INVITE, or counted from send
	retransmits          // the next copy of an INVITE, ACCEPT, REFUSE or CANCEL
	numHeaps
)

type timers struct {
	lists   [numTimers]struct{ head, tail *record }
	due     [numTimers]int64 // when the head of each list is, math.MaxInt64 if it has none
	heaps   [numHeaps]timerHeap
	lingers [numRoles]*record // in the list of tombstones, and none ahead of it lingers
	armed   uint64            // how many timers have been armed: the order among equal deadlines
	soonest int64             // nothing is due before, math.MaxInt64 if nothing is armed
	exact   bool              // and something is due then
}

// begin makes a record the first of a list.
func (t *timers) begin(kind timerKind, rec *record) {
	t.lists[kind].head, t.due[kind] = rec, math.MaxInt64
	if rec != nil {
		t.due[kind] = rec.deadline
	}
}

// arm puts a record at the end of a list. Its deadline is never before that of
// the record ahead, because the list has one duration and time does not go back.
func (t *timers) arm(rec *record, kind timerKind, deadline int64) {
	list := &t.lists[kind]
	t.armed++
	t.soonest = min(t.soonest, deadline)
	rec.timer, rec.deadline, rec.order = kind, deadline, t.armed
	rec.prev, rec.next = list.tail, nil
	if list.tail != nil {
		list.tail.next = rec
	} else {
		t.begin(kind, rec)
	}
	list.tail = rec
	if kind == tombstoneTimer(rec.role) && t.lingers[rec.role] == nil {
		t.lingers[rec.role] = rec
	}
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
		t.disarmHeap(rec.inv)
	}
	if rec.timer == noTimer {
		return
	}
	if t.lingers[rec.role] == rec {
		t.lingers[rec.role] = rec.next
	}
	t.exact = t.exact && rec.deadline > t.soonest
	list := &t.lists[rec.timer]
	if rec.prev != nil {
		rec.prev.next = rec.next
	} else {
		t.begin(rec.timer, rec.next)
	}
	if rec.next != nil {
		rec.next.prev = rec.prev
	} else {
		list.tail = rec.prev
	}
	rec.prev, rec.next, rec.timer = nil, nil, noTimer
}

// armHeap arms an invitation in one of the heaps, or moves it there.
func (t *timers) armHeap(kind heapKind, inv *invitation, at int64) {
	t.disarmHeap(inv)
	t.armed++
	t.soonest = min(t.soonest, at)
	inv.at, inv.order, inv.heap = at, t.armed, kind
	t.heaps[kind].push(inv)
}

func (t *timers) disarmHeap(inv *invitation) {
	if inv.heap != noHeap {
		t.exact = t.exact && inv.at > t.soonest
		t.heaps[inv.heap].remove(inv.slot)
		inv.heap = noHeap
	}
}

// due is a final timer: a record's, an invitation's with its own expiry, or the end
// of a linger.
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
	t := &e.timers
	at := min(t.due[1], t.due[2], t.due[3], t.due[4], t.due[5], t.due[6])
	if inv := t.heaps[expiries].first(); inv != nil {
		at = min(at, inv.at)
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

// earliest finds the next final timer, passing over one record. Where none is armed,
// it is due at math.MaxInt64.
func (e *Engine) earliest(except *record) due {
	t := &e.timers
	first := due{at: math.MaxInt64}
	for i := range t.lists {
		rec := t.lists[i].head
		if rec == nil || t.due[i] > first.at {
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
	if inv := t.heaps[expiries].first(); inv != nil && !first.before(inv.at, inv.order) {
		first.rec, first.at, first.order = inv.rec, inv.at, inv.order
	}
	for r := range numRoles {
		if rec := t.firstLingering(r); rec != nil && !first.before(e.lingerEnd(rec), rec.order) {
			first = due{rec, e.lingerEnd(rec), rec.order, true}
		}
	}
	return first
}

// fire expires every timer with a deadline up to limit: final ones first, then
// retransmissions, each in the order of (deadline, arming). They take effect at
// the present, however late they are. except is a record whose final timer waits.
func (e *Engine) fire(limit int64, except *record) {
	if limit < e.timers.soonest {
		return
	}
	t := &e.timers
	for e.finally() <= limit {
		next := e.earliest(except)
		if next.at > limit {
			break
		}
		e.expire(next)
	}
	for inv := t.heaps[retransmits].first(); inv != nil && inv.at <= limit; inv = t.heaps[retransmits].first() {
		e.retransmit(inv)
	}
	e.noteSoonest()
}

// noteSoonest keeps the deadline that comes first: of the final timers, or of a copy.
func (e *Engine) noteSoonest() {
	t := &e.timers
	t.soonest, t.exact = e.finally(), true
	if inv := t.heaps[retransmits].first(); inv != nil {
		t.soonest = min(t.soonest, inv.at)
	}
}

// expire carries out one final timer.
func (e *Engine) expire(next due) {
	rec := next.rec
	offline := rec.peer.presence == presenceOffline
	s := step{rec: rec, inv: rec.inv, peer: rec.peer.name, id: rec.id}
	switch {
	case next.linger:
		e.settle(rec)
	case rec.timer >= localTombstoneTimer:
		e.timers.disarm(rec)
		e.forget(rec)
	case rec.timer == noResponseTimer && offline:
		e.stepLocal(&s, states.LocalNoResponseOffline)
	case rec.timer == noResponseTimer:
		e.stepLocal(&s, states.LocalNoResponse)
	case rec.timer == acceptTimer && offline:
		e.stepRemote(&s, states.RemoteAcceptTimeoutOffline)
	case rec.timer == acceptTimer:
		e.stepRemote(&s, states.RemoteAcceptTimeout)
	case rec.role == local:
		e.stepLocal(&s, states.LocalExpiry)
	default:
		e.stepRemote(&s, states.RemoteExpiry)
	}
}

// retransmit carries out one entry of the retransmission heap.
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
	return e.endedAt(rec) + int64(e.options.Times.Linger)
}

// NextDeadline is when Advance has something to do next, and false when no timer
// is armed. Advancing to it always makes progress.
func (e *Engine) NextDeadline() (time.Time, bool) {
	t := &e.timers
	if !t.exact {
		e.noteSoonest()
	}
	if t.soonest == math.MaxInt64 {
		return time.Time{}, false
	}
	if e.instants != nil {
		return time.Unix(0, e.originNano+t.soonest), true
	}
	return e.origin.Add(time.Duration(t.soonest)), true
}

// timerHeap is a binary heap of invitations by (at, order). Each knows its slot,
// so that any of them can be taken out.
type timerHeap []*invitation

func (h timerHeap) first() *invitation {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

func (h timerHeap) less(a, b *invitation) bool {
	return a.at < b.at || a.at == b.at && a.order < b.order
}

func (h *timerHeap) push(inv *invitation) {
	*h = append(*h, inv)
	h.up(len(*h) - 1)
}

func (h *timerHeap) remove(slot int) {
	s := *h
	last := len(s) - 1
	moved := s[last]
	s[last] = nil
	*h = s[:last]
	if slot == last {
		return
	}
	s[slot] = moved
	moved.slot = slot
	h.up(moved.slot)
	h.down(moved.slot)
}

func (h timerHeap) up(slot int) {
	inv := h[slot]
	for slot > 0 {
		parent := (slot - 1) / 2
		if !h.less(inv, h[parent]) {
			break
		}
		h[slot] = h[parent]
		h[slot].slot = slot
		slot = parent
	}
	h[slot] = inv
	inv.slot = slot
}

func (h timerHeap) down(slot int) {
	inv := h[slot]
	for {
		child := 2*slot + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h.less(h[child+1], h[child]) {
			child++
		}
		if !h.less(h[child], inv) {
			break
		}
		h[slot] = h[child]
		h[slot].slot = slot
		slot = child
	}
	h[slot] = inv
	inv.slot = slot
}
