package sim

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/sim/tape"
)

func same(n int) (int, bool) { return n, true }

// asked are all choices of a world.
func asked(t testing.TB, o Options, source tape.Tape) []tape.Drawn {
	t.Helper()
	r := tape.NewRecorder(source)
	if _, err := Play(o, 0, r, false); err != nil {
		t.Fatal(err)
	}
	return r.Choices()
}

// TestEveryLabelHasASubject: whatever a swarm's worlds ask is in the table, and its
// key is the parts that the table says, with nothing left over.
func TestEveryLabelHasASubject(t *testing.T) {
	seen := map[tape.Label]bool{}
	for number := range 200 {
		o, _ := Swarm(3, number)
		for _, d := range asked(t, o, tape.World(o.Seed, 0)) {
			seen[d.What] = true
			if back := About(d.What, SubjectOf(d.Choice)); back != d.Choice {
				t.Fatalf("%v: taken apart and put together it is %v", d.Choice, back)
			}
			s := SubjectOf(d.Choice)
			if s.Call >= o.Calls || s.Phone >= o.Users {
				t.Fatalf("%v: %+v of %d calls and %d phones", d.Choice, s, o.Calls, o.Users)
			}
		}
	}
	for what := tape.Loss; what.String() != "?"; what++ {
		if what == tape.Option {
			continue // of a swarm, not of a world
		}
		if c := (tape.Choice{What: what}); Words(c) == c.String() {
			t.Errorf("%v has no subject", what)
		}
		if !seen[what] && what != tape.LinkOffset {
			t.Errorf("%v was never asked", what)
		}
	}
}

// TestRenamingToTheSameChangesNothing: for every label and every subject.
func TestRenamingToTheSameChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		what := tape.Label(rapid.IntRange(int(tape.Loss), int(tape.Option)-1).Draw(t, "label"))
		var s Subject
		for _, p := range subjects[what].parts {
			*p.of(&s) = rapid.IntRange(0, 1<<p.bits-1).Draw(t, "part")
		}
		c := About(what, s)
		back := SubjectOf(c)
		for _, p := range subjects[what].parts {
			if *p.of(&back) != *p.of(&s) {
				t.Fatalf("%v: %+v came back as %+v", c, s, back)
			}
		}
		if renamed, ok := Rename(c, same, same); !ok || renamed != c {
			t.Fatalf("%v became %v", c, renamed)
		}
		swap := func(n int) (int, bool) { return n ^ 1, true }
		once, _ := Rename(c, swap, swap)
		if twice, _ := Rename(once, swap, swap); twice != c || once == c && (back.Call >= 0 || back.Phone >= 0) {
			t.Fatalf("%v became %v, and then %v", c, once, twice)
		}
	})
}

func TestWords(t *testing.T) {
	for want, c := range map[string]tape.Choice{
		"loss of ACCEPT #2 of call 3":                           {What: tape.Loss, About: 3<<28 | 3<<24 | 1<<8},
		"latency of the duplicate of INVITE #1 of call 0":       {What: tape.Latency, About: 1<<24 | 1},
		"time of the cancel of call 7":                          {What: tape.CancelAfter, About: 7},
		"second press of cancel of call 2":                      {What: tape.PressTwice, About: 2<<8 | 1},
		"beginning of crash 1 of user4 in slot 9":               {What: tape.CrashAt, About: 4<<32 | 9<<8},
		"number of crashes of user4 in slot 9":                  {What: tape.CrashSpells, About: 4<<32 | 9<<8},
		"length of partition 2 in slot 5":                       {What: tape.PartitionFor, About: 5<<8 | 1},
		"side in partition 2 in slot 5 of user3":                {What: tape.PartitionSide, About: 5<<32 | 1<<24 | 3},
		"falsehood of the presence report of change 2 of user1": {What: tape.PresenceWrong, About: 1<<32 | 2},
		"start of the downlink of user6":                        {What: tape.LinkOffset, About: 6<<1 | 1},
		"drift of user1":                                        {What: tape.Drift, About: 1},
	} {
		if got := Words(c); got != want {
			t.Errorf("%v: %q, want %q", c, got, want)
		}
	}
}

// TestTimesComeBack: a draw stands for a time, and that time's draw for it again.
func TestTimesComeBack(t *testing.T) {
	times := 0
	for number := range 60 {
		o, _ := Swarm(5, number)
		for _, d := range asked(t, o, tape.World(o.Seed, 0)) {
			at, ok := o.TimeOf(d.Choice, d.Draw)
			if !ok {
				continue
			}
			times++
			if back, _ := o.TimeOf(d.Choice, o.DrawOf(d.Choice, at)); back != at {
				t.Fatalf("world %d: %s: %v came back as %v", number, Words(d.Choice), at, back)
			}
			if r := o.TimesOf(d.Choice); at < r.Min || at > r.Max {
				t.Fatalf("world %d: %s: %v is not in %v", number, Words(d.Choice), at, r)
			}
		}
	}
	if times < 1000 {
		t.Errorf("%d times only", times)
	}
}

// TestTimeOfIsTheWorlds: a call is placed when TimeOf says, and a spell begins and ends then.
func TestTimeOfIsTheWorlds(t *testing.T) {
	o := Plain()
	o.Calls, o.World, o.CrashEvery, o.CrashFor, o.Arrivals = 1, 1, 20*time.Second, time.Second, 0.01
	r := &tape.Recorded{}
	arrival, often := tape.Choice{What: tape.Arrival}, tape.Choice{What: tape.CrashSpells, About: 1<<32 | 2<<8}
	crash, down := tape.Choice{What: tape.CrashAt, About: often.About}, tape.Choice{What: tape.DownFor, About: often.About}
	r.Set(arrival, o.DrawOf(arrival, 12*time.Second))
	r.Set(often, 1<<63)
	r.Set(crash, o.DrawOf(crash, 21*time.Second))
	r.Set(down, o.DrawOf(down, 3*time.Second))
	out, err := Play(o, 0, r, true)
	if err != nil {
		t.Fatal(err)
	}
	want := map[EntryKind]time.Duration{Pressed: 12 * time.Second, PhoneCrashes: 21 * time.Second, PhoneRestarts: 24 * time.Second}
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
