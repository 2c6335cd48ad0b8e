// A host whose transport, store or callback is slow or hangs.

package host_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
)

// gate is something that hangs while it is shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) pass() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// returns fails the test unless each of some calls returns at once.
func (w *world) returns(calls map[string]func()) {
	w.t.Helper()
	for what, call := range calls {
		done := make(chan struct{})
		go func() {
			defer close(done)
			call()
		}()
		synctest.Wait()
		select {
		case <-done:
		default:
			w.t.Errorf("%s does not return", what)
		}
	}
}

// looks is everything that an app may look at, and what it may set.
func looks(h *host.Host, call *host.LocalInvitation, ring *host.RemoteInvitation) map[string]func() {
	return map[string]func(){
		"State": func() { call.State(); ring.State() },
		"a getter": func() {
			call.ID()
			call.Content()
			call.Response()
			call.Failure()
			ring.CallerID()
			ring.ChannelID()
		},
		"SetResponse":           func() { ring.SetResponse("later") },
		"OnCanceled":            func() { call.OnCanceled(func() {}); ring.OnCanceled(nil) },
		"Stats":                 func() { h.Stats() },
		"Err":                   func() { h.Err() },
		"CreateLocalInvitation": func() { h.CreateLocalInvitation("dave").SetContent("hello") },
		"LocalInvitations":      func() { h.LocalInvitations(); h.RemoteInvitations() },
	}
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestHungSend: a transport that never returns takes nobody along. Calls are made
// and end, and only what would have to be sent waits, and callbacks after it.
func TestHungSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.receiver.Receive("bob", fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
		w.expect(0, `
			0s alice: rings from bob: "hi" in ""
		`)
		ring := alice.RemoteInvitations()[0]
		alice.node.gate.close()
		call, other := alice.CreateLocalInvitation("carol"), alice.CreateLocalInvitation("dave")
		w.returns(map[string]func(){"the call whose message hangs": func() { w.ok(alice.SendLocalInvitation(call)) }})
		w.returns(map[string]func(){"another call": func() { w.ok(alice.SendLocalInvitation(other)) }})
		w.returns(map[string]func(){"accept": func() { w.ok(alice.AcceptRemoteInvitation(ring)) }})
		w.returns(looks(alice.Host, call, ring))
		w.returns(map[string]func(){
			"cancel":  func() { w.ok(alice.CancelLocalInvitation(call)) },
			"Receive": func() { alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"CONFIRM","id":"b-1"}`), 0) },
			"news":    func() { alice.node.receiver.PeerOnline("bob"); alice.node.receiver.LoggedIn() },
		})
		w.returns(map[string]func(){
			"Wait for what has ended": func() {
				if state, err := call.Wait(t.Context()); state != states.LocalCanceled || err != nil {
					t.Error(state, err)
				}
				if state, err := ring.Wait(t.Context()); state != states.RemoteAccepted || err != nil {
					t.Error(state, err)
				}
			},
			"Wait with a context that ends": func() {
				if _, err := other.Wait(over()); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			},
		})
		w.returns(map[string]func(){
			"Shutdown with a context that ends": func() {
				if err := alice.Shutdown(over()); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			},
		})
		w.returns(map[string]func(){"Close": alice.Close})
		w.expect(time.Second, ``) // the callbacks' messages have not left
		select {
		case <-alice.Done():
			t.Error("done while Send hangs")
		default:
		}
		alice.node.gate.open()
		<-alice.Done()
	})
}

// TestHungStore: a store that never returns takes nobody along who only looks. What
// one sees is what was saved.
func TestHungStore(t *testing.T) {
	for _, end := range []string{"it returns", "Close comes first", "Shutdown comes first", "ShutdownAndEnd comes first"} {
		t.Run(end, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, store := newWorld(t, 0), &memoryStore{}
				alice := w.user("alice", host.Options{Store: store})
				alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
				call := alice.call("carol")
				w.expect(0, `
					0s alice: rings from bob: "hi" in ""
				`)
				ring, sent, stats := alice.RemoteInvitations()[0], alice.sent(), alice.Stats()
				ring.SetResponse("yes")
				store.gate.close()
				accepted := make(chan error, 1)
				go func() { accepted <- alice.AcceptRemoteInvitation(ring) }()
				synctest.Wait()
				w.returns(looks(alice.Host, call, ring))
				if state := ring.State(); state != states.RemoteInvitationReceived || alice.Stats() != stats || alice.sent() != sent {
					t.Errorf("before it is saved: %v, %+v, %d messages", state, alice.Stats(), alice.sent()-sent)
				}
				w.returns(map[string]func(){"Wait with a context that ends": func() {
					if _, err := ring.Wait(over()); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}})
				switch end {
				case "Close comes first":
					w.returns(map[string]func(){"Close": alice.Close})
				case "Shutdown comes first":
					w.returns(map[string]func(){"Shutdown with a context that ends": func() {
						if err := alice.Shutdown(over()); !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}})
				case "ShutdownAndEnd comes first":
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					if err := alice.ShutdownAndEnd(ctx, "bye"); !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				}
				store.gate.open()
				err := <-accepted
				synctest.Wait()
				if end == "it returns" {
					if err != nil || ring.State() != states.RemoteAcceptSentToLocal || ring.Response() != "yes" || alice.sent() != sent+1 {
						t.Errorf("saved: %v, %v, %q, %d messages", err, ring.State(), ring.Response(), alice.sent()-sent)
					}
					alice.Close()
				} else if !errors.Is(err, host.ErrClosed) || ring.State() != states.RemoteInvitationReceived || alice.sent() != sent {
					t.Errorf("closed: %v, %v, %d messages", err, ring.State(), alice.sent()-sent)
				}
				<-alice.Done()
			})
		})
	}
}

// TestFailedStore: what could not be saved has not happened, for whoever looks.
func TestFailedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		alice := w.user("alice", host.Options{Store: store})
		call, next := alice.call("bob"), alice.CreateLocalInvitation("bob")
		store.dieNext()
		if err := alice.CancelLocalInvitation(call); !errors.Is(err, host.ErrClosed) || call.State() != states.LocalSentToRemote {
			t.Error(err, call.State())
		}
		if err := alice.SendLocalInvitation(next); !errors.Is(err, host.ErrClosed) || next.State() != states.LocalIdle || next.ID() != (engine.ID{}) {
			t.Error(err, next.State(), next.ID())
		}
		<-alice.Done()
	})
}

// TestOldMessages: an INVITE grows older while it waits for the transport, and what
// has waited for too long is not sent.
func TestOldMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Engine: engine.Options{NoRetransmit: true}})
		alice.node.gate.close()
		alice.call("nobody")
		synctest.Wait() // this one is in the transport
		alice.call("carol")
		time.Sleep(15 * time.Second)
		alice.call("bob")
		time.Sleep(10*time.Second + 1)
		alice.node.gate.open()
		synctest.Wait()
		if s := alice.Stats(); s.Unsent != 1 || alice.sentTo()["carol"] != 0 || !strings.Contains(string(alice.node.last), `"age_ns":10000000001,`) {
			t.Errorf("%d are dropped, %v sent, %s", s.Unsent, alice.sentTo(), alice.node.last)
		}
		alice.Close()
	})
}

// TestMessageBeforeEvent: an event is told when the message that came with it is
// with the transport.
func TestMessageBeforeEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.pause = time.Second
		alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
		w.expect(500*time.Millisecond, `
			0s alice: Send to bob begins
		`)
		alice.Advance() // another input is no reason
		w.expect(time.Second, `
			1s alice: Send to bob ends
			1s alice: rings from bob: "hi" in ""
		`)
		alice.Close()
	})
}

// TestCloseSendsWhatWasSaid: Close comes after the calls before it, for their peers.
func TestCloseSendsWhatWasSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		call := alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		alice.node.pause, alice.node.silent = 10*time.Second, true
		w.ok(alice.CancelLocalInvitation(call))
		w.ok(alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")))
		alice.Close()
		<-alice.Done()
		w.expect(time.Second, `
			11.1s bob: call from alice was canceled, CANCELED
			21.1s bob: rings from alice: "" in ""
		`)
		bob.Close()
	})
}

// TestSlowCallbacks: while a callback hangs, rings that end are kept up to a bound,
// and of more the oldest are dropped, ring and end together.
func TestSlowCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := w.user("bob", host.Options{})
		var hangs gate
		hangs.close()
		bob.onRing = func(*host.RemoteInvitation) { hangs.pass() }
		in := bob.node.receiver
		ring(in, "alice", 1) // its callback hangs
		synctest.Wait()
		ring(in, "alice", 2) // stays open
		ring(in, "alice", 3) // is answered, though untold
		ring(in, "alice", 4) // is watched, though untold
		for _, r := range bob.RemoteInvitations() {
			switch r.ID().Counter {
			case 3:
				w.ok(bob.RefuseRemoteInvitation(r))
			case 4:
				r.OnCanceled(func() { w.write("bob's ring 4: canceled") })
			}
		}
		unring(in, "alice", 1)
		unring(in, "alice", 4)
		const rings = 10_000
		for n := 5; n < rings; n++ {
			ring(in, fmt.Sprintf("eve%d", n%7), n)
			unring(in, fmt.Sprintf("eve%d", n%7), n)
			if n%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		synctest.Wait()
		if n := host.Untold(bob.Host); n != 1+1+2+2*64 { // the end of 1, ring 2, both of 3
			t.Errorf("%d events wait", n)
		}
		if s := bob.Stats(); s.Untold != rings-4-64 {
			t.Errorf("%d rings are dropped", s.Untold)
		}
		hangs.open()
		want := `
			9s bob's ring 4: canceled
			9s bob: rings from alice: "2" in ""
			9s bob: rings from alice: "3" in ""
			9s bob: refused call from alice: "", REFUSED
			9s bob: call from alice was canceled, CANCELED
		`
		for n := rings - 64; n < rings; n++ {
			want += fmt.Sprintf("9s bob: rings from eve%d: \"%d\" in \"\"\n9s bob: call from eve%[1]d was canceled, CANCELED\n", n%7, n)
		}
		w.expect(0, `
			0s bob: rings from alice: "1" in ""
		`+want[1:])
		bob.Close()
	})
}

// TestSlowCallbacksForOwnCalls: their ends are all told, so the app gets no more
// calls than can wait.
func TestSlowCallbacksForOwnCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Engine: engine.Options{MaxTotal: 10}})
		var hangs gate
		hangs.close()
		alice.onEnd = hangs.pass
		for range 11 { // one is being told, ten wait
			w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
			time.Sleep(time.Hour)
		}
		call := alice.CreateLocalInvitation("nobody")
		err := alice.SendLocalInvitation(call)
		if !errors.Is(err, errors.LimitReached) || err.Error() != "send: invitation to nobody is IDLE: too many invitations are remembered: the ends of 10 calls wait for their callbacks" {
			t.Error(err)
		}
		hangs.open()
		synctest.Wait()
		w.ok(alice.SendLocalInvitation(call))
		alice.Close()
	})
}
