// The report of a run as a page: which calls it shows, and why.

package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/shrink"
)

// pageOf is the page of a run. When ctx ends, it has fewer calls to look at, and the error
// says so.
func pageOf(ctx context.Context, run report.Run, small *shrink.Failure) (page.Page, error) {
	samples, cut := samplesOf(ctx, run)
	failure, err := pageFailure(small)
	if err == nil {
		err = cut
	}
	return page.Page{Run: run, Title: "Call invitations: " + run.Verdict().String(), Calls: samples, Failure: failure, Goals: report.GoalCounts(run.Result)}, err
}

// samplesOf are the calls that a page shows: one that violates, the slowest to be
// accepted, and the first of each pair of ends that occurred, the rarest pair first.
func samplesOf(ctx context.Context, run report.Run) ([]page.Sample, error) {
	type wanted struct {
		title, why string
		call       int
	}
	var all []wanted
	res := run.Result
	if !res.Held() {
		v := res.Violations[0]
		all = append(all, wanted{fmt.Sprintf("Call %d, which violates %v", v.Call, v.Property), "the first violation", v.Call})
	}
	if s := res.Slowest; s.Took > 0 {
		all = append(all, wanted{fmt.Sprintf("Call %d, the slowest to be accepted", s.Call), "its callee waited longest for the CONFIRM", s.Call})
	}
	for _, p := range pairsOf(res) {
		all = append(all, wanted{fmt.Sprintf("Call %d: %v / %v", p.first, p.caller, p.callee), "the first of " + output.Count(p.calls, "call") + " that ended like this", p.first})
	}
	var samples []page.Sample
	for _, w := range all {
		timeline, err := sim.Trace(ctx, run.Options, w.call)
		if err != nil {
			return samples, err
		}
		look := run.Look(result.WorldViolation{Violation: property.Violation{Call: w.call}})
		samples = append(samples, page.Sample{Title: w.title, Why: w.why, Look: look, Timeline: timeline})
	}
	return samples, nil
}

// pair is a pair of ends that occurred.
type pair struct {
	caller property.CallerEnd
	callee property.CalleeEnd
	calls  uint64
	first  int // the lowest number of a call
}

func (p pair) String() string { return p.caller.String() + "/" + p.callee.String() }

// pairsOf are all that occurred, the rarest first.
func pairsOf(res *result.Result) (all []pair) {
	for caller := range res.Pairs {
		for callee, n := range res.Pairs[caller] {
			if n > 0 {
				all = append(all, pair{property.CallerEnd(caller), property.CalleeEnd(callee), n, res.First[caller][callee]})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pair) int { return cmp.Compare(a.calls, b.calls) })
	return all
}
