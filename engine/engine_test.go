package engine_test

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/states"
)

func init() { garbage.Seldom() }

type testClock struct{ now time.Time }

func (c *testClock) Now() time.Time { return c.now }

func newEngine(t testing.TB, self string, clock engine.Clock, epoch uint64) *engine.Engine {
	t.Helper()
	e, err := engine.New(self, engine.Options{Clock: clock, Epoch: epoch})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// carry hands every message between two engines over at once and returns the events.
func carry(a, b *engine.Engine) (events []engine.Output) {
	for moved := true; moved; {
		moved = false
		for _, pair := range [][2]*engine.Engine{{a, b}, {b, a}} {
			for out := range pair[0].All() {
				moved = true
				if out.Kind == engine.Send {
					pair[1].Receive(pair[0].Self(), out.Message)
				} else {
					events = append(events, out)
				}
			}
		}
	}
	return events
}

func TestAcceptedCall(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	alice, bob := newEngine(t, "alice", clock, 0xa), newEngine(t, "bob", clock, 0xb)
	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	if err := call.Send(); err != nil {
		t.Fatal(err)
	}
	events := carry(alice, bob)
	var ring *engine.RemoteInvitation
	for _, e := range events {
		if e.Kind == engine.RemoteInvitationReceived {
			ring = e.Remote
		}
	}
	if ring == nil || ring.Content() != "video?" {
		t.Fatalf("bob did not ring as sent: %v", events)
	}
	ring.SetResponse("yes")
	if err := ring.Accept(); err != nil {
		t.Fatal(err)
	}
	carry(alice, bob)
	if call.State() != states.LocalAcceptedByRemote || ring.State() != states.RemoteAccepted || call.Response() != "yes" {
		t.Fatalf("caller %v, callee %v, response %q", call.State(), ring.State(), call.Response())
	}
	at, ok := alice.NextDeadline()
	if !ok {
		t.Fatal("no tombstone is armed")
	}
	clock.now = at
	alice.Advance()
	if s := alice.Stats(); s.LocalRecords != 0 || s.Peers != 0 {
		t.Fatalf("after the tombstone: %+v", s)
	}
}

// BenchmarkAcceptedCall is one complete accepted call through two engines, with
// the clock advancing so that 1,000 tombstones live on each side.
func BenchmarkAcceptedCall(b *testing.B) {
	call := acceptedCalls(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// TestAcceptedCallAllocatesTwice: the two objects that the apps hold.
func TestAcceptedCallAllocatesTwice(t *testing.T) {
	if allocs := testing.AllocsPerRun(1000, acceptedCalls(t)); allocs != 2 {
		t.Errorf("%v allocations a call", allocs)
	}
}

func acceptedCalls(b testing.TB) func() {
	clock := &testClock{time.Unix(0, 0)}
	alice, bob := newEngine(b, "alice", clock, 0xa), newEngine(b, "bob", clock, 0xb)
	step := engine.DefaultTimes().Tombstone / 1000
	one := func() {
		call := alice.CreateLocalInvitation("bob")
		if err := call.Send(); err != nil {
			b.Fatal(err)
		}
		out, _ := alice.Poll() // INVITE
		bob.Receive("alice", out.Message)
		out, _ = bob.Poll() // RECEIVED
		ring, _ := bob.Poll()
		alice.Receive("bob", out.Message)
		alice.Poll()
		if err := ring.Remote.Accept(); err != nil {
			b.Fatal(err)
		}
		out, _ = bob.Poll() // ACCEPT
		alice.Receive("bob", out.Message)
		out, _ = alice.Poll() // CONFIRM
		alice.Poll()
		bob.Receive("alice", out.Message)
		done, _ := bob.Poll()
		if done.Kind != engine.RemoteInvitationAccepted {
			b.Fatal(done.Kind)
		}
		clock.now = clock.now.Add(step)
		alice.Advance()
		bob.Advance()
	}
	for range 2000 {
		one()
	}
	if s := alice.Stats(); s.LocalRecords < 990 || s.LocalRecords > 1010 {
		b.Fatalf("%d tombstones", s.LocalRecords)
	}
	return one
}

// steadyStep returns a step that repeats for ever: a copy of an INVITE that rings
// is answered with RECEIVED.
func steadyStep(t testing.TB) func() {
	clock := &testClock{time.Unix(0, 0)}
	alice, bob := newEngine(t, "alice", clock, 0xa), newEngine(t, "bob", clock, 0xb)
	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	if err := call.Send(); err != nil {
		t.Fatal(err)
	}
	invite, _ := alice.Poll()
	bob.Receive("alice", invite.Message)
	for range bob.All() {
	}
	return func() {
		clock.now = clock.now.Add(time.Microsecond)
		if verdict := bob.Receive("alice", invite.Message); verdict != engine.Copy {
			t.Fatal(verdict)
		}
		if out, _ := bob.Poll(); out.Message.Kind != engine.Received {
			t.Fatal(out.Message.Kind)
		}
		bob.NextDeadline()
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	if allocs := testing.AllocsPerRun(1000, steadyStep(t)); allocs != 0 {
		t.Errorf("%v allocations a step", allocs)
	}
}

// BenchmarkStep is one message in, its answer out and the next deadline asked for.
func BenchmarkStep(b *testing.B) {
	step := steadyStep(b)
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
}
