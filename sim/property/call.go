// Call: the watcher of one invitation.

package property

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// Call watches one invitation. Fill in the first fields when it is sent; tell it
// everything after.
type Call struct {
	Number         int // in the run
	ID             engine.ID
	Caller, Callee string
	Content        string // as sent
	ChannelID      string
	SentAt         int64
	SentOwn        int64  // by the caller's own time
	Group          *Group // that it is in, nil for none

	CallerDevice uint64 // of the caller's engine; 0 for the only one of its user

	CallerEndAt int64
	CallerEnd   CallerEnd
	winner      uint64 // the DeviceID that has answered, if one has
	received    bool   // ReceivedByPeer was raised
	cancelOK    bool   // the app's cancel returned nil
	answered    bool   // it is CANCELED because another of its group is ACCEPTED

	Device // that is spoken of: the only one, or that of Turn
	others // of a user who has several

	quality quality
	reached GoalSet
	told    engine.OutputKind // the event that the watcher is told, if it is
	side    Side              // whose it is
}

// Group is what the calls of one group know of each other: S16.
type Group struct{ accepted bool }

// GroupAnswered reports whether a call is CANCELED because another of its group is ACCEPTED.
func (c *Call) GroupAnswered() bool { return c.answered }

func (c *Call) violated(w *Watch, id ID, at int64, format string, args ...any) {
	w.Report(Violation{
		Property: id, Call: c.Number, Invitation: c.ID, Caller: c.Caller, Callee: c.Callee,
		At: time.Duration(at), Event: c.told, Side: c.side, Detail: fmt.Sprintf(format, args...),
	})
}

// toldAll ends the telling of an event.
func (c *Call) toldAll() { c.told, c.side = 0, NoSide }

// Addressed is told to whom a side's engine sends a message of this invitation.
func (c *Call) Addressed(w *Watch, byCaller bool, to string, at int64) {
	from, peer := c.Callee, c.Caller
	if byCaller {
		from, peer = peer, from
	}
	if to != peer {
		c.violated(w, S11, at, "%s sends to %s", from, to)
	}
}

// CancelReturnedOK is told when the app's cancel succeeded.
func (c *Call) CancelReturnedOK(w *Watch, at int64) {
	c.cancelOK = true
	if c.CallerEnd == CallerAccepted {
		c.violated(w, S8, at, "cancel succeeded on an accepted invitation")
	}
}

// CancelProcessed is told when the callee's engine has taken a CANCEL in: it
// answered with ACK, or the invitation moved.
func (c *Call) CancelProcessed() { c.cancelSeen = true }

// CallerTold is told every event that the caller's app is told of it, and when: at is the
// world's time, own the caller's.
func (c *Call) CallerTold(w *Watch, t *Told, at, own int64) {
	c.callerSpeaks(w, at, own)
	c.told, c.side = t.Kind, CallerSide
	defer c.toldAll()
	if t.ID != c.ID && t.ID != (engine.ID{}) || t.Peer != c.Callee {
		c.violated(w, S11, at, "%v for %v to %s", t.Kind, t.ID, t.Peer)
	}
	if t.Content != c.Content || t.ChannelID != c.ChannelID {
		c.violated(w, S10, at, "the caller's content or channel id changed")
	}
	if c.CallerEnd != CallerOpen {
		c.violated(w, S9, at, "%v after the caller's end %v", t.Kind, c.CallerEnd)
		if c.CallerEnd == CallerAccepted && t.Kind == engine.LocalInvitationCanceled ||
			c.CallerEnd == CallerCanceled && t.Kind == engine.LocalInvitationAccepted {
			c.violated(w, S2, at, "the caller shows %v after %v", t.Kind, c.CallerEnd)
		}
		return
	}
	if t.Kind == engine.LocalInvitationReceivedByPeer {
		if c.received {
			c.violated(w, S9, at, "ReceivedByPeer raised twice")
		}
		if !c.has(func(d *Device) bool { return d.Rang }) {
			c.violated(w, S11, at, "ReceivedByPeer, and never rang")
		}
		c.received = true
		c.inviteArrived(w, own)
		return
	}
	c.CallerEnd, c.CallerEndAt, c.winner = t.CallerEnd, at, t.Device
	c.answered = c.Group != nil && t.Reason == engine.ReasonAnswered
	c.callerEnded(w, at, own)
	if t.mixed != "" {
		c.violated(w, S9, at, "%s", t.mixed)
	}
	bounds := c.quality.caller.bounds(w)
	if late := time.Duration(own - c.SentOwn - int64(bounds.Caller+bounds.Slack)); late > 0 {
		c.violated(w, S14, at, "the caller ended %v after its bound", late)
	}
	switch c.CallerEnd {
	case CallerAccepted:
		if g := c.Group; g != nil {
			if g.accepted {
				c.violated(w, S16, at, "another of its group is ACCEPTED")
			}
			g.accepted = true
		}
		if c.cancelOK {
			c.violated(w, S8, at, "accepted after a cancel that succeeded")
		}
	case CallerCanceled:
		if c.has(func(d *Device) bool { return d.CalleeEnd == CalleeAccepted }) {
			c.violated(w, S5, at, "the callee is ACCEPTED")
		}
		if c.answered && !c.Group.accepted {
			c.violated(w, S8, at, "canceled because another of its group was accepted, and none is")
		}
	}
	if c.CallerEnd == CallerAccepted || c.CallerEnd == CallerRefused {
		c.wasAnswered(w, c.answerer(c.winner), t, at)
	}
	switch c.CallerEnd {
	case CallerAccepted, CallerRefused, CallerExpired:
		if !c.received {
			c.violated(w, S9, at, "%v without ReceivedByPeer", c.CallerEnd)
		}
	case CallerNoResponse, CallerOffline, CallerNotLoggedIn:
		if c.received {
			c.violated(w, S9, at, "%v after ReceivedByPeer", c.CallerEnd)
		}
	}
}

// wasAnswered compares a caller that shows an answer with the device that has given it.
func (c *Call) wasAnswered(w *Watch, by *Device, t *Told, at int64) {
	switch {
	case by == nil:
		c.violated(w, S1, at, "device %d has answered, and the callee has none such", c.winner)
		return
	case c.CallerEnd == CallerAccepted && (by.CalleeEnd == CalleeRefused || by.CalleeEnd == CalleeCanceled || by.CalleeEnd == CalleeExpired):
		c.violated(w, S4, at, "the callee is %v", by.CalleeEnd)
	case c.CallerEnd == CallerRefused && by.CalleeEnd != CalleeRefused:
		c.violated(w, S3, at, "the callee is %v", by.CalleeEnd)
	}
	if t.Response != by.Response && !(c.quality.refusedByClosed && t.Response == "") {
		c.violated(w, S10, at, "response %q, the callee set %q", t.Response, by.Response)
	}
	if !by.Rang {
		c.violated(w, S11, at, "answered, and never rang")
	}
}

// CalleeTold is told every event that the callee's app is told of it, and when: at is the
// world's time, own the callee's.
func (c *Call) CalleeTold(w *Watch, t *Told, at, own int64) {
	c.calleeSpeaks(w, at, own)
	c.told, c.side = t.Kind, CalleeSide
	defer c.toldAll()
	if t.ID != c.ID || t.Peer != c.Caller {
		c.violated(w, S11, at, "%v for %v from %s", t.Kind, t.ID, t.Peer)
	}
	if t.Content != c.Content || t.ChannelID != c.ChannelID {
		c.violated(w, S10, at, "content %q and channel %q shown, %q and %q sent", t.Content, t.ChannelID, c.Content, c.ChannelID)
	}
	if t.Kind == engine.RemoteInvitationReceived {
		if c.Rang {
			c.violated(w, S6, at, "a second ring")
		}
		if c.cancelSeen {
			c.violated(w, S7, at, "a ring after the CANCEL")
		}
		if c.CalleeEnd != CalleeOpen {
			c.violated(w, S9, at, "a ring after the callee's end %v", c.CalleeEnd)
		}
		if c.missed {
			c.violated(w, S9, at, "a ring after it was told as missed")
		}
		if !c.Rang {
			c.Rang, c.RangAt, c.RangOwn = true, at, own
			c.rings()
		}
		return
	}
	if c.CalleeEnd != CalleeOpen {
		c.violated(w, S9, at, "%v after the callee's end %v", t.Kind, c.CalleeEnd)
		if c.CalleeEnd == CalleeAccepted && t.Kind == engine.RemoteInvitationCanceled ||
			c.CalleeEnd == CalleeCanceled && t.Kind == engine.RemoteInvitationAccepted {
			c.violated(w, S2, at, "the callee shows %v after %v", t.Kind, c.CalleeEnd)
		}
		return
	}
	c.CalleeEnd, c.CalleeEndAt, c.reason = t.CalleeEnd, at, t.Reason
	c.calleeEnded(w, at, own)
	if !c.Rang {
		c.violated(w, S9, at, "%v without a ring", t.Kind)
	}
	if t.mixed != "" {
		c.violated(w, S9, at, "%s", t.mixed)
	}
	bounds := c.callee.bounds(w)
	if late := time.Duration(own - c.RangOwn - int64(bounds.Callee+bounds.Slack)); c.Rang && late > 0 {
		c.violated(w, S14, at, "the callee ended %v after its bound", late)
	}
	switch c.CalleeEnd {
	case CalleeAccepted:
		if c.CallerEnd != CallerAccepted {
			c.violated(w, S1, at, "the caller is %v", c.CallerEnd)
		}
		if c.CallerEnd == CallerCanceled {
			c.violated(w, S5, at, "the caller is CANCELED")
		}
		if c.CallerEnd == CallerAccepted && !c.Answered() {
			c.violated(w, S1, at, "the caller is ACCEPTED by another device")
		}
		if c.has(func(d *Device) bool { return d != &c.Device && d.CalleeEnd == CalleeAccepted }) {
			c.violated(w, S15, at, "another device is ACCEPTED")
		}
	case CalleeRefused, CalleeCanceled, CalleeExpired:
		if c.CallerEnd == CallerAccepted && c.Answered() {
			c.violated(w, S4, at, "the callee became %v", c.CalleeEnd)
		}
	}
}

// Missed is told every time that the callee's app is told that it has missed the call, or
// that it has not.
func (c *Call) Missed(w *Watch, m *engine.Missed, at, own int64) {
	c.calleeSpeaks(w, at, own)
	c.told, c.side = engine.RemoteInvitationMissed, CalleeSide
	defer c.toldAll()
	if m.ID != c.ID || m.CallerID != c.Caller {
		c.violated(w, S11, at, "missed: %v from %s", m.ID, m.CallerID)
	}
	if m.Withdrawn {
		c.withdraws(w, at)
		return
	}
	switch {
	case c.missed:
		c.violated(w, S9, at, "missed twice")
	case c.Rang:
		c.violated(w, S9, at, "missed, and it rang")
	}
	if m.Content != c.Content || m.ChannelID != c.ChannelID {
		c.violated(w, S10, at, "content %q and channel %q missed, %q and %q sent", m.Content, m.ChannelID, c.Content, c.ChannelID)
	}
	reason := engine.ReasonStale
	if c.cancelFirst {
		reason = c.canceledFor
	}
	switch {
	case m.Reason != reason:
		c.violated(w, Q9, at, "missed for the reason %v, not %v", m.Reason, reason)
	case !c.owesMissed && !c.callee.exact.vague:
		c.violated(w, Q9, at, "missed, and no INVITE has come too late")
	}
	c.missed, c.owesMissed = true, false
}

// withdraws is that a missed call was answered on another device.
func (c *Call) withdraws(w *Watch, at int64) {
	switch {
	case !c.missed:
		c.violated(w, S9, at, "a missed call is withdrawn that was not told")
	case c.withdrawn:
		c.violated(w, S9, at, "a missed call is withdrawn twice")
	}
	c.withdrawn = true
}

// End is told when the world is over and every engine has forgotten everything.
func (c *Call) End(w *Watch, at int64) {
	if c.CallerEnd == CallerOpen {
		c.side = CallerSide
		c.violated(w, S14, at, "the caller never ended")
	} else if c.cancelOK != (c.CallerEnd == CallerCanceled && !c.answered) {
		c.violated(w, S8, at, "the caller ended %v; a cancel that succeeded: %v", c.CallerEnd, c.cancelOK)
	}
	c.side = CalleeSide
	for d := range c.devices() {
		switch {
		case d.CalleeEnd != CalleeOpen:
		case d.Rang:
			c.violated(w, S14, at, "the callee never ended")
		default:
			d.CalleeEnd = CalleeNeverRang
		}
	}
	c.side = NoSide
	c.turnToUser()
	c.judgeEnds(w, at)
	c.qualityEnds(w, at)
}

// PressedAgain is told what a second API call on top of a first returned. Whatever
// became of the first, the second has nothing left to do.
func (c *Call) PressedAgain(w *Watch, op string, err error, at int64) {
	if err == nil {
		c.violated(w, S13, at, "a second %s was taken", op)
		return
	}
	c.reached.Add(SecondPressRefused)
}

// Misuse is told when an API call was refused with an error: before and after
// are the state around it, outputs is how many outputs it caused.
func (c *Call) Misuse(w *Watch, op string, before, after fmt.Stringer, outputs int, at int64) {
	if before.String() != after.String() || outputs != 0 {
		c.violated(w, S13, at, "%s was refused, went from %v to %v and caused %d outputs", op, before, after, outputs)
	}
}
