// What a side waits for: which message it repeats, until when, and by when the next
// copy must be sent.

package property

import (
	"time"

	"github.com/invsim/invsim/engine"
)

// Two distances of docs/protocol.md, rule 5 and the table of times.
const (
	resumeSpacing = int64(500 * time.Millisecond) // what goes at once keeps it from the last copy
	acceptQuiet   = int64(500 * time.Millisecond) // before the end of the accept time: no ACCEPT
)

// ring is how long an INVITE may ring.
func (b *Bounds) ring(m *engine.Message) time.Duration {
	lasts := min(m.Expiry, b.Times.ExpiryCap)
	if b.CountFromSend {
		lasts -= m.Age + max(m.Held, 0)
	}
	return lasts
}

// nextCopy is when the next copy of what waits has to be sent at the latest; not later than
// now if none has.
func (c *Call) nextCopy(w *Watch, s *side, own int64) int64 {
	b := s.bounds(w)
	refresh := int64(b.Times.Refresh)
	switch {
	case s.passive:
		return own
	case s.waits == engine.Accept:
		return own + int64(b.RepeatAccept)
	case s.waits != engine.Received:
		return own + int64(b.Repeat)
	case refresh == 0:
		return own
	}
	rung := own - c.RangOwn + int64(b.Slack) // clocks are read in whole nanoseconds
	return c.RangOwn + (rung/refresh+1)*refresh
}

// owe wants one of some messages in this step. Logged out, nothing is sent.
func (s *side) owe(any kinds, property ID, own int64) {
	if s.loggedOut {
		return
	}
	s.owes, s.owed, s.owesOwn = any, property, own
}

// wait starts the time for which an ACCEPT, REFUSE or CANCEL is repeated, or a ring.
func (s *side) wait(w *Watch, k engine.Kind, own int64) {
	s.stop(own)
	b := s.bounds(w)
	lasts := b.Linger
	switch k {
	case engine.Accept:
		lasts = b.Accept
	case engine.Refuse:
		lasts = b.LingerRefuse
	}
	s.waits, s.until, s.copied, s.disturbed = k, own+int64(lasts), false, s.unsure(own)
}

func (s *side) stop(own int64) {
	if s.waits != 0 {
		s.over, s.overOwn = s.over|setOf(s.waits), own
	}
	s.waits, s.due, s.passive = 0, false, false
	s.owes &^= resyncOnes
}

func (s *side) end(own int64) { s.ended, s.endedOwn, s.disturbed = true, own, s.unsure(own) }

// demand wants the next copy by a moment, unless an earlier one is wanted or it is
// not repeated any more then.
func (s *side) demand(w *Watch, by int64, property ID) {
	if s.repeatsAt(w, by) && (!s.due || by < s.dueOwn) {
		s.due, s.dueOwn, s.dueBy = true, by, property
	}
}

// repeatsAt reports whether the pending message is certainly still repeated at a moment.
func (s *side) repeatsAt(w *Watch, own int64) bool {
	switch s.waits {
	case engine.Invite: // its end is an event
		if !s.passive {
			return true
		}
	case engine.Accept:
		return !s.disturbed && own <= s.until-int64(s.bounds(w).Slack)-acceptQuiet
	}
	return !s.disturbed && own < s.until-int64(s.bounds(w).Slack)
}

// remembers tells whether a side that has had a record still has it, for certain.
func (s *side) remembers(w *Watch, own int64) bool {
	return s.ended && !s.disturbed && own-s.endedOwn < int64(s.bounds(w).Tombstone-s.bounds(w).Slack)
}

// ringEnd is when the ring ends by itself, in the callee's own time; if that has run
// otherwise than its engine's since it rang, as it will from now on.
func (c *Call) ringEnd(own int64) int64 {
	if x := &c.callee.exact; x.phone != nil {
		return own + x.ringEnd() - x.phone.Clock() - x.phone.off
	}
	return c.RangOwn + c.lasts
}

// ringsOn lets the accept time end with the ring, if that is later, at a logout.
func (c *Call) ringsOn(w *Watch, own int64) {
	s := &c.callee
	if x := &s.exact; c.surelyBefore(w, own, s.until, x.until+1) { // else it was over before
		s.until, x.until = max(s.until, c.ringEnd(own)), max(x.until, x.ringEnd())
	}
}

// acceptAnew begins the accept time at a login before the ring's own end.
func (c *Call) acceptAnew(w *Watch, own int64) {
	s := &c.callee
	x, accept := &s.exact, int64(s.bounds(w).Accept)
	if c.surelyBefore(w, own, c.ringEnd(own), x.ringEnd()) && c.surelyBefore(w, own, s.until, x.until+1) {
		if s.until = own + accept; x.phone != nil {
			x.until = x.phone.Clock() + accept
		}
	}
}

// surelyBefore reports whether it is before a moment of the callee's own time, or, where
// its phone is known, of its engine's time. Where that cannot be told, no more is said
// about times.
func (c *Call) surelyBefore(w *Watch, own, moment, exactly int64) bool {
	s := &c.callee
	x := &s.exact
	if x.phone == nil {
		return own < moment
	}
	now, off := x.phone.Clock(), x.phone.off+int64(s.bounds(w).Slack)
	if now-off < exactly && now+off >= exactly && off > 0 {
		x.vague, s.disturbed = true, true
	}
	return now+off < exactly
}

// inviteArrived ends the wait of the INVITE. While the callee rings, a resync sends another;
// so does one that came before and was put off.
func (c *Call) inviteArrived(w *Watch, own int64) {
	s := &c.quality.caller
	if s.waits != engine.Invite || s.passive {
		return
	}
	s.passive, s.overOwn, s.disturbed = true, own, s.unsure(own)
	s.until = own + int64(s.bounds(w).Times.Expiry)
	if s.bounds(w).CountFromSend {
		s.until, s.disturbed = c.SentOwn+int64(s.bounds(w).Times.Expiry), true
	}
	s.due = s.due && s.dueBy == Q5 && s.repeatsAt(w, s.dueOwn)
}

// resync lets what waits go, now or as soon as the last copy is long enough ago, and
// demands it if its engine does so for certain. A CANCEL without a copy so far is an end
// that the peer was not told of.
func (c *Call) resync(w *Watch, s *side, certain bool, own int64) {
	if s.loggedOut {
		return
	}
	if s.wake(own); s.waits == 0 || !certain {
		return
	}
	by, property := own, Q5
	if s.waits == engine.Cancel && !s.copied {
		property = Q1
	}
	if s.copied {
		by = max(by, s.lastCopy+resumeSpacing+int64(s.bounds(w).Slack))
	}
	switch {
	case by > own:
		s.demand(w, by, property)
	case s.repeatsAt(w, own):
		s.owe(setOf(s.waits), property, own)
	}
}
