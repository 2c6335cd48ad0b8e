// Package event says what has happened in a world: the entries of a timeline, the fates
// of copies, the cells of the tables that were used, each with its words. A line that
// tells something in words belongs here. It imports engine, states, sim/property and
// sim/fault.
package event
