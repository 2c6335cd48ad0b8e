// Package hosttest is the contract of a host.Transport, as a test. It imports host,
// engine, wire and errors. The test of an adapter runs it like this:
//
//	func TestContract(t *testing.T) {
//		hosttest.Run(t, func(t *testing.T) hosttest.Network {
//			server := startServer(t)
//			return hosttest.Network{Connect: server.login}
//		})
//	}
//
// A missing field turns its tests off: a network without Stop has no server to lose.
// The contract expects no more of a transport than package host does: a message that may
// be lost is sent again until it arrives, and copies are no failure.
//
// The tests wait for events and do not measure time. They are meant for networks of this
// machine: each wait gives up after a minute.
package hosttest

import (
	"testing"
	"time"

	"github.com/invsim/invsim/host"
)

// Network is the transport under test: a way for users to reach each other. Every field but
// Connect may be nil.
type Network struct {
	// Connect logs one of Users in. A user that closed its transport may come
	// back; nobody is connected twice at once. It fails the test if it cannot.
	Connect func(t *testing.T, user string) Transport

	// ConnectDevice logs one of several devices of a user in: 1 or 2. What is sent to
	// the user must reach each, and the user is gone when both are. nil if the network
	// knows no devices.
	ConnectDevice func(t *testing.T, user string, device uint64) Transport
	// Stop ends the server that the users meet at, and Restart starts it again at
	// the same address, with nothing remembered. The transports must tell
	// LoggedOut, and LoggedIn once they have found it again by themselves.
	Stop, Restart func()

	// TellsGone is whether a caller hears of a callee that has hung up
	// (PeerOffline).
	TellsGone bool

	// Forge lets eve, who is connected as herself by other means, do her best to
	// send data to the user to in the name of the user as. It returns when the
	// network is done with all she did.
	Forge func(t *testing.T, as, to string, data []byte)

	// Doze puts a connected user's machine to sleep for d: its wall clock moves
	// on, and what is sent to it waits in its buffers, until wake is called or, at
	// the transport's choice, a little longer: it need not know at once that it has
	// slept. Messages must go from the network to a user in the order in which they
	// came from one user.
	Doze func(user string, d time.Duration) (wake func())
}

// Transport is a transport that can hang up. Close ends the session; Send fails
// from then on, and nothing is handed in any more.
type Transport interface {
	host.Transport
	Close() error
}

// Users are the ids of all who ever connect, for networks that have to know them
// first. Together they have every character that the vendor allows.
func Users() []string { return append([]string{"alice", "bob", "carol", "eve"}, oddIDs...) }

// oddIDs mean something to some broker, file system or URL, or differ by little.
var oddIDs = []string{
	"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"! #$%&()+-:;<=.>?@[]^_{}|~,",                                      // with the line above, every character allowed
	"~,!#$%&()+-:;<=.>?@[]^_{}|~,!#$%&()+-:;<=.>?@[]^_{}|~,!#$%&()+-:", // the longest there is
	"a", "A", "a.b", "a b", "a ", "a+b", "%61", ".", "..", ">", "#", "+", "$SYS", "_", "{{name()}}",
}

// Run tests a network. Every test opens one of its own.
func Run(t *testing.T, open func(t *testing.T) Network) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Network)
	}{
		{"Names", testNames},
		{"Bytes", testBytes},
		{"Closed", testClosed},
		{"Forged", testForged},
		{"Asleep", testAsleep},
		{"Calls", testCalls},
		{"DisturbedCalls", testDisturbedCalls},
		{"OddCallers", testOddCallers},
		{"Gone", testGone},
		{"Late", testLate},
		{"Restart", testRestart},
		{"Devices", testDevices},
		{"DeviceCalls", testDeviceCalls},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

const patience = time.Minute

// receive takes the next of what happens.
func receive[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case next := <-from:
		return next
	case <-time.After(patience):
		t.Fatalf("%s: nothing happens", what)
		panic("not reached")
	}
}
