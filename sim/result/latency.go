// Latency for readers: its values one by one, for plots, and its mean.

package result

import (
	"iter"
	"time"
)

// Bar is a range of durations that are counted as one.
type Bar struct{ Min, Max time.Duration }

// Bars are the durations that were counted, from the shortest to the longest, each
// with how many there are.
func (l Latency) Bars() iter.Seq2[Bar, uint64] {
	return func(yield func(Bar, uint64) bool) {
		for _, bar := range l.histogram.Distribution() {
			if bar.Count == 0 {
				continue
			}
			values := Bar{time.Duration(bar.From) * time.Microsecond, time.Duration(bar.To) * time.Microsecond}
			if !yield(values, uint64(bar.Count)) {
				return
			}
		}
	}
}

// Mean is the arithmetic mean, to the microsecond and to the three digits that the
// histogram keeps; 0 if there are no durations.
func (l Latency) Mean() time.Duration {
	if l.Count() == 0 {
		return 0
	}
	// A sum of floating-point numbers could differ between architectures.
	var sum int64
	for _, bar := range l.histogram.Distribution() {
		sum += bar.Count * ((bar.From + bar.To) / 2)
	}
	return time.Duration(sum/l.Count()) * time.Microsecond
}
