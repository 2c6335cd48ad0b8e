// Package sim plays simulated worlds: Run plays the numbered worlds of a run and adds
// them up, RunSwarm draws the options of every world, Play and Trace look at one.
//
//	options := setup.Default()
//	options.Calls, options.Loss = 10_000, 0.05
//	r, err := sim.Run(ctx, options, runtime.NumCPU(), nil)
//
// The rooms below it, each of which imports only those before it:
//
//	sim/tape      draws every chance
//	sim/netem     says what a network does to a copy of a message
//	sim/fault     lists the kinds of fault
//	sim/property  watches what must hold
//	sim/event     says what has happened, in words
//	sim/setup     says what a world is made of: options, promises, tokens
//	sim/result    counts, and adds up
//	sim/world     plays one world
//
// Results do not depend on the number of workers: a world depends on its options and
// its tape alone, and sums on no order.
package sim
