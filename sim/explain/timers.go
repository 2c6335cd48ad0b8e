// Timers and memory: the copies that would have stopped a timer, and the memory that a
// phone no longer had.

package explain

import (
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/states"
)

// timer is a final timer: the trigger of its end, and the messages that would have
// stopped it.
type timer struct {
	name     string
	arms     states.Effect
	there    []engine.Kind // of its owner, that ask for an answer
	back     []engine.Kind // of the peer, that would have stopped it
	none     string        // says that no such answer was under way; %s is the peer
	presence bool          // the peer's last known presence decides, too
}

var (
	noResponse = timer{"no-response timer", states.ArmNoResponse, []engine.Kind{engine.Invite},
		[]engine.Kind{engine.Received, engine.Accept, engine.Refuse, engine.Closed}, "no answer of %s was under way", false}
	callerExpiry = timer{"expiry timer", states.ArmExpiry, nil,
		[]engine.Kind{engine.Accept, engine.Refuse, engine.Closed}, "no answer of %s was under way", false}
	calleeExpiry = timer{"expiry timer", states.ArmExpiry, nil,
		[]engine.Kind{engine.Cancel, engine.Closed}, "no CANCEL of %s was under way", false}
	acceptTime = timer{"accept timer", states.ArmAccept, []engine.Kind{engine.Accept},
		[]engine.Kind{engine.Confirm, engine.Closed}, "no CONFIRM of %s was under way", false}
)

// timerOf is the final timer whose end a step is, nil if it is none's.
func timerOf(s *engine.Step) *timer {
	var t timer
	offline := false
	if s.Local {
		switch states.LocalTrigger(s.Trigger) {
		case states.LocalNoResponse:
			t = noResponse
		case states.LocalNoResponseOffline:
			t, offline = noResponse, true
		case states.LocalExpiry:
			t = callerExpiry
		default:
			return nil
		}
	} else {
		switch states.RemoteTrigger(s.Trigger) {
		case states.RemoteExpiry:
			t = calleeExpiry
		case states.RemoteAcceptTimeout:
			t = acceptTime
		case states.RemoteAcceptTimeoutOffline:
			t, offline = acceptTime, true
		default:
			return nil
		}
	}
	t.presence = offline
	return &t
}

// armed is the step that armed the timer whose end a step is.
func (h *History) armed(e *event.Entry) *event.Entry {
	arms := timerOf(&e.Step).arms
	if e.Step.Local && arms == states.ArmExpiry && h.outcome.Options.Engine.CountFromSend {
		arms = states.ArmNoResponse // it counts from the send
	}
	armed := h.stepWith(e, arms)
	if arms != states.ArmAccept {
		return armed
	}
	// Logged out, the time that has begun goes on to the end of the ring, if that is later.
	if on := h.stepWith(e, states.ArmRing); on != nil && (armed == nil || on.Seq > armed.Seq) {
		if end := h.ringEnd(e); armed == nil || end.After(armed.Step.At.Add(h.times().Accept)) {
			return on
		}
	}
	return armed
}

// stepWith is the last step of a record before one of its steps that has some of the effects.
func (h *History) stepWith(e *event.Entry, effects states.Effect) *event.Entry {
	return h.lastStep(recordOf(e), e.Seq, func(s *engine.Step) bool { return s.Effects&effects != 0 })
}

// ringEnd is when the ring of a callee's record ends by itself, on its engine's clock.
func (h *History) ringEnd(e *event.Entry) time.Time {
	rang := h.stepWith(e, states.ArmExpiry)
	if rang == nil {
		return e.Step.At
	}
	return rang.Step.At.Add(h.rings(rang))
}

// rings is how long the INVITE that a step took in may ring.
func (h *History) rings(rang *event.Entry) time.Duration {
	lasts := h.times().ExpiryCap
	if invite := h.at(rang.Cause); invite != nil && invite.Kind == event.CopyArrived {
		lasts = min(lasts, invite.Message.Expiry)
		if h.outcome.Options.Engine.CountFromSend {
			lasts -= invite.Message.Age + invite.Message.Held
		}
	}
	return lasts
}

// wouldHaveStopped are the copies that had not come when a timer ran out: those of
// its owner's question, and those of the answer.
func (h *History) wouldHaveStopped(e *event.Entry, t *timer) []*packet {
	return h.missing(e.Call, e.Seq, func(sent *event.Entry) bool {
		if sent.Message.Kind == engine.Closed && e.Step.Local == (sent.Message.For != engine.Invite) {
			return false
		}
		return sent.Node == e.Node && slices.Contains(t.there, sent.Message.Kind) ||
			sent.Peer == e.Node && slices.Contains(t.back, sent.Message.Kind)
	})
}

// delays are why a timer fired at another moment than it seems it should: the phone
// had stood still, or its clock was set.
func (h *History) delays(e *event.Entry) []*event.Entry {
	armed := h.armed(e)
	if armed == nil {
		return nil
	}
	all := h.between(e.Node, armed.Seq, e.Seq, event.ClockJumps)
	if thaw := h.phone(e.Node, e.Seq, event.PhoneThaws); thaw != nil && thaw.At == e.At {
		all = append(all, h.phone(e.Node, thaw.Seq, event.PhoneFreezes), thaw)
	}
	if back := h.phone(e.Node, e.Seq, event.PhoneRestarts); back != nil && back.At == e.At {
		all = append(all, h.phone(e.Node, back.Seq, event.PhoneCrashes), back)
	}
	return all
}

// silent is when the owner of a timer noticed that it was offline, and so sent no
// more copies of what asks for an answer; nil if it did not.
func (h *History) silent(e *event.Entry, t *timer) *event.Entry {
	notice := h.phone(e.Node, e.Seq, event.PhoneNotices, event.PhoneToggles)
	if len(t.there) == 0 || notice == nil || notice.Kind != event.PhoneNotices || notice.Online {
		return nil
	}
	return notice
}

// presence is the last report to the phone about its peer.
func (h *History) presence(e *event.Entry) *event.Entry {
	for i := e.Seq - 2; i >= 0; i-- {
		if told := &h.entries[i]; told.Kind == event.PresenceTold && event.UserOf(told.Node) == e.Step.Peer {
			return told
		}
	}
	return nil
}

// loss is a record that a phone no longer had as it was.
type loss struct {
	last           *event.Entry // its last step before
	crash, restart *event.Entry // nil if the process went on
	timely         bool         // the tombstone had ended
}

// forgotten tells why a step met an older state than the last one of its record,
// nil if it did not.
func (h *History) forgotten(e *event.Entry) *loss {
	last := h.lastStep(recordOf(e), e.Seq, func(s *engine.Step) bool { return e.Step.From > 0 || s.To > 0 })
	if last == nil || last.Step.To == e.Step.From {
		return nil
	}
	gone := &loss{last: last}
	if gone.restart = h.phone(e.Node, e.Seq, event.PhoneRestarts); gone.restart != nil && gone.restart.Seq > last.Seq {
		gone.crash = h.phone(e.Node, gone.restart.Seq, event.PhoneCrashes)
		return gone
	}
	gone.restart = nil
	if ended := h.ended(e); ended != nil {
		gone.last, gone.timely = ended, ago(ended, e) >= h.times().Tombstone
	}
	return gone
}

// entered is the step that brought a record into the state in which another left it.
func (h *History) entered(e *event.Entry) *event.Entry {
	if e.Step.Kind != states.Move {
		if made := h.madeBy(e); made != nil {
			return made
		}
	}
	return e
}

// ended is the step that ended a record last, before another step.
func (h *History) ended(e *event.Entry) *event.Entry {
	return h.lastStep(recordOf(e), e.Seq, func(s *engine.Step) bool { return s.Kind == states.Move && s.To >= states.FirstTerminal })
}
