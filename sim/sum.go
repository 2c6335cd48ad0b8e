// Sums: adding results up, for studies that play worlds themselves.

package sim

// NewResult is the result of no calls.
func NewResult() *Result { return newResult() }

// Add takes another result in.
func (r *Result) Add(o *Result) { r.add(o) }
