// Deviations: where an engine did not do what the rules say. The tables are the
// rules' own, whatever tables the engine walks.

package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/states"
)

// deviation tells how a step differs from the cell of the table, "" if it does not.
func deviation(s *engine.Step) string {
	kind, next, effects := ruled(s)
	if kind == s.Kind && next == s.To && effects == s.Effects {
		return ""
	}
	did := what(s, s.Kind, s.To, s.Effects)
	where := fmt.Sprintf("%s in %s", s.TriggerName(), s.FromName())
	if kind == states.Impossible {
		return fmt.Sprintf("the table says that %s cannot happen; this engine did: %s", where, did)
	}
	return fmt.Sprintf("on %s the table says: %s; this engine did: %s", where, what(s, kind, next, effects), did)
}

// ruled is the cell of the table for a step.
func ruled(s *engine.Step) (kind states.Kind, next uint8, effects states.Effect) {
	if s.Local {
		cell := states.Local().At(states.LocalState(s.From), states.LocalTrigger(s.Trigger))
		return cell.Kind, uint8(cell.Next), cell.Effects
	}
	cell := states.Remote().At(states.RemoteState(s.From), states.RemoteTrigger(s.Trigger))
	return cell.Kind, uint8(cell.Next), cell.Effects
}

// what tells a cell in words.
func what(s *engine.Step, kind states.Kind, next uint8, effects states.Effect) string {
	text := "stay " + s.FromName()
	if kind == states.Move {
		moved := *s
		moved.To = next
		text = "go to " + moved.ToName()
	}
	if effects == 0 {
		return text + ", and do nothing"
	}
	return text + ", with " + strings.ReplaceAll(effects.String(), "W = D", "the device noted")
}

// misled tells which rule outside the tables was broken before a step: the record
// was forgotten too early, or a third party was taken for the peer. "" if none was.
func (h *History) misled(e *event.Entry) string {
	if cause := h.at(e.Cause); cause != nil && (cause.Kind == event.StrangerSends || cause.Kind == event.CopyArrived) && timerOf(&e.Step) == nil && e.Step.Peer != event.UserOf(cause.Peer) && !decides(&e.Step) {
		return fmt.Sprintf("the rules say that under another sender an id is unknown; this engine took %s for %s", cause.Peer, e.Step.Peer)
	}
	if given := h.givenBefore(e); given != nil {
		return fmt.Sprintf("the rules say that no id is given twice; this engine had given %v to another call", e.Step.ID)
	}
	if confirm := h.confirmIgnored(e); confirm != nil {
		return "the rules say that a CONFIRM comes before the accept timer of its own invitation, however late that is; this engine let the timer run out first, when the CONFIRM had come"
	}
	if came, shown, ok := h.responses(e); ok && came != shown {
		return fmt.Sprintf("the rules say that the app is shown the response that came, %q; this engine showed %q", came, shown)
	}
	gone := h.forgotten(e)
	if gone == nil || gone.restart != nil || gone.timely {
		return ""
	}
	if ended := h.ended(e); ended != nil {
		return fmt.Sprintf("the rules say that an ended invitation is remembered for %v; this engine had forgotten it after %v",
			h.times().Tombstone, ago(ended, e).Round(time.Millisecond))
	}
	return "the rules say that an open invitation is remembered; this engine had forgotten it"
}

// decides reports whether a step is due to another invitation of a group.
func decides(s *engine.Step) bool {
	return s.Local && states.LocalTrigger(s.Trigger) == states.LocalGroupDecided
}

// confirmIgnored is the CONFIRM at whose arrival the accept timer of its own invitation
// ran out, nil if there is none.
func (h *History) confirmIgnored(e *event.Entry) *event.Entry {
	trigger := states.RemoteTrigger(e.Step.Trigger)
	if e.Kind != event.Stepped || e.Step.Local || trigger != states.RemoteAcceptTimeout && trigger != states.RemoteAcceptTimeoutOffline {
		return nil
	}
	if toggle := h.phone(e.Node, e.Seq, event.PhoneToggles); toggle != nil && !toggle.Online {
		return nil // logged out, the timer comes first
	}
	for seq := e.Seq - 1; seq > 0; seq-- {
		input := h.at(seq)
		if input == nil || input.At != e.At {
			return nil
		}
		if input.Kind == event.CopyArrived && input.Node == e.Node && input.Message.Kind == engine.Confirm && input.Message.ID == e.Step.ID {
			return input
		}
	}
	return nil
}

// responses are that of the message a step answers and that which its app was shown;
// false if it was shown none.
func (h *History) responses(e *event.Entry) (came, shown string, ok bool) {
	input := h.at(e.Cause)
	if input == nil || input.Kind != event.CopyArrived || !e.Step.Local || timerOf(&e.Step) != nil {
		return "", "", false
	}
	for _, seq := range h.outputs[e.Seq] {
		if out := h.at(seq); out.Kind == event.EventRaised && (out.Event.Kind == engine.LocalInvitationAccepted || out.Event.Kind == engine.LocalInvitationRefused) {
			return input.Message.Response, out.Event.Local.Response(), true
		}
	}
	return "", "", false
}

// givenBefore is an earlier send that got the same id, nil if there is none.
func (h *History) givenBefore(e *event.Entry) *event.Entry {
	isSend := func(e *event.Entry) bool {
		return e.Kind == event.Stepped && e.Step.Local && e.Step.Kind == states.Move && states.LocalTrigger(e.Step.Trigger) == states.LocalSend
	}
	if !isSend(e) {
		return nil
	}
	for i := range e.Seq - 1 {
		if before := &h.entries[i]; isSend(before) && before.Node == e.Node && before.Step.ID == e.Step.ID {
			return before
		}
	}
	return nil
}

// Deviates reports whether an entry is a step in which its engine broke the rules.
func (h *History) Deviates(seq int) bool {
	e := h.at(seq)
	return e != nil && e.Kind == event.Stepped && (deviation(&e.Step) != "" || h.misled(e) != "")
}

// lastDeviation is the last step before the violation in which an engine broke a rule
// in this call, or else in another that bears its id. 0 if there is none.
func (s *scene) lastDeviation() int {
	elsewhere := 0
	for i := len(s.entries) - 1; i >= 0; i-- {
		e := &s.entries[i]
		if e.At > s.until || e.Kind != event.Stepped || e.Call != s.call && (elsewhere > 0 || e.Step.ID != s.timeline.ID) || !s.Deviates(e.Seq) {
			continue
		}
		if e.Call == s.call {
			return e.Seq
		}
		elsewhere = e.Seq
	}
	return elsewhere
}
