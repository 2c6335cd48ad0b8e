// The rules of quality, Q1 to Q7 (Q8 and Q9: exact.go): a side that ends says so, a side that is asked
// answers, and a message that waits for its answer is repeated. Messages show them, so
// the driver of the engines tells a Call of every copy that an engine sends or
// receives, and of every other reason to send. A Call that is told of no copies
// reports nothing of this.

package property

import (
	"math"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
)

// Two distances of docs/protocol.md, rule 5 and the table of times.
const (
	resumeSpacing = int64(500 * time.Millisecond) // what goes at once keeps it from the last copy
	acceptQuiet   = int64(500 * time.Millisecond) // before the end of the accept time: no ACCEPT
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

// side is one side's messages.
type side struct {
	own *Bounds // nil: those of the watch

	loggedOut bool
	muteOwn   int64 // since this moment
	back      bool  // it has logged in again,
	backOwn   int64 // at this moment
	disturbed bool  // its engine's time has left own time, since which its accept or end began

	owes    kinds // any of these has to be sent in the present step,
	owesOwn int64 // which was at this moment,
	owed    ID    // says this property

	waits    engine.Kind // what waits for an answer, 0 for nothing
	passive  bool        // only at a resync: the INVITE of a phone that rings
	resynced bool        // and there was one
	wokenOwn int64       // last at this moment
	until    int64       // end of the accept time, of the linger, or of the ring
	copied   bool        // a copy was sent,
	lastCopy int64       // last at this moment
	due      bool        // the next copy has to be sent
	dueOwn   int64       // not later than this,
	dueBy    ID          // says this property
	over     kinds       // what does not wait any more,
	overOwn  int64       // as of this moment

	ended    bool
	endedOwn int64

	exact exact
}

// kinds is a set of kinds of messages.
type kinds uint16

func setOf(all ...engine.Kind) (set kinds) {
	for _, k := range all {
		set |= 1 << k
	}
	return set
}

func (set kinds) has(k engine.Kind) bool { return set&(1<<k) != 0 }

func (set kinds) String() string {
	var names []string
	for k := engine.Invite; k <= engine.Closed; k++ {
		if set.has(k) {
			names = append(names, k.String())
		}
	}
	return strings.Join(names, " or ")
}

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

func (c *Call) sideOf(caller bool) *side {
	if caller {
		return &c.quality.caller
	}
	return &c.callee
}

// Bind gives the two sides bounds of their own, of engines whose times differ.
func (c *Call) Bind(caller, callee *Bounds) {
	c.quality.caller.own, c.callee.own = caller, callee
}

func (s *side) bounds(w *Watch) *Bounds {
	if s.own != nil {
		return s.own
	}
	return &w.Bounds
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
		s.wake(own)
		c.resume(w, s, own)
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
		if !s.loggedOut {
			s.wake(own)
		}
		c.resume(w, s, own)
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

// Disturbed is told when an engine's time has run otherwise than own time: after a
// side was frozen, was down, or its clock was put forward or back, and before its
// engine's next input. Its timers then end sooner than own time tells, so of what
// has begun already less is demanded.
func (c *Call) Disturbed(w *Watch, byCaller bool, at int64) {
	s := c.sideOf(byCaller)
	c.settle(w, s, at)
	s.disturbed, s.due = true, false
}

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

// resume demands the pending message, now or as soon as the last copy is long enough
// ago. A CANCEL without a copy so far is an end that the peer was not told of.
func (c *Call) resume(w *Watch, s *side, own int64) {
	if s.waits == 0 || s.loggedOut {
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

// step begins another input of a side: a message that the last one owed is missing for good.
func (c *Call) step(w *Watch, s *side, at, own int64) {
	c.settle(w, s, at)
	c.overdue(w, s, at, own)
	if s == &c.callee && c.owesMissed {
		c.violated(w, Q9, at, "an INVITE did not ring, and the app was not told")
		c.owesMissed = false
	}
}

// overdue reports a message that should have been sent before now.
func (c *Call) overdue(w *Watch, s *side, at, own int64) {
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
		for _, r := range reasons {
			if r == q.cancelReason {
				return
			}
		}
		c.violated(w, Q1, at, "%v, and CANCEL says %v", c.CallerEnd, q.cancelReason)
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
