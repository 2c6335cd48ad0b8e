// Worlds: two endpoints call each other over a bad network.

package kit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/mixed"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// series are worlds of one kind, for two endpoints.
type series struct {
	kind   string // as the names of outcomes begin
	make   func(name string, t tape.Tape) mixed.World
	phones [2]mixed.Phone
}

// The kinds of worlds, by what they are called one by one.
const (
	worlds     = "worlds"
	households = "households"
)

// seriesOf are the worlds for two endpoints: one phone a user; and households, with two
// devices a user, the second of which is our engine, if both endpoints can be devices, and
// with groups of those that have groups. lacks are the features that one of the two has not.
func seriesOf(a, b invd.Driver) (all []series, lacks []string) {
	has := func(feature string) bool {
		return slices.Contains(a.Hello().Features, feature) && slices.Contains(b.Hello().Features, feature)
	}
	phones := [2]mixed.Phone{phone(a, "a"), phone(b, "b")}
	all = []series{{worlds, mixed.Default, phones}}
	for _, feature := range []string{"device", "group"} {
		if !has(feature) {
			lacks = append(lacks, feature)
		}
	}
	if has("device") {
		for i, epoch := range []string{"c", "d"} {
			sibling := phone(invd.Here(&reference.Endpoint{}), epoch)
			phones[i].Sibling = &sibling
		}
	}
	if has("device") || has("group") {
		all = append(all, series{households, mixed.Household, phones})
	}
	return all, lacks
}

// phone is an endpoint with the default times. One that is told to go in steps may be
// late by a step.
func phone(d invd.Driver, epoch string) mixed.Phone {
	bounds := property.BoundsOf(engine.Options{})
	if who := d.Hello(); who.Clock == invd.Stepped {
		step := max(time.Duration(who.Step), 10*time.Millisecond)
		bounds.Caller, bounds.Callee = bounds.Caller+step, bounds.Callee+step
	}
	return mixed.Phone{Driver: d, Setup: invd.Setup{Epoch: epoch}, Bounds: bounds}
}

// world is one of a seed.
func (s *series) world(seed uint64, n int) mixed.World {
	return s.make(fmt.Sprint(strings.TrimSuffix(s.kind, "s"), " ", n), tape.World(seed, n))
}

// worlds let the endpoint and the reference call each other. What of them the endpoint
// lacks a feature for is skipped.
func (r *Result) worlds(d invd.Driver, stop func() bool) {
	all, lacks := seriesOf(invd.Here(&reference.Endpoint{}), d)
	ends := map[bool]map[string]bool{false: {}, true: {}} // whether of two devices
	for _, s := range all {
		r.series(s, ends, stop)
	}
	for _, feature := range lacks {
		if r.Options.Worlds > 0 && !stop() {
			r.Outcomes = append(r.Outcomes, Outcome{Name: households + ": " + feature, Clause: "properties", Skipped: feature})
		}
	}
	r.Pairs, r.Triples = sorted(ends[false]), sorted(ends[true])
}

// series plays worlds. Those that break the same are one outcome; the first of them is made
// small.
func (r *Result) series(s series, ends map[bool]map[string]bool, stop func() bool) {
	began, broken := time.Now(), map[string]int{}
	for n := range r.Options.Worlds {
		if stop() {
			break
		}
		world := s.world(r.Options.Seed, n)
		o, played := outcomeOf(&world, s.phones)
		for _, e := range played.Ends {
			ends[e.Other != property.CalleeOpen][e.String()] = true
		}
		if o.Name = s.kind; o.Skipped != "" {
			r.Outcomes = append(r.Outcomes, o)
			return
		}
		if o.Broken == "" || stop() {
			continue
		}
		hangs := gone(o.Broken)
		r.patience(hangs)
		if at, ok := broken[o.breaks]; ok {
			r.Outcomes[at].Times++
			continue
		}
		broken[o.breaks] = len(r.Outcomes)
		if !hangs { // or each try would take as long
			o = plainerWorld(world, s.phones, o)
		}
		o.Name, o.Times, o.tried = s.kind+": "+o.breaks, 1, r.Options.Worlds
		r.Outcomes = append(r.Outcomes, o)
	}
	if len(broken) == 0 && r.Options.Worlds > 0 && !stop() {
		r.Outcomes = append(r.Outcomes, Outcome{Name: s.kind, Clause: "properties", Took: time.Since(began)})
	}
}

// outcomeOf plays a world.
func outcomeOf(world *mixed.World, phones [2]mixed.Phone) (Outcome, *mixed.Result) {
	played, err := world.Play(phones)
	o := Outcome{Clause: "properties", Skipped: played.Skipped, World: world.Words()}
	switch {
	case err != nil:
		o.Broken, o.breaks, o.Log = err.Error(), "no reply", played.Log
	case len(played.Violations) > 0:
		first := played.Violations[0]
		o.Broken, o.breaks, o.Log = first.String(), first.Property.String(), played.Log
	}
	return o, played
}

// plainerWorld takes from a world what it does not need to break the same.
func plainerWorld(world mixed.World, phones [2]mixed.Phone, found Outcome) Outcome {
	for _, change := range []func(w *mixed.World){
		func(w *mixed.World) { w.Loss, w.Dup, w.Reorder, w.Outages, w.Stranger = 0, 0, 0, 0, 0 },
		func(w *mixed.World) { w.Groups = 0 },
		func(w *mixed.World) { w.Calls = 1 },
		func(w *mixed.World) { w.Calls = min(w.Calls, 2) },
		func(w *mixed.World) { w.Stranger = 0 },
		func(w *mixed.World) { w.Reorder = 0 },
		func(w *mixed.World) { w.Outages = 0 },
		func(w *mixed.World) { w.Dup = 0 },
		func(w *mixed.World) { w.Loss = 0 },
	} {
		changed := world
		change(&changed)
		if o, _ := outcomeOf(&changed, phones); o.Broken != "" && o.breaks == found.breaks {
			world, found = changed, o
		}
	}
	return found
}
