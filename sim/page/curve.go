// Plots of a sweep: a measure over an axis, with intervals, and one measure against
// another.

package page

import (
	"html/template"
	"math"

	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve is one line of a plot: a value, or nothing, for each place of the axis.
type curve struct {
	Name   string
	Values []result.Estimate
}

// mostCurves is how many can be told apart.
const mostCurves = 6

// curveInk is the colour of a curve, and curveDashes its dashes.
func curveInk(i int) ink { return ink("curve c" + string(rune('0'+i%mostCurves))) }

var curveDashes = [mostCurves][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}, {12, 3}, {4, 6}}

// curvesOf draws a measure over an axis whose places are equally far apart.
func curvesOf(label string, places []string, curves []curve, m metric.Metric) template.HTML {
	var all []result.Estimate
	for _, c := range curves {
		all = append(all, c.Values...)
	}
	p := plainPlot()
	p.X.Min, p.X.Max = -0.4, float64(len(places))-0.6
	p.X.Tick.Marker = placeTicks(places)
	scaleOf(&p.Y, m, all)
	p.Add(horizontalGrid())
	for i, c := range curves {
		aside := 0.08 * (float64(i) - float64(len(curves)-1)/2)
		style := draw.LineStyle{Color: curveInk(i), Width: 2, Dashes: curveDashes[i%mostCurves]}
		var points plotter.XYs
		for place, e := range c.Values {
			if !e.Known {
				p.Add(pathOf(points, style)...)
				points = nil
				continue
			}
			at := plotter.XY{X: float64(place) + aside, Y: within(&p.Y, e.Value)}
			points = append(points, at)
			p.Add(&plotter.Scatter{XYs: plotter.XYs{at}, GlyphStyle: draw.GlyphStyle{Color: curveInk(i), Radius: 3, Shape: draw.BoxGlyph{}}})
			if e.Bounded {
				p.Add(pathOf(plotter.XYs{{X: at.X, Y: within(&p.Y, e.Low)}, {X: at.X, Y: within(&p.Y, e.High)}}, draw.LineStyle{Color: curveInk(i), Width: 1})...)
			}
		}
		p.Add(pathOf(points, style)...)
	}
	return drawn(p, label)
}

// pathOf is a line through points, if there are two.
func pathOf(points plotter.XYs, style draw.LineStyle) []plot.Plotter {
	if len(points) < 2 {
		return nil
	}
	return []plot.Plotter{&plotter.Line{XYs: points, LineStyle: style}}
}

// placeTicks names the places of an axis, and as many of them as there is room for.
func placeTicks(places []string) plot.ConstantTicks {
	widest := 0
	for _, place := range places {
		widest = max(widest, svg.Width(place, labelSize)+6)
	}
	every := 1
	for every < len(places) && widest*len(places) > every*(plotWidth-60) {
		every++
	}
	var ticks plot.ConstantTicks
	for i, place := range places {
		tick := plot.Tick{Value: float64(i)}
		if i%every == 0 {
			tick.Label = place
		}
		ticks = append(ticks, tick)
	}
	return ticks
}

// scaleOf fits an axis to estimates. One of a measure over powers of ten is logarithmic,
// unless there is a 0 among its values.
func scaleOf(axis *plot.Axis, m metric.Metric, all []result.Estimate) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, e := range all {
		if e.Known {
			low, high = min(low, e.Value), max(high, e.Value)
		}
		if e.Bounded {
			low, high = min(low, e.Low), max(high, e.High)
		}
	}
	if low > high {
		low, high = 0, 1
	}
	if m.Wide && low > 0 && high > 8*low {
		axis.Scale, axis.Tick.Marker = plot.LogScale{}, powerTicks(m.Unit, &low, &high)
	} else {
		axis.Tick.Marker = evenTicks(m.Unit, &low, &high)
	}
	axis.Min, axis.Max = low, high
}

func within(axis *plot.Axis, value float64) float64 { return max(axis.Min, min(axis.Max, value)) }

// powerTicks are powers of ten around a range, which they widen.
func powerTicks(unit metric.Unit, low, high *float64) (ticks plot.ConstantTicks) {
	at := 1e-12
	for at*10 <= *low*1.0001 {
		at *= 10
	}
	from := at
	for ; at < *high*9.999; at *= 10 {
		ticks = append(ticks, plot.Tick{Value: at, Label: unit.Text(at)})
	}
	*low, *high = from, ticks[len(ticks)-1].Value
	return ticks
}

// evenTicks are about five round numbers around a range, which they widen.
func evenTicks(unit metric.Unit, low, high *float64) (ticks plot.ConstantTicks) {
	if *low > 0 && *low < *high/2 {
		*low = 0
	}
	span := max(*high-*low, 1e-9, *high/1000)
	step := 1e-12
	for i := 0; span > 5*step; i++ {
		step = float64(step * []float64{2, 2.5, 2}[i%3])
	}
	first := math.Floor(*low/step + 1e-6)
	for i := 0; ; i++ {
		at := float64((first + float64(i)) * step)
		ticks = append(ticks, plot.Tick{Value: at, Label: unit.Text(at)})
		if at >= *high-step/1e6 && i > 0 {
			break
		}
	}
	*low, *high = ticks[0].Value, ticks[len(ticks)-1].Value
	return ticks
}

// point is one place of a plot of two measures.
type point struct {
	Name string
	X, Y result.Estimate
	Best bool // no other is better in both
}

// against draws one measure over another.
func against(label string, points []point, x, y metric.Metric) template.HTML {
	p := plainPlot()
	var xs, ys []result.Estimate
	for _, at := range points {
		xs, ys = append(xs, at.X), append(ys, at.Y)
	}
	scaleOf(&p.X, x, xs)
	scaleOf(&p.Y, y, ys)
	p.X.Tick.Marker = sparse(p.X.Tick.Marker.(plot.ConstantTicks))
	p.X.Label.Text, p.Y.Label.Text = "", ""
	p.Add(horizontalGrid())
	for _, at := range points {
		style := draw.LineStyle{Color: ink("whisker"), Width: 1}
		if at.X.Bounded {
			p.Add(pathOf(plotter.XYs{{X: within(&p.X, at.X.Low), Y: at.Y.Value}, {X: within(&p.X, at.X.High), Y: at.Y.Value}}, style)...)
		}
		if at.Y.Bounded {
			p.Add(pathOf(plotter.XYs{{X: at.X.Value, Y: within(&p.Y, at.Y.Low)}, {X: at.X.Value, Y: within(&p.Y, at.Y.High)}}, style)...)
		}
	}
	p.Add(namedPoints(points))
	return drawn(p, label)
}

// sparse leaves labels out that would touch.
func sparse(ticks plot.ConstantTicks) plot.ConstantTicks {
	widest := 0
	for _, t := range ticks {
		widest = max(widest, svg.Width(t.Label, labelSize)+8)
	}
	for i := range ticks {
		if widest*len(ticks) > plotWidth-60 && i%2 == 1 {
			ticks[i].Label = ""
		}
	}
	return ticks
}

// namedPoints draws points with their names, where a name covers nothing. One that has
// no room is left out: tables have all.
type namedPoints []point

// box is a piece of a plot that is taken.
type box struct{ left, bottom, right, top vg.Length }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.bottom < o.top && o.bottom < b.top
}

func (all namedPoints) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	var taken []box
	for _, at := range all {
		x, y := toX(at.X.Value), toY(at.Y.Value)
		taken = append(taken, box{x - 4, y - 4, x + 4, y + 4})
		colour := ink("curve c0")
		if at.Best {
			colour = "curve c1"
		}
		c.DrawGlyph(draw.GlyphStyle{Color: colour, Radius: 4, Shape: draw.BoxGlyph{}}, vg.Point{X: x, Y: y})
	}
	for _, at := range all {
		x, y := toX(at.X.Value), toY(at.Y.Value)
		width, half := vg.Length(svg.Width(at.Name, labelSize))*1.1, vg.Length(labelSize)/2+1
		for _, place := range []box{
			{x + 6, y - half, x + 6 + width, y + half}, {x - 6 - width, y - half, x - 6, y + half},
			{x - width/2, y + 6, x + width/2, y + 6 + 2*half}, {x - width/2, y - 6 - 2*half, x + width/2, y - 6},
		} {
			free := place.left >= c.Min.X && place.right <= c.Max.X && place.bottom >= c.Min.Y && place.top <= c.Max.Y
			for _, other := range taken {
				free = free && !place.meets(other)
			}
			if free {
				taken = append(taken, place)
				c.FillText(labelStyle(draw.XLeft, "strong"), vg.Point{X: place.left, Y: (place.bottom + place.top) / 2}, at.Name)
				break
			}
		}
	}
}
