// The page of a sweep.

package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/study"
)

// Sweep is the page of a sweep: of the measures to show, the first is what is gained, and
// the second the price.
func Sweep(s *study.Sweep, shown []study.Measure, a About) Page {
	var names []string
	for _, axis := range axesOf(s) {
		names = append(names, axis.Flag)
	}
	p := Page{
		kind: "sweep", title: fmt.Sprintf("Sweep of %s: %s", strings.Join(names, " and "), s.Verdict()), verdict: s.Verdict(), words: s.Headline(),
		world: worldOf(a.World, s.Cells[0].Options, names...), again: s.Again, version: a.Version, seed: s.Cells[0].Options.Seed,
		data: map[string]any{"sweep": written(s.JSON)},
	}
	for _, axis := range axesOf(s) {
		p.world.Changed = append(p.world.Changed, row{axis.Flag, strings.Join(axis.Values, ", ")})
	}
	p.world.All = nil // they are those of one cell
	if a.Look != "" {
		p.first = append(p.first, part{Text: "To look at it:", Command: a.Look})
	}
	if advice := s.Advice(shown); advice != "" {
		p.first = append(p.first, part{Text: "Advice: " + advice})
	}
	p.first = append(p.first, sweepTables(s, shown)...)
	var all []missed
	for i := range s.Cells {
		all = append(all, missed{s.Name(&s.Cells[i]), s.Cells[i].Missed})
	}
	p.asked = a.asked(all)
	p.first = append(p.first, values(all)...)
	p.add("curves", "Curves", part{Text: "The places of the axis are equally far apart. Bars are 95 % intervals."}, part{Pictures: sweepCurves(s, shown)})
	if len(shown) > 1 {
		p.add("price", "Gain against price", priceOf(s, shown[0], shown[1]))
	}
	return p
}

func axesOf(s *study.Sweep) (axes []study.Axis) {
	for _, axis := range []study.Axis{s.Rows, s.Columns} {
		if axis.Given() {
			axes = append(axes, axis)
		}
	}
	return axes
}

// sweepTables are a table of all measures over one axis, or a map for each over two.
func sweepTables(s *study.Sweep, shown []study.Measure) (parts []part) {
	axes := axesOf(s)
	if len(axes) == 1 {
		t := &table{Columns: columns(axes[0].Flag), Cards: true, Caption: "In brackets: 95 % intervals"}
		for _, m := range shown {
			t.Columns = append(t.Columns, column{m.Title, "number"})
		}
		for i, value := range axes[0].Values {
			texts := []string{value}
			for _, m := range shown {
				texts = append(texts, s.Cells[i].Of(m).Text(m.Unit.Text))
			}
			t.add("", texts...)
		}
		return []part{{Table: t}}
	}
	for _, m := range shown {
		t := &table{Caption: m.Title + ": " + m.About, Columns: columns(s.Rows.Flag + ` \ ` + s.Columns.Flag)}
		for _, value := range s.Columns.Values {
			t.Columns = append(t.Columns, column{value, "number"})
		}
		shade := s.Shades(m)
		for row, value := range s.Rows.Values {
			cells := []cell{{Text: value}}
			for column := range s.Columns.Values {
				e := s.At(row, column).Of(m)
				c := cell{Class: "number", Title: s.Name(s.At(row, column)) + ": " + e.Text(m.Unit.Text)}
				if e.Known {
					c.Class += fmt.Sprintf(" shade%d", shade(e.Value))
				}
				e.Bounded, e.Why = false, ""
				c.Text = e.Text(m.Unit.Text)
				cells = append(cells, c)
			}
			t.Rows = append(t.Rows, line{Cells: cells})
		}
		parts = append(parts, part{Table: t})
	}
	return parts
}

// sweepCurves are each measure over the rows, with a curve for each column.
func sweepCurves(s *study.Sweep, shown []study.Measure) (all []picture) {
	axes := axesOf(s)
	for _, m := range shown {
		var curves []curve
		if len(axes) == 1 {
			c := curve{}
			for i := range s.Cells {
				c.Values = append(c.Values, s.Cells[i].Of(m))
			}
			curves = []curve{c}
		} else {
			for column, value := range s.Columns.Values {
				c := curve{Name: s.Columns.Flag + " " + value}
				for row := range s.Rows.Values {
					c.Values = append(c.Values, s.At(row, column).Of(m))
				}
				curves = append(curves, c)
			}
		}
		caption := m.Title + " over " + axes[0].Flag + ": " + m.About
		if len(curves) > mostCurves {
			caption += fmt.Sprintf(". Of %d curves, the first %d", len(curves), mostCurves)
			curves = curves[:mostCurves]
		}
		shown := picture{Picture: curvesOf(m.Title+" over "+axes[0].Flag, axes[0].Values, curves, m.Metric), Caption: caption}
		for i, c := range curves {
			if c.Name != "" {
				shown.Keys = append(shown.Keys, key{keyOf(i), c.Name})
			}
		}
		all = append(all, shown)
	}
	return all
}

// keyOf is a piece of a curve.
func keyOf(i int) template.HTML {
	d := newPlotCanvas(28, 8)
	d.SetColor(curveInk(i))
	d.SetLineWidth(2)
	d.SetLineDash(curveDashes[i%mostCurves], 0)
	d.segment(0, 4, 28, 4)
	return d.Drawing.Picture("curve", 28, 8, "class", "plot")
}

// moreIsBetter are the measures of which more is better. Of the others, less is.
var moreIsBetter = []string{"in-call", "accepted"}

// priceOf shows the cells by what they gain and what that costs.
func priceOf(s *study.Sweep, gain, price study.Measure) part {
	var points []point
	for i := range s.Cells {
		c := &s.Cells[i]
		at := point{Name: cellName(s, c), X: c.Of(price), Y: c.Of(gain)}
		if at.X.Known && at.Y.Known {
			points = append(points, at)
		}
	}
	worth := func(m study.Measure, e result.Estimate) float64 {
		if slices.Contains(moreIsBetter, m.Name) {
			return e.Value
		}
		return -e.Value
	}
	var best []string
	for i := range points {
		x, y := worth(price, points[i].X), worth(gain, points[i].Y)
		points[i].Best = !slices.ContainsFunc(points, func(o point) bool {
			ox, oy := worth(price, o.X), worth(gain, o.Y)
			return ox >= x && oy >= y && (ox > x || oy > y)
		})
		if points[i].Best {
			best = append(best, points[i].Name)
		}
	}
	if len(points) == 0 {
		return part{Text: "Nothing was measured."}
	}
	text := fmt.Sprintf("%s upwards, %s to the right. No other is better in both than %s.", gain.Title, price.Title, strings.Join(best, "; "))
	return part{Text: text, Pictures: []picture{{Picture: against(gain.Title+" against "+price.Title, points, price.Metric, gain.Metric),
		Caption: price.Title + ": " + price.About + ". Bars are 95 % intervals; a name without room is left out.",
		Keys:    []key{{dotOf("curve c1"), "no other is better in both"}, {dotOf("curve c0"), "another is"}}}}}
}

func dotOf(colour ink) template.HTML {
	d := &svg.Drawing{}
	d.Element("path", "", "class", "area "+string(colour), "d", "M2 2h8v8h-8z")
	return d.Picture("dot", 12, 12, "class", "plot")
}

// cellName is short: the values alone.
func cellName(s *study.Sweep, c *study.Cell) string {
	var values []string
	if s.Rows.Given() {
		values = append(values, s.Rows.Values[c.Row])
	}
	if s.Columns.Given() {
		values = append(values, s.Columns.Values[c.Column])
	}
	return strings.Join(values, ", ")
}
