// The metrics: what there is to measure in a result.

package threshold

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// metric is one number of a result, or a distribution of times.
type metric struct {
	name  string
	about string
	units []unit // the first is its own

	number func(*result.Result) (*big.Rat, bool) // for a number
	times  func(*result.Result) result.Latency   // for a distribution
	ends   bool                                  // takes an end of calls: share
}

// The units. A share is a fraction of 1.
var (
	plain   = []unit{{"", big.NewRat(1, 1)}}
	shares  = []unit{{"", big.NewRat(1, 1)}, {"%", big.NewRat(1, 100)}}
	periods = []unit{{"ms", big.NewRat(1, 1)}, {"s", big.NewRat(1000, 1)}}
)

// metrics are all of them, in the order in which to show them.
var metrics = []metric{
	{name: "accepted_ms", about: "time from the callee's accept to its ACCEPTED", units: periods,
		times: func(r *result.Result) result.Latency { return r.Accepted }},
	{name: "ring_after_cancel_ms", about: "time that a callee still rang after the caller's cancel", units: periods,
		times: func(r *result.Result) result.Latency { return r.RingAfterCancel }},
	{name: "residue_rate", about: "share of the accepts after which the caller is ACCEPTED and the callee never learned it", units: shares,
		number: func(r *result.Result) (*big.Rat, bool) { return ratio(r.Residue(), r.AcceptCalls) }},
	{name: "messages_per_call", about: "copies of messages that were sent, for each call", units: plain,
		number: func(r *result.Result) (*big.Rat, bool) { return ratio(r.Messages(), uint64(r.Calls)) }},
	{name: "share", about: "share of the calls that ended so for the caller, or with a slash for both: share(ACCEPTED), share(CANCELED/NEVER_RANG)", units: shares, ends: true},
}

// Metric describes one for readers.
type Metric struct{ Usage, About string }

// Metrics are all there are, with their spelling and their meaning.
func Metrics() []Metric {
	var all []Metric
	for _, m := range metrics {
		usage := m.name
		switch {
		case m.times != nil:
			usage = "p99(" + m.name + ")"
		case m.ends:
			usage = m.name + "(ACCEPTED)"
		}
		all = append(all, Metric{usage, m.about})
	}
	return all
}

func metricNames() string {
	var names []string
	for _, m := range metrics {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}

func metricNamed(name string) *metric {
	if i := slices.IndexFunc(metrics, func(m metric) bool { return m.name == name }); i >= 0 {
		return &metrics[i]
	}
	return nil
}

// ratio is n of all, if there are any.
func ratio(n, all uint64) (*big.Rat, bool) {
	if all == 0 {
		return nil, false
	}
	return new(big.Rat).SetFrac(new(big.Int).SetUint64(n), new(big.Int).SetUint64(all)), true
}

// statistic takes one number, in milliseconds, out of a distribution.
func statistic(name string, percentile float64) func(result.Latency) *big.Rat {
	return func(l result.Latency) *big.Rat {
		value := l.Percentile(percentile)
		switch name {
		case "mean":
			value = l.Mean()
		case "max":
			value = l.Max()
		}
		return big.NewRat(value.Microseconds(), 1000)
	}
}

// share counts the calls with that end, or pair of ends.
func share(end string) (func(*result.Result) (*big.Rat, bool), error) {
	caller, callee, isPair := strings.Cut(end, "/")
	i, err := endNamed("caller", caller, property.NumCallerEnds)
	if err != nil {
		return nil, err
	}
	first, last := property.CalleeEnd(0), property.NumCalleeEnds
	if isPair {
		if first, err = endNamed("callee", callee, property.NumCalleeEnds); err != nil {
			return nil, err
		}
		last = first + 1
	}
	return func(r *result.Result) (*big.Rat, bool) {
		var sum uint64
		for j := first; j < last; j++ {
			sum += r.Pairs[i][j]
		}
		return ratio(sum, uint64(r.Calls))
	}, nil
}

// endNamed finds a state by its name among those below a number.
func endNamed[End interface {
	~uint8
	fmt.Stringer
}](side, name string, number End) (End, error) {
	var names []string
	for end := End(0); end < number; end++ {
		if end.String() == name {
			return end, nil
		}
		names = append(names, end.String())
	}
	return 0, fmt.Errorf("no %s ends as %q; there are %s%s", side, name, strings.Join(names, ", "), meant(name, names))
}
