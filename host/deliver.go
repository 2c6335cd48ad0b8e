// How events reach the app: one at a time, in order, outside the locks, and never so
// many that a slow callback could not cope.

package host

import (
	"container/list"

	"github.com/invsim/invsim/engine"
)

// mostEnded is how many rings wait to be told that have ended meanwhile, and how many
// missed calls. Of more the oldest are dropped, a ring together with its end.
const mostEnded = 64

// events are those that the app has not been told yet. Beside the rings that have ended
// they are bounded by what was remembered at one time: a ring waits while it is open,
// an end waits that comes after a ring that was told, and call refuses to send more
// calls when too many ends of calls wait.
type events struct {
	queue     list.List // of waitingEvent
	ended     list.List // of *RemoteInvitation: rings that wait and have ended, oldest first
	missed    list.List // of *list.Element of the queue: missed calls, oldest first
	localEnds int       // that wait
}

type waitingEvent struct {
	event
	after uint64 // the message that leaves first
}

// waiting is where the events of a ring wait.
type waiting struct {
	ring, end *list.Element // of events.queue
	ended     *list.Element // of events.ended
}

// tellLater puts an event behind the others.
func (h *Host) tellLater(e event) {
	q := &h.events
	if e.missed != nil {
		h.tellMissedLater(e)
		return
	}
	at := q.queue.PushBack(waitingEvent{e, h.outbox.last})
	switch {
	case e.local != nil && e.kind.Terminal():
		q.localEnds++
	case e.kind == engine.RemoteInvitationReceived:
		e.remote.waiting.ring = at
	case e.remote != nil && e.remote.waiting.ring != nil && !e.remote.answered:
		e.remote.waiting.end = at
		e.remote.waiting.ended = q.ended.PushBack(e.remote)
	}
	if q.ended.Len() > mostEnded {
		h.dropRing(q.ended.Front().Value.(*RemoteInvitation))
	}
}

// tellMissedLater puts a missed call behind the other events. One that is withdrawn
// before it was told is never told.
func (h *Host) tellMissedLater(e event) {
	q := &h.events
	drop := func(at *list.Element) { q.queue.Remove(q.missed.Remove(at).(*list.Element)) }
	for at := q.missed.Front(); at != nil && e.missed.Withdrawn; at = at.Next() {
		earlier := at.Value.(*list.Element).Value.(waitingEvent).event.missed
		if !earlier.Restored && earlier.CallerID == e.missed.CallerID && earlier.ID == e.missed.ID {
			drop(at)
			return
		}
	}
	q.missed.PushBack(q.queue.PushBack(waitingEvent{e, h.outbox.last}))
	if q.missed.Len() > mostEnded {
		drop(q.missed.Front())
		h.stats.Untold++
	}
}

// dropRing drops a ring that has ended, and its end. A func that the app has set for
// the end, on a handle that it has found by itself, is told all the same.
func (h *Host) dropRing(r *RemoteInvitation) {
	w := r.waiting
	end := h.events.queue.Remove(w.end).(waitingEvent)
	h.events.queue.Remove(w.ring)
	h.events.ended.Remove(w.ended)
	r.waiting = waiting{}
	h.stats.Untold++
	r.told = append(r.told, end.event)
	if f := r.funcs[end.kind]; f != nil {
		h.late = append(h.late, late{end.event, f})
	}
}

// first takes the first event out, if the message before it has left.
func (h *Host) first() (e event, ok bool) {
	q := &h.events
	if !h.hasFirst() {
		return e, false
	}
	e = q.queue.Remove(q.queue.Front()).(waitingEvent).event
	switch {
	case e.missed != nil:
		q.missed.Remove(q.missed.Front())
	case e.local != nil && e.kind.Terminal():
		q.localEnds--
	case e.kind == engine.RemoteInvitationReceived:
		if w := &e.remote.waiting; w.ended != nil {
			q.ended.Remove(w.ended)
		}
		e.remote.waiting = waiting{}
	}
	return e, true
}

func (h *Host) hasFirst() bool {
	front := h.events.queue.Front()
	return front != nil && h.outbox.left(front.Value.(waitingEvent).after)
}

// deliverSoon starts deliver if there is something to do and nobody does it yet.
func (h *Host) deliverSoon() {
	if h.listener != nil && !h.delivering && (len(h.late) > 0 || h.hasFirst()) {
		h.delivering = true
		go h.deliver()
	}
}

// deliver runs on a goroutine of its own while there is something to tell.
func (h *Host) deliver() {
	h.view.Lock()
	defer h.view.Unlock()
	defer func() {
		h.delivering = false
		h.settle()
	}()
	for {
		if len(h.late) > 0 {
			h.tellLate(pop(&h.late))
			continue
		}
		e, ok := h.first()
		if !ok {
			return
		}
		h.tellAll(e)
	}
}

// tellAll tells the Listener, then the invitation's own func.
func (h *Host) tellAll(e event) {
	h.unlocked(func() { e.tell(h.listener) })
	s := e.subject()
	if s == nil {
		return
	}
	s.told = append(s.told, e)
	if f := s.funcs[e.kind]; f != nil && !h.closed() {
		h.unlocked(func() { (*f)(e) })
	}
}

// forgetEvents drops all of them.
func (h *Host) forgetEvents() { h.events, h.late = events{}, nil }
