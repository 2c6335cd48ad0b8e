// Package fault lists the kinds of fault that a world can have, and reads and writes
// faults at set times. A line that is about every kind of fault at once belongs here.
// It imports sim/tape alone.
package fault
