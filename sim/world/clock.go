// The clocks: the world's virtual one, and each phone's, which drifts and is set.

package world

import (
	"time"

	"github.com/invsim/invsim/internal/seam"
)

// clock is the virtual clock of a world.
type clock struct{ now int64 }

func (c *clock) Now() time.Time { return time.Unix(0, c.now) }

// phoneClock is the clock that a phone's engine reads. It also counts the phone's running
// time, on which the bounds of S14 are reckoned: that leaves out the time that the
// process was down or frozen, what its clock leapt over, and how long it stood
// still in the engine's eyes after it had been put back.
type phoneClock struct {
	world *clock
	ppm   int64 // how much faster than the world's, in millionths
	from  int64 // at this instant of the world
	read  int64 // it read this

	ran       int64 // running time until
	ranFrom   int64 // this instant of the world, which may lie ahead
	stopped   bool
	catchesUp int64 // when it reads again what it read before it was put back
}

func (c *phoneClock) Now() time.Time { return time.Unix(0, c.at(c.world.now)) }

// reading is what it reads now, and so is Instant, for its engine.
func (c *phoneClock) reading() int64        { return c.at(c.world.now) }
func (c *phoneClock) Instant() seam.Instant { return seam.Instant(c.reading()) }

// scale turns a time of the world into one of the phone.
func (c *phoneClock) scale(d int64) int64 {
	const million = 1_000_000
	return d + d/million*c.ppm + d%million*c.ppm/million
}

// at is the reading of the clock at an instant of the world.
func (c *phoneClock) at(instant int64) int64 {
	if c.ppm == 0 {
		return c.read + instant - c.from
	}
	return c.read + c.scale(instant-c.from)
}

// when is the first instant of the world, from the last setting on, at which the
// clock reads at least that.
func (c *phoneClock) when(reading int64) int64 {
	ahead := reading - c.read
	if c.ppm == 0 {
		return c.from + max(0, ahead)
	}
	const million = 1_000_000
	rate := million + c.ppm
	instant := c.from + max(0, ahead/rate*million+ahead%rate*million/rate)
	for instant > c.from && c.at(instant-1) >= reading {
		instant--
	}
	for c.at(instant) < reading {
		instant++
	}
	return instant
}

// set puts the clock forward or back, now.
func (c *phoneClock) set(by int64) {
	now := c.world.now
	before := c.at(now)
	highest := max(before, c.at(c.from)) // what the engine can have seen
	if now < c.catchesUp {
		highest = c.at(c.catchesUp)
	}
	c.ran = c.running()
	c.from, c.read = now, before+by
	c.catchesUp = c.when(highest)
	c.ranFrom = max(now, c.catchesUp)
}

// running is the running time so far.
func (c *phoneClock) running() int64 {
	if c.stopped {
		return c.ran
	}
	d := max(0, c.world.now-c.ranFrom)
	if c.ppm != 0 {
		d = c.scale(d)
	}
	return c.ran + d
}

// stop halts the running time: the process is down or frozen.
func (c *phoneClock) stop() { c.ran, c.stopped = c.running(), true }

// start lets it run again.
func (c *phoneClock) start() { c.stopped, c.ranFrom = false, max(c.world.now, c.catchesUp) }

// forget is the end of the process while its clock is still behind what it had read:
// the next process does not wait for it to catch up, and the time in between, which
// counts as run already, has never been for the last one.
func (c *phoneClock) forget() {
	if now := c.world.now; now < c.catchesUp {
		c.ran -= c.at(c.catchesUp) - c.at(now)
		c.catchesUp = now
	}
}
