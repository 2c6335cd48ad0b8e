// Package event holds the events of a world and their words: entries of a timeline,
// fates of copies, and the used cells of the state tables. A line that says something
// in words belongs here. It imports engine, states, sim/property and sim/fault.
package event
