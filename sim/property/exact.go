// Q8 and Q9, the rules with two sides: a message that nothing calls for, a copy that
// comes too early, and an end that comes before or after its time. They need the time
// as a phone's engine reads it, which goes on while its process is frozen or down, and
// what that engine knows of other phones. The driver keeps both in a Phone.

package property

import (
	"time"

	"github.com/invsim/invsim/engine"
)

// Phone is what Q8 and Q9 know of one phone. Its Clock reads its engine's time.
type Phone struct {
	Clock   func() int64
	woke    int64   // when it went on last: what was due before comes late
	started int64   // when its process started last,
	off     int64   // and by how much its deadlines may have moved in all
	index   int     // its place among all phones
	others  []heard // by place; those behind the end were never lost
	order   int     // of reports and of first records
	stands  int64   // own time at which its clock was put back last; -1 if it never was
}

// NewPhone is that of a phone at a place among all, whose clock reads its engine's time.
func NewPhone(index int, clock func() int64) *Phone {
	return &Phone{Clock: clock, index: index, stands: -1}
}

// StandsStill is told that a clock was put back at an own time. Until that passes, its
// engine's time may stand still as own time does, or run on from what the clock reads:
// that depends on when the engine has read it last.
func (p *Phone) StandsStill(own int64) { p.stands = own }

// unsure reports that the engine's time may run otherwise than own time from now on.
func (s *side) unsure(own int64) bool {
	return s.exact.vague || s.exact.phone != nil && own <= s.exact.phone.stands
}

// heard is what an engine has heard last of another phone.
type heard struct {
	offline presence
	at      int64
	order   int // 0 if it was never lost
}

type presence uint8

const (
	reachable presence = iota
	unreachable
	perhaps // the report came while it may have had no record of that peer
)

// Woke is told when a process goes on after a freeze.
func (p *Phone) Woke() { p.woke = p.Clock() }

// Started is told when a process was restored. off is by how much its engine's idea of
// the time since its snapshot may differ from its clock's.
func (p *Phone) Started(off int64) {
	p.woke, p.started, p.off = p.Clock(), p.Clock(), p.off+max(off, -off)+1
}

// Heard is told of every message that an engine takes from another user, and of every
// report that the other is online, before the calls are told. It tells whether what
// waits goes out again.
func (p *Phone) Heard(other *Phone) bool {
	was := p.of(other)
	if was.order > 0 {
		p.others[other.index] = heard{reachable, p.Clock(), p.next()}
	}
	return was.offline != reachable
}

func (p *Phone) of(other *Phone) heard {
	if other.index < len(p.others) {
		return p.others[other.index]
	}
	return heard{}
}

// Since is the place, among all that it was told, of the report by which its engine
// certainly takes another user to be offline, or 0. A report that is older than the record
// of an invitation may have been forgotten with the records before it.
func (p *Phone) Since(other *Phone) int {
	if h := p.of(other); h.offline == unreachable {
		return h.order
	}
	return 0
}

func (p *Phone) next() int {
	p.order++
	return p.order
}

// Lost is told of every report that another user is offline. surely says that an
// invitation between the two is remembered.
func (p *Phone) Lost(other *Phone, surely bool) {
	for len(p.others) <= other.index {
		p.others = append(p.others, heard{})
	}
	state := perhaps
	if surely {
		state = unreachable
	}
	p.others[other.index] = heard{state, p.Clock(), p.next()}
}

// exact is what one side may send, and when. Times are its engine's.
type exact struct {
	phone *Phone // nil: nothing is watched

	asks  kinds       // any of these may answer
	about engine.Kind // a message of this kind

	repeats engine.Kind // what has been sent by itself last
	last    int64       // the last copy
	pause   int64       // before the next,
	next    int64       // which may not come before
	wakes   bool        // a report or login allows one sooner,
	wakesAt int64       // from then on,
	woken   int64       // says an input of this moment,
	twice   bool        // before which one was allowed already: that one comes first

	order  int   // of this side's record, among what its phone was told
	opened int64 // when the first timer of this side began,
	heard  int64 // the caller's second one, with the RECEIVED
	until  int64 // end of the callee's second one, the accept time
	lasts  int64 // of the first one
	ended  int64
	lost   int64 // when the other was reported offline
	later  kinds // any of these was saved and not sent,
	vague  bool  // in a crash after which nothing is known of times any more
	told   bool  // the other's CLOSED ends it
	refuse bool  // the REFUSE that is acknowledged, of one of several devices, is the outcome
}

// Watch gives the phones of a call to Q8 and Q9, when it is placed: the caller's, and that
// of each device of the callee's user.
func (c *Call) Watch(caller *Phone, callees ...*Phone) {
	c.quality.caller.exact = exact{phone: caller, order: caller.next(), opened: caller.Clock(), lost: -1}
	spoken := c.turned
	for i, callee := range callees {
		c.Turn(i)
		c.callee.exact = exact{phone: callee, lost: -1, last: callee.Clock() - resumeSpacing}
	}
	c.Turn(spoken)
}

// Remembered reports whether a side has a record of the call for certain, because it
// has not ended.
func (c *Call) Remembered(byCaller bool) bool {
	if byCaller {
		return c.quality.invited && c.CallerEnd == CallerOpen
	}
	return c.Rang && c.CalleeEnd == CalleeOpen
}

// Resumes is told when a side's engine hears of the other side, whom it took to be
// offline, certainly since then. It sends what waits.
func (c *Call) Resumes(w *Watch, byCaller bool, since int, own int64) {
	s := c.sideOf(byCaller)
	c.resync(w, s, since > s.exact.order, own)
}

// wake allows the next copy soon, and short pauses after it.
func (s *side) wake(own int64) {
	x := &s.exact
	if s.resynced, s.wokenOwn = true, own; x.phone == nil {
		return
	}
	now := x.phone.Clock()
	at := max(now, x.last+resumeSpacing)
	x.twice = x.wakes && x.wakesAt < now
	if x.wakes {
		at = min(at, x.wakesAt)
	}
	x.wakes, x.wakesAt, x.woken, x.pause = true, at, now, 0
}

// Died is told when a side's process has crashed after it has saved what the last input
// led to, and before any of it was handed out. All comes after the restart, and the
// times of it are not known any more.
func (c *Call) Died(byCaller bool) {
	s := c.sideOf(byCaller)
	s.exact.vague, s.exact.later = true, 0
	if s.owes&waitingOnes == 0 {
		s.exact.later = s.owes
	}
	s.owes = 0
	if !byCaller {
		c.owesMissed = false
	}
}

// ringEnd is when the callee's ring ends by itself.
func (x *exact) ringEnd() int64 { return x.opened + x.lasts }

// Restarted is told when a side's process has started again from what it had saved
// last, after Disturbed. It is logged in. speaks is false if it is offline: then nothing is
// demanded.
func (c *Call) Restarted(w *Watch, byCaller, speaks bool, own int64) {
	s := c.sideOf(byCaller)
	x := &s.exact
	later := x.later
	x.later = 0
	s.loggedOut = false
	s.wake(own)
	if x.phone == nil && s.copied {
		s.lastCopy = own // the host may hand out again what it had not sent when it died
	}
	if later != 0 && speaks {
		s.owe(later, Q5, own)
		return
	}
	if !speaks || x.vague || x.phone == nil {
		return
	}
	b, now, by := s.bounds(w), x.phone.Clock()+x.phone.off+int64(s.bounds(w).Slack), own
	if s.copied {
		now += resumeSpacing
		by = max(own, s.lastCopy+resumeSpacing+int64(b.Slack))
	}
	waits := false
	switch s.waits {
	case engine.Invite:
		waits = now < x.opened+int64(b.Times.NoResponse)
		if s.passive {
			waits = now < c.inviteUntil(w)
		}
	case engine.Received:
		waits = now < x.ringEnd()
	case engine.Accept:
		waits = now < x.until-acceptQuiet
	case engine.Cancel:
		waits = now < x.ended+int64(b.Linger)
	case engine.Refuse:
		waits = now < x.ended+int64(b.LingerRefuse)
	}
	if waits { // with the timers, if it was due before
		s.due, s.dueOwn, s.dueBy = true, by, Q5
	}
}

// inviteUntil is when the caller sends no INVITE any more to a phone that rings.
func (c *Call) inviteUntil(w *Watch) int64 {
	s := &c.quality.caller
	from := s.exact.heard
	if s.bounds(w).CountFromSend {
		from = s.exact.opened
	}
	return from + int64(s.bounds(w).Times.Expiry)
}

// mayAnswer notes what a message may draw.
func (c *Call) mayAnswer(w *Watch, byCaller bool, m *engine.Message, verdict engine.Verdict, at, own int64) {
	x := &c.sideOf(byCaller).exact
	if x.phone == nil {
		return
	}
	x.asks, x.about = 0, m.Kind
	x.refuse = m.Kind == engine.Refuse && m.Device != 0 && (verdict == engine.Moved || c.CallerEnd == CallerRefused)
	x.told = x.told || byCaller && m.Kind == engine.Closed && verdict == engine.Moved
	switch {
	case !byCaller:
		x.asks = c.calleeMayAnswer(w, m, verdict, at, own)
	case m.Kind == engine.Refuse:
		x.asks = anAck
	case m.Kind == engine.Accept && (verdict == engine.Moved || c.CallerEnd == CallerAccepted && verdict != engine.Unknown):
		x.asks = aConfirm
	case m.Kind == engine.Received && (verdict == engine.Moved || verdict == engine.Copy):
	case m.Kind == engine.Received && c.CallerEnd == CallerAccepted && verdict != engine.Unknown:
		x.asks = aConfirm
	case m.Kind == engine.Accept, m.Kind == engine.Received:
		x.asks = aClosed
	}
	if c.sideOf(byCaller).loggedOut {
		x.asks = 0
	}
}

func (c *Call) calleeMayAnswer(w *Watch, m *engine.Message, verdict engine.Verdict, at, own int64) kinds {
	s := &c.callee
	switch {
	case m.Kind == engine.Cancel && verdict != engine.Limit:
		return anAck
	case m.Kind != engine.Invite:
		return 0
	case verdict == engine.Moved || verdict == engine.MissedCall && !c.cancelFirst:
		c.judged(w, m, verdict, at)
	case verdict == engine.Copy && s.waits == engine.Accept:
		return setOf(engine.Accept)
	case verdict == engine.Copy:
		return aReceipt
	case verdict == engine.Invalid:
		return aClosed
	}
	return c.answerToInvite(w, verdict, own)
}

// judged checks that the first INVITE rings if somebody still waits, and else does not.
func (c *Call) judged(w *Watch, m *engine.Message, verdict engine.Verdict, at int64) {
	s := &c.callee
	b, x := s.bounds(w), &s.exact
	old := m.Age + max(m.Held, 0)
	lasts := b.ring(m)
	x.order, x.opened, x.lasts = x.phone.next(), x.phone.Clock(), int64(lasts)
	x.repeats, x.next = engine.Received, never
	if b.Times.Refresh > 0 {
		x.next = x.opened + int64(b.Times.Refresh)
	}
	if stale := old >= m.Wait || lasts <= 0; stale == (verdict == engine.Moved) {
		c.violated(w, Q9, at, "an INVITE that is %v old, of %v, was %v", old, m.Wait, verdict)
	}
}

// says are the words that a side may use for its end.
var says = [NumCallerEnds]engine.Word{
	CallerCanceled: engine.WordCanceled, CallerNoResponse: engine.WordNoResponse, CallerOffline: engine.WordNoResponse,
	CallerExpired: engine.WordExpired, CallerRefused: engine.WordRefused,
}

// permits checks that something calls for a message, now.
func (c *Call) permits(w *Watch, byCaller bool, m *engine.Message, reply bool, at int64) {
	s := c.sideOf(byCaller)
	x := &s.exact
	if x.phone == nil {
		return
	}
	now := x.phone.Clock()
	if m.Kind == engine.Invite {
		c.checkInvite(w, m, now, at)
	}
	switch {
	case reply:
		if !x.asks.has(m.Kind) || (m.Kind == engine.Ack || m.Kind == engine.Closed) && m.For != x.about && !(x.about == engine.Invite && m.For == engine.Cancel) {
			c.violated(w, Q8, at, "%v answers nothing that asks for it", m.Kind)
		}
		x.asks = 0
		c.inTime(w, s, m.Kind, now, at)
		if byCaller && m.Kind == engine.Closed && c.CallerEnd != CallerOpen && m.Word != says[c.CallerEnd] && m.Word != engine.WordUnknown {
			c.violated(w, Q8, at, "CLOSED says %v of a caller that is %v", m.Word, c.CallerEnd)
		}
		if m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused != x.refuse {
			c.violated(w, Q8, at, "ACK says refused: %v, and the refusal is the outcome: %v", m.Refused, x.refuse)
		}
		if m.Kind == engine.Accept || m.Kind == engine.Refuse || m.Kind == engine.Received {
			x.last = now
		}
	case m.Kind == engine.Closed && !byCaller && m.Word == engine.WordFailed && !c.failedSent && c.CalleeEnd == CalleeOpen:
	case !resyncOnes.has(m.Kind):
		c.violated(w, Q8, at, "%v is sent, and nothing asks for it", m.Kind)
	default:
		c.copies(w, s, m.Kind, now, at)
	}
}

// copies checks the pause before a copy that nothing asks for.
func (c *Call) copies(w *Watch, s *side, k engine.Kind, now, at int64) {
	b, x := s.bounds(w), &s.exact
	first, limit := int64(b.Times.RetransmitFirst), int64(b.Times.RetransmitCap)
	if k == engine.Accept {
		first, limit = int64(b.Times.AcceptFirst), int64(b.Times.AcceptCap)
	}
	off := x.phone.off + int64(b.Slack)
	if x.vague {
		return
	}
	c.inTime(w, s, k, now, at)
	late := x.wakes && x.woken == now // the timers of an input come before what it wakes
	passive := k == engine.Invite && c.quality.rings && now > x.heard
	switch {
	case !passive && (x.repeats != k || now+off >= x.next):
		if x.repeats != k {
			x.repeats, x.pause = k, 0
		}
		x.pause = max(first, min(2*x.pause, limit))
		x.wakes = x.wakes && now < x.wakesAt
	case x.wakes && now+off >= x.wakesAt:
		x.pause, x.wakes, late = first, false, late && x.twice
	default:
		c.violated(w, Q8, at, "%v is repeated %v too early", k, time.Duration(x.next-now))
	}
	x.last, x.next = now, now+x.pause
	if k == engine.Received {
		x.next = c.nextRefresh(b, x, now-off)
	}
	if late {
		x.pause, x.wakes, x.wakesAt = 0, true, now+resumeSpacing
	}
	if b.Repeat == 0 && k != engine.Accept && k != engine.Received {
		x.next = never
	}
}

// nextRefresh is when a phone that rings repeats its RECEIVED next.
func (c *Call) nextRefresh(b *Bounds, x *exact, now int64) int64 {
	refresh := int64(b.Times.Refresh)
	if refresh == 0 {
		return never
	}
	return x.opened + (now-x.opened+refresh)/refresh*refresh
}

const never = int64(1) << 62

// inTime checks that the time for a message is not over.
func (c *Call) inTime(w *Watch, s *side, k engine.Kind, now, at int64) {
	b, x := s.bounds(w), &s.exact
	now -= x.phone.off + int64(b.Slack)
	switch {
	case x.vague:
	case k == engine.Accept && now > x.until-acceptQuiet:
		c.violated(w, Q8, at, "ACCEPT is sent %v before the end of its time", time.Duration(x.until-now))
	case k == engine.Invite && c.quality.rings && now >= c.inviteUntil(w):
		c.violated(w, Q8, at, "INVITE is sent %v after the time to ring", time.Duration(now-c.inviteUntil(w)))
	case k == engine.Cancel && s.ended && now > x.ended+int64(b.Linger), k == engine.Refuse && s.ended && now > x.ended+int64(b.LingerRefuse):
		c.violated(w, Q8, at, "%v is sent %v after the end", k, time.Duration(now-x.ended))
	}
}

// checkInvite checks the times that an INVITE tells.
func (c *Call) checkInvite(w *Watch, m *engine.Message, now, at int64) {
	b, x := c.quality.caller.bounds(w), &c.quality.caller.exact
	off := time.Duration(x.phone.off) + b.Slack
	wait, expiry, span := b.Times.NoResponse, b.Times.Expiry, time.Duration(0)
	if c.quality.rings && (now > x.heard || m.Wait != wait) { // not one that was due before the RECEIVED of this moment
		wait, span = time.Duration(c.inviteUntil(w)-x.opened)+b.Times.Grace, off
		if !b.CountFromSend {
			expiry = time.Duration(c.inviteUntil(w) - now)
		}
	}
	differs := func(a, b, by time.Duration) bool { return max(a-b, b-a) > by }
	if differs(m.Age, time.Duration(now-x.opened), off) || differs(m.Wait, wait, span) || differs(m.Expiry, expiry, span) {
		c.violated(w, Q9, at, "INVITE is %v old, and says age %v, wait %v, expiry %v", time.Duration(now-x.opened), m.Age, m.Wait, m.Expiry)
	}
}

// onTime checks that a timer was met at its time, or as soon as the phone woke.
func (c *Call) onTime(w *Watch, s *side, what any, deadline, now, at int64) {
	off := s.exact.phone.off + int64(s.bounds(w).Slack)
	if s.exact.vague {
		return
	}
	if now+off < deadline || now-off > max(deadline, s.exact.phone.woke) {
		c.violated(w, Q9, at, "%v came %v after its time", what, time.Duration(now-deadline))
	}
}

// code checks that PEER_OFFLINE is the code of a peer that was reported offline, and
// of no other.
func (c *Call) code(w *Watch, x *exact, other *Phone, offline bool, now, at int64) {
	heard := x.phone.of(other)
	if x.vague || heard.offline != reachable && heard.order <= x.order || heard.at == now && len(x.phone.others) > 0 || heard.offline == perhaps {
		return
	}
	if offline != (heard.offline == unreachable) {
		c.violated(w, Q9, at, "PEER_OFFLINE: %v; the last report said so: %v", offline, heard.offline == unreachable)
	}
}

// callerTimed and calleeTimed check ends that a timer brings.
func (c *Call) callerTimed(w *Watch, at int64) {
	q, s := &c.quality, &c.quality.caller
	x, b := &s.exact, s.bounds(w)
	if x.phone == nil {
		return
	}
	now := x.phone.Clock()
	x.ended = now
	switch end := c.CallerEnd; {
	case !q.invited || x.told:
	case end == CallerOffline && b.FailAtOnce && x.lost == now:
	case end == CallerNoResponse || end == CallerOffline:
		c.onTime(w, s, end, x.opened+int64(b.Times.NoResponse), now, at)
		c.code(w, x, c.callee.exact.phone, end == CallerOffline, now, at)
	case end == CallerExpired && b.CountFromSend:
		c.onTime(w, s, end, max(x.opened+int64(b.Times.Expiry+b.Times.Grace), x.heard), now, at)
	case end == CallerExpired:
		c.onTime(w, s, end, x.heard+int64(b.Times.Expiry+b.Times.Grace), now, at)
	}
}

func (c *Call) calleeTimed(w *Watch, at int64) {
	s := &c.callee
	x := &s.exact
	if x.phone == nil {
		return
	}
	now := x.phone.Clock()
	x.ended = now
	switch end := c.CalleeEnd; {
	case c.endedByMessage:
	case end == CalleeExpired:
		c.onTime(w, s, end, x.ringEnd(), now, at)
	case end == CalleeAcceptFailure || end == CalleeOffline:
		c.onTime(w, s, end, x.until, now, at)
		c.code(w, x, c.quality.caller.exact.phone, end == CalleeOffline, now, at)
	}
}
