// The properties that a world promises, and those that its faults take.

package setup

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
)

// CanHappen reports whether a fault of that kind can happen, by chance or at a set time.
func (o *Options) CanHappen(kind fault.Kind) bool {
	populations, _, _ := o.Populations() // with an error, those that make sense
	for _, own := range populations {
		if own.Draws(kind) {
			return true
		}
	}
	for i := range o.Faults {
		if o.Faults[i].Kind == kind {
			return true
		}
	}
	return false
}

func (o *Options) saves() bool {
	return o.Snapshots == Stale && (o.Every[fault.Crash] > 0 || slices.ContainsFunc(o.Faults, func(f fault.Scheduled) bool { return f.Kind == fault.Crash }))
}

// lost lists the properties that each fault takes away.
var lost = []struct {
	words      string
	when       func(*Options) bool
	properties []property.ID
}{
	// A copy can outlive the memory of its invitation,
	{"copies arrive that are older than --max-delay (--keep-old)",
		func(o *Options) bool { return o.KeepOld }, slices.Concat(memory, quality)},
	// and so it can where clocks differ by more than the times leave room for.
	{"clocks drift by more than --tombstone-time leaves room for",
		func(o *Options) bool { return o.Spare() < 0 }, slices.Concat(memory, quality)},
	// A process that starts empty has forgotten everything it had said,
	{"a phone crashes and starts again without a snapshot (--snapshots none)",
		func(o *Options) bool { return o.CanHappen(fault.Crash) && o.Snapshots == Nothing }, slices.Concat(memory, quality, []property.ID{property.S14})},
	// and one that starts with an old snapshot contradicts it.
	{"a phone crashes and starts again with an old snapshot (--snapshots stale)",
		func(o *Options) bool { return o.CanHappen(fault.Crash) && o.Snapshots == Stale },
		slices.Concat(memory, quality, []property.ID{property.S1, property.S2, property.S5, property.S8, property.S14, property.S15, property.S16})},
}

// memory are the properties that rest on the memory of an engine.
var memory = []property.ID{property.S3, property.S4, property.S6, property.S7, property.S9, property.Pair}

// quality are the rules of quality. They rest on the memory of an engine, too.
var quality = []property.ID{property.Q1, property.Q2, property.Q3, property.Q4, property.Q5, property.Q6, property.Q7, property.Q8, property.Q9, property.Q10, property.Q11}

// timed are the rules of quality whose watchers reckon when a copy is due: not by the
// clock of a phone that leaps.
var timed = []property.ID{property.Q5, property.Q6, property.Q7, property.Q8, property.Q9, property.Q10, property.Q11}

// Leap is by how much the clocks of a call's two phones may leap while it lasts, forward
// and back together, if a property is to hold for it: without limit where the property
// does not rest on memory.
func (o *Options) Leap(id property.ID) time.Duration {
	switch {
	case slices.Contains(timed, id):
		return 0
	case slices.Contains(memory, id) || slices.Contains(quality, id):
		return o.Spare()
	}
	return math.MaxInt64
}

// Exception tells for which calls of such a world a property is not promised, although
// it is for the others: those during which a clock leaps. It is empty if there are none.
func (o *Options) Exception(id property.ID) string {
	leap := o.Leap(id)
	switch {
	case !o.CanHappen(fault.Jump) || !o.Promised(id) || leap == math.MaxInt64:
		return ""
	case leap == 0:
		return "for calls during which a clock leaps"
	}
	return fmt.Sprintf("for calls during which clocks leap by more than %v in all", leap)
}

// Spare is the time by which an engine remembers an invitation longer than a copy of
// its INVITE can come, whatever the clocks' drift: between any two phones.
func (o *Options) Spare() time.Duration {
	populations, _, _ := o.Populations()
	var send, drift time.Duration
	memory := time.Duration(math.MaxInt64)
	for _, own := range populations {
		t := own.Times()
		send, memory = max(send, t.NoResponse+t.MaxDelay), min(memory, t.Tombstone)
		drift = max(drift, time.Duration(own.Drift*1e6)) // in millionths
	}
	return memory - send - send/1_000_000*2*drift
}

// NotPromisedIf tells in which worlds a property is not promised, one clause each.
func NotPromisedIf(id property.ID) []string {
	var clauses []string
	for i := range lost {
		if slices.Contains(lost[i].properties, id) {
			clauses = append(clauses, lost[i].words)
		}
	}
	switch {
	case slices.Contains(timed, id):
		clauses = append(clauses, "a clock of the call's phones leaps during the call (--jump-every)")
	case slices.Contains(memory, id) || slices.Contains(quality, id):
		clauses = append(clauses, "clocks leap during the call by more than --tombstone-time leaves room for (--jump-by)")
	}
	return clauses
}

// Promised reports whether a property holds in such a world, whatever else the network
// and the phones do. docs/crash-safety.md has the reasons.
func (o *Options) Promised(id property.ID) bool {
	for i := range lost {
		if slices.Contains(lost[i].properties, id) && lost[i].when(o) {
			return false
		}
	}
	return true
}
