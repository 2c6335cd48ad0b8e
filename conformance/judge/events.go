// Events: what an app is told of a call, and what is broken by that alone.

package judge

import (
	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/sim/property"
)

// shows is an event that an end tells its app.
func (e *end) shows(j *Judge, in *input, out *effect) {
	ev := out.event
	if ev.From != "" {
		if c := j.call(callKey{e.story, ev.From, e.user, idOf(ev.ID)}); c != nil {
			c.half(e).calleeEvent(in.line, out)
		}
		return
	}
	if c := j.sent[callKey{story: e.story, caller: e.user, id: idOf(ev.ID)}]; c != nil && c.callee != ev.To {
		c.local.broken("S11", in.line, "%s of a call to %s is told of one to %s", ev.Name, quote.ID(c.callee), quote.ID(ev.To))
		return
	}
	c := j.call(callKey{e.story, e.user, ev.To, idOf(ev.ID)})
	if c == nil {
		return // it never got an id, and is no call between two ends
	}
	if c.local == nil {
		c.local = &half{call: c, end: e}
	}
	if c.local.end == e {
		c.local.callerEvent(in.line, out)
	}
}

// again reports that an event may be one that was told before a crash.
func (h *half) again(starts int, same bool) bool {
	return same && h.end.starts > starts && h.end.empty == h.beganEmpty
}

func (h *half) callerEvent(line int, out *effect) {
	ev := out.event
	if ev.Name == invd.ReceivedByPeer {
		switch {
		case h.callerEnd != property.CallerOpen && !h.again(h.receivedStarts, h.received > 0):
			h.broken("S9", line, "%s after the caller's end %v", ev.Name, h.callerEnd)
		case h.received > 0 && !h.again(h.receivedStarts, true):
			h.broken("S9", line, "%s is told twice", ev.Name)
		}
		if h.received == 0 {
			h.received = h.end.step
		}
		h.receivedStarts = h.end.starts
		return
	}
	end, ok := property.CallerEndOf(ev.Name, ev.Failure)
	switch {
	case !ok:
		h.broken("S9", line, "%s %s is no end of a caller", ev.Name, ev.Failure)
		return
	case h.callerEnd != property.CallerOpen:
		if !h.again(h.endStarts, end == h.callerEnd) {
			h.broken("S9", line, "%s after the caller's end %v", ev.Name, h.callerEnd)
		}
		if end != h.callerEnd && (end == property.CallerAccepted || end == property.CallerCanceled) && (h.callerEnd == property.CallerAccepted || h.callerEnd == property.CallerCanceled) {
			h.broken("S2", line, "the caller shows %v after %v", end, h.callerEnd)
		}
		h.endStarts = h.end.starts
		return
	}
	h.callerEnd = end
	h.ends()
	if h.group != nil && end == property.CallerAccepted {
		h.group.accepted++
	}
	answered := end == property.CallerAccepted || end == property.CallerRefused
	if answered {
		h.device, _ = hexadecimal("device", ev.Device)
		h.response = out.text
	}
	switch {
	case !h.begun || h.end.damaged:
	case h.received == 0 && (answered || end == property.CallerExpired):
		h.broken("S9", line, "%v without %s", end, invd.ReceivedByPeer)
	case h.received > 0 && (end == property.CallerNoResponse || end == property.CallerOffline || end == property.CallerNotLoggedIn):
		h.broken("S9", line, "%v after %s", end, invd.ReceivedByPeer)
	case end == property.CallerCanceled && h.cancelTaken == 0 && h.group == nil && ev.Reason != "answered" && ev.Reason != "answered by another":
		h.broken("S8", line, "the caller is CANCELED, and nobody has canceled")
	}
	if h.cancelTaken > 0 && end != property.CallerCanceled {
		h.broken("S8", line, "the caller is %v after a cancel that was taken", end)
	}
}

func (h *half) calleeEvent(line int, out *effect) {
	ev := out.event
	if (ev.Name == invd.Missed || ev.Name == invd.Received) && !h.payload.known {
		h.payload = out.text
	}
	switch ev.Name {
	case invd.Missed:
		switch {
		case ev.Withdrawn:
		case h.rang > 0:
			h.broken("S9", line, "it is told as missed, and it rang")
		case h.missed > 0 && !h.again(h.rangStarts, true):
			h.broken("S9", line, "it is told as missed twice")
		}
		h.missed, h.rangStarts = h.end.step, h.end.starts
		return
	case invd.Received:
		h.rings(line)
		return
	}
	end, ok := property.CalleeEndOf(ev.Name, ev.Failure)
	switch {
	case !ok:
		h.broken("S9", line, "%s %s is no end of a callee", ev.Name, ev.Failure)
		return
	case h.calleeEnd != property.CalleeOpen:
		if !h.again(h.endStarts, end == h.calleeEnd) {
			h.broken("S9", line, "%s after the callee's end %v", ev.Name, h.calleeEnd)
		}
		if end != h.calleeEnd && (end == property.CalleeAccepted || end == property.CalleeCanceled) && (h.calleeEnd == property.CalleeAccepted || h.calleeEnd == property.CalleeCanceled) {
			h.broken("S2", line, "the callee shows %v after %v", end, h.calleeEnd)
		}
		h.endStarts = h.end.starts
		return
	case h.rang == 0 && h.begun && !h.end.damaged:
		h.broken("S9", line, "%s, and it never rang", ev.Name)
	}
	h.calleeEnd = end
	h.ends()
	if end == property.CalleeCanceled {
		h.processed("that it was canceled")
	}
}

func (h *half) rings(line int) {
	h.forgets()
	switch {
	case h.again(h.rangStarts, h.rang > 0) && h.invited < h.end.step: // no INVITE has caused it
	case h.rang > 0:
		h.broken("S6", line, "it rings a second time")
	case h.cancelSeen > 0:
		h.broken("S7", line, "it rings after the phone has processed %s", h.seen)
	case h.calleeEnd != property.CalleeOpen:
		h.broken("S9", line, "it rings after the callee's end %v", h.calleeEnd)
	case h.missed > 0:
		h.broken("S9", line, "it rings after it was told as missed")
	}
	if h.rang == 0 && h.begun {
		h.times()
	}
	h.rang, h.rangStarts = h.end.step, h.end.starts
}
