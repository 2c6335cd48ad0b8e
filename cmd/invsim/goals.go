// The goals by name: what a scenario can demand to occur.

package main

import (
	"fmt"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/scenario"
)

func knownGoals() []string {
	var names []string
	for g := property.Goal(1); g < property.NumGoals; g++ {
		names = append(names, g.String())
	}
	return names
}

func init() { scenario.KnownGoals = knownGoals }

// reached tells how often each goal occurred. The names have been checked.
func reached(names []string, result *result.Result) ([]report.Goal, error) {
	var goals []report.Goal
	for _, name := range names {
		found := false
		for g := property.Goal(1); g < property.NumGoals; g++ {
			if g.String() == name {
				goals = append(goals, report.Goal{Name: name, Times: result.Goals[g]})
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("goal %q is not counted", name)
		}
	}
	return goals, nil
}
