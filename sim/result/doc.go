// Package result counts what a run has come to, and adds results up, in any grouping,
// to the same sum. A line that counts belongs here. It imports engine, sim/property
// and sim/event.
package result
