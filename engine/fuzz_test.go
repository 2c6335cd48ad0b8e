// A peer may send anything, in any order, and the app may press anything: the
// fuzzer drives one engine from raw bytes and looks for a panic, for memory
// beyond the bounds, and for replies beyond one per message.

package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// byteReader turns the fuzzer's bytes into decisions; 0 when they are used up.
type byteReader struct{ rest []byte }

func (r *byteReader) next() byte {
	if len(r.rest) == 0 {
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *byteReader) pick(n int) int { return int(r.next()) % n }

func FuzzEngine(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1, 0, 0, 1, 0, 0, 2, 3, 4, 5, 6, 7, 8})
	f.Add([]byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 3, 9, 4, 2, 9, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		const perPeer, total = 3, 5
		clock := &testClock{time.Unix(0, 0)}
		r := byteReader{data}
		options := engine.Options{Clock: clock, Epoch: 1, MaxPerPeer: perPeer, MaxTotal: total, Device: uint64(r.pick(2)) * 2}
		e, err := engine.New("alice", options)
		if err != nil {
			t.Fatal(err)
		}
		var mine []*engine.LocalInvitation
		var rings []*engine.RemoteInvitation
		terminal := map[any]int{}
		missed := map[string]int{} // told and not taken back
		group := e.NewGroup()
		// drain counts what was sent, but for the one CANCEL of each call of a group that
		// an ACCEPT has decided: those go to the members, and are bounded by their number.
		drain := func() (sent int) {
			decided := map[engine.ID]bool{}
			for out := range e.All() {
				switch {
				case out.Kind == engine.Send && out.Message.Reason == engine.ReasonAnswered && !out.Reply && !decided[out.Message.ID]:
					decided[out.Message.ID] = true
				case out.Kind == engine.Send:
					sent++
				case out.Missed != nil:
					key := fmt.Sprint(out.Missed.CallerID, out.Missed.ID)
					missed[key] += 1 - 2*b2i(out.Missed.Withdrawn)
					if missed[key] < 0 {
						t.Fatalf("taken back, and not told: %+v", out.Missed)
					}
				case out.Kind == engine.RemoteInvitationReceived:
					rings = append(rings, out.Remote)
				case out.Kind.Terminal() && out.Local != nil:
					terminal[out.Local]++
				case out.Kind.Terminal():
					terminal[out.Remote]++
				}
			}
			return sent
		}

		peers := []string{"bob", "carol", "mallory", "alice", "", "not/valid", "dave"}
		texts := []string{"", "hi", "\xff", string(make([]byte, engine.MaxContent+1))}
		times := []time.Duration{30 * time.Second, 0, -1, time.Millisecond, 1 << 62, -1 << 63, 61 * time.Second}
		for len(r.rest) > 0 {
			switch r.pick(9) {
			case 0, 1, 2:
				m := engine.Message{
					Kind: engine.Kind(r.pick(10)), For: engine.Kind(r.pick(10)), Reason: engine.Reason(r.pick(6)), Word: engine.Word(r.pick(11)),
					ID:      engine.ID{Epoch: uint64(r.pick(3)), Counter: uint64(r.pick(6))},
					Content: texts[r.pick(4)], ChannelID: texts[r.pick(4)], Response: texts[r.pick(4)],
					Age: times[r.pick(7)], Wait: times[r.pick(7)], Expiry: times[r.pick(7)], Held: times[r.pick(7)],
					Device: uint64(r.pick(4)), Refused: r.pick(2) == 0, Note: texts[r.pick(4)],
				}
				e.Advance() // so that what was due does not count as a reply
				e.PeerOnline("bob")
				e.PeerOnline("carol")
				e.PeerOnline("mallory")
				e.PeerOnline("dave")
				drain()
				e.Receive(peers[r.pick(7)], m)
				if sent := drain(); sent > 1 {
					t.Fatalf("%d messages for one %+v", sent, m)
				}
			case 3:
				call := e.CreateLocalInvitation(peers[r.pick(7)])
				call.SetContent(texts[r.pick(4)])
				switch r.pick(4) {
				case 0:
					call.SetTimes(times[r.pick(7)], times[r.pick(7)])
				case 1:
					call.SetGroup(group)
				case 2:
					group = e.NewGroup()
				}
				mine = append(mine, call)
				_ = call.Send() // any result will do
			case 4:
				if len(mine) > 0 {
					_ = mine[r.pick(len(mine))].CancelWithNote(texts[r.pick(4)])
				}
			case 5:
				if len(rings) > 0 {
					ring := rings[r.pick(len(rings))]
					ring.SetResponse(texts[r.pick(4)])
					if r.pick(2) == 0 {
						_ = ring.Accept()
					} else {
						_ = ring.Refuse()
					}
				}
			case 6:
				if at, ok := e.NextDeadline(); ok && r.pick(2) == 0 {
					clock.now = at
				} else {
					clock.now = clock.now.Add(time.Duration(int8(r.next())) * time.Second)
				}
				e.Advance()
			case 7:
				e.LogOut()
			case 8:
				e.LogIn()
				e.PeerOffline(peers[r.pick(7)])
			}
			drain()
			if s := e.Stats(); s.LocalRecords > total || s.RemoteRecords > total || s.Peers > 2*total {
				t.Fatalf("over the bounds: %+v", s)
			} else if n := lingering(e); n != s.Lingering {
				t.Fatalf("%d linger: %+v", n, s)
			}
		}

		for range 100 * total {
			at, ok := e.NextDeadline()
			if !ok {
				break
			}
			clock.now = at
			e.Advance()
			drain()
		}
		if s := e.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers+s.Lingering != 0 {
			t.Fatalf("does not come to rest: %+v", s)
		}
		for _, call := range mine {
			if want := b2i(call.State().Terminal()); terminal[call] != want {
				t.Fatalf("%v in %v has ended %d times", call.ID(), call.State(), terminal[call])
			}
		}
		for _, ring := range rings {
			if terminal[ring] != 1 {
				t.Fatalf("ring %v in %v has ended %d times", ring.ID(), ring.State(), terminal[ring])
			}
		}
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
