// Policies directly over engines: two or three users whose messages the test delivers.

package policy_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/policy"
)

// world is some desks, one clock, and messages under way.
type world struct {
	t     *testing.T
	now   time.Time
	desks []*desk
	posts []post
	lines []string // what apps were shown
}

type post struct {
	from    *desk
	to      string
	message engine.Message
}

func (w *world) Now() time.Time { return w.now }

// desk is one device of a user: an engine, a line, and a driver between them.
type desk struct {
	w       *world
	name    string
	e       *engine.Engine
	line    *policy.Line
	locals  map[policy.Call]*engine.LocalInvitation
	remotes map[policy.Call]*engine.RemoteInvitation
	group   policy.RingGroup
}

func newWorld(t *testing.T) *world { return &world{t: t, now: time.Unix(0, 0)} }

func (w *world) desk(user string, device, epoch uint64, policies ...policy.Policy) *desk {
	w.t.Helper()
	e, err := engine.New(user, engine.Options{Clock: w, Epoch: epoch, Device: device})
	if err != nil {
		w.t.Fatal(err)
	}
	d := &desk{w: w, name: user, e: e, locals: map[policy.Call]*engine.LocalInvitation{}, remotes: map[policy.Call]*engine.RemoteInvitation{}}
	if device != 0 {
		d.name += fmt.Sprint(device)
	}
	d.line = policy.NewLine(device, d, policies...)
	w.desks = append(w.desks, d)
	return d
}

func (d *desk) Accept(c policy.Call) error { return d.remotes[c].Accept() }
func (d *desk) Cancel(c policy.Call) error { return d.locals[c].Cancel() }
func (d *desk) Refuse(c policy.Call, response string) error {
	d.remotes[c].SetResponse(response)
	return d.remotes[c].Refuse()
}

func (d *desk) call(callee string, group *engine.Group) policy.Call {
	d.w.t.Helper()
	inv := d.e.CreateLocalInvitation(callee)
	inv.SetGroup(group)
	d.ok(inv.Send())
	c := policy.Call{Own: true, Peer: callee, ID: inv.ID()}
	d.locals[c] = inv
	d.line.Add(c)
	if group != nil {
		d.group.Add(c)
	}
	d.poll()
	return c
}

func (d *desk) ok(err error) {
	d.w.t.Helper()
	if err != nil {
		d.w.t.Fatal(err)
	}
	d.poll()
}

// poll posts messages and shows what the line lets through.
func (d *desk) poll() {
	for out := range d.e.All() {
		c, isEvent := policy.CallOf(out)
		if !isEvent {
			d.w.posts = append(d.w.posts, post{d, out.To, out.Message})
			continue
		}
		if out.Remote != nil {
			d.remotes[c] = out.Remote
		}
		if e, ok := d.group.Told(out.Kind, c); ok {
			d.w.lines = append(d.w.lines, fmt.Sprintf("%s: group %v %s", d.name, e, c.Peer))
		}
		for _, s := range d.line.Told(out.Kind, c) {
			text := [...]string{policy.Event: out.Kind.String(), policy.Ring: "rings", policy.Redialed: "redialed", policy.Crossed: "crossed"}[s.What]
			d.w.lines = append(d.w.lines, fmt.Sprintf("%s: %s %s %v", d.name, text, s.Call.Peer, s.Call.ID))
		}
	}
}

// deliver delivers what is under way, and what comes of it, but for the kinds that are
// kept back.
func (w *world) deliver(keep ...engine.Kind) {
	var kept []post
	for len(w.posts) > 0 {
		p := w.posts[0]
		w.posts = w.posts[1:]
		if slices.Contains(keep, p.message.Kind) {
			kept = append(kept, p)
			continue
		}
		for _, d := range w.desks {
			if d.e.Self() == p.to {
				d.e.Receive(p.from.e.Self(), p.message)
				d.poll()
			}
		}
	}
	w.posts = kept
}

// wait lets time pass, and delivers.
func (w *world) wait(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); w.deliver() {
		w.now = w.now.Add(100 * time.Millisecond)
		for _, d := range w.desks {
			d.e.Advance()
			d.poll()
		}
	}
}

func (w *world) expect(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.lines, want) {
		w.t.Errorf("got  %q\nwant %q", w.lines, want)
	}
	w.lines = nil
}

func TestBusy(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.desk("alice", 0, 0xa), w.desk("bob", 0, 0xb, policy.Busy("busy")), w.desk("carol", 0, 0xc)
	call := alice.call("bob", nil)
	w.deliver()
	w.expect("bob: rings alice a-1", "alice: LocalInvitationReceivedByPeer bob a-1")
	turnedAway := carol.call("bob", nil)
	w.deliver()
	w.expect("carol: LocalInvitationReceivedByPeer bob c-1", "carol: LocalInvitationRefused bob c-1")
	if got := carol.locals[turnedAway].Response(); got != "busy" {
		t.Error(got)
	}
	ring := policy.Call{Peer: "alice", ID: call.ID}
	bob.ok(bob.Accept(ring))
	w.deliver()
	w.expect("alice: LocalInvitationAccepted bob a-1", "bob: RemoteInvitationAccepted alice a-1")
	carol.call("bob", nil) // it is on
	w.deliver()
	w.expect("carol: LocalInvitationReceivedByPeer bob c-2", "carol: LocalInvitationRefused bob c-2")
	if open := bob.line.Open(); !slices.Equal(open, []policy.Call{ring}) {
		t.Error(open)
	}
	bob.line.HungUp(ring)
	carol.call("bob", nil)
	w.deliver()
	w.expect("bob: rings carol c-3", "carol: LocalInvitationReceivedByPeer bob c-3")
}

// TestBusyDevice: one of two devices is silent, and the other rings.
func TestBusyDevice(t *testing.T) {
	w := newWorld(t)
	w.desk("carol", 0, 0xc)
	alice, phone := w.desk("alice", 0, 0xa), w.desk("bob", 1, 0xb1, policy.Busy("busy"))
	w.desk("bob", 2, 0xb2, policy.Busy("busy"))
	phone.call("carol", nil)
	w.deliver()
	w.expect("carol: rings bob b1-1", "bob1: LocalInvitationReceivedByPeer carol b1-1")
	call := alice.call("bob", nil)
	w.deliver()
	w.expect("bob2: rings alice a-1", "alice: LocalInvitationReceivedByPeer bob a-1")
	alice.ok(alice.Cancel(call))
	w.deliver()
	w.expect("alice: LocalInvitationCanceled bob a-1", "bob2: RemoteInvitationCanceled alice a-1")
}

// TestGlare: of two calls that cross the one with the lower id stays, whoever is first.
func TestGlare(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.desk("alice", 0, 0xa, policy.Glare(), policy.Busy("busy")), w.desk("bob", 0, 0xb, policy.Glare(), policy.Busy("busy"))
	low := alice.call("bob", nil)
	high := bob.call("alice", nil)
	w.deliver()
	w.expect("bob: crossed alice a-1", "alice: LocalInvitationReceivedByPeer bob a-1", "alice: LocalInvitationAccepted bob a-1",
		"bob: RemoteInvitationAccepted alice a-1")
	w.wait(5 * time.Minute)
	w.expect()
	if got := bob.locals[high].Reason(); got != engine.ReasonUser {
		t.Error(got)
	}
	if open := alice.line.Open(); !slices.Equal(open, []policy.Call{low}) {
		t.Error(open)
	}
}

// TestGlareLost: the call that has to wait rings if the other comes to nothing.
func TestGlareLost(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.desk("alice", 0, 0xa, policy.Glare()), w.desk("bob", 0, 0xb, policy.Glare())
	low := alice.call("bob", nil)
	w.posts = nil // its INVITE is lost
	high := bob.call("alice", nil)
	w.deliver()
	w.expect("bob: LocalInvitationReceivedByPeer alice b-1")
	alice.ok(alice.Cancel(low))
	w.posts = nil
	w.expect("alice: LocalInvitationCanceled bob a-1", "alice: rings bob b-1")
	alice.ok(alice.Accept(policy.Call{Peer: "bob", ID: high.ID}))
	w.deliver()
	w.expect("bob: LocalInvitationAccepted alice b-1", "alice: RemoteInvitationAccepted bob b-1")
}

// TestGlareBothEnd: a call that has waited and ended does not ring.
func TestGlareBothEnd(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.desk("alice", 0, 0xa, policy.Glare()), w.desk("bob", 0, 0xb)
	low := alice.call("bob", nil)
	w.posts = nil
	high := bob.call("alice", nil)
	w.deliver()
	bob.ok(bob.Cancel(high))
	w.deliver()
	w.expect("bob: LocalInvitationReceivedByPeer alice b-1", "bob: LocalInvitationCanceled alice b-1")
	alice.ok(alice.Cancel(low))
	w.expect("alice: LocalInvitationCanceled bob a-1")
}

// TestGlareTooLate: an own call that has ended in this moment is not taken.
func TestGlareTooLate(t *testing.T) {
	w := newWorld(t)
	bob := w.desk("bob", 0, 0xb, policy.Glare())
	own := bob.call("alice", nil)
	bob.locals[own].Cancel() // and the line does not know yet
	c := policy.Call{Peer: "alice", ID: engine.ID{Epoch: 0xa, Counter: 1}}
	if shows := bob.line.Told(engine.RemoteInvitationReceived, c); shows != nil {
		t.Error(shows)
	}
	bob.poll()
	w.expect("bob: LocalInvitationCanceled alice b-1", "bob: rings alice a-1")
}

// TestRedial: a caller who calls again is never busy because of himself (C99).
func TestRedial(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := newWorld(t)
		alice, bob := w.desk("alice", 0, 0xa), w.desk("bob", 0, 0xb, policy.Redial(), policy.Busy("busy"))
		first := alice.call("bob", nil)
		w.deliver()
		alice.ok(alice.Cancel(first))
		second := alice.call("bob", nil)
		w.lines = nil
		if late {
			w.deliver(engine.Cancel) // the INVITE overtakes it
			w.expect("bob: redialed alice a-2", "alice: LocalInvitationReceivedByPeer bob a-2")
			w.deliver()
			w.expect()
		} else {
			w.deliver()
			w.expect("bob: RemoteInvitationCanceled alice a-1", "bob: rings alice a-2", "alice: LocalInvitationReceivedByPeer bob a-2")
		}
		bob.ok(bob.Accept(policy.Call{Peer: "alice", ID: second.ID}))
		w.deliver()
		w.expect("alice: LocalInvitationAccepted bob a-2", "bob: RemoteInvitationAccepted alice a-2")
		if got := bob.remotes[policy.Call{Peer: "alice", ID: first.ID}].Reason(); got != engine.ReasonUser {
			t.Error("the old ring was not canceled:", got)
		}
	}
}

// TestRedialBackwards: the older INVITE comes second.
func TestRedialBackwards(t *testing.T) {
	w := newWorld(t)
	alice := w.desk("alice", 0, 0xa)
	w.desk("bob", 0, 0xb, policy.Redial(), policy.Busy("busy"))
	alice.call("bob", nil)
	alice.call("bob", nil)
	slices.Reverse(w.posts)
	w.deliver()
	w.expect("bob: rings alice a-2", "alice: LocalInvitationReceivedByPeer bob a-2", "alice: LocalInvitationReceivedByPeer bob a-1")
}

func TestDoNotDisturb(t *testing.T) {
	strangers := func(caller string) bool { return caller != "mother" }
	w := newWorld(t)
	alice, mother := w.desk("alice", 0, 0xa), w.desk("mother", 0, 0xc)
	w.desk("bob", 0, 0xb, policy.DoNotDisturb(strangers, "asleep"))
	w.desk("silent", 0, 0xd, policy.DoNotDisturb(strangers, ""))
	w.desk("second", 5, 0xe, policy.DoNotDisturb(strangers, "asleep"))
	for _, callee := range []string{"bob", "silent", "second"} {
		alice.call(callee, nil)
		mother.call(callee, nil)
	}
	w.deliver()
	w.expect("bob: rings mother c-1", "silent: rings mother c-2", "second5: rings mother c-3",
		"alice: LocalInvitationReceivedByPeer bob a-1", "alice: LocalInvitationRefused bob a-1",
		"mother: LocalInvitationReceivedByPeer bob c-1",
		"alice: LocalInvitationReceivedByPeer silent a-2",
		"mother: LocalInvitationReceivedByPeer silent c-2",
		"alice: LocalInvitationReceivedByPeer second a-3",
		"mother: LocalInvitationReceivedByPeer second c-3")
}

// TestRingGroup: one answers, the others stop, and the group says so once.
func TestRingGroup(t *testing.T) {
	for _, answered := range []bool{true, false} {
		w := newWorld(t)
		alice, bob, carol := w.desk("alice", 0, 0xa), w.desk("bob", 0, 0xb), w.desk("carol", 0, 0xc)
		g := alice.e.NewGroup()
		toBob := alice.call("bob", g)
		toCarol := alice.call("carol", g)
		if e, ok := alice.group.Whole(); ok {
			t.Error(e)
		}
		w.deliver()
		w.expect("bob: rings alice a-1", "carol: rings alice a-2", "alice: group rings bob",
			"alice: LocalInvitationReceivedByPeer bob a-1", "alice: LocalInvitationReceivedByPeer carol a-2")
		bob.ok(bob.Refuse(policy.Call{Peer: "alice", ID: toBob.ID}, "no"))
		w.deliver()
		w.expect("bob: RemoteInvitationRefused alice a-1", "alice: LocalInvitationRefused bob a-1")
		if answered {
			late := alice.call("dave", g)
			carol.ok(carol.Accept(policy.Call{Peer: "alice", ID: toCarol.ID}))
			w.deliver()
			w.expect("alice: group answered carol", "alice: LocalInvitationAccepted carol a-2", "alice: LocalInvitationCanceled dave a-3",
				"carol: RemoteInvitationAccepted alice a-2")
			if got := alice.locals[late].Reason(); got != engine.ReasonAnswered {
				t.Error(got)
			}
		} else {
			alice.ok(alice.Cancel(toCarol))
			w.deliver()
			w.expect("alice: group ended carol", "alice: LocalInvitationCanceled carol a-2", "carol: RemoteInvitationCanceled alice a-2")
		}
	}
}

// TestGroupOfNone: a group that nobody is in has ended as soon as it is whole.
func TestGroupOfNone(t *testing.T) {
	var g policy.RingGroup
	if e, ok := g.Whole(); !ok || e != policy.GroupEnded {
		t.Error(e, ok)
	}
	if e, ok := g.Whole(); ok {
		t.Error(e, "twice")
	}
}
