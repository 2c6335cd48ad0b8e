// Matrix: foreign endpoints call each other.

package kit

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/mixed"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Pair is how two endpoints got along.
type Pair struct {
	Worlds, Broken, Skipped int
	Ends                    int    // different pairs of ends
	First                   string // what broke first, and in which world
}

// Meet lets two endpoints call each other in worlds.
func Meet(a, b invd.Driver, worlds int, seed uint64, stop func() bool) Pair {
	var p Pair
	ends := map[string]bool{}
	phones := [2]mixed.Phone{phone(a, "a"), phone(b, "b")}
	for n := 0; n < worlds && !stop(); n++ {
		world := mixed.Default(fmt.Sprint("world ", n), tape.World(seed, n))
		o, played := outcomeOf(&world, phones)
		if o.Broken == "" && o.Skipped != "" {
			p.Skipped++
			continue
		}
		for _, e := range played.Ends {
			ends[e.String()] = true
		}
		if p.Worlds++; o.Broken == "" {
			continue
		}
		if p.Broken++; p.First == "" {
			p.First = fmt.Sprintf("world %d: %s", n, o.Broken)
		}
	}
	p.Ends = len(ends)
	return p
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
