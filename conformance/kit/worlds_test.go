package kit

import (
	"slices"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim/mutant"
)

// TestPair: worlds that break the matrix of ends, and no property by its number, say so.
func TestPair(t *testing.T) {
	r := &Result{Options: Options{Level: App, Worlds: 200, Seed: 1}}
	r.worlds(here(mutant.KeyWithoutPeer), never)
	var names []string
	for _, o := range r.Outcomes {
		names = append(names, o.Name+" by "+o.cause())
	}
	if want := []string{"worlds: PAIR by PAIR", "households: PAIR by PAIR"}; !slices.Equal(names, want) {
		t.Errorf("%q, not %q", names, want)
	}
}

// TestHouseholds: what shows with several devices and groups alone is found there.
func TestHouseholds(t *testing.T) {
	for broken, want := range map[mutant.ID]string{
		mutant.GroupNotDecided: "S16", mutant.ConfirmOfAnother: "S1", mutant.ElsewhereForgotten: "S7",
	} {
		r := &Result{Options: Options{Level: App, Worlds: 40, Seed: 1}}
		r.worlds(here(broken), never)
		if got := outcomes(r); !slices.Equal(got, []string{"worlds passed", "households: " + want + " failed"}) {
			t.Errorf("%v: %q", broken, got)
		}
	}
}

// outcomes are the names of all, and how they went.
func outcomes(r *Result) (all []string) {
	for i := range r.Outcomes {
		all = append(all, r.Outcomes[i].Name+" "+r.Outcomes[i].status())
	}
	return all
}

// less is an endpoint that does not name some features.
type less struct {
	invd.Driver
	lacks []string
}

func (l less) Hello() invd.Implementation {
	who := l.Driver.Hello()
	who.Features = slices.DeleteFunc(slices.Clone(who.Features), func(feature string) bool { return slices.Contains(l.lacks, feature) })
	return who
}

// TestLess: what an endpoint lacks of devices and groups is skipped, and the rest is tried.
func TestLess(t *testing.T) {
	for _, c := range []struct {
		lacks    []string
		want     []string
		triples  bool
		meetings int
	}{
		{nil, []string{"worlds passed", "households passed"}, true, 2},
		{[]string{"device"}, []string{"worlds passed", "households passed", "households: device skipped"}, false, 2},
		{[]string{"group"}, []string{"worlds passed", "households passed", "households: group skipped"}, true, 2},
		{[]string{"device", "group"}, []string{"worlds passed", "households: device skipped", "households: group skipped"}, false, 1},
	} {
		d := less{invd.Here(&refuses{t: t, lacks: c.lacks}), c.lacks}
		r := &Result{Options: Options{Level: App, Worlds: 10, Seed: 1}}
		r.worlds(d, never)
		if got := outcomes(r); !slices.Equal(got, c.want) || c.triples != (len(r.Triples) > 0) {
			t.Errorf("without %q: %q, triples %q", c.lacks, got, r.Triples)
		}
		all, lacks := Meet(d, here(mutant.None), 3, 1, never)
		if len(all) != c.meetings || !slices.Equal(lacks, c.lacks) || slices.ContainsFunc(all, func(m Meeting) bool { return m.Worlds != 3 || m.Broken > 0 }) {
			t.Errorf("without %q: %v, and %q lack", c.lacks, all, lacks)
		}
	}
}

// refuses is our engine, and wants not to be asked for what it lacks.
type refuses struct {
	reference.Endpoint
	t     *testing.T
	lacks []string
}

func (r *refuses) Do(request invd.Request) invd.Reply {
	for _, feature := range invd.Needs(request) {
		if slices.Contains(r.lacks, feature) {
			r.t.Errorf("%s: it is asked for %s", request.Op(), feature)
		}
	}
	return r.Endpoint.Do(request)
}
