// The answer that a message demands of the side that gets it, or the wait that it ends.

package property

import "github.com/invsim/invsim/engine"

// The answers that messages ask for.
var (
	anAck       = setOf(engine.Ack)
	aConfirm    = setOf(engine.Confirm)
	aClosed     = setOf(engine.Closed)
	aReceipt    = setOf(engine.Received)
	openAnswer  = setOf(engine.Received, engine.Accept)
	refusal     = setOf(engine.Refuse, engine.Closed) // CLOSED once the linger is over
	neverRang   = setOf(engine.Ack, engine.Closed)    // canceled before it came, or came too late
	waitingOnes = setOf(engine.Invite, engine.Accept, engine.Refuse, engine.Cancel)
	resyncOnes  = waitingOnes | aReceipt // that a side sends by itself
)

// callerGot notes the answer that a message demands of the caller, or that it ends a wait.
func (c *Call) callerGot(w *Watch, m *engine.Message, verdict engine.Verdict, at, own int64) {
	q := &c.quality
	s := &q.caller
	ended := verdict == engine.Late || verdict == engine.Unexpected
	switch m.Kind {
	case engine.Received:
		switch {
		case verdict == engine.Moved:
			q.rings = true
			c.inviteArrived(w, own)
			if s.exact.phone != nil {
				s.exact.heard = s.exact.phone.Clock()
			}
		case ended && c.CallerEnd == CallerAccepted:
			s.owe(aConfirm, Q3, own)
		case ended:
			s.owe(aClosed, Q6, own)
		}
	case engine.Accept:
		switch {
		case verdict == engine.Moved && s.loggedOut:
			c.violated(w, Q3, at, "logged out, ACCEPT is taken, and nobody can confirm it")
		case verdict == engine.Moved || ended && c.CallerEnd == CallerAccepted:
			s.owe(aConfirm, Q3, own)
		case ended:
			s.owe(aClosed, Q6, own)
		}
	case engine.Refuse:
		if verdict != engine.Unknown || c.CallerDevice == 0 { // it may be another device's
			s.owe(anAck, Q6, own)
		}
	case engine.Closed:
		if verdict == engine.Moved {
			q.turnedAway = m.Word == engine.WordFailed && c.received
			q.refusedByClosed = m.Word == engine.WordRefused
			if m.Word == engine.WordOverloaded || m.Word == engine.WordStale && q.rings {
				c.violated(w, Q9, at, "CLOSED(%v) has ended it", m.Word)
			}
		}
	case engine.Ack:
		if m.For == engine.Cancel && s.waits == engine.Cancel {
			s.stop(own)
		}
	}
}

// calleeGot notes the answer that a message demands of the callee, or that it ends a wait.
func (c *Call) calleeGot(w *Watch, m *engine.Message, verdict engine.Verdict, at, own int64) {
	s := &c.callee
	switch m.Kind {
	case engine.Invite:
		c.arrived = true
		switch verdict {
		case engine.Moved:
			c.RangOwn, c.lasts = own, int64(s.bounds(w).ring(m))
			s.wait(w, engine.Received, own)
			s.until = own + c.lasts
		case engine.MissedCall:
			if c.owesMissed = true; !c.cancelFirst {
				s.end(own)
			}
		case engine.Late:
			if c.cancelFirst && !c.missed && !c.Rang && s.remembers(w, own) && !s.exact.vague {
				c.violated(w, Q9, at, "an INVITE came after its CANCEL, and the app was not told")
			}
		}
		s.owe(c.answerToInvite(w, verdict, own), Q6, own)
	case engine.Cancel:
		if verdict == engine.Limit {
			return
		}
		s.owe(anAck, Q6, own)
		switch {
		case verdict != engine.Moved:
		case !c.Rang:
			c.cancelFirst, c.canceledFor = true, m.Reason
			s.end(own)
		default:
			c.endedByMessage = true
		}
	case engine.Closed:
		c.endedByMessage = c.endedByMessage || verdict == engine.Moved
	case engine.Confirm:
		if m.Device != c.DeviceID {
			c.answeredElsewhere(w, verdict, own)
			return
		}
		if !c.acceptSent || c.CalleeEnd != CalleeOpen {
			return
		}
		if s.loggedOut && verdict == engine.Late {
			return // its timer was due before
		}
		c.confirmed = true
		if verdict != engine.Moved {
			c.violated(w, Q4, at, "the CONFIRM was %v", verdict)
		}
	case engine.Ack:
		switch {
		case m.For != engine.Refuse:
		case m.Device == c.DeviceID:
			if s.waits == engine.Refuse {
				s.stop(own)
			}
		case m.Refused:
			c.answeredElsewhere(w, verdict, own)
		}
	}
}

// answerToInvite reads the verdict, because the end may be so new that its event
// is not drained yet. In the last half second of the accept time none is asked for.
func (c *Call) answerToInvite(w *Watch, verdict engine.Verdict, own int64) kinds {
	switch verdict {
	case engine.Moved:
		return aReceipt
	case engine.Copy:
		if s := &c.callee; s.waits == engine.Accept && !s.repeatsAt(w, own) {
			return 0
		}
		return openAnswer
	case engine.MissedCall:
		return neverRang
	case engine.Late:
		switch {
		case c.CalleeEnd == CalleeAccepted:
			return 0
		case c.CalleeEnd == CalleeRefused:
			return refusal
		case c.CalleeEnd == CalleeCanceled, c.elsewhere:
			return anAck
		case !c.Rang:
			return neverRang
		}
		return aClosed
	case engine.Limit:
		return aClosed
	}
	return 0
}

// asksFor is the property that demands an answer to a message from a side that remembers.
func (c *Call) asksFor(byCaller bool, m *engine.Message) ID {
	if byCaller && m.Kind == engine.Accept && c.CallerEnd == CallerAccepted {
		return Q3
	}
	return Q6
}
