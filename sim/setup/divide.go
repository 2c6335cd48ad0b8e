// Divide: how a run is cut into worlds.

package setup

import (
	"slices"

	"github.com/invsim/invsim/engine"
)

// A run whose worlds nobody has chosen has a hundred of them, or more if they would be
// larger than usual. In worlds of fewer than twenty calls, hardly a call would have
// others around it; but fewer than twenty worlds say too little about how far worlds
// lie apart.
const (
	usualWorlds   = 100
	fewestWorlds  = 20
	smallestWorld = 20
)

// Divide chooses how many calls a world has, and how often they come, unless these
// options were given. The calls of smaller worlds take as long to place, so that what
// happens to a call does not depend on how many calls a run has. Where it depends on how
// many calls there are at once, worlds are of the usual size.
func (o *Options) Divide(given func(option string) bool) {
	usual := Default()
	world, rate := usual.World, usual.Arrivals
	if !given("world") && !o.crowded() {
		world = max(1, min(smallestWorld, o.Calls/fewestWorlds), min(o.Calls/usualWorlds, usual.World))
		rate *= float64(world) / float64(usual.World)
	}
	if !given("world") {
		o.World = world
	}
	if !given("arrivals") {
		o.Arrivals = rate
	}
}

// crowded reports whether calls get in each other's way: where a phone can send only so
// much, remembers only so many calls, or places many at once.
func (o *Options) crowded() bool {
	narrow := slices.ContainsFunc(o.Groups, func(g Group) bool {
		return slices.ContainsFunc(g.Set, func(s Setting) bool { return s.Name == "rate" })
	})
	return narrow || o.Rate > 0 || o.Uplink != nil || o.Downlink != nil || o.Hold > 0 ||
		o.Engine.MaxPerPeer < engine.DefaultMaxPerPeer || o.Engine.MaxTotal < engine.DefaultMaxTotal
}
