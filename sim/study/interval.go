// Intervals: how sure an estimate is.

package study

import (
	"math"
	"strconv"
)

// Estimate is a value with its 95 % confidence interval.
type Estimate struct {
	Value, Low, High float64
	Known            bool // there was something to measure
	Bounded          bool // there was enough for Low and High
}

// normal95 is the quantile of the normal distribution that leaves 2.5 % above.
const normal95 = 1.959963984540054

// Wilson estimates a probability from n of so many trials with the score interval,
// which is honest for rates near 0 (Wilson, JASA 1927). z is the quantile of the
// normal distribution: 1.96 for an interval of 95 %. It takes the trials as
// independent of each other.
func Wilson(n, of, z float64) Estimate {
	if of == 0 {
		return Estimate{}
	}
	p := min(1, n/of)
	scale := 1 + z*z/of
	middle := (p + z*z/(2*of)) / scale
	half := z / scale * math.Sqrt(p*(1-p)/of+z*z/(4*of*of))
	e := Estimate{Value: p, Low: max(0, middle-half), High: min(1, middle+half), Known: true, Bounded: true}
	if n == 0 {
		e.Low = 0 // and not what rounding leaves of a difference
	}
	return e.rounded()
}

// ofRatios estimates the ratio of two sums over worlds, each an independent sample,
// with the ratio estimator and Student's t (Cochran, Sampling Techniques, 1977, §6.4).
func ofRatios(worlds []ratio) Estimate {
	var n, of float64
	for _, w := range worlds {
		n, of = n+w.n, of+w.of
	}
	if of == 0 {
		return Estimate{}
	}
	count := float64(len(worlds))
	e := Estimate{Value: n / of, Known: true}
	if len(worlds) >= 2 {
		var squares float64
		for _, w := range worlds {
			off := w.n - float64(e.Value*w.of)
			squares += float64(off * off)
		}
		half := student95(len(worlds)-1) * math.Sqrt(squares/(count-1)/count) / (of / count)
		e.Low, e.High, e.Bounded = e.Value-half, e.Value+half, true
	}
	return e.rounded()
}

// ofMean estimates the mean of independent values with Student's t.
func ofMean(values []float64) Estimate {
	ones := make([]ratio, len(values))
	for i, v := range values {
		ones[i] = ratio{v, 1}
	}
	return ofRatios(ones)
}

// ofPercentile estimates what p percent of so many values do not exceed. quantile
// reads a percentile from the values. The interval is that of order statistics: it
// assumes nothing about the distribution.
func ofPercentile(p float64, count int64, quantile func(p float64) float64) Estimate {
	if count == 0 {
		return Estimate{}
	}
	e := Estimate{Value: quantile(p), Known: true}
	half := normal95 * math.Sqrt(p*(100-p)/float64(count))
	if p-half > 0 && p+half < 100 { // otherwise the sample has no value that bounds it
		e.Low, e.High, e.Bounded = quantile(p-half), quantile(p+half), true
	}
	return e.rounded()
}

// student95 is the quantile of Student's t that leaves 2.5 % above: a table for few
// degrees of freedom, then the expansion of Cornish and Fisher (Abramowitz and
// Stegun 26.7.5).
func student95(freedom int) float64 {
	if freedom <= len(fewFreedom) {
		return fewFreedom[freedom-1]
	}
	const z = normal95
	const z2 = z * z
	n := float64(freedom)
	return z *
		(1 + (z2+1)/(4*n) +
			((5*z2+16)*z2+3)/(96*n*n) +
			(((3*z2+19)*z2+17)*z2-15)/(384*n*n*n) +
			((((79*z2+776)*z2+1482)*z2-1920)*z2-945)/(92160*n*n*n*n))
}

// fewFreedom is the quantile for 1, 2, 3 … degrees of freedom.
var fewFreedom = [...]float64{
	12.70620, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
	2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
}

func (e Estimate) rounded() Estimate {
	e.Value, e.Low, e.High = digits(e.Value), digits(e.Low), digits(e.High)
	return e
}

// digits keeps nine of them: the others say nothing, and need not be the same on
// every machine.
func digits(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 8, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}
