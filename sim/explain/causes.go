// Causes: the walk from an entry back to the entries that led to it, and to those that
// were missing. It passes over what did not matter: repetitions, copies without effect,
// other calls.

package explain

import (
	"slices"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/states"
)

// Back is everything that led to some entries, themselves included, in order. The
// numbers are Entry.Seq; one that does not exist is passed over.
func (h *History) Back(from ...int) []event.Entry {
	const mentioned, followed = 1, 2
	marks := make([]uint8, len(h.entries)+1)
	var walk func(seq int)
	walk = func(seq int) {
		if h.at(seq) == nil || marks[seq] == followed {
			return
		}
		marks[seq] = followed
		follow, mention := h.edges(seq)
		for _, cause := range follow {
			walk(cause)
		}
		for _, absent := range mention {
			marks[absent] = max(marks[absent], mentioned)
			walk(blamed(h.blame(h.at(absent))))
		}
	}
	for _, seq := range from {
		walk(seq)
	}
	var all []event.Entry
	for seq, mark := range marks {
		if mark > 0 {
			all = append(all, h.entries[seq-1])
		}
	}
	return all
}

func blamed(e *event.Entry) int {
	if e == nil {
		return 0
	}
	return e.Seq
}

// Causes are the entries that led to one directly: its cause, the step that made
// the state it met, and for a timer also what armed it and the copies that would
// have stopped it.
func (h *History) Causes(seq int) []int {
	follow, mention := h.edges(seq)
	return append(follow, mention...)
}

// edges are the causes of an entry: those that have a story of their own, and those
// that are mentioned only, because another one of their kind tells it.
func (h *History) edges(seq int) (follow, mention []int) {
	e := h.at(seq)
	if e == nil {
		return nil, nil
	}
	switch e.Kind {
	case event.Stepped:
		return h.causesOfStep(e)
	case event.CopyArrived:
		return h.causesOfArrival(e)
	case event.CopySent:
		return h.causesOfCopy(e), nil
	case event.PhoneRestarts:
		return numbers(h.phone(e.Node, e.Seq, event.PhoneCrashes)), nil
	case event.EventRaised:
		if step := h.stepOf(e); step != nil {
			return []int{step.Seq}, nil
		}
	}
	return numbers(h.at(e.Cause)), nil
}

func numbers(entries ...*event.Entry) []int {
	var all []int
	for _, e := range entries {
		if e != nil {
			all = append(all, e.Seq)
		}
	}
	return all
}

// causesOfArrival: the packet, and those of its kind before it that did not come.
func (h *History) causesOfArrival(e *event.Entry) (follow, mention []int) {
	p := h.packet[e.Seq-1]
	if p < 0 {
		return nil, nil
	}
	freeze, thaw := h.stoodStill(e)
	follow = append(slices.Clone(h.packets[p].told), numbers(freeze, thaw)...)
	for _, lost := range h.lostBefore(e) {
		mention = append(mention, lost.told...)
	}
	return follow, mention
}

// stoodStill are the beginning and the end of the time for which a copy waited in
// front of a frozen process, nil if it did not.
func (h *History) stoodStill(e *event.Entry) (freeze, thaw *event.Entry) {
	thaw = h.phone(e.Node, e.Seq, event.PhoneThaws)
	fate := h.fate(&h.packets[h.packet[e.Seq-1]])
	if thaw == nil || thaw.At != e.At || fate.At+fate.Takes >= e.At {
		return nil, nil
	}
	return h.phone(e.Node, thaw.Seq, event.PhoneFreezes), thaw
}

// lostBefore are the copies sent before one that arrived, of its kind and by its
// sender, which had been lost by then. Those that it has overtaken do not matter, and
// neither do those that were lost before another one arrived.
func (h *History) lostBefore(e *event.Entry) []*packet {
	sent := h.sent(&h.packets[h.packet[e.Seq-1]])
	alike := func(other *event.Entry) bool {
		return other.Call == e.Call && other.Node == sent.Node && other.Message.Kind == sent.Message.Kind && other.Copy < sent.Copy
	}
	since := -1
	for i := range h.packets {
		p := &h.packets[i]
		if alike(h.sent(p)) && p.arrived > 0 && p.arrived < e.Seq && h.at(p.arrived).Verdict != engine.LoggedOut {
			since = max(since, h.sent(p).Copy)
		}
	}
	all := h.missing(e.Call, e.Seq, func(other *event.Entry) bool { return alike(other) && other.Copy > since && !other.Twin })
	return slices.DeleteFunc(all, func(p *packet) bool { return p.arrived > e.Seq || p.arrived == 0 && h.fate(p).Seq > e.Seq })
}

// missing are the packets of a call, sent before an entry, that had not taken
// effect by then.
func (h *History) missing(call, before int, ok func(sent *event.Entry) bool) []*packet {
	var all []*packet
	for i := range h.packets {
		p := &h.packets[i]
		sent := h.sent(p)
		if sent.Seq > before {
			break
		}
		if sent.Call != call || !ok(sent) {
			continue
		}
		if p.arrived == 0 || p.arrived > before || h.at(p.arrived).Verdict == engine.LoggedOut {
			all = append(all, p)
		}
	}
	return all
}

// causesOfCopy: its step, and the cause of its fate. A repetition is due to the
// step that made the state in which its sender repeats it.
func (h *History) causesOfCopy(e *event.Entry) []int {
	all := numbers(h.blame(e))
	step := h.stepOf(e)
	if step == nil {
		return append(all, numbers(h.at(e.Cause))...)
	}
	if repeats(&step.Step) && deviation(&step.Step) == "" {
		if made := h.madeBy(step); made != nil {
			return append(all, made.Seq)
		}
	}
	return append(all, step.Seq)
}

// repeats reports whether a step does nothing but send a copy of what was sent before.
func repeats(s *engine.Step) bool {
	const again = states.CopyInvite | states.CopyReceived | states.CopyAccept | states.CopyRefuse | states.CopyCancel |
		states.RestartBackOff | states.ReplyAccept | states.ReplyRefuse
	return s.Kind == states.Stay && s.Effects&^again == 0
}

// blame is the entry about the phones or the network that a copy's fate is due to;
// nil if it is due to chance.
func (h *History) blame(e *event.Entry) *event.Entry {
	switch e.Fate {
	case event.Offline:
		return h.phone(h.outOfReach(e), e.Seq, event.PhoneToggles)
	case event.Stored:
		if down := h.phone(e.Peer, e.Seq, event.PhoneCrashes, event.PhoneRestarts); down != nil && down.Kind == event.PhoneCrashes {
			return down
		}
		return h.phone(e.Peer, e.Seq, event.PhoneToggles)
	case event.Down:
		return h.phone(e.Peer, e.Seq, event.PhoneCrashes)
	case event.Cut:
		return h.turn("", e.Seq, fault.Partition)
	case event.Lost:
		for _, name := range []string{e.Node, e.Peer} {
			if radio := h.turn(name, e.Seq, fault.Burst); radio != nil && !radio.Online {
				return radio
			}
		}
	}
	return nil
}

// outOfReach is the phone that a copy was lost at: its sender's if that was offline
// when it was sent.
func (h *History) outOfReach(e *event.Entry) string {
	if h.packet[e.Seq-1] >= 0 && h.sent(&h.packets[h.packet[e.Seq-1]]).Seq == e.Seq {
		return e.Node
	}
	return e.Peer
}

func (h *History) causesOfStep(e *event.Entry) (follow, mention []int) {
	if t := timerOf(&e.Step); t == nil {
		follow = numbers(h.at(e.Cause))
	} else {
		follow = numbers(h.armed(e), h.silent(e, t))
		follow = append(follow, numbers(h.delays(e)...)...)
		if t.presence {
			follow = append(follow, numbers(h.presence(e))...)
		}
		told := map[engine.Kind]bool{}
		for _, p := range h.wouldHaveStopped(e, t) {
			if kind := h.sent(p).Message.Kind; !told[kind] {
				told[kind] = true
				follow = append(follow, p.told...)
			} else {
				mention = append(mention, p.told...)
			}
			if p.arrived > 0 {
				mention = append(mention, p.arrived)
			}
		}
	}
	follow = append(follow, numbers(h.madeBy(e))...)
	if gone := h.forgotten(e); gone != nil {
		follow = append(follow, numbers(h.entered(gone.last), gone.crash, gone.restart)...)
		follow = append(follow, numbers(h.between(e.Node, gone.last.Seq, e.Seq, event.ClockJumps)...)...)
	}
	return follow, mention
}
