// Hostile peers. Alice and bob have three calls: one is accepted, one refused, one
// canceled, over a network that loses the first copy of everything. hostileAttacks
// is a table of what somebody else, or one of the two out of turn, sends meanwhile,
// in every stage of the calls. What must not change is all the rest: the calls
// leave the same trace, byte for byte, as without the attack: the same messages at
// the same times, the same events, the same ends. And nothing draws more than one
// reply, nor a long one, nor one for anybody but its sender.
//
// Below the table: what a peer can do to its own calls, replays, the bounds, the
// payload, and what it costs when many peers use one id.

package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

// The stages in which an attack comes.
const (
	beforeSend   = 0                       // nothing is known of the calls, their ids can be guessed
	inviteFlies  = 100 * time.Millisecond  // sent, unknown to the callees
	ringing      = 700 * time.Millisecond  // known to both
	acceptFlies  = 1100 * time.Millisecond // accept sent; REFUSE and CANCEL linger
	confirmFlies = 1400 * time.Millisecond // the caller is ACCEPTED, the callee not yet
	ended        = 3 * time.Second         // all three calls, at both
	longEnded    = 100 * time.Second       // MaxDelay later
	almostGone   = 240 * time.Second       // shortly before they are forgotten
)

var hostileStages = []time.Duration{beforeSend, inviteFlies, ringing, acceptFlies, confirmFlies, ended, longEnded, almostGone}

// hostileAttack is a row: who sends what. First is the earliest stage in which the
// rest must stand firm against it, because before that it is the sender's right, or
// because a full house turns away who is not in it yet.
type hostileAttack struct {
	attack string
	first  time.Duration
	rings  bool // it may ring, as an invitation of the attacker
	strike func(w *hostileWorld)
}

var hostileAttacks = []hostileAttack{
	{"a stranger sends everything there is under the ids of the calls", beforeSend, true, func(w *hostileWorld) {
		for _, id := range w.ids() {
			w.strikeBoth("mallory", everyMessage(id))
		}
	}},
	{"a stranger sends the same, CANCEL before INVITE", beforeSend, false, func(w *hostileWorld) {
		for _, id := range w.ids() {
			w.strikeBoth("mallory", reversed(everyMessage(id)))
		}
	}},
	{"two strangers take turns under the ids of the calls", beforeSend, true, func(w *hostileWorld) {
		for _, id := range w.ids() {
			for _, m := range everyMessage(id) {
				w.strikeBoth("mallory", []engine.Message{m})
				w.strikeBoth("trudy", []engine.Message{m})
			}
		}
	}},
	{"a stranger repeats every message of the calls", inviteFlies, true, func(w *hostileWorld) {
		for _, c := range slices.Clone(w.seen) {
			w.strike(c.to, "mallory", c.message)
		}
	}},
	{"a stranger reflects every message to who sent it", inviteFlies, false, func(w *hostileWorld) {
		for _, c := range slices.Clone(w.seen) {
			w.strike(c.from, "mallory", c.message)
		}
	}},
	{"the peer reflects every message to who sent it", inviteFlies, false, func(w *hostileWorld) {
		for _, c := range slices.Clone(w.seen) {
			w.strike(c.from, c.to, c.message)
		}
	}},
	{"the callee acts the caller under the caller's own ids", beforeSend, false, func(w *hostileWorld) {
		for _, id := range w.ids() {
			caller, callee := w.parties(id)
			for _, m := range everyMessage(id) {
				if fromCaller(m) {
					w.strike(caller, callee, m)
				}
			}
		}
	}},
	{"the callee cancels and closes under the caller's own ids", beforeSend, false, func(w *hostileWorld) {
		for _, id := range w.ids() {
			caller, callee := w.parties(id)
			for _, m := range reversed(everyMessage(id)) {
				if fromCaller(m) {
					w.strike(caller, callee, m)
				}
			}
		}
	}},
	{"the caller acts the callee under its own ids", beforeSend, false, func(w *hostileWorld) {
		for _, id := range w.ids() {
			caller, callee := w.parties(id)
			for _, m := range everyMessage(id) {
				if !fromCaller(m) {
					w.strike(callee, caller, m)
				}
			}
		}
	}},
	{"the peer sends everything there is under ids that nobody gave", beforeSend, true, func(w *hostileWorld) {
		for _, id := range []engine.ID{{Epoch: 0xa, Counter: 99}, {Epoch: 0xb, Counter: 1 << 63}, {Epoch: 1, Counter: 0}, {Epoch: 1<<64 - 1, Counter: 1<<64 - 1}, {Epoch: 0, Counter: 1}} {
			w.strikeOne("alice", "bob", everyMessage(id))
			w.strikeOne("bob", "alice", everyMessage(id))
		}
	}},
	{"the peer repeats every message after the end", ended, false, func(w *hostileWorld) {
		for _, c := range slices.Clone(w.seen) {
			w.strike(c.to, c.from, c.message)
		}
	}},
	{"the peer sends everything there is after the end", ended, false, func(w *hostileWorld) {
		for _, id := range w.ids() {
			caller, callee := w.parties(id)
			for _, m := range everyMessage(id) {
				if fromCaller(m) {
					w.strike(callee, caller, m)
				} else {
					w.strike(caller, callee, m)
				}
			}
		}
	}},

	{"a stranger's INVITEs have impossible times", beforeSend, true, func(w *hostileWorld) {
		times := []time.Duration{-1 << 63, -1, 0, 1, time.Minute, 1 << 62, 1<<63 - 1}
		n := uint64(0)
		for _, age := range times {
			for _, wait := range times {
				for _, expiry := range times {
					for _, held := range times {
						n++
						m := engine.Message{Kind: engine.Invite, Age: age, Wait: wait, Expiry: expiry, Held: held}
						m.ID = engine.ID{Epoch: 0xbad, Counter: n}
						w.strikeBoth("mallory", []engine.Message{m})
						m.ID = w.ids()[0]
						w.strikeBoth("mallory", []engine.Message{m})
					}
				}
			}
		}
	}},
	{"senders whose names are none", beforeSend, false, func(w *hostileWorld) {
		for _, name := range []string{"", "null", " mallory", "mal\xffory", "mallory\n", "mal/ory", strings.Repeat("m", 65), strings.Repeat("m", 1<<20)} {
			w.strikeBoth(name, everyMessage(w.ids()[0]))
		}
		w.strikeOne("alice", "alice", everyMessage(w.ids()[0]))
		w.strikeOne("bob", "bob", everyMessage(w.ids()[0]))
	}},
	{"a stranger sends every message with one byte changed or cut off", inviteFlies, true, func(w *hostileWorld) {
		for _, c := range w.different() {
			text, err := wire.EncodeJSON(c.message)
			if err != nil {
				w.t.Fatal(err)
			}
			for i := range text {
				if _, err := wire.DecodeJSON(text[:i]); err == nil {
					w.t.Fatalf("%s is a whole message", text[:i])
				}
				for _, flip := range []byte{1, 2, 16, 32, 128} {
					changed := slices.Clone(text)
					changed[i] ^= flip
					if m, err := wire.DecodeJSON(changed); err == nil {
						w.strike(c.to, "mallory", m)
					}
				}
			}
		}
	}},

	{"a stranger floods with INVITEs", beforeSend, true, func(w *hostileWorld) { w.flood("mallory", 1, engine.Invite) }},
	{"a stranger floods with CANCELs", beforeSend, false, func(w *hostileWorld) { w.flood("mallory", 1, engine.Cancel) }},
	{"a stranger floods with everything else", beforeSend, false, func(w *hostileWorld) {
		for _, kind := range []engine.Kind{engine.Received, engine.Accept, engine.Confirm, engine.Refuse, engine.Ack, engine.Closed} {
			w.flood("mallory", 1, kind)
		}
	}},
	{"the peer floods with INVITEs", ringing, true, func(w *hostileWorld) {
		for i := range 1000 {
			m := invite(engine.ID{Epoch: 0xf100d, Counter: uint64(i)}, "")
			w.strike("alice", "bob", m)
			w.strike("bob", "alice", m)
		}
	}},
	{"hundreds of peers ring, until nobody else can", ringing, true, func(w *hostileWorld) { w.flood("sybil", hostileTotal, engine.Invite) }},
	{"hundreds of peers cancel what was never sent", ringing, false, func(w *hostileWorld) { w.flood("sybil", hostileTotal, engine.Cancel) }},
	{"many peers use the ids of the calls", beforeSend, true, func(w *hostileWorld) {
		for i := range hostileTotal / 6 {
			for j, id := range w.ids() {
				w.strikeBoth(fmt.Sprint("sybil ", i), []engine.Message{invite(id, "me"), {Kind: engine.Accept, ID: id}, {Kind: engine.Cancel, ID: id, Reason: engine.Reason(j + 1)}})
			}
		}
	}},
}

// TestHostileAttacks runs every row in every stage, and in all stages of one world.
func TestHostileAttacks(t *testing.T) {
	var amplification hostileReplies
	quiet := runHostile(t, nil, nil)
	if !strings.Contains(quiet.trace.String(), "LocalInvitationAccepted") || len(quiet.rings) != 3 {
		t.Fatalf("the calls do not work by themselves:\n%s", quiet.trace.String())
	}
	for _, a := range hostileAttacks {
		t.Run(a.attack, func(t *testing.T) {
			possible := hostileStages[slices.Index(hostileStages, a.first):]
			for i := range len(possible) + 1 {
				stages := possible
				if i < len(possible) {
					stages = possible[i : i+1]
				}
				w := runHostile(t, &a, stages)
				if want, got := quiet.trace.String(), w.trace.String(); got != want {
					t.Errorf("attacked at %v, the calls change:\n%s", stages, firstDifference(want, got))
				}
				if w.strikes == 0 || a.rings != (w.strangeRings > 0) {
					t.Errorf("attacked at %v: %d messages, %d rings", stages, w.strikes, w.strangeRings)
				}
				amplification.add(&w.replies)
			}
		})
	}
	t.Logf("the longest reply without payload has %d bytes; the greatest ratio is %d bytes for %d (%s for %s)",
		amplification.longest, amplification.reply, amplification.stimulus, amplification.replyKind, amplification.stimulusKind)
	if amplification.longest > 128 || amplification.reply > 2*amplification.stimulus {
		t.Error("that is too much")
	}
}

// hostileReplies are the sizes of replies, as JSON.
type hostileReplies struct {
	longest                 int
	reply, stimulus         int // of the greatest ratio
	replyKind, stimulusKind engine.Kind
}

func (r *hostileReplies) note(stimulus, reply engine.Message) {
	in, err := wire.EncodeJSON(stimulus)
	if err != nil {
		return // it cannot come over a wire
	}
	out, err := wire.EncodeJSON(reply)
	if err != nil {
		panic(err)
	}
	r.longest = max(r.longest, len(out))
	r.compare(len(out), len(in), reply.Kind, stimulus.Kind)
}

func (r *hostileReplies) add(other *hostileReplies) {
	r.longest = max(r.longest, other.longest)
	r.compare(other.reply, other.stimulus, other.replyKind, other.stimulusKind)
}

func (r *hostileReplies) compare(reply, stimulus int, replyKind, stimulusKind engine.Kind) {
	if r.stimulus == 0 || reply*r.stimulus > r.reply*stimulus {
		r.reply, r.stimulus, r.replyKind, r.stimulusKind = reply, stimulus, replyKind, stimulusKind
	}
}

// The world of the three calls. Its bounds are low, so that floods are short.
const hostilePerPeer, hostileTotal = 60, 600

type hostileWorld struct {
	t      *testing.T
	clock  *testClock
	ends   []*engine.Engine // alice and bob
	calls  []*engine.LocalInvitation
	rings  []*engine.RemoteInvitation
	flying []hostileCopy
	seen   []hostileCopy // every copy of the calls that was sent, lost ones too
	trace  strings.Builder

	strikes      int
	strangeRings int
	replies      hostileReplies
}

type hostileCopy struct {
	at       time.Time
	from, to string
	message  engine.Message
}

// hostileScript is what alice and bob do.
var hostileScript = []struct {
	at time.Duration
	do func(w *hostileWorld) error
}{
	{10 * time.Millisecond, func(w *hostileWorld) error { return w.call("alice", "bob", "accept me") }},
	{20 * time.Millisecond, func(w *hostileWorld) error { return w.call("bob", "alice", "refuse me") }},
	{30 * time.Millisecond, func(w *hostileWorld) error { return w.call("alice", "bob", "cancel me") }},
	{1000 * time.Millisecond, func(w *hostileWorld) error { return w.answer("accept me").Accept() }},
	{1010 * time.Millisecond, func(w *hostileWorld) error { return w.answer("refuse me").Refuse() }},
	{1020 * time.Millisecond, func(w *hostileWorld) error { return w.calls[2].Cancel() }},
}

// runHostile plays the script, with an attack in some stages, to its very end.
func runHostile(t *testing.T, a *hostileAttack, stages []time.Duration) *hostileWorld {
	t.Helper()
	w := &hostileWorld{t: t, clock: &testClock{time.Unix(0, 0)}}
	for i, name := range []string{"alice", "bob"} {
		e, err := engine.New(name, engine.Options{Clock: w.clock, Epoch: uint64(0xa + i), MaxPerPeer: hostilePerPeer, MaxTotal: hostileTotal})
		if err != nil {
			t.Fatal(err)
		}
		w.ends = append(w.ends, e)
	}
	script := hostileScript
	for len(script)+len(stages) > 0 {
		if len(script) == 0 || len(stages) > 0 && stages[0] < script[0].at {
			w.run(stages[0])
			a.strike(w)
			stages = stages[1:]
			continue
		}
		w.run(script[0].at)
		if err := script[0].do(w); err != nil {
			t.Fatalf("at %v: %v", script[0].at, err)
		}
		w.post()
		script = script[1:]
	}
	w.run(time.Hour)
	for _, call := range w.calls {
		w.print("%v of %s ends %v %v, response %q", call.ID(), call.Content(), call.State(), call.Failure(), call.Response())
	}
	for _, ring := range w.rings {
		w.print("%v rang for %s, ends %v %v", ring.ID(), ring.Content(), ring.State(), ring.Failure())
	}
	for _, e := range w.ends {
		if s := e.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			t.Errorf("%s remembers something for ever: %+v", e.Self(), s)
		}
	}
	return w
}

func (w *hostileWorld) end(name string) *engine.Engine {
	for _, e := range w.ends {
		if e.Self() == name {
			return e
		}
	}
	return nil
}

func (w *hostileWorld) call(from, to, content string) error {
	call := w.end(from).CreateLocalInvitation(to)
	call.SetContent(content)
	w.calls = append(w.calls, call)
	return call.Send()
}

func (w *hostileWorld) answer(content string) *engine.RemoteInvitation {
	for _, ring := range w.rings {
		if ring.Content() == content {
			ring.SetResponse("you said " + content)
			return ring
		}
	}
	w.t.Fatalf("%s does not ring:\n%s", content, w.trace.String())
	return nil
}

// ids are those of the calls, known to be the first of their epochs.
func (w *hostileWorld) ids() []engine.ID {
	return []engine.ID{{Epoch: 0xa, Counter: 1}, {Epoch: 0xb, Counter: 1}, {Epoch: 0xa, Counter: 2}}
}

// parties are who calls and who is called under one of those ids.
func (w *hostileWorld) parties(id engine.ID) (caller, callee string) {
	if id.Epoch == 0xb {
		return "bob", "alice"
	}
	return "alice", "bob"
}

// isCall tells whether an invitation is one of the three calls.
func (w *hostileWorld) isCall(caller string, id engine.ID) bool {
	if !slices.Contains(w.ids(), id) {
		return false
	}
	who, _ := w.parties(id)
	return who == caller
}

// run lets time pass, timers of the last instant included.
func (w *hostileWorld) run(until time.Duration) {
	limit := time.Unix(0, 0).Add(until)
	for {
		next, at := -1, limit
		for i, c := range w.flying {
			if c.at.Before(at) || c.at.Equal(at) && next < 0 {
				next, at = i, c.at
			}
		}
		var due *engine.Engine
		for _, e := range w.ends {
			if d, ok := e.NextDeadline(); ok && (d.Before(at) || d.Equal(at) && next < 0 && due == nil) {
				due, at = e, d
			}
		}
		switch {
		case due != nil:
			w.clock.now = at
			due.Advance()
		case next >= 0:
			w.clock.now = at
			c := w.flying[next]
			w.flying = slices.Delete(w.flying, next, next+1)
			if e := w.end(c.to); e != nil {
				e.Receive(c.from, c.message)
			}
		default:
			w.clock.now = limit
			return
		}
		w.post()
	}
}

// post takes what both have put out by themselves. What is not for the calls flies
// as well, but leaves no trace; the first copy of what is repeated is lost.
func (w *hostileWorld) post() {
	for _, e := range w.ends {
		for out := range e.All() {
			if out.Kind != engine.Send {
				w.event(e, out)
				continue
			}
			c := hostileCopy{w.clock.now.Add(50 * time.Millisecond), e.Self(), out.To, out.Message}
			if w.isCall(callerOf(c), c.message.ID) {
				w.print("%s → %s %+v", c.from, c.to, c.message)
				w.seen = append(w.seen, c)
				if w.isFirst(c) {
					continue
				}
			}
			w.flying = append(w.flying, c)
		}
	}
}

// isFirst tells whether a copy is the first of something that is repeated.
func (w *hostileWorld) isFirst(c hostileCopy) bool {
	switch c.message.Kind {
	case engine.Received, engine.Ack, engine.Closed:
		return false
	}
	n := 0
	for _, other := range w.seen {
		if other.message.ID == c.message.ID && other.message.Kind == c.message.Kind {
			n++
		}
	}
	return n == 1
}

// event notes what an app is told, of the three calls in the trace.
func (w *hostileWorld) event(e *engine.Engine, out engine.Output) {
	if l := out.Local; l != nil {
		w.print("%s: %v %v %v %v response %q", e.Self(), out.Kind, l.ID(), l.State(), out.LocalError, l.Response())
		return
	}
	if m := out.Missed; m != nil {
		if w.isCall(m.CallerID, m.ID) {
			w.print("%s: %v %v %v content %q", e.Self(), out.Kind, m.ID, m.Reason, m.Content)
		}
		return
	}
	r := out.Remote
	if w.isCall(r.CallerID(), r.ID()) {
		w.print("%s: %v %v %v %v content %q", e.Self(), out.Kind, r.ID(), r.State(), out.RemoteError, r.Content())
		if out.Kind == engine.RemoteInvitationReceived {
			w.rings = append(w.rings, r)
		}
	} else if out.Kind == engine.RemoteInvitationReceived {
		w.strangeRings++
	}
}

func (w *hostileWorld) print(format string, args ...any) {
	fmt.Fprintf(&w.trace, "%9.3f ", w.clock.now.Sub(time.Unix(0, 0)).Seconds())
	fmt.Fprintf(&w.trace, format+"\n", args...)
}

// hostileReply is what a message may draw, by kind. A CONFIRM goes to the peer alone.
var hostileReply = map[engine.Kind][]engine.Kind{
	engine.Invite:   {engine.Received, engine.Ack, engine.Closed},
	engine.Received: {engine.Closed, engine.Confirm},
	engine.Accept:   {engine.Closed, engine.Confirm},
	engine.Refuse:   {engine.Ack},
	engine.Cancel:   {engine.Ack},
}

// strike hands a message to one of the two, and judges the reply. It is not brought
// to anybody: the attacker has it.
func (w *hostileWorld) strike(victim, from string, m engine.Message) {
	w.t.Helper()
	e := w.end(victim)
	w.strikes++
	e.Receive(from, m)
	replies := 0
	for out := range e.All() {
		if m.ID.Epoch == 0 || from == victim || !engine.ValidUserID(from) {
			w.t.Fatalf("%+v from %q draws %v %+v", m, from, out.Kind, out.Message)
		}
		if out.Kind != engine.Send {
			w.event(e, out)
			if out.Kind == engine.RemoteInvitationReceived && !mayRing(m) {
				w.t.Fatalf("%+v rings", m)
			}
			continue
		}
		replies++
		switch r := out.Message; {
		case replies > 1:
			w.t.Fatalf("%s sends more than one message for %+v", victim, m)
		case out.To != from:
			w.t.Fatalf("%s answers %s and not %s: %+v for %+v", victim, out.To, from, r, m)
		case r.Content+r.ChannelID+r.Response != "":
			w.t.Fatalf("%s sends a payload to %s: %+v for %+v", victim, from, r, m)
		case !slices.Contains(hostileReply[m.Kind], r.Kind), r.Kind == engine.Confirm && w.end(from) == nil:
			w.t.Fatalf("%s answers %s with %+v, for %+v", victim, from, r, m)
		}
		w.replies.note(m, out.Message)
	}
	if s := e.Stats(); s.LocalRecords > hostileTotal || s.RemoteRecords > hostileTotal || s.Peers > 2*hostileTotal {
		w.t.Fatalf("%s is over its bounds: %+v", victim, s)
	}
}

func (w *hostileWorld) strikeOne(victim, from string, messages []engine.Message) {
	w.t.Helper()
	for _, m := range messages {
		w.strike(victim, from, m)
	}
}

func (w *hostileWorld) strikeBoth(from string, messages []engine.Message) {
	w.t.Helper()
	w.strikeOne("alice", from, messages)
	w.strikeOne("bob", from, messages)
}

// flood sends a few thousand messages of one kind under new ids.
func (w *hostileWorld) flood(name string, peers int, kind engine.Kind) {
	w.t.Helper()
	for i := range 2 * hostileTotal {
		from := name
		if peers > 1 {
			from = fmt.Sprint(name, " ", i%peers)
		}
		m := invite(engine.ID{Epoch: 0xf100d, Counter: uint64(i)}, "")
		m.Reason = engine.ReasonUser
		if m.Kind = kind; kind == engine.Closed || kind == engine.Ack {
			m.For, m.Word = engine.Kind(i%8), engine.Word(i%10)
		}
		w.strikeBoth(from, []engine.Message{m})
	}
}

// different are the messages of the calls so far, without their copies.
func (w *hostileWorld) different() (all []hostileCopy) {
	for _, c := range w.seen {
		if !slices.ContainsFunc(all, func(other hostileCopy) bool {
			return other.from == c.from && other.message.Kind == c.message.Kind && other.message.ID == c.message.ID
		}) {
			all = append(all, c)
		}
	}
	return all
}

func invite(id engine.ID, content string) engine.Message {
	return engine.Message{Kind: engine.Invite, ID: id, Content: content, Wait: 30 * time.Second, Expiry: time.Minute}
}

// everyMessage is every kind with every kind answered, reason and word, those that
// do not exist included, and with bad payloads before good ones, because a good
// INVITE makes the id known.
func everyMessage(id engine.ID) (all []engine.Message) {
	for _, text := range []string{"\xff", strings.Repeat("x", engine.MaxContent+1), "it is me", "", strings.Repeat("x", engine.MaxContent)} {
		m := invite(id, text)
		all = append(all, m)
		m.ChannelID = text
		all = append(all, m, engine.Message{Kind: engine.Accept, ID: id, Response: text}, engine.Message{Kind: engine.Refuse, ID: id, Response: text})
	}
	for _, kind := range []engine.Kind{0, engine.Received, engine.Confirm, engine.Closed + 1, 255} {
		all = append(all, engine.Message{Kind: kind, ID: id})
	}
	for reason := range engine.ReasonStale + 2 {
		all = append(all, engine.Message{Kind: engine.Cancel, ID: id, Reason: reason})
	}
	for _, note := range []string{"\xff", strings.Repeat("x", engine.MaxNote+1), strings.Repeat("x", engine.MaxNote)} {
		all = append(all, engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser, Note: note})
	}
	for answered := range engine.Closed + 2 {
		all = append(all, engine.Message{Kind: engine.Ack, ID: id, For: answered}, engine.Message{Kind: engine.Ack, ID: id, For: answered, Refused: true})
		for word := range engine.WordOverloaded + 2 {
			all = append(all, engine.Message{Kind: engine.Closed, ID: id, For: answered, Word: word})
		}
	}
	for _, m := range slices.Clone(all) { // by or about another device
		m.Device = 7
		all = append(all, m)
	}
	return all
}

func reversed(messages []engine.Message) []engine.Message {
	slices.Reverse(messages)
	return messages
}

// mayRing tells whether the times and texts of an INVITE allow it to ring.
func mayRing(m engine.Message) bool {
	t := engine.DefaultTimes()
	return m.Age >= 0 && m.Expiry > 0 && m.Wait <= t.Tombstone-t.MaxDelay && m.Age < m.Wait && m.Held < m.Wait-m.Age &&
		utf8.ValidString(m.Content) && len(m.Content) <= engine.MaxContent &&
		utf8.ValidString(m.ChannelID) && len(m.ChannelID) <= engine.MaxChannelID
}

// fromCaller tells whether the caller sends such a message to the callee.
func fromCaller(m engine.Message) bool {
	switch m.Kind {
	case engine.Invite, engine.Cancel, engine.Confirm:
		return true
	case engine.Ack, engine.Closed:
		return m.For == engine.Received || m.For == engine.Accept || m.For == engine.Refuse
	}
	return false
}

func callerOf(c hostileCopy) string {
	if fromCaller(c.message) {
		return c.from
	}
	return c.to
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d is\n%s\nnot\n%s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(g), len(w))
}

// TestHostileReplays: every message that reached either of the two comes again, in
// every order, at once and until shortly before the calls are forgotten: none of
// them rings a second time, and nothing is told.
func TestHostileReplays(t *testing.T) {
	quiet := runHostile(t, nil, nil)
	for _, victim := range []string{"alice", "bob"} {
		var messages []hostileCopy
		for _, c := range quiet.different() {
			if c.to == victim {
				messages = append(messages, c)
			}
		}
		if len(messages) != 6 {
			t.Fatalf("%s received %+v", victim, messages)
		}
		for order := range permutations(len(messages)) {
			replay := hostileAttack{strike: func(w *hostileWorld) {
				for _, i := range order {
					w.strike(victim, messages[i].from, messages[i].message)
				}
			}}
			w := runHostile(t, &replay, []time.Duration{ended, longEnded, almostGone})
			if want, got := quiet.trace.String(), w.trace.String(); got != want || w.strangeRings > 0 {
				t.Fatalf("in the order %v the calls change:\n%s", order, firstDifference(want, got))
			}
		}
	}
}

// permutations yields every order of n things.
func permutations(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		var extend func(order []int) bool
		extend = func(order []int) bool {
			if len(order) == n {
				return yield(order)
			}
			for i := range n {
				if !slices.Contains(order, i) && !extend(append(slices.Clone(order), i)) {
					return false
				}
			}
			return true
		}
		extend(nil)
	}
}

// victim is one endpoint, attacked on its own.
type victim struct {
	*engine.Engine
	t     *testing.T
	clock *testClock
	rings []*engine.RemoteInvitation
}

func newVictim(t *testing.T, perPeer, total int) *victim {
	t.Helper()
	clock := &testClock{time.Unix(0, 0)}
	e, err := engine.New("bob", engine.Options{Clock: clock, Epoch: 0xb, MaxPerPeer: perPeer, MaxTotal: total})
	if err != nil {
		t.Fatal(err)
	}
	return &victim{Engine: e, t: t, clock: clock}
}

// take hands a message in; it returns the kinds of what comes out, and the reply.
func (v *victim) take(from string, m engine.Message) (kinds []engine.OutputKind, reply engine.Message) {
	v.t.Helper()
	v.Receive(from, m)
	for out := range v.All() {
		kinds = append(kinds, out.Kind)
		if out.Kind == engine.Send {
			if out.To != from || reply.Kind != 0 {
				v.t.Fatalf("%+v from %s draws %+v for %s beside %+v", m, from, out.Message, out.To, reply)
			}
			reply = out.Message
		}
		if out.Kind == engine.RemoteInvitationReceived {
			v.rings = append(v.rings, out.Remote)
		}
	}
	return kinds, reply
}

// ring makes it ring.
func (v *victim) ring(from string, id engine.ID) *engine.RemoteInvitation {
	v.t.Helper()
	if _, reply := v.take(from, invite(id, "hi")); reply.Kind != engine.Received {
		v.t.Fatalf("%v from %s does not ring: %+v", id, from, reply)
	}
	return v.rings[len(v.rings)-1]
}

// send calls alice.
func (v *victim) send() *engine.LocalInvitation {
	v.t.Helper()
	call := v.CreateLocalInvitation("alice")
	if err := call.Send(); err != nil {
		v.t.Fatal(err)
	}
	v.drop()
	return call
}

func (v *victim) drop() {
	for range v.All() {
	}
}

// pass lets time pass, timers of the last instant included.
func (v *victim) pass(d time.Duration) {
	until := v.clock.now.Add(d)
	for at, ok := v.NextDeadline(); ok && !at.After(until); at, ok = v.NextDeadline() {
		v.clock.now = at
		v.Advance()
		v.drop()
	}
	v.clock.now = until
}

// hostileStates are all states of both roles, how bob gets into them with alice,
// and what a CLOSED of hers changes then: nothing but this.
var hostileStates = []struct {
	state  string
	caller bool
	app    func(*engine.RemoteInvitation) error
	then   []engine.Message // from alice
	closed map[engine.Word]string
}{
	{"SENT_TO_REMOTE", true, nil, nil, map[engine.Word]string{
		engine.WordFailed: localGone, engine.WordStale: localGone, engine.WordInvalid: localGone, engine.WordRefused: "REFUSED_BY_REMOTE"}},
	{"RECEIVED_BY_REMOTE", true, nil, []engine.Message{{Kind: engine.Received}}, map[engine.Word]string{
		engine.WordFailed: localExpired, engine.WordInvalid: localExpired, engine.WordRefused: "REFUSED_BY_REMOTE"}},
	{"ACCEPTED_BY_REMOTE", true, nil, []engine.Message{{Kind: engine.Accept}}, nil},
	{"REFUSED_BY_REMOTE", true, nil, []engine.Message{{Kind: engine.Refuse}}, nil},
	{localGone, true, nil, []engine.Message{{Kind: engine.Closed, For: engine.Invite, Word: engine.WordStale}}, nil},
	{localExpired, true, nil, []engine.Message{{Kind: engine.Received}, {Kind: engine.Closed, For: engine.Invite, Word: engine.WordFailed}}, nil},

	{"INVITATION_RECEIVED", false, nil, nil, map[engine.Word]string{
		engine.WordCanceled: "CANCELED", engine.WordNoResponse: "CANCELED", engine.WordRefused: "REFUSED",
		engine.WordExpired: remoteExpired, engine.WordUnknown: remoteExpired}},
	{"ACCEPT_SENT_TO_LOCAL", false, (*engine.RemoteInvitation).Accept, nil, map[engine.Word]string{
		engine.WordCanceled: "CANCELED", engine.WordNoResponse: "CANCELED", engine.WordRefused: "REFUSED",
		engine.WordExpired: remoteExpired, engine.WordUnknown: remoteNotAccepted}},
	{"REFUSED", false, (*engine.RemoteInvitation).Refuse, nil, nil},
	{"ACCEPTED", false, (*engine.RemoteInvitation).Accept, []engine.Message{{Kind: engine.Confirm}}, nil},
	{"CANCELED", false, nil, []engine.Message{{Kind: engine.Cancel, Reason: engine.ReasonUser}}, nil},
	{remoteExpired, false, nil, []engine.Message{{Kind: engine.Cancel, Reason: engine.ReasonExpired}}, nil},
}

var (
	localGone         = "FAILURE " + errors.LocalPeerNoResponse.Name()
	localExpired      = "FAILURE " + errors.LocalInvitationExpire.Name()
	remoteExpired     = "FAILURE " + errors.RemoteInvitationExpire.Name()
	remoteNotAccepted = "FAILURE " + errors.RemoteAcceptFailure.Name()
)

// otherDevice is what the messages of another device of bob's change in a callee's
// invitation, and in a caller's what those of one of alice's several devices do.
func otherDevice(state string, m engine.Message) string {
	ringing := state == "INVITATION_RECEIVED" || state == "ACCEPT_SENT_TO_LOCAL"
	open := state == "SENT_TO_REMOTE" || state == "RECEIVED_BY_REMOTE"
	switch {
	case ringing && (m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused || m.Kind == engine.Closed && m.Word == engine.WordRefused):
		return "CANCELED" // refused elsewhere
	case open && m.Word == engine.WordRefused:
		return "REFUSED_BY_REMOTE" // a refusal on one device refuses for all
	}
	return ""
}

// TestHostileAnswers: ACK and CLOSED of every kind with every word, in every state.
// From the invitation's own peer they do what the two tables say and no more; from
// anybody else nothing at all. None is ever answered; the CANCEL of an INVITE that
// was turned away is the only message that follows.
func TestHostileAnswers(t *testing.T) {
	for _, s := range hostileStates {
		for _, from := range []string{"alice", "mallory"} {
			for _, m := range everyMessage(engine.ID{}) {
				if m.Kind != engine.Ack && m.Kind != engine.Closed {
					continue
				}
				v := newVictim(t, 10, 10)
				id, show := v.bring(s.caller, s.app, s.then)
				if show() != s.state {
					t.Fatalf("%s: the victim is %s", s.state, show())
				}
				wellFormed := m.Kind == engine.Ack && m.For >= engine.Invite && m.For <= engine.Cancel || m.Kind == engine.Closed && m.Word.Answers(m.For)
				want, meant := "", wellFormed && fromCaller(m) != s.caller
				switch {
				case !meant || from != "alice":
				case m.Device != 0 && (s.caller || m.Word == engine.WordRefused || m.Kind == engine.Ack):
					want = otherDevice(s.state, m)
				case m.Kind == engine.Closed:
					want = s.closed[m.Word]
				}
				m.ID = id
				kinds, reply := v.take(from, m)
				events := slices.DeleteFunc(slices.Clone(kinds), func(k engine.OutputKind) bool { return k == engine.Send })
				switch {
				case want == "" && (show() != s.state || len(kinds) > 0):
					t.Errorf("%s: %+v from %s makes it %s, with %v", s.state, m, from, show(), kinds)
				case want != "" && (show() != want || len(events) == 0 || !events[len(events)-1].Terminal()),
					len(events) > 1 && !slices.Equal(events, []engine.OutputKind{engine.LocalInvitationReceivedByPeer, engine.LocalInvitationRefused}):
					t.Errorf("%s: %+v makes it %s and not %s, with %v", s.state, m, show(), want, kinds)
				case (reply.Kind != 0) != (want == localGone || want == localExpired && m.Word == engine.WordInvalid), reply.Kind != 0 && reply.Kind != engine.Cancel:
					t.Errorf("%s: %+v draws %+v", s.state, m, reply)
				}
				if kinds, _ := v.take(from, m); len(kinds) > 0 {
					t.Errorf("%s: %+v a second time draws %v", s.state, m, kinds)
				}
				wrong, reflected := uint64(0), uint64(0) // each of the two
				switch {
				case wellFormed && s.caller && fromCaller(m): // what only bob says of his own invitation
					reflected = 2
				case meant && from == "mallory":
					wrong = 2
				}
				if wrong == 2 && m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused && m.Device != 0 {
					wrong = 1 // the first is remembered, under the stranger's own name
				}
				if stats := v.Stats(); stats.Security != wrong+reflected || stats.Received[engine.WrongPeer] != wrong && wrong != 1 || stats.Received[engine.Reflected] != reflected {
					t.Errorf("%s: %+v from %s is not noticed as what it is: %+v", s.state, m, from, stats)
				}
			}
		}
	}
}

// shown is a state, with its reason if it is FAILURE.
func shown(state fmt.Stringer, failure interface{ Name() string }) string {
	if state.String() == "FAILURE" {
		return "FAILURE " + failure.Name()
	}
	return state.String()
}

// bring makes an invitation with alice and brings it into a state.
func (v *victim) bring(caller bool, app func(*engine.RemoteInvitation) error, then []engine.Message) (id engine.ID, show func() string) {
	v.t.Helper()
	if caller {
		call := v.send()
		id, show = call.ID(), func() string { return shown(call.State(), call.Failure()) }
	} else {
		id = engine.ID{Epoch: 0xa, Counter: 1}
		ring := v.ring("alice", id)
		show = func() string { return shown(ring.State(), ring.Failure()) }
		if app != nil {
			if err := app(ring); err != nil {
				v.t.Fatal(err)
			}
			v.drop()
		}
	}
	for _, m := range then {
		m.ID = id
		v.take("alice", m)
	}
	return id, show
}

// TestHostileReplayOfTheForgotten: beyond the tombstone there is no memory, and a
// copy of the INVITE rings again. That is what a transport must not deliver.
func TestHostileReplayOfTheForgotten(t *testing.T) {
	v := newVictim(t, 10, 10)
	id := engine.ID{Epoch: 0xa, Counter: 1}
	v.ring("alice", id)
	v.take("alice", engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser})
	tombstone := engine.DefaultTimes().Tombstone
	for range 10 { // nothing that comes prolongs it
		v.pass(tombstone / 10)
		v.take("alice", engine.Message{Kind: engine.Confirm, ID: id})
	}
	if s := v.Stats(); s.RemoteRecords != 0 {
		t.Errorf("a tombstone is prolonged: %+v", s)
	}
	v.ring("alice", id)
}

// TestHostileInviteFlood (C74): 10,000 INVITEs from one peer in a second.
func TestHostileInviteFlood(t *testing.T) {
	const flood = 10_000
	v := newVictim(t, 0, 0)
	known := v.ring("alice", engine.ID{Epoch: 0xa, Counter: 1})
	turnedAway := 0
	for i := range flood {
		_, reply := v.take("mallory", invite(engine.ID{Epoch: 0xbad, Counter: uint64(i)}, "hi"))
		switch over := i >= engine.DefaultMaxPerPeer; {
		case !over && reply.Kind != engine.Received, over && (reply.Kind != engine.Closed || reply.Word != engine.WordOverloaded):
			t.Fatalf("INVITE %d draws %+v", i, reply)
		case over:
			turnedAway++
		}
		v.pass(time.Second / flood)
	}
	s := v.Stats()
	if s.RemoteRecords != 1+engine.DefaultMaxPerPeer || s.Received[engine.Limit] != uint64(turnedAway) || len(v.rings) != s.RemoteRecords {
		t.Errorf("%d turned away, %d rings, %+v", turnedAway, len(v.rings), s)
	}
	// What is known stays known, the flood's own as well; others ring, and are called.
	if _, reply := v.take("mallory", invite(engine.ID{Epoch: 0xbad, Counter: 0}, "hi")); reply.Kind != engine.Received {
		t.Errorf("a copy of a known INVITE draws %+v", reply)
	}
	if _, reply := v.take("mallory", engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 0xbad, Counter: 1}, Reason: engine.ReasonUser}); reply.Kind != engine.Ack {
		t.Errorf("the CANCEL of a known INVITE draws %+v", reply)
	}
	v.ring("carol", engine.ID{Epoch: 0xca, Counter: 1})
	v.accept(known)
	v.send()
}

// accept takes an invitation from alice to its good end.
func (v *victim) accept(ring *engine.RemoteInvitation) {
	v.t.Helper()
	if err := ring.Accept(); err != nil {
		v.t.Fatal(err)
	}
	v.drop()
	if kinds, _ := v.take("alice", engine.Message{Kind: engine.Confirm, ID: ring.ID()}); !slices.Equal(kinds, []engine.OutputKind{engine.RemoteInvitationAccepted}) {
		v.t.Errorf("the known call ends with %v", kinds)
	}
}

// TestHostileFriends: sixteen accounts ask for twice as many places as there are,
// for as long as they like, and a friend rings nevertheless.
func TestHostileFriends(t *testing.T) {
	const accounts, perSecond, seconds = 16, 530, 450
	warm := int(engine.DefaultTimes().Tombstone / time.Second)
	for _, kind := range []engine.Kind{engine.Invite, engine.Cancel} {
		v := newVictim(t, 0, 0)
		flood := invite(engine.ID{Epoch: 0xbad}, "hi")
		flood.Kind, flood.Reason = kind, engine.ReasonUser
		tries, rings := 0, 0
		for second := range seconds {
			for i := range perSecond {
				flood.ID.Counter++
				v.take(fmt.Sprint("mallory ", i%accounts), flood)
			}
			if second >= warm {
				tries++
				if _, reply := v.take("alice", invite(engine.ID{Epoch: 0xa, Counter: uint64(second)}, "hi")); reply.Kind == engine.Received {
					rings++
				}
			}
			v.pass(time.Second)
			v.rings = nil
		}
		t.Logf("%d of a friend's %d INVITEs ring under %d %vs a second from %d accounts, of which %d are remembered",
			rings, tries, perSecond, kind, accounts, v.Stats().RemoteRecords)
		if rings*100 < tries*99 {
			t.Errorf("%v: %d of %d ring", kind, rings, tries)
		}
	}
}

// TestHostilePrice: how many accounts it takes to turn a friend away.
func TestHostilePrice(t *testing.T) {
	turnedAway := func(accounts int) bool {
		v := newVictim(t, 0, 0)
		flood := engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser, ID: engine.ID{Epoch: 0xbad}}
		for i := range accounts {
			for range engine.DefaultMaxPerPeer {
				flood.ID.Counter++
				v.take(fmt.Sprint("mallory ", i), flood)
			}
		}
		_, reply := v.take("alice", invite(engine.ID{Epoch: 0xa, Counter: 1}, "hi"))
		return reply.Word == engine.WordOverloaded
	}
	const full = engine.DefaultMaxTotal / 2 / engine.DefaultMaxPerPeer
	price := full + engine.DefaultMaxTotal/2/(engine.DefaultMaxPerPeer/8)
	for accounts, want := range map[int]bool{price - 1: false, price: true} {
		if turnedAway(accounts) != want {
			t.Errorf("%d accounts turn a friend away: %v", accounts, !want)
		}
	}
	t.Logf("%d accounts turn a friend away", price)
}

// TestHostileTombstonesFull (C75): the table is full of ended invitations of many
// peers. New INVITEs are refused, and none of the ended ones is given up for them:
// each of them still knows its copies. Their time over, there is room again.
func TestHostileTombstonesFull(t *testing.T) {
	const perPeer, total = 100, 1000
	v := newVictim(t, perPeer, total)
	known := v.ring("alice", engine.ID{Epoch: 0xa, Counter: 1})
	name := func(i int) string { return fmt.Sprint("sybil ", i/(perPeer/8)) }
	id := func(i int) engine.ID { return engine.ID{Epoch: 0xbad, Counter: uint64(i)} }
	for i := range total - 1 {
		v.ring(name(i), id(i))
		v.take(name(i), engine.Message{Kind: engine.Cancel, ID: id(i), Reason: engine.ReasonUser})
		v.pass(time.Millisecond)
	}
	full := func() {
		t.Helper()
		for i := range total {
			if _, reply := v.take("carol", invite(engine.ID{Epoch: 0xca, Counter: uint64(i)}, "hi")); reply.Word != engine.WordOverloaded {
				t.Fatalf("an INVITE beyond the bound draws %+v", reply)
			}
		}
		for i := range total - 1 {
			if _, reply := v.take(name(i), invite(id(i), "hi")); reply.Kind != engine.Ack {
				t.Fatalf("a copy of the canceled INVITE %d draws %+v", i, reply)
			}
		}
		if s := v.Stats(); s.RemoteRecords != total || len(v.rings) != total {
			t.Fatalf("%d rings, %+v", len(v.rings), s)
		}
	}
	full()
	v.accept(known)
	v.send()
	v.pass(engine.DefaultTimes().Tombstone - (total+10)*time.Millisecond) // the first is due in 10 ms
	full()
	v.pass(20 * time.Millisecond)
	v.ring("carol", engine.ID{Epoch: 0xca, Counter: 1})
}

// TestHostileCancelFlood (C76): CANCELs for ids that were never heard of. As many
// as the bound allows are remembered, and acknowledged; the excess is neither, for
// its INVITE may yet come and would then ring.
func TestHostileCancelFlood(t *testing.T) {
	const flood = 10_000
	v := newVictim(t, 0, 0)
	known := v.ring("alice", engine.ID{Epoch: 0xa, Counter: 1})
	for i := range flood {
		_, reply := v.take("mallory", engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 0xbad, Counter: uint64(i)}, Reason: engine.ReasonUser})
		if over := i >= engine.DefaultMaxPerPeer; over && reply.Kind != 0 || !over && reply.Kind != engine.Ack {
			t.Fatalf("CANCEL %d draws %+v", i, reply)
		}
	}
	s := v.Stats()
	if s.RemoteRecords != 1+engine.DefaultMaxPerPeer || s.Received[engine.Limit] != flood-engine.DefaultMaxPerPeer || len(v.rings) != 1 {
		t.Errorf("%d rings, %+v", len(v.rings), s)
	}
	if _, reply := v.take("alice", engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 0xa, Counter: 2}, Reason: engine.ReasonUser}); reply.Kind != engine.Ack {
		t.Errorf("another peer's CANCEL draws %+v", reply)
	}
	v.accept(known)
}

// TestHostilePayload: the response goes to the peer of the invitation, in reply to
// its INVITE, as long as it waits for the answer; to nobody else, and not after.
func TestHostilePayload(t *testing.T) {
	id := engine.ID{Epoch: 0xa, Counter: 1}
	for _, each := range []struct {
		kind   engine.Kind
		answer func(*engine.RemoteInvitation) error
	}{{engine.Accept, (*engine.RemoteInvitation).Accept}, {engine.Refuse, (*engine.RemoteInvitation).Refuse}} {
		v := newVictim(t, 10, 10)
		ring := v.ring("alice", id)
		v.ring("mallory", id)
		ring.SetResponse("for alice")
		if err := each.answer(ring); err != nil {
			t.Fatal(err)
		}
		v.drop()
		for _, from := range []string{"mallory", "trudy"} {
			for _, m := range everyMessage(id) {
				if _, reply := v.take(from, m); reply.Response != "" {
					t.Fatalf("%v: %s gets %+v for %+v", each.kind, from, reply, m)
				}
			}
		}
		for range 3 {
			if _, reply := v.take("alice", invite(id, "hi")); reply.Kind != each.kind || reply.Response != "for alice" {
				t.Errorf("%v: alice gets %+v", each.kind, reply)
			}
		}
		v.pass(engine.DefaultTimes().Expiry + engine.DefaultTimes().Grace) // a REFUSE lingers for so long
		if _, reply := v.take("alice", invite(id, "hi")); reply.Kind != engine.Closed || reply.Response != "" {
			t.Errorf("%v, after its time: %+v", each.kind, reply)
		}
	}
}

// TestHostilePresence: a peer that seems to come and go is sent what waits for it
// once, and not again for half a second, however often it comes.
func TestHostilePresence(t *testing.T) {
	const waiting = 20
	v := newVictim(t, 8*waiting, waiting)
	for i := range waiting {
		if err := v.ring("mallory", engine.ID{Epoch: 0xbad, Counter: uint64(i)}).Refuse(); err != nil {
			t.Fatal(err)
		}
		v.drop()
	}
	v.clock.now = v.clock.now.Add(499 * time.Millisecond)
	for round, want := range []int{0, 0, waiting, 0, 0} {
		sent := 0
		for range 10 {
			v.PeerOffline("mallory")
			v.Receive("mallory", engine.Message{Kind: engine.Confirm, ID: engine.ID{Epoch: 0xbad, Counter: 99}})
			for range v.All() {
				sent++
			}
		}
		if sent != want {
			t.Errorf("round %d: %d messages, not %d", round, sent, want)
		}
		if round == 1 {
			v.clock.now = v.clock.now.Add(time.Millisecond)
			v.Advance()
		}
	}
}

// BenchmarkOneIDManyPeers is a message of yet another peer under an id that so many
// peers use already. It ought to cost the same for all of them.
func BenchmarkOneIDManyPeers(b *testing.B) {
	id := engine.ID{Epoch: 0xa, Counter: 1}
	for _, peers := range []int{1, 64, 1024, 16384} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			e := newEngine(b, "bob", &testClock{time.Unix(0, 0)}, 0xb)
			for i := range peers {
				e.Receive(fmt.Sprint("sybil ", i), engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser})
				e.Poll()
			}
			for b.Loop() {
				e.Receive("mallory", engine.Message{Kind: engine.Confirm, ID: id})
			}
		})
	}
}
