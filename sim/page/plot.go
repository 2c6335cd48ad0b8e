// Plots of latencies: where most of them are, and how long the tail is.

package page

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The size of a plot and of its letters, in pixels.
const plotWidth, plotHeight, labelSize = 440, 230, 11

// decade cuts a power of ten into twelve steps of equal ratio. They are written
// down, and not computed, so that a duration is in the same step on every machine.
var decade = [...]int64{1000, 1212, 1468, 1778, 2154, 2610, 3162, 3831, 4642, 5623, 6813, 8254}

// The range of plots: from a microsecond to a quarter of an hour and more.
const firstDecade, lastDecade = time.Microsecond, 1000 * time.Second

// bin is one bar of a histogram.
type bin struct {
	setup.Range
	Count uint64
}

// binsOf counts the durations by steps of equal ratio, empty ones in between
// included.
func binsOf(l result.Latency) []bin {
	var bins []bin
	for base := firstDecade; base < lastDecade; base *= 10 {
		for i, step := range decade {
			end := int64(10_000)
			if i+1 < len(decade) {
				end = decade[i+1]
			}
			bins = append(bins, bin{Range: setup.Range{Min: base / 1000 * time.Duration(step), Max: base / 1000 * time.Duration(end)}})
		}
	}
	at := 0
	for values, n := range l.Bars() {
		for at < len(bins)-1 && values.Max >= bins[at].Max {
			at++
		}
		bins[at].Count += n
	}
	return trimmed(bins)
}

// trimmed leaves out the empty bins at both ends.
func trimmed(bins []bin) []bin {
	for len(bins) > 0 && bins[0].Count == 0 {
		bins = bins[1:]
	}
	for len(bins) > 0 && bins[len(bins)-1].Count == 0 {
		bins = bins[:len(bins)-1]
	}
	return bins
}

// shownBins are the bins of a plot. What took no time stands at its left end, a decade
// before everything else: a logarithmic axis has no place for it.
func shownBins(l result.Latency) []bin {
	bins := binsOf(l)
	if len(bins) == 0 || bins[0].Min > firstDecade {
		return bins
	}
	next := 1
	for next < len(bins) && bins[next].Count == 0 {
		next++
	}
	if gap := next - len(decade); gap > 0 && next < len(bins) {
		bins[gap].Count = bins[0].Count
		return bins[gap:]
	}
	return bins
}

// histogram shows how many calls took how long.
func histogram(label string, l result.Latency) template.HTML {
	bins := shownBins(l)
	bars := &plotter.Histogram{FillColor: ink("bar")}
	for _, b := range bins {
		bars.Bins = append(bars.Bins, plotter.HistogramBin{Min: seconds64(b.Min), Max: seconds64(b.Max), Weight: share(b.Count, l)})
	}
	p := newPlot(axisOf(bins))
	p.Add(horizontalGrid(), bars)
	ticks := percentTicks(bars)
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, ticks[len(ticks)-1].Value, ticks
	return drawn(p, label)
}

// tail shows the share of calls that took longer than a time, down to one call.
func tail(label string, l result.Latency) template.HTML {
	p := newPlot(axisOf(shownBins(l)))
	p.Y.Scale, p.Y.Min, p.Y.Max = plot.LogScale{}, 1, 1
	for p.Y.Min > 1/float64(l.Count()) {
		p.Y.Min /= 10
	}
	p.Y.Min = min(p.Y.Min, 0.1)
	p.Y.Tick.Marker = powersOfTen(p.Y.Min)
	line := &plotter.Line{XYs: exceeding(l, p.X.Min), StepStyle: plotter.PostStep, LineStyle: draw.LineStyle{Color: ink("curve"), Width: 2}}
	p.Add(horizontalGrid(), line)
	markPercentiles(p, l)
	return drawn(p, label)
}

// exceeding is the share of durations longer than each duration. Points closer
// than the eye can tell are left out. Durations of nothing stand at the left end,
// for a logarithmic axis has no place for them.
func exceeding(l result.Latency, from float64) plotter.XYs {
	points := plotter.XYs{{X: from, Y: 1}}
	left, last := uint64(l.Count()), time.Duration(0)
	for values, n := range l.Bars() {
		x := max(from, seconds64(values.Max))
		if left -= n; left == 0 {
			points = append(points, plotter.XY{X: x, Y: share(1, l)})
		} else if values.Max*50 >= last*51 {
			points, last = append(points, plotter.XY{X: x, Y: share(left, l)}), values.Max
		}
	}
	return points
}

// percentiles are those that plots and captions name. Each needs some calls above it.
var percentiles = []struct {
	name  string
	p     float64
	above float64 // the share of calls that take longer
	calls int64   // how many it takes to say so
}{
	{"p50", 50, 0.5, 2}, {"p90", 90, 0.1, 10}, {"p99", 99, 0.01, 100}, {"p99.9", 99.9, 0.001, 1000}, {"p99.99", 99.99, 0.0001, 10_000},
}

// markPercentiles puts a dot and a label on the curve, the label on the side that
// has more room.
func markPercentiles(p *plot.Plot, l result.Latency) {
	style := draw.GlyphStyle{Color: ink("dot"), Radius: 3, Shape: draw.BoxGlyph{}}
	for _, each := range percentiles {
		if l.Count() < each.calls {
			break
		}
		took := l.Percentile(each.p)
		at := plotter.XYs{{X: max(p.X.Min, seconds64(took)), Y: each.above}}
		align, offset := draw.XLeft, vg.Point{X: 8, Y: 6}
		if p.X.Scale.Normalize(p.X.Min, p.X.Max, at[0].X) > 0.5 {
			align, offset = draw.XRight, vg.Point{X: -8, Y: -6}
		}
		words := plotter.Labels{XYs: at, Labels: []string{each.name + "  " + output.Round(took).String()}, Offset: offset,
			TextStyle: []text.Style{labelStyle(align, "strong")}}
		p.Add(&plotter.Scatter{XYs: at, GlyphStyle: style}, &words)
	}
}

// newPlot has a logarithmic axis of time over all of these bins.
func newPlot(from, to time.Duration) *plot.Plot {
	p := plainPlot()
	p.X.Scale, p.X.Min, p.X.Max = plot.LogScale{}, seconds64(from), seconds64(to)
	p.X.Tick.Marker = timeTicks(from, to)
	return p
}

// plainPlot has axes in our colours and letters.
func plainPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: ink("axis"), Width: 1}
		axis.Tick.LineStyle = axis.LineStyle
		axis.Tick.Length = 4
	}
	p.X.Tick.Label = labelStyle(draw.XCenter, "text")
	p.X.Tick.Label.YAlign = draw.YTop
	p.Y.Tick.Label = labelStyle(draw.XRight, "text")
	return p
}

func labelStyle(align draw.XAlignment, colour ink) text.Style {
	font := plot.DefaultFont
	font.Variant, font.Size = "Sans", labelSize
	return text.Style{Color: colour, Font: font, XAlign: align, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

func horizontalGrid() *plotter.Grid {
	return &plotter.Grid{Horizontal: draw.LineStyle{Color: ink("grid"), Width: 1}}
}

func drawn(p *plot.Plot, label string) template.HTML {
	canvas := newPlotCanvas(plotWidth, plotHeight)
	// Labels at the ends of the axes reach beyond them.
	p.Draw(draw.Crop(draw.New(canvas), 4, -22, 4, -8))
	return canvas.Picture(label, plotWidth, plotHeight, "class", "plot")
}

// axisOf is the range of times that shows the bins, and a decade at least.
func axisOf(bins []bin) (from, to time.Duration) {
	if len(bins) == 0 {
		return time.Millisecond, time.Second
	}
	from, to = bins[0].Min, bins[len(bins)-1].Max
	if to < 10*from {
		from, to = from/3, to*3
	}
	return from, to
}

// timeTicks names 1, 2 and 5 of each power of ten, or the powers alone if there are many.
func timeTicks(from, to time.Duration) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for base := firstDecade; base <= lastDecade; base *= 10 {
		for digit := time.Duration(1); digit <= 9; digit++ {
			at := base * digit
			if at < from || at > to {
				continue
			}
			tick := plot.Tick{Value: seconds64(at)}
			if digit == 1 || (digit == 2 || digit == 5) && to < 1000*from {
				tick.Label = shortTime(at)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// shortTime is a round duration as short as can be: 200 ms, 1 s, 5 min.
func shortTime(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// percentTicks divide the axis of shares into about five.
func percentTicks(bars *plotter.Histogram) plot.ConstantTicks {
	highest := 0.0
	for _, b := range bars.Bins {
		highest = max(highest, b.Weight)
	}
	step := 20
	for _, smaller := range []int{10, 5, 2, 1} {
		if highest*100 <= float64(5*smaller) {
			step = smaller
		}
	}
	var ticks plot.ConstantTicks
	for percent := 0; percent <= 100 && float64(percent-step) < highest*100; percent += step {
		ticks = append(ticks, plot.Tick{Value: float64(percent) / 100, Label: fmt.Sprintf("%d %%", percent)})
	}
	return ticks
}

// powersOfTen are the ticks of shares from 100 % down.
func powersOfTen(lowest float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i, share := 0, 1.0; share >= lowest*0.99; i, share = i+1, share/10 {
		label := "1" + strings.Repeat("0", max(0, 2-i)) + " %"
		if i > 2 {
			label = "0." + strings.Repeat("0", i-3) + "1 %"
		}
		ticks = append(ticks, plot.Tick{Value: share, Label: label})
	}
	return ticks
}

func share(n uint64, l result.Latency) float64 { return float64(n) / float64(l.Count()) }

func seconds64(d time.Duration) float64 { return float64(d) / float64(time.Second) }
