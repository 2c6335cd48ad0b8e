// What a run was asked: to keep to thresholds, and to reach goals.

package report

import (
	"fmt"

	"github.com/invsim/invsim/internal/output"
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

// Missed is how many thresholds were missed and goals never reached.
func (a Asked) Missed() (thresholds, goals int) {
	for _, o := range a.Thresholds {
		if !o.Held {
			thresholds++
		}
	}
	for _, g := range a.Goals {
		if g.Times == 0 {
			goals++
		}
	}
	return thresholds, goals
}

// asked prints a line for each.
func asked(out *output.Lines, a Asked) {
	width := 0
	for _, o := range a.Thresholds {
		width = max(width, len(o.Threshold.String()))
	}
	for _, g := range a.Goals {
		width = max(width, len(g.Name))
	}
	for _, o := range a.Thresholds {
		out.Printf("%-18s %-*s  %v\n", "threshold", width, o.Threshold, o)
	}
	for _, g := range a.Goals {
		times := "never occurred"
		if g.Times > 0 {
			times = fmt.Sprintf("occurred %s", output.Count(g.Times, "time"))
		}
		out.Printf("%-18s %-*s  %s\n", "goal", width, g.Name, times)
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
