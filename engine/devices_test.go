// Devices: what one of several of a user's does with what is said to all of them, and what
// a caller keeps of the one that has answered.

package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/states"
)

func device(number uint64) func(*engine.Options) {
	return func(o *engine.Options) { o.Device = number }
}

// TestOtherDevicesAnswer: the callee's rows, for device 2.
func TestOtherDevicesAnswer(t *testing.T) {
	messages := []engine.Message{
		{Kind: engine.Confirm, Device: 2}, {Kind: engine.Confirm, Device: 9}, {Kind: engine.Confirm},
		{Kind: engine.Ack, For: engine.Refuse, Refused: true, Device: 2}, {Kind: engine.Ack, For: engine.Refuse, Refused: true, Device: 9},
		{Kind: engine.Ack, For: engine.Refuse, Device: 9},
		{Kind: engine.Closed, For: engine.Accept, Word: engine.WordRefused, Device: 2}, {Kind: engine.Closed, For: engine.Accept, Word: engine.WordRefused, Device: 9},
	}
	for _, each := range []struct{ state, story, want string }{
		{"unknown", "", "unknown | moved | moved | unknown | moved | unknown | unknown | unknown"},
		{"RECEIVED", "ring", "moved; ACCEPT_FAILURE | moved; Canceled accepted elsewhere | moved; Canceled accepted elsewhere | unexpected | moved; Canceled refused elsewhere | copy | moved; Refused | moved; Canceled refused elsewhere"},
		{"ACCEPT_SENT", "ring accept", "moved; Accepted | moved; Canceled accepted elsewhere | moved; Canceled accepted elsewhere | unexpected | moved; Canceled refused elsewhere | copy | moved; Refused | moved; Canceled refused elsewhere"},
		{"REFUSED, lingering", "ring refuse", "unexpected | late | late | moved | late | late | late | late"},
		{"ACCEPTED", "ring accept confirm2", "late | unexpected | unexpected | unexpected | unexpected | late | late | late"},
		{"CANCELED", "ring cancelled", "unexpected | late | late | unexpected | late | late | late | late"},
		{"FAILURE", "ring pass", "late | late | late | unexpected | late | late | late | late"},
	} {
		var all []string
		for _, m := range messages {
			r := newRig(t, "bob", device(2))
			for _, what := range strings.Fields(each.story) {
				switch what {
				case "confirm2":
					r.Receive("alice", engine.Message{Kind: engine.Confirm, ID: ringID(1), Device: 2})
				case "pass":
					r.to(61 * time.Second)
				default:
					r.do(what)
				}
			}
			m.ID = ringID(1)
			got := r.in("alice", m)
			if len(r.rings) > 0 && r.rings[0].Reason() != 0 && strings.HasSuffix(got, "Canceled") {
				got += " " + r.rings[0].Reason().String()
			}
			all = append(all, got)
		}
		if got := strings.Join(all, " | "); got != each.want {
			t.Errorf("%s:\ngot  %s\nwant %s", each.state, got, each.want)
		}
	}
}

// TestRememberedFromAnother: an id that is known only from another device's answer is
// CANCELED. Its INVITE does not ring, and nothing is told as missed.
func TestRememberedFromAnother(t *testing.T) {
	for _, m := range []engine.Message{
		{Kind: engine.Confirm, Device: 9, ID: ringID(1)},
		{Kind: engine.Ack, For: engine.Refuse, Refused: true, Device: 9, ID: ringID(1)},
	} {
		r := newRig(t, "bob", device(2))
		r.in("alice", m)
		if got := r.in("alice", invite(ringID(1), "hi")); got != "late; ACK(CANCEL)" {
			t.Errorf("%v: the INVITE then: %s", m.Kind, got)
		}
		known, ok := r.FindRemote("alice", ringID(1))
		if !ok || known.RemoteState != states.RemoteCanceled || known.Remote != nil ||
			known.Reason != map[bool]engine.Reason{true: engine.ReasonAcceptedElsewhere, false: engine.ReasonRefusedElsewhere}[m.Kind == engine.Confirm] {
			t.Errorf("%v: %+v", m.Kind, known)
		}

		full := newRig(t, "bob", func(o *engine.Options) { o.Device, o.MaxPerPeer = 2, 1 })
		full.ring(7, time.Minute)
		if got := full.in("alice", m); got != "limit" {
			t.Errorf("%v at a bound: %s", m.Kind, got)
		}
		if got := full.in("alice", invite(ringID(1), "hi")); got != "limit; CLOSED(INVITE overloaded) of 2" {
			t.Errorf("%v at a bound, and then the INVITE: %s", m.Kind, got)
		}
	}
}

// TestWinner: the device that has answered first is the winner, for as long as the call is
// remembered, over a restart too, and whatever other devices say.
func TestWinner(t *testing.T) {
	for _, each := range []struct{ answer, want string }{
		{"ACCEPT", "late; CONFIRM of 5 | late; CONFIRM of 5 | late; CONFIRM of 5 | late; CONFIRM of 5 | unexpected; ACK(REFUSE) of 5 | late; ACK(REFUSE) of 7 | late | late"},
		{"REFUSE", "late; CLOSED(RECEIVED refused) of 5 | late; CLOSED(RECEIVED refused) of 5 | unexpected; CLOSED(ACCEPT refused) of 5 | late; CLOSED(ACCEPT refused) of 5 | late; ACK(REFUSE, refused) of 5 | late; ACK(REFUSE, refused) of 7 | late | late"},
		{"CLOSED", "late; CLOSED(RECEIVED refused) of 5 | late; CLOSED(RECEIVED refused) of 5 | unexpected; CLOSED(ACCEPT refused) of 5 | late; CLOSED(ACCEPT refused) of 5 | late; ACK(REFUSE, refused) of 5 | late; ACK(REFUSE, refused) of 7 | late | late"},
	} {
		r := newRig(t, "alice", nil)
		call := r.send()
		id := call.ID()
		r.in("bob", engine.Message{Kind: engine.Received, ID: id, Device: 7})
		switch each.answer {
		case "ACCEPT":
			r.in("bob", engine.Message{Kind: engine.Accept, ID: id, Device: 5})
		case "REFUSE":
			r.in("bob", engine.Message{Kind: engine.Refuse, ID: id, Device: 5})
		default:
			r.in("bob", closed(id, engine.WordRefused, 5))
		}
		if call.Device() != 5 {
			t.Errorf("%s: the winner is %d", each.answer, call.Device())
		}
		for range 2 {
			var all []string
			for _, m := range []engine.Message{
				{Kind: engine.Received, Device: 5}, {Kind: engine.Received, Device: 7}, {Kind: engine.Accept, Device: 5}, {Kind: engine.Accept, Device: 7},
				{Kind: engine.Refuse, Device: 5}, {Kind: engine.Refuse, Device: 7}, closed(id, engine.WordRefused, 7), closed(id, engine.WordFailed, 5),
			} {
				m.ID = id
				all = append(all, r.in("bob", m))
			}
			if got := strings.Join(all, " | "); got != each.want {
				t.Errorf("%s:\ngot  %s\nwant %s", each.answer, got, each.want)
			}
			if known, ok := r.FindLocal("bob", id); !ok || known.Device != 5 || known.Local != nil {
				t.Errorf("%s: %+v", each.answer, known)
			}
			r.restore()
		}
	}
}

// TestSiblingMayBeTheCaller: a device other than 0 answers and counts nothing under an id
// that it does not know, because another device of its user may be the caller; but ids
// that another peer's invitation bears are still a security event.
func TestSiblingMayBeTheCaller(t *testing.T) {
	r := newRig(t, "alice", device(3))
	n := uint64(0)
	for _, m := range everyMessage(engine.ID{}) {
		if m.Kind == engine.Invite || m.Kind == engine.Cancel {
			continue
		}
		n++
		m.ID = engine.ID{Epoch: 77, Counter: n}
		remembered := m.Device == 7 && (m.Kind == engine.Confirm || m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused) ||
			m.Device == 0 && (m.Kind == engine.Confirm || m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused)
		if got := r.in("bob", m); got != "unknown" && got != "invalid" && !(remembered && got == "moved") {
			t.Errorf("%+v: %s", m, got)
		}
	}
	if s := r.Stats(); s.Unexpected != 0 || s.Security != 0 {
		t.Errorf("%+v", s)
	}
	call := r.send()
	if got := r.in("mallory", engine.Message{Kind: engine.Accept, ID: call.ID()}); got != "wrong peer" || r.Stats().Security != 1 {
		t.Errorf("a stranger's ACCEPT: %s, %+v", got, r.Stats())
	}
	if got := r.in("bob", engine.Message{Kind: engine.Accept, ID: call.ID()}); got != "moved; CONFIRM; ReceivedByPeer; Accepted" {
		t.Errorf("the peer's: %s", got)
	}

	only := newRig(t, "alice", nil)
	for _, m := range []engine.Message{{Kind: engine.Received}, {Kind: engine.Accept}, {Kind: engine.Refuse}} {
		m.ID = engine.ID{Epoch: 77, Counter: 1}
		if got := only.in("bob", m); !strings.HasPrefix(got, "unknown; ") {
			t.Errorf("the only device, %v: %s", m.Kind, got)
		}
	}
}

// TestOneOfSeveralFails: what a device other than 0 fails with leaves the call to its
// timers, and to what other devices do.
func TestOneOfSeveralFails(t *testing.T) {
	for _, word := range []engine.Word{engine.WordFailed, engine.WordStale, engine.WordInvalid, engine.WordOverloaded} {
		for _, received := range []bool{false, true} {
			r := newRig(t, "alice", nil)
			call := r.send()
			if received {
				r.in("bob", engine.Message{Kind: engine.Received, ID: call.ID(), Device: 2})
			}
			before := call.State()
			if got := r.in("bob", closed(call.ID(), word, 1)); got != "copy" || call.State() != before {
				t.Errorf("%v in %v: %s", word, before, got)
			}
			r.to(30 * time.Second)
			r.Advance()
			if !received && (call.Cause() != engine.CauseNoSign || call.State() != states.LocalFailure) {
				t.Errorf("%v: in the end %v, %v", word, call.State(), call.Cause())
			}
		}
	}
}

// TestReflections: what only we say of our own invitations comes from nobody, whoever sends
// it, under our present epoch or an id of an earlier one, tombstones included; and nothing
// comes from ourselves. It is no sign of life.
func TestReflections(t *testing.T) {
	r := newRig(t, "alice", nil)
	call := r.send()
	gone := r.send()
	r.must(gone.Cancel())
	r.in("bob", engine.Message{Kind: engine.Ack, For: engine.Cancel, ID: gone.ID()})
	r.PeerOffline("bob")
	security := uint64(0)
	for range 2 {
		for _, id := range []engine.ID{call.ID(), gone.ID(), {Epoch: 0xe, Counter: 999}} {
			for _, from := range []string{"bob", "mallory", "alice"} {
				for _, m := range everyMessage(id) {
					meant := fromCaller(m) && m.Kind <= engine.Closed && (m.Kind != engine.Closed || m.Word.Answers(m.For))
					valid := m.Kind >= engine.Invite && m.Kind <= engine.Closed && (m.Kind != engine.Ack || m.For >= engine.Invite && m.For <= engine.Cancel) && (m.Kind != engine.Closed || m.Word.Answers(m.For))
					if !meant && !(from == "alice" && valid) {
						continue
					}
					if id.Counter == 999 && r.restores > 0 && from != "alice" {
						continue // of an epoch that is over, and never given
					}
					security++
					if got := r.in(from, m); got != "reflected" {
						t.Fatalf("%+v from %s: %s", m, from, got)
					}
				}
			}
		}
		if s := r.Stats(); s.Security != security || s.RemoteRecords != 0 || s.Unexpected != 0 {
			t.Errorf("%d reflections: %+v", security, s)
		}
		r.to(29 * time.Second) // offline, still: no sign of life
		r.restore()
		security = 0
	}
	r.clock.now = r.clock.now.Add(2 * time.Second)
	r.Advance()
	if got := strings.Join(r.outputs(), "; "); !strings.Contains(got, "PEER_OFFLINE") {
		t.Errorf("in the end: %s", got)
	}
	if got := r.in("bob", invite(engine.ID{Epoch: 0xb, Counter: 1}, "hi")); got != "moved; RECEIVED; Received" && got != "moved; RECEIVED; CANCEL(no response); Received" {
		t.Errorf("an honest INVITE: %s", got)
	}
}

// TestClosedCombinations: a CLOSED has a word that its sender can say of what it answers;
// any other is malformed, and moves nothing.
func TestClosedCombinations(t *testing.T) {
	good := map[string]bool{}
	for _, word := range []engine.Word{engine.WordCanceled, engine.WordNoResponse, engine.WordExpired, engine.WordRefused, engine.WordUnknown} {
		good[fmt.Sprint(engine.Received, word)], good[fmt.Sprint(engine.Accept, word)] = true, true
	}
	for _, word := range []engine.Word{engine.WordFailed, engine.WordRefused, engine.WordStale, engine.WordInvalid, engine.WordOverloaded} {
		good[fmt.Sprint(engine.Invite, word)] = true
	}
	for kind := engine.Kind(0); kind < 12; kind++ {
		for word := engine.Word(0); word < 12; word++ {
			r := newRig(t, "bob", nil)
			r.ring(1, time.Minute)
			call := r.CreateLocalInvitation("alice")
			r.must(call.Send())
			r.outputs()
			invalid := 0
			for _, id := range []engine.ID{ringID(1), call.ID()} {
				if got := r.in("alice", engine.Message{Kind: engine.Closed, For: kind, Word: word, ID: id}); got == "invalid" {
					invalid++
				}
			}
			if want := map[bool]int{true: 0, false: 2}[good[fmt.Sprint(kind, word)]]; invalid != want || word.Answers(kind) != (want == 0) {
				t.Errorf("CLOSED(%v) for %v: %d are malformed", word, kind, invalid)
			}
		}
	}
}
