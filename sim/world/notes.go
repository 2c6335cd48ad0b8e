// The timeline: the history of one call, step by step, on both sides and in the
// network between them.

package world

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
)

// reserve takes the number of an entry that will be told after what it leads to.
// It is the cause of the entries that follow.
func (w *World) reserve() int {
	w.entries++
	w.cause = w.entries
	return w.entries
}

// noteFor passes an entry on if the world is observed. It gets the next number unless
// it has one.
func (w *World) noteFor(call int32, e event.Entry) {
	if w.Observe == nil {
		return
	}
	if e.Seq == 0 {
		w.entries++
		e.Seq = w.entries
	}
	e.At, e.Call = time.Duration(w.clock.now), int(call)
	w.Observe(e)
}

// causeOf is the entry that leads to an output of a call on one side: the step that
// this input has made there, or the input.
func (w *World) causeOf(c *call, phone int32) int {
	if step := *w.lastStep(c, phone); step > w.inputAt || w.cause == 0 {
		return step
	}
	return w.cause
}

// lastStep is the entry of the last step of a call at one of its phones.
func (w *World) lastStep(c *call, phone int32) *int {
	if phone == c.caller {
		return &c.step
	}
	switch {
	case c.rings == nil:
		return &c.last
	case w.concerns(c, phone):
		c.Turn(w.device(phone))
		return &c.last
	}
	at := [2]int32{c.index, phone} // another device of the caller's
	if w.elsewhere == nil {
		w.elsewhere = map[[2]int32]*int{}
	}
	if w.elsewhere[at] == nil {
		w.elsewhere[at] = new(int)
	}
	return w.elsewhere[at]
}

// stepped is told of every cell that an engine uses.
func (w *World) stepped(phone int32, s *engine.Step) {
	under, cause := w.under, w.cause
	if event.IsTimer(s) {
		under, cause = w.lateness(phone)
	}
	if w.Cover != nil {
		w.Cover.Add(s, under)
	}
	if w.Observe == nil {
		return
	}
	c := w.current // a call that could not be sent has no id, and in its Send it has one before the world knows it
	if s.ID.Counter > 0 && s.ID.Counter <= uint64(len(w.nodes[uint32(s.ID.Epoch)-1].sent[s.ID.Epoch>>32])) {
		c = w.callOf(s.ID)
	}
	last := w.lastStep(c, phone)
	w.noteFor(c.index, event.Entry{Kind: event.Stepped, Cause: cause, Prev: *last, Node: w.nodes[phone].name, Peer: s.Peer, Step: *s})
	*last = w.entries
}

// lateness is the circumstance of a timer of a phone, and its cause: any input
// fires the timers that it finds overdue, and is not their cause.
func (w *World) lateness(phone int32) (event.Circumstance, int) {
	if w.thawing {
		return event.AfterFreeze, w.thawed
	}
	return w.nodes[phone].circumstance(), 0
}

// notePacket tells the fate of a packet. Its first entry is its sending, which
// leads to all that follows.
func (w *World) notePacket(p *packet, fate event.Fate, takes time.Duration) {
	p.told = true
	if w.Observe == nil {
		return
	}
	cause := p.entry
	if cause == 0 {
		cause = w.causeOf(&w.calls[p.call], p.from)
	}
	w.noteFor(p.call, event.Entry{Kind: event.CopySent, Cause: cause, Node: w.nodes[p.from].name, Peer: w.nodes[p.to].name,
		Message: p.message, Copy: int(p.copy), Twin: p.twin, Fate: fate, Takes: takes})
	p.entry = w.entries
}

func (w *World) noteVerdict(seq int, p *packet, verdict engine.Verdict) {
	if w.Observe != nil {
		w.noteFor(p.call, event.Entry{Seq: seq, Kind: event.CopyArrived, Cause: p.entry, Node: w.nodes[p.to].name, Peer: w.nodes[p.from].name,
			Message: p.message, Copy: int(p.copy), Twin: p.twin, Verdict: verdict})
	}
}

func (w *World) noteEvent(c *call, node int32, out *engine.Output) {
	if w.Observe == nil {
		return
	}
	state := ""
	switch {
	case out.Local != nil:
		state = out.Local.State().String()
	case out.Remote != nil:
		state = out.Remote.State().String()
	}
	w.noteFor(c.index, event.Entry{Kind: event.EventRaised, Cause: w.causeOf(c, node), Node: w.nodes[node].name, Event: *out, State: state})
}

func (w *World) notePress(seq int, c *call, node int32, b event.Button, err error) {
	if w.Observe != nil {
		w.noteFor(c.index, event.Entry{Seq: seq, Kind: event.Pressed, Node: w.nodes[node].name, Op: b.String(), Err: err, State: c.state(b).String()})
	}
}

// noteCrashed and noteReopened count the goals of crashes.
func (w *World) noteCrashed(index int32) {
	for i := range w.calls {
		c := &w.calls[i]
		if c.caller == index && c.GroupAnswered() && c.Rings() {
			w.Result.Reached(property.CrashAfterDecision)
		}
		if c.callee != w.user(index) {
			continue
		}
		if c.Turn(w.device(index)); !c.Rang || c.CalleeEnd != property.CalleeOpen {
			continue
		}
		if c.accepted {
			w.Result.Reached(property.CrashWhileAccepting)
			if w.options.Devices > 1 && c.Answered() {
				w.Result.Reached(property.WinnerCrashed)
			}
		} else {
			w.Result.Reached(property.CrashWhileRinging)
		}
	}
}

// noteAnswer counts the goals of an answer from one of several devices.
func (w *World) noteAnswer(c *call) {
	accepted := 0
	for phone := range w.phonesOf(c.callee) {
		if c.Turn(w.device(phone)); c.accepted {
			accepted++
		}
		switch {
		case c.CallerEnd != property.CallerAccepted && c.CallerEnd != property.CallerRefused || c.Answered():
		case !w.nodes[phone].online:
			w.Result.Reached(property.OfflineWhileAnswered)
		case c.CallerEnd == property.CallerRefused && c.Rang && c.CalleeEnd == property.CalleeOpen:
			w.Result.Reached(property.RefusedWhileRinging)
		}
	}
	if accepted > 1 && c.CallerEnd == property.CallerAccepted {
		w.Result.Reached(property.TwoDevicesAccepted)
	}
}

// isOpenAt reports whether a phone of a call holds an invitation of it that has not ended.
func (w *World) isOpenAt(c *call, phone int32) bool {
	if w.isCaller(c, phone) {
		return c.local != nil && !c.local.State().Terminal()
	}
	return c.remote != nil && !c.remote.State().Terminal()
}

func (w *World) noteReopened(index int32) {
	for i := range w.calls {
		c := &w.calls[i]
		if w.concerns(c, index) && w.isOpenAt(c, index) {
			w.Result.Reached(property.RestartWithOpenCall)
			return
		}
	}
}

// notePhone concerns every call of the phone; noCall stands for them. It leads to
// the action of the phone at that moment.
func (w *World) notePhone(node int32, kind event.Kind, online bool) {
	w.noteTurn(node, event.Entry{Kind: kind, Online: online})
}

func (w *World) noteTurn(node int32, e event.Entry) {
	if w.Observe != nil {
		e.Node = w.nodes[node].name
		w.noteFor(event.NoCall, e)
		w.cause = w.entries
	}
}
