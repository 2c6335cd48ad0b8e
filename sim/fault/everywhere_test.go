// Every kind of fault is known wherever kinds are read: options, choices, worlds,
// words, pictures, swarms, the shrinker, the guide.

package fault_test

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/sim/timeline"
)

func init() { garbage.Seldom() }

// everyKind runs a test for each kind of fault.
func everyKind(t *testing.T, do func(t *testing.T, kind fault.Kind, r *fault.Row)) {
	for kind := range fault.Save {
		t.Run(kind.String(), func(t *testing.T) { do(t, kind, kind.Row()) })
	}
}

// often is a world in which a kind of fault often happens, and nothing else does.
func often(t *testing.T, kind fault.Kind) setup.Options {
	t.Helper()
	o := setup.PlainOptions()
	o.Calls, o.World, o.Users, o.Arrivals, o.AnswerAfter = 40, 40, 3, 2, setup.Range{Max: 20 * time.Second}
	o.Every[kind], o.For[kind] = 5*time.Second, 4*time.Second
	if kind == fault.Offline {
		o.Every[kind], o.Offline = 0, 0.3
	}
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	if !o.Draws(kind) || !o.CanHappen(kind) {
		t.Fatal("the options do not turn it on")
	}
	return o
}

func TestEveryKindHasItsWordsAndLabels(t *testing.T) {
	seen, plain := map[tape.Label]fault.Kind{}, setup.PlainOptions()
	everyKind(t, func(t *testing.T, kind fault.Kind, r *fault.Row) {
		if r.Name == "" || r.Singular == "" || r.Plural == "" || r.Story == "" || (r.Begins == "") != (r.Ends == "") || r.Moment == (r.Band != "") {
			t.Errorf("%+v", r)
		}
		for _, what := range append([]tape.Label{r.Count, r.At, r.Length}, r.Extra...) {
			other, taken := seen[what]
			if of, ok := fault.KindOf(what); what == 0 || taken || !ok || of != kind {
				t.Errorf("label %v is of %v; taken: %v, by %v", what, of, taken, other)
			}
			seen[what] = kind
			if c := (tape.Choice{What: what}); plain.ChoiceWords(c) == c.String() {
				t.Errorf("label %v has no words", what)
			}
		}
		set := fault.Scheduled{Kind: kind, At: time.Second, For: time.Second, Phones: []int{1}}
		if again, err := fault.Parse(set.String()); err != nil || again.String() != set.String() || !slices.Contains(fault.Names(), kind.String()) {
			t.Errorf("%v is read as %v, %v", set, again, err)
		}
	})
}

func TestEveryKindHasItsOptions(t *testing.T) {
	everyKind(t, func(t *testing.T, kind fault.Kind, r *fault.Row) {
		o := setup.PlainOptions()
		for name, value := range map[string]*time.Duration{r.Every.Name: &o.Every[kind], r.For.Name: &o.For[kind]} {
			if name == "" && kind == fault.Offline {
				continue // that follows from the share of time
			}
			if err := o.Set(name, "7s"); err != nil || *value != 7*time.Second {
				t.Errorf("%s: %v, %v", name, *value, err)
			}
			*value = -1
			if err := o.Validate(); kind != fault.Offline && (err == nil || !strings.Contains(err.Error(), name)) {
				t.Errorf("%s -1ns: %v", name, err)
			}
			*value = 7 * time.Second
		}
	})
}

// TestEveryKindHappens: in a world with it, at random, with words and in the picture.
func TestEveryKindHappens(t *testing.T) {
	everyKind(t, func(t *testing.T, kind fault.Kind, r *fault.Row) {
		o := often(t, kind)
		out, err := sim.Play(t.Context(), o, 0, tape.World(1, 0), true)
		if err != nil {
			t.Fatal(err)
		}
		began, shown := 0, false
		for i := range out.Entries {
			e := &out.Entries[i]
			if of, begins, ok := e.Turns(); ok && of == kind && begins {
				began++
				if line := e.Line(); strings.Contains(line, "{") || strings.Contains(line, "is reported") {
					t.Errorf("told as %q", line)
				}
			}
		}
		if began < 3 {
			t.Errorf("it began %d times", began)
		}
		for call := range o.Calls {
			shown = shown || r.Band != "" && strings.Contains(string(timeline.SVG(out.Timeline(call))), r.Band)
		}
		if shown == r.Moment {
			t.Errorf("%q is in the picture: %v", r.Band, shown)
		}
	})
}

// disturbed tells that something went otherwise than in a world without faults.
func disturbed(out *sim.Outcome) bool {
	r := out.Result
	lost := uint64(0)
	for _, n := range r.Fates {
		lost += n
	}
	return lost+r.Crashes+r.Goals[property.FrozenPastADeadline]+r.Goals[property.ClockJumpedOverADeadline] > 0 || r.Accepted.Max() > time.Second
}

// tells reports whether a line is a kind's sentence about an episode, filled in.
func tells(r *fault.Row, line string) bool {
	for _, story := range []string{r.Story, r.Otherwise} {
		pattern := regexp.MustCompile(`\\{[a-z]+\\}`).ReplaceAllString(regexp.QuoteMeta(story), ".+")
		if story != "" && !strings.Contains(line, "{") && regexp.MustCompile("^"+pattern+"$").MatchString(line) {
			return true
		}
	}
	return false
}

// TestEveryKindIsShrunk: a failure that comes of its episodes is left with one or two
// faults, one of them in the kind's words, whether it was drawn or set.
func TestEveryKindIsShrunk(t *testing.T) {
	everyKind(t, func(t *testing.T, kind fault.Kind, r *fault.Row) {
		drawn, set := often(t, kind), often(t, kind)
		set.Every[kind], set.Offline = 0, 0
		set.Faults = []fault.Scheduled{{Kind: kind, At: 10 * time.Second, For: 5 * time.Second}, {Kind: kind, At: 20 * time.Second, For: 5 * time.Second}}
		byIt := func(out *sim.Outcome) bool { // the shrinker may not put another fault in its place
			o := &out.Options
			return o.CanHappen(kind) && o.Loss+o.Reorder == 0 && disturbed(out)
		}
		for _, o := range []setup.Options{drawn, set} {
			f, err := shrink.Shrink(context.Background(), setup.Token{Options: o}, property.S1, shrink.Options{Budget: 5000, Fails: byIt, NoWindows: true})
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Faults) > 2 || !slices.ContainsFunc(f.Faults, func(line string) bool { return tells(r, line) }) || !byIt(f.Outcome) {
				t.Errorf("it is left with %q", f.Faults)
			}
		}
	})
}

func TestEveryKindIsInTheSwarmAndTheGuide(t *testing.T) {
	guide, errGuide := os.ReadFile("../../docs/simulator.md")
	scenarios, errScenarios := os.ReadFile("../../docs/scenario.md")
	if err := errors.Join(errGuide, errScenarios); err != nil {
		t.Fatal(err)
	}
	everyKind(t, func(t *testing.T, kind fault.Kind, r *fault.Row) {
		drawn := 0
		for number := range 50 {
			if o, _ := setup.DrawSwarm(1, number); o.CanHappen(kind) {
				drawn++
			}
		}
		if drawn < 10 || drawn > 40 {
			t.Errorf("a swarm draws it in %d of 50 worlds", drawn)
		}
		if !strings.Contains(string(guide), "`--"+r.For.Name+"`") {
			t.Errorf("docs/simulator.md does not tell --%s", r.For.Name)
		}
		if !strings.Contains(string(scenarios), "\n| `"+r.Name+"` | ") {
			t.Errorf("docs/scenario.md has no row for %s", r.Name)
		}
	})
}
