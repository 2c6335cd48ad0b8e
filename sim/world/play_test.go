package world

import (
	"fmt"
	"strings"
	"testing"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// weather is what chance says of the calls of a world, by what it is about: when each
// is placed, and what becomes of every first INVITE.
func weather(t *testing.T, o setup.Options) map[string]string {
	t.Helper()
	outcome, err := Play(t.Context(), o, 0, tape.World(o.Seed, 0), true)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, e := range outcome.Entries {
		switch {
		case e.Kind == event.Pressed && e.Op == "send" && e.Err == nil:
			told[fmt.Sprint("call ", e.Call)] = fmt.Sprint(e.At, e.Node)
		case e.Kind == event.CopySent && e.Message.Kind == engine.Invite && e.Copy == 0 && !e.Twin:
			told[fmt.Sprint("INVITE of ", e.Call)] = fmt.Sprint(e.At, e.Line())
		}
	}
	return told
}

// TestWeatherIsKeyed: an option that does not concern a call's way leaves it as it
// was, draw by draw.
func TestWeatherIsKeyed(t *testing.T) {
	base := setup.Default()
	base.Calls, base.World, base.Offline, base.Loss, base.PressTwice = 300, 300, 0, 0.2, 0
	before := weather(t, base)
	if len(before) != 600 {
		t.Fatalf("%d things to compare, want 600", len(before))
	}
	for name, set := range map[string]func(o *setup.Options){
		"press-twice": func(o *setup.Options) { o.PressTwice = 0.5 },
		"change-mind": func(o *setup.Options) { o.ChangeMind = 1 },
		"cancel":      func(o *setup.Options) { o.Cancel = 0.9 },
		"dup":         func(o *setup.Options) { o.Dup = 0.9 },
		"answer":      func(o *setup.Options) { o.Accept, o.Refuse = 1, 5 },
		"strangers":   func(o *setup.Options) { o.Strangers = 1 },
		"freeze": func(o *setup.Options) {
			o.Faults = []fault.Scheduled{{Kind: fault.Burst, At: 1000 * second, For: second}}
		},
		"drift": func(o *setup.Options) { o.Drift = 0.01 },
	} {
		o := base
		set(&o)
		after := weather(t, o)
		for what, was := range before {
			if after[what] != was {
				t.Errorf("%s: %s is now %s, before it was %s", name, what, after[what], was)
				break
			}
		}
	}
	more := base
	more.Loss = 0.4
	spared := 0
	for what, is := range weather(t, more) {
		switch was := before[what]; {
		case is == was:
			spared++
		case !strings.Contains(is, "LOST"):
			t.Errorf("with more loss, %s is now %s, before it was %s", what, is, was)
		}
	}
	if spared < 500 || spared == 600 {
		t.Errorf("more loss leaves %d of 600 as they were", spared)
	}
}

// fickle is a tape that answers one choice otherwise the second time it is asked for.
type fickle struct {
	tape.Tape
	choice tape.Choice
	asked  map[int]int
}

func (f fickle) Draw(what tape.Label, about tape.Key) uint64 {
	if (tape.Choice{What: what, About: about}) == f.choice {
		if f.asked[0]++; f.asked[0] == 2 {
			return 1 << 63
		}
	}
	return f.Tape.Draw(what, about)
}

// TestDiffersTells: a world that is not the same again is told at the first choice, or
// output, that differs.
func TestDiffersTells(t *testing.T) {
	o := setup.PlainOptions()
	o.Loss = 0.1
	choice := setup.ChoiceOf(tape.Loss, aCopy(0, engine.Accept, 0))
	difference, err := Differs(t.Context(), o, 0, fickle{&tape.Recorded{}, choice, map[int]int{}})
	want := fmt.Sprintf("is now %v, before it was %v", tape.Drawn{Choice: choice, Draw: 1 << 63}, tape.Drawn{Choice: choice})
	if err != nil || !strings.HasSuffix(difference, want) || !strings.HasPrefix(difference, "entry ") {
		t.Errorf("%q, %v; want %q", difference, err, want)
	}
	if difference, err := Differs(t.Context(), o, 0, &tape.Recorded{}); err != nil || difference != "" {
		t.Errorf("%q, %v of a world that is the same again", difference, err)
	}
	// The third engine that starts is the first of the second playing.
	started := 0
	o.Engine.ValidUserID = func(id string) bool {
		started++
		return true
	}
	if _, err := Differs(t.Context(), o, 0, &tape.Recorded{}); err != nil || started == 0 {
		t.Fatalf("%v, the validator was asked %d times", err, started)
	}
	half, asked := started/2, 0
	o.Engine.ValidUserID = func(id string) bool {
		asked++
		return asked <= half || asked%half != half-1
	}
	if difference, err = Differs(t.Context(), o, 0, &tape.Recorded{}); err == nil && !strings.Contains(difference, "is now output") {
		t.Errorf("%q, of an output that differs", difference)
	}
}

func TestPlayWantsAWorldOfTheRun(t *testing.T) {
	o := setup.Default()
	o.Calls = 1500
	for number, want := range map[int]int{-1: 0, 0: 1000, 1: 500, 2: 0} {
		outcome, err := Play(t.Context(), o, number, tape.World(1, number), false)
		if want == 0 {
			if err == nil || !strings.Contains(err.Error(), "worlds 0 to 1") {
				t.Errorf("world %d: %v", number, err)
			}
			continue
		}
		if err != nil || outcome.Result.Calls != want || outcome.World != number || outcome.Entries != nil {
			t.Errorf("world %d: %v, %d calls, %d entries", number, err, outcome.Result.Calls, len(outcome.Entries))
		}
	}
	o.Loss = 2
	if _, err := Play(t.Context(), o, 0, tape.World(1, 0), false); err == nil {
		t.Error("a loss of 2 is played")
	}
}

// TestWorldsStartAfresh: a world is the same whatever was played before it, in every
// part that is used again.
func TestWorldsStartAfresh(t *testing.T) {
	for number := range 60 {
		o, _ := setup.DrawSwarm(8, number)
		o.Calls = 3 * o.World
		run := func(w *World, number int) string {
			w.Result = result.New()
			var b strings.Builder
			w.Observe = func(e event.Entry) { fmt.Fprintln(&b, e.Seq, e.Cause, e.Prev, e.At, e.Call, e.Line()) }
			if err := w.Play(t.Context(), number, tape.World(o.Seed, number)); err != nil {
				t.Fatal(err)
			}
			return b.String() + counted(w.Result)
		}
		used := New(&o)
		run(used, 0)
		run(used, 2)
		if again, fresh := run(used, 1), run(New(&o), 1); again != fresh {
			t.Fatalf("world %d: after others\n%.2000s\nby itself\n%.2000s", number, again, fresh)
		}
	}
}

// TestHundredHeld is about the edge: the hundredth call must be placed.
func TestHundredHeld(t *testing.T) {
	for calls, want := range map[string]uint64{"99": 0, "100": 1, "101": 1} {
		c := transcript{set: "hold=0.1%; hold-calls=100; calls=" + calls, sure: []sure{{tape.Hold, aCall(0), true}}}
		if got := c.play(t).Result.Goals; got[property.HundredHeld] != want {
			t.Errorf("%s calls: %d times a hundred", calls, got[property.HundredHeld])
		}
	}
}
