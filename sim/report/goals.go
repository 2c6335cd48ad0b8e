// Goals and coverage as text: the events and cells that a run has reached, and those
// that it has not.

package report

import (
	"io"
	"slices"
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
		out.Printf("  %12s  %-28s %s\n", output.Group(g.Count), g.Goal, g.Words)
	}
	if never == nil {
		return out.Err
	}
	out.Printf("goals never reached: nothing is shown about them\n")
	for _, g := range never {
		out.Printf("  %12s  %-28s %s\n", "–", g.Goal, g.Words)
	}
	return out.Err
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
	out.Printf("%-8s%-24s%-22s", "", "state", "input")
	for under := event.Circumstance(0); under < event.NumCircumstances; under++ {
		out.Printf("%11s", under)
	}
	out.Printf("\n")
	for i := range cells {
		c := &cells[i]
		if c.Sum() == 0 {
			continue
		}
		out.Printf("%-8s%-24s%-22s", machineName(c.Local), c.State, c.Trigger)
		for _, n := range c.Uses {
			cell := "–"
			if n > 0 {
				cell = output.Group(n)
			}
			out.Printf("%11s", cell)
		}
		out.Printf("\n")
	}
	for _, local := range []bool{true, false} {
		if len(never[local]) > 0 {
			out.Printf("\nnever used, of the %s\n", machineName(local))
		}
		for _, in := range never[local] {
			for i, part := range slices.Collect(slices.Chunk(in.triggers, 5)) {
				state := in.state
				if i > 0 {
					state = ""
				}
				out.Printf("  %-24s%s\n", state, strings.Join(part, "; "))
			}
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
