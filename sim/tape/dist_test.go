// The distributions are held to exact values, and to the three promises of every
// outcome: monotone in the draw, plainest at 0, the same bits everywhere.

package tape

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// outcomes are the distributions with parameters as worlds have them, and ugly ones.
var outcomes = []struct {
	name            string
	of              func(Tape) int64
	lowest, highest time.Duration // what the draws 0 and 2^64-1 mean
	hash            uint64        // of ten thousand outcomes
}{
	{"normal", func(t Tape) int64 { return int64(Normal(t, 100*ms, 12*ms, Latency, 1)) }, 14277375, 185722624, 0xf6e24f9e29596a31},
	{"normal, half of it cut off", func(t Tape) int64 { return int64(Normal(t, 0, time.Second, Latency, 1)) }, 0, 7143552034, 0xeac0d62c2166ad14},
	{"normal, wide", func(t Tape) int64 { return int64(Normal(t, 5*time.Minute, 5*time.Minute, Latency, 1)) }, 0, Longest, 0x7e55236438e75116},
	{"normal, narrow", func(t Tape) int64 { return int64(Normal(t, time.Minute, 1, Latency, 1)) }, time.Minute - 8, time.Minute + 7, 0x2e5120f8965443fd},
	{"normal, overlong", func(t Tape) int64 { return int64(Normal(t, math.MaxInt64, math.MaxInt64, Latency, 1)) }, 0, Longest, 0xbf93b6546007c9c3},
	{"log-normal", func(t Tape) int64 { return int64(LogNormal(t, 80*ms, 0.5, Latency, 1)) }, 2248471, 2846378182, 0xc3e687a3eae326fb},
	{"log-normal, wide", func(t Tape) int64 { return int64(LogNormal(t, 80*ms, 3, Latency, 1)) }, 0, Longest, 0x1d4a7078b942a379},
	{"log-normal, narrow", func(t Tape) int64 { return int64(LogNormal(t, time.Minute, 1e-10, Latency, 1)) }, 59999999957, 60000000042, 0xca265b96a9ceccbf},
	{"log-normal, absurd", func(t Tape) int64 { return int64(LogNormal(t, time.Minute, 1e300, Latency, 1)) }, 0, Longest, 0x41ba49936c49ae31},
	{"pareto", func(t Tape) int64 { return int64(Pareto(t, 40*ms, 2.5, Latency, 1)) }, 40 * ms, Longest, 0x6e5c0f4ed04da8d6},
	{"pareto, heavy", func(t Tape) int64 { return int64(Pareto(t, 40*ms, 0.5, Latency, 1)) }, 40 * ms, Longest, 0x875e375cd90fcbbe},
	{"pareto, light", func(t Tape) int64 { return int64(Pareto(t, 40*ms, 1e9, Latency, 1)) }, 40 * ms, 40*ms + 1, 0x2e0918dbd7058b18},
	{"poisson", func(t Tape) int64 { return int64(Poisson(t, 2.5, Latency, 1)) }, 0, 20, 0xd287fb1e2cb89fd5},
	{"poisson, rare", func(t Tape) int64 { return int64(Poisson(t, 1e-6, Latency, 1)) }, 0, 1, 0},
	{"poisson, many", func(t Tape) int64 { return int64(Poisson(t, 16, Latency, 1)) }, 0, 51, 0xa8eefed1e8fc54e6},
	{"poisson, too many", func(t Tape) int64 { return int64(Poisson(t, 1e300, Latency, 1)) }, 0, 128, 0x931dc67ccaf47c3d},
}

// TestOutcomesEndAndRepeat pins the ends of every distribution, and all it makes of
// many draws: a change of one bit anywhere breaks the seeds of everybody.
func TestOutcomesEndAndRepeat(t *testing.T) {
	for _, o := range outcomes {
		if got := o.of(least); got != int64(o.lowest) {
			t.Errorf("%s: the draw 0 means %d, want %d", o.name, got, o.lowest)
		}
		if got := o.of(greatest); got != int64(o.highest) {
			t.Errorf("%s: the greatest draw means %d, want %d", o.name, got, o.highest)
		}
		hash := uint64(0)
		for seed := range Seeded(10_000) {
			hash = mix(hash ^ uint64(o.of(one(seed.Draw(Latency, 1)))))
		}
		if hash != o.hash {
			t.Errorf("%s: ten thousand outcomes hash to %#x, want %#x", o.name, hash, o.hash)
		}
	}
}

// TestEveryBitIsPinned: outcomes are cut to nanoseconds, and would hide a difference
// between machines until it costs somebody an afternoon.
func TestEveryBitIsPinned(t *testing.T) {
	for _, f := range []struct {
		name string
		of   func(draw uint64) float64
		hash uint64
	}{
		{"minusLog", func(draw uint64) float64 { return minusLog(1 - unit(draw)) }, 0x990f894e60ec205b},
		{"normalQuantile", func(draw uint64) float64 { return normalQuantile(cell(draw)) }, 0xe9b0b2ec9957f540},
		{"normalQuantile, far out", func(draw uint64) float64 { return normalQuantile(cell(draw >> 38)) }, 0x57e6c73b82e61967},
		{"exp", func(draw uint64) float64 { return exp(64 - unit(draw)*128) }, 0x2e0f28be58945fac},
	} {
		hash := uint64(0)
		for seed := range Seeded(10_000) {
			hash = mix(hash ^ math.Float64bits(f.of(seed.Draw(Latency, 1))))
		}
		if hash != f.hash {
			t.Errorf("%s: ten thousand values hash to %#x, want %#x", f.name, hash, f.hash)
		}
	}
}

// TestSmallerDrawsNeverMeanMore: of any two draws, and of neighbours, where a
// rounding error would show.
func TestSmallerDrawsNeverMeanMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		next := a + min(math.MaxUint64-a, 1<<24)
		for _, o := range outcomes {
			if less, more := o.of(one(min(a, b))), o.of(one(max(a, b))); less > more {
				t.Fatalf("%s: draw %#x means %d, draw %#x means %d", o.name, min(a, b), less, max(a, b), more)
			}
			if less, more := o.of(one(a)), o.of(one(next)); less > more {
				t.Fatalf("%s: draw %#x means %d, draw %#x means %d", o.name, a, less, next, more)
			}
		}
	})
}

// TestNeighboursInOrder goes along both functions behind the distributions, step by
// step, wherever one approximation gives way to the next. Nothing is cut to whole
// nanoseconds here: every bit counts.
func TestNeighboursInOrder(t *testing.T) {
	for _, p := range []float64{0, 1e-12, math.Exp(-25), 1e-6, 0.075, 0.3, 0.5, 0.925, 0.999, 1 - math.Exp(-25), 1} {
		middle := uint64(p * (1 << 40))
		last := math.Inf(-1)
		for i := max(middle, 20_000) - 20_000; i < min(middle+20_000, 1<<40); i++ {
			z := normalQuantile(cell(i << 24))
			if !(z > last) {
				t.Fatalf("near %v: draw %#x means %v, after %v", p, i<<24, z, last)
			}
			last = z
		}
	}
	for _, x := range []float64{-20, -math.Ln2, -math.Ln2 / 2, 0, math.Ln2 / 2, 1, math.Ln2, 2.5 * math.Ln2, 27} {
		last := 0.0
		for i := range 40_000 {
			y := exp(x + float64(i-20_000)/(1<<44))
			if y < last {
				t.Fatalf("exp near %v: %v after %v", x, y, last)
			}
			last = y
		}
	}
}

// TestNormalQuantile compares with values of forty digits, rounded here to twenty,
// and all the way with the function that it inverts.
func TestNormalQuantile(t *testing.T) {
	for p, want := range map[float64]float64{
		1.0 / (1 << 41): -7.1435520343521893331,
		1e-9:            -5.9978070150076868614,
		1e-6:            -4.7534243088228989573,
		0.001:           -3.0902323061678135354,
		0.025:           -1.9599639845400542118,
		0.0749:          -1.4402382675279636631,
		0.075:           -1.4395314709384559349,
		0.0751:          -1.4388253927525399824,
		0.1:             -1.2815515655446004353,
		0.25:            -0.6744897501960817432,
		0.3:             -0.52440051270804081597,
		0.4999:          -0.00025066283008800749239,
		0.5:             0,
		0.6:             0.25334710313579974132,
		0.975:           1.9599639845400538556,
		0.9999999:       5.1993375822906610937,
	} {
		if got := normalQuantile(p); math.Abs(got-want) > 1e-12*math.Abs(want) {
			t.Errorf("normalQuantile(%v) is %v, want %v", p, got, want)
		}
	}
	for key := range Key(draws) {
		p := cell(Seeded(5).Draw(Latency, key))
		p = min(p, 1-p) // where the function keeps its digits
		z := normalQuantile(p)
		if got := math.Erfc(-z/math.Sqrt2) / 2; math.Abs(got-p) > 1e-12*p {
			t.Fatalf("normalQuantile(%v) is %v, where the function is %v", p, z, got)
		}
		if opposite := normalQuantile(1 - p); opposite != -z {
			t.Fatalf("normalQuantile(1-%v) is %v, want %v", p, opposite, -z)
		}
	}
}

func TestExp(t *testing.T) {
	for x, want := range map[float64]float64{
		-64:     1.603810890548637853e-28,
		-20.5:   1.2501528663867426289e-9,
		-1:      0.3678794411714423216,
		-0.3465: 0.70715881928727133929,
		-0.001:  0.99900049983337499165,
		0:       1,
		0.34:    1.4049475905635938312,
		0.5:     1.6487212707001281468,
		1:       2.7182818284590452354,
		10:      22026.465794806716517,
		27.1:    588004242526.42367094,
		64:      6.2351490808116168829e+27,
		1e300:   6.2351490808116168829e+27,
		-1e300:  1.603810890548637853e-28,
	} {
		// A multiple of 2^-44 has no error but rounding; anything else, half a step.
		tolerance := 3e-14
		if x == math.Floor(x*1024)/1024 {
			tolerance = 4e-16
		}
		if got := exp(x); math.Abs(got-want) > tolerance*want {
			t.Errorf("exp(%v) is %v, want %v", x, got, want)
		}
	}
	if got := capped(exp(math.NaN())); got != 0 {
		t.Errorf("what is not a number takes %v", got)
	}
}

// TestQuantiles: what a draw in the middle, at a quarter and so on must mean.
func TestQuantiles(t *testing.T) {
	at := func(p float64) Tape { return one(p * (1 << 64)) }
	for _, q := range []struct {
		name      string
		got, want time.Duration
	}{
		{"normal, 1/2", Normal(at(0.5), time.Second, 100*ms, Latency, 1), time.Second},
		{"normal, 97.5 %", Normal(at(0.975), time.Second, 100*ms, Latency, 1), 1195996398 * time.Nanosecond},
		{"normal, 2.5 %", Normal(at(0.025), time.Second, 100*ms, Latency, 1), 804003601 * time.Nanosecond},
		{"normal, without deviation", Normal(at(0.975), time.Second, 0, Latency, 1), time.Second},
		{"log-normal, 1/2", LogNormal(at(0.5), time.Second, 2, Latency, 1), time.Second},
		{"log-normal, 97.5 %", LogNormal(at(0.975), time.Second, 2, Latency, 1), 50396814518 * time.Nanosecond},
		{"log-normal, 10 %", LogNormal(at(0.1), time.Second, 2, Latency, 1), 77065225 * time.Nanosecond},
		{"log-normal, without deviation", LogNormal(at(0.975), 1000, 0, Latency, 1), 1000},
		{"pareto, 3/4", Pareto(at(0.75), time.Second, 2, Latency, 1), 2 * time.Second},
		{"pareto, 99 %", Pareto(at(0.99), time.Second, 2, Latency, 1), 10 * time.Second},
		{"pareto, 7/8", Pareto(at(0.875), time.Second, 3, Latency, 1), 2 * time.Second},
	} {
		// Draws are cut to 40 bits, outcomes to whole nanoseconds.
		if off := (q.got - q.want).Abs(); off > 2+q.want/1e9 {
			t.Errorf("%s: %v, want %v", q.name, q.got, q.want)
		}
	}
}

// TestMoments draws many times. Tolerances are five standard deviations; the seed is
// fixed, so a failure is never bad luck.
func TestMoments(t *testing.T) {
	world := World(1, 0)
	for _, d := range []struct {
		name                string
		draw                func(Key) float64
		mean, deviation     float64
		tolerance, deviates float64
	}{
		{"normal", func(k Key) float64 { return Normal(world, time.Second, 100*ms, Latency, k).Seconds() }, 1, 0.1, 0.0016, 0.0012},
		// The positive half of a standard normal, and as many zeros.
		{"normal, half of it cut off", func(k Key) float64 { return Normal(world, 0, time.Second, Latency, k).Seconds() },
			1 / math.Sqrt(2*math.Pi), math.Sqrt(0.5 - 1/(2*math.Pi)), 0.01, 0.01},
		{"log-normal", func(k Key) float64 { return LogNormal(world, time.Second, 0.5, Latency, k).Seconds() },
			math.Exp(0.125), math.Sqrt(math.Expm1(0.25) * math.Exp(0.25)), 0.01, 0.02},
		{"pareto", func(k Key) float64 { return Pareto(world, time.Second, 6, Latency, k).Seconds() }, 1.2, math.Sqrt(6.0 / 100), 0.004, 0.02},
		{"poisson of 0.1", func(k Key) float64 { return float64(Poisson(world, 0.1, Latency, k)) }, 0.1, math.Sqrt(0.1), 0.005, 0.01},
		{"poisson of 3", func(k Key) float64 { return float64(Poisson(world, 3, Latency, k)) }, 3, math.Sqrt(3), 0.03, 0.03},
		{"poisson of 16", func(k Key) float64 { return float64(Poisson(world, 16, Latency, k)) }, 16, 4, 0.07, 0.06},
		{"poisson of 64, which is the most", func(k Key) float64 { return float64(Poisson(world, 1000, Latency, k)) }, 64, 8, 0.14, 0.11},
	} {
		sum, squares := 0.0, 0.0
		for key := range Key(draws) {
			x := d.draw(key)
			sum, squares = sum+x, squares+x*x
		}
		mean := sum / draws
		if math.Abs(mean-d.mean) > d.tolerance {
			t.Errorf("%s: mean %v, want %v ± %v", d.name, mean, d.mean, d.tolerance)
		}
		if deviation := math.Sqrt(squares/draws - mean*mean); math.Abs(deviation-d.deviation) > d.deviates {
			t.Errorf("%s: deviation %v, want %v ± %v", d.name, deviation, d.deviation, d.deviates)
		}
	}
}

// TestPoissonShares: exp(-2)·2^n/n! for each n.
func TestPoissonShares(t *testing.T) {
	var counts [30]int
	for key := range Key(draws) {
		counts[Poisson(World(1, 0), 2, Latency, key)]++
	}
	want := math.Exp(-2)
	for n := range 8 {
		if got := float64(counts[n]) / draws; math.Abs(got-want) > 5*math.Sqrt(want/draws) {
			t.Errorf("%d events: %v, want %v", n, got, want)
		}
		want *= 2 / float64(n+1)
	}
	for _, mean := range []float64{0, -1, math.NaN(), math.Inf(-1)} {
		if got := Poisson(greatest, mean, Latency, 1); got != 0 {
			t.Errorf("%d events with a mean of %v", got, mean)
		}
	}
}

// TestOneQuestionEachHere: as for the plain outcomes, one question about what was
// told, even where the answer does not matter.
func TestOneQuestionEachHere(t *testing.T) {
	for name, decide := range map[string]func(Tape){
		"normal":     func(t Tape) { Normal(t, 0, 0, Cancel, 42) },
		"log-normal": func(t Tape) { LogNormal(t, 0, 0, Cancel, 42) },
		"pareto":     func(t Tape) { Pareto(t, 0, 1, Cancel, 42) },
		"poisson":    func(t Tape) { Poisson(t, 0, Cancel, 42) },
	} {
		var a asked
		if decide(&a); fmt.Sprint(a) != "[cancel 42]" {
			t.Errorf("%s asked %v", name, a)
		}
	}
}

// TestDrawFor: the draw gives the value, and one less does not.
func TestDrawFor(t *testing.T) {
	between := func(lo, hi time.Duration, draw uint64) time.Duration { return Between(one(draw), lo, hi, 0, 0) }
	check := func(t interface{ Fatalf(string, ...any) }, lo, hi, value time.Duration) {
		draw := DrawFor(lo, hi, value)
		if got := between(lo, hi, draw); got != value {
			t.Fatalf("from %d to %d, the draw %#x for %d gives %d", lo, hi, draw, value, got)
		}
		if draw > 0 && between(lo, hi, draw-1) == value {
			t.Fatalf("from %d to %d, %#x is not the least draw for %d", lo, hi, draw, value)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		lo := time.Duration(rapid.Int64().Draw(t, "lo"))
		hi := lo + time.Duration(rapid.Int64Range(0, math.MaxInt64-max(0, int64(lo))).Draw(t, "to hi"))
		check(t, lo, hi, time.Duration(rapid.Int64Range(int64(lo), int64(hi)).Draw(t, "value")))
	})
	for _, c := range [][3]time.Duration{{0, 0, 0}, {5, 3, 5}, {0, 1, 1}, {0, math.MaxInt64, math.MaxInt64}, {math.MinInt64, -1, -1}, {-1, math.MaxInt64, 0}} {
		check(t, c[0], c[1], c[2])
	}
	if low, high := DrawFor(3, 9, -100), DrawFor(3, 9, 100); low != 0 || high != DrawFor(3, 9, 9) {
		t.Errorf("outside, the draws are %#x and %#x", low, high)
	}
	if got := Index(one(DrawFor(0, 6, 4)), 7, Caller, 0); got != 4 {
		t.Errorf("the draw for index 4 gives %d", got)
	}
}

func TestLeastDraw(t *testing.T) {
	for _, c := range []struct {
		name   string
		wanted func(Tape) bool
		draw   uint64
		ok     bool
	}{
		{"anything", func(Tape) bool { return true }, 0, true},
		{"nothing", func(Tape) bool { return false }, math.MaxUint64, false},
		{"the greatest only", func(t Tape) bool { return t.Draw(0, 0) == math.MaxUint64 }, math.MaxUint64, true},
		{"a chance of 1/4", func(t Tape) bool { return Chance(t, 0.25, Loss, 0) }, 3 << 62, true},
		{"a chance of 0", func(t Tape) bool { return Chance(t, 0, Loss, 0) }, math.MaxUint64, false},
		{"4 ms of 0 to 7", func(t Tape) bool { return Between(t, 0, 7, Latency, 0) >= 4 }, DrawFor(0, 7, 4), true},
		{"more than the median", func(t Tape) bool { return LogNormal(t, time.Second, 1, Latency, 0) >= time.Second }, 1 << 63, true},
	} {
		if draw, ok := LeastDraw(c.wanted); draw != c.draw || ok != c.ok {
			t.Errorf("%s: the least draw is %#x, %v; want %#x, %v", c.name, draw, ok, c.draw, c.ok)
		}
	}
}

func TestRoundDraw(t *testing.T) {
	for _, c := range []struct{ least, most, want uint64 }{
		{0, math.MaxUint64, 0},
		{1, math.MaxUint64, 1 << 63},
		{1<<63 + 1, math.MaxUint64, 3 << 62},
		{math.MaxUint64, math.MaxUint64, math.MaxUint64},
		{0x7333333333333333, 0x7fffffffffffffff, 0x7800000000000000},
		{5, 6, 6},
		{5, 5, 5},
		{5, 4, 5},
	} {
		if got := RoundDraw(c.least, c.most); got != c.want {
			t.Errorf("from %#x to %#x: %#x, want %#x", c.least, c.most, got, c.want)
		}
	}
}
