// Check and Play: how a world begins, what is drawn in it, and how it ends.

package simtest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/tape/rapidtape"
)

// Play plays one world in which property says what happens, and judges it. A world with a
// bad Net draws by the seed, and the same seed is the same world.
func Play(t *testing.T, seed uint64, property func(w *World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(tape.World(seed, 0))
		w.play(t, func() { property(w) })
	})
}

// Check plays worlds that rapid draws, as many as -rapid.checks says, and makes a failure
// small. For that, the message of a failure must be the same in a smaller world: keep ids
// and times out of it, and let the story tell them.
func Check(t *testing.T, property func(t *rapid.T, w *World)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			w := newWorld(rapidtape.New(t))
			w.play(t, func() { property(t, w) })
		})
	})
}

// play plays a world to its end, which the story of a failure comes before. All failures
// are raised in one place: rapid takes two failures for the same by their place and text.
func (w *World) play(t rapid.TB, property func()) {
	t.Helper()
	returned := false
	defer func() {
		if !returned { // by Fatal of a testing.T, which is no panic
			w.end()
			w.tell(t)
		}
	}()
	failure := w.try(property)
	returned = true
	if w.end(); failure != nil || t.Failed() {
		w.tell(t)
	}
	switch f := failure.(type) {
	case nil:
	case broken:
		t.Fatal(f.error)
	default:
		if fmt.Sprintf("%T", f) == "rapid.invalidData" {
			// No failure: rapid has no more data, or the property has called Skip. It has a
			// place of its own, as rapid would take it for the failure that it makes small.
			panic(f)
		}
		panic(f)
	}
}

// try lets the property do what it wants, judges the world, and returns what was panicked.
func (w *World) try(property func()) (failure any) {
	defer func() { failure = recover() }()
	property()
	w.settle()
	if err := w.judge(); err != nil {
		panic(broken{err})
	}
	return nil
}

// end ends all processes. In the minute after it, what the apps have begun ends: no goroutine
// of theirs may be left.
func (w *World) end() {
	for _, p := range w.phones {
		if p.running != nil {
			p.running.end()
			p.running = nil
		}
	}
	time.Sleep(time.Minute)
}

// mostTold is how many lines of a story are told at most, the last ones.
const mostTold = 200

// tell writes the story.
func (w *World) tell(t rapid.TB) {
	t.Helper()
	story, left := w.Story(), ""
	if n := len(story) - mostTold; n > 0 {
		story, left = story[n:], fmt.Sprintf("… %d lines are left out\n", n)
	}
	t.Logf("the story, in seconds:\n%s%s", left, strings.Join(story, "\n"))
}

// Story is what has happened so far, in lines that begin with the time in seconds.
func (w *World) Story() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := make([]string, len(w.story))
	for i, l := range w.story {
		told[i] = fmt.Sprintf("%9.3f  %s", l.at.Seconds(), strings.Join(l.words, ""))
	}
	return told
}

// Fault is a set of kinds of faults.
type Fault uint

// The kinds. Each comes and goes as Repeat draws it.
const (
	BadNet   Fault = 1 << iota // copies are lost, doubled and held back
	Outages                    // a phone is offline
	Crashes                    // a process dies, and starts again with what it has saved
	Freezes                    // a process stands still
	Slowness                   // callbacks come late
	Clocks                     // a clock is set by up to ten minutes

	NoFaults  Fault = 0
	AllFaults       = BadNet | Outages | Crashes | Freezes | Slowness | Clocks
)

// Actions are what the users of the apps do, by name. That under "" is no action but a
// check, which runs before and after each. An action that makes no sense at present does
// nothing: rapid finds small failures sooner if it does not call Skip.
type Actions map[string]func(t *rapid.T)

// Press lets the user of a phone do something, unless its process is down or stands still:
// then it does nothing.
func (p *Phone) Press(do func()) {
	if p.Up() {
		do()
	}
}

// Repeat draws actions, faults and the time between them, as many as -rapid.steps says on
// average.
func (w *World) Repeat(t *rapid.T, faults Fault, actions Actions) {
	t.Helper()
	if faults&BadNet != 0 {
		w.Net.Loss, w.Net.Dup, w.Net.Reorder, w.Net.DelayMost = 0.2, 0.1, 0.1, 2*time.Second
	}
	all := map[string]func(t *rapid.T){"wait": func(t *rapid.T) {
		w.Sleep(time.Duration(waits.Draw(t, "milliseconds")) * time.Millisecond)
	}}
	for name, action := range actions {
		if name == "" {
			all[""] = func(t *rapid.T) { w.settle(); action(t) }
			continue
		}
		all[name] = func(t *rapid.T) {
			action(t)
			w.tick()
		}
	}
	for _, p := range w.phones {
		maps.Copy(all, p.faults(faults))
	}
	t.Repeat(all)
}

// waits favours the short times in which things cross.
var waits = rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(0, 3_000), rapid.IntRange(0, 60_000))

// faults are the actions by which faults come. Each goes by itself, after a while.
func (p *Phone) faults(kinds Fault) map[string]func(*rapid.T) {
	all := map[string]func(*rapid.T){}
	add := func(kind Fault, name string, begin, end func()) {
		if kinds&kind == 0 {
			return
		}
		all[p.name()+" "+name] = func(t *rapid.T) {
			lasts := time.Duration(waits.Draw(t, "milliseconds")) * time.Millisecond
			begin()
			p.world.tick()
			p.world.schedule(p.world.Now()+lasts, end)
		}
	}
	add(Outages, "goes offline", p.Offline, p.Online)
	add(Crashes, "crashes", p.Crash, p.Restart)
	add(Freezes, "freezes", p.Freeze, p.Thaw)
	add(Slowness, "is slow", func() { p.Slow(time.Second) }, func() { p.Slow(0) })
	if kinds&Clocks != 0 {
		all[p.name()+" sets its clock"] = func(t *rapid.T) {
			p.SetClock(time.Duration(rapid.IntRange(-600, 600).Draw(t, "seconds")) * time.Second)
			p.world.tick()
		}
	}
	return all
}
