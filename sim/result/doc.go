// Package result counts the events of a run and adds results up: every grouping gives
// the same sum. A line that counts belongs here. It imports engine, sim/property and
// sim/event.
package result
