// Rolling upgrade: phones of version 0 and of this tree call each other for months, and
// one day each of the old ones is updated, in the middle of its calls.

package mixed

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/frozen"
	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
)

// old is a phone of version 0, with what its times promise.
func old(t *testing.T, epoch string) Phone {
	t.Helper()
	command, err := frozen.Build("../../testdata/"+frozen.V0, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := invd.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return Phone{Driver: d, Setup: invd.Setup{Epoch: epoch}, Bounds: property.Bounds{Caller: 92 * time.Second, Callee: 65 * time.Second}, Later: &Later{d, invd.Setup{Epoch: epoch + "2"}}}
}

// TestUpgrade: an old phone and a present one, each in both roles.
func TestUpgrade(t *testing.T) {
	before := old(t, "b")
	ends := hold(t, 0, 60, [2]Phone{present("a", mutant.None), before})
	for e, n := range hold(t, 60, 60, [2]Phone{before, present("a", mutant.None)}) {
		e.Caller = 1 - e.Caller
		ends[e] += n
	}
	reach(t, ends, usual...)

	// The app is updated, and starts again from what the old one has saved.
	updated := before
	updated.Later = &Later{present("", mutant.None).Driver, invd.Setup{Epoch: "b3"}}
	reach(t, hold(t, 120, 60, [2]Phone{present("a", mutant.None), updated}), usual[:3]...)

	n, there := 7, world(7)
	a, errA := there.Play([2]Phone{present("a", mutant.None), before})
	b, errB := there.Play([2]Phone{present("a", mutant.None), before})
	if errA != nil || errB != nil || !bytes.Equal(a.Log, b.Log) {
		t.Errorf("S12: world %d differs from itself: %v, %v", n, errA, errB)
	}
}

// line is a perfect network between two phones, alice and bob. A message arrives before the
// events of its sender are seen.
type line struct {
	t      *testing.T
	phones [2]invd.Driver
	next   [2]invd.Deadline
	now    invd.Time
	seen   []string // events and what could not be read, with its second
}

func newLine(t *testing.T, alice, bob invd.Driver, setups [2]invd.Setup) *line {
	l := &line{t: t, phones: [2]invd.Driver{alice, bob}}
	for i, s := range setups {
		s.Self = names[i]
		l.do(i, &invd.Reset{Setup: s, Case: t.Name()})
	}
	return l
}

func (l *line) do(i int, r invd.Request) {
	l.t.Helper()
	reply, err := l.phones[i].Do(r)
	if err != nil || reply.Error != "" || reply.Unsupported != "" {
		l.t.Fatalf("%s: %s: %+v, %v", names[i], r.Op(), reply, err)
	}
	l.next[i] = reply.Next
	if reply.Undecodable != "" {
		l.seen = append(l.seen, fmt.Sprintf("%gs %s cannot read it: %s", float64(l.now)/1e9, names[i], reply.Undecodable))
	}
	for _, e := range reply.Effects {
		if e.Do == "event" {
			l.seen = append(l.seen, fmt.Sprintf("%gs %s%s", float64(l.now)/1e9, e.Name, e.Failure))
			continue
		}
		l.do(1-i, &invd.Deliver{At: invd.At{Now: l.now}, From: names[i], Message: e.Message})
	}
}

// until lets time pass.
func (l *line) until(end invd.Time) {
	for {
		due := 0
		if !l.next[0].Set || l.next[1].Set && l.next[1].At < l.next[0].At {
			due = 1
		}
		if !l.next[due].Set || l.next[due].At > end {
			l.now = end
			return
		}
		l.now = l.next[due].At
		l.do(due, &invd.Advance{At: invd.At{Now: l.now}})
	}
}

func (l *line) app(i int, call string, r invd.App) {
	r.At, r.Call = invd.At{Now: l.now}, call
	l.do(i, &r)
}

func (l *line) saw(want ...string) {
	l.t.Helper()
	if !slices.Equal(l.seen, want) {
		l.t.Errorf("seen:\n%s\nnot\n%s", strings.Join(l.seen, "\n"), strings.Join(want, "\n"))
	}
}

// TestOldPeer: what docs/wire.md says of a peer of 0.x.
func TestOldPeer(t *testing.T) {
	before, now := old(t, "").Driver, present("", mutant.None).Driver
	setups := [2]invd.Setup{{Epoch: "a"}, {Epoch: "b"}}
	call := invd.App{Ref: invd.Ref{Inv: "x", To: "bob"}}
	same := invd.App{Ref: invd.Ref{Inv: "x"}}
	note := "later"

	for what, c := range map[string]struct {
		cancel func(l *line)
		end    string
	}{
		"a note":  {func(l *line) { l.app(0, invd.Cancel, invd.App{Ref: same.Ref, Note: &note}) }, "1s LocalInvitationCanceled"},
		"a group": {func(l *line) { l.accepted() }, "1s LocalInvitationAccepted 1s LocalInvitationCanceled"},
	} {
		t.Run(what, func(t *testing.T) { // an old callee stops with the fourth copy
			l := newLine(t, now, before, setups)
			l.app(0, invd.Create, invd.App{Ref: call.Ref, Group: "g"})
			l.app(0, invd.Send, same)
			l.until(1e9)
			c.cancel(l)
			l.until(600e9)
			seen := []string{"0s LocalInvitationReceivedByPeer", "0s RemoteInvitationReceived", "1s bob cannot read it: UnknownVersion"}
			for _, event := range strings.SplitAfter(c.end, "ed ") {
				seen = append(seen, strings.TrimSpace(event))
			}
			l.saw(append(seen, "1.5s bob cannot read it: UnknownVersion", "2.5s bob cannot read it: UnknownVersion", "4.5s RemoteInvitationCanceled")...)
		})
	}
	t.Run("a device", func(t *testing.T) { // an old caller hears nothing of it
		l := newLine(t, before, now, [2]invd.Setup{{Epoch: "a"}, {Epoch: "b", Device: "7"}})
		l.app(0, invd.Create, call)
		l.app(0, invd.Send, same)
		l.until(1e9)
		l.app(1, invd.Accept, invd.App{Ref: invd.Ref{From: "alice", ID: "a-1"}})
		l.until(600e9)
		l.seen = slices.DeleteFunc(l.seen, func(line string) bool { return strings.HasSuffix(line, "alice cannot read it: UnknownVersion") })
		l.saw("0s RemoteInvitationReceived", "16s RemoteInvitationFailureACCEPT_FAILURE", "30s LocalInvitationFailurePEER_NO_RESPONSE")
	})
	t.Run("late owner", func(t *testing.T) { // CLOSED(refused) leaves an old caller to its timers
		l := newLine(t, before, now, setups)
		l.app(0, invd.Create, call)
		l.app(0, invd.Send, same)
		l.do(0, &invd.Deliver{At: invd.At{Now: l.now}, From: "bob", Message: []byte(`{"v":1,"kind":"CLOSED","id":"a-1","for":"INVITE","word":"refused"}`)})
		l.until(600e9)
		l.saw("0s LocalInvitationReceivedByPeer", "0s RemoteInvitationReceived", "60s LocalInvitationFailureINVITATION_EXPIRE", "60s RemoteInvitationFailureINVITATION_EXPIRE")
	})
}

// accepted: another invitation of the group is answered by carol.
func (l *line) accepted() {
	l.app(0, invd.Create, invd.App{Ref: invd.Ref{Inv: "y", To: "carol"}, Group: "g"})
	reply, err := l.phones[0].Do(&invd.App{At: invd.At{Now: l.now}, Call: invd.Send, Ref: invd.Ref{Inv: "y"}})
	if err != nil || reply.Code != "" {
		l.t.Fatal(reply, err)
	}
	l.deliverFrom("carol", `{"v":1,"kind":"ACCEPT","id":"a-2","response":""}`)
}

// deliverFrom hands alice a message of carol, and takes nothing to carol.
func (l *line) deliverFrom(user, text string) {
	reply, err := l.phones[0].Do(&invd.Deliver{At: invd.At{Now: l.now}, From: user, Message: []byte(text)})
	if err != nil {
		l.t.Fatal(err)
	}
	l.next[0] = reply.Next
	for _, e := range reply.Effects {
		switch {
		case e.Do == "event" && e.Inv == "x", e.Name == invd.LocalAccepted:
			l.seen = append(l.seen, fmt.Sprintf("%gs %s", float64(l.now)/1e9, e.Name))
		case e.To == "bob":
			l.do(1, &invd.Deliver{At: invd.At{Now: l.now}, From: "alice", Message: e.Message})
		}
	}
}
