// An invitation's own funcs: their order, their re-entrance, and that none comes
// too late.

package host_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// subscribe sets every func of the caller's side.
func (a *app) subscribe(call *host.LocalInvitation) {
	call.OnReceivedByPeer(func() { a.w.write("%s's call: received", a.name) })
	call.OnAccepted(func(response string) { a.w.write("%s's call: accepted %q", a.name, response) })
	call.OnRefused(func(response string) { a.w.write("%s's call: refused %q", a.name, response) })
	call.OnCanceled(func() { a.w.write("%s's call: canceled", a.name) })
	call.OnFailure(func(code errors.LocalInvitationError) { a.w.write("%s's call: failed %s", a.name, code.Name()) })
}

// answer sets every func of the callee's side.
func (a *app) answer(ring *host.RemoteInvitation) {
	ring.OnAccepted(func() { a.w.write("%s's ring: accepted", a.name) })
	ring.OnRefused(func() { a.w.write("%s's ring: refused", a.name) })
	ring.OnCanceled(func() { a.w.write("%s's ring: canceled", a.name) })
	ring.OnFailure(func(code errors.RemoteInvitationError) { a.w.write("%s's ring: failed %s", a.name, code.Name()) })
}

// TestFuncs: each func comes right after the Listener's method for the same event.
func TestFuncs(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(alice, bob *app, call *host.LocalInvitation, ring *host.RemoteInvitation)
		want string
	}{
		{"accepted", func(_, bob *app, _ *host.LocalInvitation, ring *host.RemoteInvitation) {
			ring.SetResponse("yes")
			bob.w.ok(bob.AcceptRemoteInvitation(ring))
		}, `
			1.1s alice: accepted by bob: "yes", ACCEPTED_BY_REMOTE
			1.1s alice's call: accepted "yes"
			1.2s bob: call from alice is on, ACCEPTED
			1.2s bob's ring: accepted
		`},
		{"refused", func(_, bob *app, _ *host.LocalInvitation, ring *host.RemoteInvitation) {
			ring.SetResponse("no")
			bob.w.ok(bob.RefuseRemoteInvitation(ring))
		}, `
			1s bob: refused call from alice: "no", REFUSED
			1s bob's ring: refused
			1.1s alice: refused by bob: "no", REFUSED_BY_REMOTE
			1.1s alice's call: refused "no"
		`},
		{"canceled", func(alice, _ *app, call *host.LocalInvitation, _ *host.RemoteInvitation) {
			alice.w.ok(alice.CancelLocalInvitation(call))
		}, `
			1s alice: canceled call to bob, CANCELED
			1s alice's call: canceled
			1.1s bob: call from alice was canceled, CANCELED
			1.1s bob's ring: canceled
		`},
		{"nobody acts", func(_, _ *app, _ *host.LocalInvitation, _ *host.RemoteInvitation) {}, `
			1m0.1s bob: call from alice failed: REMOTE_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
			1m0.1s bob's ring: failed REMOTE_INVITATION_ERR_INVITATION_EXPIRE
			1m0.2s alice: call to bob failed: LOCAL_INVITATION_ERR_INVITATION_EXPIRE, FAILURE, true
			1m0.2s alice's call: failed LOCAL_INVITATION_ERR_INVITATION_EXPIRE
		`},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, alice, bob := pair(t, 100*time.Millisecond)
				var ring *host.RemoteInvitation
				bob.onRing = func(inv *host.RemoteInvitation) { ring = inv; bob.answer(inv) }
				call := alice.CreateLocalInvitation("bob")
				alice.subscribe(call)
				w.ok(alice.SendLocalInvitation(call))
				w.expect(time.Second, `
					100ms bob: rings from alice: "" in ""
					200ms alice: received by bob
					200ms alice's call: received
				`)
				c.run(alice, bob, call, ring)
				w.expect(time.Hour, c.want)
				alice.Close()
				bob.Close()
			})
		})
	}
}

// TestLateFuncs: a func that is set after its event is called soon, once, before
// any event that was not told yet; one that was replaced is not called any more.
func TestLateFuncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		// His REFUSE comes while alice is still being told of the receipt.
		bob.onRing = func(inv *host.RemoteInvitation) {
			time.Sleep(time.Second)
			w.ok(bob.RefuseRemoteInvitation(inv))
		}
		call := alice.call("bob")
		call.OnReceivedByPeer(func() {
			time.Sleep(2 * time.Second)
			w.write("alice: her first func returns; the call is %v", call.State())
			call.OnReceivedByPeer(func() { t.Error("a replaced func was called") })
			call.OnReceivedByPeer(func() { w.write("alice's call: received, too") })
		})
		w.expect(time.Hour, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
			1.1s bob: refused call from alice: "", REFUSED
			2.2s alice: her first func returns; the call is REFUSED_BY_REMOTE
			2.2s alice's call: received, too
			2.2s alice: refused by bob: "", REFUSED_BY_REMOTE
		`)
		alice.subscribe(call) // an hour late, and of all of them two have happened
		w.expect(0, `
			1h0m0s alice's call: received
			1h0m0s alice's call: refused ""
		`)
		call.OnRefused(nil)
		call.OnRefused(func(string) { t.Error("a func that was taken away was called") })
		call.OnRefused(nil)
		w.expect(time.Hour, ``)
		alice.Close()
		call.OnRefused(func(string) { t.Error("a func was called after Close") })
		bob.Close()
	})
}

// TestReentrantFuncs: a func may do anything to any invitation and set other funcs;
// what it brings about comes after it has returned.
func TestReentrantFuncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		first, second := alice.CreateLocalInvitation("bob"), alice.CreateLocalInvitation("nobody")
		first.OnReceivedByPeer(func() {
			w.ok(alice.CancelLocalInvitation(first))
			w.ok(alice.SendLocalInvitation(second))
			w.ok(alice.CancelLocalInvitation(second))
			second.OnCanceled(func() { w.write("alice's second call: canceled") })
			first.OnCanceled(func() {
				w.write("alice's first call: canceled")
				if err := alice.CancelLocalInvitation(first); !errors.Is(err, errors.AlreadyEnd) {
					t.Error(err)
				}
			})
			w.write("alice: her func returns")
		})
		bob.onRing = func(ring *host.RemoteInvitation) {
			ring.OnCanceled(func() {
				if err := bob.AcceptRemoteInvitation(ring); !errors.Is(err, errors.AlreadyEnd) {
					t.Error(err)
				}
				back := bob.call("alice")
				back.OnReceivedByPeer(func() {
					w.ok(bob.CancelLocalInvitation(back))
					back.OnCanceled(func() { t.Error("a func was called after Close") })
					bob.Close()
				})
			})
		}
		w.ok(alice.SendLocalInvitation(first))
		w.expect(time.Second, `
			100ms bob: rings from alice: "" in ""
			200ms alice: received by bob
			200ms alice: her func returns
			200ms alice: canceled call to bob, CANCELED
			200ms alice's first call: canceled
			200ms alice: canceled call to nobody, CANCELED
			200ms alice's second call: canceled
			300ms bob: call from alice was canceled, CANCELED
			400ms alice: rings from bob: "video?" in "room"
			500ms bob: received by alice
			600ms alice: call from bob was canceled, CANCELED
		`)
		<-bob.Done()
		alice.Close()
	})
}

// TestListenerCloses: the func for the event in whose callback the host is closed
// does not begin any more.
func TestListenerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.onEnd = alice.Close
		call := alice.call("nobody")
		call.OnCanceled(func() { t.Error("a func was called after Close") })
		w.ok(alice.CancelLocalInvitation(call))
		<-alice.Done()
	})
}

// TestFuncsLock: funcs are set on many goroutines while events come. It is for the
// race detector; each func that is not replaced is called once.
func TestFuncsLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, time.Millisecond)
		bob.onRing = func(ring *host.RemoteInvitation) { w.ok(bob.AcceptRemoteInvitation(ring)) }
		told := make(chan string, 100)
		for range 10 {
			call := alice.call("bob")
			for range 5 {
				go call.OnReceivedByPeer(func() { told <- "received" })
				go call.OnAccepted(func(string) { told <- "accepted" })
				time.Sleep(time.Millisecond)
			}
		}
		w.mu.Lock()
		w.lines = nil
		w.mu.Unlock()
		synctest.Wait()
		if len(told) < 20 {
			t.Errorf("%d funcs were called", len(told))
		}
		alice.Close()
		bob.Close()
	})
}
