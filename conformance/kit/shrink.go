// Shrinking: of the requests that lead to a difference, those that it does not need are left
// out, whether a case, a scene or a schedule has found it.

package kit

import (
	"fmt"
	"slices"

	"github.com/invsim/invsim/conformance/invd"
)

// replays is how often the requests of one difference are played at most: an endpoint may be
// slow.
const replays = 400

// shrinker leaves out requests as long as the reason stays the same.
type shrinker struct {
	p        *pair
	same     func(*Difference) bool
	best     *Difference
	requests []invd.Request // of best
	played   int            // times
	over     string         // why it ended early
	stop     func() bool
}

// exactly is the same for differences that are equal to the word.
func (d *Difference) exactly() string {
	return fmt.Sprintf("%s, %s: %q, not %q", d.Cause(), d.What, d.Got, d.Expected)
}

// requests are what the endpoint was asked until it differed.
func (d *Difference) requests() (list []invd.Request) {
	for _, s := range d.Case.Steps[:d.Step+1] {
		list = append(list, s.Request)
	}
	return list
}

// Shrink leaves out what a difference does not need. What reason says of it stays the same.
// stop is asked between replays.
func Shrink(d invd.Driver, found *Difference, reason func(*Difference) string, level string, stop func() bool) *Difference {
	same := func(d *Difference) bool { return reason(d) == reason(found) }
	s := &shrinker{p: newPair(d, level), same: same, best: found, requests: found.requests(), stop: stop}
	all := len(s.requests)
	for last := -1; last != len(s.requests); { // a restart makes what was before it needless
		last = len(s.requests)
		for i := len(s.requests) - 1; i > 0; i-- {
			if _, ok := s.requests[i].(*invd.Reset); ok && s.try(slices.Clone(s.requests[i:])) {
				break
			}
		}
		for size := len(s.requests) / 2; size > 0; size /= 2 {
			for from := len(s.requests) - size; from >= 1; from -= size {
				if from+size <= len(s.requests) {
					s.try(slices.Delete(slices.Clone(s.requests), from, from+size))
				}
			}
		}
	}
	s.plainer()
	small := *s.best
	switch needed := len(s.requests); {
	case s.over != "":
		small.shows = fmt.Sprintf("%d of its %d requests; perhaps not all are needed, but %s", needed, all, s.over)
	case needed < all:
		small.shows = fmt.Sprintf("%d of its %d requests; the others are not needed", needed, all)
	}
	return &small
}

// try plays requests. If they differ for the same reason, they are the better ones.
func (s *shrinker) try(requests []invd.Request) bool {
	if s.played == replays {
		s.over = fmt.Sprintf("they were played %d times", replays)
	}
	if s.over != "" || s.stop() {
		return false
	}
	s.played++
	got := s.p.replay(requests, false)
	if got.hangs() { // each further one would take as long
		s.over = "the endpoint hung"
	}
	if got == nil || !s.same(got) {
		return false
	}
	got.Case = s.p.record(s.best.Case.ID, got)
	s.best, s.requests = got, got.requests()
	return true
}

// plainer takes options away.
func (s *shrinker) plainer() {
	for _, change := range []func(*invd.Reset){
		func(r *invd.Reset) { r.Options = invd.Options{} },
		func(r *invd.Reset) { r.Options.Times = invd.Times{} },
		func(r *invd.Reset) { r.Device = "" },
	} {
		if reset, ok := s.requests[0].(*invd.Reset); ok {
			changed := *reset
			if change(&changed); changed.Setup != reset.Setup {
				s.try(append([]invd.Request{&changed}, s.requests[1:]...))
			}
		}
	}
}

// small is a failed case without what it does not need: what follows the difference is cut,
// and the rest is shrunk, if the endpoint differs from the reference side by side as it does
// in the case. What comes out is played as a case.
func (d *Difference) small(driver invd.Driver, name, level string, stop func() bool) *Difference {
	cut := *d
	cut.Case = &Case{}
	*cut.Case = *d.Case
	cut.Case.ID, cut.Case.Steps = name, d.Case.Steps[:d.Step+1]
	if !cut.fails(driver) {
		cut.shows = "all requests, although it passes when they are played again. Is anything kept over a reset, or drawn?"
		return &cut
	}
	small := Shrink(driver, &cut, (*Difference).exactly, level, stop)
	small.Clause, small.Case.Clause = d.Clause, d.Clause
	if !small.fails(driver) {
		return &cut
	}
	return small
}

// fails plays the case of a difference to an endpoint, and tells whether it differs as it did.
func (d *Difference) fails(driver invd.Driver) bool {
	found, _ := d.Case.Run(driver)
	if found == nil {
		return false
	}
	found.explain()
	return found.exactly() == d.exactly()
}

// alone is a failed scene as what its endpoint was asked until the end of the scene, side by
// side with the reference. If nothing differs in it, only the scene tells.
func (d *Difference) alone(driver invd.Driver, level string) *Difference {
	p := newPair(driver, level)
	end := &invd.Advance{At: invd.At{Now: d.Case.Scene.Until}}
	found := p.replay(append(d.asked, end), true)
	if found == nil {
		return d
	}
	found.Case = p.record(d.Case.ID+".steps", found)
	return found
}
