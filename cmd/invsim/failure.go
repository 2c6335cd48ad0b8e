// The first violation of a campaign, made small and told.

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
)

// smallest is the first violation of a campaign as a world that is as small as can be
// found: of those of safety, if there are any. There is none for S12, which only a second
// run shows.
func smallest(ctx context.Context, result *result.Result, token func(world int) *setup.Token) (*shrink.Failure, error) {
	chosen, world := property.NumIDs, 0
	for _, v := range result.Violations {
		if v.Property != property.S12 && (chosen == property.NumIDs || chosen > property.Pair && v.Property <= property.Pair) {
			chosen, world = v.Property, v.World
		}
	}
	if chosen == property.NumIDs {
		return nil, nil
	}
	small, err := shrink.Shrink(ctx, *token(world), chosen, shrink.Options{})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil // the violation itself is known, and stands
	case err != nil:
		return nil, fmt.Errorf("make the failure small: %w", err)
	}
	return small, nil
}

// writeSmallest tells it after the answer of a campaign.
func writeSmallest(w io.Writer, small *shrink.Failure) error {
	if small == nil {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\nA violation, made small:\n\n"); err != nil {
		return err
	}
	return small.Text(w)
}

// pageFailure is it on a page.
func pageFailure(small *shrink.Failure) (*page.Failure, error) {
	if small == nil {
		return nil, nil
	}
	v := small.Violation
	f := &page.Failure{
		Words:  fmt.Sprintf("%v, %s: %s", v.Property, v.Property.Words(), v.Detail),
		Faults: append(append([]string{}, small.Faults...), small.Actions...),
		Token:  small.Token.String(), Replay: small.Replay(), Sequence: small.Timeline(),
	}
	why, err := explain.Violated(small.Outcome)
	if err != nil {
		return nil, err
	}
	if why != nil {
		for _, s := range why.Sentences {
			f.Why = append(f.Why, s.Text)
		}
	}
	return f, nil
}
