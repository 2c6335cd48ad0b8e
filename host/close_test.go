// Waiting: for the end of an invitation, and of a host.

package host_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
)

// TestWait: it returns how the invitation ended, or why it did not.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		bob.onRing = func(ring *host.RemoteInvitation) {
			w.ok(bob.AcceptRemoteInvitation(ring))
			state, err := ring.Wait(t.Context()) // in a callback, which is told of the end after it
			w.write("bob: waited: %v, %v", state, err)
		}
		call := alice.CreateLocalInvitation("bob")
		go func() {
			state, err := call.Wait(t.Context())
			time.Sleep(time.Nanosecond) // so that the transcript has one order
			w.write("alice: waited: %v, %v", state, err)
		}()
		w.expect(time.Second, ``) // it is not sent yet
		w.ok(alice.SendLocalInvitation(call))
		w.expect(time.Second, `
			1.1s bob: rings from alice: "" in ""
			1.2s alice: received by bob
			1.2s alice: accepted by bob: "", ACCEPTED_BY_REMOTE
			1.200000001s alice: waited: ACCEPTED_BY_REMOTE, <nil>
			1.3s bob: waited: ACCEPTED, <nil>
			1.3s bob: call from alice is on, ACCEPTED
		`)

		over, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		open := alice.call("nobody")
		state, err := open.Wait(over)
		if state != states.LocalSentToRemote || !errors.Is(err, context.DeadlineExceeded) ||
			err.Error() != fmt.Sprintf("wait: invitation %v to nobody is SENT_TO_REMOTE: context deadline exceeded", open.ID()) {
			t.Error(state, err)
		}
		if state, err := call.Wait(over); state != states.LocalAcceptedByRemote || err != nil {
			t.Error("what has ended needs no time:", state, err)
		}

		time.AfterFunc(time.Second, alice.Close)
		if _, err := open.Wait(t.Context()); !errors.Is(err, host.ErrClosed) {
			t.Error(err)
		}
		if state, err := call.Wait(t.Context()); state != states.LocalAcceptedByRemote || err != nil {
			t.Error(state, err)
		}
		bob.Close()
	})
}

// TestShutdown waits for what is under way and no longer, whatever it is.
func TestShutdown(t *testing.T) {
	for _, c := range []struct {
		name  string
		begin func(w *world, alice *app)
		takes time.Duration
	}{
		{"nothing", func(*world, *app) {}, 0},
		{"an open call", func(_ *world, alice *app) { alice.call("bob") }, 0},
		{"a CANCEL", func(w *world, alice *app) {
			w.ok(alice.CancelLocalInvitation(alice.call("bob")))
		}, 200 * time.Millisecond}, // the ACK
		{"a CANCEL that nobody hears", func(w *world, alice *app) {
			w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
		}, 32 * time.Second}, // the linger
		{"a callback", func(w *world, alice *app) {
			alice.onEnd = func() { time.Sleep(time.Minute) }
			w.ok(alice.CancelLocalInvitation(alice.call("bob")))
		}, time.Minute},
		{"a Send", func(_ *world, alice *app) {
			alice.node.pause = 10 * time.Second
			go alice.call("bob")
			synctest.Wait()
			alice.w.mu.Lock()
			alice.node.pause = 0
			alice.w.mu.Unlock()
		}, 10 * time.Second},
		{"its end by Close", func(w *world, alice *app) {
			w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
			time.AfterFunc(time.Second, alice.Close)
		}, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, alice, bob := pair(t, 100*time.Millisecond)
				c.begin(w, alice)
				start := time.Now()
				if err := alice.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != c.takes {
					t.Errorf("it took %v, want %v", took, c.takes)
				}
				<-alice.Done()
				if err := alice.Err(); err != host.ErrClosed {
					t.Error(err)
				}
				if err := alice.Shutdown(t.Context()); err != nil {
					t.Errorf("once more: %v", err)
				}
				bob.Close()
			})
		})
	}
}

// TestShutdownRefuse: a REFUSE is waited for like a CANCEL.
func TestShutdownRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		alice.call("bob")
		time.Sleep(time.Second)
		for _, ring := range bob.RemoteInvitations() {
			w.ok(bob.RefuseRemoteInvitation(ring))
		}
		start := time.Now()
		w.ok(bob.Shutdown(t.Context()))
		if took := time.Since(start); took != 200*time.Millisecond {
			t.Error(took)
		}
		alice.Close()
	})
}

// TestShutdownGivesUp: when ctx ends the host is closed all the same, whether it is
// the peer, a callback or the caller's own callback that it waited for.
func TestShutdownGivesUp(t *testing.T) {
	for _, what := range []string{"peer", "callback", "own callback"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, over, done := newWorld(t, 0), errors.New("enough"), make(chan struct{})
				alice := w.user("alice", host.Options{})
				shutdown := func() {
					defer close(done)
					ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, over)
					defer cancel()
					start := time.Now()
					err := alice.Shutdown(ctx)
					if !errors.Is(err, over) || err.Error() != "shut down host of alice: enough" || time.Since(start) != time.Second {
						t.Errorf("%v after %v", err, time.Since(start))
					}
					if err := alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")); !errors.Is(err, host.ErrClosed) {
						t.Error(err)
					}
				}
				switch what {
				case "callback":
					alice.onEnd = func() { time.Sleep(time.Hour) }
				case "own callback":
					alice.onEnd = shutdown
				}
				w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
				if what != "own callback" {
					shutdown()
				}
				<-done
				<-alice.Done()
			})
		})
	}
}

// TestShutdownAndEnd: nobody is left ringing, and what rings meanwhile is refused.
func TestShutdownAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const text = "the phone is going off"
		w, alice, bob := pair(t, 100*time.Millisecond)
		call := alice.call("bob")
		time.Sleep(time.Millisecond)
		back := bob.call("alice")
		time.Sleep(999 * time.Millisecond)
		w.expect(0, `
			100ms bob: rings from alice: "video?" in "room"
			101ms alice: rings from bob: "video?" in "room"
			200ms alice: received by bob
			201ms bob: received by alice
		`)
		var late *host.LocalInvitation
		time.AfterFunc(50*time.Millisecond, func() { late = bob.call("alice") })
		if err := alice.ShutdownAndEnd(t.Context(), strings.Repeat("x", engine.MaxNote+1)); !errors.Is(err, errors.InvalidArgument) || alice.Err() != nil {
			t.Error(err, alice.Err())
		}
		if err := alice.ShutdownAndEnd(t.Context(), "\xff"); !errors.Is(err, errors.InvalidArgument) || alice.Err() != nil {
			t.Error(err, alice.Err())
		}
		ring, own := bob.RemoteInvitations()[0], alice.RemoteInvitations()[0]
		bob.silence()
		w.ok(alice.ShutdownAndEnd(t.Context(), text))
		w.expect(time.Minute, `
			1s alice: canceled call to bob, CANCELED
			1s alice: refused call from bob: "the phone is going off", REFUSED
			1.15s alice: rings from bob: "video?" in "room"
			1.15s alice: refused call from bob: "the phone is going off", REFUSED
		`)
		if ring.Note() != text || call.Reason() != engine.ReasonUser || own.Response() != text || back.Response() != text || late.Response() != text {
			t.Error(ring.Note(), call.Reason(), own.Response(), back.Response(), late.Response())
		}
		bob.Close()
	})
}
