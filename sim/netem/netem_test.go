package netem

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/tape"
)

const ms = int64(time.Millisecond)

// always answers every choice with the same draw.
type always uint64

func (a always) Draw(tape.Label, tape.Key) uint64 { return uint64(a) }

// TestPlainestTape: on the tape of zeros nothing goes wrong in any piece, and the
// greatest draws make everything happen.
func TestPlainestTape(t *testing.T) {
	bad := NewBurst(0.9, 2)
	bad.Turn(1, true)
	for _, c := range []struct {
		name  string
		piece Piece
		fate  Fate  // with the greatest draws
		at    int64 // likewise
	}{
		{"loss", &Loss{0.1}, Lost, 0},
		{"duplicate", &Duplicate{0.1}, Doubled, 0},
		{"corrupt", &Corrupt{0.1}, Corrupted, 0},
		{"latency", &Latency{Between(0, time.Second)}, Passed, 1000 * ms},
		{"reorder", &Reorder{0.1, 2 * time.Second}, Passed, 2000 * ms},
		{"burst", bad, Lost, 0},
	} {
		calm := Copy{From: 0, To: 1}
		if fate := c.piece.Pass(always(0), &calm); fate != Passed || calm.At != 0 {
			t.Errorf("%s: %v at %v on the plainest tape", c.name, fate, calm.At)
		}
		wild := Copy{From: 0, To: 1}
		if fate := c.piece.Pass(always(math.MaxUint64), &wild); fate != c.fate || wild.At != c.at {
			t.Errorf("%s: %v at %v on the wildest tape, want %v at %v", c.name, fate, wild.At, c.fate, c.at)
		}
	}
}

// TestRates counts how often a piece does what it does.
func TestRates(t *testing.T) {
	for name, c := range map[string]struct {
		piece Piece
		fate  Fate
	}{"loss": {&Loss{0.3}, Lost}, "duplicate": {&Duplicate{0.3}, Doubled}, "corrupt": {&Corrupt{0.3}, Corrupted}} {
		n := 0
		for i := range 10_000 {
			if c.piece.Pass(tape.Seeded(1), &Copy{Key: tape.Key(i) << 8}) == c.fate {
				n++
			}
		}
		if n < 2850 || n > 3150 {
			t.Errorf("%s: %d of 10000 with probability 0.3", name, n)
		}
	}
}

func TestBurst(t *testing.T) {
	b := NewBurst(1, 3)
	pass := func(from, to int32) Fate { return b.Pass(always(0), &Copy{From: from, To: to}) }
	b.Turn(1, true)
	b.Turn(1, true)
	b.Turn(1, false)
	if pass(0, 1) != Lost || pass(1, 0) != Lost || pass(0, 2) != Passed {
		t.Error("a bad radio loses what its phone sends and gets, and nothing else")
	}
	b.Turn(1, false)
	if pass(0, 1) != Passed {
		t.Error("the radio is good again, and still loses")
	}
}

func TestPartition(t *testing.T) {
	var p Partition
	pass := func(from, to int32) Fate { return p.Pass(always(0), &Copy{From: from, To: to}) }
	p.Cut(7, func(phone int32) bool { return phone == 0 }, true)
	if pass(0, 1) != Cut || pass(1, 0) != Passed || pass(1, 2) != Passed {
		t.Error("one-way: what phone 0 sends is cut off, and nothing else")
	}
	p.Cut(8, func(phone int32) bool { return phone < 2 }, false)
	if pass(1, 2) != Cut || pass(2, 1) != Cut || pass(0, 1) != Cut || pass(1, 0) != Passed {
		t.Error("two cuts, and a copy must pass both")
	}
	p.Heal(7)
	if pass(0, 1) != Passed || pass(0, 2) != Cut {
		t.Error("the first cut is healed, the second is not")
	}
	p.Heal(8)
	if pass(0, 2) != Passed {
		t.Error("all is healed")
	}
}

func TestClog(t *testing.T) {
	g := NewClog(2)
	g.Hold(1, 500*ms)
	g.Hold(1, 300*ms)
	leaves := func(to int32, at int64) int64 {
		c := Copy{To: to, At: at}
		g.Pass(always(0), &c)
		return c.At
	}
	if leaves(1, 100*ms) != 500*ms || leaves(1, 600*ms) != 600*ms || leaves(0, 100*ms) != 100*ms {
		t.Error("what is sent to phone 1 waits until 500 ms, and nothing else does")
	}
	g.Release(200 * ms)
	if leaves(1, 100*ms) != 200*ms {
		t.Error("released at 200 ms")
	}
}

func TestRate(t *testing.T) {
	r := NewRate(1000, 250, Sender, 2) // a byte a millisecond
	for i, c := range []struct {
		from   int32
		at     int64 // ms
		size   int
		leaves int64 // ms; -1 if it is dropped
	}{
		{0, 0, 100, 100},
		{0, 0, 100, 200},  // 100 bytes are before it
		{0, 0, 100, -1},   // 200 wait, and 100 more are too many
		{1, 0, 100, 100},  // another phone has a link of its own
		{0, 60, 100, 300}, // 60 bytes have left
		{0, 1000, 50, 1050},
	} {
		p := Copy{From: c.from, At: c.at * ms, Size: c.size}
		fate := r.Pass(always(0), &p)
		if c.leaves < 0 {
			if fate != Overflow {
				t.Errorf("%d: %v, want it dropped", i, fate)
			}
		} else if fate != Passed || p.At != c.leaves*ms {
			t.Errorf("%d: %v at %v ms, want %d", i, fate, float64(p.At)/float64(ms), c.leaves)
		}
	}
	unbounded := NewRate(1000, 0, Receiver, 2)
	for range 100 {
		p := Copy{To: 1, Size: 1000}
		if unbounded.Pass(always(0), &p) != Passed {
			t.Error("a queue without bound is full")
		}
	}
}

func TestRecorded(t *testing.T) {
	link := readLink(t, "10\n20\n30\n")
	r := NewRecorded(always(0), link, Receiver, 2)
	a, b, c := Copy{To: 1, Size: 1500}, Copy{To: 1, Size: 1500}, Copy{To: 0, Size: 1500}
	for _, p := range []*Copy{&a, &b, &c} {
		r.Pass(always(0), p)
	}
	if a.At != 10*ms || b.At != 20*ms || c.At != 10*ms {
		t.Errorf("%v, %v and %v: the second waits for the first, the third has a link of its own", a.At, b.At, c.At)
	}
}

func TestCarry(t *testing.T) {
	chain := Chain{&Duplicate{1}, &Latency{Between(time.Second, time.Second)}}
	if got := chain.Carry(always(0), Copy{At: ms}); !slices.Equal(got, []int64{1001 * ms, 1001 * ms}) {
		t.Errorf("doubled and delayed: %v", got)
	}
	if got := (Chain{&Loss{1}, &Latency{}}).Carry(always(0), Copy{}); got != nil {
		t.Errorf("lost: %v", got)
	}
	// A twin meets its own fate after the piece that makes it.
	both := 0
	for i := range 1000 {
		both += len((Chain{&Duplicate{1}, &Loss{0.5}}).Carry(tape.Seeded(1), Copy{Key: tape.Key(i) << 1}))
	}
	if both < 900 || both > 1100 {
		t.Errorf("%d of 2000 arrive, want about 1000", both)
	}
}

func TestDelayText(t *testing.T) {
	for text, want := range map[string]string{
		"50ms": "50ms", "50ms..250ms": "50ms..250ms", " 0s .. 1s ": "0s..1s", "normal:100ms,20ms": "normal:100ms,20ms",
		"lognormal:80ms,0.5": "lognormal:80ms,0.5", "pareto:50ms,1.5": "pareto:50ms,1.5",
	} {
		d, err := ParseDelay(text)
		if err != nil || d.String() != want {
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
	for text, want := range map[string]string{
		"":                   "not a delay such as",
		"soon":               "not a delay such as",
		"2s..1s":             "the lower end first",
		"-1s":                "must be from 0s to 24h",
		"normal:x,1s":        `"x": not a time`,
		"normal:1s":          "the second parameter of normal, such as 20ms",
		"pareto:1s,0":        "must be from 0.1 to 100",
		"lognormal:1s,9":     "must be from 0 to 5",
		"lognormal:1s,NaN":   "not a number",
		"gamma:1s,2":         `"gamma": there are normal, lognormal, pareto and samples`,
		"samples:/not/there": "no such file",
	} {
		if _, err := ParseDelay(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestDelayDraw(t *testing.T) {
	samples, err := ReadSamples("test", strings.NewReader("10\n 20.5 \n\n30\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		delay      Delay
		least, mid time.Duration // the plainest draw gives no more than that, the middle one just that
	}{
		{Between(time.Second, 3*time.Second), time.Second, 2 * time.Second},
		{Delay{Shape: Normal, A: time.Second, B: 100 * time.Millisecond}, 300 * time.Millisecond, time.Second},
		{Delay{Shape: LogNormal, A: time.Second, Sigma: 1}, time.Millisecond, time.Second},
		{Delay{Shape: Pareto, A: time.Second, Sigma: 1}, time.Second, 2 * time.Second},
		{Delay{Shape: Sampled, Samples: samples}, 10 * time.Millisecond, 20500 * time.Microsecond},
	} {
		least, mid := c.delay.Draw(always(0), tape.Latency, 0), c.delay.Draw(always(1<<63), tape.Latency, 0)
		if least > c.least {
			t.Errorf("%v: the plainest draw is %v, want at most %v", c.delay, least, c.least)
		}
		if off := mid - c.mid; off > time.Microsecond || off < -time.Microsecond {
			t.Errorf("%v: the middle draw is %v, want %v", c.delay, mid, c.mid)
		}
	}
}

func TestSamplesRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"":        "no delay in it",
		"1\nx\n":  `test:2: "x" is not a delay`,
		"-1":      `test:1: "-1" is not a delay`,
		"NaN":     `test:1: "NaN" is not a delay`,
		"9999999": "from 0 to 600000",
	} {
		if _, err := ReadSamples("test", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
