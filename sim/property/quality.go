// The rules of quality, Q1 to Q7 (Q8 and Q9: exact.go): a side that ends says so, a side
// that is asked answers (answers.go), and a message that waits for its answer is repeated
// (waits.go). Messages show them, so the driver of the engines tells a Call of every copy
// that an engine sends or receives, and of every other reason to send. A Call that is told
// of no copies reports nothing of this.

package property

import (
	"math"
	"slices"

	"github.com/invsim/invsim/engine"
)

// quality holds the facts about a caller that the rules need; a Device has those about the callee.
type quality struct {
	caller side

	invited         bool          // an INVITE was sent
	turnedAway      bool          // the callee's CLOSED ended it for the caller, who need not tell it
	rings           bool          // the caller has had a RECEIVED in time
	refusedByClosed bool          // the caller has learned the refusal from a CLOSED, which has no response
	cancelReason    engine.Reason // of the CANCEL that was sent, 0 if none was
}

// CopySent is told of every message that an engine emits for this invitation and
// to its peer, when it is drained: in its order among the engine's outputs, before
// the network does anything with it. own is the sender's.
func (c *Call) CopySent(w *Watch, byCaller bool, out *engine.Output, at, own int64) {
	q, m := &c.quality, &out.Message
	c.permits(w, byCaller, m, out.Reply, at)
	s := c.sideOf(byCaller)
	c.overdue(w, s, at, own)
	if s.loggedOut && own > s.muteOwn {
		c.violated(w, Q8, at, "%v is sent while logged out", m.Kind)
	}
	switch m.Kind {
	case engine.Invite:
		q.invited = true
		if c.CallerEnd == CallerOpen && !c.received {
			s.waits = engine.Invite
		}
	case engine.Accept:
		c.acceptSent = true
	case engine.Refuse:
		if c.CalleeEnd == CalleeOpen {
			s.wait(w, engine.Refuse, own)
		}
	case engine.Cancel:
		if c.CallerEnd == CallerOpen {
			s.wait(w, engine.Cancel, own)
		} else if q.cancelReason == 0 {
			c.reached.Add(CancelAtLogin)
		}
		q.cancelReason = m.Reason
	case engine.Closed:
		c.failedSent = c.failedSent || m.Word == engine.WordFailed
		c.reached.Add(saying[m.Word])
	}
	if s.owes.has(m.Kind) {
		if s.owed == Q5 {
			c.reached.Add(ResumedAtOnce)
		}
		s.owes = 0
	}
	if s.over.has(m.Kind) && own > s.overOwn || s.passive && m.Kind == engine.Invite && !s.resynced && own > s.overOwn && !s.exact.vague {
		c.violated(w, Q7, at, "%v is repeated, and nothing waits for it", m.Kind)
	}
	if m.Kind == s.waits {
		s.copied, s.lastCopy, s.due = true, own, false
		twice := s.exact.wakes || s.exact.phone == nil && own == s.wokenOwn
		s.resynced = s.resynced && (s.passive && own == s.overOwn || twice) // it was due before the RECEIVED, or before another resync
		if next := c.nextCopy(w, s, own); next > own && !s.loggedOut {
			s.demand(w, next, Q7)
		}
	}
}

// CopyGot is told of every message of this invitation that one of its two engines
// was handed from the other: after Receive returned, before its outputs are
// drained. What a third party sends is not told. own is the receiver's.
func (c *Call) CopyGot(w *Watch, byCaller bool, m *engine.Message, verdict engine.Verdict, at, own int64) {
	s := c.sideOf(byCaller)
	c.step(w, s, at, own)
	c.noteCopy(byCaller, m, verdict)
	c.mayAnswer(w, byCaller, m, verdict, at, own)
	switch verdict {
	case engine.LoggedOut, engine.Invalid, engine.WrongPeer:
		return
	}
	if byCaller {
		c.callerGot(w, m, verdict, at, own)
	} else {
		c.calleeGot(w, m, verdict, at, own)
	}
	if verdict == engine.Unknown && s.remembers(w, own) {
		c.violated(w, c.asksFor(byCaller, m), at, "%v is answered as if it were unknown", m.Kind)
	}
}

// LoggedIn is told of every LogOut (in is false) and every LogIn of a side, after
// the call returned and before its outputs are drained, as soon as the invitation
// is sent and until its End. own is that side's.
func (c *Call) LoggedIn(w *Watch, byCaller, in bool, at, own int64) {
	s := c.sideOf(byCaller)
	c.step(w, s, at, own)
	switch {
	case !in && !s.loggedOut:
		s.loggedOut, s.muteOwn, s.due = true, own, false
		if s.waits == engine.Accept {
			c.ringsOn(w, own)
		}
	case in && s.loggedOut:
		s.loggedOut, s.back, s.backOwn = false, true, own
		if s.waits == engine.Accept {
			c.acceptAnew(w, own)
		}
		c.resync(w, s, true, own)
	}
}

// PeerReported is told of every PeerOnline and PeerOffline by which a side's engine
// hears of the other side, after the call returned and before its outputs are
// drained. byCaller says who hears; own is the hearer's.
func (c *Call) PeerReported(w *Watch, byCaller, online bool, at, own int64) {
	s := c.sideOf(byCaller)
	c.step(w, s, at, own)
	x := &s.exact
	switch {
	case online:
		c.resync(w, s, true, own)
	case x.phone != nil && byCaller && s.bounds(w).FailAtOnce && s.waits == engine.Invite && !s.passive:
		x.lost = x.phone.Clock()
		if !s.loggedOut {
			s.owe(setOf(engine.Cancel), Q9, own)
		}
	}
}

// AcceptReturnedOK is told when the app's accept succeeded, before its outputs are
// drained. own is the callee's.
func (c *Call) AcceptReturnedOK(w *Watch, at, own int64) {
	s := &c.callee
	c.step(w, s, at, own)
	s.wait(w, engine.Accept, own)
	if s.exact.phone != nil {
		s.exact.until = s.exact.phone.Clock() + int64(s.bounds(w).Accept)
	}
	if s.loggedOut {
		s.until, s.exact.until = c.ringEnd(own), s.exact.ringEnd()
	}
	if c.arrived {
		s.owe(setOf(engine.Accept), Q7, own)
	}
}

// Disturbed is told when an engine's time has run otherwise than own time: after a
// side was frozen, was down, or its clock was put forward or back, and before its
// engine's next input. Its timers then end sooner than own time tells, so of what
// has begun already less is demanded.
func (c *Call) Disturbed(w *Watch, byCaller bool, at int64) {
	s := c.sideOf(byCaller)
	c.settle(w, s, at)
	s.disturbed, s.due = true, false
}

// step begins another input of a side: a message that the last one owed is missing for good.
func (c *Call) step(w *Watch, s *side, at, own int64) {
	if s.owes != 0 || s.due || c.owesMissed {
		c.settleAll(w, s, at, own)
	}
}

// settleAll is step if anything was owed or due. step itself is inlined.
func (c *Call) settleAll(w *Watch, s *side, at, own int64) {
	c.settle(w, s, at)
	c.reportOverdue(w, s, at, own)
	if s == &c.callee && c.owesMissed {
		c.violated(w, Q9, at, "an INVITE did not ring, and the app was not told")
		c.owesMissed = false
	}
}

// overdue reports a message that should have been sent before now.
func (c *Call) overdue(w *Watch, s *side, at, own int64) {
	if s.owes != 0 || s.due {
		c.reportOverdue(w, s, at, own)
	}
}

// reportOverdue is overdue if anything is owed or due. overdue itself is inlined.
func (c *Call) reportOverdue(w *Watch, s *side, at, own int64) {
	if own > s.owesOwn {
		c.settle(w, s, at)
	}
	if s.due && own > s.dueOwn+int64(s.bounds(w).Slack) {
		c.violated(w, s.dueBy, at, "%v was due before", s.waits)
		s.due = false
	}
}

func (c *Call) settle(w *Watch, s *side, at int64) {
	if s.owes != 0 {
		c.violated(w, s.owed, at, "%v was not sent", s.owes)
		s.owes = 0
	}
}

// callerSpeaks and calleeSpeaks come before every event of a side.
func (c *Call) callerSpeaks(w *Watch, at, own int64) { c.overdue(w, &c.quality.caller, at, own) }
func (c *Call) calleeSpeaks(w *Watch, at, own int64) { c.overdue(w, &c.callee, at, own) }

// saysWhy are the reasons that a CANCEL may give for each end.
var saysWhy = [NumCallerEnds][]engine.Reason{
	CallerCanceled:   {engine.ReasonUser},
	CallerNoResponse: {engine.ReasonNoResponse, engine.ReasonRejected},
	CallerOffline:    {engine.ReasonNoResponse},
	CallerExpired:    {engine.ReasonExpired},
}

var answeredOnes = []engine.Reason{engine.ReasonAnswered}

// callerEnded checks that the callee is told. The messages of a step come before
// its events, so a CANCEL was sent by now. Nothing is owed by who has sent nothing
// or was turned away; logged out, it is owed at the next login.
func (c *Call) callerEnded(w *Watch, at, own int64) {
	q := &c.quality
	s := &q.caller
	if s.waits == engine.Invite {
		s.stop(own)
	}
	s.end(own)
	c.callerTimed(w, at)
	if (c.CallerEnd == CallerNoResponse || c.CallerEnd == CallerOffline) && c.Rings() {
		c.reached.Add(GaveUpWhileRinging)
	}
	reasons := saysWhy[c.CallerEnd]
	if c.answered {
		reasons = answeredOnes
		if !c.has(func(d *Device) bool { return d.Rang }) {
			c.reached.Add(AnsweredBeforeRing)
		}
	}
	switch {
	case !q.invited || q.turnedAway && q.cancelReason == 0:
	case q.cancelReason != 0:
		if !slices.Contains(reasons, q.cancelReason) {
			c.violated(w, Q1, at, "%v, and CANCEL says %v", c.CallerEnd, q.cancelReason)
		}
	case reasons == nil:
	case s.loggedOut, s.exact.vague: // or it ended logged out before the crash, and tells its app before its peer
		s.wait(w, engine.Cancel, own)
	default:
		c.violated(w, Q1, at, "%v without a CANCEL", c.CallerEnd)
	}
}

// calleeEnded checks that a callee reports an end that only it can know.
func (c *Call) calleeEnded(w *Watch, at, own int64) {
	s := &c.callee
	if c.confirmed && c.CalleeEnd != CalleeAccepted {
		c.violated(w, Q4, at, "%v after the CONFIRM", c.CalleeEnd)
	}
	c.confirmed = false
	if s.waits == engine.Accept || s.waits == engine.Received {
		s.stop(own)
	}
	s.end(own)
	c.calleeTimed(w, at)
	if !c.arrived || c.endedByMessage {
		return
	}
	silent := s.loggedOut || s.exact.vague || s.back && s.backOwn == own // until this very step
	switch c.CalleeEnd {
	case CalleeExpired, CalleeAcceptFailure, CalleeOffline:
		if !c.failedSent && !silent {
			c.violated(w, Q2, at, "%v without a CLOSED", c.CalleeEnd)
		}
	case CalleeRefused:
		if s.waits == engine.Refuse {
			return
		}
		s.wait(w, engine.Refuse, own)
		if !s.loggedOut && !s.exact.vague {
			c.violated(w, Q7, at, "REFUSED without a REFUSE")
		}
	}
}

// qualityEnds reports the messages that are still missing when the world is over.
func (c *Call) qualityEnds(w *Watch, at int64) {
	c.step(w, &c.quality.caller, at, math.MaxInt64)
	user := c.turned
	for i := range max(1, len(c.all)) {
		c.Turn(i)
		c.step(w, &c.callee, at, math.MaxInt64)
		if c.confirmed {
			c.violated(w, Q4, at, "the CONFIRM came, and ACCEPTED never")
		}
	}
	c.Turn(user)
}
