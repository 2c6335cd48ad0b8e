// Plainer options: each option that is not needed gets the value of the plainest
// world. What was drawn under the old value is drawn again, for the same time.

package shrink

import (
	"slices"

	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// setting is an option's name and its text.
type setting struct{ name, text string }

// others are the options that other passes set.
var others = []string{"seed", "calls", "world", "users", "faults", "groups", "accept", "refuse", "ignore"}

// insteads are tried for options that must not be plain: what a user always does takes
// no choice.
var insteads = []setting{{"snapshots", "none"}, {"cancel", "100%"}, {"change-mind", "100%"}, {"press-twice", "100%"}, {"strangers", "100%"}}

// answers are the possible answers of all callees, the plainest first.
var answers = [][]setting{
	{{"accept", "0"}, {"refuse", "0"}, {"ignore", "1"}},
	{{"accept", "1"}, {"refuse", "0"}, {"ignore", "0"}},
	{{"accept", "0"}, {"refuse", "1"}, {"ignore", "0"}},
}

// special are the options that are not plain.
func special(o setup.Options) (all []setting) {
	plain := setup.PlainOptions()
	to := plain.Fields()
	for i, f := range o.Fields() {
		if text := f.Value.String(); text != to[i].Value.String() {
			all = append(all, setting{f.Name, text})
		}
	}
	return all
}

// dropSettings leaves out settings that groups of phones need not have of their own.
func (s *shrinker) dropSettings() {
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
		return s.try(setup.Token{Options: o, Tape: base.Tape})
	})
}

// plainOptions makes options plain, all of them at first.
func (s *shrinker) plainOptions() {
	base, plain := s.best, setup.PlainOptions()
	all := slices.DeleteFunc(special(base.Options), func(v setting) bool { return slices.Contains(others, v.name) })
	for i := range all {
		all[i].text = plain.Get(all[i].name)
	}
	s.fewest(len(all), func(keep []int) bool {
		var set []setting
		for i, v := range all {
			if !slices.Contains(keep, i) {
				set = append(set, v)
			}
		}
		return s.trySettings(base, set)
	})
	for _, v := range insteads {
		if slices.ContainsFunc(special(s.best.Options), func(other setting) bool { return other.name == v.name }) {
			s.trySettings(s.best, []setting{v})
		}
	}
	for _, set := range answers {
		if s.trySettings(s.best, set) {
			return
		}
	}
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
	return s.try(setup.Token{Options: o, Tape: s.sameTimes(base, &o)}) || s.try(setup.Token{Options: o, Tape: base.Tape})
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
