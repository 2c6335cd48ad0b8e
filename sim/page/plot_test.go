// Plots: the numbers behind them, their axes, and coordinates that do not depend on
// the machine.

package page

import (
	"context"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// waits is a real distribution with a long tail.
func waits(t testing.TB) result.Latency {
	t.Helper()
	o := setup.Default()
	o.Calls, o.Loss = 2000, 0.1
	result, err := sim.Run(context.Background(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.Accepted
}

// Bars hold every duration once, in order, and so do the bins made of them.
func TestBinsHoldEveryDuration(t *testing.T) {
	l := waits(t)
	var bars uint64
	last := time.Duration(-1)
	for values, n := range l.Bars() {
		if n == 0 || values.Min <= last || values.Max < values.Min {
			t.Fatalf("%d in %v after %v", n, values, last)
		}
		bars, last = bars+n, values.Max
	}
	bins := binsOf(l)
	var sum uint64
	for i, b := range bins {
		sum += b.Count
		if i > 0 && b.Min != bins[i-1].Max {
			t.Errorf("a bin ends at %v, the next begins at %v", bins[i-1].Max, b.Min)
		}
	}
	if n := uint64(l.Count()); n < 500 || bars != n || sum != n {
		t.Errorf("%d durations, %d in bars, %d in bins", n, bars, sum)
	}
	if first, end := bins[0], bins[len(bins)-1]; first.Count == 0 || end.Count == 0 || l.Max() < end.Min || l.Max() > end.Max {
		t.Errorf("bins go from %+v to %+v, the longest took %v", first, end, l.Max())
	}
	for range l.Bars() {
		break // the iterator must stop then
	}
}

// Half the calls of a quiet world take 100 ms: their bin is the one that says so.
func TestBinOfOneDuration(t *testing.T) {
	bins := binsOf(samples.Quiet(t, nil).Accepted)
	want := []bin{{setup.Range{Min: 100 * time.Millisecond, Max: 121_200 * time.Microsecond}, 10}}
	if !slices.Equal(bins, want) {
		t.Errorf("bins are %+v", bins)
	}
	if none := binsOf(samples.Quiet(t, func(o *setup.Options) { o.Accept, o.Refuse = 0, 1 }).Accepted); len(none) != 0 {
		t.Errorf("bins of nothing are %+v", none)
	}
}

func TestExceedingFalls(t *testing.T) {
	l := waits(t)
	points := exceeding(l, 0.01)
	if first, end := points[0], points[len(points)-1]; first != (plotter.XY{X: 0.01, Y: 1}) || end.Y != 1/float64(l.Count()) || math.Abs(end.X-l.Max().Seconds()) > 0.005 {
		t.Errorf("from %v to %v", first, end)
	}
	for i := 1; i < len(points); i++ {
		if points[i].X <= points[i-1].X || points[i].Y > points[i-1].Y {
			t.Fatalf("%v after %v", points[i], points[i-1])
		}
	}
	median := l.Percentile(50).Seconds()
	i := slices.IndexFunc(points, func(p plotter.XY) bool { return p.X >= median })
	if y := points[i].Y; y > 0.5 || y < 0.45 {
		t.Errorf("at the median %v stands %v", median, y)
	}
}

func labels(ticks plot.ConstantTicks) string {
	var all []string
	for _, tick := range ticks {
		if tick.Label != "" {
			all = append(all, tick.Label)
		}
	}
	return strings.Join(all, ", ")
}

func TestTicks(t *testing.T) {
	for _, each := range []struct{ got, want string }{
		{labels(timeTicks(40*time.Millisecond, 3*time.Second)), "50 ms, 100 ms, 200 ms, 500 ms, 1 s, 2 s"},
		{labels(timeTicks(20*time.Microsecond, 100*time.Second)), "100 µs, 1 ms, 10 ms, 100 ms, 1 s, 10 s, 100 s"},
		{labels(powersOfTen(0.0001)), "100 %, 10 %, 1 %, 0.1 %, 0.01 %"},
		{labels(percentTicks(&plotter.Histogram{Bins: []plotter.HistogramBin{{Weight: 0.19}, {Weight: 0.03}}})), "0 %, 5 %, 10 %, 15 %, 20 %"},
		{labels(percentTicks(&plotter.Histogram{Bins: []plotter.HistogramBin{{Weight: 1}}})), "0 %, 20 %, 40 %, 60 %, 80 %, 100 %"},
		{labels(percentTicks(&plotter.Histogram{Bins: []plotter.HistogramBin{{Weight: 0.021}}})), "0 %, 1 %, 2 %, 3 %"},
	} {
		if each.got != each.want {
			t.Errorf("ticks are %s, want %s", each.got, each.want)
		}
	}
}

func TestAxisShowsADecade(t *testing.T) {
	ms := time.Millisecond
	for _, each := range []struct{ min, max, from, to time.Duration }{
		{100 * ms, 120 * ms, 100 * ms / 3, 360 * ms},
		{10 * ms, 5000 * ms, 10 * ms, 5000 * ms},
	} {
		from, to := axisOf([]bin{{setup.Range{Min: each.min, Max: each.max}, 1}})
		if from != each.from || to != each.to {
			t.Errorf("%v to %v is shown as %v to %v", each.min, each.max, from, to)
		}
	}
	if from, to := axisOf(nil); from >= to {
		t.Errorf("nothing is shown as %v to %v", from, to)
	}
}

// A coordinate whose last bits differ prints the same, above all where round
// numbers lie: half way between two tenths.
func TestTenths(t *testing.T) {
	for v, want := range map[vg.Length]string{0: "0", 7: "7", 12.34: "12.3", 12.38: "12.4", -0.04: "0", -3.21: "-3.2"} {
		if got := tenths(v); got != want {
			t.Errorf("tenths(%v) is %s, want %s", v, got, want)
		}
	}
	for _, v := range []float64{0.05, 12.25, 117.15, 430.75} {
		below, above := math.Nextafter(v, 0), math.Nextafter(v, 1e9)
		if a, b, c := tenths(vg.Length(below)), tenths(vg.Length(v)), tenths(vg.Length(above)); a != b || b != c {
			t.Errorf("around %v: %s, %s, %s", v, a, b, c)
		}
	}
}

// Plots name each percentile that there are enough calls for, and stay small.
func TestPlots(t *testing.T) {
	l := waits(t)
	curve, bars := string(tail("x", l)), string(histogram("x", l))
	for _, want := range []string{"p50  ", "p90  ", "p99  ", "p99.9  "} {
		if !strings.Contains(curve, want) {
			t.Errorf("no label %s", want)
		}
	}
	if strings.Contains(curve, "p99.99") {
		t.Error("p99.99 of a thousand calls is named")
	}
	if got, want := strings.Count(bars, `class="area bar"`), len(binsOf(l)); got != want {
		t.Errorf("%d bars for %d bins", got, want)
	}
	if len(curve)+len(bars) > 32<<10 {
		t.Errorf("%d bytes", len(curve)+len(bars))
	}
}

// A duration of nothing has a place on the logarithmic axis: its left end.
func TestPlotsOfNoTime(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss, o.Latency = 2000, 0.1, netem.Delay{}
	result, err := sim.Run(context.Background(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l := result.Accepted; l.Percentile(10) != 0 || l.Percentile(99) == 0 {
		t.Fatalf("waits from %v to %v", l.Percentile(10), l.Percentile(99))
	}
	curve, bars := string(tail("x", result.Accepted)), string(histogram("x", result.Accepted))
	if !strings.Contains(curve, "p50  0s") || !strings.Contains(curve, "p99  ") || !strings.Contains(bars, "area bar") {
		t.Errorf("%s\n%s", curve, bars)
	}
}

// What Push saves, Pop brings back.
func TestPlotCanvas(t *testing.T) {
	c := newPlotCanvas(100, 50)
	line := vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: 1, Y: 2}}, {Type: vg.LineComp, Pos: vg.Point{X: 3, Y: 4}}}
	c.SetColor(ink("curve"))
	c.Push()
	c.Translate(vg.Point{X: 10, Y: 10})
	c.SetLineWidth(2)
	c.SetLineDash([]vg.Length{3, 1.5}, 0)
	c.SetColor(color.Black)
	c.Stroke(line)
	c.Pop()
	c.Stroke(line)
	c.SetLineWidth(0)
	c.Stroke(line)
	want := `<path class="line axis" d="M11 38L13 36" stroke-width="2" stroke-dasharray="3 1.5"/>
<path class="line curve" d="M1 48L3 46"/>
`
	if got := c.String(); got != want {
		t.Errorf("drawn is\n%swant\n%s", got, want)
	}
}

// TestShownBins: what took no time does not stretch the axis, and is not lost.
func TestShownBins(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss, o.Latency = 2000, 0.1, netem.Delay{}
	res, err := sim.Run(context.Background(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, shown := binsOf(res.Accepted), shownBins(res.Accepted)
	if first := slices.IndexFunc(shown[1:], func(b bin) bool { return b.Count > 0 }); first+1 != len(decade) || shown[0].Count != all[0].Count || shown[0].Count == 0 || len(shown) >= len(all) {
		t.Errorf("shown are %v of %v", shown, all)
	}
	if quiet := samples.Quiet(t, nil).Accepted; !slices.Equal(shownBins(quiet), binsOf(quiet)) {
		t.Error("bins of another are changed")
	}
}
