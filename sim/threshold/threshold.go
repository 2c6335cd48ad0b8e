// Package threshold reads and evaluates the limits that a run must keep. It imports
// sim/metric and sim/result. Examples of thresholds:
//
//	residue < 0.1%
//	p99(setup) < 2.5s
//	share(ACCEPTED) > 60%
//	messages < 6
//
// Numbers are compared as exact fractions, so that an answer depends on no
// machine's arithmetic.
package threshold

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// Threshold is one comparison of a metric with a bound.
type Threshold struct {
	text    string
	metric  metric.Metric
	compare string // one of comparisons
	bound   *big.Rat
	unit    metric.Suffix // in which to show what was measured
}

// String is the text that was read.
func (t Threshold) String() string { return t.text }

// Outcome tells whether a run keeps to a threshold.
type Outcome struct {
	Threshold Threshold
	Held      bool
	Value     string // as measured, in the unit of the bound; empty if nothing was
	Text      string // as answers write it; with more digits if its first three could mislead
}

// Evaluate compares. Where nothing was measured, say because no call was accepted,
// a threshold is missed: it was set in the belief that there is something.
func (t Threshold) Evaluate(r *result.Result) Outcome {
	value, ok := t.metric.Exact(r)
	if !ok {
		return Outcome{Threshold: t}
	}
	o := Outcome{Threshold: t, Held: t.holds(value), Value: show(value, t.unit)}
	number, _ := value.Float64()
	o.Text = t.metric.Unit.Text(number)
	if rounded, err := Parse(t.metric.Name + t.compare + o.Text); err != nil || t.holds(rounded.bound) != o.Held {
		o.Text = o.Value
	}
	return o
}

func (t Threshold) holds(value *big.Rat) bool { return comparisons[t.compare](value.Cmp(t.bound)) }

// Evaluate compares all of them, in order.
func Evaluate(all []Threshold, r *result.Result) []Outcome {
	var outcomes []Outcome
	for _, t := range all {
		outcomes = append(outcomes, t.Evaluate(r))
	}
	return outcomes
}

// String is the end of the sentence that begins with the threshold: held, or
// missed, and the value.
func (o Outcome) String() string {
	verdict := "missed"
	if o.Held {
		verdict = "held"
	}
	if o.Value == "" {
		return verdict + ": nothing was measured"
	}
	return verdict + ": " + o.Value
}

// comparisons tell whether a sign of value - bound will do.
var comparisons = map[string]func(sign int) bool{
	"<":  func(sign int) bool { return sign < 0 },
	"<=": func(sign int) bool { return sign <= 0 },
	">":  func(sign int) bool { return sign > 0 },
	">=": func(sign int) bool { return sign >= 0 },
}

// show keeps six digits after the point, and no zeros at the end. A number that
// is cut off is no longer exact, so the digits are rounded to the nearest.
func show(value *big.Rat, u metric.Suffix) string {
	text := new(big.Rat).Quo(value, u.Size).FloatString(6)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + u.Name
}

// ParseError is a mistake in the text of a threshold, and its place.
type ParseError struct {
	Text    string // the whole threshold
	Column  int    // from 1, in characters
	Problem string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("threshold %q: column %d: %s", e.Text, e.Column, e.Problem)
}
