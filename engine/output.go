// Outputs: messages to send and events for the app, in one ordered queue.

package engine

import (
	"iter"
	"slices"

	"github.com/invsim/invsim/errors"
)

// OutputKind is Send or one of the eleven events.
type OutputKind uint8

// The kinds of outputs. The events bear the names of the vendor's ten callbacks; the
// eleventh is ours.
const (
	Send OutputKind = iota // hand Message to the transport, for To

	LocalInvitationReceivedByPeer // the callee has it
	LocalInvitationAccepted       // ends: the callee accepted
	LocalInvitationRefused        // ends: the callee refused
	LocalInvitationCanceled       // ends: the own cancel took effect
	LocalInvitationFailure        // ends: LocalError says why

	RemoteInvitationReceived // ring
	RemoteInvitationAccepted // ends: the caller has confirmed the own accept
	RemoteInvitationRefused  // ends: the own refuse took effect
	RemoteInvitationCanceled // ends: the caller canceled
	RemoteInvitationFailure  // ends: RemoteError says why
	RemoteInvitationMissed   // an INVITE that will not ring, or that another device has answered after all
)

var outputNames = [...]string{
	"Send",
	"LocalInvitationReceivedByPeer", "LocalInvitationAccepted", "LocalInvitationRefused",
	"LocalInvitationCanceled", "LocalInvitationFailure",
	"RemoteInvitationReceived", "RemoteInvitationAccepted", "RemoteInvitationRefused",
	"RemoteInvitationCanceled", "RemoteInvitationFailure", "RemoteInvitationMissed",
}

func (k OutputKind) String() string { return nameOf(outputNames[:], k) }

// GoString makes %#v readable.
func (k OutputKind) GoString() string { return k.String() }

// Terminal reports whether the event ends its invitation's life cycle.
func (k OutputKind) Terminal() bool {
	return k != Send && k != LocalInvitationReceivedByPeer && k != RemoteInvitationReceived && k != RemoteInvitationMissed
}

// half is the side that an event tells of.
func (k OutputKind) half() role {
	if k < RemoteInvitationReceived {
		return local
	}
	return remote
}

// Output is one thing for the host to do.
type Output struct {
	Kind        OutputKind
	LocalError  errors.LocalInvitationError  // LocalInvitationFailure
	RemoteError errors.RemoteInvitationError // RemoteInvitationFailure

	Reply bool // Send: it answers a message; the peer asks again if it is lost

	// Restores is how often an engine was restored with this event still undrained,
	// at most 255. If it is not 0 the app may have been told before.
	Restores uint8

	Local  *LocalInvitation  // Local… events
	Remote *RemoteInvitation // Remote… events, but for RemoteInvitationMissed
	Missed *Missed           // RemoteInvitationMissed

	To      string  // Send: the peer
	Message Message // Send: what to send
}

// Missed is an invitation that never rang here, and for which there is no object: it came
// after its time, or its CANCEL came before it. It is told once.
type Missed struct {
	CallerID           string
	ID                 ID
	Content, ChannelID string // empty if Withdrawn
	Reason             Reason // ReasonStale, or that of the CANCEL; if Withdrawn, what the other device did

	// Withdrawn: it was told as missed before, and now another device of this user turns
	// out to have answered.
	Withdrawn bool
}

// longQueue is how many outputs are made room for between inputs: few inputs have
// more, and none of them is frequent.
const longQueue = 256

// MaxReplies is how many replies wait for Poll at most. A driver that polls after
// every input never has more than one.
const MaxReplies = 1024

// Poll hands out the oldest output, and false when there is none. Call it until
// false after every input, also while the transport takes nothing: a message that
// cannot be sent is one that the network has lost.
func (e *Engine) Poll() (out Output, ok bool) {
	if next := e.Next(); next != nil {
		out, ok = *next, true
	}
	return out, ok
}

// Next is Poll without a copy: it lends the oldest output, and nil when there is none.
// What it points to may be read until the engine is called again.
func (e *Engine) Next() *Output {
	e.takeBack()
	if e.polled == len(e.outputs) {
		return nil
	}
	out := &e.outputs[e.polled]
	e.polled++
	e.drained++
	if out.Reply {
		e.replies--
	}
	if cap(e.outputs) > longQueue {
		e.makeRoom()
	}
	return out
}

// takeBack empties the place of the last polled output, so that the queue keeps no payload
// alive. If it was the last of all, the queue begins anew.
func (e *Engine) takeBack() {
	if e.polled == 0 {
		return
	}
	e.outputs[e.polled-1] = Output{}
	switch {
	case e.polled < len(e.outputs):
	case cap(e.outputs) <= longQueue:
		e.outputs, e.polled = e.outputs[:0], 0
	default:
		e.outputs, e.polled = nil, 0
	}
}

// makeRoom gives places of polled outputs back.
func (e *Engine) makeRoom() {
	if n := len(e.outputs) - e.polled; n > 0 && n < cap(e.outputs)/4 {
		e.outputs, e.polled = append(make([]Output, 0, cap(e.outputs)/2), e.outputs[e.polled:]...), 0
	}
}

// push makes a place behind the other outputs. Half of a full queue may have been
// polled: then the rest moves to the front, which costs no more than the polling did.
func (e *Engine) push() *Output {
	if e.polled == len(e.outputs) {
		e.takeBack()
	}
	n := len(e.outputs)
	if n == cap(e.outputs) {
		if e.polled > n/2 {
			n = copy(e.outputs, e.outputs[e.polled:])
			clear(e.outputs[n:])
			e.polled = 0
		} else {
			e.outputs = slices.Grow(e.outputs, 1)
		}
	}
	e.outputs = e.outputs[:n+1] // the place is empty: polled ones are emptied
	return &e.outputs[n]
}

// All polls until nothing is left.
func (e *Engine) All() iter.Seq[Output] {
	return func(yield func(Output) bool) {
		for out, ok := e.Poll(); ok; out, ok = e.Poll() {
			if !yield(out) {
				return
			}
		}
	}
}

// queue makes a place for a message, which is a reply if another has asked for it, and
// returns nil if it is not sent. Logged out, nothing is. Where nobody polls, the queue
// takes MaxReplies replies, and not much more than a few messages for each invitation
// that is remembered: it is as if the network had lost the others.
func (e *Engine) queue(to string, kind Kind, id ID, asked bool) *Message {
	switch {
	case !e.loggedIn:
		return nil
	case len(e.outputs) >= MaxReplies && e.isFull(asked):
		e.stats.Dropped++
		return nil
	case asked:
		e.replies++
	}
	out := e.push() // Send is its kind
	out.To, out.Reply = to, asked
	out.Message.Kind, out.Message.ID = kind, id
	return &out.Message
}

func (e *Engine) isFull(asked bool) bool {
	if asked {
		return e.replies >= MaxReplies
	}
	return len(e.outputs)-e.polled >= 2*MaxReplies+4*(e.total[local]+e.total[remote])
}

// event is an Output in waiting.
type event struct {
	kind    OutputKind
	failure uint8
	inv     *invitation
	missed  *Missed
}

// raise keeps an event back until the messages of the same input are queued.
func (e *Engine) raise(kind OutputKind, inv *invitation, failure uint8) {
	e.events = append(e.events, event{kind: kind, failure: failure, inv: inv})
}

// flushEvents ends an input.
func (e *Engine) flushEvents() {
	if len(e.events) != 0 {
		e.queueEvents()
	}
}

// queueEvents is flushEvents if there are events. flushEvents itself is inlined.
func (e *Engine) queueEvents() {
	for i := range e.events {
		ev := &e.events[i]
		out := e.push()
		out.Kind = ev.kind
		if ev.missed == nil {
			out.about(ev.inv, ev.failure)
		} else {
			out.Missed = ev.missed
		}
		*ev = event{}
	}
	e.events = e.events[:0]
	if cap(e.events) > longQueue {
		e.events = nil
	}
}

// about sets the subject of an event, and the code of a failure.
func (out *Output) about(inv *invitation, code uint8) {
	if out.Kind.half() == local {
		out.Local, out.LocalError = (*LocalInvitation)(inv), errors.LocalInvitationError(code)
	} else {
		out.Remote, out.RemoteError = (*RemoteInvitation)(inv), errors.RemoteInvitationError(code)
	}
}
