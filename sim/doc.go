// Package sim plays simulated worlds: Run plays the numbered worlds of a run and adds
// their results up, RunSwarm draws the options of every world, and Play and Trace show
// one world. It imports sim/world and the packages below it.
//
//	options := setup.Default()
//	options.Calls, options.Loss = 10_000, 0.05
//	r, err := sim.Run(ctx, options, runtime.NumCPU(), nil)
//
// The packages below it, each of which imports only earlier ones:
//
//	sim/tape      draws every chance
//	sim/netem     models networks
//	sim/fault     lists the kinds of fault
//	sim/property  watches properties and goals
//	sim/event     holds events and their words
//	sim/setup     describes worlds: options, promises, tokens
//	sim/result    counts and adds up
//	sim/world     plays one world
//
// Results do not depend on the number of workers: a world depends on its options and
// its tape alone, and the order of worlds does not change a sum.
package sim
