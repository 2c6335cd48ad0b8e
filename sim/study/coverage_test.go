package study

import (
	"context"
	"flag"
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
)

var (
	coverageSeeds = flag.Int("coverage-seeds", 30, "over how many seeds TestCoverage looks at every interval")
	coverageFirst = flag.Uint64("coverage-first", 1, "the first of these seeds")
	coverageCalls = flag.Int("coverage-calls", 1000, "how many calls each of them has")
)

// coverage is how good the intervals of one measure are, over many seeds.
type coverage struct {
	seeds   int
	covered float64 // share of the intervals that hold the value of all seeds together
	width   float64 // median width, as a multiple of what 95 % of the values lie in
	none    int     // how many seeds have no interval
	rare    bool    // many seeds have the same value: they have seen no case, or one
}

func coverageOf(truth float64, estimates []result.Estimate) coverage {
	var values, widths []float64
	for _, e := range estimates {
		if e.Known {
			values = append(values, e.Value)
		}
		if e.Bounded {
			widths = append(widths, e.High-e.Low)
		}
	}
	c := coverage{seeds: len(widths), none: len(estimates) - len(widths)}
	for _, e := range estimates {
		if e.Bounded && e.Low <= truth && truth <= e.High {
			c.covered += 1 / float64(c.seeds)
		}
	}
	slices.Sort(values)
	for i := range values {
		last := i + len(values)/4
		c.rare = c.rare || last < len(values) && values[i] == values[last]
	}
	if c.seeds > 0 {
		least, most := quantile(values, 0.025), quantile(values, 0.975)
		if least == most { // an accept that fails takes the accept time, to three digits
			most += most / 1000
		}
		c.width = quantile(widths, 0.5) / (most - least)
	}
	return c
}

func meanOf(estimates []result.Estimate) float64 {
	sum, known := 0.0, 0.0
	for _, e := range estimates {
		if e.Known {
			sum, known = sum+e.Value, known+1
		}
	}
	return sum / known
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
		estimates, all := map[string][]result.Estimate{}, result.New()
		for seed := range *coverageSeeds {
			options.Seed = *coverageFirst + uint64(seed)
			sample, err := Play(context.Background(), options, runtime.GOMAXPROCS(0), nil)
			if err != nil {
				t.Fatal(err)
			}
			all.Add(sample.Total)
			for _, m := range measures {
				estimates[m.Name] = append(estimates[m.Name], m.Of(sample))
			}
		}
		for _, m := range measures {
			if m.predict == nil {
				judge(t, name, m.Name, coverageOf(m.Estimate(all).Value, estimates[m.Name]))
			}
		}
	}
}

// TestCoverageOfDifferences is the same for comparisons: with a longer accept time,
// which changes many calls, and with more loss, which hardly changes how they end.
func TestCoverageOfDifferences(t *testing.T) {
	if *coverageSeeds < manySeeds {
		t.Skip("plays for a minute: ask for it with -coverage-seeds 200")
	}
	for name, a := range coverageWorlds(t) {
		patient, lossy := a, a
		patient.Engine.Times.Accept = 32 * time.Second
		lossy.Loss += 0.02
		for side, b := range map[string]setup.Options{"accept 32s": patient, "loss +2%": lossy} {
			estimates := map[string][]result.Estimate{}
			for seed := range *coverageSeeds {
				a.Seed = *coverageFirst + uint64(seed)
				b.Seed = a.Seed
				c, err := Compare(context.Background(), Side{Options: a}, Side{Options: b}, runtime.GOMAXPROCS(0), nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range c.Differences {
					estimates[d.Measure.Name] = append(estimates[d.Measure.Name], d.Minus)
				}
				estimates["same"] = append(estimates["same"], c.Same)
			}
			for _, measure := range slices.Sorted(maps.Keys(estimates)) {
				judge(t, name+", "+side, measure, coverageOf(meanOf(estimates[measure]), estimates[measure]))
			}
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

// manySeeds are as many as it takes to know what 95 % of the values lie in.
const manySeeds = 100

// judge fails for intervals that hold too little, and for wide ones. Of rare cases, 95 %
// of the seeds see no more than one or two, and no interval that covers is as short as
// that: for none of n it must reach to 3/n. Where most seeds have no interval, those that
// have one are seeds in which much happened, and their widths say nothing.
func judge(t *testing.T, world, measure string, c coverage) {
	t.Helper()
	t.Logf("%-20s %-12s %4d seeds: covered %.3f, width %.2f, without %d", world, measure, c.seeds, c.covered, c.width, c.none)
	if c.seeds > 0 && c.covered < c.least() {
		t.Errorf("%s: %.1f %% of the intervals of %s hold its value over all of %d seeds", world, 100*c.covered, measure, c.seeds)
	}
	widest := 1.5
	if c.rare {
		widest = 2
	}
	if c.seeds+c.none >= manySeeds && c.seeds > c.none && c.width > widest {
		t.Errorf("%s: the intervals of %s are %.2f times as wide as what its values lie in", world, measure, c.width)
	}
}
