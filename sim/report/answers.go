// The answers to the questions people have, the same in every form.

package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// Answer is one line of text, one tile of a page, one row of a table.
type Answer struct {
	Label  string // empty if it goes on with that of the answer before
	Of     string // the statistic that the value is: p50; empty if it is none
	Value  string
	Detail string
}

// Head is the value with its statistic. No line is broken between the two.
func (a Answer) Head() string {
	if a.Of == "" {
		return a.Value
	}
	return a.Of + "\u00a0" + a.Value
}

// Text is the answer without its label.
func (a Answer) Text() string {
	switch {
	case a.Detail == "":
		return a.Head()
	case strings.HasPrefix(a.Detail, "("):
		return a.Head() + " " + a.Detail
	}
	return a.Head() + ", " + a.Detail
}

// Answers are, first things first: what became of the accepts, how long a setup takes,
// how long phones ring in vain, whether callers are told of refusals and failures, and
// what it costs. Brackets hold 95 % confidence intervals.
func Answers(r *result.Result) []Answer {
	inCall, residue, messages := measured("in-call", r), measured("residue", r), measured("messages", r)
	deadRings := measured("dead-rings", r)
	failed := max(0, inCall.of-inCall.n-residue.n)
	all := []Answer{
		{Label: "accepts", Value: count(inCall.n) + " in the call", Detail: inCall.text() + " of " + count(inCall.of)},
		{Value: count(failed) + " failed", Detail: "and both sides know"},
		{Label: "residue", Value: count(residue.n) + " disagree", Detail: residue.text() + ": the caller is alone"},
		times("setup", "setup", r, true, "p50", "p99", "max"),
		rings(deadRings, times("dead rings", "dead-ring", r, false, "p99", "p99.9", "max")),
		rangOn(measured("canceled", r).n, float64(r.RingAfterCancel.Count()), times("ring after cancel", "ring-after-cancel", r, false, "p50", "p99", "max")),
		missed(measured("refusals-missed", r), times("refusals told", "refusal-told", r, false, "p50", "p90")),
		missed(measured("failures-missed", r), times("failures told", "failure-told", r, false, "p50", "p90")),
		{Label: "messages", Value: messages.unit.Text(messages.Value) + " a call", Detail: messages.bracket()},
	}
	legend := "no intervals: " + messages.Why
	if slices.ContainsFunc(all, func(a Answer) bool { return strings.Contains(a.Detail, "(") }) {
		legend = "brackets hold 95 % intervals"
	}
	last := &all[len(all)-1]
	last.Detail = join(last.Detail, "; ", legend)
	return all
}

func named(name string) metric.Metric {
	m, err := metric.Named(name)
	if err != nil {
		panic(err)
	}
	return m
}

// measure is a ratio: its two sums, and the estimate.
type measure struct {
	n, of float64
	unit  metric.Unit
	result.Estimate
}

func measured(name string, r *result.Result) measure {
	m := named(name)
	n, of := m.Ratio(r)
	return measure{n, of, m.Unit, m.Estimate(r)}
}

// text is a share and its interval: 0.0755 % (0.053 to 0.107 %).
func (m measure) text() string {
	if !m.Known {
		return "–"
	}
	return join(m.unit.Text(m.Value), " ", m.bracket())
}

func (m measure) bracket() string { return m.Bracket(m.unit.Text) }

// join puts a separator between two texts, unless one of them is empty.
func join(a, separator, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + separator + b
}

func count(n float64) string { return output.Group(uint64(n)) }

// none is the value of a distribution without values.
const none = "none"

// times is a distribution: its first statistic, and the others, with the interval of the
// 99th percentile if it is asked for.
func times(label, name string, r *result.Result, interval bool, statistics ...string) Answer {
	a := Answer{Label: label}
	var others []string
	for i, statistic := range statistics {
		m := named(statistic + "(" + name + ")")
		value, ok := m.Text(r)
		switch {
		case !ok:
			return Answer{Label: label, Value: none}
		case i == 0:
			a.Of, a.Value = statistic, value
			continue
		}
		word := statistic + "\u00a0" + value
		if interval && statistic == "p99" {
			word = join(word, " ", m.Estimate(r).Bracket(m.Unit.Text))
		}
		others = append(others, word)
	}
	a.Detail = strings.Join(others, ", ")
	return a
}

// rings are how many dead rings were long, and how long all were.
func rings(long measure, all Answer) Answer {
	if all.Value == none {
		return all
	}
	return Answer{Label: all.Label, Value: count(long.n) + " over 5s", Detail: join(long.bracket(), ", ", all.Head()+", "+all.Detail)}
}

// rangOn is of how many canceled calls the phone rang on, connected or not, and how long.
func rangOn(canceled, rang float64, all Answer) Answer {
	if all.Value == none {
		return all
	}
	return Answer{Label: all.Label, Value: count(rang) + " of " + count(canceled) + " canceled", Detail: all.Head() + ", " + all.Detail}
}

// missed is how soon callers are told of something, and how many never are.
func missed(m measure, told Answer) Answer {
	if told.Value != none {
		told.Detail = join(fmt.Sprintf("%s; missed %s of %s", told.Detail, count(m.n), count(m.of)), " ", m.bracket())
	}
	return told
}
