// Telling: from the events that mattered to sentences, one for each step, with its
// input before it and its outputs after it.

package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// teller tells one scene. It tells it twice: the first time it learns the moments,
// so that the second time no two of them look equal.
type teller struct {
	*scene
	facts   []*event.Entry
	kept    []event.Entry
	isKept  []bool
	zero    time.Duration // the call's send
	moments []time.Duration
	named   map[string]bool
	now     *Sentence
}

func newTeller(s *scene, facts []*event.Entry, kept []event.Entry) *teller {
	t := &teller{scene: s, facts: facts, kept: kept, isKept: make([]bool, len(s.entries)+1)}
	for i := range kept {
		t.isKept[kept[i].Seq] = true
	}
	for i := range s.entries {
		if e := &s.entries[i]; e.Call == s.call && e.Kind == event.Pressed && e.Op == "send" {
			t.zero = e.At
			break
		}
	}
	return t
}

// tell fills in the sentences of an explanation.
func (t *teller) tell(x *Explanation) {
	t.story(x)
	slices.Sort(t.moments)
	t.moments = slices.Compact(t.moments)
	t.story(x)
	used := make([]bool, len(t.entries)+1)
	for _, s := range x.Sentences {
		for _, seq := range s.Entries {
			used[seq] = true
		}
	}
	for seq, yes := range used {
		if yes {
			x.Entries = append(x.Entries, t.entries[seq-1])
		}
	}
}

func (t *teller) story(x *Explanation) {
	t.named = map[string]bool{}
	x.Facts, x.Sentences = nil, nil
	for _, e := range t.facts {
		t.now = &Sentence{}
		x.Facts = append(x.Facts, Fact{e.At - t.zero, e.Seq, tidy(t.fact(e))})
	}
	t.named = map[string]bool{}
	for i := range t.kept {
		t.sentence(x, &t.kept[i])
	}
	t.neverRang(x)
}

// sentence tells an entry, if it has a sentence of its own.
func (t *teller) sentence(x *Explanation, e *event.Entry) {
	t.now = &Sentence{At: e.At - t.zero, Fact: t.factOf(e)}
	var text string
	switch e.Kind {
	case event.Stepped:
		text = t.step(e)
	case event.PhoneCrashes:
		text = t.crash(e)
	case event.PhoneFreezes:
		text = t.freeze(e)
	case event.ClockJumps:
		way, by := "forward", e.Takes
		if by < 0 {
			way, by = "back", -by
		}
		text = fmt.Sprintf("At %s the clock of %s was set %s by %v", t.moment(e), t.name(e.Node), way, by.Round(time.Millisecond))
	}
	if text == "" {
		return
	}
	if e.Kind == event.Stepped && e.Call != t.call {
		text = fmt.Sprintf("In another call, %d: ", e.Call+t.timeline.Call-t.call) + text
	}
	t.say(x, text)
}

// say ends the sentence and adds it to the story.
func (t *teller) say(x *Explanation, text string) {
	t.now.Text = tidy(text) + "."
	slices.Sort(t.now.Entries)
	t.now.Entries = slices.Compact(t.now.Entries)
	x.Sentences = append(x.Sentences, *t.now)
}

// factOf is the number of the fact that an entry, or an output of it, is.
func (t *teller) factOf(e *event.Entry) int {
	for i, fact := range t.facts {
		if fact.Seq == e.Seq || fact.Kind == event.EventRaised && slices.Contains(t.outputs[e.Seq], fact.Seq) {
			return i + 1
		}
	}
	return 0
}

// from notes that the sentence uses an entry.
func (t *teller) from(entries ...*event.Entry) {
	for _, e := range entries {
		t.now.Entries = append(t.now.Entries, e.Seq)
	}
}

// moment is when an entry was, in seconds after the send, with three digits or with
// as many as tell it from every other moment of the story.
func (t *teller) moment(e *event.Entry) string {
	t.from(e)
	at := e.At - t.zero
	t.moments = append(t.moments, at)
	before := ""
	if at < 0 {
		before = " before the send"
	}
	for digits := 3; ; digits++ {
		text := fmt.Sprintf("%.*f s", digits, at.Abs().Seconds())
		if digits == 9 || !slices.ContainsFunc(t.moments, func(other time.Duration) bool {
			return other != at && (other < 0) == (at < 0) && fmt.Sprintf("%.*f s", digits, other.Abs().Seconds()) == text
		}) {
			return text + before
		}
	}
}

// name is a user, with the role at the first mention.
func (t *teller) name(user string) string {
	role := ""
	switch user {
	case t.timeline.Caller:
		role = ", the caller,"
	case t.timeline.Callee:
		role = ", the callee,"
	}
	if t.named[user] {
		return user
	}
	t.named[user] = true
	return user + role
}

var tidier = strings.NewReplacer(",,", ",", ",:", ":", ",;", ";", ",.", ".", ",)", ")")

// tidy mends the commas where clauses meet.
func tidy(text string) string { return strings.TrimSuffix(tidier.Replace(text), ",") }

// fact is one side of the contradiction, for the head of the story.
func (t *teller) fact(e *event.Entry) string {
	at, who := t.moment(e), t.name(e.Node)
	switch {
	case e.Kind == event.EventRaised && e.Event.Kind == engine.RemoteInvitationReceived:
		return fmt.Sprintf("at %s %s rang", at, who)
	case e.Kind == event.EventRaised:
		return fmt.Sprintf("at %s %s was told %s", at, who, t.event(e))
	case e.Kind == event.Pressed:
		return fmt.Sprintf("at %s %s pressed %s(), %s", at, who, e.Op, t.taken(e))
	case t.input(e) != nil && t.input(e).Kind == event.Pressed && (t.property == property.S8 || t.property == property.S13):
		return fmt.Sprintf("at %s %s pressed %s(), %s", at, who, t.input(e).Op, t.taken(t.input(e)))
	case t.property == property.S7:
		return fmt.Sprintf("at %s %s took in %s", at, who, copyName(t.input(e)))
	case e.Step.To >= states.FirstTerminal:
		return fmt.Sprintf("at %s the invitation of %s became %s, and its app was told nothing", at, who, e.Step.ToName())
	}
	text := fmt.Sprintf("since %s the invitation of %s was %s", at, who, e.Step.ToName())
	if crash := t.lostMemory(e); crash != nil {
		text += ", until its process crashed at " + t.moment(crash)
	}
	return text
}

// event is an event with the code of its failure.
func (t *teller) event(e *event.Entry) string {
	text := e.Event.Kind.String()
	switch {
	case e.Event.LocalError != 0:
		text += code(e.Event.LocalError.Name())
	case e.Event.RemoteError != 0:
		text += code(e.Event.RemoteError.Name())
	case e.Why() != "":
		text += " (" + e.Why() + ")"
	}
	return text
}

// code is the vendor's constant of a failure without its prefix.
func code(name string) string {
	if _, short, ok := strings.Cut(name, "_ERR_"); ok {
		name = short
	}
	return " (" + name + ")"
}

func (t *teller) taken(press *event.Entry) string {
	if press.Err != nil {
		return "which was refused"
	}
	return "which was taken"
}
