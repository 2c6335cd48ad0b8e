// Faults: random episodes become faults at set times, so that each can be left out,
// moved and shortened by itself.

package shrink

import (
	"slices"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
)

// withFaults is the best world with other faults at set times.
func (s *shrinker) withFaults(faults []fault.Scheduled) setup.Token {
	k := s.best
	k.Options.Faults = faults
	return k
}

// withFault is the best world with one of its faults changed.
func (s *shrinker) withFault(i int, change func(*fault.Scheduled)) setup.Token {
	faults := slices.Clone(s.best.Options.Faults)
	change(&faults[i])
	return s.withFaults(faults)
}

// kindsOf are the kinds of some faults, each once.
func kindsOf(faults []fault.Scheduled) (kinds []fault.Kind) {
	for _, f := range faults {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

// dropFaults leaves out the faults that need not happen: first all of a kind, then any.
func (s *shrinker) dropFaults() {
	all := s.best.Options.Faults
	kinds := kindsOf(all)
	s.fewest(len(kinds), func(keep []int) bool {
		return s.try(s.withFaults(slices.DeleteFunc(slices.Clone(all), func(f fault.Scheduled) bool { return !slices.Contains(keep, slices.Index(kinds, f.Kind)) })))
	})
	all = s.best.Options.Faults
	s.fewest(len(all), func(keep []int) bool {
		var kept []fault.Scheduled
		for _, i := range keep {
			kept = append(kept, all[i])
		}
		return s.try(s.withFaults(kept))
	})
}

// leastFaults lets every fault begin as early and last as short as it can, but for a
// millisecond at least: nobody has seen an outage of no length.
func (s *shrinker) leastFaults() {
	for i := range s.best.Options.Faults {
		s.leastTime(s.best.Options.Faults[i].For, time.Millisecond, func(d time.Duration) setup.Token {
			return s.withFault(i, func(f *fault.Scheduled) { f.For = d })
		})
		s.leastTime(s.best.Options.Faults[i].At, 0, func(d time.Duration) setup.Token {
			return s.withFault(i, func(f *fault.Scheduled) { f.At = d })
		})
	}
}

// startEarlier moves all that happens towards the start of the world, so that nothing
// comes before the first call, or else before whatever comes first.
func (s *shrinker) startEarlier() {
	_, out := s.asked()
	o := &s.best.Options
	if o.Glare+o.Redial+o.Hold > 0 {
		return
	}
	calls := placementsOf(out)
	first := calls[0].at
	for _, c := range calls {
		first = min(first, c.at)
	}
	all := first
	for _, f := range o.Faults {
		all = min(all, f.At)
	}
	if first > 0 && !s.try(s.earlier(first, calls)) && all > 0 {
		s.try(s.earlier(all, calls))
	}
}

// earlier is the best world with calls and faults moved towards its start. Of a fault
// that would begin before that, the rest is left.
func (s *shrinker) earlier(by time.Duration, calls []placement) setup.Token {
	o, t := s.best.Options, s.best.Tape.Clone()
	o.Faults = nil
	for _, f := range s.best.Options.Faults {
		if f.At < by && !f.Kind.Row().Moment {
			f.For -= by - f.At
		}
		if f.At = max(0, f.At-by); f.For >= 0 || f.Kind.Row().Moment {
			o.Faults = append(o.Faults, f)
		}
	}
	if o.Heal > by {
		o.Heal -= by
	}
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].at = max(0, calls[i].at-by)
	}
	place(&o, t, calls)
	return setup.Token{Options: o, Tape: t}
}
