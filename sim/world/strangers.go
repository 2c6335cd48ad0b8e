// Strangers: third parties who send a message under an id that is not theirs. They
// may get one small answer, and the call must not change.

package world

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// forgeries are the messages of strangers: to the callee as if it were the caller, or
// to the caller as if it were the callee.
var forgeries = [...]struct {
	message  engine.Message
	toCaller bool
}{
	{engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser}, false},
	{engine.Message{Kind: engine.Accept, Response: "forged"}, true},
	{engine.Message{Kind: engine.Refuse, Response: "forged"}, true},
	{engine.Message{Kind: engine.Confirm}, false},
	{engine.Message{Kind: engine.Closed, For: engine.Accept, Word: engine.WordCanceled}, false},
	{engine.Message{Kind: engine.Closed, For: engine.Invite, Word: engine.WordFailed}, true},
	{engine.Message{Kind: engine.Received}, true},
	{engine.Message{Kind: engine.Ack, For: engine.Cancel}, true},
	{engine.Message{Kind: engine.Invite, Content: "forged", Wait: 30 * time.Second, Expiry: 20 * time.Second}, false},
}

// expectStranger schedules the disturbance of a call, if there is one.
func (w *World) expectStranger(c *call) {
	about := tape.Key(c.index)
	if c.ID == (engine.ID{}) || !tape.Chance(w.tape, w.options.Strangers, tape.Stranger, about) {
		return
	}
	after := tape.Between(w.tape, 0, setup.StrangerWithin, tape.StrangerAfter, about)
	w.schedule(w.clock.now+int64(after), strangerSends, c.index, 0)
}

// forge is a stranger's message arriving.
func (w *World) forge(c *call) {
	about := tape.Key(c.index)
	caller := w.user(c.caller)
	who := int32(tape.Index(w.tape, w.options.Users-2, tape.StrangerWho, about))
	for _, party := range []int32{min(caller, c.callee), max(caller, c.callee)} {
		if who >= party {
			who++
		}
	}
	says := &forgeries[tape.Index(w.tape, len(forgeries), tape.StrangerSays, about)]
	to, peer := c.callee, c.Caller
	if says.toCaller {
		to, peer = c.caller, c.Callee
	}
	n := &w.nodes[to]
	if w.healed || !n.online || n.away() {
		return
	}
	m := says.message
	m.ID = c.ID
	if w.AsBytes {
		m = w.throughBytes(m)
	}
	c.forged = c.forged || m.Kind == engine.Invite
	w.noteFor(c.index, event.Entry{Kind: event.StrangerSends, Node: n.name, Peer: w.nodes[who].name, Message: m})
	w.cause = w.entries
	w.stranger, w.under = c, event.FromStranger
	verdict := w.options.Mutant.Receive(n.engine, w.nodes[who].user, peer, m)
	w.heard(to, who, verdict)
	if verdict == engine.Moved {
		n.endedAt = n.clock.running() // a CANCEL that is remembered raises no event
	}
	w.drain(to)
	w.stranger = nil
	w.Result.Reached(property.StrangerTurnedAway)
}

// toStranger is an answer to a stranger. It goes nowhere, and bears nothing of the
// call.
func (w *World) toStranger(c *call, from int32, out *engine.Output) bool {
	if out.To == c.Caller || out.To == c.Callee {
		return false
	}
	m := &out.Message
	if w.stranger != c && !c.forged || m.Content != "" || m.Response != "" {
		w.violated(c.violation(property.S11, w.clock.now, w.nodes[from].name+" sends "+m.Kind.String()+" to the stranger "+out.To))
	}
	return true
}

// fromStranger reports whether an event is about a stranger's forged invitation.
func (w *World) fromStranger(c *call, out *engine.Output) bool {
	return c.forged && out.Remote.CallerID() != c.Caller && out.Remote.Content() == "forged"
}
