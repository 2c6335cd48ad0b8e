// Ties and late owners: an input first fires what was due before it, as any other input
// just before would have; what is due at its very moment comes after it.

package engine_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// TestOverdueFirst: an engine that is given an input late does what it does when another
// input, about nobody, comes just before; but for the CONFIRM of an accept whose time is
// over, which still counts. And it is the same when the owner looks at the timers in the
// moment before.
func TestOverdueFirst(t *testing.T) {
	overdue, confirmed := 0, 0
	for seed := range uint64(1500) {
		random := rand.New(rand.NewPCG(seed, 1))
		data := make([]byte, 20+random.IntN(300))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		w := newStoreWorld(t, data)
		for len(w.r.rest) > 0 {
			w.input()
			drainStore(w)
		}
		w.clock.now = w.clock.now.Add(time.Duration(random.Int64N(int64(70 * time.Second))))
		if at, ok := w.e.NextDeadline(); ok && random.IntN(3) == 0 && at.After(w.clock.now) {
			w.clock.now = at // to the nanosecond
		}
		moment := w.clock.now
		w.clock.now = moment.Add(-1)
		snapshot := w.e.Snapshot()
		give := tieInput(w, random)
		var all [3]string
		for i, first := range []func(*engine.Engine){nil, func(e *engine.Engine) { e.PeerOnline("nobody") }, (*engine.Engine).Advance} {
			w.clock.now = moment.Add(-1)
			e, err := engine.Load("alice", w.options, snapshot)
			if err != nil {
				t.Fatal(err)
			}
			var messages, events []string
			take := func() {
				for _, out := range outputsOf(e) {
					if strings.Contains(out, ":") && !strings.Contains(out, "Invitation") {
						messages = append(messages, withoutAge(out))
					} else {
						events = append(events, out)
					}
				}
			}
			take()
			messages, events = nil, nil
			if i < 2 {
				w.clock.now = moment
			}
			if first != nil {
				first(e)
				take()
				if i == 1 && len(messages)+len(events) > 0 {
					overdue++
				}
			}
			w.clock.now = moment
			give(e)
			take()
			all[i] = strings.Join(messages, "; ") + " | " + strings.Join(events, "; ")
		}
		if all[1] != all[2] {
			t.Fatalf("seed %d: after another input\n%s\nafter an Advance a moment before\n%s", seed, all[1], all[2])
		}
		if all[0] != all[1] {
			if strings.Contains(all[0], "RemoteInvitationAccepted") && !strings.Contains(all[1], "RemoteInvitationAccepted") {
				confirmed++
				continue
			}
			t.Fatalf("seed %d: at once\n%s\nafter another input\n%s", seed, all[0], all[1])
		}
	}
	if overdue < 300 || confirmed < 5 {
		t.Errorf("in %d worlds something was overdue, and %d CONFIRMs still counted", overdue, confirmed)
	}
}

// drainStore takes what an engine has put out.
func drainStore(w *storeWorld) {
	for out := range w.e.All() {
		if out.Kind == engine.RemoteInvitationReceived {
			w.rings = append(w.rings, out.Remote)
		}
	}
}

// withoutAge: an INVITE that was due is as old as its moment says.
func withoutAge(text string) string {
	before, _, _ := strings.Cut(text, " age ")
	return before
}

// tieInput draws an input for an engine; often it is the CONFIRM of an accept.
func tieInput(w *storeWorld, random *rand.Rand) func(*engine.Engine) {
	peer := []string{"bob", "carol", "mallory"}[random.IntN(3)]
	m := engine.Message{
		Kind: engine.Kind(1 + random.IntN(8)), For: engine.Kind(1 + random.IntN(8)), Word: engine.Word(1 + random.IntN(9)), Reason: engine.ReasonUser,
		ID: engine.ID{Epoch: 9, Counter: uint64(1 + random.IntN(3))}, Device: w.options.Device, Wait: 30 * time.Second, Expiry: time.Minute,
	}
	if rings := slices.Collect(w.e.RemoteInvitations()); len(rings) > 0 && random.IntN(2) == 0 {
		ring := rings[random.IntN(len(rings))]
		m.Kind, m.ID, peer = engine.Confirm, ring.ID(), ring.CallerID()
	}
	if calls := slices.Collect(w.e.LocalInvitations()); len(calls) > 0 && random.IntN(3) == 0 {
		call := calls[random.IntN(len(calls))]
		m.Kind, m.ID, peer = []engine.Kind{engine.Received, engine.Accept, engine.Refuse, engine.Ack}[random.IntN(4)], call.ID(), call.CalleeID()
	}
	which := random.IntN(8)
	return func(e *engine.Engine) {
		switch which {
		case 0:
			e.PeerOnline(peer)
		case 1:
			e.PeerOffline(peer)
		case 2:
			_ = e.CreateLocalInvitation(peer).Send()
		default:
			e.Receive(peer, m)
		}
	}
}
