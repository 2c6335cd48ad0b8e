// The violations of a campaign, made small and told.

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
)

// mostStories is how many failures a page tells.
const mostStories = 5

// smallest are violations of a campaign, each as a world that is as small as can be found:
// the first of each property, those of safety first. A property that a world before
// violates too has none of its own, nor has S12, which only a second run shows. When ctx
// ends, there are fewer.
func smallest(ctx context.Context, res *result.Result, token func(world int) *setup.Token, most int) (all []*shrink.Failure, err error) {
	told := map[property.ID]bool{property.S12: true}
	for _, isQuality := range []bool{false, true} {
		for _, v := range res.Violations {
			if len(all) == most || told[v.Property] || v.Property > property.Pair != isQuality {
				continue
			}
			small, err := shrink.Shrink(ctx, *token(v.World), v.Property, shrink.Options{NoWindows: len(all) > 0}) // a page shows none
			switch {
			case err != nil && ctx.Err() != nil:
				return all, nil // the violation itself is known, and stands
			case err != nil:
				return all, fmt.Errorf("make the failure small: %w", err)
			}
			told[v.Property] = true
			for _, also := range small.Outcome.Result.Violations {
				told[also.Property] = true
			}
			all = append(all, small)
		}
	}
	return all, nil
}

// writeSmallest tells the first after the answer of a campaign.
func writeSmallest(w io.Writer, small []*shrink.Failure) error {
	if len(small) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\nA violation, made small:\n\n"); err != nil {
		return err
	}
	return small[0].Text(w)
}
