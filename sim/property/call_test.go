// Every watcher must be seen to bite: a watcher that never speaks proves nothing.
// Real engines live one call in every way it can end; the watcher is told the
// truth, and stays silent, and then told the same events in ways that must not
// be, and names the property.

package property_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// bite is a wrong story, what it violates, and a right one like it.
type bite struct{ name, wrong, yields, right string }

// The words in the columns wrong and right are told to one watcher, in order:
//
//	ring, received           the callee's and the caller's first event
//	caller:X, callee:X       the event that ends this side as X
//	cancel-ok                the app's cancel returned nil
//	cancel-processed         the callee's engine took the CANCEL in
//	send-refused…            an API call was refused, and what happened around it
//	+1m32s                   time passes
//	+1m32s@caller            time passes, and the callee's own clock stands still
//	devices                  the callee has two devices; the first is spoken of
//	other, first             that device is spoken of from now on
//	end                      the world is over
//
// WORD@CHANGE is the event of a call that differs in one thing, see changes.
// WORD@STATE is the event of X on an invitation that lived otherwise.
var bites = []bite{
	{"the callee is ACCEPTED first",
		"ring received callee:ACCEPTED caller:ACCEPTED end", "S1",
		"ring received caller:ACCEPTED callee:ACCEPTED end"},
	{"the callee is ACCEPTED alone",
		"ring received callee:ACCEPTED", "S1",
		"ring received caller:ACCEPTED"},
	{"the callee is ACCEPTED, the caller expired",
		"ring received caller:EXPIRED callee:ACCEPTED end", "S1 PAIR",
		"ring received caller:EXPIRED callee:ACCEPT_FAILURE end"},

	// S2 is S9 of a kind, and S5 is S1 of a kind: neither comes alone.
	{"the caller shows ACCEPTED, then CANCELED",
		"ring received caller:ACCEPTED caller:CANCELED", "S9 S2",
		"ring received caller:ACCEPTED"},
	{"the caller shows CANCELED, then ACCEPTED",
		"ring received caller:CANCELED caller:ACCEPTED", "S9 S2",
		"ring received caller:CANCELED"},
	{"the callee shows ACCEPTED, then CANCELED",
		"ring received caller:ACCEPTED callee:ACCEPTED callee:CANCELED", "S9 S2",
		"ring received caller:ACCEPTED callee:ACCEPTED"},
	{"the callee shows CANCELED, then ACCEPTED",
		"ring received caller:CANCELED callee:CANCELED callee:ACCEPTED", "S9 S2",
		"ring received caller:CANCELED callee:CANCELED"},

	{"the caller is REFUSED first",
		"ring received caller:REFUSED callee:REFUSED end", "S3",
		"ring received callee:REFUSED caller:REFUSED end"},
	{"the caller is REFUSED, the callee CANCELED",
		"ring received callee:CANCELED caller:REFUSED end", "S3 PAIR",
		"ring received callee:CANCELED caller:CANCELED cancel-ok end"},

	{"the caller is ACCEPTED after the callee REFUSED",
		"ring received callee:REFUSED caller:ACCEPTED", "S4",
		"ring received callee:ACCEPT_FAILURE caller:ACCEPTED end"},
	{"the caller is ACCEPTED after the callee CANCELED",
		"ring received callee:CANCELED caller:ACCEPTED", "S4",
		"ring received callee:PEER_OFFLINE caller:ACCEPTED end"},
	{"the caller is ACCEPTED after the callee EXPIRED",
		"ring received callee:EXPIRED caller:ACCEPTED", "S4",
		"ring received callee:EXPIRED caller:EXPIRED end"},
	{"the callee is REFUSED after the caller ACCEPTED",
		"ring received caller:ACCEPTED callee:REFUSED", "S4",
		"ring received caller:ACCEPTED callee:ACCEPT_FAILURE end"},
	{"the callee is CANCELED after the caller ACCEPTED",
		"ring received caller:ACCEPTED callee:CANCELED", "S4",
		"ring received caller:ACCEPTED callee:PEER_OFFLINE end"},
	{"the callee is EXPIRED after the caller ACCEPTED",
		"ring received caller:ACCEPTED callee:EXPIRED end", "S4 PAIR",
		"ring received caller:EXPIRED callee:EXPIRED end"},

	{"the callee is ACCEPTED after the caller CANCELED",
		"ring received caller:CANCELED callee:ACCEPTED", "S1 S5",
		"ring received caller:CANCELED callee:ACCEPT_FAILURE"},
	{"the caller is CANCELED after the callee ACCEPTED",
		"ring received callee:ACCEPTED caller:CANCELED", "S1 S5",
		"ring received callee:ACCEPT_FAILURE caller:CANCELED"},

	{"two rings",
		"ring ring", "S6",
		"ring"},
	{"two rings, the second after the CANCEL",
		"ring cancel-processed ring", "S6 S7",
		"ring cancel-processed"},

	{"a ring after its CANCEL",
		"cancel-processed ring", "S7",
		"caller:CANCELED cancel-ok cancel-processed end"},

	{"accepted after a cancel that succeeded",
		"ring received cancel-ok caller:ACCEPTED", "S8",
		"ring received cancel-ok caller:CANCELED callee:REFUSED end"},
	{"a cancel that succeeded after the accept",
		"ring received caller:ACCEPTED cancel-ok", "S8",
		"ring received caller:CANCELED cancel-ok callee:CANCELED end"},

	{"CANCELED, and nobody canceled",
		"ring received caller:CANCELED callee:CANCELED end", "S8",
		"ring received caller:CANCELED cancel-ok callee:CANCELED end"},
	{"a cancel that succeeded ends in NO_RESPONSE",
		"ring cancel-ok caller:NO_RESPONSE callee:CANCELED end", "S8",
		"ring caller:NO_RESPONSE callee:CANCELED end"},
	{"NO_RESPONSE after ReceivedByPeer",
		"ring received caller:NO_RESPONSE", "S9",
		"ring caller:NO_RESPONSE"},

	{"ReceivedByPeer after the end",
		"ring caller:CANCELED received", "S9",
		"ring received caller:CANCELED"},
	{"ReceivedByPeer twice",
		"ring received received", "S9",
		"ring received"},
	{"the caller ends twice in the same way",
		"ring received caller:EXPIRED caller:EXPIRED", "S9",
		"ring received caller:EXPIRED"},
	{"the callee ends twice in the same way",
		"ring callee:EXPIRED callee:EXPIRED", "S9",
		"ring callee:EXPIRED"},
	{"the callee ends twice in two ways",
		"ring callee:EXPIRED callee:REFUSED", "S9",
		"ring callee:REFUSED"},
	{"the callee ends, and rings after it",
		"callee:EXPIRED ring", "S9 S9",
		"ring callee:EXPIRED"},
	{"the callee ends, and never rang",
		"callee:REFUSED", "S9",
		"ring callee:REFUSED"},
	{"ACCEPTED without ReceivedByPeer",
		"ring caller:ACCEPTED", "S9",
		"ring received caller:ACCEPTED"},
	{"REFUSED without ReceivedByPeer",
		"ring callee:REFUSED caller:REFUSED", "S9",
		"ring callee:REFUSED received caller:REFUSED"},
	{"EXPIRED without ReceivedByPeer",
		"ring caller:EXPIRED", "S9",
		"ring caller:NO_RESPONSE"},
	{"the caller's end is raised while it is open",
		"ring received caller:EXPIRED@OPEN", "S9",
		"ring received caller:EXPIRED"},
	{"the caller's end is raised in the state of another",
		"ring received caller:CANCELED@EXPIRED", "S9",
		"ring received caller:CANCELED"},
	{"the caller's end, which is no failure, is raised while it is open",
		"ring received caller:CANCELED@OPEN", "S9",
		"ring received caller:CANCELED"},
	{"the callee's end is raised while it is open",
		"ring callee:EXPIRED@OPEN", "S9",
		"ring callee:EXPIRED"},
	{"the callee's end, which is no failure, is raised while it is open",
		"ring callee:REFUSED@OPEN", "S9",
		"ring callee:REFUSED"},

	{"the callee sees another content",
		"ring@other-content", "S10",
		"ring"},
	{"the callee sees another channel",
		"ring@other-channel", "S10",
		"ring"},
	{"the callee's end shows another content",
		"ring callee:EXPIRED@other-content", "S10",
		"ring callee:EXPIRED"},
	{"the caller's content changed",
		"ring received@other-content", "S10",
		"ring received"},
	{"the caller's channel changed",
		"ring received caller:CANCELED@other-channel", "S10",
		"ring received caller:CANCELED"},
	{"the caller sees another response to an accept",
		"ring received caller:ACCEPTED@other-response", "S10",
		"ring received caller:ACCEPTED"},
	{"the caller sees another response to a refusal",
		"ring received callee:REFUSED caller:REFUSED@other-response", "S10",
		"ring received callee:REFUSED caller:REFUSED"},

	{"the callee rings under another id",
		"ring@other-id", "S11",
		"ring"},
	{"the callee rings for another caller",
		"ring@from-mallory", "S11",
		"ring"},
	{"the callee's end is another invitation's",
		"ring callee:CANCELED@other-id", "S11",
		"ring callee:CANCELED"},
	{"the caller's event is another invitation's",
		"ring received@other-id", "S11",
		"ring received"},
	{"the caller's event is about another callee",
		"ring received caller:CANCELED@to-carol", "S11",
		"ring received caller:CANCELED"},
	{"an answer to a call that never rang",
		"received caller:ACCEPTED", "S11 S11",
		"caller:CANCELED cancel-ok end"},

	{"a refused call moves the invitation",
		"send-refused,moved", "S13",
		"send-refused"},
	{"a refused call says something",
		"send-refused,spoke", "S13",
		"send-refused"},

	{"the caller ends late",
		"ring received +1m32.000000001s caller:EXPIRED", "S14",
		"ring received +1m32s caller:EXPIRED"},
	{"the callee ends late",
		"+10s ring +1m15.000000001s callee:EXPIRED", "S14",
		"+10s ring +1m15s callee:EXPIRED"},
	{"the caller ends late by its own clock, and the callee's stands still",
		"ring received +1m32.000000001s@caller caller:EXPIRED", "S14",
		"ring received +10m@callee caller:EXPIRED"},
	{"the callee ends late by its own clock, and the caller's stands still",
		"+10s ring +1m15.000000001s@callee callee:EXPIRED", "S14",
		"+10s ring +10m@caller callee:EXPIRED"},
	{"the caller never ends",
		"end", "S14",
		"caller:NO_RESPONSE end"},
	{"the callee never ends",
		"ring caller:NO_RESPONSE end", "S14",
		"caller:NO_RESPONSE ring callee:CANCELED end"},
	{"neither ever ends",
		"ring received end", "S14 S14",
		"ring received callee:EXPIRED caller:EXPIRED end"},

	{"two of a group are accepted",
		"grouped ring received other-accepted caller:ACCEPTED", "S16",
		"ring received other-accepted caller:ACCEPTED"},
	{"canceled for its group, of which none is accepted",
		"grouped ring received caller:ANSWERED callee:CANCELED end", "S8",
		"grouped ring received other-accepted caller:ANSWERED callee:CANCELED end"},
	{"canceled for a group that it is not in",
		"ring received caller:ANSWERED callee:CANCELED end", "S8",
		"ring received caller:CANCELED cancel-ok callee:CANCELED end"},
	{"a cancel that succeeded, and canceled for its group",
		"grouped ring received other-accepted cancel-ok caller:ANSWERED callee:CANCELED end", "S8",
		"grouped ring received other-accepted cancel-ok caller:CANCELED callee:CANCELED end"},

	{"a pair that the protocol does not have",
		"ring received caller:EXPIRED callee:CANCELED end", "PAIR",
		"ring caller:NO_RESPONSE callee:CANCELED end"},
	{"the caller waited for a callee that never rang",
		"received caller:EXPIRED end", "S11 PAIR",
		"caller:OFFLINE end"},
	{"two devices are ACCEPTED",
		"devices ring received caller:ACCEPTED callee:ACCEPTED other ring callee:ACCEPTED", "S1 S15",
		"devices ring received caller:ACCEPTED callee:ACCEPTED other ring callee:EXPIRED end"},
	{"the device that has not answered is ACCEPTED",
		"devices ring other ring received caller:ACCEPTED callee:ACCEPTED", "S1",
		"devices ring other ring received caller:ACCEPTED first callee:ACCEPTED"},
	{"the device that has answered is REFUSED",
		"devices ring other ring received caller:ACCEPTED first callee:REFUSED", "S4",
		"devices ring other ring received caller:ACCEPTED callee:REFUSED"},
	{"the device that has answered does not show the refusal",
		"devices ring other ring callee:REFUSED received caller:REFUSED", "S3",
		"devices ring other ring first callee:REFUSED received caller:REFUSED"},
	{"a device that is not spoken of is ACCEPTED when the caller has canceled",
		"devices ring received callee:ACCEPTED other caller:CANCELED", "S1 S5",
		"devices ring received callee:EXPIRED other caller:CANCELED"},
	{"no device rang, and the caller heard that one did",
		"devices received", "S11",
		"devices other ring first received"},
	{"the device that has answered never rang",
		"devices other ring received caller:ACCEPTED", "S11",
		"devices ring other received caller:ACCEPTED"},
	{"one of two devices never ends",
		"devices ring other ring callee:CANCELED caller:NO_RESPONSE end", "S14",
		"devices ring callee:EXPIRED other ring callee:EXPIRED caller:NO_RESPONSE end"},
	{"ends of two devices that the protocol does not have",
		"devices ring received caller:EXPIRED callee:EXPIRED other ring callee:CANCELED end", "PAIR PAIR",
		"devices ring received caller:EXPIRED callee:EXPIRED other ring callee:ACCEPT_FAILURE end"},
	{"a CANCELED device with the reason of another end",
		"devices ring other ring received caller:ACCEPTED callee:CANCELED first callee:ACCEPTED end", "PAIR",
		"devices ring other ring received cancel-ok caller:CANCELED callee:CANCELED first callee:CANCELED end"},
	{"the callee rang for a caller who was not logged in",
		"caller:NOT_LOGGEDIN ring callee:EXPIRED end", "PAIR",
		"caller:NOT_LOGGEDIN end"},
}

func TestEveryWatcherBites(t *testing.T) {
	bitten := map[string]bool{}
	for _, b := range slices.Concat(bites, qualityBites, exactBites) {
		t.Run(b.name, func(t *testing.T) {
			if got := tell(t, b.wrong); got != b.yields {
				t.Errorf("told %q: %q violated, want %q", b.wrong, got, b.yields)
			}
			if got := tell(t, b.right); got != "" {
				t.Errorf("told %q: %q violated", b.right, got)
			}
		})
		for _, id := range strings.Fields(b.yields) {
			bitten[id] = true
		}
	}
	for id := property.S1; id < property.NumIDs; id++ {
		// S12 compares two runs, S16 two calls, and Q10, Q11 and Live are about a healed world: no story of
		// one call can show them.
		if !bitten[id.String()] && id != property.S12 && id != property.S16 && id != property.Q10 && id != property.Q11 && id != property.Live {
			t.Errorf("%v was never seen to bite", id)
		}
	}
}

// tell tells one watcher a story and returns the properties it saw violated.
func tell(t *testing.T, story string) string {
	t.Helper()
	_, violated := tellAll(t, story)
	return violated
}

// tellAll returns the watcher, too. What is told of messages stands in
// quality_test.go.
func tellAll(t *testing.T, story string) (*property.Call, string) {
	t.Helper()
	const start = 10 * time.Second // not 0, so that no watcher mistakes an instant for a duration
	now := int64(start)
	call := plain.call()
	own := [2]int64{now + 1e6, now - 1e6} // nor one clock for another
	call.SentAt, call.SentOwn = now, own[0]
	var phones [2]*property.Phone
	var violated []string
	watch := &property.Watch{Bounds: property.BoundsOf(engine.Options{}), Report: func(v property.Violation) {
		violated = append(violated, v.Property.String())
		want := property.Violation{Property: v.Property, Call: call.Number, Invitation: call.ID, Caller: "alice", Callee: "bob",
			At: time.Duration(now), Event: v.Event, Side: v.Side, Detail: v.Detail}
		if v != want || v.Detail == "" || v.Event != 0 && v.Side == property.NoSide {
			t.Errorf("told %q: %+v", story, v)
		}
	}}
	for word := range strings.FieldsSeq(unfolded(story)) {
		switch {
		case word == "phones":
			for side := range phones {
				phones[side] = property.NewPhone(side, func() int64 { return own[side] })
			}
			call.Watch(phones[0], phones[1])
		case word == "devices":
			call.SetDevices([]property.Device{call.Device, {DeviceID: 2, Response: call.Response}})
		case word == "first", word == "other":
			call.Turn(map[string]int{"other": 1}[word])
		case word == "caller-lost":
			phones[0].Lost(phones[1], true)
		case word == "caller-started":
			phones[0].Started(0)
		case word == "callee-started":
			phones[1].Started(0)
		case tellOfMessages(t, call, watch, word, now, own):
		case word == "cancel-ok":
			call.CancelReturnedOK(watch, now)
		case word == "cancel-processed":
			call.CancelProcessed()
		case word == "send-refused":
			call.Misuse(watch, "send", states.LocalCanceled, states.LocalCanceled, 0, now)
		case word == "send-refused,moved":
			call.Misuse(watch, "send", states.LocalCanceled, states.LocalSentToRemote, 0, now)
		case word == "send-refused,spoke":
			call.Misuse(watch, "send", states.LocalCanceled, states.LocalCanceled, 1, now)
		case word == "grouped":
			call.Group = &property.Group{}
		case word == "other-accepted":
			other := plain.call()
			other.Rang, other.Group = true, call.Group
			for _, word := range []string{"received", "caller:ACCEPTED"} {
				out := eventOf(t, word)
				other.CallerEvent(watch, &out, now, own[0])
			}
		case word == "end":
			call.End(watch, now)
		case word[0] == '+':
			passes, who, _ := strings.Cut(word, "@")
			later, err := time.ParseDuration(passes)
			if err != nil {
				t.Fatal(err)
			}
			now += int64(later)
			if who != "callee" {
				own[0] += int64(later)
			}
			if who != "caller" {
				own[1] += int64(later)
			}
		default:
			if out := eventOf(t, word); out.Local != nil {
				call.CallerEvent(watch, &out, now, own[0])
			} else {
				call.CalleeEvent(watch, &out, now, own[1])
			}
		}
	}
	return call, strings.Join(violated, " ")
}

// eventOf finds the event that a word means, in a life in which it happened.
func eventOf(t *testing.T, word string) engine.Output {
	t.Helper()
	event, variation, _ := strings.Cut(word, "@")
	s := plain
	if change, ok := changes[variation]; ok {
		change(&s)
		variation = ""
	}
	var found engine.Output
	for _, e := range lifeEnding(t, event, s).told {
		if e.word == event {
			found = e.out
		}
	}
	if found.Local == nil && found.Remote == nil {
		t.Fatalf("no life tells of %q", event)
	}
	if variation == "" {
		return found
	}
	side, _, _ := strings.Cut(event, ":")
	other := lifeEnding(t, side+":"+variation, s)
	if found.Local != nil {
		found.Local = other.local
	} else {
		found.Remote = other.remote
	}
	return found
}

// lifeEnding lives the call in the first way that has this end.
func lifeEnding(t *testing.T, event string, s setting) *life {
	t.Helper()
	side, end, _ := strings.Cut(event, ":")
	if end == "ANSWERED" {
		return live(t, s, grouped)
	}
	for _, way := range ways {
		caller, callee, _ := strings.Cut(way.ends, "/")
		if end == "" || side == "caller" && end == caller || side == "callee" && end == callee {
			return live(t, s, way.lived)
		}
	}
	t.Fatalf("no life has the end %q", event)
	return nil
}

// setting is everything that can be told apart about a call.
type setting struct {
	caller, callee             string
	earlier                    int // invitations that the caller sent before
	content, channel, response string
}

var plain = setting{caller: "alice", callee: "bob", content: "content", channel: "channel", response: "response"}

var changes = map[string]func(*setting){
	"other-content":  func(s *setting) { s.content = "contents" },
	"other-channel":  func(s *setting) { s.channel = "channels" },
	"other-response": func(s *setting) { s.response = "responses" },
	"other-id":       func(s *setting) { s.earlier = 1 },
	"from-mallory":   func(s *setting) { s.caller = "mallory" },
	"to-carol":       func(s *setting) { s.callee = "carol" },
}

// call is what a watcher is told of a call before it is sent.
func (s setting) call() *property.Call {
	return &property.Call{Number: 7, ID: engine.ID{Epoch: 1, Counter: uint64(s.earlier) + 1}, Caller: s.caller, Callee: s.callee,
		Content: s.content, ChannelID: s.channel, Device: property.Device{Response: s.response}}
}

// ways are how a call can end, CALLER/CALLEE, and how it comes to that. The first
// that has an end stands for it.
var ways = []struct {
	ends  string
	lived func(*life)
}{
	{"ACCEPTED/ACCEPTED", func(l *life) { l.send(); l.accept() }},
	{"REFUSED/REFUSED", func(l *life) { l.send(); l.refuse() }},
	{"CANCELED/CANCELED", func(l *life) { l.send(); l.cancel() }},
	{"CANCELED/NEVER_RANG", func(l *life) { l.cut = true; l.send(); l.cancel(); l.pass(time.Minute) }},
	{"EXPIRED/EXPIRED", func(l *life) { l.send(); l.pass(time.Minute) }},
	{"EXPIRED/ACCEPT_FAILURE", func(l *life) { l.send(); l.cut = true; l.accept(); l.pass(5 * time.Second); l.pass(57 * time.Second) }},
	{"EXPIRED/PEER_OFFLINE", func(l *life) {
		l.send()
		l.cut = true
		l.accept()
		l.engines[1].PeerOffline(l.caller)
		l.pass(5 * time.Second)
		l.pass(57 * time.Second)
	}},
	{"NO_RESPONSE/NEVER_RANG", func(l *life) { l.cut = true; l.send(); l.pass(30 * time.Second) }},
	{"OFFLINE/NEVER_RANG", func(l *life) { l.cut = true; l.send(); l.engines[0].PeerOffline(l.callee); l.pass(30 * time.Second) }},
	{"NOT_LOGGEDIN/NEVER_RANG", func(l *life) { l.engines[0].LogOut(); l.send() }},
	{"OPEN/OPEN", func(l *life) { l.send() }},
}

// grouped is a life in which another of the group is accepted.
func grouped(l *life) {
	group := l.engines[0].NewGroup()
	for range 2 {
		l.prepare()
		l.local.SetGroup(group)
		l.settle(l.local.Send())
	}
	l.accept()
}

// life is one call between two real engines, over a network that is perfect or cut.
type life struct {
	setting
	now     time.Duration
	engines [2]*engine.Engine // the caller's and the callee's
	cut     bool
	local   *engine.LocalInvitation
	remote  *engine.RemoteInvitation
	told    []told
}

type told struct {
	word string
	out  engine.Output
	at   int64
}

func (l *life) Now() time.Time { return time.Unix(0, int64(l.now)) }

func live(t *testing.T, s setting, lived func(*life)) *life {
	t.Helper()
	l := &life{setting: s}
	for i, name := range []string{s.caller, s.callee} {
		var err error
		if l.engines[i], err = engine.New(name, engine.Options{Clock: l, Epoch: uint64(i) + 1}); err != nil {
			t.Fatal(err)
		}
	}
	for range s.earlier {
		l.cut = true
		l.send()
		l.cancel()
		l.cut, l.told = false, nil
	}
	lived(l)
	return l
}

func (l *life) send() {
	l.prepare()
	l.settle(l.local.Send())
}

func (l *life) prepare() {
	l.local = l.engines[0].CreateLocalInvitation(l.callee)
	l.local.SetContent(l.content)
	l.local.SetChannelID(l.channel)
}

func (l *life) accept() { l.remote.SetResponse(l.response); l.settle(l.remote.Accept()) }
func (l *life) refuse() { l.remote.SetResponse(l.response); l.settle(l.remote.Refuse()) }

func (l *life) cancel() {
	l.settle(l.local.Cancel())
	l.told = append(l.told, told{word: "cancel-ok", at: int64(l.now)})
}

func (l *life) pass(d time.Duration) {
	l.now += d
	for _, i := range []int{1, 0} { // a callee's CLOSED may make the caller's timer needless
		l.engines[i].Advance()
		l.settle(nil)
	}
}

// settle is what a host does after every input: it looks at the error, and polls
// until both engines are at rest.
func (l *life) settle(err error) {
	if err != nil {
		panic(err)
	}
	for moved := true; moved; {
		moved = false
		for i, e := range l.engines {
			for out := range e.All() {
				moved = true
				l.take(i, out)
			}
		}
	}
}

func (l *life) take(from int, out engine.Output) {
	if out.Kind == engine.Send {
		if to := l.engines[1-from]; !l.cut && out.To == to.Self() {
			to.Receive(l.engines[from].Self(), out.Message)
		}
		return
	}
	if out.Remote != nil {
		l.remote = out.Remote
	}
	l.told = append(l.told, told{wordOf(out), out, int64(l.now)})
}

// wordOf names an event by what the engine says, not by what the watcher makes of it.
func wordOf(out engine.Output) string {
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		return "ring"
	case engine.LocalInvitationReceivedByPeer:
		return "received"
	case engine.LocalInvitationFailure:
		return "caller:" + [...]string{"", "OFFLINE", "NO_RESPONSE", "EXPIRED", "NOT_LOGGEDIN"}[out.LocalError.Number()]
	case engine.RemoteInvitationFailure:
		return "callee:" + [...]string{"", "PEER_OFFLINE", "ACCEPT_FAILURE", "EXPIRED"}[out.RemoteError.Number()]
	}
	if out.Local != nil && out.Local.Reason() == engine.ReasonAnswered {
		return "caller:ANSWERED"
	}
	if name, ok := strings.CutPrefix(out.Kind.String(), "LocalInvitation"); ok {
		return "caller:" + strings.ToUpper(name)
	}
	return "callee:" + strings.ToUpper(strings.TrimPrefix(out.Kind.String(), "RemoteInvitation"))
}

// TestTheTruthIsNoViolation tells every life as it was, with its times.
func TestTheTruthIsNoViolation(t *testing.T) {
	for _, way := range ways {
		t.Run(strings.ReplaceAll(way.ends, "/", " "), func(t *testing.T) {
			l := live(t, plain, way.lived)
			call := plain.call()
			watch := &property.Watch{Bounds: property.BoundsOf(engine.Options{}), Report: func(v property.Violation) { t.Error(v) }}
			rangAt, endAt := int64(0), [2]int64{}
			for _, e := range l.told {
				switch {
				case e.word == "cancel-ok":
					call.CancelReturnedOK(watch, e.at)
					continue
				case e.word == "ring":
					rangAt = e.at
				case strings.HasPrefix(e.word, "caller:"):
					endAt[0] = e.at
				case strings.HasPrefix(e.word, "callee:"):
					endAt[1] = e.at
				}
				if e.out.Local != nil {
					call.CallerEvent(watch, &e.out, e.at, e.at)
				} else {
					call.CalleeEvent(watch, &e.out, e.at, e.at)
				}
			}
			if way.ends != "OPEN/OPEN" {
				l.pressEverything(t, call, watch)
				call.End(watch, int64(l.now))
			}
			if got := fmt.Sprintf("%v/%v", call.CallerEnd, call.CalleeEnd); got != way.ends {
				t.Errorf("watched as %s", got)
			}
			if call.RangAt != rangAt || call.CallerEndAt != endAt[0] || call.CalleeEndAt != endAt[1] {
				t.Errorf("rang at %d, ended at %d and %d; want %d, %v", call.RangAt, call.CallerEndAt, call.CalleeEndAt, rangAt, endAt)
			}
			if call.Rang != strings.Contains(fmt.Sprint(l.told), "ring") {
				t.Errorf("rang: %v", call.Rang)
			}
		})
	}
}

// pressEverything makes every API call on a call that is over: all are refused,
// and S13 has nothing to say about it.
func (l *life) pressEverything(t *testing.T, call *property.Call, watch *property.Watch) {
	state := func() fmt.Stringer { return l.local.State() }
	press := func(op string, engine *engine.Engine, do func() error) {
		before := state()
		if do() == nil {
			t.Errorf("%s was taken in state %v", op, before)
		}
		call.Misuse(watch, op, before, state(), len(slices.Collect(engine.All())), int64(l.now))
	}
	press("send", l.engines[0], l.local.Send)
	press("cancel", l.engines[0], l.local.Cancel)
	if l.remote != nil {
		state = func() fmt.Stringer { return l.remote.State() }
		press("accept", l.engines[1], l.remote.Accept)
		press("refuse", l.engines[1], l.remote.Refuse)
	}
}

// matrix is copied from the protocol page, and read by this test alone.
const matrix = `
| caller \ callee | ACCEPTED | REFUSED | CANCELED | EXPIRED | ACCEPT_FAILURE or PEER_OFFLINE | never rang |
| ACCEPTED | yes | – | – | – | the residue | – |
| REFUSED | – | yes | – | – | – | – |
| CANCELED | – | crossing | yes | CANCEL lost | CANCEL and CLOSED lost | INVITE lost |
| EXPIRED | – | REFUSE late or lost | – | yes | ACCEPT late or lost | – |
| NO_RESPONSE / OFFLINE | – | yes | yes | yes | yes | yes |
| NOT_LOGGEDIN | – | – | – | – | – | yes |`

// TestAllowedPairs compares every pair with the page, and lets a watcher end in it.
func TestAllowedPairs(t *testing.T) {
	page := readMatrix()
	if len(page) != 7*7 {
		t.Fatalf("the page has %d pairs", len(page))
	}
	for caller := property.CallerAccepted; caller < property.NumCallerEnds; caller++ {
		for callee := property.CalleeAccepted; callee < property.NumCalleeEnds; callee++ {
			cell, ok := page[[2]string{caller.String(), callee.String()}]
			if !ok {
				t.Errorf("%v/%v is not on the page", caller, callee)
				continue
			}
			if got, want := property.Allowed(caller, callee), cell != "–"; got != want {
				t.Errorf("%v/%v: allowed %v, the page says %q", caller, callee, got, cell)
			}
			if got, want := property.IsResidue(caller, callee), cell == "the residue"; got != want {
				t.Errorf("%v/%v: residue %v, the page says %q", caller, callee, got, cell)
			}
			if got, want := endsIn(caller, callee), cell != "–"; got != want {
				t.Errorf("%v/%v: silent at the end %v, the page says %q", caller, callee, got, cell)
			}
		}
	}
	if property.Allowed(property.CallerOpen, property.CalleeAccepted) || property.Allowed(property.CallerAccepted, property.CalleeOpen) {
		t.Error("a side that never ended is allowed")
	}
}

func readMatrix() map[[2]string]string {
	page := map[[2]string]string{}
	var columns []string
	for line := range strings.SplitSeq(strings.TrimSpace(matrix), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if columns == nil {
			columns = cells
			continue
		}
		for caller := range strings.SplitSeq(cells[0], " / ") {
			for i, cell := range cells[1:] {
				for callee := range strings.SplitSeq(columns[i+1], " or ") {
					callee = strings.ReplaceAll(strings.ToUpper(callee), " ", "_")
					page[[2]string{caller, callee}] = cell
				}
			}
		}
	}
	return page
}

// endsIn lets a watcher end in a pair and reports whether it is silent about it.
func endsIn(caller property.CallerEnd, callee property.CalleeEnd) bool {
	call := plain.call()
	call.CallerEnd, call.CalleeEnd, call.Rang = caller, callee, true
	if callee == property.CalleeNeverRang {
		call.CalleeEnd, call.Rang = property.CalleeOpen, false
	}
	silent := true
	watch := property.Watch{Report: func(property.Violation) { silent = false }}
	if caller == property.CallerCanceled {
		call.CancelReturnedOK(&watch, 0)
	}
	call.End(&watch, 0)
	return silent && call.CalleeEnd == callee
}

// TestLabels pins the words that reports print, which programs may read.
func TestLabels(t *testing.T) {
	var callers, callees, ids []string
	for end := range property.NumCallerEnds {
		callers = append(callers, end.String())
	}
	for end := range property.NumCalleeEnds {
		callees = append(callees, end.String())
	}
	for id := property.S1; id < property.NumIDs; id++ {
		ids = append(ids, id.String())
	}
	for _, each := range []struct{ got, want string }{
		{strings.Join(callers, " "), "OPEN ACCEPTED REFUSED CANCELED NO_RESPONSE OFFLINE EXPIRED NOT_LOGGEDIN"},
		{strings.Join(callees, " "), "OPEN ACCEPTED REFUSED CANCELED EXPIRED ACCEPT_FAILURE PEER_OFFLINE NEVER_RANG"},
		{strings.Join(ids, " "), "S1 S2 S3 S4 S5 S6 S7 S8 S9 S10 S11 S12 S13 S14 S15 S16 PAIR Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9 Q10 Q11 LIVE"},
		{property.NumIDs.Words(), "?"},
	} {
		if each.got != each.want {
			t.Errorf("%s, want %s", each.got, each.want)
		}
	}
	var seen []string
	for id := property.S1; id < property.NumIDs; id++ {
		if words := id.Words(); words == "" || words == "?" || slices.Contains(seen, words) {
			t.Errorf("%v has the words %q", id, words)
		} else {
			seen = append(seen, words)
		}
	}
}

func TestBoundsOf(t *testing.T) {
	quick := engine.Times{NoResponse: 3 * time.Second, Expiry: 7 * time.Second, ExpiryCap: 7 * time.Second, Grace: time.Second, Accept: 2 * time.Second}
	for _, c := range []struct {
		name    string
		options engine.Options
		want    property.Bounds
	}{
		{"default", engine.Options{}, property.Bounds{Caller: 92 * time.Second, Callee: 75 * time.Second}},
		{"default, spelled out", engine.Options{Times: engine.DefaultTimes()}, property.Bounds{Caller: 92 * time.Second, Callee: 75 * time.Second}},
		{"count from send", engine.Options{CountFromSend: true}, property.Bounds{Caller: 62 * time.Second, Callee: 75 * time.Second}},
		{"quick", engine.Options{Times: quick}, property.Bounds{Caller: 11 * time.Second, Callee: 9 * time.Second}},
		{"quick, count from send", engine.Options{Times: quick, CountFromSend: true}, property.Bounds{Caller: 8 * time.Second, Callee: 9 * time.Second}},
	} {
		got := property.BoundsOf(c.options)
		if got := (property.Bounds{Caller: got.Caller, Callee: got.Callee}); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestViolationText holds the line that a reader gets to see.
func TestViolationText(t *testing.T) {
	var got []string
	call := plain.call()
	watch := &property.Watch{Bounds: property.BoundsOf(engine.Options{}), Report: func(v property.Violation) { got = append(got, v.String()) }}
	for _, word := range []string{"ring", "ring"} {
		out := eventOf(t, word)
		call.CalleeEvent(watch, &out, int64(1500*time.Millisecond), 0)
	}
	call.Misuse(watch, "send", states.LocalCanceled, states.LocalSentToRemote, 2, int64(2*time.Second))
	want := []string{
		"S6 violated at 1.5s by invitation 1-1 from alice to bob: at most one ring per id (a second ring)",
		"S13 violated at 2s by invitation 1-1 from alice to bob: API misuse changes nothing (send was refused, went from CANCELED to SENT_TO_REMOTE and caused 2 outputs)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestMessagesAndSecondPresses: what the watcher is told beside events.
func TestMessagesAndSecondPresses(t *testing.T) {
	var violated []property.ID
	watch := property.Watch{Report: func(v property.Violation) { violated = append(violated, v.Property) }}
	call := property.Call{Caller: "alice", Callee: "bob"}
	call.Addressed(&watch, true, "bob", 0)
	call.Addressed(&watch, false, "alice", 0)
	call.PressedAgain(&watch, "send", errors.AlreadySent, 0)
	if violated != nil {
		t.Errorf("what is in order violates %v", violated)
	}
	call.Addressed(&watch, true, "carol", 0)
	call.Addressed(&watch, true, "alice", 0)
	call.Addressed(&watch, false, "bob", 0)
	call.PressedAgain(&watch, "send", nil, 0)
	if want := []property.ID{property.S11, property.S11, property.S11, property.S13}; !slices.Equal(violated, want) {
		t.Errorf("violated %v, want %v", violated, want)
	}
}

// TestStands: where no device has answered, the one that has done most for the end stands
// for its user, and of equals the first.
func TestStands(t *testing.T) {
	for _, c := range []struct {
		ends   []property.CalleeEnd
		stands int
	}{
		{[]property.CalleeEnd{property.CalleeCanceled}, 0},
		{[]property.CalleeEnd{property.CalleeExpired, property.CalleeRefused, property.CalleeAcceptFailure}, 1},
		{[]property.CalleeEnd{property.CalleeNeverRang, property.CalleeCanceled, property.CalleeExpired}, 2},
		{[]property.CalleeEnd{property.CalleeRefused, property.CalleeCanceled, property.CalleeRefused}, 0},
	} {
		var devices []property.Device
		for i, end := range c.ends {
			devices = append(devices, property.Device{DeviceID: uint64(i) + 1, CalleeEnd: end})
		}
		call := property.Call{CallerEnd: property.CallerCanceled}
		call.SetDevices(devices)
		call.End(&property.Watch{Report: func(property.Violation) {}}, 0)
		if call.Stands() != c.stands || call.CalleeEnd != c.ends[c.stands] {
			t.Errorf("%v: device %d stands, which is %v", c.ends, call.Stands(), call.CalleeEnd)
		}
	}
}
