// Fates of copies as parts of sentences, and the copies that did not stop a timer.

package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/states"
)

// copyName is a message and which copy of it, from #1.
func copyName(e *event.Entry) string {
	if e.Kind == event.StrangerSends {
		return event.MessageName(&e.Message)
	}
	name := fmt.Sprintf("%s #%d", event.MessageName(&e.Message), e.Copy+1)
	if e.Twin {
		return "the network's duplicate of " + name
	}
	return name
}

// ranOut tells a timer's end: since when it ran, for how long, and what it met.
func (t *teller) ranOut(e *event.Entry, timer *timer, at string) string {
	text := fmt.Sprintf("At %s the %s of %s", at, timer.name, t.name(e.Node))
	if armed := t.armed(e); armed != nil {
		text += fmt.Sprintf(", %s,", t.ran(e, armed, timer))
	}
	text += " ran out"
	if timer.presence {
		if told := t.presence(e); told != nil {
			text += fmt.Sprintf(", and %s was last reported offline, at %s", t.name(e.Step.Peer), t.moment(told))
		} else {
			text += ", and " + t.name(e.Step.Peer) + " was last known offline"
		}
	}
	return text + "; " + t.was(e)
}

// ran is since when and for how long a timer ran. Where the world's time differs by
// more than a rounding, so did the phone's clock.
func (t *teller) ran(e, armed *event.Entry, timer *timer) string {
	takes := t.lasts(e, armed, timer).Round(time.Millisecond)
	text := fmt.Sprintf("started at %s for %v", t.moment(armed), takes)
	if off := e.At - armed.At - takes; off > time.Millisecond || off < -time.Millisecond {
		if late := ago(armed, e) - takes; late > time.Millisecond {
			text += fmt.Sprintf(" and, by its own clock, %v late", late.Round(time.Millisecond))
		} else {
			text += " by its own clock"
		}
	}
	return text
}

// lasts is the time of a timer, as its rule has it.
func (t *teller) lasts(e, armed *event.Entry, timer *timer) time.Duration {
	times := t.times()
	switch {
	case timer.arms == states.ArmNoResponse:
		return times.NoResponse
	case timer.arms == states.ArmAccept && armed.Step.Effects&states.ArmRing != 0:
		return t.ringEnd(e).Sub(armed.Step.At)
	case timer.arms == states.ArmAccept:
		return times.Accept
	case e.Step.Local:
		return times.Expiry + times.Grace
	}
	return t.rings(armed)
}

// notStopped tells why nothing stopped a timer: the copies that did not come,
// and the button that nobody pressed.
func (t *teller) notStopped(e *event.Entry, timer *timer) string {
	var why []string
	missing := t.wouldHaveStopped(e, timer)
	why = append(why, t.fates(missing)...)
	if notice := t.silent(e, timer); notice != nil {
		why = append(why, fmt.Sprintf("%s had noticed at %s that it was offline, and sent no more", t.name(e.Node), t.moment(notice)))
	}
	if timer.arms == states.ArmExpiry && !e.Step.Local && !t.pressedSince(e) {
		why = append(why, t.name(e.Node)+" had pressed nothing")
	}
	if !slices.ContainsFunc(missing, func(p *packet) bool { return t.sent(p).Peer == e.Node }) {
		why = append(why, fmt.Sprintf(timer.none, t.name(e.Step.Peer)))
	}
	return ". Nothing had stopped it: " + strings.Join(why, "; ")
}

// pressedSince reports whether the user of a timer's phone has pressed a button of
// the call since the timer was armed.
func (t *teller) pressedSince(e *event.Entry) bool {
	armed := t.armed(e)
	return armed == nil || slices.ContainsFunc(t.between(e.Node, armed.Seq, e.Seq, event.Pressed), func(p *event.Entry) bool { return p.Call == e.Call })
}

// fates tells the fates of some packets: runs of one kind and one
// fate together, and kinds with many fates by their counts.
func (t *teller) fates(packets []*packet) []string {
	var all []string
	for len(packets) > 0 {
		first := t.sent(packets[0])
		same := func(p *packet) bool {
			s := t.sent(p)
			return s.Message.Kind == first.Message.Kind && s.Node == first.Node
		}
		var kind, rest []*packet
		for _, p := range packets {
			if same(p) {
				kind = append(kind, p)
			} else {
				rest = append(rest, p)
			}
		}
		all, packets = append(all, t.fatesOfKind(kind)...), rest
	}
	return all
}

// manyFates is how many runs of one kind are told one by one.
const manyFates = 3

func (t *teller) fatesOfKind(packets []*packet) []string {
	var runs [][]*packet
	for i, p := range packets {
		if i > 0 && t.due(p) == t.due(packets[i-1]) && t.sent(p).Copy <= t.sent(packets[i-1]).Copy+1 {
			runs[len(runs)-1] = append(runs[len(runs)-1], p)
		} else {
			runs = append(runs, packets[i:i+1:i+1])
		}
	}
	if len(runs) > manyFates {
		return []string{t.counted(packets)}
	}
	var all []string
	for _, run := range runs {
		all = append(all, t.copies(run)+" "+t.fateOf(run[len(run)-1], len(run) > 1))
	}
	return all
}

// copies names a run, such as INVITE #1 to #7.
func (t *teller) copies(run []*packet) string {
	for _, p := range run {
		t.from(t.sent(p), t.fate(p))
	}
	first, last := t.sent(run[0]), t.sent(run[len(run)-1])
	switch {
	case len(run) == 1:
		return copyName(first)
	case first.Copy == last.Copy:
		return copyName(first) + " and its duplicate"
	case last.Copy == first.Copy+1:
		return fmt.Sprintf("%s and #%d", copyName(first), last.Copy+1)
	}
	return fmt.Sprintf("%s to #%d", copyName(first), last.Copy+1)
}

// counted names the fates of many copies by how many had each.
func (t *teller) counted(packets []*packet) string {
	counts, order := map[string]int{}, []string{}
	for _, p := range packets {
		t.from(t.sent(p), t.fate(p))
		word := t.fate(p).Fate.Words().Counted
		if p.arrived > 0 {
			word = "too late"
			t.from(t.at(p.arrived))
		}
		if counts[word] == 0 {
			order = append(order, word)
		}
		counts[word]++
	}
	if len(order) == 1 {
		return fmt.Sprintf("%d copies of %s did not come in time: all %s", len(packets), t.sent(packets[0]).Message.Kind, order[0])
	}
	for i, word := range order {
		order[i] = fmt.Sprintf("%d %s", counts[word], word)
	}
	return fmt.Sprintf("%d copies of %s did not come in time (%s)", len(packets), t.sent(packets[0]).Message.Kind, strings.Join(order, ", "))
}

// due tells runs apart: by the fate, and by the entry that it is due to.
func (t *teller) due(p *packet) [3]int {
	e := t.fate(p)
	cause := 0
	if blamed := t.blame(e); blamed != nil {
		cause = blamed.Seq
	}
	return [3]int{int(e.Fate), cause, p.arrived}
}

// fateOf is a packet's fate as the rest of a sentence.
func (t *teller) fateOf(p *packet, plural bool) string {
	e, be := t.fate(p), "was"
	if plural {
		be = "were"
	}
	t.from(e)
	if p.arrived > 0 {
		a := t.at(p.arrived)
		if a.Verdict == engine.LoggedOut {
			return fmt.Sprintf("came at %s, while %s was logged out", t.moment(a), a.Node)
		}
		return fmt.Sprintf("came only at %s", t.moment(a))
	}
	return t.clause(e, be)
}

// clause is a fate after a verb: was, were, or none.
func (t *teller) clause(e *event.Entry, be string) string {
	fill := strings.NewReplacer("{was}", be, "{at}", t.moment(e), "{limit}", t.times().MaxDelay.String(), "{because}", t.because(e))
	return strings.TrimSpace(fill.Replace(e.Fate.Words().Clause))
}

// because is the reason of a fate, with the time of its beginning.
func (t *teller) because(e *event.Entry) string {
	blamed := t.blame(e)
	if blamed == nil {
		return ""
	}
	at := t.moment(blamed)
	switch kind, _, _ := blamed.Turns(); kind {
	case fault.Offline:
		return fmt.Sprintf(" because %s had been offline since %s", blamed.Node, at)
	case fault.Crash:
		return fmt.Sprintf(" because the process of %s had crashed at %s", blamed.Node, at)
	case fault.Partition:
		return fmt.Sprintf(" because the network had been parted since %s", at)
	}
	return fmt.Sprintf(" because the radio of %s had been bad since %s", blamed.Node, at)
}
