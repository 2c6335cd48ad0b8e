// Copies of a CANCEL: peers of 0.x can read the later ones.

package engine_test

import (
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

func TestCancelsForOlderPeers(t *testing.T) {
	p := newPair(t, time.Unix(1000, 0)).do("send")
	want := func(when string, note string) {
		t.Helper()
		var got []engine.Message
		for out := range p.alice.All() {
			if out.Kind == engine.Send && out.Message.Kind == engine.Cancel {
				got = append(got, out.Message)
			}
		}
		if len(got) != 1 || got[0].Reason != engine.ReasonUser || got[0].Note != note {
			t.Fatalf("%s: %+v", when, got)
		}
	}
	later := func(pause time.Duration) {
		p.clock.now = p.clock.now.Add(pause)
		p.alice.Advance()
	}
	if err := p.call.CancelWithNote("sorry"); err != nil {
		t.Fatal(err)
	}
	want("at once", "sorry")
	for _, pause := range []time.Duration{500 * time.Millisecond, time.Second} {
		later(pause)
		want("repeated", "sorry")
	}
	for _, pause := range []time.Duration{2 * time.Second, 4 * time.Second, 4 * time.Second} {
		later(pause)
		want("repeated for peers of 0.x", "")
	}
	p.alice.LogOut()
	later(time.Second)
	p.alice.LogIn()
	want("after the login", "sorry")
	later(500 * time.Millisecond)
	want("repeated after the login", "sorry")
}
