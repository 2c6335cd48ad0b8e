// Latency: a distribution of durations.

package result

import (
	"iter"
	"math/bits"
	"time"
)

// Latency is a distribution of durations, to the microsecond and to three digits. It
// has room for what occurs and its neighbours, because every world of a run has its own.
type Latency struct{ counts []*neighbours }

// neighbours are the counts of bars that follow each other.
type neighbours struct {
	occur  uint64 // a bit for each bar that is not empty
	counts [width]uint32
}

const width = 64 // bits of occur

// bar is a range of durations that are counted as one: the number of microseconds in
// exactly bits, and above these bits how often it is doubled.
type bar uint32

const exactly = 11 // enough for three digits

func barOf(micros int64) bar {
	doubled := max(0, bits.Len64(uint64(micros))-exactly)
	return bar(doubled<<exactly | int(micros>>doubled))
}

func (b bar) doubled() int { return int(b >> exactly) }

// least and most are its ends, in microseconds.
func (b bar) least() int64 { return int64(b&(1<<exactly-1)) << b.doubled() }
func (b bar) most() int64  { return b.least() + 1<<b.doubled() - 1 }

// Record counts a duration; a negative one as 0.
func (l *Latency) Record(nanoseconds int64) {
	l.add(barOf(max(0, nanoseconds)/int64(time.Microsecond)), 1)
}

func (l *Latency) add(b bar, n uint32) {
	place, among := int(b)/width, int(b)%width
	if missing := place + 1 - len(l.counts); missing > 0 {
		l.counts = append(l.counts, make([]*neighbours, missing)...)
	}
	if l.counts[place] == nil {
		l.counts[place] = new(neighbours)
	}
	some := l.counts[place]
	some.occur |= 1 << among
	some.counts[among] += n
}

// all are the bars with how many durations are in each, from the shortest on.
func (l *Latency) all() iter.Seq2[bar, uint32] {
	return func(yield func(bar, uint32) bool) {
		for place, some := range l.counts {
			if some == nil {
				continue
			}
			for rest := some.occur; rest != 0; rest &= rest - 1 {
				among := bits.TrailingZeros64(rest)
				if !yield(bar(place*width+among), some.counts[among]) {
					return
				}
			}
		}
	}
}

// Merge takes the durations of another distribution in.
func (l *Latency) Merge(o Latency) {
	for b, n := range o.all() {
		l.add(b, n)
	}
}

// Bar is a range of durations that are counted as one.
type Bar struct{ Min, Max time.Duration }

// Bars are the durations that were counted, from the shortest to the longest, each
// with how many there are.
func (l Latency) Bars() iter.Seq2[Bar, uint64] {
	return func(yield func(Bar, uint64) bool) {
		for b, n := range l.all() {
			if !yield(Bar{micros(b.least()), micros(b.most())}, uint64(n)) {
				return
			}
		}
	}
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }

// Count is how many durations there are.
func (l Latency) Count() int64 {
	var sum int64
	for _, n := range l.all() {
		sum += int64(n)
	}
	return sum
}

// Percentile is the duration that p percent do not exceed; 0 if there are none.
func (l Latency) Percentile(p float64) time.Duration {
	rank, seen := uint64(max(1, float64(p/100*float64(l.Count()))+0.5)), uint64(0)
	for bar, n := range l.Bars() {
		if seen += n; seen < rank {
			continue
		}
		if p <= 0 {
			return bar.Min
		}
		return bar.Max
	}
	return 0
}

// Max is the longest, as far as its bar tells.
func (l Latency) Max() time.Duration { return l.Percentile(100) }

// Sum is all durations together, each in the middle of its bar.
func (l Latency) Sum() time.Duration {
	var sum int64 // one of floating-point numbers could differ between machines
	for b, n := range l.all() {
		sum += int64(n) * ((b.least() + b.most()) / 2)
	}
	return micros(sum)
}

// Mean is the arithmetic mean, to the microsecond and to three digits; 0 if there are
// no durations.
func (l Latency) Mean() time.Duration {
	return (l.Sum() / time.Duration(max(1, l.Count()))).Truncate(time.Microsecond)
}
