// The answers to the questions people have, the same in every form.

package report

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// Answer is one line of text, one tile of a page, one row of a table.
type Answer struct{ Label, Value, Detail string }

// Text is the answer without its label.
func (a Answer) Text() string {
	switch {
	case a.Detail == "":
		return a.Value
	case strings.HasPrefix(a.Detail, "("):
		return a.Value + " " + a.Detail
	}
	return a.Value + ", " + a.Detail
}

// Answers are, first things first: what became of the accepts, how long a setup takes,
// how long phones ring in vain, whether callers are told of refusals and failures, and
// what it costs. Brackets hold 95 % confidence intervals.
func Answers(r *result.Result) []Answer {
	inCall, residue := named("in-call"), named("residue")
	n, of := inCall.Ratio(r)
	left, _ := residue.Ratio(r)
	return []Answer{
		{"accepts", output.Group(uint64(n)) + " in the call", fmt.Sprintf("%s of %s", interval(inCall, r), output.Group(uint64(of)))},
		{"", output.Group(uint64(max(0, of-n-left))) + " failed", "and both sides know"},
		{"residue", output.Group(uint64(left)) + " disagree", interval(residue, r) + ": the caller is alone"},
		times("setup", "setup", r, "p50", "p99", "max"),
		deadRings(r),
		missed("refusals told", "refusal-told", "refusals-missed", r),
		missed("failures told", "failure-told", "failures-missed", r),
		{"messages", metric.Count.Text(named("messages").Estimate(r).Value) + " a call", strings.TrimPrefix(bracket(named("messages"), r)+"; "+legend(r), "; ")},
	}
}

// legend explains the brackets, or says why there are no intervals.
func legend(r *result.Result) string {
	for _, name := range []string{"messages", "in-call", "dead-rings"} {
		if named(name).Estimate(r).Bounded {
			return "brackets hold 95 % intervals"
		}
	}
	return "no intervals: " + named("messages").Estimate(r).Why
}

func named(name string) metric.Metric {
	m, err := metric.Named(name)
	if err != nil {
		panic(err)
	}
	return m
}

// interval is a share and its interval: 0.0755 % (0.053 to 0.107 %).
func interval(m metric.Metric, r *result.Result) string {
	e := m.Estimate(r)
	if !e.Known {
		return "–"
	}
	return strings.TrimSpace(m.Unit.Text(e.Value) + " " + bracket(m, r))
}

// bracket is the interval of a metric, if there is one.
func bracket(m metric.Metric, r *result.Result) string {
	if e := m.Estimate(r); e.Bounded {
		return "(" + strings.TrimSuffix(m.Unit.Text(e.Low), " %") + " to " + m.Unit.Text(e.High) + ")"
	}
	return ""
}

// times is a distribution: its first statistic, and the others. No line is broken
// between a statistic and its value.
func times(label, name string, r *result.Result, statistics ...string) Answer {
	var words []string
	for _, statistic := range statistics {
		m := named(statistic + "(" + name + ")")
		value, ok := m.Text(r)
		if !ok {
			return Answer{label, "none", ""}
		}
		word := statistic + "\u00a0" + value
		if statistic == "p99" && name == "setup" {
			word = strings.TrimSpace(word + " " + bracket(m, r))
		}
		words = append(words, word)
	}
	return Answer{label, words[0], strings.Join(words[1:], "  ")}
}

// deadRings are how many were long, and how long they were.
func deadRings(r *result.Result) Answer {
	a := times("dead rings", "dead-ring", r, "p99", "p99.9", "max")
	if a.Value != "none" {
		a.Value, a.Detail = output.Group(r.LongDeadRings)+" over 5s", strings.TrimPrefix(bracket(named("dead-rings"), r)+", ", ", ")+a.Value+"  "+a.Detail
	}
	return a
}

// missed is how soon callers are told of something, and how many never are.
func missed(label, name, missed string, r *result.Result) Answer {
	a, m := times(label, name, r, "p50", "p90"), named(missed)
	if a.Value == "none" {
		return a
	}
	n, of := m.Ratio(r)
	a.Detail = strings.TrimSpace(fmt.Sprintf("%s; missed %s of %s %s", a.Detail, output.Group(uint64(n)), output.Group(uint64(of)), bracket(m, r)))
	return a
}
