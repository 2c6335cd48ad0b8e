// Play: one world, or one call of it, with its history.

package sim

import (
	"fmt"

	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/world"
)

type (
	// Outcome is the outcome of one world.
	Outcome = world.Outcome
	// Ends is how one call ended on both sides.
	Ends = world.Ends
)

// Play plays one numbered world with a tape, by itself. Only an observed one has
// Entries. It fails if the options make no sense or if the world breaks down.
func Play(options setup.Options, number int, source tape.Tape, observed bool) (*Outcome, error) {
	return world.Play(options, number, source, observed)
}

// Replay plays the world of a token, observed.
func Replay(k *setup.Token) (*Outcome, error) {
	return world.Play(k.Options, k.World, k.Source(), true)
}

// Trace plays the world of one call again and tells that call's story.
func Trace(options setup.Options, number int) (*event.Timeline, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	if number < 0 || number >= options.Calls {
		return nil, fmt.Errorf("call %d: the run has calls 0 to %d", number, options.Calls-1)
	}
	index := number / options.World
	o, err := world.Play(options, index, tape.World(options.Seed, index), true)
	if err != nil {
		return nil, err
	}
	return o.Timeline(number % options.World), nil
}
