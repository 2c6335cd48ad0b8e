// The clock of a host: the time, and one timer.

package host

import (
	"time"

	"github.com/benbjohnson/clock"
)

// Clock is all that a host needs of a clock. A clock of your own writes these two
// methods; AdaptClock brings in one of github.com/benbjohnson/clock, its Mock too.
type Clock interface {
	// Now is read once for each input. It must count the time that the machine
	// sleeps; see the package documentation.
	Now() time.Time
	// AfterFunc calls f after d, which is positive, on a goroutine of its own:
	// never before it has returned.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is one timer of a Clock. *time.Timer is one.
type Timer interface {
	// Stop keeps f from being called and reports whether it did. An f that is
	// called all the same, because Stop came too late, does nothing.
	Stop() bool
}

// AdaptClock makes a Clock of a clock.Clock.
//
// Mind what a clock.Mock does: Add and Set return before the funcs that they have
// started do, and funcs that are due at the same time start in any order. It may
// also skip timers that such a func arms while the time is being moved, so move it
// in steps no longer than the timers you want to see one by one. In tests, the real
// clock in a testing/synctest bubble has none of these traps.
func AdaptClock(c clock.Clock) Clock { return adapted{c} }

type adapted struct{ clock.Clock }

func (c adapted) AfterFunc(d time.Duration, f func()) Timer { return c.Clock.AfterFunc(d, f) }

// WallClock is c without the monotonic reading of its times, so that differences
// count the time that the machine sleeps; nil means the default clock. See the
// package documentation for when to use it and what it costs.
func WallClock(c Clock) Clock { return wallClock{orDefault(c)} }

type wallClock struct{ Clock }

func (c wallClock) Now() time.Time { return c.Clock.Now().Round(0) }

func orDefault(c Clock) Clock {
	if c == nil {
		return AdaptClock(clock.New())
	}
	return c
}
