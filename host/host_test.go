package host_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

func TestAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		var ring *host.RemoteInvitation
		bob.onRing = func(inv *host.RemoteInvitation) { ring = inv }
		call := alice.call("bob")
		w.expect(2*time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		if ring.State() != states.RemoteInvitationReceived || call.State() != states.LocalReceivedByRemote || ring.ID() != call.ID() {
			t.Errorf("%v %v, %v %v", ring.ID(), ring.State(), call.ID(), call.State())
		}
		ring.SetResponse("on my way")
		w.ok(bob.AcceptRemoteInvitation(ring))
		w.expect(time.Second, `
			2.1s alice: accepted by bob: "on my way", ACCEPTED_BY_REMOTE
			2.2s bob: call from alice is on, ACCEPTED
		`)
		if call.Response() != "on my way" || call.Failure() != errors.OK || ring.Failure() != errors.OK {
			t.Error(call.Response(), call.Failure(), ring.Failure())
		}
		w.expect(time.Hour, ``)
		alice.Close()
		bob.Close()
	})
}

func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		bob.onRing = func(inv *host.RemoteInvitation) {
			inv.SetResponse("busy")
			w.ok(bob.RefuseRemoteInvitation(inv))
		}
		alice.call("bob")
		w.expect(time.Hour, `
			100ms bob: rings from alice: "video?" in "room"
			100ms bob: refused call from alice: "busy", REFUSED
			200ms alice: received by bob
			200ms alice: refused by bob: "busy", REFUSED_BY_REMOTE
		`)
		alice.Close()
		bob.Close()
	})
}

func TestCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		call := alice.call("bob")
		time.Sleep(3 * time.Second)
		w.ok(alice.CancelLocalInvitation(call))
		w.expect(time.Hour, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
			3s alice: canceled call to bob, CANCELED
			3.1s bob: call from alice was canceled, CANCELED
		`)
		alice.Close()
		bob.Close()
	})
}

// TestTimes: every timer comes to the nanosecond, and INVITE is repeated.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		alice.call("nobody")
		w.expect(30*time.Second-1, ``)
		w.expect(1, `
			30s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		if alice.sent() != 11 { // INVITE at 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 27.5 s, and CANCEL
			t.Errorf("%d messages", alice.sent())
		}
		alice.call("bob")
		w.expect(time.Hour, `
			30.1s bob: rings from alice: "video?" in "room"
			30.2s alice: received by bob
			1m30.1s bob: call from alice failed: REMOTE_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
			1m30.2s alice: call to bob failed: LOCAL_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
		`)
		alice.Close()
		bob.Close()
	})
}

// TestPresenceAndSession: what the transport knows reaches the engine.
func TestPresenceAndSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		alice.call("carol")
		alice.node.receiver.PeerOffline("carol")
		w.expect(30*time.Second, `
			30s alice: call to carol failed: LOCAL_INVITATION_ERR_PEER_OFFLINE, FAILURE, true
		`)
		alice.node.receiver.LoggedOut()
		alice.call("bob")
		w.expect(0, `
			30s alice: call to bob failed: LOCAL_INVITATION_ERR_NOT_LOGGEDIN, FAILURE, true
		`)
		alice.node.receiver.LoggedIn()
		alice.call("dave") // INVITE after 0, 0.5, 1.5, 3.5, 7.5, 11.5 s
		time.Sleep(10 * time.Second)
		before := alice.sent()
		alice.node.receiver.PeerOnline("dave")
		synctest.Wait()
		if n := alice.sent() - before; n != 1 {
			t.Errorf("%d messages when the peer came online", n)
		}
		alice.Close()
		bob.Close()
	})
}

// TestImmediateTransport: a transport may deliver, and answer, from within Send.
func TestImmediateTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 0)
		bob.onRing = func(inv *host.RemoteInvitation) { w.ok(bob.AcceptRemoteInvitation(inv)) }
		alice.call("bob")
		synctest.Wait()
		w.mu.Lock()
		got := map[string]int{} // the two apps are told at the same time
		for _, l := range w.lines {
			got[l.text]++
		}
		w.mu.Unlock()
		for _, text := range []string{
			`bob: rings from alice: "video?" in "room"`, `alice: received by bob`,
			`alice: accepted by bob: "", ACCEPTED_BY_REMOTE`, `bob: call from alice is on, ACCEPTED`,
		} {
			if got[text] != 1 {
				t.Errorf("%d times %s", got[text], text)
			}
		}
		alice.Close()
		bob.Close()
	})
}

// TestReentrantCallback: what a callback brings about is told after it returns,
// and the protocol does not wait for it.
func TestReentrantCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		alice.onReceivedByPeer = func(call *host.LocalInvitation) {
			w.ok(alice.CancelLocalInvitation(call))
			if err := alice.CancelLocalInvitation(call); !errors.Is(err, errors.AlreadyEnd) {
				t.Errorf("canceled twice: %v", err)
			}
			time.Sleep(time.Millisecond) // the network does not keep the order of what is sent at once
			again := alice.call("bob")
			time.Sleep(5 * time.Second)
			w.write("alice: her callback returns; the second call is %v", again.State())
			alice.onReceivedByPeer = nil
		}
		alice.call("bob")
		w.expect(10*time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
			300ms bob: call from alice was canceled, CANCELED
			301ms bob: rings from alice: "video?" in "room"
			5.201s alice: her callback returns; the second call is RECEIVED_BY_REMOTE
			5.201s alice: canceled call to bob, CANCELED
			5.201s alice: received by bob
		`)
		alice.Close()
		bob.Close()
	})
}

// TestSlowTransport: messages are handed over one at a time, a call of the app does
// not wait for another's message, time goes on meanwhile, and Done waits.
func TestSlowTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Engine: engine.Options{NoRetransmit: true}})
		alice.node.pause = 40 * time.Second
		call := alice.CreateLocalInvitation("bob")
		go alice.SendLocalInvitation(call)
		time.Sleep(30*time.Second + 1)
		w.write("alice: her call to bob is %v", call.State())
		alice.call("carol")
		w.write("alice: her call to carol returns")
		time.Sleep(15 * time.Second)
		alice.Close()
		w.write("alice: closed")
		<-alice.Done()
		w.write("alice: done")
		w.expect(time.Hour, `
			0s alice: Send to bob begins
			30.000000001s alice: her call to bob is FAILURE
			30.000000001s alice: her call to carol returns
			40s alice: Send to bob ends
			40s alice: Send to bob begins
			45.000000001s alice: closed
			1m20s alice: Send to bob ends
			1m20s alice: done
		`)
	})
}

// TestAppLock: an app may hold its own lock while it calls the host, although its
// callbacks take it.
func TestAppLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 0)
		lock := make(chan struct{}, 1) // a bubble's time stands still while a sync.Mutex is waited for
		alice.onEnd = func() {
			lock <- struct{}{}
			w.write("alice: has the lock")
			<-lock
		}
		lock <- struct{}{}
		call := alice.call("bob")
		w.ok(alice.CancelLocalInvitation(call))
		time.Sleep(time.Second)
		<-lock
		synctest.Wait()
		w.mu.Lock()
		if last := w.lines[len(w.lines)-1]; last.text != "alice: has the lock" || last.at != time.Second {
			t.Error(last)
		}
		w.mu.Unlock()
		alice.Close()
		bob.Close()
	})
}

// serial fails if two callbacks of one host run at once, or if an invitation has
// more than one end.
type serial struct {
	host.NopListener
	t       *testing.T
	h       *host.Host
	running atomic.Int32
	ends    sync.Map // handle → *atomic.Int32
	ended   atomic.Int32
}

func (s *serial) enter() func() {
	if s.running.Add(1) != 1 {
		s.t.Error("two callbacks at once")
	}
	return func() { s.running.Add(-1) }
}

func (s *serial) end(handle any) {
	defer s.enter()()
	n, _ := s.ends.LoadOrStore(handle, new(atomic.Int32))
	if n.(*atomic.Int32).Add(1) != 1 {
		s.t.Error("ended twice")
	}
	s.ended.Add(1)
}

func (s *serial) OnLocalInvitationReceivedByPeer(*host.LocalInvitation)       { s.enter()() }
func (s *serial) OnLocalInvitationAccepted(i *host.LocalInvitation, _ string) { s.end(i) }
func (s *serial) OnLocalInvitationRefused(i *host.LocalInvitation, _ string)  { s.end(i) }
func (s *serial) OnLocalInvitationCanceled(i *host.LocalInvitation)           { s.end(i) }
func (s *serial) OnRemoteInvitationAccepted(i *host.RemoteInvitation)         { s.end(i) }
func (s *serial) OnRemoteInvitationRefused(i *host.RemoteInvitation)          { s.end(i) }
func (s *serial) OnRemoteInvitationCanceled(i *host.RemoteInvitation)         { s.end(i) }
func (s *serial) OnLocalInvitationFailure(i *host.LocalInvitation, _ errors.LocalInvitationError) {
	s.end(i)
}
func (s *serial) OnRemoteInvitationFailure(i *host.RemoteInvitation, _ errors.RemoteInvitationError) {
	s.end(i)
}

func (s *serial) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	defer s.enter()()
	answer := s.h.AcceptRemoteInvitation
	if inv.ID().Counter%2 == 0 {
		answer = s.h.RefuseRemoteInvitation
	}
	inv.SetResponse("now")
	if inv.ID().Counter%3 == 0 {
		answer(inv)
		return
	}
	go answer(inv) // and perhaps the caller cancels first
}

// TestManyGoroutines: calls in both directions from many goroutines at once, which
// ask for everything there is meanwhile. It is for the race detector.
func TestManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, calls = 8, 25
		w := newWorld(t, time.Millisecond)
		timers := &countingClock{Clock: host.AdaptClock(clock.New())}
		var sides [2]*serial
		for i, name := range []string{"alice", "bob"} {
			n := &node{w: w, name: name}
			w.nodes[name] = n
			h, err := host.New(name, n, host.Options{Clock: timers})
			if err != nil {
				t.Fatal(err)
			}
			sides[i] = &serial{t: t, h: h}
			if err := h.Start(sides[i]); err != nil {
				t.Fatal(err)
			}
		}
		var group sync.WaitGroup
		for i, s := range sides {
			for range callers {
				group.Go(func() {
					for n := range calls {
						call := s.h.CreateLocalInvitation(sides[1-i].h.Self())
						call.SetContent(fmt.Sprint(n))
						call.SetChannelID("room")
						if err := s.h.SendLocalInvitation(call); err != nil {
							t.Error(err)
						}
						_ = fmt.Sprint(call.State(), call.ID(), call.CalleeID(), call.Content(), call.ChannelID(), call.Response(), call.Failure())
						s.h.Stats()
						s.h.Advance()
						time.Sleep(time.Duration(n%5) * time.Millisecond)
						if n%4 == 0 {
							s.h.CancelLocalInvitation(call)
						}
					}
				})
			}
		}
		group.Wait()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for _, s := range sides {
			if n := s.ended.Load(); n < callers*calls {
				t.Errorf("%s: %d ends for %d calls", s.h.Self(), n, callers*calls)
			}
			if host.Handles(s.h) != 0 {
				t.Errorf("%s keeps %d handles of ended invitations", s.h.Self(), host.Handles(s.h))
			}
			if st := s.h.Stats(); st.LocalRecords != callers*calls || st.Stats.Unexpected != 0 {
				t.Errorf("%s: %+v", s.h.Self(), st)
			}
		}
		if n := timers.stopAll(); n != 2 {
			t.Errorf("%d timers were armed, want one for each host", n)
		}
		for _, s := range sides {
			s.h.Close()
		}
	})
}

// TestEveryMethodLocks: each method by itself, on a goroutine that does nothing
// else which could order it, while an invitation lives its life. It is for the
// race detector.
func TestEveryMethodLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 10*time.Millisecond)
		call := alice.CreateLocalInvitation("bob")
		var group sync.WaitGroup
		often := func(method func()) {
			group.Go(func() {
				for range 100 {
					method()
					time.Sleep(time.Millisecond)
				}
			})
		}
		bob.onRing = func(inv *host.RemoteInvitation) {
			for _, method := range []func(){
				func() { inv.CallerID() }, func() { inv.Content() }, func() { inv.ChannelID() }, func() { inv.Response() },
				func() { inv.State() }, func() { inv.Failure() }, func() { inv.ID() }, func() { inv.SetResponse("yes") },
			} {
				often(method)
			}
			time.Sleep(20 * time.Millisecond)
			w.ok(bob.AcceptRemoteInvitation(inv))
		}
		for _, method := range []func(){
			func() { call.CalleeID() }, func() { call.Content() }, func() { call.ChannelID() }, func() { call.Response() },
			func() { call.State() }, func() { call.Failure() }, func() { call.ID() },
			func() { call.SetContent("video?") }, func() { call.SetChannelID("room") },
			func() { alice.CreateLocalInvitation("bob") }, func() { alice.Stats() }, func() { alice.Advance() },
			func() { alice.CancelLocalInvitation(nil) }, func() { alice.node.receiver.PeerOnline("carol") },
		} {
			often(method)
		}
		time.Sleep(5 * time.Millisecond)
		w.ok(alice.SendLocalInvitation(call))
		group.Wait()
		w.expect(0, `
			15ms bob: rings from alice: "video?" in "room"
			25ms alice: received by bob
			45ms alice: accepted by bob: "yes", ACCEPTED_BY_REMOTE
			55ms bob: call from alice is on, ACCEPTED
		`)
		alice.Close()
		bob.Close()
	})
}

// TestStaleTimer: a wake-up that was stopped too late does nothing at all.
func TestStaleTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := newWorld(t, 0), &countingClock{Clock: host.AdaptClock(clock.New())}
		alice := w.user("alice", host.Options{Clock: c})
		call := alice.call("nobody")
		w.ok(alice.CancelLocalInvitation(call))
		if len(c.calls) != 2 {
			t.Fatalf("%d timers", len(c.calls))
		}
		time.Sleep(400 * time.Millisecond)
		c.calls[0]()
		if len(c.calls) != 2 {
			t.Error("a stale wake-up set the timer anew")
		}
		c.calls[1]() // too early, as a clock that was adjusted may be: no harm
		before := alice.sent()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if n := alice.sent() - before; n != 1 {
			t.Errorf("CANCEL was repeated %d times", n)
		}
		alice.Close()
	})
}

// countingClock remembers every timer.
type countingClock struct {
	host.Clock
	mu     sync.Mutex
	timers []host.Timer
	calls  []func()
}

func (c *countingClock) AfterFunc(d time.Duration, f func()) host.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	timer := c.Clock.AfterFunc(d, f)
	c.timers = append(c.timers, timer)
	c.calls = append(c.calls, f)
	return timer
}

// stopAll tells how many were armed.
func (c *countingClock) stopAll() (armed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, timer := range c.timers {
		if timer.Stop() {
			armed++
		}
	}
	return armed
}

// TestClose: nothing moves after it, and nothing stays behind. (A goroutine that
// stayed would also fail the bubble.)
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 100*time.Millisecond)
		timers := &countingClock{Clock: host.AdaptClock(clock.New())}
		alice, bob := w.user("alice", host.Options{Clock: timers}), w.user("bob", host.Options{})
		call, unsent := alice.call("bob"), alice.CreateLocalInvitation("bob")
		time.Sleep(150 * time.Millisecond) // its RECEIVED is on the way
		back := bob.call("alice")
		time.Sleep(time.Millisecond)
		alice.Close()
		alice.Close()
		<-alice.Done()
		if n := timers.stopAll(); n != 0 {
			t.Errorf("%d timers are still armed", n)
		}
		sent := alice.sent()
		alice.node.receiver.PeerOnline("bob")
		alice.node.receiver.PeerOffline("bob")
		alice.node.receiver.LoggedOut()
		alice.node.receiver.LoggedIn()
		alice.Advance()
		w.ok(bob.CancelLocalInvitation(back))
		w.expect(time.Hour, `
			100ms bob: rings from alice: "video?" in "room"
			151ms bob: canceled call to alice, CANCELED
			1m0.1s bob: call from alice failed: REMOTE_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
		`)
		if alice.sent() != sent || call.State() != states.LocalSentToRemote {
			t.Errorf("%d messages after Close, %v", alice.sent()-sent, call.State())
		}
		for op, err := range map[string]error{
			"send: invitation to bob is IDLE: host is closed":                                        alice.SendLocalInvitation(unsent),
			fmt.Sprintf("cancel: invitation %v to bob is SENT_TO_REMOTE: host is closed", call.ID()): alice.CancelLocalInvitation(call),
			"start host of alice: host is closed":                                                    alice.Start(alice),
		} {
			if !errors.Is(err, host.ErrClosed) || err.Error() != op {
				t.Errorf("got %v, want %s", err, op)
			}
		}
		bob.Close()
	})
}

// TestCloseInCallback: a callback may close its host; the events that wait are
// dropped, and Done waits for the callback.
func TestCloseInCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		bob.onRing = func(inv *host.RemoteInvitation) {
			w.ok(bob.RefuseRemoteInvitation(inv))
			bob.Close()
			time.Sleep(time.Second)
			w.write("bob: his callback returns")
		}
		go func() {
			<-bob.Done()
			w.write("bob: done")
		}()
		alice.call("bob")
		w.expect(time.Hour, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
			200ms alice: refused by bob: "", REFUSED_BY_REMOTE
			1.1s bob: his callback returns
			1.1s bob: done
		`)
		alice.Close()
	})
}

// TestStrangeHandles: the first check of every call is whose invitation it is.
func TestStrangeHandles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 0)
		var ring *host.RemoteInvitation
		bob.onRing = func(inv *host.RemoteInvitation) { ring = inv }
		call := alice.call("bob")
		id := call.ID()
		w.mu.Lock()
		w.lines = nil
		w.mu.Unlock()
		synctest.Wait()
		for _, c := range []struct {
			err  error
			text string
		}{
			{bob.SendLocalInvitation(call), fmt.Sprintf("send: invitation %v to bob is RECEIVED_BY_REMOTE: invalid argument: it is not an invitation of bob's host", id)},
			{bob.CancelLocalInvitation(call), fmt.Sprintf("cancel: invitation %v to bob is RECEIVED_BY_REMOTE: invalid argument: it is not an invitation of bob's host", id)},
			{alice.AcceptRemoteInvitation(ring), fmt.Sprintf("accept: invitation %v from alice is INVITATION_RECEIVED: invalid argument: it is not an invitation of alice's host", id)},
			{alice.RefuseRemoteInvitation(ring), fmt.Sprintf("refuse: invitation %v from alice is INVITATION_RECEIVED: invalid argument: it is not an invitation of alice's host", id)},
			{alice.SendLocalInvitation(nil), "send: invitation of no host is nil: invalid argument: it is not an invitation of alice's host"},
			{alice.CancelLocalInvitation(new(host.LocalInvitation)), "cancel: invitation of no host is nil: invalid argument: it is not an invitation of alice's host"},
			{bob.AcceptRemoteInvitation(nil), "accept: invitation of no host is nil: invalid argument: it is not an invitation of bob's host"},
			{bob.RefuseRemoteInvitation(new(host.RemoteInvitation)), "refuse: invitation of no host is nil: invalid argument: it is not an invitation of bob's host"},
		} {
			if !errors.Is(c.err, errors.InvalidArgument) || c.err.Error() != c.text {
				t.Errorf("got %v, want %s", c.err, c.text)
			}
		}
		if call.State() != states.LocalReceivedByRemote || ring.State() != states.RemoteInvitationReceived {
			t.Error(call.State(), ring.State())
		}
		alice.Close()
		bob.Close()
		<-alice.Done()
		if err := alice.SendLocalInvitation(nil); !errors.Is(err, errors.InvalidArgument) {
			t.Error(err)
		}
	})
}

// TestCopies: calls with a copy of a handle fail and change nothing; whatever reads
// or listens does so for the original.
func TestCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 0)
		idle := alice.CreateLocalInvitation("bob")
		call := alice.call("bob")
		var ring *host.RemoteInvitation
		synctest.Wait()
		for _, r := range bob.RemoteInvitations() {
			ring = r
		}
		const why = "invalid argument: it is a copy: only the pointer that the host gave is an invitation"
		for _, c := range []struct {
			err  error
			text string
		}{
			{alice.SendLocalInvitation(byValue(idle)), "send: invitation to bob is IDLE: " + why},
			{alice.SendLocalInvitation(byValue(call)), fmt.Sprintf("send: invitation %v to bob is RECEIVED_BY_REMOTE: %s", call.ID(), why)},
			{alice.CancelLocalInvitation(byValue(call)), fmt.Sprintf("cancel: invitation %v to bob is RECEIVED_BY_REMOTE: %s", call.ID(), why)},
			{bob.AcceptRemoteInvitation(byValue(ring)), fmt.Sprintf("accept: invitation %v from alice is INVITATION_RECEIVED: %s", call.ID(), why)},
			{bob.RefuseRemoteInvitation(byValue(ring)), fmt.Sprintf("refuse: invitation %v from alice is INVITATION_RECEIVED: %s", call.ID(), why)},
		} {
			if !errors.Is(c.err, errors.InvalidArgument) || c.err.Error() != c.text {
				t.Errorf("got %v, want %s", c.err, c.text)
			}
		}
		if idle.State() != states.LocalIdle || call.State() != states.LocalReceivedByRemote || ring.State() != states.RemoteInvitationReceived {
			t.Error(idle.State(), call.State(), ring.State())
		}
		accepted := false
		byValue(call).OnAccepted(func(string) { accepted = true })
		w.ok(bob.AcceptRemoteInvitation(ring))
		if state, err := byValue(call).Wait(t.Context()); state != states.LocalAcceptedByRemote || err != nil {
			t.Error(state, err)
		}
		synctest.Wait()
		if !accepted {
			t.Error("nothing was told")
		}
		alice.Close()
		bob.Close()
	})
}

// byValue copies where go vet does not see it.
func byValue[T any](p *T) *T {
	c := new(T)
	*c = *p
	return c
}

// TestSameHandle: every callback about an invitation brings the same pointer, and
// a misused one is not remembered.
func TestSameHandle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, alice, bob := pair(t, 0)
		var call, told *host.LocalInvitation
		var ring, canceled *host.RemoteInvitation
		alice.onReceivedByPeer = func(inv *host.LocalInvitation) { told = inv }
		bob.onRing = func(inv *host.RemoteInvitation) { ring = inv }
		bob.onCanceled = func(inv *host.RemoteInvitation) { canceled = inv }
		call = alice.call("bob")
		synctest.Wait()
		if told != call {
			t.Error("another handle")
		}
		if err := alice.SendLocalInvitation(call); !errors.Is(err, errors.AlreadySent) {
			t.Error(err)
		}
		if err := alice.CancelLocalInvitation(call); err != nil {
			t.Error(err)
		}
		if err := alice.SendLocalInvitation(call); !errors.Is(err, errors.AlreadyEnd) {
			t.Error(err)
		}
		if err := alice.SendLocalInvitation(alice.CreateLocalInvitation("alice")); !errors.Is(err, errors.InvalidArgument) {
			t.Error(err)
		}
		if err := alice.CancelLocalInvitation(alice.CreateLocalInvitation("bob")); !errors.Is(err, errors.NotStarted) {
			t.Error(err)
		}
		synctest.Wait()
		if ring == nil || ring != canceled {
			t.Error("another handle")
		}
		if n := host.Handles(alice.Host) + host.Handles(bob.Host); n != 0 {
			t.Errorf("%d handles are kept", n)
		}
		alice.Close()
		bob.Close()
	})
}

// TestHostileBytes: what cannot be read, and what was held too long, is counted,
// logged and dropped; what the transport knows of the age counts.
func TestHostileBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		var log bytes.Buffer
		bob := w.user("bob", host.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{
			Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))})
		bob.node.fail = errors.New("no route")
		invite := func(n int) []byte {
			return fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"a-%d","content":"hi","channel_id":"","age_ns":20000000000,"wait_ns":30000000000,"expiry_ns":60000000000}`, n)
		}
		in := bob.node.receiver
		in.Receive("eve", []byte("hello"), 0)
		in.Receive("eve", invite(1), 100*time.Second+1)
		in.Receive("eve", invite(2), 10*time.Second)
		synctest.Wait()
		in.Receive("mallory", invite(3), 10*time.Second-1)
		w.expect(0, `
			0s bob: missed call from eve: "hi" in "", stale, withdrawn false, restored false
			0s bob: rings from mallory: "hi" in ""
		`)
		if s := bob.Stats(); s.Undecodable != 1 || s.TooOld != 1 || s.SendFailed != 2 || s.Received[engine.MissedCall] != 1 || s.Received[engine.Moved] != 1 {
			t.Errorf("%+v", s)
		}
		want := strings.Join([]string{
			`level=WARN msg="message dropped" user=bob peer=eve error="wire: decode: unknown form: first byte 0x68"`,
			`level=DEBUG msg="message dropped: too old" user=bob peer=eve kind=INVITE id=a-1 held=1m40.000000001s`,
			`level=DEBUG msg=event user=bob event=RemoteInvitationMissed peer=eve id=a-2 reason=stale withdrawn=false turn=2`,
			`level=DEBUG msg="message received" user=bob peer=eve kind=INVITE id=a-2 verdict=missed turn=2`,
			`level=WARN msg="message not sent" user=bob peer=eve kind=CLOSED id=a-2 for=INVITE word=stale error="no route" turn=2`,
			`level=DEBUG msg=event user=bob event=RemoteInvitationReceived peer=mallory id=a-3 state=INVITATION_RECEIVED turn=3`,
			`level=DEBUG msg="message received" user=bob peer=mallory kind=INVITE id=a-3 verdict=moved turn=3`,
			`level=WARN msg="message not sent" user=bob peer=mallory kind=RECEIVED id=a-3 error="no route" turn=3`,
		}, "\n") + "\n"
		if started, got, _ := strings.Cut(log.String(), "\n"); got != want || !strings.HasPrefix(started, "level=DEBUG msg=started user=bob device=0 epoch=") {
			t.Errorf("got\n%s\n%swant\n%s", started, got, want)
		}
		bob.Close()
	})
}

// TestEncode: either form is sent, and both are read.
func TestEncode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 100*time.Millisecond)
		alice, bob := w.user("alice", host.Options{Encode: wire.EncodeBinary}), w.user("bob", host.Options{})
		bob.onRing = func(inv *host.RemoteInvitation) { w.ok(bob.AcceptRemoteInvitation(inv)) }
		alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
			200ms alice: accepted by bob: "", ACCEPTED_BY_REMOTE
			300ms bob: call from alice is on, ACCEPTED
		`)
		if a, b := alice.node.last, bob.node.last; len(a) == 0 || a[0] == '{' || len(b) == 0 || b[0] != '{' {
			t.Errorf("%q, %q", a, b)
		}
		alice.Close()
		bob.Close()
	})
}

// TestOwnTimes: MaxDelay is that of the options.
func TestOwnTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := w.user("bob", host.Options{Engine: short()})
		bob.node.receiver.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 10*time.Second+1)
		if s := bob.Stats(); s.TooOld != 1 {
			t.Errorf("%+v", s)
		}
		bob.Close()
	})
}

func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		a := &app{w: w, name: "alice", node: &node{w: w, name: "alice"}}
		a.Host, _ = host.New("alice", a.node, host.Options{})
		w.ok(a.CancelLocalInvitation(a.call("bob")))
		w.expect(time.Second, ``) // nobody to tell yet
		if err := a.Start(nil); err == nil || err.Error() != "start host of alice: listener is nil" {
			t.Error(err)
		}
		w.ok(a.Start(a))
		w.expect(0, `
			1s alice: canceled call to bob, CANCELED
		`)
		if err := a.Start(a); err == nil || err.Error() != "start host of alice: it was started before" {
			t.Error(err)
		}
		a.Close()
	})
}

func TestNewRefuses(t *testing.T) {
	transport := &node{}
	for _, c := range []struct {
		self      string
		transport host.Transport
		options   host.Options
		text      string
	}{
		{"alice", nil, host.Options{}, "host: transport is nil"},
		{"alice", transport, host.Options{Engine: engine.Options{Clock: clock.New()}}, "host options: Engine.Clock is set: set Clock"},
		{"", transport, host.Options{}, `engine: own user id "" is not valid: it is empty`},
		{"alice", transport, host.Options{Engine: engine.Options{MaxTotal: -1}}, "engine options: MaxTotal -1 is not positive"},
	} {
		if h, err := host.New(c.self, c.transport, c.options); h != nil || err == nil || err.Error() != c.text {
			t.Errorf("%v, %v, want %s", h, err, c.text)
		}
	}
}

// TestEpoch: every start draws another, unless one is given.
func TestEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		seen := map[uint64]bool{0: true}
		for range 4 {
			alice := w.user("alice", host.Options{})
			epoch := alice.call("bob").ID().Epoch
			if seen[epoch] {
				t.Errorf("epoch %x again", epoch)
			}
			seen[epoch] = true
			alice.Close()
		}
		alice := w.user("alice", host.Options{Engine: engine.Options{Epoch: 0x5eed}})
		if id := alice.call("bob").ID().String(); id != "5eed-1" {
			t.Error(id)
		}
		alice.Close()
	})
}

// manual is a whole clock of one's own. Its timers never fire by themselves, not
// even those of no length.
type manual struct {
	mu    sync.Mutex
	now   time.Time
	armed []time.Duration
}

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *manual) AfterFunc(d time.Duration, f func()) host.Timer {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.armed = append(m.armed, d)
	return manualTimer{}
}

type manualTimer struct{}

func (manualTimer) Stop() bool { return true }

// TestOwnClock: two methods are a clock. What is due at the very time of an input
// comes right after it, and no timer of no length is asked for.
func TestOwnClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := newWorld(t, 0), &manual{now: time.Unix(1e9, 0)}
		alice := w.user("alice", host.Options{Clock: c, Engine: engine.Options{NoRetransmit: true}})
		alice.call("nobody")
		c.mu.Lock()
		c.now = c.now.Add(30 * time.Second)
		c.mu.Unlock()
		alice.node.receiver.PeerOnline("somebody")
		w.expect(0, `
			0s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		for _, d := range c.armed {
			if d <= 0 {
				t.Errorf("a timer of %v", d)
			}
		}
		alice.Close()
	})
}

// TestMock proves the injection point: no time but the Mock's passes for the host.
// In a bubble the Mock's own pauses cost nothing.
func TestMock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, mock := newWorld(t, 0), clock.NewMock()
		alice := w.user("alice", host.Options{Clock: host.AdaptClock(mock), Engine: engine.Options{NoRetransmit: true}})
		call := alice.call("nobody")
		time.Sleep(time.Hour)
		mock.Add(30*time.Second - 1)
		synctest.Wait()
		if call.State() != states.LocalSentToRemote {
			t.Errorf("%v before its time", call.State())
		}
		mock.Add(1)
		synctest.Wait()
		if call.State() != states.LocalFailure || call.Failure() != errors.LocalPeerNoResponse {
			t.Errorf("%v, %v at its time", call.State(), call.Failure())
		}
		mock.Add(247 * time.Second)
		synctest.Wait()
		if s := alice.Stats(); s.LocalRecords != 0 {
			t.Errorf("%+v after the tombstone", s)
		}
		alice.Close()
	})
}

// sleepyClock is the clock of a machine that can sleep: its wall clock runs on,
// its monotonic clock and its timers do not.
type sleepyClock struct {
	host.Clock
	slept atomic.Int64
}

func (c *sleepyClock) Now() time.Time {
	return c.Clock.Now().Round(0).Add(time.Duration(c.slept.Load()))
}

// TestSleep: with a clock that counts sleep, Advance at the resume does what is
// overdue, and so does any message; the timer is armed anew.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, c := newWorld(t, 0), &sleepyClock{Clock: host.AdaptClock(clock.New())}
		alice := w.user("alice", host.Options{Clock: c, Engine: engine.Options{NoRetransmit: true}})
		alice.call("nobody")
		c.slept.Add(int64(29 * time.Second))
		alice.Advance() // resumed: one second is left
		w.expect(time.Second, `
			1s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		alice.call("nobody")
		c.slept.Add(int64(time.Hour))
		alice.node.receiver.Receive("eve", []byte(`{"v":1,"kind":"CONFIRM","id":"a-1"}`), 0)
		w.expect(0, `
			1s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		alice.Close()
	})
}

func TestWallClock(t *testing.T) {
	if !strings.Contains(time.Now().String(), "m=") {
		t.Skip("no monotonic clock here")
	}
	for _, wall := range []host.Clock{host.WallClock(nil), host.WallClock(host.AdaptClock(clock.New()))} {
		if now := wall.Now(); strings.Contains(now.String(), "m=") || time.Since(now) > time.Minute {
			t.Error(now)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Clock: host.WallClock(nil)})
		alice.call("nobody")
		w.expect(30*time.Second, `
			30s alice: call to nobody failed: LOCAL_INVITATION_ERR_PEER_NO_RESPONSE, FAILURE, true
		`)
		alice.Close()
	})
}
