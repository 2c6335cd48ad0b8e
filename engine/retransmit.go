// Retransmission: INVITE, ACCEPT, REFUSE and CANCEL are repeated until they are
// answered, with growing pauses.

package engine

// copy sends the first copy of a message and starts its schedule.
func (e *Engine) copy(inv *invitation, kind Kind) {
	inv.interval, inv.copied = 0, false
	e.copyNow(inv, kind)
}

// copyAgain sends the next copy. A restart, because the peer came online or the
// engine logged in, keeps a distance from the last copy and begins with short
// pauses again.
func (e *Engine) copyAgain(inv *invitation, kind Kind, restart bool) {
	if !restart {
		e.copyNow(inv, kind)
		return
	}
	if !e.loggedIn {
		return // everything is repeated at login
	}
	e.touch(inv.rec)
	inv.interval = 0
	at := max(e.now, inv.quietUntil())
	switch {
	case at == e.now:
		e.copyNow(inv, kind)
	case inv.heap == noHeap || inv.at > at:
		e.armCopy(inv, kind, at)
	}
}

// copyNow sends a copy and arms the next.
func (e *Engine) copyNow(inv *invitation, kind Kind) {
	e.touch(inv.rec)
	e.sendCopy(inv, kind, false)
	e.armNextCopy(inv, kind)
}

// sendCopy sends a copy, unless logged out or too late. By itself it is one out of
// turn, because the peer has asked: the schedule stays, but what the peer's sign of
// life would repeat keeps its distance.
func (e *Engine) sendCopy(inv *invitation, kind Kind, asked bool) {
	if e.loggedIn && !inv.tooLate(kind, e.now) {
		e.answer(inv.peer, e.compose(inv, kind), asked)
		e.touch(inv.rec)
		inv.lastCopy, inv.copied = e.now, true
	}
}

// tooLate: an ACCEPT of the last 500 ms of the accept time might be confirmed when
// that is over, and then the caller alone would be ACCEPTED.
func (inv *invitation) tooLate(kind Kind, at int64) bool {
	return kind == Accept && at > inv.rec.deadline-acceptQuiet
}

// armNextCopy arms the copy after this one.
func (e *Engine) armNextCopy(inv *invitation, kind Kind) {
	t := &e.options.Times
	first, limit := int64(t.RetransmitFirst), int64(t.RetransmitCap)
	if kind == Accept {
		first, limit = int64(t.AcceptFirst), int64(t.AcceptCap)
	}
	if inv.interval == 0 {
		inv.interval = first
	} else {
		inv.interval = min(2*inv.interval, limit)
	}
	if e.options.NoRetransmit && kind != Accept {
		e.timers.disarmHeap(inv)
	} else {
		e.armCopy(inv, kind, e.now+inv.interval)
	}
}

// armCopy puts an invitation into the heap for its next copy, unless that would come
// too late or the linger is over by then.
func (e *Engine) armCopy(inv *invitation, kind Kind, at int64) {
	if inv.tooLate(kind, at) || inv.lingers && at >= e.lingerEnd(inv.rec) {
		e.timers.disarmHeap(inv)
	} else {
		e.timers.armHeap(retransmits, inv, at)
	}
}
