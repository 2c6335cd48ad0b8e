// The index against a model: who is known under which id, while peers use each
// other's ids and records come and go.

package engine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

func TestIndexFindsWhatIsThere(t *testing.T) {
	type key struct {
		peer string
		id   engine.ID
	}
	clock := &testClock{time.Unix(0, 0)}
	e := newEngine(t, "bob", clock, 0xb)
	chance := rand.New(rand.NewPCG(3, 4))
	known := map[key]time.Time{} // until when
	security := uint64(0)
	seen := map[engine.Verdict]int{}
	for step := range 50_000 {
		for k, until := range known {
			if !clock.now.Before(until) {
				delete(known, k)
			}
		}
		k := key{fmt.Sprint("sybil ", chance.IntN(6)), engine.ID{Epoch: 0xbad, Counter: uint64(chance.IntN(40))}}
		_, own := known[k]
		elsewhere := false
		for other := range known {
			elsewhere = elsewhere || other.id == k.id && other.peer != k.peer
		}
		m, want := engine.Message{Kind: engine.Confirm, ID: k.id}, engine.Unknown
		switch {
		case chance.IntN(4) == 0:
			m.Kind, m.Reason, want = engine.Cancel, engine.ReasonUser, engine.Moved
			if own {
				want = engine.Late
			} else {
				known[k] = clock.now.Add(engine.DefaultTimes().Tombstone)
			}
		case own:
			want = engine.Unexpected
		case elsewhere:
			want = engine.WrongPeer
		}
		if elsewhere && !own {
			security++
		}
		got := e.Receive(k.peer, m)
		drain(e)
		seen[got]++
		if s := e.Stats(); got != want || s.Security != security || s.RemoteRecords != len(known) {
			t.Fatalf("step %d: %v from %s is %v, not %v; %d security events, not %d; %d records, not %d",
				step, m.Kind, k.peer, got, want, s.Security, security, s.RemoteRecords, len(known))
		}
		clock.now = clock.now.Add(time.Duration(chance.IntN(10)) * time.Second)
		e.Advance()
	}
	for _, v := range []engine.Verdict{engine.Moved, engine.Late, engine.Unexpected, engine.WrongPeer, engine.Unknown} {
		if seen[v] < 500 {
			t.Errorf("%v came %d times only", v, seen[v])
		}
	}
}
