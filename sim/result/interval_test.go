package result

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/property"
)

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

// alike are twenty groups of worlds that have all counted the same.
func alike(n, of float64) []Part {
	parts := make([]Part, 20)
	for i := range parts {
		parts[i] = Part{n / 20, of / 20}
	}
	return parts
}

// halves are twenty groups, half of them with one count and half with another.
func halves(a, b Part) []Part {
	parts := make([]Part, 20)
	for i := range parts {
		parts[i] = []Part{a, b}[i%2]
	}
	return parts
}

// TestShareOfAlikeWorlds: they are as sure as their calls, which has been published:
// Newcombe, Statistics in Medicine 17 (1998), table I, method 6, to four decimals. Of a
// million calls, the ends are those of a Poisson distribution.
func TestShareOfAlikeWorlds(t *testing.T) {
	for _, c := range []struct{ n, of, low, high, within float64 }{
		{81, 263, 0.2544, 0.3658, 5e-5}, {15, 148, 0.0601, 0.1581, 5e-5}, {0, 20, 0, 0.1391, 5e-5}, {1, 29, 0.0017, 0.1585, 5e-5},
		{20, 20, 1 - 0.1391, 1, 5e-5}, {28, 29, 1 - 0.1585, 1 - 0.0017, 5e-5},
		{0, 1e6, 0, 2.995732e-6, 1e-10}, {100, 1e8, 0.8179e-6, 1.2110e-6, 1e-10},
	} {
		e := Share(alike(c.n, c.of))
		if !e.Known || !e.Bounded || !near(e.Value, c.n/c.of, 1e-9) || !near(e.Low, c.low, c.within) || !near(e.High, c.high, c.within) {
			t.Errorf("%v of %v: %+v, want %v to %v", c.n, c.of, e, c.low, c.high)
		}
	}
}

// TestShareOfWorldsApart, by hand: of 20 worlds of 100 calls, half have 10 and half 30,
// so the share is 0.2. A world lies 10 calls off, which is 0.005 of all; the variance
// is 20/19·20·0.005² = 0.00052632. Half a world more, of those that have 30, makes
// 0.2025 of it, with 0.00053882. Student's t of 19 degrees is 2.0930 and not 1.9600, so
// the worlds are as sure as 0.2025·0.7975/(0.00053882·1.14038) = 262.82 calls.
func TestShareOfWorldsApart(t *testing.T) {
	parts := halves(Part{10, 100}, Part{30, 100})
	s := spreadOf(parts)
	if trials := s.trials(0.5, s.most); !near(trials.n, 262.82, 0.01) || !near(trials.x, 0.2025*262.82, 0.01) {
		t.Errorf("%+v", trials)
	}
	apart, together := Share(parts), Share(alike(400, 2000))
	if wider := (apart.High - apart.Low) / (together.High - together.Low); !near(wider, 2.85, 0.1) {
		t.Errorf("%+v is %v times as wide as %+v", apart, wider, together)
	}
}

// TestShareIsNeverSurerThanItsCalls: worlds that lie nearer to each other than chance
// would have it say nothing more.
func TestShareIsNeverSurerThanItsCalls(t *testing.T) {
	if near, alike := Share(halves(Part{19, 100}, Part{21, 100})), Share(alike(400, 2000)); near.High < alike.High || near.Low > alike.Low {
		t.Errorf("%+v and %+v", near, alike)
	}
}

// TestShareHoldsItsValue, for every count of small samples; it grows with the count.
func TestShareHoldsItsValue(t *testing.T) {
	for of := 1; of <= 60; of++ {
		before := Estimate{}
		for n := range of + 1 {
			e := Share(alike(float64(n), float64(of)))
			if !(0 <= e.Low && e.Low <= e.Value && e.Value <= e.High && e.High <= 1) || e.Low < before.Low || e.High < before.High {
				t.Errorf("%d of %d: %+v after %+v", n, of, e, before)
			}
			before = e
		}
	}
}

// TestGamma: a count of 10 is from 4.795 to 18.39 (Clopper and Pearson's ends, for a
// Poisson distribution), and a gamma distribution of many is nearly normal.
func TestGamma(t *testing.T) {
	for _, c := range []struct{ mean, variance, p, want, within float64 }{
		{10, 10, 0.025, 4.7954, 1e-4}, {11, 11, 0.975, 18.3904, 1e-4}, {1000, 1e-2, 0.975, 1000.195996, 2e-5},
	} {
		if got := gamma(c.mean, c.variance, c.p); !near(got, c.want, c.within) {
			t.Errorf("mean %v, variance %v, p %v: %v, want %v", c.mean, c.variance, c.p, got, c.want)
		}
	}
}

// TestMean, by hand: of 20 worlds of 100 calls, half have 400 messages and half 600, so
// the mean is 5. A world lies 100 messages off, which is 0.05 of a call; the variance is
// 20/19·20·0.05² = 0.052632, and for 19 degrees 1.14038 times so much. The upper end has
// one more of those that have 600: the mean is 5.05, the variance 0.055132.
func TestMean(t *testing.T) {
	e := Mean(halves(Part{400, 100}, Part{600, 100}))
	low, high := gamma(5, 0.052632*1.14038, 0.025), gamma(5.05, 0.055132*1.14038, 0.975)
	if e.Value != 5 || !e.Bounded || !near(e.Low, low, 1e-4) || !near(e.High, high, 1e-4) {
		t.Errorf("%+v, want %v to %v", e, low, high)
	}
	if !near(low, 5-1.96*0.245, 0.02) || !near(high, 5.05+1.96*0.2508, 0.03) {
		t.Errorf("%v to %v is far from normal", low, high)
	}
}

// TestDifference, by hand: in half of the worlds B has 2 more of 100 than A, in the
// others 6 more, so the difference is 0.04. A world lies 2 off, which is 0.001 of all;
// the variance is 20/19·20·0.001² = 0.0000210526, and one more world as far off on
// either side makes it 0.0000220526.
func TestDifference(t *testing.T) {
	a, b := halves(Part{10, 100}, Part{40, 100}), halves(Part{12, 100}, Part{46, 100})
	e, back := Difference(a, b), Difference(b, a)
	half := 0.001 + 2.093024*math.Sqrt(0.0000220526)
	if !near(e.Value, 0.04, 1e-9) || !near(e.Low, 0.04-half, 1e-6) || !near(e.High, 0.04+half, 1e-6) {
		t.Errorf("%+v, want 0.04 ± %v", e, half)
	}
	if back.Value != -e.Value || back.Low != -e.High || back.High != -e.Low {
		t.Errorf("%+v there, %+v back", e, back)
	}
	if same := Difference(a, a); !same.Known || same.Value != 0 || same.Bounded || same.Why != identical {
		t.Errorf("a compared with itself: %+v", same)
	}
}

// latencies are twenty groups in which the durations from 1 to 100 ms come so often.
func latencies(times func(group, ms int) int) []Latency {
	groups := make([]Latency, 20)
	for i := range groups {
		for ms := 1; ms <= 100; ms++ {
			for range times(i, ms) {
				groups[i].Record(int64(ms) * int64(time.Millisecond))
			}
		}
	}
	return groups
}

// TestPercentile: of 2000 durations in alike worlds, the median is known to about
// 1.96·√(2000/4) = 44 ranks, which are 2.2 ms here. It is less sure if worlds have short
// ones or long ones.
func TestPercentile(t *testing.T) {
	e := Percentile(50, latencies(func(int, int) int { return 1 }))
	if !e.Bounded || !near(e.Value, 0.050, 1e-4) || !near(e.Low, 0.048, 1e-4) || !near(e.High, 0.053, 1e-4) {
		t.Errorf("%+v", e)
	}
	apart := Percentile(50, latencies(func(group, ms int) int {
		if (ms <= 50) == (group < 10) {
			return 2
		}
		return 0
	}))
	if !apart.Bounded || apart.High-apart.Low < 0.02 {
		t.Errorf("half of the worlds fast and half slow: %+v", apart)
	}
}

// changed are the worlds of alike(100, 2000), some of which have one more.
func changed(worlds int) []Part {
	parts := alike(100, 2000)
	for i := range worlds {
		parts[i].N++
	}
	return parts
}

// TestNoInterval: what there is too little of has no interval, and says why.
func TestNoInterval(t *testing.T) {
	once := func(int, int) int { return 1 }
	for why, e := range map[string]Estimate{
		nothing:   Share(alike(0, 0)),
		fewGroups: Share(alike(100, 2000)[:19]),
		fewValues: Mean(halves(Part{1, 20}, Part{2, 20})),
		identical: Mean(alike(100, 2000)),
		fewBeyond: Percentile(99.5, latencies(once)),
	} {
		if e.Bounded || e.Why != why || e.Known != (why != nothing) {
			t.Errorf("%q: %+v", why, e)
		}
	}
	for why, e := range map[string]Estimate{
		nothing: Percentile(50, make([]Latency, 30)), fewGroups: Mean(alike(1, 2)[:1]), fewDiffer: Difference(alike(100, 2000), changed(5)),
	} {
		if e.Bounded || e.Why != why {
			t.Errorf("%q: %+v", why, e)
		}
	}
	if e := Difference(alike(100, 2000), changed(6)); !e.Bounded {
		t.Errorf("six worlds differ: %+v", e)
	}
	// A world in which nothing was measured does not count as one.
	if e := Share(append(alike(100, 2000)[:19], make([]Part, 50)...)); e.Why != fewGroups {
		t.Errorf("%+v", e)
	}
	if e := Percentile(50, append(latencies(once)[:19], make([]Latency, 50)...)); e.Why != fewGroups {
		t.Errorf("%+v", e)
	}
}

func TestEstimateText(t *testing.T) {
	text := func(x float64) string { return time.Duration(x * float64(time.Second)).String() }
	for want, e := range map[string]Estimate{
		"–":                      {Why: nothing},
		"1s":                     {Value: 1, Known: true},
		"1s (500ms to 2s)":       {Value: 1, Low: 0.5, High: 2, Known: true, Bounded: true},
		"1s (" + fewGroups + ")": {Value: 1, Known: true, Why: fewGroups},
	} {
		if got := e.Text(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, e := range map[string]Estimate{
		`{"value":null,"low":null,"high":null,"no_interval":"no values"}`: {Why: nothing},
		`{"value":1,"low":0.5,"high":2}`:                                  {Value: 1, Low: 0.5, High: 2, Known: true, Bounded: true},
	} {
		if got, err := json.Marshal(e); err != nil || string(got) != want {
			t.Errorf("%s, want %s (%v)", got, want, err)
		}
	}
}

// TestSameOnEveryMachine: processors that multiply and add in one step differ in the
// last bits, and the digits that are kept must not.
func TestSameOnEveryMachine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		parts, disturbed := make([]Part, 40), make([]Part, 40)
		for i := range parts {
			of := 100 + random.IntN(1000)
			parts[i] = Part{float64(random.IntN(of)), float64(of)}
			disturbed[i] = Part{parts[i].N * (1 + 1e-14*random.Float64()), parts[i].Of * (1 - 1e-14*random.Float64())}
		}
		for name, estimate := range map[string]func([]Part) Estimate{"share": Share, "mean": Mean} {
			if a, b := estimate(parts), estimate(disturbed); a != b {
				t.Fatalf("%s: %+v here, %+v there", name, a, b)
			}
		}
	}
}

// TestGroups: worlds count in any order, in any number of sums, and twice as many as
// there are groups are as sure as they are, not as sure as one world each.
func TestGroups(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	worlds := make([]*Result, 2*groups)
	for i := range worlds {
		r := New()
		r.Calls, r.Worlds, r.AcceptCalls = 100, 1, 50+random.Uint64N(50)
		r.Pairs[property.CallerAccepted][property.CalleeOffline] = random.Uint64N(1 + 10*uint64(i%2))
		for range 100 {
			r.Accepted.Record(random.Int64N(int64(time.Second)))
		}
		worlds[i] = r
	}
	one, two := New(), []*Result{New(), New()}
	for i, r := range worlds {
		one.AddWorld(i, r)
		back := len(worlds) - 1 - i
		two[i%3%2].AddWorld(back, worlds[back])
	}
	two[1].Add(two[0])
	accepted := func(r *Result) Latency { return r.Accepted }
	if a, b := one.Share(Residues), two[1].Share(Residues); a != b || !a.Bounded || a.Value == 0 {
		t.Errorf("%+v in one sum, %+v in two", a, b)
	}
	if a, b := one.Percentile(90, accepted), two[1].Percentile(90, accepted); a != b || !a.Bounded {
		t.Errorf("%+v in one sum, %+v in two", a, b)
	}
	if len(one.parts(Residues)) != groups {
		t.Errorf("%d groups", len(one.parts(Residues)))
	}
	// What was added without its worlds is known, and nobody knows how well.
	flat := New()
	flat.Add(worlds[1])
	if e := flat.Share(Residues); !e.Known || e.Bounded || e.Why != fewGroups {
		t.Errorf("%+v", e)
	}
}
