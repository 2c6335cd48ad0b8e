// Two devices of one user: both hear everything, one answers, and the user is there as
// long as one of them is.

package hosttest

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// testDevices: what is sent to a user reaches each device, and what each sends is the
// user's; when one hangs up, the other stays.
func testDevices(t *testing.T, n Network) {
	if n.ConnectDevice == nil {
		t.Skip("a user has one device")
	}
	alice := open(t, n, "alice")
	var bobs []*mailbox
	for device := range uint64(2) {
		bobs = append(bobs, listen(t, n.ConnectDevice(t, "bob", device+1), "bob"))
	}
	for _, text := range []string{"first", "second"} {
		for i, bob := range bobs { // each hears it, whatever the other has heard
			if got := sendUntilHeard(t, alice, bob, text); got.from != "alice" {
				t.Fatalf("bob's device %d got it from %q", i+1, got.from)
			}
		}
	}
	for i, bob := range bobs {
		if got := sendUntil(t, bob, alice, "from bob"); got.from != "bob" {
			t.Errorf("alice got a message of bob's device %d from %q", i+1, got.from)
		}
	}
	if err := bobs[0].Close(); err != nil {
		t.Error(err)
	}
	sendUntilHeard(t, alice, bobs[1], "to the one that stays")
	back := listen(t, n.ConnectDevice(t, "bob", 1), "bob")
	sendUntilHeard(t, alice, back, "to the one that is back")
	sendUntilHeard(t, alice, bobs[1], "and it threw nobody out")
}

// sendUntilHeard is sendUntil, past late copies of other texts.
func sendUntilHeard(t *testing.T, from, to *mailbox, data string) letter {
	t.Helper()
	for {
		if got := sendUntil(t, from, to, data); got.data == data {
			return got
		}
	}
}

// testDeviceCalls: both ring, one answers, and the other is told. One that hangs up takes
// nothing from the other.
func testDeviceCalls(t *testing.T, n Network) {
	if n.ConnectDevice == nil {
		t.Skip("a user has one device")
	}
	short := times()
	short.NoResponse = 2 * time.Second
	alice := join(t, n, "alice", short, asItIs)
	bob := func(device uint64) *user {
		return start(t, n.ConnectDevice(t, "bob", device), "bob", engine.Options{Times: times(), Device: device}, asItIs)
	}
	phone, laptop := bob(1), bob(2)

	call := alice.call("bob", "hello")
	ring, other := phone.expectRing("alice", "hello"), laptop.expectRing("alice", "hello")
	alice.expect("received")
	phone.ok(phone.AcceptRemoteInvitation(ring))
	alice.expect("ACCEPTED_BY_REMOTE: ")
	phone.expect("ACCEPTED")
	laptop.expect("CANCELED")
	if got := other.Reason(); got != engine.ReasonAcceptedElsewhere {
		t.Errorf("the other device stopped because of %v", got)
	}
	if call.Device() != 1 {
		t.Errorf("device %d has accepted", call.Device())
	}

	alice.ok(phone.transport.Close())
	alice.call("bob", "still there?")
	ring = laptop.expectRing("alice", "still there?")
	alice.expect("received")
	laptop.ok(laptop.RefuseRemoteInvitation(ring))
	laptop.expect("REFUSED")
	alice.expect("REFUSED_BY_REMOTE: ")

	alice.ok(laptop.transport.Close())
	alice.call("bob", "anybody?")
	if n.TellsGone {
		alice.expect("LOCAL_INVITATION_ERR_PEER_OFFLINE")
	} else {
		alice.expect("LOCAL_INVITATION_ERR_PEER_NO_RESPONSE")
	}
}
