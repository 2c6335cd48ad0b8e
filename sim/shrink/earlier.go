// Earlier: all that happens is moved towards the start of the world, so that nothing
// comes before it but silence.

package shrink

import (
	"cmp"
	"slices"
	"time"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// spell is one that a world drew.
type spell struct {
	kind  fault.Kind
	about setup.Subject
	at    time.Duration // since the start of the world
	lasts time.Duration
	draws []tape.Drawn // of partitions: one way or both, and the sides
}

// spellsOf are the spells of a world, by kind, phone and time.
func spellsOf(o *setup.Options, choices []tape.Drawn) []spell {
	var all []spell
	draws := &tape.Recorded{}
	for _, d := range choices {
		draws.Set(d.Choice, d.Draw)
	}
	for _, d := range choices {
		kind, ok := fault.KindOf(d.What)
		if !ok {
			continue
		}
		r, about := kind.Row(), setup.SubjectOf(d.Choice)
		if d.What != r.At && (d.What != r.Length || about.Slot > 0) {
			continue
		}
		s := spell{kind: kind, about: about}
		if about.Slot > 0 {
			s.at, _ = o.TimeOf(d.Choice, d.Draw)
		}
		length := setup.About(r.Length, about)
		s.lasts, _ = o.TimeOf(length, draws.Get(length))
		s.draws = extraDraws(kind, about, choices)
		all = append(all, s)
	}
	slices.SortStableFunc(all, func(a, b spell) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.about.Phone, b.about.Phone), cmp.Compare(a.at, b.at))
	})
	return all
}

// extraDraws are the choices of an episode besides its times.
func extraDraws(kind fault.Kind, about setup.Subject, choices []tape.Drawn) (draws []tape.Drawn) {
	extra := kind.Row().Extra
	for _, d := range choices {
		if !slices.Contains(extra, d.What) {
			continue
		}
		if of := setup.SubjectOf(d.Choice); of.Slot == about.Slot && of.Episode == about.Episode {
			draws = append(draws, d)
		}
	}
	return draws
}

// startEarlier moves everything so that the first call, or else whatever comes first,
// happens when the world starts.
func (s *shrinker) startEarlier() {
	choices, out := s.asked()
	o := &s.best.Options
	spells, calls := spellsOf(o, choices), placementsOf(out)
	first := calls[0].at
	for _, c := range calls {
		first = min(first, c.at)
	}
	all := first
	for _, p := range spells {
		all = min(all, p.at)
	}
	for _, f := range o.Faults {
		all = min(all, f.At)
	}
	if first > 0 && o.Glare+o.Redial+o.Hold == 0 && !s.try(s.earlier(first, spells, calls)) && all > 0 {
		s.try(s.earlier(all, spells, calls))
	}
}

// earlier is the best world with everything moved towards its start. Of a spell that
// would begin before that, the rest is left.
func (s *shrinker) earlier(by time.Duration, spells []spell, calls []placement) setup.Token {
	o, t := s.best.Options, &tape.Recorded{}
	for c, draw := range s.best.Tape.All() {
		if !isOfSpell(c.What) && !slices.Contains(placing, c.What) {
			t.Set(c, draw)
		}
	}
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].at = max(0, calls[i].at-by)
	}
	o.Faults = nil
	for _, f := range s.best.Options.Faults {
		if f.At < by {
			f.For -= by - f.At
		}
		if f.At = max(0, f.At-by); f.For >= 0 {
			o.Faults = append(o.Faults, f)
		}
	}
	if o.Heal > by {
		o.Heal -= by
	}
	place(&o, t, calls)
	moved := make([]spell, 0, len(spells))
	for _, p := range spells {
		if p.at < by && !p.kind.Row().Moment {
			p.lasts -= by - p.at
		}
		p.at = max(0, p.at-by)
		if p.lasts >= 0 || p.kind.Row().Moment {
			moved = append(moved, p)
		}
	}
	write(&o, t, moved)
	return s.with(o, t)
}

func isOfSpell(what tape.Label) bool {
	_, ok := fault.KindOf(what)
	return ok
}

// spelled is the best world with other spells than it has.
func (s *shrinker) spelled(spells []spell) setup.Token {
	o, t := s.best.Options, &tape.Recorded{}
	for c, draw := range s.best.Tape.All() {
		if !isOfSpell(c.What) {
			t.Set(c, draw)
		}
	}
	write(&o, t, spells)
	return s.with(o, t)
}

// moved is the best world with one of its spells at another moment.
func (s *shrinker) moved(spells []spell, index int, at time.Duration) setup.Token {
	spells = slices.Clone(spells)
	spells[index].at = at
	return s.spelled(spells)
}

// dropSpells leaves out spells, whichever of their slot they are.
func (s *shrinker) dropSpells() {
	choices, _ := s.asked()
	spells := spellsOf(&s.best.Options, choices)
	s.fewest(len(spells), func(keep []int) bool {
		kept := make([]spell, len(keep))
		for i, k := range keep {
			kept[i] = spells[k]
		}
		return s.try(s.spelled(kept))
	})
}

// tryMoved keeps a spell at another moment if the world still fails.
func (s *shrinker) tryMoved(spells []spell, index int, at time.Duration) bool {
	if spells[index].about.Slot == 0 || !s.try(s.moved(spells, index, at)) {
		return false
	}
	spells[index].at = at
	return true
}

// leastSpells finds the first moment for each spell, whatever its slot of time.
func (s *shrinker) leastSpells() {
	choices, _ := s.asked()
	spells := spellsOf(&s.best.Options, choices)
	for i := range spells {
		was := uint64(spells[i].at)
		least := leastOf(was, func(at uint64) bool { return s.failsAt(s.moved(spells, i, time.Duration(at))) })
		if least != was {
			s.tryMoved(spells, i, time.Duration(least))
		}
	}
}

// write puts spells on a tape, in their slots of time.
func write(o *setup.Options, t *tape.Recorded, spells []spell) {
	inSlot := map[tape.Choice]int{} // by the choice that counts them
	for _, p := range spells {
		r, about := p.kind.Row(), p.about
		if about.Slot > 0 {
			about.Slot = o.SlotOf(setup.About(r.At, about), p.at)
		}
		often := setup.About(r.Count, about)
		about.Episode = inSlot[often]
		inSlot[often]++
		t.Set(often, o.DrawOfCount(often, inSlot[often]))
		if about.Slot > 0 {
			when := setup.About(r.At, about)
			t.Set(when, o.DrawOf(when, p.at))
		}
		if length := setup.About(r.Length, about); length.What != 0 {
			t.Set(length, o.DrawOf(length, p.lasts))
		}
		for _, d := range p.draws {
			side := about
			side.Phone = setup.SubjectOf(d.Choice).Phone
			t.Set(setup.About(d.What, side), d.Draw)
		}
	}
}
