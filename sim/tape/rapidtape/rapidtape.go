// Package rapidtape lets rapid draw the choices of a world, so that rapid shrinks a
// failing world to the few choices that it needs. It is for tests. It imports
// sim/tape and rapid.
package rapidtape

import (
	"math"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/sim/tape"
)

// New is a tape whose draws come from t, one for each choice, named as the choice
// is. They shrink to 0. It is for one run of a property.
func New(t *rapid.T) tape.Tape { return tape.NewRecorder(drawn{t}) }

type drawn struct{ t *rapid.T }

func (d drawn) Draw(what tape.Label, about tape.Key) uint64 {
	return draws.Draw(d.t, tape.Choice{What: what, About: about}.String())
}

// draws makes what is rare in a world likely here: next to plain draws, the
// middle one, the greatest, and any at all.
var draws = rapid.OneOf(
	rapid.Just(uint64(0)),
	rapid.SampledFrom([]uint64{1 << 63, math.MaxUint64}),
	rapid.Uint64(),
)
