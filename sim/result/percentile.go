// Percentiles: how sure they are. A duration is an end of the interval where the share
// of longer ones is just told apart from the share that the percentile leaves.

package result

import "sort"

// Percentile estimates the duration that p percent do not exceed, in seconds, from
// groups of worlds (Francisco and Fuller, Annals of Statistics 19, 1991), with the tests
// of Share. Long ones come together, when a phone is away.
func Percentile(p float64, groups []Latency) Estimate {
	var all Latency
	for _, g := range groups {
		all.Merge(g)
	}
	if all.Count() == 0 {
		return Estimate{Why: nothing}
	}
	above := 1 - p/100
	d := distributionOf(&all, groups)
	s := d.longer(0)
	e := s.estimate(0)
	e.Value = all.Percentile(p).Seconds()
	if e.Why == "" && float64(all.Count())*min(above, 1-above) < minBeyond {
		e.Why = fewBeyond
	}
	if e.Why != "" {
		return e
	}
	low := sort.Search(len(d.bars), func(i int) bool { s := d.longer(i); return s.trials(0.5, s.least).tail(above) <= 1-outside })
	high := sort.Search(len(d.bars), func(i int) bool { s := d.longer(i); return s.trials(0.5, s.most).tail(above) < outside })
	return e.bounded(micros(d.bars[low].least()).Seconds(), micros(d.bars[high].most()).Seconds())
}

// distribution is what durations there are, from the shortest to the longest, and how
// many of each group do not exceed each that the group has.
type distribution struct {
	bars   []bar
	groups [][]upTo
}

// upTo is how many durations of a group do not exceed a bar.
type upTo struct {
	bar bar
	n   uint64
}

func distributionOf(all *Latency, groups []Latency) distribution {
	d := distribution{groups: make([][]upTo, len(groups))}
	for b := range all.all() {
		d.bars = append(d.bars, b)
	}
	for i, g := range groups {
		sum := uint64(0)
		for b, n := range g.all() {
			sum += uint64(n)
			d.groups[i] = append(d.groups[i], upTo{b, sum})
		}
	}
	return d
}

// longer is the share of the durations above the one with this index.
func (d *distribution) longer(index int) spread {
	parts := make([]Part, len(d.groups))
	for i, group := range d.groups {
		if len(group) == 0 {
			continue
		}
		all, some := group[len(group)-1].n, uint64(0)
		if next := sort.Search(len(group), func(j int) bool { return group[j].bar > d.bars[index] }); next > 0 {
			some = group[next-1].n
		}
		parts[i] = Part{float64(all - some), float64(all)}
	}
	return spreadOf(parts)
}
