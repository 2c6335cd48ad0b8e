// One call: its own times, how long it may ring elsewhere, what it told of its end, and
// what is found of it.

package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// TestTimesOfACall: calls with times of their own and calls without fail each at its own,
// in the order of their deadlines; the INVITE says both times.
func TestTimesOfACall(t *testing.T) {
	r := newRig(t, "alice", nil)
	for _, each := range []struct {
		callee             string
		noResponse, expiry time.Duration
	}{{"none", 0, 0}, {"short", 10 * time.Second, 0}, {"long", 35 * time.Second, 70 * time.Second}, {"both", 20 * time.Second, 5 * time.Second}, {"same", 30 * time.Second, 60 * time.Second}} {
		call := r.CreateLocalInvitation(each.callee)
		call.SetTimes(each.noResponse, each.expiry)
		r.must(call.Send())
		out, _ := r.Poll()
		wait, expiry := 30*time.Second, time.Minute
		if each.noResponse != 0 {
			wait = each.noResponse
		}
		if each.expiry != 0 {
			expiry = each.expiry
		}
		if m := out.Message; m.Wait != wait || m.Expiry != expiry {
			t.Errorf("%s: %v, %v", each.callee, m.Wait, m.Expiry)
		}
		if until, ok := call.WaitsUntil(); !ok || until.Sub(rigStart) != wait {
			t.Errorf("%s waits until %v", each.callee, until)
		}
		call.SetTimes(time.Second, time.Second) // it is sent
	}
	var order []string
	for _, line := range r.to(time.Minute) {
		if strings.HasSuffix(line, "PEER_NO_RESPONSE") {
			order = append(order, strings.TrimSuffix(line, " PEER_NO_RESPONSE"))
		}
	}
	r.want("in the order of their times", order, "10s; 20s; 30s; 30s; 35s")

	r = newRig(t, "alice", nil)
	for _, expiry := range []time.Duration{0, 5 * time.Second, 70 * time.Second, time.Minute} {
		call := r.CreateLocalInvitation("bob")
		call.SetTimes(0, expiry)
		r.must(call.Send())
		r.Receive("bob", engine.Message{Kind: engine.Received, ID: call.ID()})
	}
	r.outputs()
	order = nil
	for _, line := range r.to(2 * time.Minute) {
		if strings.HasSuffix(line, "EXPIRE") {
			order = append(order, line)
		}
	}
	r.want("expired", order, "7s INVITATION_EXPIRE; 1m2s INVITATION_EXPIRE; 1m2s INVITATION_EXPIRE; 1m12s INVITATION_EXPIRE")
}

// TestTimesOfACallAreRefused, each with its reason, and nothing changes.
func TestTimesOfACallAreRefused(t *testing.T) {
	for _, each := range []struct {
		noResponse, expiry time.Duration
		fromSend           bool
		want               string
	}{
		{-1, 0, false, "time -1ns is not between 0 and 1000h0m0s"},
		{0, -time.Second, false, "time -1s is not between 0 and 1000h0m0s"},
		{1001 * time.Hour, 0, false, "time 1001h0m0s is not between 0 and 1000h0m0s"},
		{500 * time.Millisecond, 0, false, "no-response time 500ms leaves no room for a second INVITE after RetransmitFirst 500ms (S14)"},
		{0, 30 * time.Second, true, "with CountFromSend, expiry time 30s must be over no-response time 30s (S14)"},
		{70 * time.Second, 0, true, "with CountFromSend, expiry time 1m0s must be over no-response time 1m10s (S14)"},
		{0, 120 * time.Second, false, "Times.Tombstone 4m7s is under 4m49.68s, which is NoResponse + Expiry + Grace + Linger + MaxDelay with 1 % of drift at either end: (S14)"},
		{0, 78156862745, false, ""}, // 242.156862745 s by 1.02 are 247 s
		{0, 78156862800, false, "(S14)"},
		{10 * time.Second, 98 * time.Second, false, ""},
		{0, 5 * time.Second, false, ""},
	} {
		r := newRig(t, "alice", func(o *engine.Options) { o.CountFromSend = each.fromSend })
		call := r.CreateLocalInvitation("bob")
		call.SetTimes(each.noResponse, each.expiry)
		err := call.Send()
		if each.want == "" {
			r.must(err)
			continue
		}
		if !errors.Is(err, errors.InvalidArgument) || !strings.Contains(err.Error(), each.want) || call.State() != states.LocalIdle {
			t.Errorf("%v, %v: %v", each.noResponse, each.expiry, err)
		}
		call.SetTimes(0, 0)
		r.must(call.Send())
	}
}

// TestExpiryCap: it rings for as long as the INVITE asks, but not for longer than the own
// cap, and with count-from-send less what has passed.
func TestExpiryCap(t *testing.T) {
	for _, each := range []struct {
		cap, asked, age, held time.Duration
		fromSend              bool
		want                  time.Duration // 0 for none
	}{
		{time.Minute, 2 * time.Minute, 0, 0, false, time.Minute},
		{90 * time.Second, 2 * time.Minute, 0, 0, false, 90 * time.Second},
		{90 * time.Second, 20 * time.Second, 0, 0, false, 20 * time.Second},
		{10 * time.Second, time.Minute, 5 * time.Second, 0, false, 10 * time.Second},
		{time.Minute, time.Minute, 5 * time.Second, 2 * time.Second, true, 53 * time.Second},
		{10 * time.Second, time.Minute, 5 * time.Second, 4 * time.Second, true, time.Second},
		{10 * time.Second, time.Minute, 5 * time.Second, 5 * time.Second, true, 0},
		{time.Minute, time.Minute, 5 * time.Second, -7 * time.Second, true, 55 * time.Second},
	} {
		r := newRig(t, "bob", func(o *engine.Options) { o.Times.ExpiryCap, o.CountFromSend = each.cap, each.fromSend })
		r.Receive("alice", engine.Message{Kind: engine.Invite, ID: ringID(1), Age: each.age, Held: each.held, Wait: 30 * time.Second, Expiry: each.asked})
		r.outputs()
		if len(r.rings) == 0 || each.want == 0 {
			if len(r.rings) > 0 || each.want > 0 {
				t.Errorf("%+v: %d rings", each, len(r.rings))
			}
			continue
		}
		ring := r.rings[0]
		if until, ok := ring.RingsUntil(); !ok || until.Sub(rigStart) != each.want || ring.Age() != each.age+max(each.held, 0) {
			t.Errorf("%+v: rings until %v, %v; of age %v", each, until.Sub(rigStart), ok, ring.Age())
		}
		r.to(each.want)
		if ring.State() != states.RemoteInvitationReceived {
			t.Errorf("%+v: over before its time", each)
		}
		r.Advance()
		if _, rings := ring.RingsUntil(); rings || ring.Failure() != errors.RemoteInvitationExpire {
			t.Errorf("%+v: %v", each, ring.State())
		}
	}
}

// TestMissedOnce: an INVITE that will not ring is told once, and taken back once.
func TestMissedOnce(t *testing.T) {
	late := invite(ringID(1), "hi")
	late.Age = 30 * time.Second
	canceled := engine.Message{Kind: engine.Cancel, ID: ringID(1), Reason: engine.ReasonNoResponse, Note: "bye"}
	confirm := engine.Message{Kind: engine.Confirm, ID: ringID(1), Device: 9}
	acked := engine.Message{Kind: engine.Ack, For: engine.Refuse, Refused: true, ID: ringID(1), Device: 9}
	bad := invite(ringID(1), "\xff")
	impossible := invite(ringID(1), "hi")
	impossible.Wait = -1
	for _, each := range []struct {
		name     string
		messages []engine.Message
		want     string
	}{
		{"stale", []engine.Message{late, late, invite(ringID(1), "hi")}, "missed; CLOSED(INVITE stale) of 2; missed hi: stale | late; CLOSED(INVITE failed) of 2 | late; CLOSED(INVITE failed) of 2"},
		{"stale, its CANCEL", []engine.Message{late, canceled, late}, "missed; CLOSED(INVITE stale) of 2; missed hi: stale | late; ACK(CANCEL) | late; CLOSED(INVITE failed) of 2"},
		{"stale, accepted elsewhere", []engine.Message{late, confirm, confirm, acked}, "missed; CLOSED(INVITE stale) of 2; missed hi: stale | moved; missed withdrawn: accepted elsewhere | late | late"},
		{"stale, refused elsewhere", []engine.Message{late, acked, confirm}, "missed; CLOSED(INVITE stale) of 2; missed hi: stale | moved; missed withdrawn: refused elsewhere | late"},
		{"an early CANCEL", []engine.Message{canceled, canceled, invite(ringID(1), "hi"), invite(ringID(1), "hi")}, "moved; ACK(CANCEL) | late; ACK(CANCEL) | missed; ACK(CANCEL); missed hi: no response | late; ACK(CANCEL)"},
		{"an early CANCEL, the first INVITE malformed", []engine.Message{canceled, bad, invite(ringID(1), "hi")}, "moved; ACK(CANCEL) | invalid | missed; ACK(CANCEL); missed hi: no response"},
		{"an early CANCEL, the INVITE late or impossible", []engine.Message{canceled, impossible, late}, "moved; ACK(CANCEL) | missed; ACK(CANCEL); missed hi: no response | late; ACK(CANCEL)"},
		{"elsewhere first", []engine.Message{confirm, late, invite(ringID(1), "hi")}, "moved | late; ACK(CANCEL) | late; ACK(CANCEL)"},
		{"malformed first", []engine.Message{bad, impossible, invite(ringID(1), "hi")}, "invalid; CLOSED(INVITE invalid) of 2 | invalid; CLOSED(INVITE invalid) of 2 | moved; RECEIVED of 2; Received"},
	} {
		for _, restores := range []bool{false, true} {
			r := newRig(t, "bob", device(2))
			var all []string
			for _, m := range each.messages {
				all = append(all, r.in("alice", m))
				if restores {
					e, err := engine.Load("bob", engine.Options{Clock: r.clock, Epoch: 0xe, Device: 2}, r.Snapshot())
					r.must(err)
					r.Engine = e
				}
			}
			if got := strings.Join(all, " | "); got != each.want {
				t.Errorf("%s:\ngot  %s\nwant %s", each.name, got, each.want)
			}
		}
	}
	full := newRig(t, "bob", func(o *engine.Options) { o.MaxPerPeer = 1 })
	full.ring(7, time.Minute)
	if got := full.in("alice", late); got != "limit; CLOSED(INVITE overloaded)" {
		t.Errorf("stale at a bound: %s", got)
	}
}

// TestCauses: what lay behind PEER_NO_RESPONSE, and nothing behind any other end.
func TestCauses(t *testing.T) {
	for _, each := range []struct {
		name string
		do   func(r *rig, id engine.ID)
		want engine.Cause
		ends errors.LocalInvitationError
	}{
		{"nothing came", func(r *rig, _ engine.ID) {}, engine.CauseNoSign, errors.LocalPeerNoResponse},
		{"failed", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordFailed, 0)) }, engine.CauseFailed, errors.LocalPeerNoResponse},
		{"stale", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordStale, 0)) }, engine.CauseStale, errors.LocalPeerNoResponse},
		{"invalid", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordInvalid, 0)) }, engine.CauseInvalid, errors.LocalPeerNoResponse},
		{"overloaded", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordOverloaded, 0)) }, engine.CauseOverloaded, errors.LocalPeerNoResponse},
		{"logged out", func(r *rig, _ engine.ID) { r.LogOut() }, engine.CauseLoggedOut, errors.LocalPeerNoResponse},
		{"logged in again", func(r *rig, _ engine.ID) { r.LogOut(); r.LogIn() }, engine.CauseNoSign, errors.LocalPeerNoResponse},
		{"overloaded, logged out", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordOverloaded, 0)); r.LogOut() }, engine.CauseOverloaded, errors.LocalPeerNoResponse},
		{"overloaded, then failed", func(r *rig, id engine.ID) {
			r.in("bob", closed(id, engine.WordOverloaded, 0))
			r.in("bob", closed(id, engine.WordFailed, 0))
		}, engine.CauseFailed, errors.LocalPeerNoResponse},
		{"overloaded, offline", func(r *rig, id engine.ID) { r.in("bob", closed(id, engine.WordOverloaded, 0)); r.PeerOffline("bob") }, 0, errors.LocalPeerOffline},
		{"overloaded, then a place", func(r *rig, id engine.ID) {
			r.in("bob", closed(id, engine.WordOverloaded, 0))
			if got := r.in("bob", engine.Message{Kind: engine.Received, ID: id}); got != "moved; ReceivedByPeer" {
				r.t.Error(got)
			}
		}, 0, errors.LocalInvitationExpire},
	} {
		r := newRig(t, "alice", nil)
		call := r.send()
		each.do(r, call.ID())
		if until, ok := call.WaitsUntil(); ok == call.State().Terminal() || ok && until.Sub(r.clock.now) < time.Second {
			t.Errorf("%s: waits until %v, %v", each.name, until, ok)
		}
		r.to(70 * time.Second)
		if call.Cause() != each.want || call.Failure() != each.ends {
			t.Errorf("%s: %v, %v", each.name, call.Failure(), call.Cause())
		}
	}
}

// TestReasons: why a callee's invitation is CANCELED, and with which note.
func TestReasons(t *testing.T) {
	cancel := func(reason engine.Reason, note string) engine.Message {
		return engine.Message{Kind: engine.Cancel, Reason: reason, Note: note}
	}
	for _, each := range []struct {
		m    engine.Message
		want engine.Reason
		note string
	}{
		{cancel(engine.ReasonUser, "bye"), engine.ReasonUser, "bye"},
		{cancel(engine.ReasonNoResponse, ""), engine.ReasonNoResponse, ""},
		{cancel(engine.ReasonRejected, ""), engine.ReasonRejected, ""},
		{cancel(engine.ReasonAnswered, ""), engine.ReasonAnswered, ""},
		{cancel(engine.ReasonExpired, "never shown"), 0, ""}, // a FAILURE
		{engine.Message{Kind: engine.Closed, For: engine.Received, Word: engine.WordCanceled}, engine.ReasonUser, ""},
		{engine.Message{Kind: engine.Closed, For: engine.Received, Word: engine.WordNoResponse}, engine.ReasonNoResponse, ""},
		{engine.Message{Kind: engine.Closed, For: engine.Received, Word: engine.WordExpired}, 0, ""},
	} {
		r := newRig(t, "bob", nil)
		ring := r.ring(1, time.Minute)
		each.m.ID = ringID(1)
		r.in("alice", each.m)
		known, _ := r.FindRemote("alice", ringID(1))
		if ring.Reason() != each.want || ring.Note() != each.note || known.Reason != each.want {
			t.Errorf("%+v: %v, %q, found %v", each.m, ring.Reason(), ring.Note(), known.Reason)
		}
	}
}

// TestNotes: at most 1024 bytes of UTF-8, in every copy; one that is malformed is dropped
// without an ACK.
func TestNotes(t *testing.T) {
	for note, ok := range map[string]bool{"": true, "bye": true, strings.Repeat("x", 1024): true, strings.Repeat("x", 1025): false, "\xff": false} {
		r := newRig(t, "alice", nil)
		call := r.CreateLocalInvitation("bob")
		if err := call.CancelWithNote(note); (errors.Is(err, errors.NotStarted)) != true {
			t.Errorf("before send: %v", err)
		}
		r.must(call.Send())
		r.outputs()
		err := call.CancelWithNote(note)
		switch {
		case !ok:
			if !errors.Is(err, errors.InvalidArgument) || call.State() != states.LocalSentToRemote {
				t.Errorf("%.10q: %v, %v", note, err, call.State())
			}
			if got := newRig(t, "bob", nil).in("alice", engine.Message{Kind: engine.Cancel, ID: ringID(1), Reason: engine.ReasonUser, Note: note}); got != "invalid" {
				t.Errorf("%.10q received: %s", note, got)
			}
			r.must(call.Cancel())
			if out, _ := r.Poll(); out.Message.Kind != engine.Cancel || out.Message.Note != "" {
				t.Errorf("%.10q is sent after all", note)
			}
		default:
			r.must(err)
			r.want("the first copy", r.outputs(), "CANCEL(user)"+note+"; Canceled")
			r.want("the copies", r.to(time.Second), "500ms CANCEL(user)"+note)
			if err := call.CancelWithNote("again"); !errors.Is(err, errors.AlreadyEnd) {
				t.Error(err)
			}
			r.want("the next", r.to(2*time.Second), "1.5s CANCEL(user)"+note)
			// Those of long pauses have none, so that peers of 0.x can read them.
			r.want("later ones", r.to(8*time.Second), "3.5s CANCEL(user); 7.5s CANCEL(user)")
			r.PeerOnline("bob")
			r.want("a resync", r.outputs(), "CANCEL(user)"+note)
		}
	}
}

// TestLaterCancels: copies after long pauses say what peers of 0.x know.
func TestLaterCancels(t *testing.T) {
	r := newRig(t, "alice", nil)
	calls := r.groupOf(r.NewGroup(), "bob", "bob")
	r.Receive("bob", engine.Message{Kind: engine.Accept, ID: calls[0].ID()})
	r.outputs()
	r.want("the copies", r.to(8*time.Second), "500ms CANCEL(answered by another); 1.5s CANCEL(answered by another); 3.5s CANCEL(user); 7.5s CANCEL(user)")
	r.restore()
	r.want("after a restart", r.outputs(), "CANCEL(answered by another)")
	r = newRig(t, "alice", nil)
	r.send()
	r.to(30 * time.Second)
	r.want("another reason stays", r.to(34*time.Second), "30s CANCEL(no response); 30s PEER_NO_RESPONSE; 30.5s CANCEL(no response); 31.5s CANCEL(no response); 33.5s CANCEL(no response)")
}

// TestFind: an invitation is found by peer and id, open or ended, until it is forgotten.
func TestFind(t *testing.T) {
	r := newRig(t, "alice", nil)
	call := r.CreateLocalInvitation("bob")
	if _, ok := r.FindLocal("bob", call.ID()); ok {
		t.Error("found before send")
	}
	r.must(call.Send())
	find := func() engine.Known {
		t.Helper()
		known, ok := r.FindLocal("bob", call.ID())
		if !ok {
			t.Fatal("not found")
		}
		return known
	}
	if known := find(); known.Local != call || known.LocalState != states.LocalSentToRemote {
		t.Errorf("sent: %+v", known)
	}
	for _, other := range []string{"carol", "mallory", ""} {
		if _, ok := r.FindLocal(other, call.ID()); ok {
			t.Errorf("found with %q", other)
		}
	}
	if _, ok := r.FindRemote("bob", call.ID()); ok {
		t.Error("found as another's")
	}
	r.to(30 * time.Second)
	r.Advance()
	if known := find(); known.Local != call || known.LocalError != errors.LocalPeerNoResponse || known.Reason != 0 {
		t.Errorf("lingering: %+v", known)
	}
	r.in("bob", engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: call.ID()})
	if known := find(); known.Local != nil || known.LocalState != states.LocalFailure || known.LocalError != errors.LocalPeerNoResponse {
		t.Errorf("ended: %+v", known)
	}
	r.to(277*time.Second + 1)
	if _, ok := r.FindLocal("bob", call.ID()); ok {
		t.Error("found when forgotten")
	}

	stale := invite(ringID(1), "hi")
	stale.Age = 30 * time.Second
	r.in("bob", stale)
	if known, ok := r.FindRemote("bob", ringID(1)); !ok || known.Remote != nil || known.RemoteError != errors.RemoteInvitationExpire || known.Reason != engine.ReasonStale {
		t.Errorf("stale: %+v", known)
	}
}

// TestSignOfLife: what is dropped says nothing of its peer; whatever reaches the table says
// that it is online.
func TestSignOfLife(t *testing.T) {
	bad, unknown := strings.Repeat("x", engine.MaxResponse+1), engine.ID{Epoch: 9, Counter: 9}
	for _, each := range []struct {
		m    engine.Message
		want string
	}{
		{engine.Message{Kind: engine.Invite, ID: unknown, Content: bad}, "PEER_OFFLINE"},
		{engine.Message{Kind: engine.Accept, ID: unknown, Response: bad}, "PEER_OFFLINE"},
		{engine.Message{Kind: engine.Cancel, ID: unknown}, "PEER_OFFLINE"},
		{engine.Message{Kind: engine.Closed, ID: unknown, For: engine.Invite, Word: engine.WordCanceled}, "PEER_OFFLINE"},
		{engine.Message{Kind: engine.Confirm}, "PEER_OFFLINE"},
		{engine.Message{Kind: engine.Invite, ID: unknown}, "PEER_NO_RESPONSE"}, // with impossible times
		{engine.Message{Kind: engine.Confirm, ID: unknown}, "PEER_NO_RESPONSE"},
	} {
		r := newRig(t, "alice", nil)
		r.send()
		r.PeerOffline("bob")
		verdict := r.in("bob", each.m)
		if all := strings.Join(r.to(31*time.Second), "; "); !strings.Contains(all, "30s "+each.want) {
			t.Errorf("after %v, which is %s: %s", each.m, verdict, all)
		}
	}
}

// TestNoAgeNoInvite: after a restore of unknown length an invitation that was received is
// never sent again, over a further restore too.
func TestNoAgeNoInvite(t *testing.T) {
	r := newRig(t, "alice", nil)
	call := r.send()
	r.in("bob", engine.Message{Kind: engine.Received, ID: call.ID()})
	r.to(10 * time.Second)
	for i, away := range []time.Duration{engine.AwayUnknown, 0} {
		e, err := engine.Restore("alice", optionsOf(r.clock, uint64(0xf0+i)), r.Snapshot(), away)
		r.must(err)
		r.Engine = e
		r.PeerOnline("bob")
		r.LogOut()
		r.LogIn()
		r.want("restored", r.outputs(), "")
		r.to(time.Duration(12+i) * time.Second)
	}
	if got := r.in("bob", engine.Message{Kind: engine.Accept, ID: call.ID()}); got != "moved; CONFIRM; Accepted" {
		t.Errorf("it goes on: %s", got)
	}
}
