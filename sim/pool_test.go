package sim

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/world"
)

// eachOptions make a last world that is smaller than the others.
func eachOptions() setup.Options {
	o := setup.Default()
	o.Calls, o.Loss, o.Offline = 4*o.World+o.World/2, 0.2, 0.2
	return o
}

// TestEachAddsUp: the worlds come in order, each with its own calls only, and are
// together what Run says, on any number of workers.
func TestEachAddsUp(t *testing.T) {
	options := eachOptions()
	want, err := Run(context.Background(), options, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, workers := range []int{0, 1, 2, 5, 64} {
		sum, next := result.New(), 0
		var progressed atomic.Int64
		err := Each(context.Background(), options, workers, func(n int) { progressed.Add(int64(n)) }, func(world int, r *result.Result, ends []world.Ends) {
			if world != next || r.Worlds != 1 || r.Calls != options.CallsOf(world) || len(ends) != r.Calls {
				t.Errorf("%d workers: world %d with %d worlds, %d calls and %d ends, want world %d", workers, world, r.Worlds, r.Calls, len(ends), next)
			}
			pairs := result.New().Pairs
			for _, o := range ends {
				pairs[o.Caller][o.Callee]++
			}
			if pairs != r.Pairs {
				t.Errorf("%d workers: world %d has ends %v and pairs %v", workers, world, pairs, r.Pairs)
			}
			next++
			sum.AddWorld(world, r)
		})
		if err != nil || next != options.Worlds() || int(progressed.Load()) != options.Calls {
			t.Errorf("%d workers: %d worlds, %d calls of progress, error %v", workers, next, progressed.Load(), err)
		}
		if !reflect.DeepEqual(sum, want) {
			t.Errorf("%d workers: the worlds add up to %d calls in %d worlds, Run says %d in %d, or other counts", workers, sum.Calls, sum.Worlds, want.Calls, want.Worlds)
		}
	}
}

// TestEachKeeps: a result that the visitor keeps stays as it was.
func TestEachKeeps(t *testing.T) {
	options := eachOptions()
	var kept []*result.Result
	if err := Each(context.Background(), options, 2, nil, func(_ int, r *result.Result, _ []Ends) { kept = append(kept, r) }); err != nil {
		t.Fatal(err)
	}
	for i, r := range kept {
		if r.Worlds != 1 || r.Calls != options.CallsOf(i) {
			t.Errorf("result %d has %d worlds, %d calls", i, r.Worlds, r.Calls)
		}
	}
}

// TestEachInterrupted: what was handed over before the end is a beginning without a gap.
func TestEachInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	next := 0
	err := Each(ctx, eachOptions(), 2, nil, func(world int, _ *result.Result, _ []Ends) {
		if world != next {
			t.Errorf("world %d, want %d", world, next)
		}
		next++
		stop()
	})
	if err != nil || next == 0 || next > 3 {
		t.Errorf("%d worlds, error %v", next, err)
	}
}

// TestEachRefuses: options that make no sense are refused before anything happens.
func TestEachRefuses(t *testing.T) {
	options := eachOptions()
	options.Loss = 2
	err := Each(context.Background(), options, 1, nil, func(int, *result.Result, []Ends) { t.Error("visited") })
	if err == nil || !strings.Contains(err.Error(), "loss 2") {
		t.Errorf("error %v", err)
	}
}

// TestTurns: whatever the order in which the numbers come, they act in their own
// order, up to the first that failed, whose error is the one that is kept.
func TestTurns(t *testing.T) {
	turn := newTurns()
	var acted []int
	results := make(chan error)
	for number := 5; number >= 0; number-- {
		var failure error
		if number >= 3 {
			failure = fmt.Errorf("failure of %d", number)
		}
		go func() { results <- turn.take(number, failure, func() { acted = append(acted, number) }) }()
	}
	taken := 0
	for range 6 {
		if <-results == nil {
			taken++
		}
	}
	if taken != 3 || !reflect.DeepEqual(acted, []int{0, 1, 2}) || turn.failure == nil || turn.failure.Error() != "failure of 3" {
		t.Errorf("%d turns %v, %v", taken, acted, turn.failure)
	}
}
