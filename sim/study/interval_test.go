package study

import (
	"fmt"
	"math"
	"testing"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
)

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

// TestStudent integrates the density of Student's t up to the quantile: 2.5 % must
// be left above.
func TestStudent(t *testing.T) {
	for _, freedom := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 30, 40, 99, 999} {
		n := float64(freedom)
		up, _ := math.Lgamma((n + 1) / 2)
		down, _ := math.Lgamma(n / 2)
		scale := math.Exp(up-down) / math.Sqrt(n*math.Pi)
		density := func(x float64) float64 { return scale * math.Pow(1+x*x/n, -(n+1)/2) }
		const steps = 20_000
		width := student95(freedom) / steps
		sum := density(0) + density(student95(freedom))
		for i := 1; i < steps; i++ {
			sum += density(float64(i)*width) * float64(2+2*(i%2))
		}
		if share := 0.5 + sum*width/3; !near(share, 0.975, 2e-7) {
			t.Errorf("%d degrees of freedom: %v has %.9f below it", freedom, student95(freedom), share)
		}
	}
}

// TestWilson: the two ends are where the score test would just not reject, and the
// residue that reports print has the same interval.
func TestWilson(t *testing.T) {
	for _, c := range []struct{ n, of float64 }{{0, 10}, {1, 10}, {5, 10}, {10, 10}, {3, 20000}, {37, 63291}} {
		e := Wilson(c.n, c.of, normal95)
		if e.Value != digits(c.n/c.of) || !e.Known || !e.Bounded || e.Low > e.Value || e.High < e.Value {
			t.Errorf("%v of %v: %+v", c.n, c.of, e)
		}
		for _, end := range []float64{e.Low, e.High} {
			if end == 0 || end == 1 {
				continue
			}
			z := math.Abs(c.n/c.of-end) / math.Sqrt(end*(1-end)/c.of)
			if !near(z, normal95, 1e-5) {
				t.Errorf("%v of %v: the end %v is %v deviations away", c.n, c.of, end, z)
			}
		}
		r := result.New()
		r.AcceptCalls = uint64(c.of)
		r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = uint64(c.n)
		printed := report.ResidueOf(r)
		if !near(printed.Rate, e.Value, 1e-9) || !near(printed.Low, e.Low, 1e-9) || !near(printed.High, e.High, 1e-9) {
			t.Errorf("%v of %v: %+v here, %+v in reports", c.n, c.of, e, printed)
		}
	}
	if e := Wilson(0, 0, normal95); e.Known {
		t.Errorf("of nothing: %+v", e)
	}
}

// TestOfMean: by hand, 1, 2, 3, 6 has mean 3 and deviation √(14/3), so the half
// width is 3.182446·√(14/3)/2.
func TestOfMean(t *testing.T) {
	half := 3.182446 * math.Sqrt(14.0/3) / 2
	e := ofMean([]float64{1, 2, 3, 6})
	if e.Value != 3 || !near(e.Low, 3-half, 1e-7) || !near(e.High, 3+half, 1e-7) {
		t.Errorf("%+v, want 3 ± %v", e, half)
	}
	if e := ofMean([]float64{4}); !e.Known || e.Bounded || e.Value != 4 {
		t.Errorf("one value: %+v", e)
	}
	if e := ofMean(nil); e.Known || e.Bounded {
		t.Errorf("no value: %+v", e)
	}
}

// TestOfRatios: worlds of different sizes count by their size, and worlds that all
// have the same ratio leave nothing open.
func TestOfRatios(t *testing.T) {
	e := ofRatios([]ratio{{10, 100}, {1, 10}, {50, 500}})
	if e.Value != 0.1 || !near(e.Low, 0.1, 1e-9) || !near(e.High, 0.1, 1e-9) || !e.Bounded {
		t.Errorf("%+v", e)
	}
	// By hand: ratio 0.2, residuals -10 and 10, so s² = 200, the error of the mean
	// part is √(200/2) = 10, and the mean whole is 75.
	e = ofRatios([]ratio{{10, 100}, {20, 50}})
	if half := 12.70620 * 10 / 75; e.Value != 0.2 || !near(e.High-0.2, half, 1e-6) || !near(0.2-e.Low, half, 1e-6) {
		t.Errorf("%+v, want 0.2 ± %v", e, half)
	}
	if e := ofRatios([]ratio{{0, 0}, {0, 0}}); e.Known {
		t.Errorf("of nothing: %+v", e)
	}
}

// TestOfPercentile: with 10,000 values the median's ends are 98 ranks away, and a
// percentile that the sample cannot bound says so.
func TestOfPercentile(t *testing.T) {
	rank := func(p float64) float64 { return p * 100 } // of 10,000 values 1, 2, 3 …
	e := ofPercentile(50, 10_000, rank)
	if !e.Bounded || e.Value != 5000 || !near(e.Low, 5000-98, 0.1) || !near(e.High, 5000+98, 0.1) {
		t.Errorf("%+v", e)
	}
	if e := ofPercentile(99, 100, rank); !e.Known || e.Bounded {
		t.Errorf("p99 of 100 values: %+v", e)
	}
	if e := ofPercentile(50, 0, func(float64) float64 { panic("asked") }); e.Known {
		t.Errorf("of nothing: %+v", e)
	}
}

func TestDigits(t *testing.T) {
	for x, want := range map[float64]string{1.0 / 3: "0.333333333", 1.2345678912e-20: "1.23456789e-20", 0: "0", -2.0 / 3: "-0.666666667"} {
		if got := fmt.Sprint(digits(x)); got != want {
			t.Errorf("digits(%v) = %s, want %s", x, got, want)
		}
	}
}
