// Fewer choices, and smaller ones.

package shrink

import (
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// dropChoices leaves out the choices that need not be special: first all choices of a
// label, then any.
func (s *shrinker) dropChoices() {
	var labels []tape.Label
	for c := range s.best.Tape.All() {
		if !slices.Contains(labels, c.What) {
			labels = append(labels, c.What)
		}
	}
	base := s.best
	s.fewest(len(labels), func(keep []int) bool {
		return s.tryChoices(base, func(_ int, c tape.Choice) bool { return slices.Contains(keep, slices.Index(labels, c.What)) })
	})
	base = s.best
	s.fewest(base.Tape.Len(), func(keep []int) bool {
		kept := make([]bool, base.Tape.Len())
		for _, i := range keep {
			kept[i] = true
		}
		return s.tryChoices(base, func(i int, _ tape.Choice) bool { return kept[i] })
	})
}

// tryChoices plays a world with some of its choices.
func (s *shrinker) tryChoices(base setup.Token, keep func(i int, c tape.Choice) bool) bool {
	t, i := &tape.Recorded{}, 0
	for c, draw := range base.Tape.All() {
		if keep(i, c) {
			t.Set(c, draw)
		}
		i++
	}
	return s.try(setup.Token{Options: base.Options, Tape: t})
}

// leastDraws makes every choice as small as it can be. Times are made round last of
// all: a round one may need a fault that a shorter one does not.
func (s *shrinker) leastDraws() {
	for c, draw := range s.best.Tape.All() {
		if now, ok := s.best.Options.TimeOf(c, draw); ok {
			s.leastTime(now, max(0, s.best.Options.TimesOf(c).Min), func(d time.Duration) setup.Token { return s.timed(c, d) })
		} else {
			s.leastDraw(c, draw)
		}
	}
}

// leastDraw finds the least draw that fails, and then the shortest to write.
func (s *shrinker) leastDraw(c tape.Choice, now uint64) {
	least := leastOf(now, func(draw uint64) bool { return s.failsAt(s.drawn(c, draw)) })
	for _, draw := range []uint64{tape.RoundDraw(least, math.MaxUint64), tape.RoundDraw(least, now), least} {
		if draw == now || s.try(s.drawn(c, draw)) {
			return
		}
	}
}

// leastTime finds the shortest time from least on that fails; of one below 0, as that
// of a clock that is set back, the least negative.
func (s *shrinker) leastTime(now, least time.Duration, at func(time.Duration) setup.Token) {
	sign, least := signOf(now), min(least, now.Abs())
	world := func(d uint64) setup.Token { return at(sign * (least + time.Duration(d))) }
	was := uint64(sign*now - least)
	if d := leastOf(was, func(d uint64) bool { return s.failsAt(world(d)) }); d != was {
		s.try(world(d))
	}
}

func signOf(d time.Duration) time.Duration {
	if d < 0 {
		return -1
	}
	return 1
}

// leastOf is the least number up to now that fails, if those that fail are all from
// one number on; else, one that fails.
func leastOf(now uint64, fails func(uint64) bool) uint64 {
	low := uint64(0) // everything below holds, as far as that is known
	for low < now {
		if middle := low + (now-low)/2; fails(middle) {
			now = middle
		} else {
			low = middle + 1
		}
	}
	return now
}

// rounds are the units that times are rounded up to.
var rounds = []time.Duration{
	time.Minute, 10 * time.Second, time.Second, 100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond,
	100 * time.Microsecond, 10 * time.Microsecond, time.Microsecond, 1,
}

// roundTimes makes times round that are little longer then, and bring no new fault.
func (s *shrinker) roundTimes() {
	if s.best.Tape.Len() > 50 {
		return // the search was cut short, and nobody will read them all
	}
	faults := s.countFaults(s.best)
	try := func(k setup.Token) bool { return s.failsAt(k) && s.countFaults(k) <= faults && s.try(k) }
	for range 2 { // what comes first makes room for what comes later, and the other way round
		for i, f := range s.best.Options.Faults {
			round(f.At, func(d time.Duration) bool { return try(s.withFault(i, func(f *fault.Scheduled) { f.At = d })) })
			round(f.For, func(d time.Duration) bool { return try(s.withFault(i, func(f *fault.Scheduled) { f.For = d })) })
		}
		for c, draw := range s.best.Tape.All() {
			if now, ok := s.best.Options.TimeOf(c, draw); ok {
				round(now, func(d time.Duration) bool { return try(s.timed(c, d)) })
			}
		}
	}
}

// round offers times that are rounder than now, the roundest first.
func round(now time.Duration, try func(time.Duration) bool) {
	for _, unit := range rounds {
		d := (now.Abs() + unit - 1) / unit * unit
		if d > 2*now.Abs() && d > 10*time.Millisecond {
			continue
		}
		if d = signOf(now) * d; d == now || try(d) {
			return
		}
	}
}

// drawn is the best world with another draw for one choice.
func (s *shrinker) drawn(c tape.Choice, draw uint64) setup.Token {
	t := s.best.Tape.Clone()
	t.Set(c, draw)
	return setup.Token{Options: s.best.Options, Tape: t}
}

// timed is the best world with another time for one choice.
func (s *shrinker) timed(c tape.Choice, d time.Duration) setup.Token {
	return s.drawn(c, s.best.Options.DrawOf(c, d))
}
