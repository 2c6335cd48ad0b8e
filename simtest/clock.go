// Clocks: a phone's runs fast or slow and is set, and the timers of a process end with it.

package simtest

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/invsim/invsim/host"
)

// clock is a phone's. It may run fast or slow, and be set.
type clock struct {
	phone *Phone

	mu   sync.Mutex
	from time.Duration // since then
	read time.Duration // when it read this
	rate float64
}

func (c *clock) at(now time.Duration) time.Duration {
	return c.read + time.Duration(float64(now-c.from)*c.rate)
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phone.world.begun.Round(0).Add(c.at(c.phone.world.Now()))
}

func (c *clock) set(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.phone.world.Now()
	c.read, c.from = c.at(now)+by, now
}

func (c *clock) drift(ppm int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.phone.world.Now()
	c.read, c.from, c.rate = c.at(now), now, 1+float64(ppm)/1e6
}

// lasts is how long a time of the phone is in the world.
func (c *clock) lasts(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(float64(d)/c.rate) + 1
}

// processClock is the clock that a process sees. Its timers end with it.
type processClock struct{ process *process }

func (c *processClock) Now() time.Time { return c.process.phone.clock.now() }

func (c *processClock) AfterFunc(d time.Duration, f func()) host.Timer {
	r, w := c.process, c.process.phone.world
	t := &timer{world: w}
	t.task = w.schedule(w.Now()+r.phone.clock.lasts(d), func() {
		if r.isDead() {
			return
		}
		r.phone.input(func(*process) {
			if !t.over.Swap(true) {
				go f()
			}
		})
	})
	return t
}

type timer struct {
	world *World
	task  *task
	over  atomic.Bool // it was stopped, or has fired
}

func (t *timer) Stop() bool {
	t.world.cancel(t.task)
	return !t.over.Swap(true)
}
