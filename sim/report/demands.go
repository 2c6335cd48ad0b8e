// Demands on a run: thresholds to keep to, and goals to reach.

package report

import (
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/threshold"
)

// Goal is something that was to occur, and how often it did.
type Goal struct {
	Name  string
	Times uint64
}

// Asked are the thresholds and goals of a run; both may be empty.
type Asked struct {
	Thresholds []threshold.Outcome
	Goals      []Goal
}

// AskedRow is a threshold or a goal, and what became of it.
type AskedRow struct {
	What, Name, Value string
	Verdict           result.Verdict // Held or Missed
}

// Rows are all of them.
func (a Asked) Rows() (rows []AskedRow) {
	verdict := func(held bool) result.Verdict {
		if held {
			return result.Held
		}
		return result.Missed
	}
	for _, o := range a.Thresholds {
		value := o.Text
		if value == "" {
			value = "nothing was measured"
		}
		rows = append(rows, AskedRow{"threshold", o.Threshold.String(), value, verdict(o.Held)})
	}
	for _, g := range a.Goals {
		value := "never occurred"
		if g.Times > 0 {
			value = "occurred " + output.Count(g.Times, "time")
		}
		rows = append(rows, AskedRow{"goal", g.Name, value, verdict(g.Times > 0)})
	}
	return rows
}

// Missed names each threshold that was missed, with its value, and each goal that was
// never reached; nil if there are none.
func (a Asked) Missed() (all []string) {
	for _, row := range a.Rows() {
		if row.Verdict == result.Missed {
			all = append(all, row.What+" "+row.Name+": "+row.Value)
		}
	}
	return all
}

// asked prints a line for each.
func asked(out *output.Lines, a Asked) {
	width := 0
	for _, row := range a.Rows() {
		width = max(width, len(row.Name))
	}
	for _, row := range a.Rows() {
		value := row.Value
		if row.What == "threshold" {
			value = row.Verdict.String() + ": " + value
		}
		out.Printf("%-18s %-*s  %s\n", row.What, width, row.Name, value)
	}
}

type jsonThreshold struct {
	Threshold string `json:"threshold"`
	Held      bool   `json:"held"`
	Value     string `json:"value"`
}

func jsonAsked(a Asked) (thresholds []jsonThreshold, missedGoals []string) {
	for _, o := range a.Thresholds {
		thresholds = append(thresholds, jsonThreshold{o.Threshold.String(), o.Held, o.Value})
	}
	for _, g := range a.Goals {
		if g.Times == 0 {
			missedGoals = append(missedGoals, g.Name)
		}
	}
	return thresholds, missedGoals
}
