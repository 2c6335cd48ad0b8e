// The timeline: what happened to one call, step by step, both sides and the
// network between them.

package sim

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// Fate is what becomes of a copy.
type Fate uint8

// The fates.
const (
	Sent      Fate = iota // it is on its way
	Lost                  // the network loses it
	Offline               // its sender or its receiver is offline
	Down                  // its receiver's process has crashed
	TooOld                // it was under way longer than MaxDelay, and is discarded
	Corrupted             // bits of it were flipped, and it is discarded
	Cut                   // a partition is in its way
	Overflow              // a queue is full
	Stored                // the network keeps it for a phone that is out of reach
	Expired               // it kept it for as long as it keeps anything
	numFates
)

// EntryKind says what an Entry is about.
type EntryKind uint8

// The kinds of entries.
const (
	CopySent         EntryKind = iota // an engine sent a copy: Message, Fate, Takes
	CopyArrived                       // it was received: Message, Verdict
	EventRaised                       // the app was told: Event
	Pressed                           // the app called: Op, Err
	PhoneToggles                      // the phone went offline or came back: Online
	PhoneNotices                      // the phone found out that it is offline
	PresenceTold                      // the others were told: Online
	PhoneCrashes                      // its process died
	PhoneRestarts                     // it has started again
	PhoneFreezes                      // its process stands still
	PhoneThaws                        // and goes on
	PhoneWoken                        // a push brought it online
	ClockJumps                        // its clock was set: Takes
	RadioTurns                        // its radio turned bad, or good again: Online
	LinkClogs                         // the link to it clogged, or is free again: Online
	PartitionChanges                  // the network was parted, or is whole again: Online
	Heals                             // every fault has ended
	StrangerSends                     // a third party's message arrived: Message; Peer is the stranger
	Stepped                           // an engine used a cell of its table
)

// Entry is one line of a timeline.
type Entry struct {
	Seq   int           // its number in the world, from 1
	Call  int           // index of the call in its world; -1 if it concerns no single one
	Cause int           // the entry that led to this one; 0 if time itself did
	Prev  int           // of a step: the step before it of the same invitation on the same phone; 0 if it is the first
	At    time.Duration // since the start of the world
	Kind  EntryKind
	Node  string // the phone
	Peer  string // the other one, for copies

	Message engine.Message
	Copy    int  // how many of its kind were sent before
	Twin    bool // a duplicate that the network made
	Fate    Fate
	Takes   time.Duration // how long it will be under way; 0 if not decided yet
	Verdict engine.Verdict

	Event engine.Output
	State string // of the invitation, after an event or an API call

	Op     string
	Err    error
	Online bool

	Step engine.Step // of a Stepped entry
}

// Timeline is one call from its send to its end.
type Timeline struct {
	Call           int
	World          int
	Caller, Callee string
	ID             engine.ID
	CallerEnd      property.CallerEnd
	CalleeEnd      property.CalleeEnd
	Entries        []Entry
	Violations     []property.Violation
}

// reserve takes the number of an entry that will be told after what it leads to.
// It is the cause of what follows.
func (w *world) reserve() int {
	w.entries++
	w.cause = w.entries
	return w.entries
}

// noteFor passes an entry on if somebody watches. It gets the next number unless
// it has one.
func (w *world) noteFor(call int32, e Entry) {
	if w.observe == nil {
		return
	}
	if e.Seq == 0 {
		w.entries++
		e.Seq = w.entries
	}
	e.At, e.Call = time.Duration(w.clock.now), int(call)
	w.observe(e)
}

// causeOf is the entry that leads to an output of a call on one side: the step that
// this input has made there, or the input.
func (w *world) causeOf(c *call, phone int32) int {
	if step := c.steps[b2i(phone != c.caller)]; step > w.inputAt || w.cause == 0 {
		return step
	}
	return w.cause
}

// stepped is told of every cell that an engine uses.
func (w *world) stepped(phone int32, s *engine.Step) {
	under, cause := w.under, w.cause
	if isTimer(s) {
		under, cause = w.lateness(phone)
	}
	if w.cover != nil {
		w.cover.add(s, under)
	}
	if w.observe == nil {
		return
	}
	c := w.current // a call that could not be sent has no id, and in its Send it has one before the world knows it
	if s.ID.Counter > 0 && s.ID.Counter <= uint64(len(w.nodes[uint32(s.ID.Epoch)-1].sent[s.ID.Epoch>>32])) {
		c = w.callOf(s.ID)
	}
	last := &c.steps[b2i(phone != c.caller)]
	w.noteFor(c.index, Entry{Kind: Stepped, Cause: cause, Prev: *last, Node: w.nodes[phone].name, Peer: s.Peer, Step: *s})
	*last = w.entries
}

// lateness is what is special about a timer of a phone, and what led to it: any input
// fires the timers that it finds overdue, and is not their cause.
func (w *world) lateness(phone int32) (Circumstance, int) {
	if w.thawing {
		return AfterFreeze, w.thawed
	}
	return w.nodes[phone].circumstance(), 0
}

// notePacket tells what becomes of a packet. Its first entry is its sending, which
// leads to all that follows.
func (w *world) notePacket(p *packet, fate Fate, takes time.Duration) {
	p.told = true
	if w.observe == nil {
		return
	}
	cause := p.entry
	if cause == 0 {
		cause = w.causeOf(&w.calls[p.call], p.from)
	}
	w.noteFor(p.call, Entry{Kind: CopySent, Cause: cause, Node: w.nodes[p.from].name, Peer: w.nodes[p.to].name,
		Message: p.message, Copy: int(p.copy), Twin: p.twin, Fate: fate, Takes: takes})
	p.entry = w.entries
}

func (w *world) noteVerdict(seq int, p *packet, verdict engine.Verdict) {
	if w.observe != nil {
		w.noteFor(p.call, Entry{Seq: seq, Kind: CopyArrived, Cause: p.entry, Node: w.nodes[p.to].name, Peer: w.nodes[p.from].name,
			Message: p.message, Copy: int(p.copy), Twin: p.twin, Verdict: verdict})
	}
}

func (w *world) noteEvent(c *call, node int32, out *engine.Output) {
	if w.observe == nil {
		return
	}
	state := ""
	if out.Local != nil {
		state = out.Local.State().String()
	} else {
		state = out.Remote.State().String()
	}
	w.noteFor(c.index, Entry{Kind: EventRaised, Cause: w.causeOf(c, node), Node: w.nodes[node].name, Event: *out, State: state})
}

func (w *world) notePress(seq int, c *call, node int32, b button, err error) {
	if w.observe != nil {
		w.noteFor(c.index, Entry{Seq: seq, Kind: Pressed, Node: w.nodes[node].name, Op: b.String(), Err: err, State: c.state(b).String()})
	}
}

// noteCrashed and noteReopened count the goals of crashes.
func (w *world) noteCrashed(index int32) {
	for i := range w.calls {
		c := &w.calls[i]
		if c.callee != index || !c.Rang || c.CalleeEnd != property.CalleeOpen {
			continue
		}
		if c.accepted {
			w.result.reached(property.CrashWhileAccepting)
		} else {
			w.result.reached(property.CrashWhileRinging)
		}
	}
}

func (w *world) noteReopened(index int32) {
	for i := range w.calls {
		c := &w.calls[i]
		if c.caller == index && c.local != nil && !c.local.State().Terminal() || c.callee == index && c.remote != nil && !c.remote.State().Terminal() {
			w.result.reached(property.RestartWithOpenCall)
			return
		}
	}
}

// noteNetwork concerns everybody.
func (w *world) noteNetwork(kind EntryKind, whole bool) {
	w.noteFor(noCall, Entry{Kind: kind, Online: whole})
}

// notePhone concerns every call of the phone; noCall stands for them. It leads to
// what the phone does at that moment.
func (w *world) notePhone(node int32, kind EntryKind, online bool) {
	if w.observe != nil {
		w.noteFor(noCall, Entry{Kind: kind, Node: w.nodes[node].name, Online: online})
		w.cause = w.entries
	}
}

const noCall = -1

// Line is the entry in words, without its time.
func (e *Entry) Line() string {
	switch e.Kind {
	case CopySent:
		return e.Node + " → " + e.Peer + "  " + e.copyName() + ": " + e.fate()
	case CopyArrived:
		return e.Node + " ← " + e.Peer + "  " + e.copyName() + ": " + e.Verdict.String()
	case EventRaised:
		line := e.Node + "  " + e.Event.Kind.String()
		if e.Event.LocalError != 0 {
			line += " (" + e.Event.LocalError.Error() + ")"
		}
		if e.Event.RemoteError != 0 {
			line += " (" + e.Event.RemoteError.Error() + ")"
		}
		return line + "  is now " + e.State
	case Pressed:
		if e.Err != nil {
			return e.Node + "  " + e.Err.Error()
		}
		return e.Node + "  calls " + e.Op + "()  is now " + e.State
	case PhoneToggles:
		if e.Online {
			return e.Node + "  is online again"
		}
		return e.Node + "  is offline"
	case PhoneNotices:
		return e.Node + "  notices that it is offline"
	case PhoneCrashes:
		return e.Node + "  crashes"
	case PhoneRestarts:
		return e.Node + "  starts again"
	case PhoneFreezes:
		return e.Node + "  freezes"
	case PhoneThaws:
		return e.Node + "  goes on"
	case PhoneWoken:
		return e.Node + "  is woken by a push"
	case ClockJumps:
		if e.Takes < 0 {
			return e.Node + "  sets its clock back by " + (-e.Takes).String()
		}
		return e.Node + "  sets its clock forward by " + e.Takes.String()
	case RadioTurns:
		return e.Node + "  has " + either(e.Online, "good radio again", "bad radio")
	case LinkClogs:
		return "the link to " + e.Node + either(e.Online, " is free again", " is clogged")
	case PartitionChanges:
		return "the network is " + either(e.Online, "whole again", "parted")
	case Heals:
		return "every fault has ended"
	case Stepped:
		return e.Node + "  " + e.Step.String()
	case StrangerSends:
		return e.Node + " ← " + e.Peer + "  " + e.copyName() + ": from a third party"
	}
	if e.Online {
		return e.Node + "  is reported online"
	}
	return e.Node + "  is reported offline"
}

func either(yes bool, this, that string) string {
	if yes {
		return this
	}
	return that
}

// copyName is the message and, from the second copy on, which copy it is.
func (e *Entry) copyName() string {
	name := e.Message.Kind.String()
	switch e.Message.Kind {
	case engine.Cancel:
		name += "(" + e.Message.Reason.String() + ")"
	case engine.Ack:
		name += "(" + e.Message.For.String() + ")"
	case engine.Closed:
		name += "(" + e.Message.Word.String() + ")"
	}
	if e.Copy > 0 {
		name += fmt.Sprintf(" #%d", e.Copy+1)
	}
	if e.Twin {
		name += " twin"
	}
	return name
}

func (e *Entry) fate() string {
	switch e.Fate {
	case Lost:
		return "LOST"
	case Offline:
		return "LOST, a phone is offline"
	case Down:
		return "LOST, the phone has crashed"
	case TooOld:
		return "DISCARDED, older than the maximum delay"
	case Corrupted:
		return "DISCARDED, damaged"
	case Cut:
		return "LOST, the network is parted"
	case Overflow:
		return "LOST, a queue is full"
	case Stored:
		return "kept until the phone can be reached"
	case Expired:
		return "DISCARDED, the phone was out of reach too long"
	}
	if e.Takes == 0 {
		return "sent"
	}
	return "takes " + e.Takes.Round(100*time.Microsecond).String()
}
