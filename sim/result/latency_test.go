package result

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestMeanOfDurations(t *testing.T) {
	var l Latency
	if l.Mean() != 0 {
		t.Errorf("the mean of nothing is %v", l.Mean())
	}
	for _, d := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 900 * time.Millisecond} {
		l.Record(int64(d))
	}
	if off := (l.Mean() - 400*time.Millisecond).Abs(); off > time.Millisecond {
		t.Errorf("mean %v, want about 400ms", l.Mean())
	}
}

// TestEndsOfDurations: the shortest and the longest that there are take little room.
func TestEndsOfDurations(t *testing.T) {
	var l Latency
	for _, d := range []int64{math.MinInt64, -1, 0, 1 << 61} {
		l.Record(d)
	}
	if l.Count() != 4 || l.Percentile(75) != 0 || l.Max() < 1<<61 || len(l.counts) > 1500 {
		t.Errorf("%d durations, p75 %v, max %v, room for %d", l.Count(), l.Percentile(75), l.Max(), len(l.counts))
	}
}

// TestLikeHdrHistogram: a latency is a histogram of three digits with room for what
// occurs alone, so the well-kept one that has room for everything says the same.
func TestLikeHdrHistogram(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, values := range []int{0, 1, 2, 10, 1000} {
		var l Latency
		reference := hdrhistogram.New(1, int64(time.Hour/time.Microsecond), 3)
		for range values {
			micros := random.Int64N(1 << (1 + random.Int64N(31)))
			l.Record(micros*1000 + random.Int64N(1000))
			if err := reference.RecordValue(micros); err != nil {
				t.Fatal(err)
			}
		}
		if l.Count() != reference.TotalCount() || l.Max().Microseconds() != reference.Max() {
			t.Errorf("%d up to %v, want %d up to %d µs", l.Count(), l.Max(), reference.TotalCount(), reference.Max())
		}
		for _, p := range []float64{0, 0.01, 1, 50, 90, 99, 99.9, 100} {
			if got, want := l.Percentile(p).Microseconds(), reference.ValueAtPercentile(p); got != want {
				t.Errorf("%d values: p%v is %d µs, want %d", values, p, got, want)
			}
		}
		bars := map[Bar]uint64{}
		for bar, n := range l.Bars() {
			bars[bar] = n
		}
		for _, want := range reference.Distribution() {
			bar := Bar{time.Duration(want.From) * time.Microsecond, time.Duration(want.To) * time.Microsecond}
			if want.Count > 0 && bars[bar] != uint64(want.Count) {
				t.Errorf("%d values: %d in %v, want %d", values, bars[bar], bar, want.Count)
			}
		}
	}
}
