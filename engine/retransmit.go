// Copies: INVITE, ACCEPT, REFUSE and CANCEL are repeated until they are answered, with
// growing pauses; RECEIVED is repeated while it rings, at a steady pace.

package engine

import (
	"math"

	"github.com/invsim/invsim/states"
)

// copy sends the first copy of a message and starts its schedule.
func (e *Engine) copy(inv *invitation, kind Kind) {
	inv.interval, inv.copied = 0, false
	e.copyNow(inv, kind)
}

// copyAgain sends the next copy. A restart, because of presence, login or a restore,
// keeps a distance from the last copy and begins with short pauses again. Logged out it
// does nothing: everything is repeated at login.
func (e *Engine) copyAgain(inv *invitation, kind Kind, restart bool) {
	if !restart {
		e.copyNow(inv, kind)
		return
	}
	if !e.loggedIn || e.lingered(inv, e.now) {
		return
	}
	e.touch(inv.rec)
	inv.interval = 0
	at := max(e.now, inv.quietUntil())
	switch {
	case at == e.now:
		e.copyNow(inv, kind)
	case !inv.copies() || inv.at > at:
		e.armCopy(inv, kind, at)
	}
}

// copyNow sends a copy and arms the next. One that was due before, but leaves at the very
// end of its linger, does not go.
func (e *Engine) copyNow(inv *invitation, kind Kind) {
	e.touch(inv.rec)
	if !e.lingered(inv, e.now) {
		e.sendCopy(inv, kind, false)
	}
	e.armCopy(inv, kind, e.nextCopy(inv, kind))
}

// sendCopy sends a copy, unless logged out or too late. By itself it is one out of
// turn, because the peer has asked: the schedule stays, but what the peer's sign of
// life would repeat keeps its distance.
func (e *Engine) sendCopy(inv *invitation, kind Kind, asked bool) {
	if e.loggedIn && !e.tooLate(inv, kind, e.now) {
		if m := e.queue(inv.peer, kind, inv.id, asked); m != nil {
			e.compose(m, inv)
		}
		e.touch(inv.rec)
		inv.lastCopy, inv.copied = e.now, true
	}
}

// tooLate tells copies that would do harm. An ACCEPT of the last 500 ms of the accept
// time might be confirmed when that is over, and then the caller alone would be
// ACCEPTED. An INVITE for a phone that has rung already must leave it some time to
// ring, and must know its own age.
func (e *Engine) tooLate(inv *invitation, kind Kind, at int64) bool {
	switch kind {
	case Accept:
		return at > inv.rec.deadline-acceptQuiet
	case Invite:
		return inv.rec.state == uint8(states.LocalReceivedByRemote) &&
			(inv.ageless || at >= inv.rec.deadline-int64(e.options.Times.Grace))
	}
	return false
}

// nextCopy is when the schedule has the copy after the present one, and
// math.MaxInt64 if it has none.
func (e *Engine) nextCopy(inv *invitation, kind Kind) int64 {
	t := &e.options.Times
	first, limit := int64(t.RetransmitFirst), int64(t.RetransmitCap)
	switch {
	case kind == Received:
		return e.nextRefresh(inv)
	case kind == Invite && inv.rec.state != uint8(states.LocalSentToRemote):
		return math.MaxInt64
	case kind == Accept:
		first, limit = int64(t.AcceptFirst), int64(t.AcceptCap)
	}
	if inv.interval == 0 {
		inv.interval = first
	} else {
		inv.interval = min(2*inv.interval, limit)
	}
	if e.options.NoRetransmit && kind != Accept {
		return math.MaxInt64
	}
	return e.now + inv.interval
}

// nextRefresh is reckoned from the beginning of the ring, and moved by nothing.
func (e *Engine) nextRefresh(inv *invitation) int64 {
	refresh := int64(e.options.Times.Refresh)
	if refresh == 0 {
		return math.MaxInt64
	}
	passed := e.now - inv.sentAt
	if passed < refresh { // which spares the division
		return inv.sentAt + refresh
	}
	return e.now - passed%refresh + refresh
}

// armCopy arms the next copy, unless it would come too late or the invitation is over
// by then.
func (e *Engine) armCopy(inv *invitation, kind Kind, at int64) {
	switch {
	case at == math.MaxInt64, e.tooLate(inv, kind, at), e.lingered(inv, at), !inv.lingers && at >= inv.rec.deadline:
		e.timers.disarmCopy(inv)
	default:
		e.timers.armCopy(inv, at)
	}
}
