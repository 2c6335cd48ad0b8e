// Peers that are gone or late, and a server that goes and comes back.

package hosttest

import (
	"testing"
	"time"
)

// testGone: a callee that has hung up does not answer, and the caller hears why.
func testGone(t *testing.T, n Network) {
	short := times()
	short.NoResponse = time.Second
	alice, bob := join(t, n, "alice", short, asItIs), join(t, n, "bob", short, asItIs)
	alice.call("bob", "are you there?")
	alice.ok(bob.RefuseRemoteInvitation(bob.expectRing("alice", "are you there?")))
	alice.expect("received")
	alice.expect("REFUSED_BY_REMOTE: ")

	alice.ok(bob.transport.Close())
	alice.call("bob", "still?")
	if n.TellsGone {
		alice.expect("LOCAL_INVITATION_ERR_PEER_OFFLINE")
	} else {
		alice.expect("LOCAL_INVITATION_ERR_PEER_NO_RESPONSE")
	}
}

// testLate: a callee that connects while it is called still rings.
func testLate(t *testing.T, n Network) {
	alice := join(t, n, "alice", times(), asItIs)
	alice.call("bob", "wake up")
	bob := join(t, n, "bob", times(), asItIs)
	ring := bob.expectRing("alice", "wake up")
	alice.expect("received")
	bob.ok(bob.AcceptRemoteInvitation(ring))
	alice.expect("ACCEPTED_BY_REMOTE: ")
	bob.expect("ACCEPTED")
}

// testRestart: a call outlives the server that it was placed over.
func testRestart(t *testing.T, n Network) {
	if n.Stop == nil {
		t.Skip("there is no server")
	}
	alice, bob := join(t, n, "alice", times(), asItIs), join(t, n, "bob", times(), asItIs)
	alice.call("bob", "hold the line")
	ring := bob.expectRing("alice", "hold the line")
	alice.expect("received")

	n.Stop()
	alice.waitSession(false)
	bob.waitSession(false)
	bob.ok(bob.AcceptRemoteInvitation(ring)) // while there is nobody to take the message
	n.Restart()
	alice.waitSession(true)
	bob.waitSession(true)

	alice.expect("ACCEPTED_BY_REMOTE: ")
	bob.expect("ACCEPTED")
	alice.quiet()
	bob.quiet()
}
