// What is written down must be what was asked, in the order it was asked, and must
// play again as it was.

package tape

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// list is what a recorded tape holds, in the order of All.
func list(r *Recorded) []Drawn {
	var l []Drawn
	for c, draw := range r.All() {
		l = append(l, Drawn{c, draw})
	}
	return l
}

func recorded(draws ...Drawn) *Recorded {
	var r Recorded
	for _, d := range draws {
		r.Set(d.Choice, d.Draw)
	}
	return &r
}

// script is a tape that gives its draws one after the other, whatever is asked.
type script []uint64

func (s *script) Draw(Label, Key) uint64 {
	draw := (*s)[0]
	*s = (*s)[1:]
	return draw
}

func TestRecorder(t *testing.T) {
	r := NewRecorder(&script{7, 0, 9, 8})
	for _, ask := range []struct {
		Choice
		want uint64
	}{
		{Choice{Latency, 5}, 7},
		{Choice{Loss, 5}, 0},
		{Choice{Latency, 5}, 7},
		{Choice{Loss, 5}, 0}, // a draw of 0 is known too
		{Choice{Loss, 6}, 9},
		{Choice{Latency, 4}, 8},
		{Choice{Loss, 6}, 9},
	} {
		if got := r.Draw(ask.What, ask.About); got != ask.want {
			t.Errorf("%v is drawn as %d, want %d", ask.Choice, got, ask.want)
		}
	}
	if got, want := fmt.Sprint(r.Choices()), "[latency of 0x5 drawn as 0x7 loss of 0x5 drawn as 0x0 loss of 0x6 drawn as 0x9 latency of 0x4 drawn as 0x8]"; got != want {
		t.Errorf("kept %v, want %v", got, want)
	}
	if got, want := fmt.Sprint(list(r.Recorded())), "[loss of 0x6 drawn as 0x9 latency of 0x4 drawn as 0x8 latency of 0x5 drawn as 0x7]"; got != want {
		t.Errorf("recorded %v, want %v", got, want)
	}
	r.Recorded().Set(Choice{Loss, 6}, 0)
	if r.Draw(Loss, 6) != 9 || r.Recorded().Len() != 3 {
		t.Error("a change of what was recorded changed the recorder")
	}
}

// TestRecordedPlaysAgain: any questions, put to the recording, are answered alike.
func TestRecordedPlaysAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := recorded(drawnTape(t)...)
		asked := drawnChoices(t)
		r := NewRecorder(from)
		for _, c := range asked {
			r.Draw(c.What, c.About)
		}
		again := r.Recorded()
		for _, c := range asked {
			if got, want := again.Draw(c.What, c.About), from.Get(c); got != want {
				t.Fatalf("%v is now %#x, was %#x", c, got, want)
			}
		}
		if len(r.Choices()) < again.Len() {
			t.Fatalf("%d choices, %d not 0", len(r.Choices()), again.Len())
		}
	})
}

func drawnChoices(t *rapid.T) []Choice {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Choice {
		what := rapid.IntRange(int(Loss), int(numLabels)-1).Draw(t, "what")
		about := rapid.OneOf(rapid.Uint64Range(0, 3), rapid.Uint64(), rapid.Just(uint64(math.MaxUint64))).Draw(t, "about")
		return Choice{Label(what), Key(about)}
	}), 0, 12).Draw(t, "choices")
}

func drawnTape(t *rapid.T) []Drawn {
	var all []Drawn
	for _, c := range drawnChoices(t) {
		draw := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1 << 63, math.MaxUint64})).Draw(t, "draw")
		all = append(all, Drawn{c, draw})
	}
	return all
}

// TestRecorded does to it what could be done to a list of pairs, and compares.
func TestRecorded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Recorded
		var model []Drawn
		for _, d := range drawnTape(t) {
			r.Set(d.Choice, d.Draw)
			model = slices.DeleteFunc(model, func(m Drawn) bool { return m.Choice == d.Choice })
			if d.Draw != 0 {
				model = append(model, d)
			}
		}
		slices.SortFunc(model, func(a, b Drawn) int {
			if a.What == b.What && a.About < b.About || a.What < b.What {
				return -1
			}
			return 1
		})
		if got := list(&r); !slices.Equal(got, model) || r.Len() != len(model) {
			t.Fatalf("%d: %v\nwant %v", r.Len(), got, model)
		}
		for _, d := range model {
			if r.Get(d.Choice) != d.Draw || r.Draw(d.What, d.About) != d.Draw {
				t.Fatalf("%v is %#x and %#x, want %#x", d.Choice, r.Get(d.Choice), r.Draw(d.What, d.About), d.Draw)
			}
		}
	})
}

func TestCloneSharesNothing(t *testing.T) {
	a, b := Choice{Loss, 1}, Choice{Loss, 2}
	was := recorded(Drawn{a, 5})
	clone := was.Clone()
	clone.Set(a, 0)
	clone.Set(b, 6)
	was.Set(a, 7)
	if got := fmt.Sprint(list(was), list(clone)); got != "[loss of 0x1 drawn as 0x7] [loss of 0x2 drawn as 0x6]" {
		t.Error(got)
	}
	empty := (&Recorded{}).Clone()
	empty.Set(a, 1)
	if empty.Len() != 1 {
		t.Error("the clone of an empty tape keeps nothing")
	}
}

// TestAllWhileChanging is how a shrinker goes through a tape: it takes out what it
// can, and stops where it likes.
func TestAllWhileChanging(t *testing.T) {
	r := recorded(Drawn{Choice{Loss, 1}, 1}, Drawn{Choice{Loss, 2}, 2}, Drawn{Choice{Latency, 1}, 3}, Drawn{Choice{Answer, 1}, 4})
	var seen []Choice
	for c := range r.All() {
		seen = append(seen, c)
		r.Set(c, 0)
		r.Set(Choice{Loss, 9}, 9)
		if len(seen) == 3 {
			break
		}
	}
	if got, want := fmt.Sprint(seen, list(r)), "[loss of 0x1 loss of 0x2 latency of 0x1] [loss of 0x9 drawn as 0x9 answer of 0x1 drawn as 0x4]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
