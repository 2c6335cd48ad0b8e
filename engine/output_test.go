// The queue of outputs, when it is polled too slowly: what it holds and what it
// costs. Bytes are those that live after a collection.

package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// mostQueue is what an idle queue may cost, in bytes: room for a few hundred outputs.
const mostQueue = 256 << 10

// ask draws one reply: nobody knows the invitation.
func ask(e *engine.Engine, peer string, n int) {
	e.Receive(peer, engine.Message{Kind: engine.Received, ID: engine.ID{Epoch: 0xbad, Counter: uint64(n + 1)}})
}

// TestQueueNeverEmpty: a queue that is polled all the time and never quite empty
// costs what waits in it, and not what went through it.
func TestQueueNeverEmpty(t *testing.T) {
	before := heap()
	e := memoryEngine(t, &testClock{time.Unix(0, 0)}, 10, 10)
	ask(e, "mallory", 0)
	for n := range 200_000 {
		ask(e, "mallory", n+1)
		if out, ok := e.Poll(); !ok || out.Message.ID.Counter != uint64(n+1) {
			t.Fatalf("%d: %v, %v", n, out, ok)
		}
	}
	again := func() {
		for n := range 1000 {
			ask(e, "mallory", n)
			e.Poll()
		}
	}
	if allocations := testing.AllocsPerRun(10, again); allocations != 0 {
		t.Errorf("%v allocations for 1000 outputs", allocations)
	}
	if cost := heap() - before; cost > mostQueue {
		t.Errorf("one output waits, and the engine costs %d bytes", cost)
	}
	if s := e.Stats(); s.Dropped != 0 {
		t.Errorf("%d were dropped", s.Dropped)
	}
}

// TestQueueShrinks: the room of a long queue is given back while it gets shorter,
// not only when nothing waits any more.
func TestQueueShrinks(t *testing.T) {
	const calls = 20_000
	e := memoryEngine(t, &testClock{time.Unix(0, 0)}, calls, 4*calls)
	for range calls {
		memoryCall(e, "carol", "")
	}
	long := heap()
	for n := range calls - 1 {
		if out, ok := e.Poll(); !ok || out.Message.ID.Counter != uint64(n+1) {
			t.Fatalf("%d: %v, %v", n, out, ok)
		}
	}
	if freed := long - heap(); freed < calls*140 {
		t.Errorf("one of %d outputs waits, and only %d bytes came back", calls, freed)
	}
	if out, ok := e.Poll(); !ok || out.Message.ID.Counter != calls {
		t.Error(out, ok)
	}
	if s := e.Stats(); s.Dropped != 0 {
		t.Errorf("%d were dropped", s.Dropped)
	}
}

// TestQueueOfReplies: while nobody polls, replies find a place up to a bound, and
// what the invitations themselves have to say finds one after that.
func TestQueueOfReplies(t *testing.T) {
	before := heap()
	e := memoryEngine(t, &testClock{time.Unix(0, 0)}, 10, 10)
	id := engine.ID{Epoch: 0xbad, Counter: 1}
	ring := memoryRing(e, "mallory", id, "")
	ring.SetResponse(strings.Repeat("x", engine.MaxResponse))
	if err := ring.Accept(); err != nil {
		t.Fatal(err)
	}
	drain(e)
	for range 200_000 { // each draws the ACCEPT again
		e.Receive("mallory", engine.Message{Kind: engine.Invite, ID: id, Wait: 30 * time.Second, Expiry: time.Minute})
	}
	call := memoryCall(e, "carol", "")
	if cost := heap() - before; cost > 2*mostQueue {
		t.Errorf("one invitation is remembered, and the engine costs %d bytes", cost)
	}
	accepts, invites := 0, 0
	for out := range e.All() {
		switch m := out.Message; {
		case m.Kind == engine.Accept && out.Reply:
			accepts++
		case m.Kind == engine.Invite && m.ID == call.ID() && !out.Reply:
			invites++
		default:
			t.Errorf("%+v", out)
		}
	}
	if accepts != engine.MaxReplies || invites != 1 {
		t.Errorf("%d replies and %d INVITEs waited", accepts, invites)
	}
	if s := e.Stats(); s.Dropped != 200_000-engine.MaxReplies {
		t.Errorf("%d were dropped", s.Dropped)
	}
	ask(e, "mallory", 0)
	if out, ok := e.Poll(); !ok || out.Message.Kind != engine.Closed {
		t.Error("a queue that was polled takes no reply:", out, ok)
	}
}

// TestQueueOfCopies: hours without a poll. What an invitation repeats is bounded by
// what is remembered, whoever made it end and how many have come and gone.
func TestQueueOfCopies(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	e := memoryEngine(t, clock, 10, 10)
	for hour := clock.now.Add(5 * time.Hour); clock.now.Before(hour); {
		call := e.CreateLocalInvitation("carol")
		if call.Send() == nil && clock.now.Second()%2 == 0 {
			_ = call.Cancel()
		}
		clock.now = clock.now.Add(time.Second)
		e.Advance()
	}
	sends := 0
	for out := range e.All() {
		if out.Kind == engine.Send {
			sends++
		}
	}
	if most := 2*engine.MaxReplies + 4*10; sends > most || sends < engine.MaxReplies {
		t.Errorf("%d messages waited, at most %d may", sends, most)
	}
}

// TestQueueAtOnce: nothing is dropped of what one input causes, however much it is.
func TestQueueAtOnce(t *testing.T) {
	const calls = 3 * engine.MaxReplies
	clock := &testClock{time.Unix(0, 0)}
	e := memoryEngine(t, clock, calls, 4*calls)
	for n := range calls {
		memoryRing(e, "mallory", engine.ID{Epoch: 0xbad, Counter: uint64(n + 1)}, "")
		memoryCall(e, "carol", "")
		drain(e)
	}
	count := func(what string, input func(), want map[string]int) {
		t.Helper()
		input()
		got := map[string]int{}
		for out := range e.All() {
			if out.Kind == engine.Send {
				got[out.Message.Kind.String()]++
			} else {
				got[out.Kind.String()]++
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	e.LogOut()
	clock.now = clock.now.Add(time.Second)
	e.Advance()
	count("login", e.LogIn, map[string]int{"INVITE": calls, "RECEIVED": calls}) // 1.0 §4.5: a ring, too
	clock.now = clock.now.Add(time.Hour)
	count("all at once", e.Advance, map[string]int{"CANCEL": calls, "CLOSED": calls, "LocalInvitationFailure": calls, "RemoteInvitationFailure": calls})
}

// TestNext: Next lends what Poll copies, in the same order, also when inputs come in
// between; and what was lent is not kept.
func TestNext(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	var copied, lent []engine.Output
	for _, take := range []func(e *engine.Engine) bool{
		func(e *engine.Engine) bool {
			out, ok := e.Poll()
			if ok {
				copied = append(copied, out)
			}
			return ok
		},
		func(e *engine.Engine) bool {
			out := e.Next()
			if out != nil {
				lent = append(lent, *out)
			}
			return out != nil
		},
	} {
		e := memoryEngine(t, clock, 10, 10)
		for n := range 600 {
			ask(e, "mallory", n)
			ask(e, fmt.Sprint("mallory", n), n)
			take(e)
			if n%100 == 0 {
				for take(e) {
				}
			}
		}
		for take(e) {
		}
		if take(e) {
			t.Error("something is left")
		}
	}
	if len(copied) != 1200 || fmt.Sprint(copied) != fmt.Sprint(lent) {
		t.Errorf("%d outputs are copied, %d lent, or others", len(copied), len(lent))
	}
	e := memoryEngine(t, clock, 10, 10)
	ask(e, "mallory", 1)
	out := e.Next()
	if e.Next(); out.To != "" {
		t.Errorf("what was lent is kept: %+v", *out)
	}
}
