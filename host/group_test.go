// Groups over a host: the first accept cancels the others, in their order.

package host_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 10*time.Millisecond)
		g := alice.NewGroup()
		var calls []*host.LocalInvitation
		for _, callee := range []string{"carol", "dave", "bob", "erin", "late"} {
			call := alice.CreateLocalInvitation(callee)
			call.SetGroup(g)
			calls = append(calls, call)
		}
		calls[1].SetGroup(alice.NewGroup())
		calls[1].SetGroup(g) // and so behind the others
		calls[3].SetGroup(nil)
		for _, i := range []int{3, 2, 1, 0} {
			w.ok(alice.SendLocalInvitation(calls[i]))
		}
		if calls[0].Group() != g || calls[3].Group() != nil || g.Decided() {
			t.Error(calls[0].Group(), calls[3].Group(), g.Decided())
		}
		time.Sleep(time.Second)
		w.ok(bob.AcceptRemoteInvitation(bob.RemoteInvitations()[0]))
		w.expect(time.Second, `
			10ms bob: rings from alice: "" in ""
			20ms alice: received by bob
			1.01s alice: accepted by bob: "", ACCEPTED_BY_REMOTE
			1.01s alice: canceled call to carol, CANCELED
			1.01s alice: canceled call to dave, CANCELED
			1.02s bob: call from alice is on, ACCEPTED
		`)
		if !g.Decided() || calls[0].Reason() != engine.ReasonAnswered || calls[2].Reason() != 0 {
			t.Error(g.Decided(), calls[0].Reason(), calls[2].Reason())
		}
		if err := alice.SendLocalInvitation(calls[4]); !errors.Is(err, errors.GroupDecided) {
			t.Error(err)
		}
		calls[4].SetGroup(nil)
		w.ok(alice.SendLocalInvitation(calls[4]))
		first, second := alice.NewGroup(), alice.NewGroup()
		inFirst, moved, inSecond := alice.CreateLocalInvitation("carol"), alice.CreateLocalInvitation("dave"), alice.CreateLocalInvitation("bob")
		inFirst.SetGroup(first)
		moved.SetGroup(first)
		moved.SetGroup(second)
		inSecond.SetGroup(second)
		for _, call := range []*host.LocalInvitation{inSecond, inFirst, moved} {
			w.ok(alice.SendLocalInvitation(call))
		}
		time.Sleep(time.Second)
		w.ok(bob.AcceptRemoteInvitation(bob.RemoteInvitations()[0]))
		time.Sleep(time.Second)
		if inFirst.Reason() != 0 || moved.Reason() != engine.ReasonAnswered {
			t.Error(inFirst.State(), moved.State())
		}
		other := bob.NewGroup()
		call := alice.CreateLocalInvitation("bob")
		if call.SetGroup(other); call.Group() != nil {
			t.Error("it is in a group of another host")
		}
		alice.Close()
		bob.Close()
	})
}

// TestGroupAfterARestart: the open ones of a group stay one.
func TestGroupAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 10*time.Millisecond), &memoryStore{}
		alice, bob := w.user("alice", host.Options{Store: store}), w.user("bob", host.Options{})
		g := alice.NewGroup()
		for _, callee := range []string{"bob", "carol"} {
			call := alice.CreateLocalInvitation(callee)
			call.SetGroup(g)
			w.ok(alice.SendLocalInvitation(call))
		}
		time.Sleep(time.Second)
		alice = alice.restart(store, time.Second)
		open := alice.LocalInvitations()
		if len(open) != 2 || open[0].Group() == nil || open[0].Group() != open[1].Group() || open[0].Group().Decided() {
			t.Fatal(open)
		}
		third := alice.CreateLocalInvitation("dave")
		third.SetGroup(open[0].Group())
		w.ok(alice.SendLocalInvitation(third))
		w.ok(bob.AcceptRemoteInvitation(bob.RemoteInvitations()[0]))
		time.Sleep(time.Second)
		if !open[0].Group().Decided() || open[1].Reason() != engine.ReasonAnswered || third.Reason() != engine.ReasonAnswered {
			t.Error(open[0].State(), open[1].State(), third.State())
		}
		alice.Close()
		bob.Close()
	})
}
