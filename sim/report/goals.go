// Goals and coverage as text: what a run has shown, and what it has not.

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
)

// GoalCounts are all goals with how often each was reached.
func GoalCounts(res *sim.Result) []GoalCount {
	var all []GoalCount
	for g := property.Goal(1); g < property.NumGoals; g++ {
		all = append(all, GoalCount{Name: g.String(), Words: property.Goals[g].Words, Count: res.Goals[g]})
	}
	return all
}

// Goals writes how often each goal was reached, and then those that never were.
func Goals(w io.Writer, res *sim.Result) error {
	out := &errWriter{w: w}
	var never []GoalCount
	out.printf("goals reached\n")
	for _, g := range GoalCounts(res) {
		if g.Count == 0 {
			never = append(never, g)
			continue
		}
		out.printf("  %12s  %-28s %s\n", group(g.Count), g.Name, g.Words)
	}
	if never == nil {
		return out.err
	}
	out.printf("goals never reached: nothing is shown about them\n")
	for _, g := range never {
		out.printf("  %12s  %-28s %s\n", "–", g.Name, g.Words)
	}
	return out.err
}

// Cover writes which cells of the two tables were used, and in which circumstances.
func Cover(w io.Writer, cover *sim.Cover) error {
	out := &errWriter{w: w}
	cells := cover.Cells()
	used, never := 0, map[bool][]unused{}
	for i := range cells {
		if c := &cells[i]; c.Sum() > 0 {
			used++
		} else {
			never[c.Local] = addUnused(never[c.Local], c.State, c.Trigger)
		}
	}
	out.printf("cells used  %d of the %d that can be\n\n", used, len(cells))
	out.printf("%-8s%-24s%-22s", "", "state", "input")
	for under := sim.Circumstance(0); under < sim.NumCircumstances; under++ {
		out.printf("%11s", under)
	}
	out.printf("\n")
	for i := range cells {
		c := &cells[i]
		if c.Sum() == 0 {
			continue
		}
		out.printf("%-8s%-24s%-22s", machineName(c.Local), c.State, c.Trigger)
		for _, n := range c.Uses {
			cell := "–"
			if n > 0 {
				cell = group(n)
			}
			out.printf("%11s", cell)
		}
		out.printf("\n")
	}
	for _, local := range []bool{true, false} {
		if len(never[local]) > 0 {
			out.printf("\nnever used, of the %s\n", machineName(local))
		}
		for _, in := range never[local] {
			for i, part := range slices.Collect(slices.Chunk(in.triggers, 5)) {
				state := in.state
				if i > 0 {
					state = ""
				}
				out.printf("  %-24s%s\n", state, strings.Join(part, "; "))
			}
		}
	}
	return out.err
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

// VisitsOf are the moves of both machines with how often each was made.
func VisitsOf(cover *sim.Cover) *Visits {
	v := &Visits{}
	for _, m := range cover.Moves() {
		visit := Visit{From: m.From, To: m.To, Trigger: m.Trigger, Count: m.Uses}
		if m.Local {
			v.Local = append(v.Local, visit)
		} else {
			v.Remote = append(v.Remote, visit)
		}
	}
	return v
}

// Swarm is a swarm to report.
type Swarm struct {
	Result *sim.SwarmResult
	Seed   uint64
	Runs   int
	Again  string
	Look   func(v sim.WorldViolation) string
	Drawn  func(world int) string // the command line that plays one world
}

// SwarmText writes the answer of a swarm for people, first things first.
func SwarmText(w io.Writer, s Swarm) error {
	out := &errWriter{w: w}
	res := s.Result
	switch {
	case !res.Held():
		out.printf("VIOLATED  %s in %s\n", count(int(res.ViolationCount), "time"), count(res.Runs, "world"))
		for i, v := range res.Violations {
			if i == listed {
				out.printf("  … and more\n")
				break
			}
			out.printf("  world %d: %s\n", v.World, v.Violation)
		}
	case res.Interrupted:
		out.printf("INTERRUPTED  every property held under its fault classes in the first %s of %s worlds\n", group(uint64(res.Runs)), group(uint64(s.Runs)))
	default:
		out.printf("HELD  every property under its fault classes in %s of %s, and every one came to its end when it was healed\n",
			count(res.Runs, "world"), count(res.Calls, "call"))
	}
	out.printf("\n")
	pairs(out, &res.Result)
	out.printf("\nworlds in which each option was drawn\n")
	for i, name := range sim.SwarmNames() {
		out.printf("  %12s  %s\n", group(uint64(res.On[i])), name)
	}
	out.printf("\n")
	if out.err == nil {
		out.err = Goals(w, &res.Result)
	}
	var broken []string
	for id := property.S1; id < property.NumIDs; id++ {
		if n := res.NotPromised[id]; n > 0 {
			broken = append(broken, fmt.Sprintf("%v %s", id, group(n)))
		}
	}
	if broken != nil {
		out.printf("\nbroken where it is not promised: %s\n", strings.Join(broken, ", "))
	}
	out.printf("\nseed   %d\nagain: %s\n", s.Seed, s.Again)
	if !res.Held() {
		first := res.Violations[0]
		out.printf("look:  %s\ndrawn: %s\n", s.Look(first), s.Drawn(first.World))
	}
	return out.err
}

// SwarmJSON writes the answer of a swarm for programs.
func SwarmJSON(w io.Writer, s Swarm) error {
	inner := jsonOf(Run{Options: sim.Options{Seed: s.Seed, Calls: s.Result.Calls}, Result: &s.Result.Result, Again: s.Again, Look: s.Look})
	on := map[string]int{}
	for i, name := range sim.SwarmNames() {
		on[name] = s.Result.On[i]
	}
	return writeJSON(w, map[string]any{"runs": s.Result.Runs, "on": on, "result": inner})
}
