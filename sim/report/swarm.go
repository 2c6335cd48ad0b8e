// The answer of a swarm, as text, as JSON and as CSV.

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
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
	Asked  Asked // the outcomes of thresholds

	Version string // of the program that made it

	Drawn func(world int) string // the command line that plays one world
}

// run is the swarm as one run.
func (s Swarm) run() Run {
	return Run{Options: setup.Options{Seed: s.Seed, Calls: s.Result.Calls}, Result: &s.Result.Result, Asked: s.Asked, Again: s.Again, Look: s.Look, Version: s.Version}
}

// Verdict is as for a run.
func (s Swarm) Verdict() result.Verdict { return s.run().Verdict() }

// Headline goes on after the verdict's word.
func (s Swarm) Headline() string {
	res := s.Result
	const promised = "every property that is promised"
	kept := fmt.Sprintf("on all %s, in %s; after the healing, all of them came to an end", output.Count(res.Calls, "call"), output.Count(res.Runs, "world"))
	switch s.Verdict() {
	case result.Held:
		return promised + ", " + kept
	case result.Missed:
		return strings.Join(s.Asked.Missed(), ", ") + "; " + promised + " held " + kept
	case result.Interrupted:
		return fmt.Sprintf("after %s of %s worlds; no promised property was broken", output.Group(res.Runs), output.Group(s.Runs))
	}
	return fmt.Sprintf("%s in %s", output.Count(res.ViolationCount, "time"), output.Count(res.Runs, "world"))
}

// SwarmText writes the answer of a swarm for people, first things first.
func SwarmText(w io.Writer, s Swarm) error {
	out := &output.Lines{To: w}
	res := s.Result
	out.Wrap(shout(s.Verdict())+"  "+s.Headline(), 6, "")
	listViolations(out, &res.Result, "world", func(v result.WorldViolation) int { return v.World })
	out.Printf("\n")
	pairs(out, &res.Result)
	out.Printf("\nworlds in which each option was drawn\n")
	for i, name := range setup.SwarmNames() {
		out.Printf("%9s  %s\n", output.Group(res.On[i]), name)
	}
	out.Printf("\n")
	if out.Err == nil {
		out.Err = Goals(w, &res.Result)
	}
	title := "\nbroken where it is not promised\n"
	for id, n := range res.NotPromised {
		if n > 0 {
			out.Printf("%s", title)
			out.Wrap(brokenBy(n, property.ID(id)), 15, "")
			title = ""
		}
	}
	if rows := s.Asked.Rows(); rows != nil {
		out.Printf("\n")
	}
	asked(out, s.Asked)
	out.Printf("\nseed   %d\nagain: %s\n", s.Seed, s.Again)
	if !res.Held() {
		first := res.Violations[0]
		out.Printf("look:  %s\ndrawn: %s\n", s.Look(first), s.Drawn(first.World))
	}
	return out.Err
}

// SwarmJSON writes the answer of a swarm for programs.
func SwarmJSON(w io.Writer, s Swarm) error {
	inner := jsonOf(s.run())
	inner.First = nil // a number alone does not say in which world
	return output.JSON(w, map[string]any{"runs": s.Result.Runs, "on": s.on(), "result": inner})
}

// on counts the worlds in which each option was drawn.
func (s Swarm) on() map[string]uint64 {
	on := map[string]uint64{}
	for i, name := range setup.SwarmNames() {
		on[name] = uint64(s.Result.On[i])
	}
	return on
}

// SwarmCSV writes the rows of a run, and the worlds in which each option was drawn.
func SwarmCSV(w io.Writer, s Swarm) error {
	j := jsonOf(s.run())
	j.drawn = s.on()
	return writeCSV(w, j, s.Asked)
}
