// The goals by name: what a scenario can demand to occur.

package main

import (
	"fmt"
	"slices"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/scenario"
)

// goalNames are in the order of property's constants.
var goalNames = [property.NumGoals]string{
	"crash-while-ringing", "crash-while-accepting", "restart-with-open-call", "frozen-past-a-deadline", "stored-and-delivered",
	"push-woke", "corrupted-copy-dropped", "partition-crossed-a-call", "clock-jumped-over-a-deadline", "glare", "redial",
	"hundred-held", "queue-overflowed", "stranger-turned-away",
}

func knownGoals() []string { return goalNames[:] }

func init() { scenario.KnownGoals = knownGoals }

// reached tells how often each goal occurred. The names have been checked.
func reached(names []string, result *sim.Result) ([]report.Goal, error) {
	var goals []report.Goal
	for _, name := range names {
		index := slices.Index(goalNames[:], name)
		if index < 0 {
			return nil, fmt.Errorf("goal %q is not counted", name)
		}
		goals = append(goals, report.Goal{Name: name, Times: result.Goals[index]})
	}
	return goals, nil
}
