// Reading the text of a threshold.

package threshold

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/result"
)

// The shape: a metric, perhaps as the argument of a statistic, a comparison, a
// number and its unit. Digits are few: a fraction is as long as its text.
var (
	metricShape = regexp.MustCompile(`^([a-z_]+[0-9.]*)(?:\s*\(\s*([A-Za-z_/]+)\s*\))?`)
	boundShape  = regexp.MustCompile(`^([0-9]{1,15}(?:\.[0-9]{1,12})?)\s*([A-Za-z%/]*)$`)
	longBound   = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?\s*[A-Za-z%/]*$`)
)

// Parse reads a threshold. Its error is a *ParseError.
func Parse(text string) (Threshold, error) {
	t := Threshold{text: strings.TrimSpace(text)}
	at := len(text) - len(strings.TrimLeft(text, " \t\r\n")) // how far it has been read
	failed := func(format string, args ...any) (Threshold, error) {
		return Threshold{}, &ParseError{Text: text, Column: len([]rune(text[:at])) + 1, Problem: fmt.Sprintf(format, args...)}
	}
	skip := func(n int) {
		at += n
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n"))
	}

	head := metricShape.FindStringSubmatchIndex(text[at:])
	if head == nil {
		return failed("not a threshold such as p99(accepted_ms) < 2500")
	}
	function, argument := text[at:at+head[3]], ""
	if head[4] >= 0 {
		argument = text[at+head[4] : at+head[5]]
	}
	if offset, err := t.choose(function, argument); err != nil {
		if offset {
			at += head[4]
		}
		return failed("%v", err)
	}
	skip(head[1])

	t.compare = text[at:min(len(text), at+2)]
	if comparisons[t.compare] == nil {
		t.compare = text[at:min(len(text), at+1)]
	}
	if comparisons[t.compare] == nil {
		return failed("a comparison is missing: <, <=, > or >=")
	}
	skip(len(t.compare))

	rest := strings.TrimRight(text[at:], " \t\r\n")
	bound := boundShape.FindStringSubmatchIndex(rest)
	if bound == nil && longBound.MatchString(rest) {
		return failed("a number must have at most 15 digits before the point and 12 after it")
	}
	if bound == nil {
		return failed("not a number such as 2500, 0.001 or 60%%")
	}
	number, name := text[at+bound[2]:at+bound[3]], text[at+bound[4]:at+bound[5]]
	t.unit = t.metric.units[0]
	if name != "" {
		index := slices.IndexFunc(t.metric.units, func(u unit) bool { return u.name == name })
		if index < 0 {
			at += bound[4]
			return failed("%q is no unit of %s; %s", name, t.metric.name, t.metric.unitNames())
		}
		t.unit = t.metric.units[index]
	}
	t.bound, _ = new(big.Rat).SetString(number)
	t.bound.Mul(t.bound, t.unit.times)
	return t, nil
}

// choose finds out what to measure. Of an error it tells whether the argument is
// at fault.
func (t *Threshold) choose(function, argument string) (inArgument bool, err error) {
	if t.metric = metricNamed(function); t.metric == nil {
		return t.chooseStatistic(function, argument)
	}
	switch {
	case t.metric.times != nil:
		return false, fmt.Errorf("%s is a distribution: write p99(%s), mean(%[1]s) or max(%[1]s)", function, function)
	case t.metric.ends && argument == "":
		return false, fmt.Errorf("%s of what? write %[1]s(ACCEPTED)", function)
	case t.metric.ends:
		t.measure, err = share(argument)
		return true, err
	case argument != "":
		return true, fmt.Errorf("%s is one number: leave (%s) out", function, argument)
	}
	t.measure = t.metric.number
	return false, nil
}

func (t *Threshold) chooseStatistic(function, argument string) (inArgument bool, err error) {
	percentile, isPercentile := percentileOf(function)
	if function != "mean" && function != "max" && !isPercentile {
		if argument == "" {
			return false, unknownMetric(function)
		}
		return false, fmt.Errorf("unknown function %q; there are p0 to p100, such as p99.9, mean, max and share%s", function, meant(function, []string{"mean", "max", "share"}))
	}
	if t.metric = metricNamed(argument); t.metric == nil {
		return argument != "", unknownMetric(argument)
	}
	if t.metric.times == nil {
		return true, fmt.Errorf("%s is no distribution: it has no %s", argument, function)
	}
	times, of := t.metric.times, statistic(function, percentile)
	t.measure = func(r *result.Result) (*big.Rat, bool) {
		latency := times(r)
		return of(latency), latency.Count() > 0
	}
	return false, nil
}

// unknownMetric says which there are, and which is close.
func unknownMetric(name string) error {
	return fmt.Errorf("unknown metric %q; there are %s%s", name, metricNames(), meant(name, strings.Split(metricNames(), ", ")))
}

// meant suggests a name after a list of all.
func meant(typed string, names []string) string {
	if near := input.Near(typed, names); near != nil {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// percentileOf reads p99.9.
func percentileOf(function string) (float64, bool) {
	digits, found := strings.CutPrefix(function, "p")
	value, err := strconv.ParseFloat(digits, 64)
	return value, found && err == nil && value >= 0 && value <= 100
}

func (m *metric) unitNames() string {
	var names []string
	for _, u := range m.units {
		if u.name != "" {
			names = append(names, u.name)
		}
	}
	if names == nil {
		return "it has none"
	}
	return "there is " + strings.Join(names, " and ")
}
