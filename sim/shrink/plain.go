// Plainer options: each option that is not needed gets the value of the plainest
// world. What was drawn under the old value is drawn again, for the same time.

package shrink

import (
	"slices"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/tape"
)

// counts are the options that other passes set.
var counts = []string{"seed", "calls", "world", "users"}

// insteads are what to try, after the plain value, for options that must not be
// plain: what a user always does takes no choice.
var insteads = [][]setting{
	{{"snapshots", "none"}},
	{{"cancel", "100%"}},
	{{"change-mind", "100%"}},
	{{"press-twice", "100%"}},
	{{"strangers", "100%"}},
	{{"accept", "1"}, {"refuse", "0"}, {"ignore", "0"}},
	{{"accept", "0"}, {"refuse", "0"}, {"ignore", "1"}},
	{{"accept", "0"}, {"refuse", "1"}, {"ignore", "0"}},
}

// setting is an option's name and its text.
type setting struct{ name, text string }

// plainOptions makes options plain, all of them at first.
func (s *shrinker) plainOptions() {
	var special []setting
	plain, now := sim.Plain(), s.best.Options
	to := plain.Fields()
	for i, f := range now.Fields() {
		if text := to[i].Value.String(); text != f.Value.String() && !slices.Contains(counts, f.Name) {
			special = append(special, setting{f.Name, text})
		}
	}
	base := s.best
	s.fewest(len(special), func(keep []int) bool {
		var set []setting
		for i, v := range special {
			if !slices.Contains(keep, i) {
				set = append(set, v)
			}
		}
		return s.trySettings(base, set)
	})
	for _, set := range insteads {
		s.tryInstead(set)
	}
}

// tryInstead tries settings that are not the present ones, unless those are plain.
func (s *shrinker) tryInstead(set []setting) {
	now, plain := textOf(&s.best.Options, set), sim.Plain()
	if slices.Equal(now, textOf(&plain, set)) {
		return
	}
	wanted := make([]string, len(set))
	for i := range set {
		wanted[i] = set[i].text
	}
	if !slices.Equal(now, wanted) {
		s.trySettings(s.best, set)
	}
}

func textOf(o *sim.Options, set []setting) []string {
	texts := make([]string, len(set))
	for _, f := range o.Fields() {
		for i := range set {
			if set[i].name == f.Name {
				texts[i] = f.Value.String()
			}
		}
	}
	return texts
}

// trySettings plays a world with other options: with the times that it had, and else
// with the draws that it had.
func (s *shrinker) trySettings(base sim.Token, set []setting) bool {
	o := base.Options
	for _, v := range set {
		if o.Set(v.name, v.text) != nil {
			return false
		}
	}
	if o.Validate() != nil {
		return false
	}
	return s.try(s.with(o, sameTimes(base, &o))) || s.try(s.with(o, base.Tape.Clone()))
}

// sameTimes is a world's tape for other options, such that every choice stands for
// the time that it stood for.
func sameTimes(base sim.Token, o *sim.Options) *tape.Recorded {
	t := base.Tape.Clone()
	recorder := tape.NewRecorder(base.Tape)
	if _, err := sim.Play(base.Options, 0, recorder, false); err != nil {
		return t
	}
	for _, d := range recorder.Choices() {
		was, ok := base.Options.TimeOf(d.Choice, d.Draw)
		if !ok {
			continue
		}
		if is, _ := o.TimeOf(d.Choice, d.Draw); is != was {
			t.Set(d.Choice, o.DrawOf(d.Choice, was))
		}
	}
	return t
}

// dropSetFaults leaves out the faults that need not happen at their set times.
func (s *shrinker) dropSetFaults() {
	base := s.best
	s.fewest(len(base.Options.Faults), func(keep []int) bool {
		k := base
		k.Options.Faults = nil
		for _, i := range keep {
			k.Options.Faults = append(k.Options.Faults, base.Options.Faults[i])
		}
		return s.try(k)
	})
}
