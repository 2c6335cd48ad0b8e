// What the end of a world is checked for, by hand: worlds that end too late, or with
// something left.

package world

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

func init() { garbage.Seldom() }

// played is a transcript's world after its end.
func played(t *testing.T, set string) *World {
	t.Helper()
	c := transcript{set: set}
	o, r := c.world(t)
	w := New(&o)
	if err := w.Play(t.Context(), 0, r); err != nil {
		t.Fatal(err)
	}
	if !w.Result.Held() {
		t.Fatal(w.Result.Violations)
	}
	return w
}

// only wants one violation, of a property and with a detail.
func only(t *testing.T, w *World, id property.ID, detail string) {
	t.Helper()
	if v := w.Result.Violations; len(v) != 1 || v[0].Property != id || !strings.Contains(v[0].Detail, detail) {
		t.Errorf("%v, want %v: %s", v, id, detail)
	}
}

func TestClosing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *World)
		id     property.ID
		detail string
	}{
		"a record is left": {func(w *World) {
			if err := w.nodes[0].engine.CreateLocalInvitation("user1").Send(); err != nil {
				t.Fatal(err)
			}
		}, property.S14, "user0 still remembers 1 sent and 0 received invitations of 1 peers"},
		"a record stayed too long": {func(w *World) {
			w.nodes[1].firedAt = w.nodes[1].endedAt + int64(247*second+time.Microsecond) + 1
		}, property.S14, "user1 forgot its last record 1ns too late"},
		"nobody accepted": {func(w *World) { w.calls[0].accepted = false }, property.S13, "the callee ended ACCEPTED, and its user has not said so"},
	} {
		t.Run(name, func(t *testing.T) {
			w := played(t, "")
			w.nodes[1].firedAt = w.nodes[1].endedAt + int64(247*second+time.Microsecond)
			w.close()
			if !w.Result.Held() {
				t.Fatalf("it is just in time, and %v", w.Result.Violations)
			}
			c.change(w)
			w.close()
			only(t, w, c.id, c.detail)
		})
	}
	w := played(t, "accept=0; refuse=1")
	w.calls[0].refused = false
	w.close()
	only(t, w, property.S13, "the callee ended REFUSED")
}

// TestForgottenTime: a phone that had run for 300 s when its clock was set back, and then
// crashes, has run for less; what it did in the time that is forgotten was not later.
func TestForgottenTime(t *testing.T) {
	w := played(t, "")
	n := &w.nodes[1]
	n.firedAt, n.endedAt = n.clock.running(), n.clock.running()
	w.jump(1, int64(-1000*second))
	if !w.crash(1, w.clock.now+int64(second), true) {
		t.Fatal("it does not crash")
	}
	if ran := n.clock.running(); ran >= 0 || n.firedAt != ran || n.endedAt != ran {
		t.Fatalf("it has run for %v; the last deadline was met after %v, the last end was after %v", time.Duration(ran), time.Duration(n.firedAt), time.Duration(n.endedAt))
	}
}

// TestRestAt: in a healed world nothing happens after the time that everything takes
// once.
func TestRestAt(t *testing.T) {
	const all = 30*second + 60*second + 2*second + 15*second + 32*second + 247*second + 100*second
	users := 20*second + 20*second // answer and cancel
	for _, c := range []struct {
		set    string
		change func(w *World)
		want   time.Duration
	}{
		{"heal=10s", nil, 10*second + users + all},
		{"heal=10s; answer-after=0s..7s; cancel-after=1s..2s", nil, 19*second + all},
		{"heal=10s; arrivals=0.01/s", nil, 100*second + users + all},
		{"heal=10s; drift=50%", nil, 10*second + users + 2*all},
		{"heal=10s", func(w *World) { w.setBack = int64(second) }, 11*second + users + all},
		{"heal=10s", func(w *World) { w.returns = int64(12 * second) }, 12*second + users + all},
		{"heal=10s; calls=4", func(w *World) { w.calls[1].redials, w.calls[2].redials, w.inTurn = true, true, 2 }, 10*second + users + 3*all},
		{"heal=10s; faults=freeze@2s+1000s:1", nil, 1002*second + users + all},
		{"heal=10s; faults=crash@2s+1000s:1", nil, 1002*second + users + all},
		{"heal=10s; faults=jump@2s+1000s:1", nil, 10*second + users + all},
		{"heal=10s", func(w *World) {
			w.jump(0, int64(-70*second)) // the longest counts
			w.jump(1, int64(-50*second))
		}, 80*second + users + all},
		{"heal=10s; devices=3", nil, 10*second + users + all + 100*second}, // one learns late of another
		{"heal=10s; keep-old=true", nil, time.Duration(never)},
	} {
		w := played(t, c.set)
		if c.change != nil {
			c.change(w)
		}
		if got := time.Duration(w.restAt()); got != c.want {
			t.Errorf("%s: %v, want %v", c.set, got, c.want)
		}
		if c.want == time.Duration(never) {
			continue
		}
		w.healed = true
		w.schedule(int64(c.want), keptExpires, 0, 1<<30)
		if !w.step() || !w.Result.Held() {
			t.Errorf("%s: something happens at %v, and %v", c.set, c.want, w.Result.Violations)
		}
		w.schedule(int64(c.want)+1, keptExpires, 0, 1<<30)
		if w.step() || !w.late {
			t.Errorf("%s: the world goes on", c.set)
		}
		only(t, w, property.Live, "the world is not at rest "+(c.want+1-10*second).String()+" after it was healed")
	}
}

// TestTooLong: a world that takes too many steps is an error of its own, healed or not:
// the simulator stops it, and the protocol has broken nothing.
func TestTooLong(t *testing.T) {
	w := played(t, "")
	w.schedule(w.clock.now, keptExpires, 0, 1<<30)
	w.schedule(w.clock.now, keptExpires, 0, 1<<30)
	w.steps = stepsPerCall*11 + stepsUnasked - stepsPerCall*11%stepsUnasked - 1
	if !w.step() {
		t.Error("it is over too soon")
	}
	if w.step() || !errors.Is(w.cut, ErrTooLong) {
		t.Errorf("it goes on: %v", w.cut)
	}
	for _, heal := range []time.Duration{0, 1000 * time.Hour} {
		o := setup.Default()
		o.Calls, o.World, o.Loss, o.Heal = 1, 1, 1, heal
		o.Engine.Times.NoResponse, o.Engine.Times.RetransmitFirst, o.Engine.Times.RetransmitCap = 4*time.Hour, 10*time.Millisecond, 10*time.Millisecond
		o.Engine.Times.Linger, o.Engine.Times.Tombstone = 4*time.Hour, 9*time.Hour
		o.Offline = 0.999
		w := New(&o)
		err := w.Play(t.Context(), 0, tape.World(1, 0))
		if !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "world 0: too many steps for the simulator: it has taken more than 1100000") {
			t.Errorf("heal %v: %v", heal, err)
		}
		if r := w.Result; r.Calls+r.Worlds != 0 || !r.Held() || r.Messages() != 0 {
			t.Errorf("heal %v: the result has %d calls, %d messages", heal, r.Calls, r.Messages())
		}
	}
}

// stopsAt is a context that ends when it is asked for the n-th time.
type stopsAt struct {
	context.Context
	n *int
}

func (c stopsAt) Err() error {
	if *c.n--; *c.n > 0 {
		return nil
	}
	return context.Canceled
}

// TestStoppedHalfWay: a world ends soon after its context, and leaves nothing behind.
func TestStoppedHalfWay(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss = 3*o.World, 0.3
	w, fresh := New(&o), New(&o)
	w.Cover, fresh.Cover = new(event.Cover), new(event.Cover)
	for number := range 3 {
		n := 3 + 50*number
		err := w.Play(stopsAt{t.Context(), &n}, number, tape.World(1, number))
		if !errors.Is(err, context.Canceled) || w.steps > 64*(3+50*number) {
			t.Fatalf("world %d: %v after %d steps", number, err, w.steps)
		}
		for _, w := range []*World{w, fresh} {
			if err := w.Play(t.Context(), number, tape.World(1, number)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !reflect.DeepEqual(w.Result, fresh.Result) || *w.Cover != *fresh.Cover {
		t.Errorf("what was stopped is in the result: %d calls, %d messages; without it %d and %d", w.Result.Calls, w.Result.Messages(), fresh.Result.Calls, fresh.Result.Messages())
	}
}

// TestRunningTime: a phone's own time leaves out freezes, crashes and leaps.
func TestRunningTime(t *testing.T) {
	for set, less := range map[string]time.Duration{
		"": 0, "faults=freeze@10s+5s:1": 5 * second, "faults=crash@10s+5s:1": 5 * second, "faults=jump@10s+5s:1": 0, "faults=freeze@10s+5s:0": 0,
	} {
		w := played(t, set)
		if got := time.Duration(w.clock.now - w.nodes[1].clock.running()); got != less {
			t.Errorf("%s: %v are left out, want %v", set, got, less)
		}
	}
}

// TestSlack: bounds are exact where clocks run alike.
func TestSlack(t *testing.T) {
	for set, want := range map[string]time.Duration{"": 0, "drift=1%": rounding, "jump-every=1m": rounding, "faults=jump@1s+1s": rounding, "faults=crash@1s+1s": 0} {
		if w := played(t, set); w.watch.Bounds.Slack != want {
			t.Errorf("%s: slack %v, want %v", set, w.watch.Bounds.Slack, want)
		}
	}
}

// TestHealedRules: what has to happen once two phones can talk for good.
func TestHealedRules(t *testing.T) {
	for _, c := range []struct {
		name, set string
		change    func(w *World, c *call)
		after     time.Duration // the moment that is still in time
		id        property.ID
		detail    string
	}{
		// One refresh of 20 s, the way there and back, and half a second.
		{"a dead ring", "heal=30s; accept=0; ignore=1; cancel=100%; cancel-after=5s", func(w *World, c *call) {
			c.CallerEndAt, c.RangAt = 0, 0
			w.ringEnds(c)
		}, 20*time.Second + 2*50*time.Millisecond + 500*time.Millisecond + rounding, property.Q10, "it rang 50.600001001s on for a caller that is CANCELED"},
		// A pause of 4 s, the way, and half a second.
		{"a refusal", "heal=30s; accept=0; refuse=1; answer-after=2s", func(w *World, c *call) {
			c.refusedAt = 0
			w.isRefusalMissed(c, &engine.Output{Kind: engine.LocalInvitationFailure})
		}, 4*time.Second + 50*time.Millisecond + 500*time.Millisecond + rounding, property.Q11, "refused 34.550001001s ago"},
	} {
		w := played(t, c.set)
		w.healed = true
		w.way = int64(50 * time.Millisecond)
		for i := range w.nodes {
			w.nodes[i].since = 0
		}
		w.clock.now = int64(30*time.Second + c.after)
		c.change(w, &w.calls[0])
		if !w.Result.Held() {
			t.Errorf("%s, in time: %v", c.name, w.Result.Violations)
		}
		w.clock.now++
		c.change(w, &w.calls[0])
		only(t, w, c.id, c.detail)
		w.healed = false
		w.clock.now += int64(time.Second)
		c.change(w, &w.calls[0])
		only(t, w, c.id, c.detail)
	}
}
