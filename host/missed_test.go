// Missed calls: told to a listener that wants them, over a crash as the other events, and
// never so many that a slow callback could not cope.

package host_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

// confirmOther says that another device of bob's has answered.
var confirmOther = engine.Message{Kind: engine.Confirm, Device: 8}

// device is one of several of a user.
func device(n uint64) host.Options { return host.Options{Engine: engine.Options{Device: n}} }

// missedOne is a world in which an INVITE came too late for a device with a store.
func missedOne(t *testing.T) (*world, *app, host.Options) {
	w, options := newWorld(t, 0), device(7)
	options.Store = &memoryStore{}
	bob := w.user("bob", options)
	bob.HandIn("alice", bytesOf(t, 1, inviteOf(30*time.Second)), 0)
	return w, bob, options
}

func TestMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, bob, options := missedOne(t)
		w.expect(0, `
			0s bob: missed call from alice: "hi" in "", stale, withdrawn false, restored false
		`)
		bob.HandIn("alice", bytesOf(t, 1, confirmOther), 0)
		w.expect(0, `
			0s bob: missed call from alice: "" in "", accepted elsewhere, withdrawn true, restored false
		`)
		for range 4 { // it crashes before anything else is saved
			bob.Close()
			<-bob.Done()
			bob = w.user("bob", options)
			synctest.Wait()
		}
		w.expect(0, `
			0s bob: missed call from alice: "" in "", accepted elsewhere, withdrawn true, restored true
			0s bob: missed call from alice: "" in "", accepted elsewhere, withdrawn true, restored true
			0s bob: missed call from alice: "" in "", accepted elsewhere, withdrawn true, restored true
		`)
		w.ok(bob.Shutdown(t.Context()))
		bob = w.user("bob", options)
		w.expect(time.Second, ``)
		bob.Close()

		carol, err := host.New("carol", &node{w: w}, host.Options{})
		w.ok(err)
		w.ok(carol.Start(host.NopListener{})) // which is no MissedListener
		carol.HandIn("alice", bytesOf(t, 1, inviteOf(30*time.Second)), 0)
		w.ok(carol.Shutdown(t.Context()))
	})
}

// TestSlowMissed: of more than 64 that wait, the oldest is dropped; and one that is taken
// back in time is never told.
func TestSlowMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := w.user("bob", device(7))
		free := make(chan bool)
		bob.onRing = func(*host.RemoteInvitation) { <-free }
		bob.HandIn("alice", bytesOf(t, 100, inviteOf(0)), 0)
		synctest.Wait()
		for n := range uint64(66) {
			bob.HandIn("alice", bytesOf(t, n+1, inviteOf(30*time.Second)), 0)
		}
		bob.HandIn("alice", bytesOf(t, 66, confirmOther), 0)
		if n := host.Untold(bob.Host); n != 63 || bob.Stats().Untold != 2 {
			t.Error(n, bob.Stats().Untold)
		}
		bob.HandIn("alice", bytesOf(t, 1, confirmOther), 0) // it was dropped, and nobody knows
		if n := host.Untold(bob.Host); n != 64 {
			t.Error(n)
		}
		close(free)
		time.Sleep(time.Second)
		synctest.Wait()
		if n := host.Untold(bob.Host); n != 0 || len(w.lines) != 65 {
			t.Error(n, len(w.lines))
		}
		bob.Close()
	})
}

// TestMissedTakenBack: what an earlier process may have told is taken back, however soon
// the news comes after the start.
func TestMissedTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, bob, options := missedOne(t)
		synctest.Wait()
		bob.Close()
		<-bob.Done()
		h, err := host.New("bob", bob.node, options)
		w.ok(err)
		bob.Host = h
		bob.HandIn("alice", bytesOf(t, 1, confirmOther), 0)
		w.ok(bob.Start(bob))
		w.expect(0, `
			0s bob: missed call from alice: "hi" in "", stale, withdrawn false, restored false
			0s bob: missed call from alice: "hi" in "", stale, withdrawn false, restored true
			0s bob: missed call from alice: "" in "", accepted elsewhere, withdrawn true, restored false
		`)
		bob.Close()
	})
}

// TestTwoDevices: both ring, one answers, and the other is told why it stops.
func TestTwoDevices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 10*time.Millisecond)
		alice := w.user("alice", host.Options{})
		phone := w.user("bob", device(7))
		phoneNode := phone.node
		laptop := w.user("bob", device(8))
		w.nodes["bob"] = &node{w: w, receiver: both{phoneNode, laptop.node}}
		call := alice.call("bob")
		time.Sleep(time.Second)
		rings := laptop.RemoteInvitations()
		w.ok(phone.AcceptRemoteInvitation(phone.RemoteInvitations()[0]))
		time.Sleep(time.Second)
		synctest.Wait()
		if call.Device() != 7 || rings[0].Reason() != engine.ReasonAcceptedElsewhere {
			t.Error(call.State(), call.Device(), rings[0].State(), rings[0].Reason())
		}
		for _, a := range []*app{alice, phone, laptop} {
			a.Close()
		}
	})
}

// both are two devices that hear the same.
type both [2]*node

func (b both) Receive(from string, data []byte, held time.Duration) {
	for _, n := range b {
		n.receiver.Receive(from, data, held)
	}
}
func (b both) PeerOnline(string)  {}
func (b both) PeerOffline(string) {}
func (b both) LoggedIn()          {}
func (b both) LoggedOut()         {}
