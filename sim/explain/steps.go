// Steps in words: the input, the state that it met, the effects, and the rule.

package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/states"
)

// input is the entry that a step answers, nil for a timer's.
func (t *teller) input(e *event.Entry) *event.Entry {
	if e.Kind != event.Stepped || timerOf(&e.Step) != nil {
		return nil
	}
	return t.at(e.Cause)
}

// step tells a step: the input, the state that it met, the effects, and the effects that
// the rule wants.
func (t *teller) step(e *event.Entry) string {
	text := t.came(e) + ": " + list(t.did(e))
	if timer := timerOf(&e.Step); timer != nil {
		text += t.notStopped(e, timer)
	}
	for _, broken := range []string{deviation(&e.Step), t.misled(e)} {
		if broken != "" {
			t.now.Deviates = true
			text += ". Here a rule is broken: " + broken
		}
	}
	return text
}

// list joins clauses.
func list(clauses []string) string {
	last := len(clauses) - 1
	if last == 0 {
		return clauses[0]
	}
	return strings.Join(clauses[:last], ", ") + ", and " + clauses[last]
}

// came is the input of a step and the state it met.
func (t *teller) came(e *event.Entry) string {
	at := t.moment(e)
	if timer := timerOf(&e.Step); timer != nil {
		return t.ranOut(e, timer, at)
	}
	input := t.input(e)
	if input != nil {
		t.from(input)
		switch input.Kind {
		case event.Pressed:
			return t.press(e, input, at)
		case event.CopyArrived:
			return fmt.Sprintf("At %s %s reached %s, %s", at, t.arrived(input), t.name(e.Node), t.met(e))
		case event.StrangerSends:
			return fmt.Sprintf("At %s %s from %s, a third party, reached %s, %s", at, copyName(input), input.Peer, t.name(e.Node), t.met(e))
		case event.PresenceTold:
			return fmt.Sprintf("At %s %s was told that %s is %s; %s", at, t.name(e.Node), t.name(e.Step.Peer), onlineOr(input.Online), t.was(e))
		case event.PhoneToggles:
			return fmt.Sprintf("At %s %s came online; %s", at, t.name(e.Node), t.was(e))
		case event.PhoneNotices:
			if input.Online {
				return fmt.Sprintf("At %s %s logged in; %s", at, t.name(e.Node), t.was(e))
			}
			return fmt.Sprintf("At %s %s noticed that it was offline; %s", at, t.name(e.Node), t.was(e))
		case event.PhoneRestarts:
			return fmt.Sprintf("At %s the process of %s started again; %s", at, t.name(e.Node), t.was(e))
		}
	}
	return fmt.Sprintf("At %s it was %s at %s; %s", at, e.Step.TriggerName(), t.name(e.Node), t.was(e))
}

func onlineOr(online bool) string {
	if online {
		return "online"
	}
	return "offline"
}

func (t *teller) press(e, input *event.Entry, at string) string {
	if input.Op == "send" && e.Step.From == uint8(states.LocalIdle) {
		return fmt.Sprintf("At %s %s called %s", at, t.name(e.Node), t.name(e.Step.Peer))
	}
	return fmt.Sprintf("At %s %s pressed %s(); %s", at, t.name(e.Node), input.Op, t.was(e))
}

// was is the state of an invitation before a step, as a sentence of its own; met
// is the same, as a clause.
func (t *teller) was(e *event.Entry) string {
	return "its invitation was " + e.Step.FromName() + t.older(e)
}

func (t *teller) met(e *event.Entry) string {
	if e.Step.From != 0 {
		return "whose invitation was " + e.Step.FromName() + t.older(e)
	}
	if gone := t.forgotten(e); gone != nil {
		return "which no longer knew the invitation" + t.older(e)
	}
	return "which did not know the invitation"
}

// older says why a phone remembered an older state than it had been in.
func (t *teller) older(e *event.Entry) string {
	gone := t.forgotten(e)
	if gone == nil {
		return ""
	}
	was := fmt.Sprintf(" (it had been %s since %s", gone.last.Step.ToName(), t.moment(t.entered(gone.last)))
	switch {
	case gone.restart != nil:
		return was + fmt.Sprintf(", and the process had started again at %s)", t.moment(gone.restart))
	case gone.timely:
		return was + fmt.Sprintf(", by its own clock no less than the tombstone's %v ago)", t.times().Tombstone)
	}
	return was + ")"
}

// arrived is a copy with the time of its sending, and the copies before it that did
// not come.
func (t *teller) arrived(e *event.Entry) string {
	p := &t.packets[t.packet[e.Seq-1]]
	text := fmt.Sprintf("%s, sent at %s,", copyName(e), t.moment(t.sent(p)))
	if freeze, thaw := t.stoodStill(e); freeze != nil {
		text = tidy(text) + fmt.Sprintf(" and held while the process of %s stood still, from %s to %s,", e.Node, t.moment(freeze), t.moment(thaw))
	}
	for _, seq := range p.told {
		if stored := t.at(seq); stored.Fate == event.Stored || stored.Fate == event.Pushed {
			text = tidy(text) + " and " + t.clause(stored, "") + ","
		}
	}
	if lost := t.lostBefore(e); len(lost) > 0 {
		text += fmt.Sprintf(" after %s,", strings.Join(t.fates(lost), ", "))
	}
	return text
}

// did is what a step did, clause by clause: the new state, what was sent, and what
// its app was told where that is a fact.
func (t *teller) did(e *event.Entry) []string {
	var did []string
	switch {
	case e.Step.Kind == states.Move && !e.Step.Local && e.Step.From == uint8(states.RemoteIdle):
		did = append(did, "the invitation became "+e.Step.ToName()+" there")
	case e.Step.Kind == states.Move && e.Step.From == uint8(states.LocalIdle):
		did = append(did, "its invitation became "+e.Step.ToName())
	case e.Step.Kind == states.Move:
		did = append(did, "it became "+e.Step.ToName())
	}
	var app []string
	for _, seq := range t.outputs[e.Seq] {
		out := t.at(seq)
		switch {
		case out.Kind == event.CopySent && out.Message.Kind != engine.Ack:
			t.from(out)
			did = append(did, copyName(out)+" was sent"+t.toDevice(out)+t.became(out))
		case out.Kind == event.EventRaised && out.Event.Kind == engine.RemoteInvitationReceived:
			t.from(out)
			app = append(app, "the phone rang")
		case out.Kind == event.EventRaised && out.Event.Kind == engine.RemoteInvitationMissed:
			t.from(out)
			app = append(app, "it did not ring, and its app was told "+t.event(out))
		case out.Kind == event.EventRaised && slices.Contains(t.facts, out):
			t.from(out)
			app = append(app, "its app was told "+t.event(out))
		}
	}
	if did = append(did, app...); len(did) > 0 {
		return did
	}
	if input := t.input(e); input != nil && input.Kind == event.Pressed && input.Err != nil {
		return []string{"it was refused"}
	}
	return []string{"it stayed so"}
}

// toDevice names the phone that a copy is for, where its user has several.
func (t *teller) toDevice(sent *event.Entry) string {
	if t.outcome.Options.Devices == 1 {
		return ""
	}
	return " to " + t.name(sent.Peer)
}

// became is the fate of a copy, unless that is told later.
func (t *teller) became(sent *event.Entry) string {
	p := &t.packets[t.packet[sent.Seq-1]]
	if p.arrived == 0 {
		return ", which " + t.fateOf(p, false)
	}
	if a := t.at(p.arrived); !t.isKept[p.arrived] && a.Verdict != engine.LoggedOut {
		return fmt.Sprintf(" (it came at %s)", t.moment(a))
	}
	return ""
}

func (t *teller) crash(e *event.Entry) string {
	text := fmt.Sprintf("At %s the process of %s crashed", t.moment(e), t.name(e.Node))
	for i := e.Seq; i < len(t.entries); i++ {
		if back := &t.entries[i]; back.Kind == event.PhoneRestarts && back.Node == e.Node {
			memory := map[setup.Snapshots]string{setup.Fresh: "all that it knew", setup.Stale: "an older snapshot of what it knew", setup.Nothing: "nothing of what it knew"}
			return text + fmt.Sprintf("; it started again at %s with %s", t.moment(back), memory[t.outcome.Options.Snapshots])
		}
	}
	return text
}

func (t *teller) freeze(e *event.Entry) string {
	for i := e.Seq; i < len(t.entries); i++ {
		if thaw := &t.entries[i]; thaw.Kind == event.PhoneThaws && thaw.Node == e.Node {
			return fmt.Sprintf("From %s to %s the process of %s stood still", t.moment(e), t.moment(thaw), t.name(e.Node))
		}
	}
	return ""
}

// neverRang tells the fates of the INVITEs of a callee that never rang, where that
// is one of the two ends.
func (t *teller) neverRang(x *Explanation) {
	if !t.ends || t.first(engine.RemoteInvitationReceived) != nil {
		return
	}
	sent := t.lastStep(record{t.call, t.timeline.Caller, event.UserOf(t.timeline.Callee), true}, len(t.entries)+1, func(s *engine.Step) bool { return s.From == uint8(states.LocalIdle) })
	if sent == nil || len(x.Sentences) == 0 {
		return
	}
	t.now = &Sentence{At: x.Sentences[len(x.Sentences)-1].At}
	t.from(sent)
	text := t.name(event.UserOf(t.timeline.Callee)) + " never rang"
	if lost := t.missing(t.call, len(t.entries)+1, func(sent *event.Entry) bool { return sent.Message.Kind == engine.Invite }); !t.told(x, lost) {
		text += ": " + strings.Join(t.fates(lost), "; ")
	}
	t.say(x, text)
}

// told reports whether the fates of some packets stand in the story.
func (t *teller) told(x *Explanation, packets []*packet) bool {
	for _, p := range packets {
		if !slices.ContainsFunc(x.Sentences, func(s Sentence) bool { return slices.Contains(s.Entries, t.fate(p).Seq) }) {
			return false
		}
	}
	return true
}
