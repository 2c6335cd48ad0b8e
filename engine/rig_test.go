// A rig: one engine, the messages that reach it, and what it does, as words with times.

package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

type rig struct {
	*engine.Engine
	t     *testing.T
	clock *testClock
	rings []*engine.RemoteInvitation

	restores uint64
}

var rigStart = time.Unix(1_000_000, 0)

func newRig(t *testing.T, self string, change func(*engine.Options)) *rig {
	t.Helper()
	clock := &testClock{rigStart}
	options := engine.Options{Clock: clock, Epoch: 0xe, Times: engine.DefaultTimes()}
	if change != nil {
		change(&options)
	}
	e, err := engine.New(self, options)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{Engine: e, t: t, clock: clock}
}

// outputs drains the engine, into words.
func (r *rig) outputs() (all []string) {
	for out := range r.All() {
		if out.Kind == engine.RemoteInvitationReceived {
			r.rings = append(r.rings, out.Remote)
		}
		all = append(all, short(out))
	}
	return all
}

// short leaves out what these tests do not look at.
func short(out engine.Output) string {
	switch m := out.Message; {
	case out.Kind == engine.Send && m.Kind == engine.Invite:
		return fmt.Sprintf("INVITE age %v", m.Age)
	case out.Kind == engine.Send:
		_, text, _ := strings.Cut(describeOutput(out), ":")
		return text
	case out.Missed != nil && out.Missed.Withdrawn:
		return "missed withdrawn: " + out.Missed.Reason.String()
	case out.Missed != nil:
		return fmt.Sprintf("missed %s: %v", out.Missed.Content, out.Missed.Reason)
	case out.Kind == engine.LocalInvitationFailure:
		return strings.TrimPrefix(out.LocalError.Name(), "LOCAL_INVITATION_ERR_")
	case out.Kind == engine.RemoteInvitationFailure:
		return strings.TrimPrefix(out.RemoteError.Name(), "REMOTE_INVITATION_ERR_")
	}
	return strings.TrimPrefix(strings.TrimPrefix(out.Kind.String(), "LocalInvitation"), "RemoteInvitation")
}

// to lets time pass to a moment after the start, advancing at every deadline before it
// but not at the moment itself. It tells what comes out on the way.
func (r *rig) to(d time.Duration) (all []string) {
	until := rigStart.Add(d)
	for at, ok := r.NextDeadline(); ok && at.Before(until); at, ok = r.NextDeadline() {
		if at.After(r.clock.now) {
			r.clock.now = at
		}
		r.Advance()
		for _, out := range r.outputs() {
			all = append(all, fmt.Sprint(r.clock.now.Sub(rigStart), " ", out))
		}
	}
	r.clock.now = until
	return all
}

// in hands a message in and tells what it draws.
func (r *rig) in(from string, m engine.Message) string {
	r.outputs()
	verdict := r.Receive(from, m)
	return strings.Join(append([]string{verdict.String()}, r.outputs()...), "; ")
}

// ring makes it ring for a while.
func (r *rig) ring(n uint64, expiry time.Duration) *engine.RemoteInvitation {
	r.t.Helper()
	r.Receive("alice", engine.Message{Kind: engine.Invite, ID: ringID(n), Content: "hi", Wait: 30 * time.Second, Expiry: expiry})
	r.outputs()
	if len(r.rings) == 0 {
		r.t.Fatal("it does not ring")
	}
	return r.rings[len(r.rings)-1]
}

func ringID(n uint64) engine.ID { return engine.ID{Epoch: 0xa, Counter: n} }

// send calls bob.
func (r *rig) send() *engine.LocalInvitation {
	r.t.Helper()
	call := r.CreateLocalInvitation("bob")
	r.must(call.Send())
	r.outputs()
	return call
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// want compares words.
func (r *rig) want(what string, got []string, want string) {
	r.t.Helper()
	if all := strings.Join(got, "; "); all != want {
		r.t.Errorf("%s:\ngot  %s\nwant %s", what, all, want)
	}
}

// closed is what a callee answers an INVITE with.
func closed(id engine.ID, word engine.Word, device uint64) engine.Message {
	return engine.Message{Kind: engine.Closed, ID: id, For: engine.Invite, Word: word, Device: device}
}
