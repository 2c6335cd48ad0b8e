// The answer of a swarm, as text and as JSON.

package report

import (
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Swarm is a swarm to report.
type Swarm struct {
	Result *sim.SwarmResult
	Seed   uint64
	Runs   int
	Again  string
	Look   func(v result.WorldViolation) string

	Version string // of the program that made it

	Drawn func(world int) string // the command line that plays one world
}

// SwarmText writes the answer of a swarm for people, first things first.
func SwarmText(w io.Writer, s Swarm) error {
	out := &output.Lines{To: w}
	res := s.Result
	out.Printf("%s  ", shout(res.Verdict()))
	switch res.Verdict() {
	case result.Held:
		out.Printf("every property under its fault classes in %s of %s, and every one came to its end when it was healed\n",
			output.Count(res.Runs, "world"), output.Count(res.Calls, "call"))
	case result.Interrupted:
		out.Printf("every property held under its fault classes in the first %s of %s worlds\n", output.Group(res.Runs), output.Group(s.Runs))
	default:
		out.Printf("%s in %s\n", output.Count(res.ViolationCount, "time"), output.Count(res.Runs, "world"))
		listViolations(out, &res.Result, "world", func(v result.WorldViolation) int { return v.World })
	}
	out.Printf("\n")
	pairs(out, &res.Result)
	out.Printf("\nworlds in which each option was drawn\n")
	for i, name := range setup.SwarmNames() {
		out.Printf("  %12s  %s\n", output.Group(res.On[i]), name)
	}
	out.Printf("\n")
	if out.Err == nil {
		out.Err = Goals(w, &res.Result)
	}
	if broken := brokenUnpromised(&res.Result); broken != nil {
		out.Printf("\nbroken where it is not promised: %s\n", strings.Join(broken, ", "))
	}
	out.Printf("\nseed   %d\nagain: %s\n", s.Seed, s.Again)
	if !res.Held() {
		first := res.Violations[0]
		out.Printf("look:  %s\ndrawn: %s\n", s.Look(first), s.Drawn(first.World))
	}
	return out.Err
}

// SwarmJSON writes the answer of a swarm for programs.
func SwarmJSON(w io.Writer, s Swarm) error {
	inner := jsonOf(Run{Options: setup.Options{Seed: s.Seed, Calls: s.Result.Calls}, Result: &s.Result.Result, Again: s.Again, Look: s.Look, Version: s.Version})
	inner.First = nil // a number alone does not say in which world
	on := map[string]int{}
	for i, name := range setup.SwarmNames() {
		on[name] = s.Result.On[i]
	}
	return output.JSON(w, map[string]any{"runs": s.Result.Runs, "on": on, "result": inner})
}
