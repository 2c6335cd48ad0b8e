// Sums: adding results up and taking means, for studies that play worlds
// themselves.

package sim

import "time"

// NewResult is the result of no calls.
func NewResult() *Result { return newResult() }

// Add takes another result in.
func (r *Result) Add(o *Result) { r.add(o) }

// Mean is the average of the durations, to about three digits; 0 if there are none.
func (l Latency) Mean() time.Duration {
	if l.Count() == 0 {
		return 0
	}
	return time.Duration(l.histogram.Mean() * float64(time.Microsecond))
}
