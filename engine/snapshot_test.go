// Snapshots: their bytes are canonical, they restore exactly, and nothing else
// restores at all. What restoring means for two engines is tested in
// sim/property/crash_test.go.

package engine_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// pair is two engines, and what is under way between them, in order.
type pair struct {
	t          testing.TB
	clock      *testClock
	alice, bob *engine.Engine
	wire       []engine.Output
	call       *engine.LocalInvitation
	ring       *engine.RemoteInvitation
	group      *engine.Group
	times      bool // the next call has times of its own
	epochs     map[string]uint64
}

func newPair(t testing.TB, start time.Time) *pair {
	clock := &testClock{start}
	return &pair{t: t, clock: clock, alice: newEngine(t, "alice", clock, 0xa), bob: newEngine(t, "bob", clock, 0xb),
		epochs: map[string]uint64{"alice": 0xa, "bob": 0xb}}
}

// do carries out words. A capital name is a message: the first of that kind under
// way arrives.
func (p *pair) do(words string) *pair {
	p.t.Helper()
	for _, word := range strings.Fields(words) {
		switch word {
		case "send":
			p.call = p.alice.CreateLocalInvitation("bob")
			p.call.SetContent("hi")
			if p.times {
				p.call.SetTimes(10*time.Second, 20*time.Second)
			}
			p.call.SetGroup(p.group)
			p.must(p.call.Send())
		case "device": // bob has several
			options := optionsOf(p.clock, 0xb)
			options.Device = 2
			e, err := engine.New("bob", options)
			p.must(err)
			p.bob = e
		case "group":
			p.group = p.alice.NewGroup()
		case "times":
			p.times = true
		case "note":
			p.must(p.call.CancelWithNote("bye"))
		case "held": // a push brings the INVITE
			p.do("drain")
			for i := range p.wire {
				p.wire[i].Message.Held = 2 * time.Second
			}
		case "stale":
			p.bob.Receive("alice", engine.Message{Kind: engine.Invite, ID: p.call.ID(), Content: "late", ChannelID: "c", Age: 40 * time.Second, Wait: 30 * time.Second, Expiry: time.Minute})
		case "elsewhere": // another device of bob's has answered
			p.bob.Receive("alice", engine.Message{Kind: engine.Confirm, ID: p.call.ID(), Device: 9})
		case "refusedelsewhere":
			p.bob.Receive("alice", engine.Message{Kind: engine.Ack, ID: p.call.ID(), For: engine.Refuse, Refused: true, Device: 9})
		case "overloaded":
			p.alice.Receive("bob", engine.Message{Kind: engine.Closed, ID: p.call.ID(), For: engine.Invite, Word: engine.WordOverloaded})
		case "cancel":
			p.must(p.call.Cancel())
		case "accept", "refuse":
			if p.ring == nil {
				p.drain(p.bob)
			}
			if word == "refuse" {
				p.must(p.ring.Refuse())
				continue
			}
			p.ring.SetResponse("yes")
			p.must(p.ring.Accept())
		case "drain":
			p.drain(p.alice)
			p.drain(p.bob)
		case "loseall":
			p.do("drain")
			p.wire = nil
		case "offline":
			p.alice.PeerOffline("bob")
			p.bob.PeerOffline("alice")
		case "online":
			p.alice.PeerOnline("bob")
			p.bob.PeerOnline("alice")
		case "unknown":
			e, err := engine.Restore("alice", optionsOf(p.clock, 0xaa), p.alice.Snapshot(), engine.AwayUnknown)
			p.must(err)
			p.alice, p.epochs["alice"] = e, 0xaa
			p.do("drain")
		case "logout":
			p.alice.LogOut()
			p.bob.LogOut()
		default:
			if d, err := time.ParseDuration(word); err == nil {
				p.pass(d)
			} else {
				p.arrive(word)
			}
		}
	}
	return p
}

func (p *pair) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// pass advances both at every deadline on the way.
func (p *pair) pass(d time.Duration) {
	until := p.clock.now.Add(d)
	for _, e := range []*engine.Engine{p.alice, p.bob} {
		for at, ok := e.NextDeadline(); ok && !at.After(until); at, ok = e.NextDeadline() {
			p.clock.now = at
			e.Advance()
		}
	}
	p.clock.now = until
	p.alice.Advance()
	p.bob.Advance()
}

func (p *pair) drain(e *engine.Engine) {
	for out := range e.All() {
		if out.Kind == engine.Send {
			p.wire = append(p.wire, out)
		} else if out.Kind == engine.RemoteInvitationReceived {
			p.ring = out.Remote
		}
	}
}

func (p *pair) arrive(kind string) {
	p.t.Helper()
	p.do("drain")
	for i, out := range p.wire {
		if out.Message.Kind.String() == kind {
			p.wire = slices.Delete(p.wire, i, i+1)
			if out.To == "bob" {
				p.bob.Receive("alice", out.Message)
			} else {
				p.alice.Receive("bob", out.Message)
			}
			return
		}
	}
	p.t.Fatalf("no %s is under way: %v", kind, p.wire)
}

// situations are the states an engine can be in, by how it gets there: of the
// caller, and of the callee.
var situations = []struct{ name, words string }{
	{"nothing", ""},
	{"undrained INVITE", "send"},
	{"SENT", "send drain"},
	{"SENT, its copies far apart", "send drain 12345ms"},
	{"SENT, callee offline", "send drain offline"},
	{"SENT, callee online just now", "send drain 600ms online"},
	{"ringing, undrained", "send INVITE"},
	{"ringing", "send INVITE drain"},
	{"RECEIVED", "send INVITE RECEIVED drain"},
	{"undrained ReceivedByPeer", "send INVITE RECEIVED"},
	{"ACCEPT_SENT", "send INVITE RECEIVED accept drain"},
	{"ACCEPT_SENT, quiet", "send INVITE RECEIVED accept 4900ms drain"},
	{"ACCEPTED, undrained", "send INVITE accept ACCEPT"},
	{"ACCEPTED", "send INVITE RECEIVED accept ACCEPT CONFIRM drain"},
	{"ACCEPTED, both undrained", "send INVITE accept ACCEPT CONFIRM"},
	{"ACCEPT_FAILURE", "send INVITE RECEIVED accept loseall 6s"},
	{"REFUSED, lingering", "send INVITE refuse drain"},
	{"REFUSED", "send INVITE refuse REFUSE ACK drain"},
	{"CANCELED, lingering", "send INVITE RECEIVED cancel drain"},
	{"CANCELED, undrained", "send INVITE drain cancel CANCEL"},
	{"CANCELED", "send INVITE RECEIVED cancel CANCEL ACK drain"},
	{"early CANCEL", "send drain cancel CANCEL"},
	{"NO_RESPONSE", "send loseall 30s"},
	{"OFFLINE", "send loseall offline 30s"},
	{"EXPIRED", "send INVITE RECEIVED drain 60s 3s"},
	{"logged out", "send INVITE drain logout"},
	{"two at once", "send INVITE RECEIVED accept send drain 1s"},
	{"forgotten", "send INVITE RECEIVED cancel CANCEL ACK drain 247s"},

	// With protocol 1.0.
	{"one of several devices rings, undrained", "device send INVITE"},
	{"one of several devices rings", "device send INVITE RECEIVED drain"},
	{"ACCEPTED by one of several devices", "device send INVITE accept ACCEPT CONFIRM drain"},
	{"ACCEPTED by one of several devices, undrained", "device send INVITE accept ACCEPT CONFIRM"},
	{"REFUSED by one of several devices, undrained", "device send INVITE refuse REFUSE"},
	{"REFUSED by one of several devices", "device send INVITE refuse REFUSE drain"},
	{"accepted elsewhere, undrained", "device send INVITE elsewhere"},
	{"accepted elsewhere", "device send INVITE drain elsewhere drain"},
	{"refused elsewhere, undrained", "device send INVITE refusedelsewhere"},
	{"accepted elsewhere, and never rang", "device send elsewhere 1s drain"},
	{"a group", "group send INVITE send drain"},
	{"a group, undrained", "group send INVITE send"},
	{"a group of one, the other is canceled", "group send drain cancel send INVITE drain"},
	{"a decided group, undrained", "group send INVITE send accept ACCEPT"},
	{"a decided group", "group send INVITE send accept ACCEPT drain"},
	{"two groups", "group send group send send drain"},
	{"a note, undrained", "send INVITE drain note"},
	{"a note, lingering", "send INVITE drain note drain"},
	{"a note, told", "send INVITE drain note CANCEL"},
	{"times of the call", "times send INVITE drain"},
	{"times of the call, received", "times send INVITE RECEIVED drain"},
	{"missed, owed", "send drain cancel CANCEL ACK drain"},
	{"missed, canceled, undrained", "send drain cancel CANCEL INVITE"},
	{"missed, canceled", "send drain cancel CANCEL INVITE drain"},
	{"missed, stale, undrained", "send drain stale"},
	{"missed, stale", "send drain stale drain"},
	{"missed, withdrawn, undrained", "device send drain stale drain elsewhere"},
	{"missed, withdrawn", "device send drain stale drain elsewhere drain"},
	{"a push brought the INVITE", "send held INVITE drain"},
	{"a push brought the INVITE, refused, undrained", "send held INVITE refuse"},
	{"logged out, accepted", "send INVITE RECEIVED drain logout accept"},
	{"logged out after the accept", "send INVITE RECEIVED drain accept 5s logout drain"},
	{"logged out, the ring's end first", "send INVITE RECEIVED drain 50s accept 5s logout drain"},
	{"overloaded", "send drain overloaded"},
	{"overloaded in the end, undrained", "send drain overloaded 30s"},
	{"logged out in the end, undrained", "send drain logout 30s"},
	{"through a restore of unknown length", "send INVITE RECEIVED drain unknown"},
}

func optionsOf(clock engine.Clock, epoch uint64) engine.Options {
	return engine.Options{Clock: clock, Epoch: epoch}
}

func load(t testing.TB, self string, clock engine.Clock, epoch uint64, snapshot []byte) *engine.Engine {
	t.Helper()
	e, err := engine.Load(self, optionsOf(clock, epoch), snapshot)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// outputsOf drains an engine into words.
func outputsOf(e *engine.Engine) (outputs []string) {
	for out := range e.All() {
		outputs = append(outputs, strings.TrimSpace(describeOutput(out)))
	}
	return outputs
}

func describeOutput(out engine.Output) string {
	m := out.Message
	switch {
	case out.Kind == engine.Send && m.Kind == engine.Invite:
		return fmt.Sprintf("%s:%v age %v", out.To, m.Kind, m.Age)
	case out.Kind == engine.Send && m.Kind == engine.Cancel:
		return fmt.Sprintf("%s:%v(%v)%s", out.To, m.Kind, m.Reason, m.Note)
	case out.Kind == engine.Send && m.Kind == engine.Ack && m.Refused:
		return fmt.Sprintf("%s:%v(%v, refused)%s", out.To, m.Kind, m.For, deviceOf(m))
	case out.Kind == engine.Send && m.Kind == engine.Ack:
		return fmt.Sprintf("%s:%v(%v)%s", out.To, m.Kind, m.For, deviceOf(m))
	case out.Kind == engine.Send && m.Kind == engine.Closed:
		return fmt.Sprintf("%s:%v(%v %v)%s", out.To, m.Kind, m.For, m.Word, deviceOf(m))
	case out.Kind == engine.Send:
		return fmt.Sprintf("%s:%v%s%s", out.To, m.Kind, m.Response, deviceOf(m))
	case out.Missed != nil && out.Missed.Withdrawn:
		return fmt.Sprintf("%v, withdrawn: %v", out.Kind, out.Missed.Reason)
	case out.Missed != nil:
		return fmt.Sprintf("%v %q %q: %v", out.Kind, out.Missed.Content, out.Missed.ChannelID, out.Missed.Reason)
	case out.Local != nil:
		l := out.Local
		return fmt.Sprintf("%v %v %q %v%s", out.Kind, out.LocalError, l.Response(), l.State(), explained(l.Reason(), l.Cause(), l.Device()))
	}
	r := out.Remote
	return fmt.Sprintf("%v %v %q %v%s", out.Kind, out.RemoteError, r.Response(), r.State(), explained(r.Reason(), r.Note(), r.Age()))
}

func deviceOf(m engine.Message) string {
	if m.Device == 0 {
		return ""
	}
	return fmt.Sprint(" of ", m.Device)
}

// explained lists what is not zero.
func explained(all ...any) (text string) {
	for _, each := range all {
		if v := reflect.ValueOf(each); !v.IsZero() {
			text += fmt.Sprint(" ", each)
		}
	}
	return text
}

// A snapshot loads into an engine that gives it again, hands the same outputs out
// and has the same deadline.
func TestSnapshotRoundTrip(t *testing.T) {
	for _, s := range situations {
		t.Run(s.name, func(t *testing.T) {
			p := newPair(t, time.Unix(1000, 0)).do(s.words)
			for _, e := range []*engine.Engine{p.alice, p.bob} {
				snapshot := e.Snapshot()
				if again := e.AppendSnapshot([]byte("before")); string(again) != "before"+string(snapshot) {
					t.Errorf("%s: a second snapshot is another", e.Self())
				}
				loaded := load(t, e.Self(), p.clock, p.epochs[e.Self()], snapshot)
				if again := loaded.Snapshot(); !bytes.Equal(again, snapshot) {
					t.Errorf("%s: loaded and taken again it is another:\n%x\n%x", e.Self(), snapshot, again)
				}
				at, ok := e.NextDeadline()
				if at2, ok2 := loaded.NextDeadline(); at2 != at || ok2 != ok {
					t.Errorf("%s: the next deadline is %v, not %v", e.Self(), at2, at)
				}
				had, has := e.Stats(), loaded.Stats()
				if has.LocalRecords != had.LocalRecords || has.RemoteRecords != had.RemoteRecords || has.Peers != had.Peers {
					t.Errorf("%s: remembers %+v, not %+v", e.Self(), has, had)
				}
				if want, got := outputsOf(e), outputsOf(loaded); !slices.Equal(want, got) {
					t.Errorf("%s: hands out %q, not %q", e.Self(), got, want)
				}
			}
		})
	}
}

// Whatever brought two engines into the same state, and when, the bytes are the same.
func TestEqualStatesHaveEqualBytes(t *testing.T) {
	early, late := time.Unix(0, 0), time.Date(2031, 5, 6, 7, 8, 9, 10, time.UTC)
	for _, each := range []struct{ name, one, other string }{
		{"at another time", "send INVITE RECEIVED drain 1s", "3h send INVITE RECEIVED drain 1s"},
		{"told twice", "send drain offline 1s", "send drain offline offline 1s"},
		{"never heard of, or online", "send INVITE RECEIVED cancel CANCEL ACK drain", "send INVITE RECEIVED cancel CANCEL ACK online drain"},
	} {
		one, other := newPair(t, early).do(each.one), newPair(t, late).do(each.other)
		for _, e := range [][2]*engine.Engine{{one.alice, other.alice}, {one.bob, other.bob}} {
			if !bytes.Equal(e[0].Snapshot(), e[1].Snapshot()) {
				t.Errorf("%s: %s differs:\n%x\n%x", each.name, e[0].Self(), e[0].Snapshot(), e[1].Snapshot())
			}
		}
	}

	// However many timers were armed before, and with the expiry in a list or,
	// because the INVITE has shortened it, in the heap.
	invite := func(e *engine.Engine, n uint64, expiry time.Duration) {
		e.Receive("carol", engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 7, Counter: n}, Wait: 30 * time.Second, Expiry: expiry})
	}
	clock := &testClock{early}
	fresh, old := newEngine(t, "bob", clock, 1), newEngine(t, "bob", clock, 1)
	for n := range uint64(20) {
		old.Receive("dave", engine.Message{Kind: engine.Cancel, ID: engine.ID{Epoch: 7, Counter: n}})
	}
	clock.now = clock.now.Add(time.Hour)
	old.Advance()
	invite(old, 1, time.Minute)
	invite(old, 2, 20*time.Second)
	invite(fresh, 1, time.Minute)
	invite(fresh, 2, 20*time.Second)
	outputsOf(fresh)
	outputsOf(old)
	if !bytes.Equal(fresh.Snapshot(), old.Snapshot()) {
		t.Errorf("what was armed before shows:\n%x\n%x", fresh.Snapshot(), old.Snapshot())
	}
	clock.now = clock.now.Add(5 * time.Second)
	moved := load(t, "bob", clock, 1, fresh.Snapshot())
	if !bytes.Equal(fresh.Snapshot(), moved.Snapshot()) {
		t.Errorf("a list in the place of the heap shows:\n%x\n%x", fresh.Snapshot(), moved.Snapshot())
	}
}

// What differs shows: not one of the situations has the bytes of another.
func TestDifferentStatesHaveDifferentBytes(t *testing.T) {
	seen := map[string]string{}
	for _, s := range situations {
		p := newPair(t, time.Unix(0, 0)).do(s.words)
		both := string(p.alice.Snapshot()) + string(p.bob.Snapshot())
		if other, known := seen[both]; known {
			t.Errorf("%q and %q are the same", s.name, other)
		}
		seen[both] = s.name
	}
}

// What is forgotten leaves no trace but the counter.
func TestForgottenLeavesNoTrace(t *testing.T) {
	p := newPair(t, time.Unix(0, 0)).do("send INVITE RECEIVED cancel CANCEL ACK drain 247s")
	fresh := newPair(t, time.Unix(5, 0))
	if !bytes.Equal(p.bob.Snapshot(), fresh.bob.Snapshot()) {
		t.Errorf("bob, who has forgotten:\n%x\nand who has never known:\n%x", p.bob.Snapshot(), fresh.bob.Snapshot())
	}
	if len(p.alice.Snapshot()) != len(fresh.alice.Snapshot()) {
		t.Error("alice has more than the counter left")
	}
}

// A snapshot changes nothing, not even when the clock goes back after it.
func TestSnapshotChangesNothing(t *testing.T) {
	p := newPair(t, time.Unix(100, 0)).do("send drain")
	before := p.alice.Snapshot()
	p.clock.now = time.Unix(5000, 0)
	p.alice.Snapshot()
	p.clock.now = time.Unix(100, 0)
	if p.alice.Advance(); !bytes.Equal(p.alice.Snapshot(), before) {
		t.Error("a snapshot has moved the time")
	}
	if outputs := outputsOf(p.alice); outputs != nil {
		t.Errorf("it fired %q", outputs)
	}
}

// Whichever of the times an update changes, what is remembered goes on under those
// it was made with, and what comes after that under the new ones.
func TestTimesAreKept(t *testing.T) {
	times := reflect.TypeFor[engine.Times]()
	for i := range times.NumField() {
		changed := engine.DefaultTimes()
		field := reflect.ValueOf(&changed).Elem().Field(i)
		field.SetInt(field.Int() + 1)
		if options := optionsOf(&testClock{}, 1); !valid(options, changed) {
			field.SetInt(field.Int() - 2)
		}
		p := newPair(t, time.Unix(0, 0)).do("send INVITE RECEIVED drain")
		options := optionsOf(p.clock, 0xa)
		options.Times = changed
		keepsTimes(t, times.Field(i).Name, p, options)
	}
	p := newPair(t, time.Unix(0, 0)).do("send INVITE RECEIVED drain")
	options := optionsOf(p.clock, 0xa)
	options.CountFromSend = true
	keepsTimes(t, "CountFromSend", p, options)
}

func valid(o engine.Options, times engine.Times) bool {
	o.Times = times
	return o.Validate() == nil
}

func keepsTimes(t *testing.T, what string, p *pair, options engine.Options) {
	t.Helper()
	e, err := engine.Load("alice", options, p.alice.Snapshot())
	if err != nil {
		t.Fatalf("another %s: %v", what, err)
	}
	if e.Times() != engine.DefaultTimes() || !bytes.Equal(e.Snapshot(), p.alice.Snapshot()) {
		t.Errorf("another %s: it is at work already", what)
	}
	kept := store{}
	kept.save(e)
	for at, ok := e.NextDeadline(); ok; at, ok = e.NextDeadline() {
		p.clock.now = at
		e.Advance()
	}
	outputsOf(e)
	kept.save(e)
	fresh, err := engine.New("alice", options)
	if err != nil {
		t.Fatal(err)
	}
	anew := store{}
	anew.save(fresh)
	if e.Times() != fresh.Times() || kept["h"] != anew["h"] {
		t.Errorf("another %s: the old one stays when nothing is remembered", what)
	}
	options.Epoch++
	if _, err := engine.Restore("alice", options, p.alice.Snapshot(), 365*24*time.Hour); err != nil {
		t.Errorf("another %s, a year later: %v", what, err)
	}
}

// Times that are not valid, or are not any more after an update, are of no use.
func TestInvalidTimesAreRefused(t *testing.T) {
	entries := entriesOf(newPair(t, time.Unix(0, 0)).do("send").alice.Snapshot())
	times := entries["h"][12 : len(entries["h"])-8]
	for _, each := range []struct {
		times   string
		problem engine.SnapshotProblem
	}{
		{"\x01" + times[5:], engine.SnapshotTimes},
		{strings.Repeat("\x00", 11), engine.SnapshotDamaged},
	} {
		changed := maps.Clone(entries)
		changed["h"] = strings.Replace(changed["h"], times, each.times, 1)
		if _, err := engine.Load("alice", optionsOf(&testClock{}, 0xa), changed.joined()); !errors.Is(err, each.problem) {
			t.Errorf("%v, not %v", err, each.problem)
		}
	}
}

// What each state sends on being restored, after what was not drained. Both ends
// are restored at once; each line is the caller's outputs, then the callee's.
func TestRestoreSendsOnce(t *testing.T) {
	for _, each := range []struct {
		words         string
		away          time.Duration
		caller, calle string
	}{
		{"send", 0, "bob:INVITE age 0s", ""},
		{"send", time.Second, "bob:INVITE age 1s", ""}, // once: what was undrained is a copy
		{"send", engine.AwayUnknown, `bob:CANCEL(no response); LocalInvitationFailure callee does not respond "" FAILURE no sign of life`, ""},
		{"send drain", 0, "", ""}, // 500 ms after the last copy: 1.0 §4.5
		{"send drain", 499 * time.Millisecond, "", ""},
		{"send drain", 500 * time.Millisecond, "bob:INVITE age 500ms", ""},
		{"send drain 200ms", 300 * time.Millisecond, "bob:INVITE age 500ms", ""},
		{"send drain", time.Second, "bob:INVITE age 1s", ""},
		{"send drain", time.Minute, "", ""}, // overdue: see TestTimeAwayCounts
		{"send drain", engine.AwayUnknown, `bob:CANCEL(no response); LocalInvitationFailure callee does not respond "" FAILURE no sign of life`, ""},
		{"send drain logout", engine.AwayUnknown, `bob:CANCEL(no response); LocalInvitationFailure callee does not respond "" FAILURE no sign of life`, ""},
		{"send INVITE", 0, "", `alice:RECEIVED; RemoteInvitationReceived ok "" INVITATION_RECEIVED`},
		{"send INVITE", time.Second, "bob:INVITE age 1s", `alice:RECEIVED; RemoteInvitationReceived ok "" INVITATION_RECEIVED`},
		{"send INVITE drain", time.Second, "bob:INVITE age 1s", "alice:RECEIVED"},
		{"send INVITE drain", time.Minute, "", ""},
		{"send INVITE RECEIVED drain", 0, "", ""},
		{"send INVITE RECEIVED drain", time.Second, "bob:INVITE age 1s", "alice:RECEIVED"},
		{"send INVITE RECEIVED drain", 59*time.Second + 999*time.Millisecond, "bob:INVITE age 59.999s", "alice:RECEIVED"},
		{"send INVITE RECEIVED drain", time.Minute, "", ""},                                    // no expiry is left, but the grace
		{"send INVITE RECEIVED drain 1s", engine.AwayUnknown, "", "alice:RECEIVED"},            // of an age that nobody knows
		{"send INVITE RECEIVED drain 1s online", 400 * time.Millisecond, "", "alice:RECEIVED"}, // the INVITE in the queue says how long it might ring, then
		{"send INVITE RECEIVED drain 1s online", time.Second, "bob:INVITE age 2s", "alice:RECEIVED"},
		{"send INVITE RECEIVED drain accept drain", 0, "", ""},
		{"send INVITE RECEIVED drain accept drain", time.Second, "bob:INVITE age 1s", "alice:ACCEPTyes"},
		{"send INVITE RECEIVED drain accept drain", 14500 * time.Millisecond, "bob:INVITE age 14.5s", "alice:ACCEPTyes"},
		{"send INVITE RECEIVED drain accept drain", 14501 * time.Millisecond, "bob:INVITE age 14.501s", ""}, // too close to the end of the accept time
		{"send INVITE RECEIVED drain accept", 14500 * time.Millisecond, "bob:INVITE age 14.5s", "alice:ACCEPTyes"},
		{"send INVITE RECEIVED drain accept", 14501 * time.Millisecond, "bob:INVITE age 14.501s", ""}, // undrained makes no difference
		{"send INVITE RECEIVED drain accept", engine.AwayUnknown, "", "alice:ACCEPTyes"},
		{"send INVITE RECEIVED drain accept 15s", 0, "bob:INVITE age 15s", `alice:CLOSED(INVITE failed); RemoteInvitationFailure accept was not confirmed "yes" FAILURE`},
		{"send INVITE drain 1s drain online logout accept", 0, "bob:INVITE age 1s", `alice:RECEIVED; alice:ACCEPTyes`}, // the RECEIVED is no copy of it
		{"send INVITE RECEIVED accept ACCEPT drain", 5 * time.Second, "", "alice:ACCEPTyes"},                           // a tombstone sends nothing
		{"send INVITE RECEIVED accept ACCEPT drain", 15 * time.Second, "", ""},
		{"send INVITE RECEIVED accept ACCEPT", 0, `bob:CONFIRM; LocalInvitationAccepted ok "yes" ACCEPTED_BY_REMOTE`, ""},
		{"send INVITE RECEIVED accept ACCEPT CONFIRM drain", time.Second, "", ""},
		{"send INVITE RECEIVED drain refuse drain", 0, "", ""},
		{"send INVITE RECEIVED drain refuse drain", time.Second, "bob:INVITE age 1s", "alice:REFUSE"},
		{"send INVITE RECEIVED refuse REFUSE ACK drain", time.Second, "", ""},
		{"send INVITE RECEIVED drain cancel drain", 0, "", ""},
		{"send INVITE RECEIVED drain cancel drain", time.Second, "bob:CANCEL(user)", "alice:RECEIVED"},
		{"send INVITE RECEIVED drain cancel 31400ms drain", 599 * time.Millisecond, "bob:CANCEL(user)", "alice:RECEIVED"},
		{"send INVITE RECEIVED drain cancel 31400ms drain", 600 * time.Millisecond, "", "alice:RECEIVED"}, // the linger is over
		{"send INVITE RECEIVED drain refuse 61600ms drain", 399 * time.Millisecond, "", "alice:REFUSE"},
		{"send INVITE RECEIVED drain refuse 61600ms drain", 400 * time.Millisecond, "", ""}, // a REFUSE lingers for expiry + grace
		{"send INVITE RECEIVED cancel CANCEL ACK drain", time.Second, "", ""},
		{"send INVITE RECEIVED drain logout", time.Second, "bob:INVITE age 1s", "alice:RECEIVED"}, // restored, it is logged in
	} {
		p := newPair(t, time.Unix(0, 0)).do(each.words)
		for i, e := range []*engine.Engine{p.alice, p.bob} {
			snapshot := e.Snapshot()
			clock := &testClock{p.clock.now.Add(max(each.away, 0))}
			restored, err := engine.Restore(e.Self(), optionsOf(clock, 0xc), snapshot, each.away)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{each.caller, each.calle}[i]
			if got := strings.Join(outputsOf(restored), "; "); got != want {
				t.Errorf("%s, away %v: %s sends\n%s\nnot\n%s", each.words, each.away, e.Self(), got, want)
			}
		}
	}
}

// All deadlines are closer by the time away; what is overdue happens in the first
// Advance, and retransmissions go once and not in a burst.
func TestTimeAwayCounts(t *testing.T) {
	for _, each := range []struct {
		words string
		who   string
		away  time.Duration
		next  time.Duration // from the restart, negative if overdue
		then  string        // the first Advance
	}{
		{"send drain", "alice", 10 * time.Second, 500 * time.Millisecond, ""}, // its copy has gone, and the pauses begin anew
		{"send drain", "alice", 40 * time.Second, -39500 * time.Millisecond, `bob:CANCEL(no response); LocalInvitationFailure callee does not respond "" FAILURE no sign of life`},
		{"send INVITE drain", "bob", 10 * time.Second, 10 * time.Second, ""}, // the refresh is reckoned from the ring
		{"send INVITE drain", "bob", 25 * time.Second, 15 * time.Second, ""},
		{"send INVITE drain", "bob", 61 * time.Second, -41 * time.Second, `alice:CLOSED(INVITE failed); RemoteInvitationFailure invitation expired "" FAILURE`},
		{"send INVITE RECEIVED drain", "alice", 2 * time.Second, time.Minute, ""},
		{"send INVITE RECEIVED drain", "alice", engine.AwayUnknown, 62 * time.Second, ""},
		{"send INVITE RECEIVED drain online", "alice", engine.AwayUnknown, 62 * time.Second, ""}, // no INVITE is armed
		{"send INVITE accept drain", "bob", 16 * time.Second, -15750 * time.Millisecond, `alice:CLOSED(INVITE failed); RemoteInvitationFailure accept was not confirmed "yes" FAILURE`},
		{"send INVITE drain 1s cancel CANCEL drain", "bob", 246 * time.Second, time.Second, ""},
		{"send INVITE drain 1s cancel CANCEL drain", "bob", time.Duration(1<<63 - 1), -50*365*24*time.Hour + 247*time.Second, ""},
		{"send INVITE drain refuse drain", "bob", 63 * time.Second, -62500 * time.Millisecond, ""},
	} {
		p := newPair(t, time.Unix(0, 0)).do(each.words)
		e := p.alice
		if each.who == "bob" {
			e = p.bob
		}
		clock := &testClock{time.Unix(1<<32, 0)}
		restored, err := engine.Restore(each.who, optionsOf(clock, 0xc), e.Snapshot(), each.away)
		if err != nil {
			t.Fatal(err)
		}
		outputsOf(restored)
		if at, ok := restored.NextDeadline(); !ok || at.Sub(clock.now) != each.next {
			t.Errorf("%s, away %v: the next deadline is in %v, not in %v", each.words, each.away, at.Sub(clock.now), each.next)
		}
		restored.Advance()
		if got := strings.Join(outputsOf(restored), "; "); got != each.then {
			t.Errorf("%s, away %v: the first Advance gives\n%s\nnot\n%s", each.words, each.away, got, each.then)
		}
		if at, ok := restored.NextDeadline(); ok && at.Before(clock.now) {
			t.Errorf("%s, away %v: after Advance a deadline is still over", each.words, each.away)
		}
	}
}

// With the expiry counted from send, the age from before the crash counts.
func TestAgeCountsAfterRestore(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	options := engine.Options{Clock: clock, Epoch: 1, CountFromSend: true}
	e, err := engine.New("alice", options)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.CreateLocalInvitation("bob").Send(); err != nil {
		t.Fatal(err)
	}
	options.Epoch = 2
	clock.now = time.Unix(20, 0)
	e, err = engine.Restore("alice", options, e.Snapshot(), 0)
	if err != nil {
		t.Fatal(err)
	}
	e.Advance()
	for out := range e.All() {
		e.Receive("bob", engine.Message{Kind: engine.Received, ID: out.Message.ID})
	}
	if at, _ := e.NextDeadline(); at != time.Unix(62, 0) {
		t.Errorf("expires at %v, not 62 s after send", at)
	}
}

// C79: a restart needs a new epoch, and no id comes twice.
func TestIDsNeverRepeat(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "alice", clock, 1)
	given := map[engine.ID]bool{}
	for epoch := uint64(2); epoch < 6; epoch++ {
		for range 3 {
			call := e.CreateLocalInvitation("bob")
			if err := call.Send(); err != nil {
				t.Fatal(err)
			}
			if given[call.ID()] || call.ID().Epoch != epoch-1 || call.ID().Counter > 3 {
				t.Fatalf("%v is given", call.ID())
			}
			given[call.ID()] = true
		}
		snapshot := e.Snapshot()
		for used := range epoch - 1 {
			if _, err := engine.Restore("alice", optionsOf(clock, used+1), snapshot, 0); !errors.Is(err, engine.SnapshotEpoch) {
				t.Fatalf("epoch %d again: %v", used+1, err)
			}
		}
		var err error
		if e, err = engine.Restore("alice", optionsOf(clock, epoch), snapshot, 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := engine.Load("alice", optionsOf(clock, 4), e.Snapshot()); !errors.Is(err, engine.SnapshotEpoch) {
		t.Errorf("Load under another epoch: %v", err)
	}
}

// The app finds what is open and what lingers, peer by peer, and may end it meanwhile.
func TestInvitationsAreFoundAgain(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "alice", clock, 1)
	for _, peer := range []string{"bob", "carol", "bob", "dave"} {
		call := e.CreateLocalInvitation(peer)
		call.SetContent("to " + peer)
		if err := call.Send(); err != nil {
			t.Fatal(err)
		}
		if peer == "carol" {
			if err := call.Cancel(); err != nil {
				t.Fatal(err)
			}
		}
		e.Receive(peer, engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 9, Counter: 9}, Content: "from " + peer, Wait: time.Second, Expiry: time.Second})
	}
	restored, err := engine.Restore("alice", optionsOf(clock, 2), e.Snapshot(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for call := range restored.LocalInvitations() {
		found = append(found, fmt.Sprint(call.ID(), " ", call.Content(), " ", call.State()))
		_ = call.Cancel() // carol's has ended
	}
	for ring := range restored.RemoteInvitations() {
		found = append(found, fmt.Sprint(ring.Content(), " ", ring.State()))
		if err := ring.Refuse(); err != nil {
			t.Error(err)
		}
	}
	want := []string{"1-1 to bob SENT_TO_REMOTE", "1-3 to bob SENT_TO_REMOTE", "1-2 to carol CANCELED", "1-4 to dave SENT_TO_REMOTE",
		"from bob INVITATION_RECEIVED", "from carol INVITATION_RECEIVED", "from dave INVITATION_RECEIVED"}
	if !slices.Equal(found, want) {
		t.Errorf("found\n%s", strings.Join(found, "\n"))
	}
	for call := range restored.LocalInvitations() {
		if call.State() != states.LocalCanceled {
			t.Errorf("%v is %v", call.ID(), call.State())
		}
	}
}

// Events come with objects: the same one for two events of one invitation, and
// the one that LocalInvitations has.
func TestEventsKeepTheirObjects(t *testing.T) {
	p := newPair(t, time.Unix(0, 0)).do("send INVITE accept ACCEPT")
	loaded := load(t, "alice", p.clock, 0xa, p.alice.Snapshot())
	var objects []*engine.LocalInvitation
	for out := range loaded.All() {
		if out.Kind != engine.Send {
			objects = append(objects, out.Local)
		}
	}
	if len(objects) != 2 || objects[0] != objects[1] || objects[0].Response() != "yes" || !errors.Is(objects[0].Cancel(), errors.AlreadyEnd) {
		t.Errorf("%d events, of %v", len(objects), objects)
	}
	p = newPair(t, time.Unix(0, 0)).do("send INVITE")
	loaded = load(t, "bob", p.clock, 0xb, p.bob.Snapshot())
	for out := range loaded.All() {
		for ring := range loaded.RemoteInvitations() {
			if out.Remote != nil && out.Remote != ring {
				t.Error("the event has another object than RemoteInvitations")
			}
		}
	}
	// One that failed in send has neither record nor id.
	p = newPair(t, time.Unix(0, 0)).do("logout send")
	loaded = load(t, "alice", p.clock, 0xa, p.alice.Snapshot())
	if out, _ := loaded.Poll(); out.LocalError != errors.LocalNotLoggedIn || out.Local.Content() != "hi" || out.Local.ID() != (engine.ID{}) {
		t.Errorf("%+v", out)
	}
	another := p.alice.CreateLocalInvitation("bob")
	another.SetContent("hi again")
	if err := another.Send(); err != nil {
		t.Fatal(err)
	}
	loaded = load(t, "alice", p.clock, 0xa, p.alice.Snapshot())
	if got, want := eventsOf(loaded), eventsOf(p.alice); len(got) != 2 || !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

// TestEventsOfAnIDUsedAgain: an id is free when its invitation is forgotten. If a peer
// gives it to another one while the events of the first are undrained, each event keeps
// its own invitation, in whatever state the last one is.
func TestEventsOfAnIDUsedAgain(t *testing.T) {
	ends := []string{"cancel", "refuse", "accept", "expire"}
	for _, first := range ends {
		for _, second := range ends {
			for _, third := range append(ends, "ring", "refuse and forget", "never") {
				for polled := range 6 {
					clock, kept := &testClock{time.Unix(0, 0)}, store{}
					e := newEngine(t, "alice", clock, 1)
					for i, end := range []string{first, second, third} {
						ringAndEnd(e, clock, kept, fmt.Sprint("call ", i), end, i < 2)
					}
					for range polled {
						e.Poll()
					}
					kept.save(e)
					snapshot := e.Snapshot()
					restored, err := engine.Restore("alice", optionsOf(clock, 2), snapshot, 0)
					if err != nil {
						t.Fatalf("%s, %s, %s, %d polled: %v", first, second, third, polled, err)
					}
					want := eventsOf(e)
					if polled == 0 && len(want) < 4 {
						t.Fatalf("%s, %s, %s: only %d events", first, second, third, len(want))
					}
					for name, copy := range map[string]*engine.Engine{
						"loaded": load(t, "alice", clock, 1, snapshot), "joined": load(t, "alice", clock, 1, kept.joined()), "restored": restored,
					} {
						if got := eventsOf(copy); !slices.Equal(got, want) {
							t.Fatalf("%s, %s, %s, %d polled, %s:\n%s\nnot\n%s", first, second, third, polled, name, strings.Join(got, "\n"), strings.Join(want, "\n"))
						}
					}
				}
			}
		}
	}
}

// ringAndEnd is one invitation under an id that is the same every time.
func ringAndEnd(e *engine.Engine, clock *testClock, kept store, content, end string, forget bool) {
	if end == "never" {
		return
	}
	id := engine.ID{Epoch: 9, Counter: 1}
	e.Receive("bob", engine.Message{Kind: engine.Invite, ID: id, Content: content, Wait: 30 * time.Second, Expiry: time.Minute})
	kept.save(e)
	for ring := range e.RemoteInvitations() {
		ring.SetResponse("to " + content)
		switch end {
		case "cancel":
			e.Receive("bob", engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser})
		case "refuse", "refuse and forget":
			_ = ring.Refuse()
		case "accept":
			_ = ring.Accept()
			kept.save(e)
			e.Receive("bob", engine.Message{Kind: engine.Confirm, ID: id})
		case "expire":
			clock.now = clock.now.Add(time.Minute)
			e.Advance()
		}
	}
	kept.save(e)
	if forget || end == "refuse and forget" {
		clock.now = clock.now.Add(time.Hour)
		e.Advance()
		kept.save(e)
	}
}

// eventsOf drains an engine. It tells of each event what the app sees, and which
// others have the same object.
func eventsOf(e *engine.Engine) (all []string) {
	type object interface {
		ID() engine.ID
		Content() string
	}
	numbers := map[object]int{}
	for call := range e.LocalInvitations() {
		numbers[call] = len(numbers)
	}
	for ring := range e.RemoteInvitations() {
		numbers[ring] = len(numbers)
	}
	for out := range e.All() {
		var about object = out.Local
		switch {
		case out.Kind == engine.Send:
			continue
		case out.Missed != nil:
			all = append(all, fmt.Sprint(out.Missed.CallerID, out.Missed.ID, describeOutput(out)))
			continue
		case out.Remote != nil:
			about = out.Remote
		}
		if _, known := numbers[about]; !known {
			numbers[about] = len(numbers)
		}
		all = append(all, fmt.Sprintf("%d: %v %q %s", numbers[about], about.ID(), about.Content(), describeOutput(out)))
	}
	return all
}

// What was polled before the snapshot does not come again.
func TestOnlyTheUndrainedIsKept(t *testing.T) {
	p := newPair(t, time.Unix(0, 0)).do("send INVITE accept ACCEPT")
	p.alice.Poll()
	loaded := load(t, "alice", p.clock, 0xa, p.alice.Snapshot())
	if got := outputsOf(loaded); len(got) != 2 || strings.Contains(got[0], "CONFIRM") {
		t.Errorf("%q", got)
	}
}

// What a custom ValidUserID allows is restored, too: the empty id, which no entry
// can name, is refused where it comes in.
func TestAnyUserIDRestores(t *testing.T) {
	anything := func(string) bool { return true }
	clock := &testClock{time.Unix(0, 0)}
	options := engine.Options{Clock: clock, Epoch: 1, ValidUserID: anything}
	if _, err := engine.New("", options); err == nil {
		t.Error("an engine of nobody")
	}
	for _, id := range []string{"", " ", "\x00", "\xff", "null", "é", strings.Repeat("x", 100_000)} {
		e, err := engine.New("alice", options)
		if err != nil {
			t.Fatal(err)
		}
		err = e.CreateLocalInvitation(id).Send()
		verdict := e.Receive(id, engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 9, Counter: 1}, Wait: time.Second, Expiry: time.Second})
		if refused := id == ""; errors.Is(err, errors.InvalidArgument) != refused || (verdict == engine.Invalid) != refused {
			t.Errorf("%.10q: %v, %v", id, err, verdict)
		}
		again := options
		again.Epoch = 2
		if _, err := engine.Restore("alice", again, e.Snapshot(), 0); err != nil {
			t.Errorf("%.10q: %v", id, err)
		}
	}
}

// An INVITE that waited in the queue until nobody would ring for it is dropped, and
// does not say an age that no wire form has.
func TestStaleInvitesAreDropped(t *testing.T) {
	for _, each := range []struct {
		away time.Duration
		want string
	}{
		{29 * time.Second, "bob:INVITE age 29s"},
		{30 * time.Second, ""},
		{104 * 24 * time.Hour, ""},
		{time.Duration(1<<63 - 1), ""},
	} {
		snapshot := newPair(t, time.Unix(0, 0)).do("send").alice.Snapshot()
		restored, err := engine.Restore("alice", optionsOf(&testClock{time.Unix(1<<31, 0)}, 0xc), snapshot, each.away)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(outputsOf(restored), "; "); got != each.want {
			t.Errorf("after %v it sends %q, not %q", each.away, got, each.want)
		}
	}
}

// An ACCEPT that waited in the queue until its invitation was forgotten does not go out
// for another one under the same id, which the app has not accepted.
func TestStaleAcceptsAreDropped(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "alice", clock, 1)
	ringAndEnd(e, clock, store{}, "call 0", "accept", true)
	ringAndEnd(e, clock, store{}, "call 1", "ring", false)
	restored, err := engine.Restore("alice", optionsOf(clock, 2), e.Snapshot(), 0)
	if err != nil {
		t.Fatal(err)
	}
	queued, sent := outputsOf(e), outputsOf(restored)
	const accept = "bob:ACCEPTto call 0"
	if !slices.Contains(queued, accept) || slices.Contains(sent, accept) {
		t.Errorf("queued was %q, and it sends %q", queued, sent)
	}
}

// An event says at how many restores it was undrained, because then it may have been
// told before. One that is new says 0.
func TestEventsCountRestores(t *testing.T) {
	p := newPair(t, time.Unix(0, 0)).do("send INVITE")
	e := p.bob
	for restores := range 300 {
		if restores == 2 {
			e.PeerOffline("alice")
			e.Receive("alice", engine.Message{Kind: engine.Cancel, Reason: engine.ReasonUser, ID: p.call.ID()})
		}
		copy := load(t, "bob", p.clock, uint64(0xb+restores), e.Snapshot())
		for out := range copy.All() {
			age := restores
			switch out.Kind {
			case engine.Send:
				age = 0
			case engine.RemoteInvitationCanceled:
				age -= 2
			}
			if want := min(age, 255); int(out.Restores) != want {
				t.Fatalf("%v after %d restores: %d, not %d", out.Kind, restores, out.Restores, want)
			}
		}
		var err error
		if e, err = engine.Restore("bob", optionsOf(p.clock, uint64(0xc+restores)), e.Snapshot(), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// busySnapshots are of every situation: each part of them has something in one.
func busySnapshots(t testing.TB) (snapshots [][]byte) {
	for _, s := range situations {
		p := newPair(t, time.Unix(0, 0)).do(s.words)
		snapshots = append(snapshots, p.alice.Snapshot(), p.bob.Snapshot())
	}
	return snapshots
}

func restoreAny(snapshot []byte) (*engine.Engine, error) {
	clock := &testClock{time.Unix(0, 0)}
	e, err := engine.Restore("alice", optionsOf(clock, 0xc), snapshot, 0)
	if errors.Is(err, engine.SnapshotUser) {
		e, err = engine.Restore("bob", optionsOf(clock, 0xc), snapshot, 0)
	}
	return e, err
}

func TestDamageIsFound(t *testing.T) {
	refused := func(snapshot []byte, format string, args ...any) {
		t.Helper()
		e, err := restoreAny(snapshot)
		var typed *engine.SnapshotError
		if e != nil || !errors.As(err, &typed) || typed.Detail == "" {
			t.Errorf("%s: %v", fmt.Sprintf(format, args...), err)
		}
	}
	for i, snapshot := range busySnapshots(t) {
		if _, err := restoreAny(snapshot); err != nil {
			t.Fatalf("snapshot %d itself: %v", i, err)
		}
		for n := range snapshot {
			refused(snapshot[:n], "snapshot %d cut to %d bytes", i, n)
			for bit := range 8 {
				flipped := bytes.Clone(snapshot)
				flipped[n] ^= 1 << bit
				refused(flipped, "snapshot %d with bit %d of byte %d", i, bit, n)
			}
		}
		refused(append(bytes.Clone(snapshot), 0), "snapshot %d and a byte more", i)
		refused(sealed(append(bytes.Clone(snapshot[:len(snapshot)-4]), 0)), "snapshot %d and a byte more inside", i)
		for n := 5; n < len(snapshot)-4; n++ {
			refused(sealed(bytes.Clone(snapshot[:n])), "snapshot %d cut to %d bytes, with a good checksum", i, n)
		}
	}
}

// sealed appends the checksum.
func sealed(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

func TestProblemsAreNamed(t *testing.T) {
	snapshot := newPair(t, time.Unix(0, 0)).do("send").alice.Snapshot()
	idle := newPair(t, time.Unix(0, 0)).alice.Snapshot() // bob may remember what it has forgotten
	version := entriesOf(snapshot)
	version["h"] = strings.Replace(version["h"], "invs\x03", "invs\x04", 1)
	for _, each := range []struct {
		self     string
		epoch    uint64
		snapshot []byte
		problem  engine.SnapshotProblem
		text     string
	}{
		{"alice", 0xc, nil, engine.SnapshotDamaged, "restore engine of alice: snapshot is damaged: the checksum is another"},
		{"alice", 0xc, snapshot[:9], engine.SnapshotDamaged, "restore engine of alice: snapshot is damaged: the checksum is another"},
		{"alice", 0xc, version.joined(), engine.SnapshotVersion, "restore engine of alice: snapshot of an unknown version: 4, not 3"},
		{"bob", 0xc, snapshot, engine.SnapshotUser, `restore engine of bob: snapshot of another user: "alice"`},
		{"alice", 0xa, snapshot, engine.SnapshotEpoch, "restore engine of alice: wrong epoch for the snapshot: ids would repeat: draw a new one"},
		{"alice", 0xa, idle, engine.SnapshotEpoch, "restore engine of alice: wrong epoch for the snapshot: ids would repeat: draw a new one"},
	} {
		_, err := engine.Restore(each.self, optionsOf(&testClock{}, each.epoch), each.snapshot, 0)
		if !errors.Is(err, each.problem) || err.Error() != each.text {
			t.Errorf("%v", err)
		}
	}
	if _, err := engine.Restore("alice", engine.Options{Clock: &testClock{}}, snapshot, 0); err == nil || !strings.Contains(err.Error(), "Epoch is 0") {
		t.Errorf("no epoch: %v", err)
	}
}

// entriesOf takes a snapshot apart.
func entriesOf(snapshot []byte) store {
	entries, rest := store{}, snapshot[:len(snapshot)-4]
	next := func() string {
		n, size := binary.Uvarint(rest)
		part := rest[size : size+int(n)]
		rest = rest[size+int(n):]
		return string(part)
	}
	for len(rest) > 0 {
		key := next()
		entries[key] = next()
	}
	return entries
}

// The reader is strict: what the engine could not have written does not load, even
// with a good checksum. Each case changes entries of the golden snapshot.
func TestTheReaderIsStrict(t *testing.T) {
	const (
		id        = "\x00\x00\x00\x00\x00\x00\x00\x0a\x01"
		ringing   = "r\x01" + id + "alice"
		call      = "r\x00" + id + "alice"
		lingering = "\x0d\x00\x00" + "\x01" + "\x00" + "\x00\x00\x00" + "\x00\x00" + "\x00\x00" // CANCELED by the user: reason; number; texts; note, cause; interval, spacing
		sent      = "\x09\x00\x00" + "\x00" + "\x00\x00\x00" + "\x00"                           // SENT: number; texts; now
		first     = "o\x00\x00\x00\x00\x00\x00\x00\x00"
		second    = "o\x00\x00\x00\x00\x00\x00\x00\x01"
	)
	golden := entriesOf(goldenSnapshot(t))
	for _, key := range []string{"h", "n", "palice", ringing, first, second} {
		if _, ok := golden[key]; !ok || len(golden) != 6 {
			t.Fatalf("the golden snapshot is %q", golden)
		}
	}
	for _, each := range []struct{ name, key, old, new, detail string }{
		{"no head", "h", "", "-", "0 entries of kind h"},
		{"no magic", "h", "invs", "invt", "it does not begin as one"},
		{"count from send twice", "h", "bob\x00\x00", "bob\x00\x02", "count from send"},
		{"a time too long", "h", "\x80\xd8\x8e\xe1\x6f", "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "time"},
		{"epoch 0", "h", "\x0b", "\x00", "epoch 0"},
		{"a head with a key", "hh", "", "x", "2 entries of kind h"},
		{"no clock", "n", "", "-", "0 entries of kind n"},
		{"a number in a long form", "n", "\x00\x01\x00", "\x80\x00\x01\x00", "no number for now"},
		{"logged in twice", "n", "\x00\x01\x00", "\x00\x02\x00", "logged in"},
		{"a peer less", "n", "\x01\x01\x02", "\x02\x01\x02", "1 of 2 entries of kind p"},
		{"a record less", "n", "\x01\x01\x02", "\x01\x02\x02", "1 of 2 entries of kind r"},
		{"an output more", "n", "\x01\x01\x02", "\x01\x01\x01", "2 of 1 entries of kind o"},
		{"a clock and a byte more", "n", "\x01\x01\x02", "\x01\x01\x02\x00", `1 bytes too many in entry "n"`},
		{"an unknown kind", "x", "", "", "entry of an unknown kind"},
		{"the user himself", "pbob", "", "\x00\x00", `peer "bob"`},
		{"nobody", "p", "", "\x00\x00", `peer ""`},
		{"a peer without a record", "pcarol", "", "\x00\x00", "peer without a record"},
		{"presence 2", "palice", "\x00\x00", "\x00\x02", "presence"},
		{"a record of an unknown peer", "r\x01" + id + "carol", "", golden[ringing], `record "\x01\x00\x00\x00\x00\x00\x00\x00\n\x01carol"`},
		{"role 2", "r\x02" + id + "alice", "", golden[ringing], `record "\x02\x00\x00\x00\x00\x00\x00\x00\n\x01alice"`},
		{"IDLE", ringing, "\x09", "\x08", ""},
		{"state 7", ringing, "\x09", "\x0f", ""},
		{"open without an invitation", ringing, "\x09", "\x01", ""},
		{"CANCELED with one", ringing, "\x09", "\x0d", ""},
		{"held twice", ringing, "\x09", "\x11", ""},
		{"a call not sent yet", "r\x00" + "\x00\x00\x00\x00\x00\x00\x00\x0b\x01" + "alice", "", "\x03\x00\x00", ""},
		{"epoch 0 of a record", "r\x01" + "\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "alice", "", golden[ringing], ""},
		{"a deadline too far", ringing, "\x80\xe0\xba\x84\xbf\x03", "\x82\x80\x90\xa6\x94\x97\xca\x19", "deadline"},
		{"a tombstone too long", ringing, "\x09\x80\xe0\xba\x84\xbf\x03", "\x03\x80\xe0\xa5\x96\xbb\x11", "deadline"},
		{"a copy after the linger", call, "", lingering + "\x01\x00\x00", "copy after the end"},
		{"a linger without a reason", call, "", strings.Replace(lingering, "\x01", "\x07", 1) + "\x00", "reason"},
		{"the caller's event", second, "\x06", "\x01", "event LocalInvitationReceivedByPeer"},
		{"an end that is not", second, "\x06", "\x07", "event RemoteInvitationAccepted"},
		{"a cause of a CANCELED", call, "", strings.Replace(lingering, "\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x01\x00", 1) + "\x00", "cause"},
		{"a flag too many", call, "", sent + "\x10\x00\x00\x00", "flags"},
		{"times of a call that has none", call, "", sent + "\x04\x00\x00\x00\x00\x00", "times of the call"},
		{"the last place in a group", call, "", sent + "\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00", "place in a group"},
		{"overloaded, and received", call, "", "\x0a" + sent[1:] + "\x02\x00\x00", "cause"},
		{"missed, and it rings", ringing, "\x09", "\x29", ""},
		{"a missed call that is owed a third time", ringing, "\x09", "\x69", ""},
		{"an answer of another device, and it rings", ringing, "\x09\x80\xe0\xba\x84\xbf\x03\x00\x00", "\x19\x80\xe0\xba\x84\xbf\x03\x00\x05\x00", "device"},
		{"a ring that ends when it does not", ringing, "\x00\x00\x00\x80\xe0\xba\x84\xbf\x03", "\x00\x00\x00\x80\xe0\xba\x84\xbf\x02", "end of the ring"},
		{"no such event", second, "\x06", "\x0c", "event ?"},
		{"an event about nothing", second, "\x0a\x01", "\x0a\x02", "event RemoteInvitationReceived"},
		{"an end in an open state", second, id + "\x00", id + "\x01\x00\x00\x00", "ended invitation"},
		{"no such message", first, "\x02", "\x09", "message of kind 9"},
		{"an output twice", "o\x01", "", golden[first], "number of an output"},
		{"a gap in the outputs", "o\x00\x00\x00\x00\x00\x00\x00\x03", "", golden[first], "number of an output"},
	} {
		changed := maps.Clone(golden)
		value, there := changed[each.key]
		switch {
		case each.new == "-":
			delete(changed, each.key)
		case there && strings.Count(value, each.old) == 0:
			t.Fatalf("%s: %q is not in %q", each.name, each.old, value)
		case there:
			changed[each.key] = strings.Replace(value, each.old, each.new, 1)
		default:
			changed[each.key] = each.new
		}
		if n := changed["n"]; n == golden["n"] { // the counts are right
			counts := map[byte]byte{}
			for key := range changed {
				counts[key[0]]++
			}
			changed["n"] = n[:3] + string([]byte{counts['p'], counts['r'], counts['o']})
		}
		_, err := engine.Restore("bob", optionsOf(&testClock{}, 0xc), changed.joined(), 0)
		var problem *engine.SnapshotError
		if !errors.As(err, &problem) || problem.Problem != engine.SnapshotDamaged || problem.Detail != each.detail && (each.detail != "" || !strings.HasPrefix(problem.Detail, "record ")) {
			t.Errorf("%s: %v, not %q", each.name, err, each.detail)
		}
	}
}

// No count is believed: a gigantic one costs no memory. Each is put in the place
// of a real one, whatever that place means.
func TestAbsurdCountsAllocateLittle(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1<<62)
	for i, snapshot := range busySnapshots(t) {
		body := snapshot[:len(snapshot)-4]
		for n := 5; n < len(body); n++ {
			forged := sealed(slices.Concat(body[:n], huge, body[n+1:]))
			var before, after runtime.MemStats
			if testing.Short() || n%7 != i%7 {
				_, _ = restoreAny(forged) // it must not panic
				continue
			}
			runtime.ReadMemStats(&before)
			_, _ = restoreAny(forged)
			runtime.ReadMemStats(&after)
			if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 1<<20 {
				t.Fatalf("snapshot %d, byte %d: %d bytes were allocated for %d", i, n, bytes, len(forged))
			}
		}
	}
}

// FuzzRestore: no bytes make it panic, then or later; what loads is a state whose
// snapshot loads. The checksum is put right, or nothing would come past it.
func FuzzRestore(f *testing.F) {
	for _, snapshot := range busySnapshots(f) {
		f.Add(snapshot[:len(snapshot)-4])
	}
	for _, version := range []string{"2", "3"} {
		for _, each := range readFrozen(f, "../testdata/snapshot/version"+version+".txt") {
			f.Add(each.snapshot[:len(each.snapshot)-4])
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		snapshot := sealed(body)
		clock := &testClock{time.Unix(0, 0)}
		_, _ = restoreAny(snapshot)
		for _, self := range []string{"alice", "bob"} {
			for epoch := uint64(0xa); epoch <= 0xb; epoch++ {
				e, err := engine.Load(self, optionsOf(clock, epoch), snapshot)
				if err != nil {
					continue
				}
				again := load(t, self, clock, epoch, e.Snapshot())
				if got, want := again.Snapshot(), e.Snapshot(); !bytes.Equal(got, want) {
					t.Fatalf("it loads, and is another then:\n%x\n%x", want, got)
				}
				live(t, clock, e)
			}
		}
	})
}

// live uses a loaded engine up.
func live(t *testing.T, clock *testClock, e *engine.Engine) {
	outputsOf(e)
	for call := range e.LocalInvitations() {
		for kind := engine.Invite; kind <= engine.Closed; kind++ {
			e.Receive(call.CalleeID(), engine.Message{Kind: kind, For: engine.Invite, ID: call.ID()})
		}
		_ = call.Cancel()
	}
	for ring := range e.RemoteInvitations() {
		_ = ring.Accept()
		e.Receive(ring.CallerID(), engine.Message{Kind: engine.Confirm, ID: ring.ID()})
	}
	e.LogOut()
	e.LogIn()
	for i := range 10_000 {
		at, ok := e.NextDeadline()
		if !ok {
			break
		}
		if at.After(clock.now) {
			clock.now = at
		}
		if i > 1000 { // an accept time of hours has more copies than anybody waits for
			clock.now = clock.now.Add(time.Duration(i) * time.Second)
		}
		e.Advance()
		outputsOf(e)
	}
	if s := e.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
		t.Fatalf("it does not come to rest: %+v", s)
	}
}

// BenchmarkSnapshot is one snapshot of an engine that remembers so many invitations.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{0, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := remembering(b, n)
			buffer := e.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				buffer = e.AppendSnapshot(buffer[:0])
			}
			b.ReportMetric(float64(len(buffer)), "bytes")
		})
	}
}

func BenchmarkRestore(b *testing.B) {
	for _, n := range []int{0, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			snapshot := remembering(b, n).Snapshot()
			options := optionsOf(&testClock{}, 2)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := engine.Restore("alice", options, snapshot, time.Minute); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// remembering is an engine with n calls to 100 peers, all but the last one ended.
func remembering(t testing.TB, n int) *engine.Engine {
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "alice", clock, 1)
	for i := range n {
		clock.now = clock.now.Add(100 * time.Millisecond)
		peer := fmt.Sprint("user", i%100)
		call := e.CreateLocalInvitation(peer)
		call.SetContent("video?")
		if err := call.Send(); err != nil {
			t.Fatal(err)
		}
		if i < n-1 {
			e.Receive(peer, engine.Message{Kind: engine.Accept, ID: call.ID()})
		}
		outputsOf(e)
	}
	return e
}

// goldenSnapshot is bob while alice's call rings, with nothing drained.
func goldenSnapshot(t *testing.T) []byte {
	p := newPair(t, time.Unix(0, 0)).do("send 250ms INVITE")
	return p.bob.Snapshot()
}

// TestGoldenSnapshot pins the layout. The comments in the file are the layout as
// snapshot.go tells it, byte by byte; a change of one is a new version.
func TestGoldenSnapshot(t *testing.T) {
	const file = "../testdata/snapshot/ringing.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, line := range strings.Split(string(text), "\n") {
		code, _, _ := strings.Cut(line, "#")
		for _, hex := range strings.Fields(code) {
			var b byte
			if _, err := fmt.Sscanf(hex, "%02x", &b); err != nil {
				t.Fatalf("%s: %q", file, line)
			}
			want = append(want, b)
		}
	}
	if got := goldenSnapshot(t); !bytes.Equal(got, want) {
		t.Errorf("the snapshot is\n% x\nnot\n% x", got, want)
	}
	if _, err := engine.Restore("bob", optionsOf(&testClock{}, 2), want, 0); err != nil {
		t.Error(err)
	}
}
