// Play: one world, or one call of it, with its history.

package sim

import (
	"context"

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
// Entries. It fails if the options make no sense, if the world breaks down, or if ctx ends.
func Play(ctx context.Context, options setup.Options, number int, source tape.Tape, observed bool) (*Outcome, error) {
	return world.Play(ctx, options, number, source, observed)
}

// Replay plays the world of a token, observed.
func Replay(ctx context.Context, k *setup.Token) (*Outcome, error) {
	return world.Play(ctx, k.Options, k.World, k.Source(), true)
}

// Trace plays the world of one call again and tells that call's story.
func Trace(ctx context.Context, options setup.Options, number int) (*event.Timeline, error) {
	return world.Trace(ctx, options, number)
}
