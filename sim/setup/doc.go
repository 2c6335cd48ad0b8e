// Package setup describes worlds: options and their texts, random faults, promises,
// tokens and swarms. A line that names an option belongs here. It plays nothing. It
// imports engine, sim/mutant, sim/netem, sim/tape, sim/property, sim/fault and
// sim/event.
package setup
