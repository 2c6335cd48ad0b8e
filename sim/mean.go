// The mean of a latency, reckoned in whole numbers.

package sim

import "time"

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
