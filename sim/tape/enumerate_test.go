// A systematic search is worth what it leaves out: nothing. So tapes are counted
// against the formula, and listed where they can be.

package tape

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// zeroOrOne has every choice be 0 or 1.
func zeroOrOne(Choice) []uint64 { return []uint64{0, 1} }

// search plays a world on every tape and lists what it says of each.
func search(t *testing.T, e *Enumerator, play func(Tape) string) []string {
	t.Helper()
	var all []string
	for e.Next() {
		if all = append(all, play(e)); len(all) > 100_000 {
			t.Fatal("no end")
		}
	}
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// digits asks n choices, one after the other, and is their draws.
func digits(n Key) func(Tape) string {
	return func(t Tape) string {
		var s strings.Builder
		for key := range n {
			fmt.Fprint(&s, t.Draw(Loss, key))
		}
		return s.String()
	}
}

func TestEveryTapeInOrder(t *testing.T) {
	three := func(Choice) []uint64 { return []uint64{0, 5, 7} }
	for _, c := range []struct {
		name         string
		alternatives func(Choice) []uint64
		maxNonZero   int
		play         func(Tape) string
		want         string
	}{
		{"two choices of two", zeroOrOne, 9, digits(2), "00 01 10 11"},
		{"two choices of three", three, 9, digits(2), "00 05 07 50 55 57 70 75 77"},
		{"three of two, one of them not 0", zeroOrOne, 1, digits(3), "000 001 010 100"},
		{"three of three, one of them not 0", three, 1, digits(3), "000 005 007 050 070 500 700"},
		{"three of two, two of them not 0", zeroOrOne, 2, digits(3), "000 001 010 011 100 101 110"},
		{"none of them not 0", zeroOrOne, 0, digits(3), "000"},
		{"no choices", zeroOrOne, 9, digits(0), ""},
		{"one choice without alternatives", func(c Choice) []uint64 {
			if c.About == 1 {
				return nil
			}
			return []uint64{0, 1}
		}, 9, digits(3), "000 001 100 101"},
		{"0 alone", func(Choice) []uint64 { return []uint64{0} }, 9, digits(3), "000"},
		{"asked twice", zeroOrOne, 9, func(t Tape) string { return digits(2)(t) + digits(3)(t) },
			"00000 00001 01010 01011 10100 10101 11110 11111"},
		{"other choices after another answer", zeroOrOne, 9, func(t Tape) string {
			if t.Draw(Cancel, 1) == 1 {
				return "cancel" + fmt.Sprint(t.Draw(CancelAfter, 1))
			}
			return digits(2)(t)
		}, "00 01 10 11 cancel0 cancel1"},
		{"the same choices in another order", zeroOrOne, 2, func(t Tape) string {
			order := []Key{1, 2, 3}
			if t.Draw(Reorder, 0) == 1 {
				order = []Key{3, 2, 1}
			}
			s := ""
			for _, key := range order {
				s += fmt.Sprintf("%d=%d;", uint64(key), t.Draw(Loss, key))
			}
			return s
		}, "1=0;2=0;3=0; 1=0;2=0;3=1; 1=0;2=1;3=0; 1=0;2=1;3=1; 1=1;2=0;3=0; 1=1;2=0;3=1; 1=1;2=1;3=0; " +
			"3=0;2=0;1=0; 3=0;2=0;1=1; 3=0;2=1;1=0; 3=1;2=0;1=0;"},
		{"an end as soon as something is lost", zeroOrOne, 9, func(t Tape) string {
			for key := range Key(4) {
				if t.Draw(Loss, key) == 1 {
					return fmt.Sprint(uint64(key))
				}
			}
			return "-"
		}, "- 3 2 1 0"},
	} {
		e := &Enumerator{Alternatives: c.alternatives, MaxNonZero: c.maxNonZero}
		if got := strings.Join(search(t, e, c.play), " "); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
		if e.Next() {
			t.Errorf("%s: another tape after the last", c.name)
		}
	}
}

// TestCounts: all tapes of n choices with a alternatives of which at most k are not
// 0 are the sum over i of C(n, i)·(a-1)^i, each once.
func TestCounts(t *testing.T) {
	for n := range 7 {
		for alternatives := 1; alternatives <= 4; alternatives++ {
			for most := range n + 2 {
				want, term := 0, 1
				for i := 0; i <= min(n, most); i++ {
					want += term
					term = term * (n - i) / (i + 1) * (alternatives - 1)
				}
				e := &Enumerator{MaxNonZero: most, Alternatives: func(Choice) []uint64 {
					return []uint64{0, 1, 2, 3}[:alternatives]
				}}
				got := search(t, e, digits(Key(n)))
				slices.Sort(got)
				if len(got) != want || len(slices.Compact(got)) != want {
					t.Errorf("%d choices of %d, %d not 0: %d tapes, %d different, want %d", n, alternatives, most, len(got), len(slices.Compact(got)), want)
				}
			}
		}
	}
}

// TestTreesOfAnyShape: a world that asks what its answers make it ask is searched
// as a plain recursion over its tree would, in the same order.
func TestTreesOfAnyShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := Seeded(rapid.Uint64().Draw(t, "shape"))
		most := rapid.IntRange(0, 4).Draw(t, "most not 0")
		alternatives := func(c Choice) []uint64 { return []uint64{0, 3, 4}[:1+c.About%3] }
		// next is what is asked after these answers: nothing, or any choice.
		next := func(answers string) (c Choice, ok bool) {
			at := shape
			for _, b := range []byte(answers) {
				at = Seeded(at.Draw(Loss, Key(b)))
			}
			return Choice{Loss, Key(len(answers))<<8 | Key(at>>8%256)}, len(answers) < 6 && at%8 != 0
		}
		var want []string
		var walk func(answers string, left int)
		walk = func(answers string, left int) {
			c, ok := next(answers)
			if !ok {
				want = append(want, answers)
				return
			}
			for i, draw := range alternatives(c) {
				if i == 0 || left > 0 {
					walk(answers+fmt.Sprint(draw), left-min(i, 1))
				}
			}
		}
		walk("", most)

		var got []string
		e := &Enumerator{Alternatives: alternatives, MaxNonZero: most}
		for e.Next() {
			answers := ""
			for c, ok := next(answers); ok; c, ok = next(answers) {
				answers += fmt.Sprint(e.Draw(c.What, c.About))
			}
			got = append(got, answers)
		}
		if e.Err() != nil || !slices.Equal(got, want) {
			t.Fatalf("%v: %v\nwant %v", e.Err(), got, want)
		}
	})
}

// TestTheTapeOfAFindPlaysAgain: what was found is kept as any other recording.
func TestTheTapeOfAFindPlaysAgain(t *testing.T) {
	e := &Enumerator{Alternatives: func(Choice) []uint64 { return []uint64{0, 6, 7} }, MaxNonZero: 2}
	play := digits(4)
	for e.Next() {
		got := play(e)
		r := e.Recorded()
		if again := play(r); again != got {
			t.Fatalf("%s plays again as %s", got, again)
		}
		if zeros := strings.Count(got, "0"); r.Len() != 4-zeros {
			t.Fatalf("%s: %v", got, list(r))
		}
	}
}

func TestUnsearchable(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(run int, t Tape)
		want string
	}{
		{"another choice", func(run int, t Tape) { t.Draw(Loss, 1); t.Draw(Loss, Key(2+run)) },
			"enumerate tapes: asked for loss of 0x3, before it was loss of 0x2"},
		{"fewer choices", func(run int, t Tape) {
			for key := range Key(3 - run) {
				t.Draw(Loss, key)
			}
		}, "enumerate tapes: asked 2 of 3 choices that it asked before"},
		{"none is 0", func(run int, t Tape) { t.Draw(Answer, 1) },
			"enumerate tapes: the first alternative for answer of 0x1 is 0x1, want 0"},
	} {
		e := &Enumerator{MaxNonZero: 9, Alternatives: func(c Choice) []uint64 {
			if c.What == Answer {
				return []uint64{1, 0}
			}
			return []uint64{0, 1}
		}}
		run := 0
		for ; e.Next() && run < 100; run++ {
			c.play(run, e)
		}
		if e.Err() == nil || e.Err().Error() != c.want {
			t.Errorf("%s: %v after %d runs\nwant %s", c.name, e.Err(), run, c.want)
		}
		if e.Next() {
			t.Errorf("%s: goes on after the error", c.name)
		}
	}
}

// TestBeforeTheFirst: without Next, everything is 0 and nothing is learned.
func TestBeforeTheFirst(t *testing.T) {
	e := &Enumerator{Alternatives: zeroOrOne, MaxNonZero: 1}
	if got := digits(2)(e); got != "00" {
		t.Error(got)
	}
	if got := strings.Join(search(t, e, digits(2)), " "); got != "00 01 10" {
		t.Error(got)
	}
}
