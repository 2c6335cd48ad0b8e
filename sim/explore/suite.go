// The searches of invsim check, and their worlds in words.

package explore

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// Suite is the searches that together make the default check.
func Suite() []World {
	return []World{
		{Calls: 1, Reports: true, Logouts: true},
		{Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing},
		{Calls: 1, Counted: true, MaxLoss: 1, MaxDup: 1},
		{Calls: 1, Logouts: true, MaxLogouts: 1, Strangers: 1},
		{Calls: 1, Timed: true, Skew: 1},
		{Calls: 1, Timed: true, Logouts: true, MaxLogouts: 1},
		{Calls: 1, Reports: true, Logouts: true, MaxCrash: Any},
		{Calls: 1, Devices: 2, Logouts: true, MaxLogouts: 1},
		{Calls: 1, Devices: 2, MaxCrash: 1},
		{Calls: 2, Group: true},
		{Calls: 2},
		{Calls: 2, BothWays: true},
	}
}

// Large are searches that take a minute each, and more.
func Large() []World {
	return []World{
		{Calls: 1, Devices: 2, Reports: true},
		{Calls: 1, Devices: 2, Logouts: true},
		{Calls: 2, Group: true, Logouts: true, MaxLogouts: 1},
	}
}

// Classes are searches of one call, each with other faults: the columns of the matrix of
// guarantees.
func Classes() []World {
	return []World{
		{Calls: 1, Counted: true},
		{Calls: 1},
		{Calls: 1, Counted: true, Logouts: true},
		{Calls: 1, Reports: true, Logouts: true},
		{Calls: 1, Strangers: 1},
		{Calls: 1, Timed: true},
		{Calls: 1, MaxCrash: Any},
		{Calls: 1, MaxCrash: 1, Snapshots: setup.Nothing},
		{Calls: 1, MaxCrash: 1, Snapshots: setup.Stale},
		{Calls: 1, Devices: 2},
		{Calls: 2, Group: true},
	}
}

// SuiteFor is the suite for a mutant. Ids that are used again meet only where a caller
// that starts empty calls a second time: that search is too large to be complete.
func SuiteFor(id mutant.ID) []World {
	suite := Suite()
	if id == mutant.IDsUsedAgain {
		suite = append([]World{{Calls: 2, MaxCrash: 1, Snapshots: setup.Nothing}}, suite...)
	}
	for i := range suite {
		suite[i].Mutant = id
	}
	return suite
}

// String tells what can happen in a world.
func (w World) String() string {
	parts := []string{output.Count(w.Calls, "call")}
	switch {
	case w.BothWays:
		parts[0] += " both ways"
	case w.Devices > 1:
		parts[0] += fmt.Sprintf(" to %d devices", w.Devices)
	case w.Group:
		parts[0] += " in a group"
	}
	switch {
	case w.Timed && w.Skew > 0:
		parts = append(parts, fmt.Sprintf("any loss, duplication and delay up to MaxDelay, clocks up to %v apart", time.Duration(w.Skew)*quantum))
	case w.Timed:
		parts = append(parts, "any loss, duplication and delay up to MaxDelay")
	case w.Counted:
		parts = append(parts, fmt.Sprintf("%d lost, %d twice, any delay", w.MaxLoss, w.MaxDup))
	default:
		parts = append(parts, "any loss, duplication and delay")
	}
	if w.Reports {
		parts = append(parts, "true and false reports")
	}
	switch {
	case w.MaxLogouts > 0:
		parts = append(parts, output.Count(w.MaxLogouts, "log-out"))
	case w.Logouts:
		parts = append(parts, "log-outs")
	}
	if w.Strangers > 0 {
		parts = append(parts, "a third party")
	}
	switch crashes := "any number of crashes"; {
	case w.MaxCrash == 0:
	default:
		if w.MaxCrash > 0 {
			crashes = output.Count(w.MaxCrash, "crash")
			if w.MaxCrash > 1 {
				crashes = fmt.Sprintf("%d crashes", w.MaxCrash)
			}
		}
		parts = append(parts, fmt.Sprintf("%s, snapshots %v", crashes, w.Snapshots))
	}
	return strings.Join(parts, "; ")
}

// Properties are those that a search checks, in the order of a table.
var Properties = []property.ID{
	property.S1, property.S2, property.S3, property.S4, property.S5, property.S6, property.S7, property.S8, property.S9, property.S10,
	property.S11, property.S12, property.S13, property.S14, property.S15, property.S16, property.Pair, Ring, Told, Cut, Confirmed,
}

// Checks reports whether a search can say anything of a property.
func (w *World) Checks(id property.ID) bool {
	switch id {
	case property.S15:
		return w.Devices > 1
	case property.S16:
		return w.Group
	case Told:
		return w.Calls == 1 && w.Devices < 2
	case Ring, Cut:
		return w.Calls == 1
	}
	return true
}

// Words is a property of a search in words.
func Words(id property.ID) string {
	switch id {
	case Told:
		return "a caller whose callee has ended learns it once both are connected"
	case Cut:
		return "no answer ends a call that rings elsewhere"
	case Confirmed:
		return "a caller that is ACCEPTED confirms it at once"
	case Ring:
		return "a ringing phone whose caller has ended stops once both are connected"
	case Breakdown:
		return "no engine breaks down"
	}
	return id.Words()
}

// Name is a property's ID.
func Name(id property.ID) string {
	switch id {
	case Ring:
		return "RING"
	case Told:
		return "TOLD"
	case Cut:
		return "CUT"
	case Confirmed:
		return "CONFIRMED"
	case Breakdown:
		return "BREAKDOWN"
	}
	return id.String()
}

// Verdict is what several searches say together.
type Verdict struct {
	Violated bool
	Complete bool
	Missing  []string // pairs that the protocol allows and goals that no search has reached
}

// outOfReach are goals that no search can reach: no bound is near enough, and each call is
// watched by itself, without its group.
var outOfReach = func() (s property.GoalSet) {
	s.Add(property.Overloaded, property.AcceptAfterAnswered, property.AnsweredBeforeRing)
	return s
}()

// Sum is the verdict on a whole suite: all pairs of the protocol's table must be reached,
// all tuples if there is a call to two devices, and all goals that such worlds can reach.
func Sum(results []*Result) (v Verdict) {
	v.Complete = true
	var goals property.GoalSet
	var pairs [property.NumCallerEnds][property.NumCalleeEnds]bool
	for _, r := range results {
		v.Complete = v.Complete && r.Complete
		goals |= r.Goals
		for _, f := range r.Found {
			v.Violated = v.Violated || f.Promised
		}
		for c := range r.Pairs {
			for e, is := range r.Pairs[c] {
				pairs[c][e] = pairs[c][e] || is
			}
		}
	}
	for c := range property.NumCallerEnds {
		for e := range property.NumCalleeEnds {
			if property.Allowed(c, e) && !pairs[c][e] {
				v.Missing = append(v.Missing, fmt.Sprintf("pair %v/%v", c, e))
			}
		}
	}
	v.Missing = append(v.Missing, missingTuples(results)...)
	for g := property.Goal(1); g < property.CrashWhileRinging; g++ {
		if !goals.Has(g) && !outOfReach.Has(g) {
			v.Missing = append(v.Missing, "goal "+g.String())
		}
	}
	return v
}
