// Resync and refresh: what is repeated because a peer is there again, and what because it
// still rings.

package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// TestResync: in every state, what a report that the peer is online repeats, and when the
// schedule goes on. The app's and the peer's part comes first; a report stands as "online"
// with its moment.
func TestResync(t *testing.T) {
	for _, each := range []struct{ story, until, want string }{
		// A caller that waits: 500 ms from the last copy, then the pauses begin anew.
		{"0s send; 1600ms online", "6s", "500ms INVITE age 500ms; 1.5s INVITE age 1.5s; 2s INVITE age 2s; 2.5s INVITE age 2.5s; 3.5s INVITE age 3.5s; 5.5s INVITE age 5.5s"},
		{"0s send; 1600ms online; 1700ms online; 1999ms online", "3s", "500ms INVITE age 500ms; 1.5s INVITE age 1.5s; 2s INVITE age 2s; 2.5s INVITE age 2.5s"}, // never later
		{"0s send; 3s online", "5s", "500ms INVITE age 500ms; 1.5s INVITE age 1.5s; 3s INVITE age 3s; 3.5s INVITE age 3.5s; 4.5s INVITE age 4.5s"},
		{"0s send; 3400ms online", "5s", "500ms INVITE age 500ms; 1.5s INVITE age 1.5s; 3.4s INVITE age 3.4s; 3.9s INVITE age 3.9s; 4.9s INVITE age 4.9s"},
		{"0s send; 100ms online", "2s", "500ms INVITE age 500ms; 1s INVITE age 1s"}, // the schedule's copy is the resync, too
		{"0s send; 1600ms offline; 1700ms message", "3s", "500ms INVITE age 500ms; 1.5s INVITE age 1.5s; 2s INVITE age 2s; 2.5s INVITE age 2.5s"},
		// One that was received: with what is left of its expiry, and no schedule.
		{"0s send; 100ms received; 5s online", "60s", "5s INVITE age 5s"},
		{"0s send; 100ms received; 200ms online", "60s", "500ms INVITE age 500ms"},
		{"0s send; 100ms received; 60099ms online", "61s", "1m0.099s INVITE age 1m0.099s"},
		{"0s send; 100ms received; 60100ms online", "61s", ""}, // what is left is the grace
		{"0s send; 100ms received; 59900ms online; 60050ms online", "62s", "59.9s INVITE age 59.9s"},
		{"0s send; 100ms received; 5s online; 5100ms online; 5200ms cancel", "6s", "5s INVITE age 5s; 5.7s CANCEL(user)"}, // a postponed one dies with the state
		{"0s send; 100ms received; 5s accepted; 10s online", "20s", ""},
		{"0s send; 100ms received; 5s refused; 10s online", "20s", ""},
		// A CANCEL that is not acknowledged.
		{"0s send; 1s cancel; 1100ms online", "4s", "500ms INVITE age 500ms; 1.5s CANCEL(user); 2s CANCEL(user); 3s CANCEL(user)"},
		{"0s send; 1s cancel; 10s online", "12s", "500ms INVITE age 500ms; 1.5s CANCEL(user); 2.5s CANCEL(user); 4.5s CANCEL(user); 8.5s CANCEL(user); 10s CANCEL(user); 10.5s CANCEL(user); 11.5s CANCEL(user)"},
		{"0s send; 100ms cancel; 200ms acknowledged; 10s online", "20s", ""},
		{"0s send; 100ms cancel; 32100ms online", "40s", "600ms CANCEL(user); 1.6s CANCEL(user); 3.6s CANCEL(user); 7.6s CANCEL(user); 11.6s CANCEL(user); 15.6s CANCEL(user); 19.6s CANCEL(user); 23.6s CANCEL(user); 27.6s CANCEL(user); 31.6s CANCEL(user)"}, // not at the end of the linger
		{"0s send; 100ms cancel; 32099ms online", "40s", "600ms CANCEL(user); 1.6s CANCEL(user); 3.6s CANCEL(user); 7.6s CANCEL(user); 11.6s CANCEL(user); 15.6s CANCEL(user); 19.6s CANCEL(user); 23.6s CANCEL(user); 27.6s CANCEL(user); 31.6s CANCEL(user)"},
		{"0s send; 100ms cancel; 30s online; 32099ms online", "40s", "600ms CANCEL(user); 1.6s CANCEL(user); 3.6s CANCEL(user); 7.6s CANCEL(user); 11.6s CANCEL(user); 15.6s CANCEL(user); 19.6s CANCEL(user); 23.6s CANCEL(user); 27.6s CANCEL(user); 30s CANCEL(user); 30.5s CANCEL(user); 31.5s CANCEL(user); 32.099s CANCEL(user)"},

		// A callee that rings: a resync does not move the refresh.
		{"0s ring; 200ms online", "21s", "500ms RECEIVED; 20s RECEIVED"},
		{"0s ring; 19900ms online", "41s", "19.9s RECEIVED; 20s RECEIVED; 40s RECEIVED"},
		{"0s ring; 100ms invite; 200ms online", "1s", "600ms RECEIVED"}, // a reply counts as a copy
		{"0s ring; 200ms online; 300ms cancelled", "1s", ""},
		{"0s ring; 59800ms online", "61s", "20s RECEIVED; 40s RECEIVED; 59.8s RECEIVED; 1m0s CLOSED(INVITE failed); 1m0s INVITATION_EXPIRE"},
		// One that has accepted: not in the last 500 ms.
		{"0s ring; 1s accept; 1100ms online", "2300ms", "1.25s ACCEPT; 1.5s ACCEPT; 2s ACCEPT"},
		{"0s ring; 1s accept; 15450ms online", "15700ms", strings.Join(acceptCopies(), "; ")}, // 500 ms after the last copy would be too late,
		{"0s ring; 1s accept; 15400ms confirm; 16s online", "17s", strings.Join(acceptCopies(), "; ")},
		// A REFUSE that is not acknowledged.
		{"0s ring; 1s refuse; 1100ms online", "3s", "1.5s REFUSE; 2s REFUSE"},
		{"0s ring; 1s refuse; 1100ms acked; 2s online", "3s", ""},
		{"0s ring; 1s cancelled; 2s online", "3s", ""},
	} {
		r := newRig(t, map[bool]string{true: "alice", false: "bob"}[strings.Contains(each.story, "send")], nil)
		var all []string
		for _, part := range partsOf(each.story) {
			all = append(all, r.to(contractTime(part[0]))...)
			r.do(part[1])
			if part[1] == "online" || part[1] == "message" {
				for _, out := range r.outputs() {
					all = append(all, r.clock.now.Sub(rigStart).String()+" "+out)
				}
			}
			r.outputs()
		}
		all = append(all, r.to(contractTime(each.until))...)
		r.want(each.story, all, each.want)
	}
}

// acceptCopies are those of an ACCEPT of the first second, which nobody confirms.
func acceptCopies() (all []string) {
	all = append(all, "1.25s ACCEPT")
	for at := 1750 * time.Millisecond; at <= 15250*time.Millisecond; at += 500 * time.Millisecond {
		all = append(all, at.String()+" ACCEPT")
	}
	return all
}

// do is what the app, the peer or the transport does in a story.
func (r *rig) do(what string) {
	r.t.Helper()
	call, peer := engine.ID{Epoch: 0xe, Counter: 1}, "bob"
	if r.Self() == "bob" {
		call, peer = ringID(1), "alice"
	}
	switch what {
	case "send":
		r.send()
	case "ring":
		r.ring(1, time.Minute)
	case "online":
		r.PeerOnline(peer)
	case "offline":
		r.PeerOffline(peer)
	case "message": // about another call
		r.Receive(peer, engine.Message{Kind: engine.Confirm, ID: engine.ID{Epoch: 77, Counter: 1}})
	case "invite":
		r.Receive(peer, engine.Message{Kind: engine.Invite, ID: call, Content: "hi", Wait: 30 * time.Second, Expiry: time.Minute})
	case "received":
		r.Receive(peer, engine.Message{Kind: engine.Received, ID: call})
	case "accepted":
		r.Receive(peer, engine.Message{Kind: engine.Accept, ID: call})
	case "refused":
		r.Receive(peer, engine.Message{Kind: engine.Refuse, ID: call})
	case "acknowledged":
		r.Receive(peer, engine.Message{Kind: engine.Ack, ID: call, For: engine.Cancel})
	case "acked":
		r.Receive(peer, engine.Message{Kind: engine.Ack, ID: call, For: engine.Refuse})
	case "confirm":
		r.Receive(peer, engine.Message{Kind: engine.Confirm, ID: call})
	case "cancelled":
		r.Receive(peer, engine.Message{Kind: engine.Cancel, ID: call, Reason: engine.ReasonUser})
	case "cancel":
		for inv := range r.LocalInvitations() {
			r.must(inv.Cancel())
		}
	case "accept":
		r.must(r.rings[0].Accept())
	case "refuse":
		r.must(r.rings[0].Refuse())
	default:
		r.t.Fatalf("nobody can %s", what)
	}
}

// TestInviteAfterReceived: the INVITE of a resync in RECEIVED says how long the caller
// waits now, and how long it may still ring, without the grace. Counted from send, the
// callee subtracts the age itself.
func TestInviteAfterReceived(t *testing.T) {
	for fromSend, want := range map[bool]engine.Message{
		false: {Wait: 63 * time.Second, Expiry: 50 * time.Second},
		true:  {Wait: 62 * time.Second, Expiry: 60 * time.Second},
	} {
		r := newRig(t, "alice", func(o *engine.Options) { o.CountFromSend = fromSend })
		call := r.send()
		r.to(time.Second)
		r.Receive("bob", engine.Message{Kind: engine.Received, ID: call.ID()})
		r.to(11 * time.Second)
		r.outputs()
		r.PeerOnline("bob")
		out, _ := r.Poll()
		if m := out.Message; m.Kind != engine.Invite || m.Age != 11*time.Second || m.Wait != want.Wait || m.Expiry != want.Expiry {
			t.Errorf("counted from send %v: %v, age %v, wait %v, expiry %v", fromSend, m.Kind, m.Age, m.Wait, m.Expiry)
		}
	}
}

// TestResyncOrder: peers in the order of their first record, in a peer the oldest record
// first, whichever role.
func TestResyncOrder(t *testing.T) {
	r := newRig(t, "bob", nil)
	r.ring(1, time.Minute) // alice's
	r.Receive("carol", engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 0xc, Counter: 1}, Wait: 30 * time.Second, Expiry: time.Minute})
	r.must(r.CreateLocalInvitation("alice").Send())
	r.ring(2, time.Minute)
	r.to(time.Second)
	r.LogOut()
	r.LogIn()
	var order []string
	for out := range r.All() {
		order = append(order, out.To+" "+out.Message.Kind.String()+" "+out.Message.ID.String())
	}
	if got, want := strings.Join(order, "; "), "alice RECEIVED a-1; alice INVITE e-1; alice RECEIVED a-2; carol RECEIVED c-1"; got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
}

// TestRefresh: reckoned from the ring and moved by nothing; what comes late comes once.
func TestRefresh(t *testing.T) {
	r := newRig(t, "bob", nil)
	r.to(7 * time.Second)
	r.ring(1, time.Minute)
	r.want("a ring", r.to(67*time.Second), "27s RECEIVED; 47s RECEIVED") // its own end is not an instant

	r = newRig(t, "bob", nil)
	r.ring(1, time.Minute)
	r.clock.now = rigStart.Add(45 * time.Second)
	r.Advance()
	r.want("45 s late", r.outputs(), "RECEIVED")
	r.want("afterwards", r.to(time.Minute), "")

	r = newRig(t, "bob", func(o *engine.Options) { o.Times.Refresh = 7 * time.Second })
	r.ring(1, time.Minute)
	r.to(6 * time.Second)
	r.LogOut()
	r.want("logged out", r.to(15*time.Second), "")
	r.LogIn()
	r.want("login", r.outputs(), "RECEIVED")
	r.want("the next", r.to(30*time.Second), "21s RECEIVED; 28s RECEIVED")

	r = newRig(t, "bob", func(o *engine.Options) { o.Times.Refresh = 0 })
	r.ring(1, time.Minute)
	r.want("switched off", r.to(time.Minute), "")
	r.PeerOnline("alice")
	r.want("a resync, still", r.outputs(), "RECEIVED")
}

// TestQuietEnd: an ACCEPT leaves up to 500 ms before the accept time is over, to the
// nanosecond, whatever asks for it.
func TestQuietEnd(t *testing.T) {
	edge := 16*time.Second - 500*time.Millisecond
	for _, late := range []time.Duration{0, 1} {
		for ask, do := range map[string]func(r *rig){
			"an INVITE":   func(r *rig) { r.do("invite") },
			"a report":    func(r *rig) { r.do("online") },
			"the restart": func(r *rig) { r.restore() },
			"a copy due":  func(r *rig) { r.Advance() },
		} {
			r := newRig(t, "bob", func(o *engine.Options) {
				o.Times.AcceptFirst, o.Times.AcceptCap = 14500*time.Millisecond, 15*time.Second
			})
			r.ring(1, time.Minute)
			r.to(time.Second)
			r.do("accept")
			r.outputs()
			r.clock.now = rigStart.Add(edge + late)
			do(r)
			got := strings.Join(r.outputs(), "; ")
			if want := map[bool]string{true: "ACCEPT"}[late == 0]; got != want {
				t.Errorf("%s, %v after the edge: %q", ask, late, got)
			}
		}
	}
}

// restore goes on from a snapshot.
func (r *rig) restore() {
	r.t.Helper()
	r.restores++
	e, err := engine.Restore(r.Self(), engine.Options{Clock: r.clock, Epoch: 0xe0 + r.restores}, r.Snapshot(), 0)
	r.must(err)
	r.Engine = e
}
