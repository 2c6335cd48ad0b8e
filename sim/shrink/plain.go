// Plainer options: each option that is not needed gets the value of the plainest
// world. What was drawn under the old value is drawn again, for the same time.

package shrink

import (
	"slices"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// others are the options that other passes set.
var others = []string{"groups", "seed", "calls", "world", "users", "accept", "refuse", "ignore"}

// insteads are what to try, after the plain value, for options that must not be
// plain: what a user always does takes no choice.
var insteads = [][]setting{
	{{"snapshots", "none"}},
	{{"cancel", "100%"}},
	{{"change-mind", "100%"}},
	{{"press-twice", "100%"}},
	{{"strangers", "100%"}},
}

// answers are what all callees may do, the plainest first.
var answers = [][]setting{
	{{"accept", "0"}, {"refuse", "0"}, {"ignore", "1"}},
	{{"accept", "1"}, {"refuse", "0"}, {"ignore", "0"}},
	{{"accept", "0"}, {"refuse", "1"}, {"ignore", "0"}},
}

// setting is an option's name and its text.
type setting struct{ name, text string }

// fewerSettings leaves out what groups of phones need not have of their own.
func (s *shrinker) fewerSettings() {
	base, total := s.best, 0
	for _, g := range base.Options.Groups {
		total += len(g.Set)
	}
	s.fewest(total, func(keep []int) bool {
		o, number := base.Options, 0
		o.Groups = nil
		for _, g := range base.Options.Groups {
			var set []setup.Setting
			for _, setting := range g.Set {
				if slices.Contains(keep, number) {
					set = append(set, setting)
				}
				number++
			}
			if g.Set = set; set != nil {
				o.Groups = append(o.Groups, g)
			}
		}
		return s.try(s.with(o, s.best.Tape))
	})
}

// plainOptions makes options plain, all of them at first.
func (s *shrinker) plainOptions() {
	var special []setting
	plain, now := setup.Plain(), s.best.Options
	to := plain.Fields()
	for i, f := range now.Fields() {
		if text := to[i].Value.String(); text != f.Value.String() && !slices.Contains(others, f.Name) && !isNeeded(&now, f.Name) {
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
		if now := textOf(&s.best.Options, set); !slices.Equal(now, textOf(&plain, set)) && !slices.Equal(now, wanted(set)) {
			s.trySettings(s.best, set)
		}
	}
	for _, set := range answers {
		if slices.Equal(textOf(&s.best.Options, set), wanted(set)) || s.trySettings(s.best, set) {
			return
		}
	}
}

func wanted(set []setting) []string {
	texts := make([]string, len(set))
	for i := range set {
		texts[i] = set[i].text
	}
	return texts
}

// isNeeded tells that an option says how long something is that can happen. Plain, it
// might be too short for what another pass has in mind; and no round length can be
// drawn that is many times the mean.
func isNeeded(o *setup.Options, name string) bool {
	for kind := range fault.Save {
		if name == kind.Row().For.Name {
			return o.Draws(kind)
		}
	}
	return name == "reorder-by" && o.Reorder > 0
}

func textOf(o *setup.Options, set []setting) []string {
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
func (s *shrinker) trySettings(base setup.Token, set []setting) bool {
	o := base.Options
	for _, v := range set {
		if o.Set(v.name, v.text) != nil {
			return false
		}
	}
	if o.Validate() != nil {
		return false
	}
	return s.try(s.with(o, s.sameTimes(base, &o))) || s.try(s.with(o, base.Tape.Clone()))
}

// sameTimes is a world's tape for other options, such that every choice stands for
// the time that it stood for.
func (s *shrinker) sameTimes(base setup.Token, o *setup.Options) *tape.Recorded {
	t := base.Tape.Clone()
	recorder := tape.NewRecorder(base.Tape)
	s.again(base, recorder, false)
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
