// Timing: the time that a choice's draw stands for, and the draw that stands for a
// time.

package setup

import (
	"math"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/tape"
)

// PlainOptions are the options of the plainest world, which a token tells the difference
// to: one call, and no fault.
func PlainOptions() Options { return base() }

// timing makes times of a choice: what options say of it is asked once, for all tapes that
// may draw it.
type timing func(o *Options, c tape.Choice) func(tape.Tape) time.Duration

// timings has every label whose choice is a time, with the meaning of the time. A
// greater draw is never a shorter time, but for the size of a jump.
var timings = withEpisodes(map[tape.Label]timing{
	tape.Latency: func(o *Options, c tape.Choice) func(tape.Tape) time.Duration {
		return func(t tape.Tape) time.Duration { return o.Latency.Draw(t, c.What, c.About) }
	},
	tape.Arrival: within(func(o *Options, _ tape.Choice) Range { return Range{0, o.Span(o.CallsOf(0))} }),
	tape.PresenceAfter: within(func(_ *Options, c tape.Choice) Range {
		if SubjectOf(c).Toggle%2 == 1 {
			return Range{0, OfflineWithin}
		}
		return Range{0, OnlineWithin}
	}),
	tape.ReorderBy:     within(func(o *Options, _ tape.Choice) Range { return Range{0, o.ReorderBy} }),
	tape.PushAfter:     within(func(o *Options, _ tape.Choice) Range { return o.PushAfter }),
	tape.AnswerAfter:   within(func(o *Options, _ tape.Choice) Range { return o.AnswerAfter }),
	tape.CancelAfter:   within(func(o *Options, _ tape.Choice) Range { return o.CancelAfter }),
	tape.ChangeAfter:   within(func(*Options, tape.Choice) Range { return Range{0, ChangeWithin} }),
	tape.GlareAfter:    within(func(*Options, tape.Choice) Range { return Range{0, GlareWithin} }),
	tape.RedialAfter:   within(func(*Options, tape.Choice) Range { return Range{0, RedialWithin} }),
	tape.HoldAfter:     within(func(o *Options, _ tape.Choice) Range { return Range{0, o.HoldPause} }),
	tape.StrangerAfter: within(func(*Options, tape.Choice) Range { return Range{0, StrangerWithin} }),
	tape.LoginAfter:    within(func(o *Options, _ tape.Choice) Range { return Range{0, o.LoginAfter} }),
	tape.LogoutAfter:   within(func(*Options, tape.Choice) Range { return Range{0, NoticeWithin} }),
})

// withEpisodes adds the times of episodes, of every kind of fault.
func withEpisodes(of map[tape.Label]timing) map[tape.Label]timing {
	for kind := range fault.NumKinds {
		of[kind.Row().At] = begins
		if length := kind.Row().Length; length != 0 {
			of[length] = lasts
		}
	}
	return of
}

func within(r func(o *Options, c tape.Choice) Range) timing {
	return func(o *Options, c tape.Choice) func(tape.Tape) time.Duration {
		r := r(o, c)
		return func(t tape.Tape) time.Duration { return tape.Between(t, r.Min, r.Max, c.What, c.About) }
	}
}

// begins is the moment of an episode, since the start of the world.
func begins(o *Options, c tape.Choice) func(tape.Tape) time.Duration {
	e := o.episodesOf(c)
	slot := time.Duration(max(0, SubjectOf(c).Slot-1))
	return func(t tape.Tape) time.Duration {
		return slot*e.Every + tape.Between(t, 0, e.Every-1, c.What, c.About)
	}
}

// lasts is how long an episode lasts, or by how much a clock is set.
func lasts(o *Options, c tape.Choice) func(tape.Tape) time.Duration {
	e := o.episodesOf(c)
	return func(t tape.Tape) time.Duration { return e.Draw(t, c.About) }
}

// Draw draws the length of an episode, or the size of one that is over at once.
func (e *Episodes) Draw(t tape.Tape, about tape.Key) time.Duration {
	switch r := e.Kind.Row(); {
	case r.Length == 0:
		return 0
	case r.Moment:
		return tape.Either(t, e.Lasts, r.Length, about)
	default:
		return tape.Exponential(t, e.Lasts, r.Length, about)
	}
}

// episodesOf are the episodes that a label belongs to. Those that are off last no time.
func (o *Options) episodesOf(c tape.Choice) *Episodes {
	kind, ok := fault.KindOf(c.What)
	if !ok {
		return &Episodes{Every: 1}
	}
	every, lasts := o.ownOf(c).episodes(kind)
	if every == 0 {
		every, lasts = 1, 0
	}
	return &Episodes{kind, every, lasts}
}

// ownOf are the options of the phone that a choice is about.
func (o *Options) ownOf(c tape.Choice) *Options {
	if phone := SubjectOf(c).Phone; o.Groups != nil && phone >= 0 && phone < o.Phones() {
		if all, of, err := o.Populations(); err == nil {
			return all[of[phone]]
		}
	}
	return o
}

// TimeOf is the time that a draw of a choice stands for, in a world of its own: a
// length, or the moment of an episode or a call since the start of the world. It is
// false for a choice that is no time.
func (o *Options) TimeOf(c tape.Choice, draw uint64) (time.Duration, bool) {
	value, ok := timings[c.What]
	if !ok {
		return 0, false
	}
	return value(o, c)(constant(draw)), true
}

// DrawOf is the least draw of a choice that stands for a time, or for the first that
// can be drawn after it. What is out of range becomes the nearest end.
func (o *Options) DrawOf(c tape.Choice, d time.Duration) uint64 {
	value, ok := timings[c.What]
	if !ok {
		return 0
	}
	if isSize(c.What) {
		most := o.episodesOf(c).Lasts
		d = max(-most, min(most, d))
		if d < 0 {
			return tape.DrawFor(0, 2*most, -2*d-1)
		}
		return tape.DrawFor(0, 2*most, 2*d)
	}
	at := value(o, c)
	draw, ok := tape.LeastDraw(func(t tape.Tape) bool { return at(t) >= d })
	if !ok {
		return math.MaxUint64
	}
	return draw
}

// TimesOf are the shortest and the longest time that a choice can stand for.
func (o *Options) TimesOf(c tape.Choice) Range {
	if isSize(c.What) {
		most := o.episodesOf(c).Lasts
		return Range{-most, most}
	}
	least, _ := o.TimeOf(c, 0)
	most, _ := o.TimeOf(c, math.MaxUint64)
	return Range{least, most}
}

// isSize tells the sizes of momentary faults, forward or back, from lengths of time.
func isSize(what tape.Label) bool {
	kind, ok := fault.KindOf(what)
	return ok && kind.Row().Moment && what == kind.Row().Length
}

// constant is a tape that answers every choice with the same draw.
type constant uint64

func (c constant) Draw(tape.Label, tape.Key) uint64 { return uint64(c) }
