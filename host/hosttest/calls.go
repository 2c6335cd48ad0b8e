// Calls from end to end.

package hosttest

import (
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

func testCalls(t *testing.T, n Network)          { calls(t, n, asItIs) }
func testDisturbedCalls(t *testing.T, n Network) { calls(t, n, disturb) }

// calls are accepted, refused and canceled, one after the other.
func calls(t *testing.T, n Network, wrap func(host.Receiver) host.Receiver) {
	alice, bob := join(t, n, "alice", times(), wrap), join(t, n, "bob", times(), wrap)
	// The largest content there is, and the one that JSON makes most of.
	content, response := largest("bell \a, null \x00, "), largest("ünï — 日本 — \"\\\u2028 ")

	alice.call("bob", content)
	ring := bob.expectRing("alice", content)
	alice.expect("received")
	ring.SetResponse(response)
	bob.ok(bob.AcceptRemoteInvitation(ring))
	alice.expect("ACCEPTED_BY_REMOTE: " + response)
	bob.expect("ACCEPTED")

	bob.call("alice", content)
	ring = alice.expectRing("bob", content)
	bob.expect("received")
	ring.SetResponse(response)
	alice.ok(alice.RefuseRemoteInvitation(ring))
	alice.expect("REFUSED")
	bob.expect("REFUSED_BY_REMOTE: " + response)

	call := alice.call("bob", content)
	bob.expectRing("alice", content)
	alice.expect("received")
	alice.ok(alice.CancelLocalInvitation(call))
	alice.expect("CANCELED")
	bob.expect("CANCELED")

	alice.quiet()
	bob.quiet()
}

// largest repeats a text up to the limit of contents and responses.
func largest(text string) string {
	return strings.Repeat(text, engine.MaxContent/len(text))
}

// testOddCallers: a call between users whose ids have every character allowed.
func testOddCallers(t *testing.T, n Network) {
	callers := oddIDs[:2]
	alice, bob := join(t, n, callers[0], times(), asItIs), join(t, n, callers[1], times(), asItIs)
	alice.call(callers[1], "")
	ring := bob.expectRing(callers[0], "")
	alice.expect("received")
	bob.ok(bob.AcceptRemoteInvitation(ring))
	alice.expect("ACCEPTED_BY_REMOTE: ")
	bob.expect("ACCEPTED")
}
