// The page of a comparison.

package page

import (
	"fmt"
	"html/template"

	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/study"
	"gonum.org/v1/plot/vg"
)

// Compare is the page of a comparison.
func Compare(c *study.Comparison, a About) Page {
	p := Page{
		kind: "comparison", title: "Comparison: " + c.Verdict().String(), verdict: c.Verdict(), words: c.Headline(),
		again: c.Again, version: a.Version, seed: c.A.Options.Seed, data: map[string]any{"compare": written(c.JSON)},
	}
	var differ *table
	p.world, differ = bothWorlds(c.A.Options, c.B.Options)
	if a.Look != "" {
		p.first = append(p.first, part{Text: "To look at it:", Command: a.Look})
	}
	p.first = append(p.first,
		part{Values: []row{{"A", c.A.Name}, {"B", c.B.Name}, {"pairs of worlds", fmt.Sprint(c.Pairs)}, {"calls that end the same way", c.Same.Text(metric.Share.Text)}}},
		part{Table: differencesOf(c)})
	all := []missed{{"A", c.A.Missed}, {"B", c.B.Missed}}
	p.asked = a.asked(all)
	p.first = append(p.first, values(all)...)
	if len(differ.Rows) > 0 {
		p.add("options", "Options that differ", part{Table: differ})
	}
	p.add("ends", "How calls ended", part{Matrix: matrixOf("A: "+c.A.Name, c.Totals[0], c.A.Options.Promised)}, part{Matrix: matrixOf("B: "+c.B.Name, c.Totals[1], c.B.Options.Promised)})
	return p
}

// bothWorlds are what two worlds have in common, and a table of the options that differ.
func bothWorlds(a, b setup.Options) (worldView, *table) {
	left, right := worldOf("both worlds", a), worldOf("", b)
	both := worldView{Name: left.Name}
	differ := &table{Columns: columns("option", "A", "B")}
	for i, option := range left.All {
		switch other := right.All[i]; {
		case option != other:
			differ.add("", option.Name, option.Value, other.Value)
		default:
			both.All = append(both.All, option)
		}
	}
	for _, option := range left.Changed {
		for _, other := range right.Changed {
			if option == other {
				both.Changed = append(both.Changed, option)
			}
		}
	}
	return both, differ
}

// differencesOf is a row for each measure. Each has a scale of its own, whose middle is 0.
func differencesOf(c *study.Comparison) *table {
	t := &table{Caption: "B − A, with 95 % intervals of the pairs", Cards: true, Columns: columns("measure", "A#", "B#", "B − A#", "against 0", "95 % interval", "B is")}
	for _, d := range c.Differences {
		words := d.Line()
		class := ""
		if d.Told() != 0 {
			class = "told"
		}
		t.add(class, d.Measure.Title, words[0], words[1], words[2], "", words[3], words[4])
		cells := t.Rows[len(t.Rows)-1].Cells
		cells[0].Title, cells[4].Picture = d.Measure.About, intervalOf(d.Measure.Title, d.Minus, d.Told() != 0)
	}
	return t
}

// intervalOf is a difference as a bar beside its 0.
func intervalOf(label string, e result.Estimate, told bool) template.HTML {
	const width, height, middle = 140, 18, 70
	d := newPlotCanvas(width, height)
	d.SetColor(ink("axis"))
	d.segment(middle, 0, middle, height)
	most := max(e.Value, -e.Value)
	if e.Bounded {
		most = max(most, e.High, -e.Low)
	}
	at := func(value float64) int { return middle + int(64*value/max(most, 1e-300)) }
	colour := ink("whisker")
	if told {
		colour = "curve c0"
	}
	d.SetColor(colour)
	if e.Bounded {
		d.SetLineWidth(2)
		d.segment(vg.Length(at(e.Low)), height/2, vg.Length(at(e.High)), height/2)
	}
	if e.Known {
		d.Element("path", "", "class", "area "+string(colour), "d", fmt.Sprintf("M%d %dh6v6h-6z", at(e.Value)-3, height/2-3))
	}
	return d.Drawing.Picture("difference of "+label, width, height, "class", "plot")
}
