package world

import (
	"testing"

	"pgregory.net/rapid"
)

// TestPhoneClock: whatever a clock goes through, it meets its readings at the first
// instant that has them, and its running time leaves out leaps, stops and standing
// still.
func TestPhoneClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		world := &clock{}
		c := &phoneClock{world: world, ppm: rapid.Int64Range(-500_000, 500_000).Draw(t, "ppm")}
		highest := int64(0) // what an engine has seen
		running := int64(0)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				before, at := c.running(), world.now
				world.now += rapid.Int64Range(0, 1e12).Draw(t, "pass")
				went := c.running() - before
				most := c.scale(world.now - at)
				if went < 0 || went > most+1 {
					t.Fatalf("the running time went on by %d of %d", went, most)
				}
				if !c.stopped && at >= c.catchesUp && went < most-1 {
					t.Fatalf("it ran, and went on by %d of %d", went, most)
				}
				running += went
			case 1:
				before := c.running()
				by := rapid.Int64Range(-1e12, 1e12).Draw(t, "by")
				reads := c.at(world.now)
				c.set(by)
				if c.at(world.now) != reads+by || c.running() != before {
					t.Fatalf("set by %d: reads %d after %d, ran %d after %d", by, c.at(world.now), reads, c.running(), before)
				}
				if by < 0 && c.at(c.catchesUp) < highest {
					t.Fatalf("it catches up at %d, when it reads %d, after %d", c.catchesUp, c.at(c.catchesUp), highest)
				}
			case 2:
				c.stop()
			case 3:
				if c.stopped {
					c.start()
				}
			}
			highest = max(highest, c.at(world.now))
			if d := c.running() - running; d < -1 || d > 1 {
				t.Fatalf("ran %d, want %d", c.running(), running)
			}
			running = c.running()
			target := c.at(world.now) + rapid.Int64Range(0, 1e12).Draw(t, "target")
			when := c.when(target)
			if c.at(when) < target || when > c.from && c.at(when-1) >= target {
				t.Fatalf("reads %d at %d, the first instant for %d", c.at(when), when, target)
			}
		}
	})
}
