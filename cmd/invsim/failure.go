// What a campaign does with its first violation: makes it small, and tells it.

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/shrink"
)

// worst is the violation to look at first: the first of safety, or else the first.
func worst(result *sim.Result) sim.WorldViolation {
	for _, v := range result.Violations {
		if v.Property <= property.Pair && v.Property != property.S12 {
			return v
		}
	}
	return result.Violations[0]
}

// smallest is a violation of a campaign as a world that is as small as can
// be found. There is none for what only a second run shows, S12.
func smallest(ctx context.Context, token *sim.Token, v sim.WorldViolation) (*shrink.Failure, error) {
	if v.Property == property.S12 {
		return nil, nil
	}
	small, err := shrink.Shrink(ctx, *token, v.Property, shrink.Options{})
	if err != nil {
		return nil, fmt.Errorf("make the failure small: %w", err)
	}
	return small, nil
}

// writeSmallest tells it after the answer of a campaign.
func writeSmallest(w io.Writer, small *shrink.Failure) error {
	if small == nil {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\nA violation, made small (%d worlds were played for it; invsim why TOKEN tells why):\n\n", small.Plays); err != nil {
		return err
	}
	return small.Text(w)
}

// pageFailure is it on a page.
func pageFailure(small *shrink.Failure) (*report.Failure, error) {
	if small == nil {
		return nil, nil
	}
	v := small.Violation
	f := &report.Failure{
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
