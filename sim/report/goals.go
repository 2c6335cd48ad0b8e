// Goals and coverage as text: the events and cells that a run has reached, and those
// that it has not.

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// GoalCount is something that should happen somewhere in a run, in words, and how
// often it did.
type GoalCount struct {
	property.Goal
	Words string
	Count uint64
}

// GoalCounts are all goals with how often each was reached.
func GoalCounts(res *result.Result) []GoalCount {
	var all []GoalCount
	for g := property.Goal(1); g < property.NumGoals; g++ {
		all = append(all, GoalCount{Goal: g, Words: property.Goals[g].Words, Count: res.Goals[g]})
	}
	return all
}

// Goals writes how often each goal was reached, and then those that never were.
func Goals(w io.Writer, res *result.Result) error {
	out := &output.Lines{To: w}
	var never []GoalCount
	out.Printf("goals reached\n")
	for _, g := range GoalCounts(res) {
		if g.Count == 0 {
			never = append(never, g)
			continue
		}
		goal(out, output.Group(g.Count), g)
	}
	if never == nil {
		return out.Err
	}
	out.Printf("goals never reached: nothing is shown about them\n")
	for _, g := range never {
		goal(out, "–", g)
	}
	return out.Err
}

func goal(out *output.Lines, count string, g GoalCount) {
	out.Wrap(fmt.Sprintf("%9s  %-28s %s", count, g.Goal, g.Words), 40, "")
}

// Cover writes which cells of the two tables were used, and in which circumstances.
func Cover(w io.Writer, cover *event.Cover) error {
	out := &output.Lines{To: w}
	cells := cover.Cells()
	used, never := 0, map[bool][]unused{}
	for i := range cells {
		if c := &cells[i]; c.Sum() > 0 {
			used++
		} else {
			never[c.Local] = addUnused(never[c.Local], c.State, c.Trigger)
		}
	}
	out.Printf("cells used  %d of the %d that can be\n\n", used, len(cells))
	state := ""
	for i := range cells {
		c := &cells[i]
		if c.Sum() == 0 {
			continue
		}
		if name := machineName(c.Local) + " " + c.State; name != state {
			state = name
			out.Printf("%s\n", state)
		}
		var uses []string
		for under, n := range c.Uses {
			if n > 0 {
				uses = append(uses, output.Group(n)+"\u00a0"+strings.ReplaceAll(event.Circumstance(under).String(), " ", "\u00a0"))
			}
		}
		out.Wrap(fmt.Sprintf("  %-28s  ", c.Trigger)+strings.Join(uses, ", "), 32, "")
	}
	for _, local := range []bool{true, false} {
		if len(never[local]) > 0 {
			out.Printf("\nnever used, of the %s\n", machineName(local))
		}
		for _, in := range never[local] {
			out.Wrap(fmt.Sprintf("  %-24s", in.state)+strings.Join(unbroken(in.triggers), "; "), 26, "")
		}
	}
	return out.Err
}

// unused are the triggers that a state never met.
type unused struct {
	state    string
	triggers []string
}

// addUnused adds a cell. Those of one state come in a row.
func addUnused(all []unused, state, trigger string) []unused {
	if last := len(all) - 1; last >= 0 && all[last].state == state {
		all[last].triggers = append(all[last].triggers, trigger)
		return all
	}
	return append(all, unused{state, []string{trigger}})
}

// unbroken keeps each name on one line, if a line has room for it.
func unbroken(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		if all[i] = name; len(name) < 50 {
			all[i] = strings.ReplaceAll(name, " ", "\u00a0")
		}
	}
	return all
}
