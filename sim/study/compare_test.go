package study

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

func side(name string, change func(*setup.Options)) Side {
	o := small()
	o.Calls = 5000
	o.Engine.Times.Accept = 5 * time.Second // so that there is some residue
	change(&o)
	return Side{Name: name, Options: o}
}

func plain(*setup.Options)     {}
func lossy(o *setup.Options)   { o.Loss = 0.4 }
func patient(o *setup.Options) { o.Engine.Times.Accept = 32 * time.Second }

func compared(t *testing.T, a, b Side, workers int) *Comparison {
	t.Helper()
	c, err := Compare(context.Background(), a, b, workers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *Comparison) of(name string) Difference {
	for _, d := range c.Differences {
		if d.Measure.Name == name {
			return d
		}
	}
	panic("no " + name)
}

// TestCompareWithItself: nothing differs, in any world.
func TestCompareWithItself(t *testing.T) {
	c := compared(t, side("a", plain), side("b", plain), 2)
	if c.Pairs != 50 || c.Same.Value != 1 || c.Same.Low < 0.999 || c.Same.High != 1 || c.Interrupted || c.Verdict().String() != "held" {
		t.Errorf("%+v", c)
	}
	for _, d := range c.Differences {
		if d.Minus.Value != 0 || d.Minus.Bounded || d.Told() != 0 || d.words() != "the same in every world" || !d.A.Known {
			t.Errorf("%s: %+v", d.Measure.Name, d)
		}
	}
}

// TestCompareTells: loss makes what it must make worse, in both directions; and an
// accept time of 32 s changes nothing in calls that never ring.
func TestCompareTells(t *testing.T) {
	there, back := compared(t, side("a", plain), side("b", lossy), 2), compared(t, side("b", lossy), side("a", plain), 1)
	for name, want := range map[string]int{"residue": 1, "accepted": -1, "mean(setup)": 1, "messages": 1} {
		d, r := there.of(name), back.of(name)
		if d.Told() != want || r.Told() != -want || d.Minus.Value != -r.Minus.Value || d.Minus.Low != -r.Minus.High {
			t.Errorf("%s: %+v there, %+v back", name, d, r)
		}
	}
	if there.Same.High >= 1 || there.Same.Low < 0.5 || there.Same != back.Same {
		t.Errorf("same outcome: %+v, %+v", there.Same, back.Same)
	}
	if d := compared(t, side("a", plain), side("b", patient), 2).of("never-rang"); d.Told() != 0 || d.words() != "the same in every world" && d.words() != "unclear" {
		t.Errorf("never rang: %+v", d)
	}
}

// TestSameWeather: pairs are worth it. The interval of the difference is narrower
// than that of two separate samples.
func TestSameWeather(t *testing.T) {
	c := compared(t, side("a", plain), side("b", patient), 2)
	d := c.of("accepted")
	if paired, apart := d.Minus.High-d.Minus.Low, d.A.High-d.A.Low; paired > apart/2 {
		t.Errorf("the difference has an interval of %v, one side alone has %v", paired, apart)
	}
}

// TestNothingToCompare: what neither side has is not compared.
func TestNothingToCompare(t *testing.T) {
	if none := difference("ring", make([]result.Part, 30), make([]result.Part, 30)); none.Minus.Known || none.words() != "nothing to compare" || none.Line()[0] != unknown {
		t.Errorf("%+v", none)
	}
}

// TestComparable: what cannot be paired is refused.
func TestComparable(t *testing.T) {
	for says, change := range map[string]func(*setup.Options){
		"A has seed 1 and B has seed 2":   func(o *setup.Options) { o.Seed = 2 },
		"A has 5000 calls and B has 6000": func(o *setup.Options) { o.Calls = 6000 },
		"users 1":                         func(o *setup.Options) { o.Users = 1 },
		"":                                plain,
	} {
		_, err := Compare(context.Background(), side("a", plain), side("b", change), 1, nil)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// TestComparableWorlds: a smaller last world is compared with a smaller last world,
// and worlds of different sizes are not compared.
func TestComparableWorlds(t *testing.T) {
	odd := func(o *setup.Options) { o.Calls = 2050 }
	if c := compared(t, side("a", odd), side("b", odd), 2); c.Pairs != 21 || c.Calls() != 2050 || c.Interrupted {
		t.Errorf("%d pairs, %d calls", c.Pairs, c.Calls())
	}
	larger := func(o *setup.Options) { o.World = 250 }
	if err := Comparable(side("a", plain).Options, side("b", larger).Options); err == nil || !strings.Contains(err.Error(), "worlds of 100 calls and B has worlds of 250") {
		t.Error(err)
	}
}

// TestCompareInterrupted: what is known is pairs.
func TestCompareInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	var calls atomic.Int64
	big := func(o *setup.Options) { o.Calls = 40_000 }
	c, err := Compare(ctx, side("a", big), side("b", big), 2, func(n int) {
		if calls.Add(int64(n)) >= 6000 {
			stop()
		}
	})
	if err != nil || !c.Interrupted || c.Verdict().String() != "interrupted" || c.Pairs >= 400 {
		t.Fatalf("%+v, %v", c, err)
	}
	stop()
	none, err := Compare(ctx, side("a", plain), side("b", plain), 2, nil)
	if err != nil || none.Pairs != 0 {
		t.Fatalf("%+v, %v", none, err)
	}
	text := golden.Written(t, none.Text)
	if !strings.HasPrefix(text, "INTERRUPTED  after 0 of 5,000 calls") || strings.Count(text, "nothing to compare") != len(none.Differences) {
		t.Error(text)
	}
}

// TestComparisonWorkers: the answer does not depend on them.
func TestComparisonWorkers(t *testing.T) {
	one, four := compared(t, side("a", plain), side("b", lossy), 1), compared(t, side("a", plain), side("b", lossy), 4)
	for _, write := range []func(*Comparison, io.Writer) error{(*Comparison).Text, (*Comparison).JSON} {
		a := golden.Written(t, func(w io.Writer) error { return write(one, w) })
		if b := golden.Written(t, func(w io.Writer) error { return write(four, w) }); a != b {
			t.Errorf("one worker says\n%s\nfour say\n%s", a, b)
		}
	}
}

// TestViolatedComparison: a violation comes first, with its side.
func TestViolatedComparison(t *testing.T) {
	c := compared(t, side("good", plain), side("bad", plain), 2)
	c.Totals[1].ViolationCount = 1
	c.Totals[1].Violations = []result.WorldViolation{{Violation: property.Violation{Property: property.S1, Call: 3}}}
	if text := golden.Written(t, c.Text); !strings.HasPrefix(text, "VIOLATED  1 time with bad\n  call 3: S1 violated") {
		t.Error(text)
	}
	var answer struct {
		Verdict  string
		Measures map[string]struct {
			Told string
			A    *float64
		}
		Same struct{ Value float64 } `json:"same_outcome"`
	}
	if err := json.Unmarshal([]byte(golden.Written(t, c.JSON)), &answer); err != nil || answer.Verdict != "violated" || answer.Same.Value != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
	if m := answer.Measures["residue"]; m.Told != "unclear" || m.A == nil {
		t.Errorf("%+v", m)
	}
}

func TestSigned(t *testing.T) {
	for _, c := range []struct {
		unit  metric.Unit
		value float64
		want  string
	}{
		{metric.Share, 0.0123, "+1.23 pts"}, {metric.Share, -0.5, "−50 pts"}, {metric.Share, 0, "0 pts"},
		{metric.Seconds, -0.25, "−250ms"}, {metric.Seconds, 12.34, "+12.3s"}, {metric.Seconds, 0, "0s"}, {metric.Count, 1.5, "+1.50"}, {metric.Count, -2, "−2.00"},
	} {
		if got := signed(c.unit, c.value); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestUnitText(t *testing.T) {
	for _, c := range []struct {
		unit  metric.Unit
		value float64
		want  string
	}{
		{metric.Share, 0, "0 %"}, {metric.Share, 0.05678, "5.68 %"}, {metric.Share, 0.9, "90 %"}, {metric.Share, 0.99962, "99.96 %"}, {metric.Share, 1, "100 %"}, {metric.Share, 4e-12, "4e-10 %"}, {metric.Share, 9e-13, "under 1e-10 %"},
		{metric.Seconds, 12.345, "12.3s"}, {metric.Seconds, 1.2345, "1.23s"}, {metric.Seconds, 0.12345, "123ms"}, {metric.Seconds, 0.0012345, "1.23ms"}, {metric.Seconds, 0.0000012345, "1.2µs"},
		{metric.Count, 5.236, "5.24"},
	} {
		if got := c.unit.Text(c.value); got != c.want {
			t.Errorf("%v: %q, want %q", c.value, got, c.want)
		}
	}
}
