// The errors as an application gets them from the engine.

package errors_test

import (
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

type still struct{}

func (still) Now() time.Time { return time.Unix(0, 0) }

func start(t *testing.T, self string, epoch uint64, bound int) *engine.Engine {
	t.Helper()
	e, err := engine.New(self, engine.Options{Clock: still{}, Epoch: epoch, MaxPerPeer: bound})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEveryRefusedCall(t *testing.T) {
	alice, bob := start(t, "alice", 0x5eed, 1), start(t, "bob", 0xb0b, 1)
	call := alice.CreateLocalInvitation("bob")
	unsent, another := alice.CreateLocalInvitation("bob"), alice.CreateLocalInvitation("bob")
	nobody := alice.CreateLocalInvitation("b*b")
	unsent.SetContent(strings.Repeat("x", 8193))

	check := func(err error, code error, text string) {
		t.Helper()
		if !errors.Is(err, code) || err.Error() != text {
			t.Errorf("%v\nnot %s", err, text)
		}
	}
	check(call.Cancel(), errors.NotStarted, "cancel: invitation to bob is IDLE: not started")
	check(unsent.Send(), errors.InvalidArgument, "send: invitation to bob is IDLE: invalid argument: content has 8193 bytes, at most 8192 are allowed")
	check(nobody.Send(), errors.InvalidArgument, `send: invitation to b*b is IDLE: invalid argument: callee is not a valid user id: "*" at byte 1 is not allowed`)
	if err := call.Send(); err != nil {
		t.Fatal(err)
	}
	check(call.Send(), errors.AlreadySent, "send: invitation 5eed-1 to bob is SENT_TO_REMOTE: already sent")
	check(another.Send(), errors.LimitReached, "send: invitation to bob is IDLE: too many invitations are remembered")

	invite, _ := alice.Poll()
	bob.Receive("alice", invite.Message)
	var ring *engine.RemoteInvitation
	for out := range bob.All() {
		if out.Kind == engine.RemoteInvitationReceived {
			ring = out.Remote
		}
	}
	ring.SetResponse("\xff")
	check(ring.Accept(), errors.InvalidArgument, "accept: invitation 5eed-1 from alice is INVITATION_RECEIVED: invalid argument: response is not valid UTF-8")
	ring.SetResponse("")
	if err := ring.Accept(); err != nil {
		t.Fatal(err)
	}
	check(ring.Refuse(), errors.AlreadyAccept, "refuse: invitation 5eed-1 from alice is ACCEPT_SENT_TO_LOCAL: already accepted")

	if err := call.Cancel(); err != nil {
		t.Fatal(err)
	}
	check(call.Cancel(), errors.AlreadyEnd, "cancel: invitation 5eed-1 to bob is CANCELED: already ended")
	for out := range alice.All() {
		if out.Kind == engine.Send {
			bob.Receive("alice", out.Message)
		}
	}
	check(ring.Accept(), errors.AlreadyEnd, "accept: invitation 5eed-1 from alice is CANCELED: already ended")

	var none *engine.LocalInvitation
	check(none.Send(), errors.InvalidArgument, "send: invitation of no engine is nil: invalid argument")
	check(new(engine.RemoteInvitation).Refuse(), errors.InvalidArgument, "refuse: invitation of no engine is nil: invalid argument")
}
