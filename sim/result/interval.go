// Intervals: how sure an estimate is. The calls of one world share phones, and fail
// together when a phone is away, so they are no independent trials. Worlds are: every
// interval comes from how far groups of whole worlds lie apart.

package result

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Estimate is a value with its 95 % confidence interval.
type Estimate struct {
	Value, Low, High float64
	Known            bool   // there was something to measure
	Bounded          bool   // there are Low and High
	Why              string // there is no interval; empty if there is, or need be none
}

// What an interval needs, and what an estimate says that has less: few worlds say
// little about how far worlds lie apart, and few values nothing about the rare long
// ones that a mean depends on. If fewer than six worlds differ, even a sign test that
// finds all of them on one side cannot tell them from chance.
const (
	minGroups, fewGroups = 20, "values from fewer than 20 worlds"
	minValues, fewValues = 500, "fewer than 500 values"
	minBeyond, fewBeyond = 50, "fewer than 50 values beyond it"
	minDiffer, fewDiffer = 6, "fewer than 6 worlds differ"

	nothing   = "no values"
	identical = "the same in every world"
)

// Part is what one group of worlds adds to a ratio of two sums.
type Part struct{ N, Of float64 }

// Share estimates a probability. It takes the sample for one of as many independent
// trials as would be equally sure, and never more than there were (Korn and Graubard,
// Survey Methodology 24, 1998), with the mid-P interval of a binomial distribution,
// which does for none of them, too. Mid-P counts half of a trial more on either side,
// and we half of the group of worlds that lies farthest off.
func Share(parts []Part) Estimate {
	s := spreadOf(parts)
	s.value = min(1, s.value) // a broken engine has more residue than accepts
	e := s.estimate(0)
	if e.Why != "" {
		return e
	}
	return e.bounded(s.trials(0.5, s.least).limit(1-outside), s.trials(0.5, s.most).limit(outside))
}

// Mean estimates a ratio that is no probability: a mean of times, a number of messages.
// Rare cases can make up a large part of it, and many samples have seen none of them.
// So it takes the sample for one of as many independent cases as would be equally sure,
// and the next case for one as heavy as the heaviest group of worlds (Fay and Feuer,
// Statistics in Medicine 16, 1997).
func Mean(parts []Part) Estimate {
	s := spreadOf(parts)
	e := s.estimate(minValues)
	if e.Why != "" {
		return e
	}
	sure := s.sureness()
	low := gamma(s.value, s.variance()*sure, outside)
	high := gamma(s.value+s.most, (s.variance()+float64(s.most*s.most))*sure, 1-outside)
	return e.bounded(low, high)
}

// Difference estimates by how much the ratio of b exceeds that of a, with Student's t
// (Cochran, Sampling Techniques, 1977, §6.4). Both are of the same worlds, one by one,
// played twice with the same random draws. Here, too, a world as extreme as the most
// extreme one may come next, on either side.
func Difference(a, b []Part) Estimate {
	left, right := spreadOf(a), spreadOf(b)
	s := spread{value: right.value - left.value, of: min(left.of, right.of)}
	differ := 0
	for i := range a {
		if a[i].Of+b[i].Of > 0 {
			s.add(right.off(b[i]) - left.off(a[i]))
		}
		if a[i].N != b[i].N {
			differ++
		}
	}
	e := s.estimate(0)
	switch {
	case e.Why != "":
		return e
	case differ == 0:
		e.Why = identical
		return e
	case differ < minDiffer:
		e.Why = fewDiffer
		return e
	}
	t := student(s.groups)
	half := func(off float64) float64 { return float64(t * math.Sqrt(s.variance()+float64(off*off))) }
	return e.bounded(s.value+s.least-half(s.least), s.value+s.most+half(s.most))
}

// spread is the ratio of two sums and how far groups of worlds lie from it: by how
// much it would grow if a group came once more, and were as large as the others.
type spread struct {
	value, of   float64
	groups      int
	squares     float64
	least, most float64
}

func spreadOf(parts []Part) spread {
	var n float64
	var s spread
	for _, p := range parts {
		n, s.of = n+p.N, s.of+p.Of
	}
	s.value = n / max(1, s.of)
	for _, p := range parts {
		if p.Of > 0 {
			s.add(s.off(p))
		}
	}
	return s
}

func (s *spread) off(p Part) float64 { return (p.N - float64(s.value*p.Of)) / max(1, s.of) }

func (s *spread) add(off float64) {
	s.groups++
	s.squares += float64(off * off)
	s.least, s.most = min(s.least, off), max(s.most, off)
}

func (s *spread) variance() float64 {
	return float64(s.squares*float64(s.groups)) / float64(s.groups-1)
}

// estimate is one without its interval: it says so if there is none. A share needs no
// values that differ, because it is known how rare cases differ from the others.
func (s *spread) estimate(least float64) Estimate {
	e := Estimate{Value: digits(s.value, 9), Known: s.of > 0}
	switch {
	case !e.Known:
		e.Why = nothing
	case s.groups < minGroups:
		e.Why = fewGroups
	case least > 0 && s.squares == 0:
		e.Why = identical
	case s.of < least:
		e.Why = fewValues
	}
	return e
}

// bounded is an estimate with an interval.
func (e Estimate) bounded(low, high float64) Estimate {
	e.Low, e.High, e.Bounded = digits(low, 6), digits(high, 6), true
	return e
}

// outside is the probability of being beyond one end of an interval.
const outside = 0.025

// student is the quantile of Student's t for so many groups.
func student(groups int) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(groups - 1)}.Quantile(1 - outside)
}

// sureness is by how much larger a variance must be taken than so few groups say.
func (s *spread) sureness() float64 {
	ratio := student(s.groups) / distuv.UnitNormal.Quantile(1-outside)
	return float64(ratio * ratio)
}

// gamma is the quantile of a gamma distribution with that mean and variance.
func gamma(mean, variance, p float64) float64 {
	return distuv.Gamma{Alpha: float64(mean*mean) / variance, Beta: mean / variance}.Quantile(p)
}

// trials are independent ones that are as sure as the worlds: x of n, neither of them
// whole.
type trials struct{ x, n float64 }

// trials has so many more groups in it, which lie as far off as that.
func (s *spread) trials(more, off float64) trials {
	p, n := max(0, min(1, s.value+float64(more*off))), s.of
	variance := s.variance() + float64(more*float64(off*off))
	if variance > 0 && p > 0 && p < 1 {
		n = min(n, float64(p*(1-p))/float64(variance*s.sureness()))
	}
	return trials{float64(p * n), n}
}

// tail is how probable it is to see x or less, where x itself counts half, if each of
// the trials is one with the probability p.
func (t trials) tail(p float64) float64 {
	less, notMore := 0.0, 1.0
	if t.x > 0 {
		less = 1 - mathext.RegIncBeta(t.x, t.n-t.x+1, p)
	}
	if t.x < t.n {
		notMore = 1 - mathext.RegIncBeta(t.x+1, t.n-t.x, p)
	}
	return (less + notMore) / 2
}

// limit is the probability with that tail: an end of the interval.
func (t trials) limit(tail float64) float64 {
	switch {
	case t.x == 0 && tail > 0.5:
		return 0
	case t.x == t.n && tail < 0.5:
		return 1
	}
	low, high := 0.0, 1.0
	for range 60 {
		middle := (low + high) / 2
		if t.tail(middle) > tail {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// digits keeps so many of them: nine of a value, six of the ends of an interval. The
// others say nothing, and need not be the same on every machine.
func digits(x float64, n int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', n-1, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}

// Text is the value with its interval, or with the reason why it has none.
func (e Estimate) Text(text func(float64) string) string {
	switch {
	case !e.Known:
		return "–"
	case e.Bounded:
		return text(e.Value) + " " + e.Bracket(text)
	case e.Why != "":
		return text(e.Value) + " (" + e.Why + ")"
	}
	return text(e.Value)
}

// Bracket is the interval: (0.053 to 0.107 %). It is empty if there is none.
func (e Estimate) Bracket(text func(float64) string) string {
	if !e.Bounded {
		return ""
	}
	return "(" + strings.TrimSuffix(text(e.Low), " %") + " to " + text(e.High) + ")"
}

// MarshalJSON has null for what is not known, and says why if there is no interval.
func (e Estimate) MarshalJSON() ([]byte, error) {
	var out struct {
		Value *float64 `json:"value"`
		Low   *float64 `json:"low"`
		High  *float64 `json:"high"`
		Why   string   `json:"no_interval,omitempty"`
	}
	out.Why = e.Why
	if e.Known {
		out.Value = &e.Value
	}
	if e.Bounded {
		out.Low, out.High = &e.Low, &e.High
	}
	return json.Marshal(out)
}
