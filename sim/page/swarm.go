// The page of a swarm: what was drawn, and what was reached.

package page

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
)

// Swarm is the page of a swarm, with the stories of failures that were made small. options
// are those of each world.
func Swarm(s report.Swarm, options func(world int) setup.Options, failures []*shrink.Failure) (Page, error) {
	res := s.Result
	p := Page{
		kind: "swarm", title: "Swarm: " + s.Verdict().String(), verdict: s.Verdict(), words: s.Headline(), asked: s.Asked.Rows(),
		world: worldView{Name: output.Count(res.Runs, "world") + " whose options are drawn"}, again: s.Again, version: s.Version, seed: s.Seed,
		first: append(violationsOf(&res.Result, func(v result.WorldViolation) string { return fmt.Sprintf("world %d", v.World) }, s.Look),
			part{Tiles: swarmTiles(s)}, part{Matrix: matrixOf("How calls ended", &res.Result, everything)}),
		data: map[string]any{"swarm": written(func(w io.Writer) error { return report.SwarmJSON(w, s) })},
	}
	stories, _, err := storiesOf(failures)
	if err != nil {
		return p, err
	}
	p.parts = stories
	if !res.Held() {
		p.add("failing", "Failing worlds", part{Table: failingOf(s)})
	}
	drawn := drawnOf(s, options)
	p.add("drawn", "What was drawn", part{Text: "Each option is off in half of the worlds or more."}, part{Table: optionsOn(s)}, part{Summary: "The values that were drawn", Parts: []part{{Table: drawn.values}}})
	p.add("goals", "Goals", goalsOf(&res.Result, func(property.Goal) bool { return true })...)
	p.add("properties", "Properties", part{Text: fmt.Sprintf("A property is promised by the worlds that have no fault that takes it away; of %s looked at.", output.Count(drawn.worlds, "world"))}, part{Table: propertiesOf(&res.Result, drawn)})
	return p, nil
}

// everything is what worlds of all kinds promise together.
func everything(property.ID) bool { return true }

func swarmTiles(s report.Swarm) []tile {
	goals, pairs, allowed := 0, 0, 0
	for g := property.Goal(1); g < property.NumGoals; g++ {
		if s.Result.Goals[g] > 0 {
			goals++
		}
	}
	for caller := range s.Result.Pairs {
		for callee, n := range s.Result.Pairs[caller] {
			if property.Allowed(property.CallerEnd(caller), property.CalleeEnd(callee)) {
				if allowed++; n > 0 {
					pairs++
				}
			}
		}
	}
	return []tile{
		{output.Group(s.Result.Runs), "worlds", "with options of their own"}, {output.Group(s.Result.Calls), "calls", ""},
		{fmt.Sprintf("%d of %d", goals, int(property.NumGoals)-1), "goals", "reached at least once"},
		{fmt.Sprintf("%d of %d", pairs, allowed), "pairs of ends", "that the protocol allows have occurred"},
		{output.Group(s.Result.ViolationCount), "violations", "of properties that the worlds promise"},
	}
}

// mostFailing is how many violations a page lists.
const mostFailing = 20

func failingOf(s report.Swarm) *table {
	t := &table{Columns: columns("world", "property", "what happened", "look"), Cards: true}
	for i, v := range s.Result.Violations {
		if i == mostFailing {
			t.Caption = fmt.Sprintf("The first %d violations", mostFailing)
			break
		}
		t.add("", fmt.Sprint(v.World), v.Property.String(), v.Violation.String(), "")
		t.Rows[i].Cells[3].Code = s.Look(v)
	}
	return t
}

// optionsOn are the worlds in which each option was on.
func optionsOn(s report.Swarm) *table {
	t := &table{Columns: columns("option", "worlds#", "")}
	for i, name := range setup.SwarmNames() {
		t.add("", name, output.Group(s.Result.On[i]), "")
		t.Rows[i].Cells[2].Picture = barOf(name, s.Result.On[i], s.Result.Runs)
	}
	return t
}

// barOf is a share as a bar.
func barOf(label string, n, of int) template.HTML {
	const width = 160
	d := &svg.Drawing{}
	d.Element("path", "", "class", "area none", "d", fmt.Sprintf("M0 2h%dv10h-%dz", width, width))
	filled := width * n / max(1, of)
	d.Element("path", "", "class", "area bar", "d", fmt.Sprintf("M0 2h%dv10h-%dz", filled, filled))
	return d.Picture(fmt.Sprintf("%s: %d of %d worlds", label, n, of), width, 14, "class", "plot")
}

// draws are the options of worlds, drawn again.
type draws struct {
	worlds   int // that were looked at
	values   *table
	promised [property.NumIDs]int // worlds
}

// mostDrawn bounds the worlds to look at.
const mostDrawn = 5000

// mostValues is how many values of an option are listed.
const mostValues = 6

func drawnOf(s report.Swarm, options func(int) setup.Options) (d draws) {
	d.worlds = min(s.Runs, mostDrawn)
	var names []string
	var counts []map[string]int
	for world := range d.worlds {
		o := options(world)
		for i, f := range o.Fields() {
			if world == 0 {
				names, counts = append(names, f.Name), append(counts, map[string]int{})
			}
			counts[i][f.Value.String()]++
		}
		for id := property.S1; id < property.NumIDs; id++ {
			if o.Promised(id) {
				d.promised[id]++
			}
		}
	}
	d.values = &table{Columns: columns("option", "values, and in how many worlds")}
	for i, name := range names {
		if len(counts[i]) < 2 || name == "seed" {
			continue
		}
		d.values.add("", name, commonest(counts[i]))
	}
	return d
}

// commonest are values with their counts, the most common first.
func commonest(counts map[string]int) string {
	var values []string
	for value := range counts {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var words []string
	for i, value := range values {
		if i == mostValues {
			words = append(words, fmt.Sprintf("and %d others", len(values)-i))
			break
		}
		shown := value
		if shown == "" {
			shown = "none"
		}
		words = append(words, fmt.Sprintf("%s: %s", output.Shorten(shown, longestOption), output.Group(counts[value])))
	}
	return strings.Join(words, " · ")
}

// propertiesOf tells of each property how often it was promised and broken.
func propertiesOf(res *result.Result, d draws) *table {
	t := &table{Columns: columns("property", "what it says", "worlds that promise it#", "violated#", "broken where not promised#"), Cards: true}
	for id := property.S1; id < property.NumIDs; id++ {
		violated, class := res.ByProperty[id], ""
		if violated > 0 {
			class = "violated"
		}
		t.add(class, id.String(), id.Words(), output.Group(d.promised[id]), output.Group(violated), output.Group(res.NotPromised[id]))
	}
	return t
}
