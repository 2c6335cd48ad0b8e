// What a push handler is told of a message, also while there is no session, and what can
// be looked up later.

package host_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

// bytesOf is a message of alice's n-th call.
func bytesOf(t testing.TB, n uint64, m engine.Message) []byte {
	t.Helper()
	m.ID = engine.ID{Epoch: 0xa, Counter: n}
	data, err := wire.EncodeJSON(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func inviteOf(age time.Duration) engine.Message {
	return engine.Message{Kind: engine.Invite, Content: "hi", Age: age, Wait: 30 * time.Second, Expiry: time.Minute}
}

var userCancel = engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser, Note: "wrong number"}

func TestHandIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := w.user("bob", host.Options{})
		hand := func(want host.Arrival, n uint64, m engine.Message, held time.Duration) {
			t.Helper()
			if got, id := bob.HandIn("alice", bytesOf(t, n, m), held); got != want || id.Counter != n {
				t.Errorf("%v of call %d: %v, %v, want %v", m.Kind, n, got, id, want)
			}
		}
		hand(host.Rings, 1, inviteOf(time.Second), 2*time.Second)
		hand(host.Open, 1, inviteOf(time.Second), 2*time.Second)
		hand(host.Unknown, 2, engine.Message{Kind: engine.Confirm}, 0)
		hand(host.NeverRings, 3, inviteOf(0), 30*time.Second)
		hand(host.Ended, 3, inviteOf(0), 30*time.Second)
		hand(host.Ended, 4, userCancel, 0)
		hand(host.NeverRings, 4, inviteOf(0), 0)
		hand(host.Dropped, 5, inviteOf(0), 101*time.Second)
		hand(host.Dropped, 6, engine.Message{Kind: engine.Invite, Wait: 30 * time.Second}, 0)
		if got, id := bob.HandIn("alice", []byte("?"), 0); got != host.Dropped || id != (engine.ID{}) {
			t.Error(got, id)
		}
		ring := bob.RemoteInvitations()[0]
		until, rings := ring.RingsUntil()
		if !rings || time.Until(until) != time.Minute || ring.Age() != 3*time.Second || ring.Reason() != 0 {
			t.Error(until, rings, ring.Age(), ring.Reason())
		}
		found, ok := bob.FindRemote("alice", ring.ID())
		if !ok || found != (host.KnownRemote{Invitation: ring, State: states.RemoteInvitationReceived}) {
			t.Error(found, ok)
		}
		hand(host.Ended, 1, userCancel, 0)
		if _, rings := ring.RingsUntil(); rings || ring.Reason() != engine.ReasonUser || ring.Note() != "wrong number" {
			t.Error(rings, ring.Reason(), ring.Note())
		}
		for n, want := range map[uint64]host.KnownRemote{
			1: {State: states.RemoteCanceled, Reason: engine.ReasonUser},
			3: {State: states.RemoteFailure, Failure: errors.RemoteInvitationExpire, Reason: engine.ReasonStale},
			4: {State: states.RemoteCanceled, Reason: engine.ReasonUser},
		} {
			if found, ok := bob.FindRemote("alice", engine.ID{Epoch: 0xa, Counter: n}); !ok || found != want {
				t.Errorf("call %d: %+v, %v, want %+v", n, found, ok, want)
			}
		}
		for _, from := range []string{"alice", "carol"} {
			if _, ok := bob.FindRemote(from, engine.ID{Epoch: 0xa, Counter: 2}); ok {
				t.Error("call 2 is known from", from)
			}
		}
		w.expect(5*time.Minute, `
			0s bob: rings from alice: "hi" in ""
			0s bob: missed call from alice: "hi" in "", stale, withdrawn false, restored false
			0s bob: missed call from alice: "hi" in "", user, withdrawn false, restored false
			0s bob: call from alice was canceled, CANCELED
		`)
		if _, ok := bob.FindRemote("alice", ring.ID()); ok {
			t.Error("what is forgotten is found")
		}
		bob.Close()
		hand(host.Dropped, 7, inviteOf(0), 0)
		if _, ok := bob.FindRemote("alice", ring.ID()); ok {
			t.Error("a closed host finds something")
		}
	})
}

// TestFindLocal: the caller's half, with the callee's device.
func TestFindLocal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10*time.Millisecond)
		alice, bob := w.user("alice", host.Options{}), w.user("bob", host.Options{Engine: engine.Options{Device: 7}})
		call := alice.CreateLocalInvitation("bob")
		if _, waits := call.WaitsUntil(); waits {
			t.Error("it waits before it is sent")
		}
		call.SetTimes(20*time.Second, 40*time.Second)
		w.ok(alice.SendLocalInvitation(call))
		if until, waits := call.WaitsUntil(); !waits || time.Until(until) != 20*time.Second {
			t.Error(until, waits)
		}
		time.Sleep(time.Second)
		if until, waits := call.WaitsUntil(); !waits || time.Until(until) != 42*time.Second-980*time.Millisecond {
			t.Error(time.Until(until), waits)
		}
		if found, ok := alice.FindLocal("bob", call.ID()); !ok || found != (host.KnownLocal{Invitation: call, State: states.LocalReceivedByRemote}) {
			t.Error(found, ok)
		}
		ring := bob.RemoteInvitations()[0]
		if until, rings := ring.RingsUntil(); !rings || time.Until(until) != 40*time.Second-990*time.Millisecond {
			t.Error(time.Until(until), rings)
		}
		w.ok(bob.RefuseRemoteInvitation(ring))
		time.Sleep(time.Second)
		if found, ok := alice.FindLocal("bob", call.ID()); !ok || found != (host.KnownLocal{State: states.LocalRefusedByRemote, Device: 7}) || call.Device() != 7 {
			t.Error(found, ok)
		}
		long := alice.CreateLocalInvitation("bob")
		long.SetTimes(time.Hour, time.Hour)
		if err := alice.SendLocalInvitation(long); !errors.Is(err, errors.InvalidArgument) {
			t.Error(err)
		}
		call.SetTimes(time.Second, time.Second) // ignored
		alice.Close()
		bob.Close()
	})
}

// TestCause: what lay behind PEER_NO_RESPONSE.
func TestCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		unheard, turnedAway := alice.call("nobody"), alice.call("bob")
		data, _ := wire.EncodeJSON(engine.Message{Kind: engine.Closed, For: engine.Invite, Word: engine.WordOverloaded, ID: turnedAway.ID()})
		if got, _ := alice.HandIn("bob", data, 0); got != host.Open {
			t.Error(got)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if unheard.Cause() != engine.CauseNoSign || turnedAway.Cause() != engine.CauseOverloaded {
			t.Error(unheard.Cause(), turnedAway.Cause())
		}
		alice.Close()
	})
}

// TestMute: logged out, a host takes in what arrives and says nothing. An answer given
// before the login counts (C86, C87).
func TestMute(t *testing.T) {
	for name, answer := range map[string]time.Duration{"answered before the login": 3 * time.Second, "answered after the login": 9 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 10*time.Millisecond)
				alice := w.user("alice", host.Options{})
				call := alice.call("bob")
				synctest.Wait()
				invite := alice.node.last
				bob := w.user("bob", host.Options{})
				bob.node.receiver.LoggedOut()
				push := bob.node.receiver
				bob.node.Listen(nil) // the network has no way to bob
				time.Sleep(2 * time.Second)
				if got, id := bob.HandIn("alice", invite, 2*time.Second); got != host.Rings || id != call.ID() {
					t.Error(got, id)
				}
				ring := bob.RemoteInvitations()[0]
				time.AfterFunc(answer-2*time.Second, func() { w.ok(bob.AcceptRemoteInvitation(ring)) })
				time.Sleep(6*time.Second - time.Millisecond)
				synctest.Wait()
				if bob.sent() != 0 {
					t.Error("it is not mute")
				}
				bob.node.Listen(push)
				time.Sleep(time.Millisecond)
				push.LoggedIn()
				time.Sleep(time.Minute)
				synctest.Wait()
				if call.State() != states.LocalAcceptedByRemote || ring.State() != states.RemoteAccepted {
					t.Error(call.State(), ring.State())
				}
				alice.Close()
				bob.Close()
			})
		})
	}
}

// TestCanceledWhileAway: a phone that lost its network while it rang stops when it is
// back, however many CANCELs it missed.
func TestCanceledWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 10*time.Millisecond)
		call := alice.call("bob")
		time.Sleep(time.Second)
		in := bob.node.receiver
		bob.node.Listen(nil)
		in.LoggedOut()
		w.ok(alice.CancelWithNote(call, "never mind"))
		time.Sleep(40 * time.Second) // and the linger is over
		bob.node.Listen(in)
		in.LoggedIn()
		w.expect(time.Second, `
			10ms bob: rings from alice: "video?" in "room"
			20ms alice: received by bob
			1s alice: canceled call to bob, CANCELED
			41.02s bob: call from alice was canceled, CANCELED
		`)
		alice.Close()
		bob.Close()
	})
}

// TestHandInUnsaved: what is not saved has not happened.
func TestHandInUnsaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		bob := w.user("bob", host.Options{Store: store})
		store.dieNext()
		if got, _ := bob.HandIn("alice", bytesOf(t, 1, inviteOf(0)), 0); got != host.Dropped || len(bob.RemoteInvitations()) != 0 {
			t.Error(got, bob.RemoteInvitations())
		}
		w.expect(time.Minute, ``)
	})
}

// TestNote: the callee's app is told why.
func TestNote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 10*time.Millisecond)
		call := alice.call("bob")
		time.Sleep(time.Second)
		ring := bob.RemoteInvitations()[0]
		if err := alice.CancelWithNote(call, string(make([]byte, engine.MaxNote+1))); !errors.Is(err, errors.InvalidArgument) || call.State().Terminal() {
			t.Error(err, call.State())
		}
		w.ok(alice.CancelWithNote(call, "never mind"))
		time.Sleep(time.Second)
		if ring.Note() != "never mind" || ring.Reason() != engine.ReasonUser {
			t.Error(ring.Note(), ring.Reason())
		}
		data, _ := wire.EncodeJSON(engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: call.ID()})
		if got, _ := alice.HandIn("bob", data, 0); got != host.Ended {
			t.Error(got)
		}
		alice.Close()
		bob.Close()
	})
}

// TestHandInBeforeStart: a push may come before the app is ready to be told.
func TestHandInBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := &app{w: w, name: "bob", node: &node{w: w, name: "bob"}}
		var err error
		bob.Host, err = host.New("bob", bob.node, host.Options{})
		w.ok(err)
		if got, _ := bob.HandIn("alice", bytesOf(t, 1, inviteOf(0)), time.Second); got != host.Rings {
			t.Error(got)
		}
		w.expect(time.Second, ``)
		w.ok(bob.Start(bob))
		w.expect(0, `
			1s bob: rings from alice: "hi" in ""
		`)
		bob.Close()
	})
}
