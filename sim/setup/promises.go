package setup

import (
	"slices"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
)

// CanHappen reports whether a fault of that kind can, by chance or at a set time.
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

// lost is a property that a fault takes away, and the fault.
var lost = []struct {
	when       func(*Options) bool
	properties []property.ID
}{
	// A copy can outlive the memory of its invitation,
	{func(o *Options) bool { return o.KeepOld }, slices.Concat(memory, quality)},
	// and so it can when the clock that counts the memory's time leaps.
	{func(o *Options) bool { return o.CanHappen(fault.Jump) }, slices.Concat(memory, quality)},
	// A process that starts empty has forgotten everything it had said,
	{func(o *Options) bool { return o.CanHappen(fault.Crash) && o.Snapshots == Nothing }, slices.Concat(memory, quality, []property.ID{property.S14})},
	// and one that starts with an old snapshot contradicts it.
	{func(o *Options) bool { return o.CanHappen(fault.Crash) && o.Snapshots == Stale },
		slices.Concat(memory, quality, []property.ID{property.S1, property.S2, property.S5, property.S8, property.S14})},
}

// memory are the properties that rest on what an engine remembers.
var memory = []property.ID{property.S3, property.S4, property.S6, property.S7, property.S9, property.Pair}

// quality are the rules whose loss costs time or agreement. They are about what an
// engine remembers, too.
var quality = []property.ID{property.Q1, property.Q2, property.Q3, property.Q4, property.Q5, property.Q6, property.Q7}

// Promised tells whether a property holds in such a world, whatever else the network
// and the phones do. docs/crash-safety.md has the reasons.
func (o *Options) Promised(id property.ID) bool {
	for i := range lost {
		if slices.Contains(lost[i].properties, id) && lost[i].when(o) {
			return false
		}
	}
	return true
}
