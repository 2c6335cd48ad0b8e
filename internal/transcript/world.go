// The world of a script: users on one virtual time, and the loop that lets it pass.

package transcript

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// patience is how long a world goes on after its last command, so that everything
// ends and is forgotten: the times of an engine take half of it at most, and a clock
// that is set back the other half.
const patience = 2 * time.Hour

type world struct {
	player   *Player
	step     *Step // that is carried out
	problems []Problem
	over     bool // the script has ended: what is left happens unseen

	now     time.Duration
	options []userOption
	users   []*user       // in the order in which they were first named
	calls   []*invitation // #1, #2, …
	rules   []*rule
	flying  []packet
}

// userOption is an option for the user with this name, or for all.
type userOption struct {
	name string
	set  func(*engine.Options)
}

// complain notes what should not be.
func (w *world) complain(format string, args ...any) {
	w.problems = append(w.problems, Problem{w.step.Line, fmt.Sprintf(format, args...)})
}

func (w *world) setOptions(c *command) {
	for _, u := range w.users {
		if c.name == "" || u.name == c.name || u.self == c.name {
			fail("%s has started already", u.name)
		}
	}
	for _, set := range c.options {
		w.options = append(w.options, userOption{c.name, set})
	}
	o := w.optionsOf(c.name)
	o.Clock, o.Epoch = &user{world: w}, 1
	if err := o.Validate(); err != nil {
		fail("%v", err)
	}
	t := o.Times
	if all := t.NoResponse + t.Expiry + t.Grace + t.Accept + t.Linger + t.Tombstone + t.MaxDelay; all > patience/2 {
		fail("the times add up to %v, which is over %v", all, patience/2)
	}
}

// optionsOf are those for which the races are reckoned, with the script's own.
func (w *world) optionsOf(name string) engine.Options {
	o := engine.Options{Times: engine.DefaultTimes()}
	self, device := withoutDevice(name)
	if !w.player.Free || w.player.RoundTimes {
		o.Times.Accept, o.Times.Grace, o.Times.Refresh = 32*time.Second, 0, 0
		o.Times.AcceptFirst, o.Times.AcceptCap = o.Times.RetransmitFirst, o.Times.RetransmitCap
	}
	for _, each := range w.options {
		if each.name == "" || each.name == name || each.name == self {
			each.set(&o)
		}
	}
	if o.Device = device; device != 0 && o.Times.Refresh == 0 { // which only a single device can do without
		o.Times.Refresh = engine.DefaultTimes().Refresh
	}
	return o
}

func (w *world) passTo(limit time.Duration, inputsToCome bool) {
	if limit < w.now {
		fail("%v is over: it is %v", limit, w.now)
	}
	w.run(limit, inputsToCome)
}

// run lets time pass. Of what is due at one instant inputs come first, then timers.
// Timers due at the limit itself are left if inputs are still to come.
func (w *world) run(limit time.Duration, inputsToCome bool) {
	for {
		u, at := w.nextTimer()
		switch {
		case len(w.flying) > 0 && w.flying[0].at <= limit && (u == nil || w.flying[0].at <= at):
			w.land()
		case u != nil && (at < limit || at == limit && !inputsToCome):
			w.now = at
			u.advance()
		default:
			w.now = limit
			return
		}
	}
}

// nextTimer is the user whose engine wants to be advanced next, and when.
func (w *world) nextTimer() (next *user, at time.Duration) {
	for _, u := range w.users {
		deadline, ok := u.engine.NextDeadline()
		if !ok || u.down || u.asleep || u.stopped && deadline.After(u.Now()) {
			continue
		}
		due := w.now + max(deadline.Sub(u.Now()), 0)
		if next == nil || due < at {
			next, at = u, due
		}
	}
	return next, at
}

func (w *world) reset(*command) {
	w.finish()
	*w = world{player: w.player, step: w.step, problems: w.problems}
}

// finish lets the rest of a world happen, unseen if the script is not free, until nobody
// remembers anything, and then looks at the outcomes.
func (w *world) finish() {
	if w.player.Free {
		w.run(w.now+patience, false)
	}
	w.over = true
	w.run(w.now+patience, false)
	for _, u := range w.users {
		u.checkEnd()
	}
	w.checkPairs()
	if w.player.Free {
		w.printTold()
	}
}
