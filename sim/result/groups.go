// Groups: what the worlds of a run have counted, apart from each other, and what they
// make of a measure.

package result

// groups is into how many the worlds of a run are sorted, by their numbers, to see how
// far they lie apart. More would need more memory and say little more.
const groups = 100

// AddWorld takes the result of a whole world in, and remembers it apart from others.
func (r *Result) AddWorld(number int, o *Result) {
	r.Add(o)
	world := *o
	world.Violations, world.Cover = nil, nil
	r.addTo(number%groups, &world)
}

func (r *Result) addTo(group int, o *Result) {
	if r.groups == nil {
		r.groups = make([]Result, groups)
	}
	r.groups[group].Add(o)
}

// Ratio reads two sums from a result, n and what it is of: residue and accepts, or
// copies of messages and calls.
type Ratio func(*Result) (n, of float64)

// Share estimates a ratio that is a probability.
func (r *Result) Share(ratio Ratio) Estimate { return Share(r.parts(ratio)) }

// Mean estimates a ratio that is none.
func (r *Result) Mean(ratio Ratio) Estimate { return Mean(r.parts(ratio)) }

// Paired estimates by how much a ratio of o exceeds that of r. Both are of the same worlds,
// played with the same random draws.
func (r *Result) Paired(o *Result, ratio Ratio) Estimate {
	return Difference(r.parts(ratio), o.parts(ratio))
}

func (r *Result) parts(ratio Ratio) []Part {
	var parts []Part
	for _, group := range r.apart() {
		n, of := ratio(&group)
		parts = append(parts, Part{n, of})
	}
	return parts
}

// apart is what groups of worlds have counted; all of it, if no worlds were added.
func (r *Result) apart() []Result {
	if r.groups == nil {
		return []Result{*r}
	}
	return r.groups
}

// Percentile estimates the duration that p percent do not exceed, in seconds.
func (r *Result) Percentile(p float64, latency func(*Result) Latency) Estimate {
	var all []Latency
	for _, group := range r.apart() {
		all = append(all, latency(&group))
	}
	return Percentile(p, all)
}

// Residues are the calls of the residue, and the accepts that could have become one.
func Residues(r *Result) (n, of float64) { return float64(r.Residue()), float64(r.AcceptCalls) }
