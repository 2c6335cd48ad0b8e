// Race windows: how much earlier or later a moment of a failure may be.

package shrink

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
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

	since time.Duration                   // the origin of a moment
	token func(time.Duration) setup.Token // the world with another value
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
		if !ok || !matters(d) {
			continue
		}
		c := d.Choice
		w := Window{What: story.timeWords(c), At: at, token: func(d time.Duration) setup.Token { return s.timed(c, d) }}
		w = s.window(w, s.best.Options.TimesOf(c))
		w.Least, _ = s.best.Options.TimeOf(c, s.best.Options.DrawOf(c, w.Least)) // not every nanosecond can be drawn
		all = append(all, w)
	}
	for i := range s.best.Options.Faults {
		all = append(all, s.faultWindows(story, i)...)
	}
	if s.over() {
		return nil // the search was cut short, and its ends mean nothing
	}
	return all
}

// farthest is the latest moment, and the greatest length, that is tried for a fault.
const farthest = time.Hour

// faultWindows are those of a fault at a set time: when it begins, and how long it lasts.
func (s *shrinker) faultWindows(story *story, index int) []Window {
	f := s.best.Options.Faults[index]
	at, length := "beginning", "length"
	if f.Kind.Row().Moment {
		at, length = "moment", "size"
	}
	name := " of the " + f.Kind.Row().Singular + " of " + story.whoHas(&f)
	begins := Window{What: at + name, At: f.At, since: story.start}
	begins.token = func(d time.Duration) setup.Token { return s.withFault(index, func(f *fault.Scheduled) { f.At = d }) }
	lasts := Window{What: length + name, At: f.For}
	lasts.token = func(d time.Duration) setup.Token { return s.withFault(index, func(f *fault.Scheduled) { f.For = d }) }
	return []Window{s.window(begins, setup.Range{Max: farthest}), s.window(lasts, setup.Range{Max: farthest})}
}

// matters leaves out the latencies and reports that are as fast as can be.
func matters(d tape.Drawn) bool {
	switch d.What {
	case tape.Latency, tape.LogoutAfter, tape.PresenceAfter, tape.Arrival:
		return d.Draw != 0
	}
	return true
}

// timeWords names a time of the failure.
func (s *story) timeWords(c tape.Choice) string {
	about := setup.SubjectOf(c)
	switch c.What {
	case tape.Latency:
		return "latency of " + s.copyWords(about)
	case tape.ReorderBy:
		return "extra delay of " + s.copyWords(about)
	case tape.AnswerAfter:
		return fmt.Sprintf("answer of %s, since its ring", s.who(s.calls[about.Call].callee+about.Device*s.o.Users))
	case tape.CancelAfter:
		return fmt.Sprintf("cancel of %s, since its send", s.who(s.calls[about.Call].caller))
	}
	return s.o.ChoiceWords(c)
}

// window finds the ends of a window within a range. Those of a moment are told since
// the first send.
func (s *shrinker) window(w Window, r setup.Range) Window {
	r = setup.Range{Min: min(r.Min, w.At), Max: max(r.Max, w.At)}
	fails := func(d time.Duration) bool { return s.failsAt(w.token(d)) }
	below := edge(w.At-r.Min, func(by time.Duration) bool { return fails(w.At - by) })
	above := edge(r.Max-w.At, func(by time.Duration) bool { return fails(w.At + by) })
	w.Least, w.OpenBelow = w.At-below-w.since, below == w.At-r.Min
	w.Most, w.OpenAbove = w.At+above-w.since, above == r.Max-w.At
	w.At -= w.since
	return w
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
