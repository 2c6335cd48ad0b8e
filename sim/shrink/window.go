// Race windows: how much earlier or later a moment of a failure may be.

package shrink

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/tape"
)

// Window is the interval of one time in which a failure still is one, all else being
// kept. It is found by a search outwards from the present value: at Least and Most
// the world fails, a nanosecond beyond it does not, and the values tried in between
// failed.
type Window struct {
	What        string        // in words
	At          time.Duration // the present value: a length, or a moment since the first send
	Least, Most time.Duration // in the same measure
	OpenBelow   bool          // nothing below Least can be drawn with these options
	OpenAbove   bool          // nothing above Most

	token func(time.Duration) sim.Token // the world with another value
	fails func(sim.Token) bool
}

// String is the window in words.
func (w Window) String() string {
	text := fmt.Sprintf("%s: %s to %s, now %s", w.What, span(w.Least), span(w.Most), span(w.At))
	switch {
	case w.OpenBelow && w.OpenAbove:
		return text + "; both are the ends of what can be drawn"
	case w.OpenBelow:
		return text + "; the lower is the end of what can be drawn"
	case w.OpenAbove:
		return text + "; the upper is the end of what can be drawn"
	}
	return text
}

// windows finds the window of every time that a failure has left.
func (s *shrinker) windows(story *story) []Window {
	var all []Window
	for _, d := range story.choices {
		at, ok := s.best.Options.TimeOf(d.Choice, d.Draw)
		if !ok || s.over() || !story.matters(d) {
			continue
		}
		c, since := d.Choice, time.Duration(0)
		if isMoment(c.What) {
			since = story.start
		}
		r := s.best.Options.TimesOf(c)
		w := Window{What: story.timeWords(c), At: at - since, fails: s.failsAt}
		w.token = func(d time.Duration) sim.Token { return s.timed(c, d+since) }
		w.search(r.Min-since, r.Max-since)
		all = append(all, w)
	}
	for i := range s.best.Options.Faults {
		all = append(all, s.setWindows(story, i)...)
	}
	return all
}

// longestSet is the longest time that is tried for a fault at a set time.
const longestSet = time.Hour

// setWindows are those of a fault at a set time.
func (s *shrinker) setWindows(story *story, index int) []Window {
	f := s.best.Options.Faults[index]
	with := func(change func(f *sim.Fault)) sim.Token {
		k := s.best
		k.Options.Faults = append([]sim.Fault{}, k.Options.Faults...)
		change(&k.Options.Faults[index])
		return k
	}
	words := story.setFaultWords(&f)
	begins := Window{What: "beginning of: " + words, At: f.At - story.start, fails: s.failsAt}
	begins.token = func(d time.Duration) sim.Token { return with(func(f *sim.Fault) { f.At = d + story.start }) }
	begins.search(-story.start, longestSet)
	length := Window{What: "length of: " + words, At: f.For, fails: s.failsAt}
	length.token = func(d time.Duration) sim.Token { return with(func(f *sim.Fault) { f.For = d }) }
	length.search(0, longestSet)
	return []Window{begins, length}
}

// matters leaves out the latencies that are as short as can be, and what a user does
// whom nobody saw do it.
func (s *story) matters(d tape.Drawn) bool {
	switch d.What {
	case tape.Latency, tape.LogoutAfter, tape.PresenceAfter, tape.Arrival:
		return d.Draw != 0
	}
	return true
}

// isMoment tells moments of the world from lengths of time.
func isMoment(what tape.Label) bool {
	for _, labels := range spellLabels {
		if what == labels.when {
			return true
		}
	}
	return what == tape.Arrival
}

// timeWords names a time of the failure.
func (s *story) timeWords(c tape.Choice) string {
	about := sim.SubjectOf(c)
	switch c.What {
	case tape.Latency:
		return "latency of " + s.copyWords(about)
	case tape.ReorderBy:
		return "extra delay of " + s.copyWords(about)
	case tape.AnswerAfter:
		return fmt.Sprintf("answer of %s, since its ring", s.who(s.calls[about.Call].callee))
	case tape.CancelAfter:
		return fmt.Sprintf("cancel of %s, since its send", s.who(s.calls[about.Call].caller))
	}
	return sim.Words(c)
}

// search finds the ends of the window within a range.
func (w *Window) search(least, most time.Duration) {
	fails := func(d time.Duration) bool { return w.fails(w.token(d)) }
	below := edge(w.At-least, func(by time.Duration) bool { return fails(w.At - by) })
	above := edge(most-w.At, func(by time.Duration) bool { return fails(w.At + by) })
	w.Least, w.OpenBelow = w.At-below, below == w.At-least
	w.Most, w.OpenAbove = w.At+above, above == most-w.At
}

// edge is the last distance up to most that fails, before the first that does not:
// steps double until one holds, and then the gap is halved.
func edge(most time.Duration, fails func(time.Duration) bool) time.Duration {
	if most <= 0 {
		return 0
	}
	good, step := time.Duration(0), time.Duration(1)
	for fails(min(step, most)) {
		if good = min(step, most); good == most {
			return most
		}
		step *= 2
	}
	bad := min(step, most)
	for bad-good > 1 {
		if middle := good + (bad-good)/2; fails(middle) {
			good = middle
		} else {
			bad = middle
		}
	}
	return good
}
