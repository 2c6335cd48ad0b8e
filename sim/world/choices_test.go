package world

import (
	"testing"
	"time"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// asked are all choices of a world.
func asked(t testing.TB, o setup.Options, source tape.Tape) []tape.Drawn {
	t.Helper()
	r := tape.NewRecorder(source)
	if _, err := Play(t.Context(), o, 0, r, false); err != nil {
		t.Fatal(err)
	}
	return r.Choices()
}

// TestEveryLabelHasASubject: whatever a swarm's worlds ask is in the table, and its
// key is the parts that the table says, with nothing left over.
func TestEveryLabelHasASubject(t *testing.T) {
	seen := map[tape.Label]bool{}
	for number := range 200 {
		o, _ := setup.DrawSwarm(3, number)
		for _, d := range asked(t, o, tape.World(o.Seed, 0)) {
			seen[d.What] = true
			if back := setup.ChoiceOf(d.What, setup.SubjectOf(d.Choice)); back != d.Choice {
				t.Fatalf("%v: taken apart and put together it is %v", d.Choice, back)
			}
			s := setup.SubjectOf(d.Choice)
			if s.Call >= o.Calls || s.Phone >= o.Phones() {
				t.Fatalf("%v: %+v of %d calls and %d phones", d.Choice, s, o.Calls, o.Phones())
			}
		}
	}
	o := setup.PlainOptions()
	for what := tape.Loss; what.String() != "?"; what++ {
		if what == tape.Option {
			continue // of a swarm, not of a world
		}
		if c := (tape.Choice{What: what}); o.ChoiceWords(c) == c.String() {
			t.Errorf("%v has no subject", what)
		}
		if !seen[what] && what != tape.LinkOffset {
			t.Errorf("%v was never asked", what)
		}
	}
}

// TestTimesComeBack: a draw stands for a time, and that time's draw for it again.
func TestTimesComeBack(t *testing.T) {
	times := 0
	for number := range 60 {
		o, _ := setup.DrawSwarm(5, number)
		for _, d := range asked(t, o, tape.World(o.Seed, 0)) {
			at, ok := o.TimeOf(d.Choice, d.Draw)
			if !ok {
				continue
			}
			times++
			if back, _ := o.TimeOf(d.Choice, o.DrawOf(d.Choice, at)); back != at {
				t.Fatalf("world %d: %s: %v came back as %v", number, o.ChoiceWords(d.Choice), at, back)
			}
			if r := o.TimesOf(d.Choice); at < r.Min || at > r.Max {
				t.Fatalf("world %d: %s: %v is not in %v", number, o.ChoiceWords(d.Choice), at, r)
			}
		}
	}
	if times < 1000 {
		t.Errorf("%d times only", times)
	}
}

// TestTimeOfIsTheWorlds: a call is placed when TimeOf says, and an episode begins and ends then.
func TestTimeOfIsTheWorlds(t *testing.T) {
	o := setup.PlainOptions()
	o.Calls, o.World, o.Every[fault.Crash], o.For[fault.Crash], o.Arrivals = 1, 1, 20*time.Second, time.Second, 0.01
	r := &tape.Recorded{}
	arrival, often := tape.Choice{What: tape.Arrival}, tape.Choice{What: tape.CrashEpisodes, About: 1<<32 | 2<<8}
	crash, down := tape.Choice{What: tape.CrashAt, About: often.About}, tape.Choice{What: tape.DownFor, About: often.About}
	r.Set(arrival, o.DrawOf(arrival, 12*time.Second))
	r.Set(often, 1<<63)
	r.Set(crash, o.DrawOf(crash, 21*time.Second))
	r.Set(down, o.DrawOf(down, 3*time.Second))
	out, err := Play(t.Context(), o, 0, r, true)
	if err != nil {
		t.Fatal(err)
	}
	want := map[event.Kind]time.Duration{event.Pressed: 12 * time.Second, event.PhoneCrashes: 21 * time.Second, event.PhoneRestarts: 24 * time.Second}
	for _, e := range out.Entries {
		if at, ok := want[e.Kind]; ok {
			if e.At != at {
				t.Errorf("%s at %v, want %v", e.Line(), e.At, at)
			}
			delete(want, e.Kind)
		}
	}
	if len(want) > 0 {
		t.Errorf("not seen: %v", want)
	}
}
