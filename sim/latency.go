// Latency, value by value: what plots are made of.

package sim

import (
	"iter"
	"time"
)

// Bars are the durations that were counted, from the shortest to the longest, each
// as the range of values that are counted as one, and how many there are.
func (l Latency) Bars() iter.Seq2[Range, uint64] {
	return func(yield func(Range, uint64) bool) {
		for _, bar := range l.histogram.Distribution() {
			if bar.Count == 0 {
				continue
			}
			values := Range{time.Duration(bar.From) * time.Microsecond, time.Duration(bar.To) * time.Microsecond}
			if !yield(values, uint64(bar.Count)) {
				return
			}
		}
	}
}
