// Logged out: mute, not deaf; and until when an accept waits that nobody can hear.

package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// TestMuteNotDeaf: in every situation, whatever arrives changes a logged-out engine as it
// changes a logged-in one, and its app is told the same; but nothing is sent. An ACCEPT
// changes nothing: it could not be confirmed.
func TestMuteNotDeaf(t *testing.T) {
	lost := 0
	for _, s := range situations {
		p := newPair(t, time.Unix(0, 0)).do(s.words)
		ids := []engine.ID{{Epoch: 0xa, Counter: 1}, {Epoch: 0xa, Counter: 2}, {Epoch: 99, Counter: 1}}
		for _, e := range []*engine.Engine{p.alice, p.bob} {
			peer, snapshot := map[string]string{"alice": "bob", "bob": "alice"}[e.Self()], e.Snapshot()
			for _, id := range ids {
				for _, m := range everyMessage(id) {
					if len(m.Content)+len(m.Response) > 100 {
						continue // of a malformed or a long payload there is another one
					}
					in, out := load(t, e.Self(), p.clock, p.epochs[e.Self()], snapshot), load(t, e.Self(), p.clock, p.epochs[e.Self()], snapshot)
					in.LogIn()
					out.LogOut()
					outputsOf(in)
					outputsOf(out)
					before := known(out, peer, id)
					verdict, verdictOut := in.Receive(peer, m), out.Receive(peer, m)
					told, toldOut := outputsOf(in), outputsOf(out)
					sent := slices.ContainsFunc(toldOut, func(text string) bool { return strings.HasPrefix(text, peer+":") })
					told = slices.DeleteFunc(told, func(text string) bool { return strings.HasPrefix(text, peer+":") })
					what := func() string { return fmt.Sprintf("%s, %s: %+v", s.name, e.Self(), m) }
					switch {
					case sent:
						t.Fatalf("%s: sends %q", what(), toldOut)
					case m.Kind == engine.Accept && verdict != engine.Invalid && m.ID.Epoch != 0:
						lost++
						if verdictOut != engine.LoggedOut || len(toldOut) > 0 || known(out, peer, id) != before {
							t.Fatalf("%s: %v, %q", what(), verdictOut, toldOut)
						}
					case verdict != verdictOut || !slices.Equal(told, toldOut) || known(in, peer, id) != known(out, peer, id):
						t.Fatalf("%s: %v and %q, logged out %v and %q", what(), verdict, told, verdictOut, toldOut)
					}
				}
			}
		}
	}
	if lost < 100 {
		t.Errorf("%d ACCEPTs were dropped", lost)
	}
}

// known is what an engine remembers of an invitation with a peer.
func known(e *engine.Engine, peer string, id engine.ID) string {
	l, isLocal := e.FindLocal(peer, id)
	r, isRemote := e.FindRemote(peer, id)
	return fmt.Sprint(isLocal, l.LocalState, l.LocalError, l.Reason, l.Device, isRemote, r.RemoteState, r.RemoteError, r.Reason)
}

// TestAcceptTime: when the wait for a CONFIRM ends. It rings from 0 s to 20 s, and the
// accept time is 15 s.
func TestAcceptTime(t *testing.T) {
	for _, each := range []struct {
		story string
		ends  time.Duration
	}{
		{"10s accept", 25 * time.Second},
		{"9s logout; 10s accept", 20 * time.Second},
		{"10s accept; 12s logout", 25 * time.Second}, // its own deadline is the later one
		{"2s accept; 3s logout", 20 * time.Second},   // the ring's is
		{"5s accept; 6s logout", 20 * time.Second},   // both are one
		{"2s accept; 3s logout; 4s logout", 20 * time.Second},
		{"10s accept; 12s logout; 15s login", 30 * time.Second},
		{"2s accept; 3s logout; 4s login", 19 * time.Second}, // earlier than the ring's end
		{"2s accept; 3s logout; 19999ms login", 34999 * time.Millisecond},
		{"2s accept; 3s logout; 20s login", 20 * time.Second}, // before is strict
		{"10s accept; 12s logout; 20s login", 25 * time.Second},
		{"10s accept; 12s logout; 22s login", 25 * time.Second},
		{"9s logout; 10s accept; 12s login", 27 * time.Second},
		{"9s logout; 10s accept; 12s login; 13s logout; 14s login", 29 * time.Second},
		{"10s accept; 12s login", 25 * time.Second},            // a login while logged in is no input
		{"2s accept; 3s logout; 5s restore", 20 * time.Second}, // and a restore is none: the deadline stands
		{"9s logout; 10s accept; 12s restore; 13s logout; 14s login", 29 * time.Second},
	} {
		r := newRig(t, "bob", nil)
		ring := r.ring(1, 20*time.Second)
		for _, part := range partsOf(each.story) {
			at := contractTime(part[0])
			if ended := r.to(at); strings.Contains(strings.Join(ended, " "), "FAILURE") {
				t.Fatalf("%s: ended before %v: %q", each.story, at, ended)
			}
			switch part[1] {
			case "accept":
				r.must(ring.Accept())
			case "logout":
				r.LogOut()
			case "login":
				r.LogIn()
			case "restore":
				e, err := engine.Restore("bob", engine.Options{Clock: r.clock, Epoch: uint64(at)}, r.Snapshot(), 0)
				r.must(err)
				r.Engine = e
			}
			r.outputs()
		}
		all := r.to(time.Minute)
		want := fmt.Sprint(each.ends, " ACCEPT_FAILURE")
		if last := all[len(all)-1]; last != want {
			t.Errorf("%s: %q, not %q", each.story, last, want)
		}
	}
}

// TestNoResyncLoggedOut: a report of presence changes no copy; the login makes up for it.
func TestNoResyncLoggedOut(t *testing.T) {
	r := newRig(t, "alice", nil)
	r.send()
	r.LogOut()
	r.to(5 * time.Second)
	before, _ := r.NextDeadline()
	r.PeerOnline("bob")
	if at, _ := r.NextDeadline(); at != before || at != rigStart.Add(7500*time.Millisecond) {
		t.Errorf("the next copy is due at %v, not %v", at.Sub(rigStart), before.Sub(rigStart))
	}
	r.want("logged out", r.outputs(), "")
	r.LogIn()
	r.want("the login", r.outputs(), "INVITE age 5s")
}

// TestLateConfirm: one that comes after the accept time but before the timer has fired
// still counts, unless the engine is logged out.
func TestLateConfirm(t *testing.T) {
	for loggedOut, want := range map[bool]string{false: "moved; Accepted", true: "late; ACCEPT_FAILURE"} {
		r := newRig(t, "bob", nil)
		r.must(r.ring(1, 10*time.Second).Accept())
		if loggedOut {
			r.LogOut()
		}
		r.clock.now = rigStart.Add(15*time.Second + 1)
		if got := r.in("alice", engine.Message{Kind: engine.Confirm, ID: ringID(1)}); got != want {
			t.Errorf("logged out %v: %q, not %q", loggedOut, got, want)
		}
	}
}

// partsOf takes a story apart.
func partsOf(text string) [][]string { return each(text) }

// TestLogInIsNoInput: a login while logged in, and a logout while logged out, change
// nothing, and do not even fire what is overdue.
func TestLogInIsNoInput(t *testing.T) {
	r := newRig(t, "alice", nil)
	r.send()
	r.clock.now = r.clock.now.Add(40 * time.Second)
	r.LogIn()
	r.want("a login", r.outputs(), "")
	r.LogOut()
	r.want("a logout", r.outputs(), "CANCEL(no response); PEER_NO_RESPONSE")
	r.sendInVain()
	r.clock.now = r.clock.now.Add(300 * time.Second)
	r.LogOut()
	if s := r.Stats(); s.LocalRecords != 1 {
		t.Errorf("a second logout fires timers: %+v", s)
	}
}

// sendInVain fails while logged out, and leaves nothing.
func (r *rig) sendInVain() {
	r.t.Helper()
	r.must(r.CreateLocalInvitation("bob").Send())
	r.want("send() while logged out", r.outputs(), "NOT_LOGGEDIN")
}

// TestLoggedOutCopies: what is due while logged out is skipped, and its pauses grow.
func TestLoggedOutCopies(t *testing.T) {
	r := newRig(t, "alice", nil)
	r.send()
	r.LogOut()
	r.want("logged out", r.to(10*time.Second), "")
	if at, _ := r.NextDeadline(); at.Sub(rigStart) != 11500*time.Millisecond {
		t.Errorf("the next copy is due after %v", at.Sub(rigStart))
	}
	r.LogIn()
	r.want("login", r.outputs(), "INVITE age 10s")
	r.want("afterwards", r.to(12*time.Second), "10.5s INVITE age 10.5s; 11.5s INVITE age 11.5s")
}
