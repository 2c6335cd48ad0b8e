package seam

import "time"

// Instant is nanoseconds since 1970.
type Instant int64

// Clock is a clock of this module that can tell its reading without a time.Time, whose
// reckoning takes a simulated engine longer than most of its inputs. Now is
// time.Unix(0, Instant), and in the years 1902 to 2106.
type Clock interface {
	Now() time.Time
	Instant() Instant
}
