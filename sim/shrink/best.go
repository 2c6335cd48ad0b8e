// Best: of several failures the one that becomes smallest. A world can be stuck with
// faults that another, which breaks the same rule, never had.

package shrink

import (
	"cmp"
	"context"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// Candidate is a world in which a property is violated.
type Candidate struct {
	Token    setup.Token
	Property property.ID
}

// Best shrinks candidates, in their order, until one takes no more than one fault of
// one call, and returns the smallest. Each has the budget of the options. Without
// candidates there is none. When ctx ends, it is the smallest so far, as with Shrink.
func Best(ctx context.Context, candidates []Candidate, o Options) (*Failure, error) {
	quick := o
	quick.NoWindows = true
	var best *Failure
	for _, c := range candidates {
		f, err := Shrink(ctx, c.Token, c.Property, quick)
		if err != nil && best != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			return nil, err
		}
		if best == nil || f.compare(best) < 0 {
			best = f
		}
		if len(best.Faults) <= 1 && best.Token.Options.Calls == 1 || ctx.Err() != nil {
			break
		}
	}
	if best == nil || o.NoWindows || ctx.Err() != nil {
		return best, nil
	}
	f, err := Shrink(ctx, best.Token, best.Violation.Property, o)
	if err != nil && ctx.Err() != nil {
		return best, nil
	}
	return f, err
}

// compare orders failures by what a reader has to take in.
func (f *Failure) compare(o *Failure) int {
	return cmp.Or(
		cmp.Compare(len(f.Faults), len(o.Faults)),
		cmp.Compare(f.Token.Options.Calls, o.Token.Options.Calls),
		cmp.Compare(len(f.Actions), len(o.Actions)),
		cmp.Compare(f.Token.Tape.Len(), o.Token.Tape.Len()),
	)
}
