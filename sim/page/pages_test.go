// Pages of every kind, of real worlds that hold and of broken ones.

package page

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/study"
)

var made struct {
	sync.Once
	pages map[string]Page
}

// realPages are made once.
func realPages(t testing.TB) map[string]Page {
	t.Helper()
	made.Do(func() {
		made.pages = map[string]Page{
			"run": runOfWorld(t, func(o *setup.Options) { o.Calls = 8000 }), "swarm": swarmPage(t, 60, mutant.None), "broken swarm": swarmPage(t, 60, mutant.SecondRing),
			"sweep": sweepPage(t, true), "map": sweepPage(t, false), "comparison": comparePage(t),
		}
		for _, name := range []string{"everything", "subway"} {
			preset, _ := scenario.PresetNamed(name)
			made.pages[name] = runOfWorld(t, func(o *setup.Options) { *o = preset.Options; o.Calls = 3000 })
		}
		for _, broken := range []mutant.ID{mutant.AcceptAfterCancel, mutant.AcceptWithoutConfirm, mutant.RefuseAfterAccept} {
			made.pages[broken.String()] = runOfWorld(t, func(o *setup.Options) { o.Calls, o.Loss, o.Mutant = 3000, 0.1, broken })
		}
		for name, p := range worldPages(t) {
			made.pages[name] = p
		}
	})
	return made.pages
}

func runOfWorld(t testing.TB, change func(*setup.Options)) Page {
	t.Helper()
	o := setup.Default()
	change(&o)
	o.Divide(func(string) bool { return false })
	res, err := sim.RunCovered(t.Context(), o, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := report.Run{Options: o, Result: res, Again: "invsim run", Version: "v1", Look: func(v result.WorldViolation) string { return fmt.Sprint("invsim trace --call ", v.Call) }}
	p, err := Run(t.Context(), r, "default world", smallOf(t, res, func(world int) setup.Token { return setup.Token{Options: o, World: world} }))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// smallOf is the first violation made small, if there is one.
func smallOf(t testing.TB, res *result.Result, token func(world int) setup.Token) []*shrink.Failure {
	t.Helper()
	if res.Held() {
		return nil
	}
	small, err := shrink.Shrink(t.Context(), token(res.Violations[0].World), res.Violations[0].Property, shrink.Options{Budget: 300, NoWindows: true})
	if err != nil {
		t.Fatal(err)
	}
	return []*shrink.Failure{small}
}

func swarmPage(t testing.TB, runs int, broken mutant.ID) Page {
	t.Helper()
	res, err := sim.RunSwarm(t.Context(), 1, runs, 2, false, func(o *setup.Options) { o.Mutant = broken }, nil)
	if err != nil {
		t.Fatal(err)
	}
	options := func(world int) setup.Options {
		o, _ := setup.DrawSwarm(1, world)
		o.Mutant = broken
		return o
	}
	token := func(world int) setup.Token { return setup.Token{Options: options(world)} }
	look := func(v result.WorldViolation) string {
		k := token(v.World)
		return "invsim replay " + k.String()
	}
	p, err := Swarm(report.Swarm{Result: res, Seed: 1, Runs: runs, Again: "invsim swarm", Version: "v1", Look: look}, options, smallOf(t, &res.Result, token))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// sweepPage has one axis or two.
func sweepPage(t testing.TB, isLine bool) Page {
	t.Helper()
	rows, columns := study.Axis{Flag: "loss", Values: []string{"1%", "5%", "10%", "20%", "30%", "40%"}}, study.Axis{Flag: "accept-time", Values: []string{"5s", "10s", "20s", "32s"}}
	names := []string{"residue", "mean(setup)", "messages"}
	if isLine {
		columns = study.Axis{}
	} else {
		names = []string{"in-call", "mean(failure-told)"}
	}
	s, err := study.NewSweep(rows, columns, func(row, column string) (o setup.Options, err error) {
		o = setup.Default()
		o.Calls, o.World = 400, 20
		if err = o.Set("loss", row); err == nil && column != "" {
			err = o.Set("accept-time", column)
		}
		return o, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Play(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	var shown []study.Measure
	for _, name := range names {
		m, err := study.MeasureNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, m)
	}
	return Sweep(s, shown, About{World: "default world", Version: "v1"})
}

func comparePage(t testing.TB) Page {
	t.Helper()
	a := setup.Default()
	a.Calls, a.World = 2000, 20
	b := a
	b.Loss, b.Offline = 0.3, 0.2
	c, err := study.Compare(t.Context(), study.Side{Name: "wifi", Options: a}, study.Side{Name: "subway", Options: b}, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Compare(c, About{Version: "v1"})
}

// worldPages are of one world: as it was, explained, and made small.
func worldPages(t testing.TB) map[string]Page {
	t.Helper()
	o, _ := setup.DrawSwarm(1, 3)
	for number := 0; ; number++ {
		o, _ = setup.DrawSwarm(1, number)
		o.Mutant = mutant.SecondRing
		token := setup.Token{Options: o}
		out, err := sim.Replay(t.Context(), &token)
		if err != nil {
			t.Fatal(err)
		}
		if out.Result.Held() {
			continue
		}
		why, err := explain.Violated(out)
		if err != nil {
			t.Fatal(err)
		}
		w := World{Kind: "replay", Title: "Replay: violated", Verdict: out.Result.Verdict(), Words: "in one world", Name: "world of a token", Options: o, Result: out.Result,
			Call: out.Timeline(out.Result.Violations[0].Call), Why: why, Token: token.String(), Again: "invsim replay", Version: "v1"}
		explained, small := w, w
		explained.Kind, explained.Call = "why", why.Timeline(out)
		small.Small = smallOf(t, out.Result, func(int) setup.Token { return token })[0]
		pages := map[string]Page{}
		for name, w := range map[string]World{"replay": w, "why": explained, "small": small} {
			if pages[name], err = w.Page(); err != nil {
				t.Fatal(err)
			}
		}
		return pages
	}
}

// TestWideTables: one of many columns scrolls by itself, and the page does not.
func TestWideTables(t *testing.T) {
	for columns, want := range map[int]string{3: "<table>", 12: `<table class="wide" tabindex="0">`} {
		wide := &table{}
		for range columns {
			wide.Columns = append(wide.Columns, column{Name: "x"})
		}
		page := pageOf(t, Page{first: []part{{Table: wide}}, verdict: result.Held})
		if !strings.Contains(page, want) {
			t.Errorf("%d columns: no %s", columns, want)
		}
	}
}
