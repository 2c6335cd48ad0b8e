// Package simtest plays an app's own code over a bad network, in virtual time, inside go
// test: the hosts of the app, its Listener, its goroutines and its timers run in a
// testing/synctest bubble, and the network, the clocks and the stores of its phones are the
// simulator's.
//
//	func TestApp(t *testing.T) {
//		simtest.Check(t, func(t *rapid.T, w *simtest.World) {
//			var alice, bob *App
//			w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = NewApp(h); return alice })
//			w.Phone("bob", host.Options{}, func(h *host.Host) host.Listener { bob = NewApp(h); return bob })
//			w.Repeat(t, simtest.AllFaults, simtest.Actions{
//				"alice calls": func(*rapid.T) { alice.Call("bob") },
//				"bob answers": func(*rapid.T) { bob.Answer() },
//				"":            func(t *rapid.T) { … }, // what must hold at any time
//			})
//			w.Heal()
//			… // what must hold in the end
//		})
//	}
//
// Check draws the actions, the faults and the fate of each message with
// pgregory.net/rapid, which makes a failure small. Play plays one script that is written by
// hand, such as a failure that was found. Both judge what the phones have logged: S1 to S16
// of docs/protocol.md are watched without a word of the test. The story of a failure is
// written to the test's log.
//
// It imports host, engine, wire, conformance/judge, internal/quote, and of sim netem, tape
// and rapidtape. docs/simtest.md is its guide.
package simtest
