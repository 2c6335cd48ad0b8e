// What a side waits for: which message it repeats, until when, and by when the next
// copy must be sent.

package property

import (
	"time"

	"github.com/invsim/invsim/engine"
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
