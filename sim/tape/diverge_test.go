// A check that finds nothing proves nothing: here it must find the first difference,
// wherever that is, and say it in words.

package tape

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// world asks and gives out a few things, on whatever tape and through whatever
// output it is given.
func world(t Tape, output func(string)) {
	Chance(t, 0.5, Loss, 7)
	output("lost")
	Between(t, 0, 9, Latency, 7)
	Chance(t, 0.5, Loss, 8)
	output("delivered")
}

// The second runs, each with one thing that is different.
var otherRuns = []struct {
	name  string
	run   func(c *Check)
	index int
	is    string
	was   string
}{
	{"another draw", func(c *Check) {
		world(c.Tape(recorded(Drawn{Choice{Loss, 7}, 1})), c.Output)
	}, 0, "loss of 0x7 drawn as 0x1", "loss of 0x7 drawn as 0x0"},
	{"another output", func(c *Check) {
		world(c.Tape(least), func(line string) { c.Output(line + "!") })
	}, 1, `output "lost!"`, `output "lost"`},
	{"another choice", func(c *Check) {
		c.Choice(Loss, 7, 0)
		c.Output("lost")
		c.Choice(Reorder, 7, 0)
		c.Choice(Loss, 9, 0) // different too, but not the first
	}, 2, "reorder of 0x7 drawn as 0x0", "latency of 0x7 drawn as 0x0"},
	{"the same of something else", func(c *Check) {
		c.Choice(Loss, 7, 0)
		c.Output("lost")
		c.Choice(Latency, 8, 0)
	}, 2, "latency of 0x8 drawn as 0x0", "latency of 0x7 drawn as 0x0"},
	{"output in place of a choice", func(c *Check) {
		c.Choice(Loss, 7, 0)
		c.Output("lost")
		c.Output("")
	}, 2, `output ""`, "latency of 0x7 drawn as 0x0"},
	{"an early end", func(c *Check) {
		c.Choice(Loss, 7, 0)
		c.Output("lost")
		c.Choice(Latency, 7, 0)
	}, 3, "the end", "loss of 0x8 drawn as 0x0"},
	{"nothing at all", func(*Check) {}, 0, "the end", "loss of 0x7 drawn as 0x0"},
	{"something more", func(c *Check) {
		world(c.Tape(least), c.Output)
		c.Choice(Answer, 1, 0)
		c.Output("and so on")
	}, 5, "answer of 0x1 drawn as 0x0", "the end"},
}

func TestEqualRunsDoNotDiverge(t *testing.T) {
	first := NewLedger()
	world(first.Tape(Seeded(1)), first.Output)
	if first.Len() != 5 {
		t.Fatalf("%d entries, want 5", first.Len())
	}
	for range 2 {
		again := first.Replay()
		world(again.Tape(Seeded(1)), again.Output)
		if d := again.End(); d != nil || again.Divergence() != nil {
			t.Errorf("%v", d)
		}
	}
}

func TestTheFirstDifferenceIsNamed(t *testing.T) {
	for _, o := range otherRuns {
		first := NewLedger()
		world(first.Tape(least), first.Output)
		again := first.Replay()
		o.run(again)
		d := again.End()
		if d == nil {
			t.Errorf("%s: no divergence", o.name)
			continue
		}
		if d != again.Divergence() || d.Index != o.index || d.Is != o.is {
			t.Errorf("%s: at %d %s, want at %d %s", o.name, d.Index, d.Is, o.index, o.is)
		}
		third := NewLedger()
		third.KeepAt(d.Index)
		world(third.Tape(least), third.Output)
		if !d.Explain(third) || d.Was != o.was {
			t.Errorf("%s: it was %q, want %q", o.name, d.Was, o.was)
		}
		if got, want := d.String(), fmt.Sprintf("entry %d is now %s, before it was %s", o.index, o.is, o.was); got != want {
			t.Errorf("%s: %s\nwant %s", o.name, got, want)
		}
	}
}

// TestOnlyTheFirstRunExplains: a third run that goes as the second one did, or has
// kept other words, must not be taken for the first.
func TestOnlyTheFirstRunExplains(t *testing.T) {
	first := NewLedger()
	first.Output("a")
	first.Output("b")
	again := first.Replay()
	again.Output("a")
	again.Output("c")
	d := again.Divergence()
	for _, third := range []struct {
		name  string
		keep  int
		lines []string
	}{
		{"as the second", 1, []string{"a", "c"}},
		{"kept elsewhere", 0, []string{"a", "b"}},
		{"kept nothing", -1, []string{"a", "b"}},
		{"ended early", 1, []string{"a"}},
	} {
		l := NewLedger()
		l.KeepAt(third.keep)
		for _, line := range third.lines {
			l.Output(line)
		}
		if d.Explain(l) || d.Was != "" {
			t.Errorf("%s: explains %q", third.name, d.Was)
		}
	}
	if got, want := d.String(), `entry 1 is now output "c", before it was something else`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestWordsAreKeptInTheFirstRunToo, for whoever knows the index before.
func TestWordsAreKeptInTheFirstRunToo(t *testing.T) {
	first := NewLedger()
	first.KeepAt(1)
	world(first.Tape(least), first.Output)
	again := first.Replay()
	again.Choice(Loss, 7, 0)
	again.Output("delivered")
	if got, want := fmt.Sprint(again.Divergence()), `entry 1 is now output "delivered", before it was output "lost"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestAnyDifferenceIsFound changes one entry of any run, in any way.
func TestAnyDifferenceIsFound(t *testing.T) {
	type step struct {
		drawn Drawn
		line  string
	}
	enter := func(l interface {
		Choice(Label, Key, uint64)
		Output(string)
	}, s step) {
		if s.line != "" {
			l.Output(s.line)
			return
		}
		l.Choice(s.drawn.What, s.drawn.About, s.drawn.Draw)
	}
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		if rapid.Bool().Draw(t, "output") {
			return step{line: rapid.StringN(1, 9, -1).Draw(t, "line")}
		}
		what := Label(rapid.IntRange(1, int(numLabels)-1).Draw(t, "what"))
		return step{drawn: Drawn{Choice{what, Key(rapid.Uint64().Draw(t, "about"))}, rapid.Uint64().Draw(t, "draw")}}
	}), 1, 20)
	rapid.Check(t, func(t *rapid.T) {
		was, is := steps.Draw(t, "was"), steps.Draw(t, "is")
		at := rapid.IntRange(0, min(len(was), len(is))-1).Draw(t, "at")
		copy(is, was[:at])
		first := NewLedger()
		for _, s := range was {
			enter(first, s)
		}
		again := first.Replay()
		for _, s := range is {
			enter(again, s)
		}
		want := at
		for want < min(len(was), len(is)) && was[want] == is[want] {
			want++
		}
		d := again.End()
		if same := want == len(was) && want == len(is); same != (d == nil) {
			t.Fatalf("%v", d)
		}
		if d != nil && d.Index != want {
			t.Fatalf("found at %d, want %d: %v", d.Index, want, d)
		}
	})
}

// TestALedgerIsSmall: eight bytes an entry, and what a slice that grows has to spare.
func TestALedgerIsSmall(t *testing.T) {
	l := NewLedger()
	for key := range Key(draws) {
		l.Choice(Loss, key, 0)
	}
	if got := cap(l.hashes); got > draws*3/2 {
		t.Errorf("room for %d entries, of %d", got, draws)
	}
	if got := testing.AllocsPerRun(1000, func() { l.Choice(Loss, 0, 0); l.Output("delivered") }); got > 0 {
		t.Errorf("%v allocations an entry", got)
	}
}
