// Measuring: two sides in turns.

package main

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/perf/benchmath"
)

// measured is what one row has shown: medians in nanoseconds an operation, and the ratio
// of ours to the peer's.
type measured struct {
	ours, peer float64
	ratio      benchmath.Summary
}

func (r *row) measure(rounds int, turn time.Duration) (measured, error) {
	if r.turns > 0 {
		rounds = min(rounds, r.turns)
	}
	var n [2]int
	sides := [2]*side{&r.ours, &r.peer}
	for i, s := range sides {
		var err error
		if n[i], err = s.calibrate(turn); err != nil {
			return measured{}, err
		}
	}
	var costs [2][]float64
	var ratios []float64
	for round := range rounds {
		var cost [2]float64
		for turn := range sides {
			i := (turn + round) % 2
			took, err := sides[i].run(n[i])
			if err != nil {
				return measured{}, err
			}
			if took <= 0 {
				return measured{}, errors.New(sides[i].name + ": a turn took no time")
			}
			cost[i] = float64(took) / float64(n[i])
		}
		for i := range sides {
			costs[i] = append(costs[i], cost[i])
		}
		ratios = append(ratios, cost[0]/cost[1])
	}
	return measured{median(costs[0]).Center, median(costs[1]).Center, median(ratios)}, nil
}

// calibrate finds how many operations fill a turn.
func (s *side) calibrate(turn time.Duration) (int, error) {
	if s.n > 0 {
		return s.n, nil
	}
	for n := 64; ; n *= 2 {
		took, err := s.run(n)
		if err != nil || n > 1<<30 {
			return n, err
		}
		if took >= turn/4 {
			return max(1, int(float64(n)*float64(turn)/float64(took))), nil
		}
	}
}

func median(values []float64) benchmath.Summary {
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(values, &benchmath.DefaultThresholds), 0.95)
}

// inProcess measures a side that runs here.
func inProcess(name string, do func(n int)) side {
	return side{name: name, run: func(n int) (time.Duration, error) {
		began := processorTime(syscall.RUSAGE_SELF)
		do(n)
		return processorTime(syscall.RUSAGE_SELF) - began, nil
	}}
}

func processorTime(of int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(of, &u); err != nil {
		panic(err) // no such call on this system
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
