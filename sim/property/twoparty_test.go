// The two-party world: two engines, and every single decision drawn, so that a
// failure shrinks to the few that matter. All API calls are allowed at all times;
// copies are delivered in any order, twice or never; times fall on the edges of
// the protocol's own; a third party sends what it likes under ids it has seen.

package property_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// op is one decision. What a and b choose from depends on the kind and on what
// there is: every op is possible at any time.
type op struct {
	Kind opKind
	A, B int
}

type opKind int

const (
	opDeliver opKind = iota
	opDeliverAndKeep
	opLose
	opPass
	opPassToDeadline
	opSend
	opCancel
	opAccept
	opRefuse
	opOnline
	opOffline
	opLogOut
	opLogIn
	opForge
	numOps
)

var opNames = [numOps]string{"deliver", "deliver-and-keep", "lose", "pass", "pass-to-deadline", "send", "cancel", "accept",
	"refuse", "online", "offline", "log-out", "log-in", "forge"}

func (k opKind) GoString() string { return opNames[k] }

// pauses are the times that can pass: nothing, the usual, and the edges of every
// time of the protocol.
var pauses = func() []time.Duration {
	t := engine.DefaultTimes()
	pauses := []time.Duration{0, time.Millisecond, 50 * time.Millisecond, 2 * time.Second, 10 * time.Second}
	for _, edge := range []time.Duration{t.AcceptFirst, t.RetransmitFirst, t.RetransmitCap, t.Accept, t.NoResponse, t.Linger,
		t.Expiry, t.Expiry + t.Grace, t.MaxDelay, t.Tombstone} {
		pauses = append(pauses, edge-time.Millisecond, edge, edge+time.Millisecond)
	}
	return pauses
}()

var opGenerator = rapid.Custom(func(t *rapid.T) op {
	// Deliveries and short pauses come first and often: that is where calls live.
	kind := rapid.OneOf(
		rapid.SampledFrom([]opKind{opDeliver, opSend, opAccept, opCancel, opRefuse, opPass, opPassToDeadline}),
		rapid.SampledFrom([]opKind{opDeliver, opDeliverAndKeep, opLose, opPass, opPassToDeadline, opSend, opCancel, opAccept,
			opRefuse, opOnline, opOffline, opLogOut, opLogIn, opForge}),
	).Draw(t, "kind")
	return op{kind, rapid.IntRange(0, len(pauses)-1).Draw(t, "a"), rapid.IntRange(0, 15).Draw(t, "b")}
})

var ops = rapid.SliceOfN(opGenerator, 0, 60)

// fatal is what the world needs of a test: *rapid.T and *testing.T have it.
type fatal interface {
	Fatalf(format string, args ...any)
}

type party struct {
	name   string
	engine *engine.Engine
	mute   bool // it is logged out
	lost   bool // it takes the other to be offline
}

type copyInFlight struct {
	to     int
	m      engine.Message
	sentAt time.Duration
}

type placed struct {
	property.Call
	caller int
	local  *engine.LocalInvitation
	remote *engine.RemoteInvitation
}

type twoParty struct {
	t        fatal
	now      time.Duration
	parties  [2]party
	wire     []copyInFlight
	calls    []*placed
	watch    property.Watch
	delivers bool     // whether every copy arrives at once
	lateBy   bool     // whether owners may advance late; S14 is not promised then
	story    []string // every output, for S12 and for the failure
}

func (w *twoParty) Now() time.Time { return time.Unix(0, int64(w.now)) }

func newTwoParty(t fatal, options engine.Options, late bool) *twoParty {
	w := &twoParty{t: t, lateBy: late}
	for i, name := range []string{"alice", "bob"} {
		o := options
		o.Clock, o.Epoch = w, uint64(i)+1
		e, err := engine.New(name, o)
		if err != nil {
			t.Fatalf("%v", err)
		}
		w.parties[i] = party{name: name, engine: e}
	}
	w.watch = property.Watch{Bounds: property.BoundsOf(options), Report: func(v property.Violation) {
		if v.Property != property.S14 || !w.lateBy {
			t.Fatalf("%v", v)
		}
	}}
	return w
}

func (w *twoParty) tell(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf("%v ", w.now)+fmt.Sprintf(format, args...))
}

// drain takes every output of one engine.
func (w *twoParty) drain(i int) {
	for out := range w.parties[i].engine.All() {
		switch {
		case out.Kind == engine.Send:
			w.tell("%s sends to %s %+v", w.parties[i].name, out.To, out.Message)
			if c := w.find(out.Message.ID); c != nil && out.To != "mallory" {
				c.Addressed(&w.watch, c.caller == i, out.To, int64(w.now))
				c.CopySent(&w.watch, c.caller == i, &out, int64(w.now), int64(w.now))
			}
			if out.To != "mallory" {
				w.wire = append(w.wire, copyInFlight{1 - i, out.Message, w.now})
			}
		case out.Local != nil:
			w.tell("%s %v %v", w.parties[i].name, out.Kind, out.Local.State())
			c := w.find(out.Local.ID())
			for _, each := range w.calls { // an invitation that failed in send has no id
				if each.local == out.Local {
					c = each
				}
			}
			c.CallerEvent(&w.watch, &out, int64(w.now), int64(w.now))
		case out.Missed != nil:
			w.tell("%s misses %v of %s: %v", w.parties[i].name, out.Missed.ID, out.Missed.CallerID, out.Missed.Reason)
			if c := w.find(out.Missed.ID); out.Missed.CallerID != "mallory" {
				c.Missed(&w.watch, out.Missed, int64(w.now), int64(w.now))
			}
		case out.Remote.CallerID() == "mallory":
			w.tell("%s rings for mallory: %v", w.parties[i].name, out.Kind)
		default:
			w.tell("%s %v %v", w.parties[i].name, out.Kind, out.Remote.State())
			c := w.find(out.Remote.ID())
			if c == nil {
				w.t.Fatalf("%s rings for an id that nobody sent: %v", w.parties[i].name, out.Remote.ID())
			}
			if c.remote == nil {
				c.remote = out.Remote
			}
			c.CalleeEvent(&w.watch, &out, int64(w.now), int64(w.now))
		}
	}
}

func (w *twoParty) find(id engine.ID) *placed {
	for _, c := range w.calls {
		if c.ID == id && id != (engine.ID{}) {
			return c
		}
	}
	return nil
}

// pass lets time go by. An exact owner advances at every deadline on the way, a
// late one only at the end.
func (w *twoParty) pass(d time.Duration) {
	until := w.now + d
	for _, c := range w.calls {
		if w.lateBy { // as if both had been frozen
			c.Disturbed(&w.watch, true, int64(w.now))
			c.Disturbed(&w.watch, false, int64(w.now))
		}
	}
	for !w.lateBy {
		next, who := until+1, -1
		for i := range w.parties {
			at, ok := w.parties[i].engine.NextDeadline()
			if due := time.Duration(at.UnixNano()); ok && due < next {
				next, who = due, i
			}
		}
		if who < 0 || next > until {
			break
		}
		w.now = max(w.now, next)
		before := w.armed(who)
		w.parties[who].engine.Advance()
		w.drain(who)
		w.flow()
		if w.armed(who) == before {
			w.t.Fatalf("advancing %s to its deadline %v made no progress", w.parties[who].name, next)
		}
	}
	w.now = until
}

// armed is what must change when a deadline is met.
func (w *twoParty) armed(i int) string {
	at, ok := w.parties[i].engine.NextDeadline()
	return fmt.Sprint(at.UnixNano(), ok, w.parties[i].engine.Stats(), len(w.story))
}

func (w *twoParty) advanceAll() {
	for i := range w.parties {
		w.parties[i].engine.Advance()
		w.drain(i)
	}
}

func (w *twoParty) deliver(c copyInFlight) {
	if w.now-c.sentAt > engine.DefaultTimes().MaxDelay {
		return
	}
	e := w.parties[c.to].engine
	verdict := e.Receive(w.parties[1-c.to].name, c.m)
	w.tell("%s gets %v: %v", w.parties[c.to].name, c.m.Kind, verdict)
	if call := w.find(c.m.ID); call != nil {
		if c.m.Kind == engine.Cancel && verdict != engine.LoggedOut && verdict != engine.Limit {
			call.CancelProcessed()
		}
		call.CopyGot(&w.watch, call.caller == c.to, &c.m, verdict, int64(w.now), int64(w.now))
	}
	if p := &w.parties[c.to]; p.lost && verdict != engine.Reflected && verdict != engine.Invalid {
		p.lost = false
		for _, call := range w.calls {
			call.Resumes(&w.watch, call.caller == c.to, 0, int64(w.now))
		}
	}
	w.drain(c.to)
}

// forge is a third party under an id that it has seen. It may get one small
// reply, and nothing else may happen to the invitation.
func (w *twoParty) forge(to, what int) {
	m := engine.Message{Kind: engine.Kind(what%8 + 1), For: engine.Kind(what/2%8 + 1), Word: engine.Word(what%9 + 1), Reason: engine.ReasonUser,
		Content: "forged", Wait: time.Second, Expiry: time.Second}
	if len(w.calls) == 0 || w.calls[what%len(w.calls)].ID == (engine.ID{}) {
		return
	}
	m.ID = w.calls[what%len(w.calls)].ID
	w.advanceAll()
	before := len(w.story)
	e := w.parties[to].engine
	verdict := e.Receive("mallory", m)
	w.tell("%s gets %v from mallory: %v", w.parties[to].name, m.Kind, verdict)
	replies := 0
	for out := range e.All() {
		w.tell("%s %v %s %+v", w.parties[to].name, out.Kind, out.To, out.Message)
		switch {
		case out.Kind == engine.Send && out.To == "mallory":
			replies++
			if out.Message.Content != "" || out.Message.Response != "" {
				w.t.Fatalf("mallory got a payload: %+v", out.Message)
			}
		case out.Kind == engine.Send:
			w.wire = append(w.wire, copyInFlight{1 - to, out.Message, w.now})
		case out.Missed != nil && out.Missed.CallerID == "mallory":
		case out.Remote == nil || out.Remote.CallerID() != "mallory":
			w.t.Fatalf("mallory's %v raised %v", m.Kind, out.Kind)
		}
	}
	if replies > 1 {
		w.t.Fatalf("mallory got %d replies to one message: %v", replies, w.story[before:])
	}
}

// flow delivers what is under way, in its order.
func (w *twoParty) flow() {
	for w.delivers && len(w.wire) > 0 {
		c := w.wire[0]
		w.wire = w.wire[1:]
		w.deliver(c)
	}
}

// do carries one op out.
func (w *twoParty) do(o op) {
	now := int64(w.now)
	defer w.flow()
	switch o.Kind {
	case opDeliver, opDeliverAndKeep, opLose:
		if len(w.wire) == 0 {
			return
		}
		k := (o.A + o.B) % len(w.wire)
		c := w.wire[k]
		if o.Kind != opDeliverAndKeep {
			w.wire = append(w.wire[:k:k], w.wire[k+1:]...)
		}
		if o.Kind != opLose {
			w.deliver(c)
		}
	case opPass:
		w.pass(pauses[o.A])
	case opPassToDeadline:
		if at, ok := w.parties[o.B%2].engine.NextDeadline(); ok {
			w.pass(max(0, time.Duration(at.UnixNano())-w.now-time.Duration(o.A%2)))
		}
	case opSend:
		w.send(o)
	case opCancel, opAccept, opRefuse:
		if len(w.calls) == 0 {
			return
		}
		w.press(w.calls[o.B%len(w.calls)], o.Kind, now)
	case opOnline, opOffline:
		w.tellPresence(o.B%2, o.Kind == opOnline)
	case opLogOut, opLogIn:
		w.logIn(o.B%2, o.Kind == opLogIn)
	case opForge:
		w.forge(o.B%2, o.A)
	}
}

func (w *twoParty) tellPresence(i int, online bool) {
	report := w.parties[i].engine.PeerOffline
	if online {
		report = w.parties[i].engine.PeerOnline
	}
	report(w.parties[1-i].name)
	w.parties[i].lost = !online
	for _, c := range w.calls {
		c.PeerReported(&w.watch, c.caller == i, online, int64(w.now), int64(w.now))
	}
	w.drain(i)
}

func (w *twoParty) logIn(i int, in bool) {
	w.parties[i].mute = !in
	if in {
		w.parties[i].engine.LogIn()
	} else {
		w.parties[i].engine.LogOut()
	}
	for _, c := range w.calls {
		c.LoggedIn(&w.watch, c.caller == i, in, int64(w.now), int64(w.now))
	}
	w.drain(i)
}

// send places a new call, or sends an old invitation again.
func (w *twoParty) send(o op) {
	if len(w.calls) > 0 && (o.A%4 == 3 || len(w.calls) == 4) {
		w.press(w.calls[o.B%len(w.calls)], opSend, int64(w.now))
		return
	}
	caller := o.B % 2
	c := &placed{caller: caller}
	c.Number = len(w.calls)
	c.Caller, c.Callee = w.parties[caller].name, w.parties[1-caller].name
	c.Content, c.ChannelID = fmt.Sprintf("content %d", c.Number), fmt.Sprintf("channel %d", c.Number)
	c.Response = fmt.Sprintf("response %d", c.Number)
	c.SentAt, c.SentOwn = int64(w.now), int64(w.now)
	c.local = w.parties[caller].engine.CreateLocalInvitation(c.Callee)
	c.local.SetContent(c.Content)
	c.local.SetChannelID(c.ChannelID)
	w.calls = append(w.calls, c)
	for i := range w.parties {
		if w.parties[i].mute {
			c.LoggedIn(&w.watch, c.caller == i, false, int64(w.now), int64(w.now))
		}
	}
	w.press(c, opSend, int64(w.now))
}

// press is an API call. A refused one must change nothing.
func (w *twoParty) press(c *placed, kind opKind, now int64) {
	w.advanceAll() // so that no timer that was due is taken for the call's doing
	party, before, after := c.caller, fmt.Stringer(c.local.State()), func() fmt.Stringer { return c.local.State() }
	call := c.local.Send
	switch kind {
	case opCancel:
		call = c.local.Cancel
	case opAccept, opRefuse:
		if c.remote == nil {
			return
		}
		c.remote.SetResponse(c.Response)
		party, before, after = 1-c.caller, c.remote.State(), func() fmt.Stringer { return c.remote.State() }
		call = c.remote.Accept
		if kind == opRefuse {
			call = c.remote.Refuse
		}
	}
	err := call()
	w.tell("%s calls %#v on %v: %v", w.parties[party].name, kind, c.ID, err)
	if kind == opSend && err == nil {
		c.ID = c.local.ID()
	}
	if kind == opCancel && err == nil {
		c.CancelReturnedOK(&w.watch, now)
	}
	if kind == opAccept && err == nil {
		c.AcceptReturnedOK(&w.watch, now, now)
	}
	if err != nil {
		outputs := len(w.story)
		w.drain(party)
		c.Misuse(&w.watch, opNames[kind], before, after(), len(w.story)-outputs, now)
	}
	w.drain(party)
}

// finish lets everything end: both log in, what is under way arrives, time passes.
func (w *twoParty) finish() {
	for len(w.wire) > 0 {
		c := w.wire[0]
		w.wire = w.wire[1:]
		w.deliver(c)
	}
	for i := range w.parties {
		w.logIn(i, true)
	}
	for range 10_000 {
		for len(w.wire) > 0 {
			c := w.wire[0]
			w.wire = w.wire[1:]
			w.deliver(c)
		}
		next, armed := time.Duration(0), false
		for i := range w.parties {
			at, ok := w.parties[i].engine.NextDeadline()
			if due := time.Duration(at.UnixNano()); ok && (!armed || due < next) {
				next, armed = due, true
			}
		}
		if !armed {
			w.end()
			return
		}
		w.now = max(w.now, next)
		w.advanceAll()
	}
	w.t.Fatalf("the world does not come to rest")
}

func (w *twoParty) end() {
	for _, c := range w.calls {
		if c.local.State() != 0 {
			c.End(&w.watch, int64(w.now))
		}
	}
	for i := range w.parties {
		if s := w.parties[i].engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			w.t.Fatalf("%s remembers something for ever: %+v", w.parties[i].name, s)
		}
	}
}

// variants are the option sets under which everything must hold.
var variants = []struct {
	name    string
	options engine.Options
}{
	{"default", engine.Options{}},
	{"grace 0", engine.Options{Times: func() engine.Times { t := engine.DefaultTimes(); t.Grace = 0; return t }()}},
	{"count from send", engine.Options{CountFromSend: true}},
	{"fail at once", engine.Options{FailAtOnce: true}},
	{"no retransmit", engine.Options{NoRetransmit: true}},
}

func play(t fatal, options engine.Options, late bool, script []op) []string {
	w := newTwoParty(t, options, late)
	for _, o := range script {
		w.do(o)
	}
	w.finish()
	return w.story
}

// TestTwoParty holds S1 to S14 and Q1 to Q7 over drawn scripts, under every variant.
func TestTwoParty(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				late := rapid.Bool().Draw(t, "late owners")
				script := ops.Draw(t, "script")
				first := play(t, v.options, late, script)
				second := play(t, v.options, late, script)
				if fmt.Sprint(first) != fmt.Sprint(second) {
					t.Fatalf("S12: the same script was answered in two ways:\n%q\n%q", first, second)
				}
			})
		})
	}
}
