package study

import (
	"context"
	"flag"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
)

var (
	coverageSeeds = flag.Int("coverage-seeds", 60, "over how many seeds TestCoverage looks at every interval")
	coverageCalls = flag.Int("coverage-calls", 1000, "how many calls each of them has")
)

// coverage is how good the intervals of one measure are, over many seeds.
type coverage struct {
	seeds   int
	covered float64 // share of the intervals that hold the mean over all seeds
	width   float64 // median width, as a multiple of what 95 % of the values lie in
	none    int     // how many seeds have no interval
}

func coverageOf(estimates []result.Estimate) coverage {
	var values, widths []float64
	sum := 0.0
	for _, e := range estimates {
		if e.Known {
			values, sum = append(values, e.Value), sum+e.Value
		}
		if e.Bounded {
			widths = append(widths, e.High-e.Low)
		}
	}
	c := coverage{seeds: len(widths), none: len(estimates) - len(widths)}
	for _, e := range estimates {
		if truth := sum / float64(len(values)); e.Bounded && e.Low <= truth && truth <= e.High {
			c.covered += 1 / float64(c.seeds)
		}
	}
	if c.seeds > 0 {
		c.width = quantile(widths, 0.5) / (quantile(values, 0.975) - quantile(values, 0.025))
	}
	return c
}

func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[int(math.Round(q*float64(len(values)-1)))]
}

// least is what so many seeds must cover of 95 %, less two standard errors.
func (c coverage) least() float64 { return 0.95 - 2*math.Sqrt(0.95*0.05/float64(c.seeds)) }

// TestCoverage: 95 % means that nineteen of twenty intervals hold what all seeds come
// to together, whatever is measured, in a world where phones are seldom away and in
// one where they often are; and that an interval is not much wider than it must be.
func TestCoverage(t *testing.T) {
	for name, options := range coverageWorlds(t) {
		samples := make([]*Sample, *coverageSeeds)
		for seed := range samples {
			options.Seed = uint64(seed + 1)
			var err error
			if samples[seed], err = Play(context.Background(), options, runtime.GOMAXPROCS(0), nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range measures {
			if m.predict != nil {
				continue
			}
			var estimates []result.Estimate
			for _, s := range samples {
				estimates = append(estimates, m.Of(s))
			}
			judge(t, name, m.Name, coverageOf(estimates))
		}
	}
}

func coverageWorlds(t *testing.T) map[string]setup.Options {
	subway, ok := scenario.PresetNamed("subway")
	if !ok {
		t.Fatal("there is no preset subway")
	}
	worlds := map[string]setup.Options{"default": setup.Default(), "subway": subway.Options}
	for name, o := range worlds {
		o.Calls = *coverageCalls
		o.Divide(func(string) bool { return false })
		worlds[name] = o
	}
	return worlds
}

func judge(t *testing.T, world, measure string, c coverage) {
	t.Helper()
	t.Logf("%-8s %-12s %4d seeds: covered %.3f, width %.2f, without %d", world, measure, c.seeds, c.covered, c.width, c.none)
	if c.seeds > 0 && c.covered < c.least() {
		t.Errorf("%s: %.1f %% of the intervals of %s hold its mean over %d seeds", world, 100*c.covered, measure, c.seeds)
	}
	if c.seeds > 0 && c.width > 1.5 {
		t.Errorf("%s: the intervals of %s are %.2f times as wide as what its values lie in", world, measure, c.width)
	}
}
