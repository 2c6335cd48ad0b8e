// The search: passes that leave out one thing after another, and keep the smallest failure.

package shrink

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// DefaultBudget is how many worlds are played at most, if nothing else is said.
const DefaultBudget = 20_000

// roundingBudget is kept for the last pass, so that what people read is round.
const roundingBudget = 200

// Options say how to shrink. The zero value is fine.
type Options struct {
	Budget    int                     // worlds to play at most; 0 for DefaultBudget. Race windows may take as many again
	Fails     func(*sim.Outcome) bool // whether a world is a failure; nil: Violated(want)
	NoWindows bool                    // leave the race windows out
}

// Violated is a world in which a property is violated that it promises.
func Violated(want property.ID) func(*sim.Outcome) bool {
	return func(o *sim.Outcome) bool {
		_, ok := violation(o, want)
		return ok
	}
}

// Broken is a world in which a property is broken, promised or not.
func Broken(want property.ID) func(*sim.Outcome) bool {
	return func(o *sim.Outcome) bool {
		_, ok := violation(o, want)
		return ok || o.Result.NotPromised[want] > 0
	}
}

// violation is the first of a property.
func violation(o *sim.Outcome, want property.ID) (property.Violation, bool) {
	for _, v := range o.Result.Violations {
		if v.Property == want {
			return v.Violation, true
		}
	}
	return property.Violation{}, false
}

// Failure is a world that breaks a property, as small as could be found.
type Failure struct {
	Token     setup.Token        // of the world, with a recorded tape
	Violation property.Violation // of one that the world does not promise, only the property and the call
	Promised  bool               // the world promises that the property holds
	Outcome   *sim.Outcome       // of playing it, observed
	Faults    []string           // of the network and of the phones, in words: one for each
	Actions   []string           // of the users, in words
	Windows   []Window           // how exactly the moments must be met
	Plays     int                // worlds played to find it
}

// Shrink makes the failure of a token's world small. It fails if the property is not
// broken there, or if the world cannot be played. When ctx ends or the budget is
// used up, the smallest failure so far is the result, or the error of ctx if that is not
// small yet.
func Shrink(ctx context.Context, k setup.Token, want property.ID, o Options) (_ *Failure, err error) {
	defer func() {
		if cut, ok := recover().(interrupted); ok {
			err = fmt.Errorf("shrink %v: %w", want, cut.error)
		}
	}()
	s := &shrinker{ctx: ctx, want: want, fails: o.Fails, left: o.Budget}
	if s.fails == nil {
		s.fails = Violated(want)
	}
	if s.left <= 0 {
		s.left = DefaultBudget
	}
	budget := s.left
	if err := s.start(k); err != nil {
		return nil, err
	}
	failing := s.best
	s.left = budget / 2
	s.search()
	s.left += budget - budget/2
	s.searchSmall(&failing.Options)
	s.left = max(s.left, roundingBudget)
	s.roundTimes()
	if !o.NoWindows {
		s.left = budget
	}
	return s.finish(!o.NoWindows), nil
}

// search lets the passes go round for as long as there is less after a round: one
// may make room for another that came before it. That times alone become shorter is
// not less: two that hang together could go on with that for long.
func (s *shrinker) search() {
	for last := ""; last != shape(s.best); {
		last = shape(s.best)
		for _, pass := range passes {
			if s.over() {
				return
			}
			pass(s)
		}
	}
}

// shape lists the options and choices of a world, without its draws.
func shape(k setup.Token) string {
	var b strings.Builder
	for _, f := range k.Options.Fields() {
		b.WriteString(f.Value.String() + " ")
	}
	for c := range k.Tape.All() {
		b.WriteString(c.String() + " ")
	}
	return b.String()
}

// simpler compares two failures: by calls, faults, choices and the length of the token.
func (s *shrinker) simpler(a, b setup.Token) bool {
	return cmp.Or(
		cmp.Compare(a.Options.Calls, b.Options.Calls), cmp.Compare(s.countFaults(a), s.countFaults(b)),
		cmp.Compare(a.Tape.Len(), b.Tape.Len()), cmp.Compare(len(a.String()), len(b.String()))) < 0
}

// countFaults is how many faults a world has.
func (s *shrinker) countFaults(k setup.Token) int {
	recorder := tape.NewRecorder(k.Tape)
	s.plays++
	out := s.again(k, recorder, true)
	return len(newStory(&Failure{Token: k, Outcome: out}, recorder.Choices()).faults())
}

// passes, the coarsest first: what is gone early makes all later worlds cheap.
var passes = []func(*shrinker){
	(*shrinker).dropUnasked,
	(*shrinker).dropCalls,
	(*shrinker).dropPhones,
	(*shrinker).dropFaults,
	(*shrinker).dropSettings,
	(*shrinker).plainOptions,
	(*shrinker).dropChoices,
	(*shrinker).startEarlier,
	(*shrinker).leastDraws,
	(*shrinker).leastFaults,
}

// shrinker is one search.
type shrinker struct {
	ctx   context.Context
	want  property.ID
	fails func(*sim.Outcome) bool
	best  setup.Token // the smallest failure so far: one world, with a recorded tape
	left  int         // plays that may still be made
	plays int
}

// over reports that the search must end.
func (s *shrinker) over() bool { return s.left <= 0 || s.ctx.Err() != nil }

// try plays a world and keeps it if it fails.
func (s *shrinker) try(k setup.Token) bool {
	if !s.failsAt(k) {
		return false
	}
	s.best = k
	return true
}

// failsAt plays a world. One that cannot be played is no failure.
func (s *shrinker) failsAt(k setup.Token) bool {
	if s.over() {
		return false
	}
	s.left--
	s.plays++
	out, err := sim.Play(s.ctx, k.Options, k.World, k.Source(), false)
	return err == nil && s.fails(out)
}

// quick is how many calls a world has that is over in a moment.
const quick = 200

// interrupted is a panic that ends a search at once.
type interrupted struct{ error }

// again plays a world that has been played before. After the end of the context that
// is done to tell what was found, unless the world is large.
func (s *shrinker) again(k setup.Token, t tape.Tape, observed bool) *sim.Outcome {
	ctx := s.ctx
	if k.Options.Calls <= quick {
		ctx = context.WithoutCancel(ctx)
	}
	out, err := sim.Play(ctx, k.Options, 0, t, observed)
	switch {
	case err != nil && ctx.Err() != nil:
		panic(interrupted{ctx.Err()})
	case err != nil:
		panic(err) // it has been played before
	}
	return out
}

// start records the world, as the only one of a run.
func (s *shrinker) start(k setup.Token) error {
	recorder := tape.NewRecorder(k.Source())
	out, err := sim.Play(s.ctx, k.Options, k.World, recorder, true)
	s.plays++
	if err != nil {
		return fmt.Errorf("shrink %v: play the world: %w", s.want, err)
	}
	if !s.fails(out) {
		return fmt.Errorf("shrink %v: it is not broken in world %d", s.want, k.World)
	}
	one := k.Options
	one.Calls = min(one.World, one.Calls-k.World*one.World)
	one.World, one.Seed, one.Groups = one.Calls, 0, one.Members()
	if !s.try(setup.Token{Options: one.Fixed(out.Faults), Tape: recorder.Recorded()}) && !s.try(setup.Token{Options: one, Tape: recorder.Recorded()}) {
		return fmt.Errorf("shrink %v: world %d does not break it again by itself", s.want, k.World)
	}
	return nil
}

// finish plays the smallest failure once more and tells about it.
func (s *shrinker) finish(windows bool) *Failure {
	f := &Failure{Token: s.best}
	recorder := tape.NewRecorder(s.best.Tape)
	out := s.again(s.best, recorder, true)
	f.Outcome = out
	if f.Violation, f.Promised = violation(out, s.want); !f.Promised {
		t := out.Timeline(0)
		f.Violation = property.Violation{Property: s.want, Invitation: t.ID, Caller: t.Caller, Callee: t.Callee, Detail: "which such a world does not promise"}
	}
	story := newStory(f, recorder.Choices())
	f.Faults, f.Actions = story.faults(), story.actions()
	if windows {
		f.Windows = s.windows(story)
	}
	f.Plays = s.plays
	return f
}

// asked plays the best world, and returns the choices that it asks for and its outcome.
func (s *shrinker) asked() ([]tape.Drawn, *sim.Outcome) {
	recorder := tape.NewRecorder(s.best.Tape)
	s.plays++
	out := s.again(s.best, recorder, false)
	return recorder.Choices(), out
}

// dropUnasked leaves out choices that the world does not ask for. That changes nothing
// in it.
func (s *shrinker) dropUnasked() {
	choices, _ := s.asked()
	kept := &tape.Recorded{}
	for _, d := range choices {
		kept.Set(d.Choice, d.Draw)
	}
	s.best.Tape = kept
}

// fewest finds few of n things that must stay, by delta debugging: chunks are left
// out, the largest first, for as long as the world fails without them. try is told
// which things stay.
func (s *shrinker) fewest(n int, try func(keep []int) bool) {
	keep := make([]int, n)
	for i := range keep {
		keep[i] = i
	}
	for size := n; size >= 1 && len(keep) > 0; size /= 2 {
		for at := 0; at < len(keep) && !s.over(); {
			end := min(at+size, len(keep))
			without := slices.Delete(slices.Clone(keep), at, end)
			if try(without) {
				keep = without
			} else {
				at = end
			}
		}
	}
}
