// The report of a run as a page: which calls it shows, and why.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/shrink"
)

// openPage makes the file of a page, before a run that may take long. There is none
// without a path.
func openPage(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, usage("--html: %w", err)
	}
	return file, nil
}

// writePage writes the page of a run to its file. When ctx ends, the page has fewer
// calls to look at, and the error says so.
func writePage(ctx context.Context, file *os.File, run report.Run, small *shrink.Failure) (err error) {
	samples, err := samplesOf(ctx, run)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	cut := err
	failure, err := pageFailure(small)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil && closed != nil {
			err = fmt.Errorf("--html: %w", closed)
		}
	}()
	shown := page.Page{Run: run, Title: "Call invitations: " + run.Verdict().String(), Calls: samples, Failure: failure, Goals: report.GoalCounts(run.Result)}
	if err := page.HTML(file, shown); err != nil {
		return fmt.Errorf("--html %s: %w", file.Name(), err)
	}
	return cut
}

// samplesOf are the calls that a page shows: one that violates, the slowest to be
// accepted, and the first of each outcome.
func samplesOf(ctx context.Context, run report.Run) ([]page.Sample, error) {
	var samples []page.Sample
	add := func(title, why string, call int) error {
		timeline, err := sim.Trace(ctx, run.Options, call)
		if err == nil {
			samples = append(samples, page.Sample{Title: title, Why: why, Timeline: timeline})
		}
		return err
	}
	res := run.Result
	if !res.Held() {
		v := res.Violations[0]
		if err := add(fmt.Sprintf("Call %d, which violates %v", v.Call, v.Property), "the first violation", v.Call); err != nil {
			return samples, err
		}
	}
	if s := res.Slowest; s.Took > 0 {
		if err := add(fmt.Sprintf("Call %d, the slowest to be accepted", s.Call), "its callee waited longest for the CONFIRM", s.Call); err != nil {
			return samples, err
		}
	}
	for caller := range res.First {
		for callee, first := range res.First[caller] {
			if res.Pairs[caller][callee] == 0 {
				continue
			}
			pair := fmt.Sprintf("%v / %v", property.CallerEnd(caller), property.CalleeEnd(callee))
			if err := add(fmt.Sprintf("Call %d: %s", first, pair), "the first that ended like this", first); err != nil {
				return samples, err
			}
		}
	}
	return samples, nil
}
