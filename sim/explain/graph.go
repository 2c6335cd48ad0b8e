// The graph: what an observed world has told, as entries and the edges between
// them. Copies of one packet, and steps of one record, are found by their first.

package explain

import (
	"slices"

	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/states"
)

// History is an observed world as a happens-before relation.
type History struct {
	outcome *sim.Outcome
	entries []event.Entry // an entry's number is one more than its index
	packets []packet
	packet  []int // by entry: the packet it is about, or -1
	steps   map[record][]int
	outputs [][]int // by entry: what a step has led to, of the timeline of its own call
}

// packet is one copy on its way, by the numbers of its entries.
type packet struct {
	told    []int // its sending and its fates
	arrived int   // 0 if it never did
}

// record identifies an invitation in the memory of one engine.
type record struct {
	call       int
	node, peer string
	local      bool
}

func recordOf(e *event.Entry) record { return record{e.Call, e.Node, e.Step.Peer, e.Step.Local} }

// Graph makes the graph of an observed world: one that was played with its entries.
func Graph(o *sim.Outcome) *History {
	h := &History{
		outcome: o, entries: o.Entries, steps: map[record][]int{},
		packet: make([]int, len(o.Entries)), outputs: make([][]int, len(o.Entries)+1),
	}
	for i := range h.entries {
		e := &h.entries[i]
		h.packet[i] = -1
		switch e.Kind {
		case event.CopySent:
			h.addCopy(e)
		case event.CopyArrived:
			if sent := h.at(e.Cause); sent != nil {
				h.packet[i] = h.packet[e.Cause-1]
				h.packets[h.packet[i]].arrived = e.Seq
			}
		case event.EventRaised:
			h.addOutput(e)
		case event.Stepped:
			h.steps[recordOf(e)] = append(h.steps[recordOf(e)], e.Seq)
		}
	}
	return h
}

// at is an entry by its number, nil for 0.
func (h *History) at(seq int) *event.Entry {
	if seq < 1 || seq > len(h.entries) {
		return nil
	}
	return &h.entries[seq-1]
}

// addCopy puts a copy's entry to its packet. A duplicate is a packet of its own.
func (h *History) addCopy(e *event.Entry) {
	if before := h.at(e.Cause); before != nil && before.Kind == event.CopySent && before.Twin == e.Twin {
		p := h.packet[before.Seq-1]
		h.packet[e.Seq-1] = p
		h.packets[p].told = append(h.packets[p].told, e.Seq)
		return
	}
	h.packet[e.Seq-1] = len(h.packets)
	h.packets = append(h.packets, packet{told: []int{e.Seq}})
	if !e.Twin {
		h.addOutput(e)
	}
}

// addOutput lays an output at the door of its step. An input can make several steps
// of one invitation, such as those of timers that it overtakes: the last of them
// that has such an effect is the one.
func (h *History) addOutput(e *event.Entry) {
	if step := h.stepOf(e); step != nil {
		h.outputs[step.Seq] = append(h.outputs[step.Seq], e.Seq)
	}
}

// stepOf is the step that an output comes from; nil if it comes from none, as what
// a restarted phone sends again.
func (h *History) stepOf(e *event.Entry) *event.Entry {
	if e.Kind == event.EventRaised && e.Event.Restores > 0 {
		return h.savedBy(e)
	}
	cause := h.at(e.Cause)
	if cause == nil || cause.Kind != event.Stepped {
		return nil
	}
	wanted := effectsOf(e)
	of := h.steps[recordOf(cause)]
	for i := len(of) - 1; i >= 0; i-- {
		step := h.at(of[i])
		if step.Seq > cause.Seq {
			continue
		}
		if step.At != e.At {
			break
		}
		if step.Step.Effects&wanted != 0 {
			return step
		}
	}
	if cause.Step.Effects&wanted == 0 {
		return nil // it was saved before a crash, and the step is that of the restart
	}
	return cause
}

// savedBy is the step of an event that was saved before a crash and told after it.
func (h *History) savedBy(e *event.Entry) *event.Entry {
	r := record{call: e.Call, node: e.Node, local: e.Event.Local != nil}
	switch {
	case r.local:
		r.peer = e.Event.Local.CalleeID()
	case e.Event.Missed != nil:
		r.peer = e.Event.Missed.CallerID
	default:
		r.peer = e.Event.Remote.CallerID()
	}
	for _, seq := range slices.Backward(h.steps[r]) {
		if step := h.at(seq); step.Step.Effects&effectsOf(e) != 0 {
			return step
		}
	}
	return nil
}

// effectsOf are the effects of which an output can come.
func effectsOf(e *event.Entry) states.Effect {
	if e.Kind == event.EventRaised {
		switch e.Event.Kind {
		case engine.LocalInvitationReceivedByPeer:
			return states.RaiseReceivedByPeer
		case engine.RemoteInvitationReceived:
			return states.RaiseReceived
		case engine.LocalInvitationAccepted, engine.RemoteInvitationAccepted:
			return states.RaiseAccepted
		case engine.LocalInvitationRefused, engine.RemoteInvitationRefused:
			return states.RaiseRefused
		case engine.LocalInvitationCanceled, engine.RemoteInvitationCanceled:
			return states.RaiseCanceled
		case engine.RemoteInvitationMissed:
			return states.RaiseMissed | states.WithdrawMissed
		}
		return states.Failures
	}
	switch e.Message.Kind {
	case engine.Invite:
		return states.SendInvite | states.CopyInvite
	case engine.Received:
		return states.ReplyReceived | states.CopyReceived
	case engine.Accept:
		return states.SendAccept | states.CopyAccept | states.ReplyAccept
	case engine.Confirm:
		return states.ReplyConfirm
	case engine.Refuse:
		return states.SendRefuse | states.CopyRefuse | states.ReplyRefuse
	case engine.Cancel:
		return states.SendCancelUser | states.SendCancelNoResponse | states.SendCancelExpired | states.SendCancelRejected | states.SendCancelAnswered | states.CopyCancel
	case engine.Ack:
		return states.ReplyAckCancel | states.ReplyAckRefuse | states.ReplyAckRefused
	}
	return states.CloseUnknown | states.CloseCanceled | states.CloseRefused | states.CloseOwn |
		states.CloseFailed | states.CloseStale | states.CloseInvalid | states.CloseOverloaded
}

// lastStep is the last step of a record before an entry that meets a condition.
func (h *History) lastStep(of record, before int, ok func(*engine.Step) bool) *event.Entry {
	all := h.steps[of]
	for i := len(all) - 1; i >= 0; i-- {
		if e := h.at(all[i]); e.Seq < before && ok(&e.Step) {
			return e
		}
	}
	return nil
}

// madeBy is the step that brought a step's record into the state it was in.
func (h *History) madeBy(step *event.Entry) *event.Entry {
	return h.lastStep(recordOf(step), step.Seq, func(s *engine.Step) bool { return s.Kind == states.Move && s.To == step.Step.From })
}

// phone is the last entry of some kinds about a phone before another entry; nil if
// there is none. No name stands for the network.
func (h *History) phone(name string, before int, kinds ...event.Kind) *event.Entry {
	for i := before - 2; i >= 0; i-- {
		e := &h.entries[i]
		if e.Node != name {
			continue
		}
		for _, kind := range kinds {
			if e.Kind == kind {
				return e
			}
		}
	}
	return nil
}

// turn is the last beginning or end of a fault of a phone before another entry; nil if
// there is none. No name stands for the network.
func (h *History) turn(name string, before int, of fault.Kind) *event.Entry {
	for i := before - 2; i >= 0; i-- {
		if e := &h.entries[i]; e.Node == name {
			if kind, _, ok := e.Turns(); ok && kind == of {
				return e
			}
		}
	}
	return nil
}

// between are the entries of one kind about a phone between two others.
func (h *History) between(name string, from, to int, kind event.Kind) []*event.Entry {
	var all []*event.Entry
	for i := from; i < to-1 && i < len(h.entries); i++ {
		if e := &h.entries[i]; e.Node == name && e.Kind == kind {
			all = append(all, e)
		}
	}
	return all
}

// sent is the entry of a packet's sending.
func (h *History) sent(p *packet) *event.Entry { return h.at(p.told[0]) }

// fate is the last that the network told of a packet.
func (h *History) fate(p *packet) *event.Entry { return h.at(p.told[len(p.told)-1]) }

// times are those of all engines of the world.
func (h *History) times() engine.Times {
	if t := h.outcome.Options.Engine.Times; t != (engine.Times{}) {
		return t
	}
	return engine.DefaultTimes()
}

// ago is how much time has passed between two steps on their engine's own clock.
func ago(from, to *event.Entry) time.Duration { return to.Step.At.Sub(from.Step.At) }
