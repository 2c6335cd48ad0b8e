package mixed

import (
	"bytes"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
)

// TestNetwork: how many copies of what was sent arrive.
func TestNetwork(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*World)
		times  int // each message arrives so often,
		from   string
	}{
		"good":       {func(*World) {}, 1, "bob"},
		"lossy":      {func(w *World) { w.Loss = 1 }, 0, "bob"},
		"doubling":   {func(w *World) { w.Dup = 1 }, 2, "bob"},
		"held":       {func(w *World) { w.Reorder = 1 }, 1, "bob"},
		"too slow":   {func(w *World) { w.MaxDelay = time.Millisecond }, 0, "bob"},
		"strange":    {func(w *World) { w.Stranger = 1 }, 1, "mallory"},
		"only heard": {func(w *World) { w.Stranger, w.Loss = 1, 1 }, 1, "mallory"},
	} {
		w := world(3)
		w.Loss, w.Dup, w.Reorder, w.Outages, w.Stranger = 0, 0, 0, 0, 0
		c.change(&w)
		alice, bob := present("a", mutant.None), present("b", mutant.None)
		alice.Later, bob.Later = nil, nil
		r, err := w.Play([2]Phone{alice, bob})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sent := bytes.Count(r.Log, []byte(`"do":"send"`)) - bytes.Count(r.Log, []byte(`"to":"mallory"`))
		arrived := bytes.Count(r.Log, []byte("> deliver"))
		strange := bytes.Count(r.Log, []byte(`"from":"mallory","message"`))
		if c.from != "mallory" {
			arrived, strange = arrived-strange, arrived-strange
		}
		if strange != c.times*sent || sent == 0 {
			t.Errorf("%s: %d messages were sent, and %d of %d copies arrived from %s", name, sent, strange, arrived, c.from)
		}
		if name == "only heard" && arrived != strange {
			t.Errorf("%s: %d of %d copies are the stranger's", name, strange, arrived)
		}
	}
}

// TestAway: a phone that is offline or down sends and gets nothing.
func TestAway(t *testing.T) {
	for _, away := range []func(p *play){func(p *play) { p.phones[0].away = true }, func(p *play) { p.phones[0].down = time.Second }} {
		p := newStory(t, [2]Phone{present("a", mutant.None), present("b", mutant.None)})
		p.flying = nil // nothing is lost
		away(p)
		m := &engine.Message{Kind: engine.Received, ID: engine.ID{Epoch: 10, Counter: 1}}
		e := &invd.Effect{Do: "send", To: "alice", Message: []byte(`{"v":1,"kind":"RECEIVED","id":"a-1"}`)}
		if err := p.deliver(0, "bob", e, m); err != nil || p.result.Requests != 0 {
			t.Errorf("it was handed %v, %v", m.Kind, err)
		}
		p.phones[0].away = true
		e.To = "bob"
		if p.send(0, e, m); len(p.queue) != 0 {
			t.Errorf("it sent %v", m.Kind)
		}
		p.phones[0].away = false
		if p.send(0, e, m); len(p.queue) == 0 {
			t.Errorf("online, it sent nothing")
		}
	}
}

// TestOrder: of one instant inputs come before timers, and in their own order.
func TestOrder(t *testing.T) {
	p := newStory(t, [2]Phone{present("a", mutant.None), present("b", mutant.None)})
	p.phones[0].next = invd.Due(5e6)
	var order []int
	for k := range 3 {
		p.schedule(5*time.Millisecond, func() error { order = append(order, k, p.result.Requests); return nil })
	}
	p.schedule(6*time.Millisecond, func() error { order = append(order, 6, p.result.Requests); return nil })
	p.schedule(4*time.Millisecond, func() error { order = append(order, 4, p.result.Requests); return nil })
	if err := p.pass(); err != nil {
		t.Fatal(err)
	}
	want := []int{4, 0, 0, 0, 1, 0, 2, 0, 6, 1}
	for i := range want {
		if len(order) != len(want) || order[i] != want[i] {
			t.Fatalf("tasks, and requests before each: %v, not %v", order, want)
		}
	}
}

// TestEndless: a world that goes on for ever is ended, with an error.
func TestEndless(t *testing.T) {
	p := newStory(t, [2]Phone{present("a", mutant.None), present("b", mutant.None)})
	var again func() error
	again = func() error { p.schedule(p.now, again); return nil }
	p.schedule(0, again)
	if err := p.pass(); err == nil || err.Error() != "the world has not ended after 1000000 tasks and timers" {
		t.Error(err)
	}
}
