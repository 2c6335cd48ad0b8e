// Units: a run or a swarm in parts, which can be played anywhere and in any order.

package sim

import (
	"context"

	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Unit is a part of numbered worlds: Number, Number+Of, Number+2·Of and so on. The
// results of all units from 0 to Of-1 add up to the result of the whole, in any order.
type Unit struct{ Number, Of int }

// Worlds is how many of so many worlds are in the unit.
func (u Unit) Worlds(all int) int { return max(0, (all-u.Number+u.Of-1)/u.Of) }

// RunUnit plays the worlds of a unit of a run on one goroutine, and counts the cells of
// the tables that are used. It is otherwise like Run, but a unit that ctx ends has no
// result: the error is that of ctx.
func RunUnit(ctx context.Context, options setup.Options, unit Unit, progress func(calls int)) (*result.Result, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	total := result.New()
	w := newWorld(&options, true)
	for number := unit.Number; number < options.Worlds(); number += unit.Of {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w.Result = result.New()
		if err := play(ctx, w, number, &options, progress); err != nil {
			return nil, err
		}
		total.AddWorld(number, w.Result)
		if number == 0 {
			if err := checkTwice(ctx, &options, total); err != nil {
				return nil, err
			}
		}
	}
	total.Add(&result.Result{Cover: w.Cover})
	return total, nil
}

// SwarmUnit is RunUnit for the worlds of a swarm, as RunSwarm plays them.
func SwarmUnit(ctx context.Context, seed uint64, runs int, unit Unit, change func(*setup.Options), progress func(runs int)) (*SwarmResult, error) {
	sum := NewSwarmResult()
	for number := unit.Number; number < runs; number += unit.Of {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := sum.play(ctx, seed, number, true, change, progress); err != nil {
			return nil, err
		}
	}
	return sum, nil
}
