// Measures: what can be read from a sample.

package study

import (
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Unit is what a measure's values are.
type Unit uint8

// The units.
const (
	Share   Unit = iota // from 0 to 1
	Seconds             // of virtual time
	Count               // a mean number
)

// Measure is something that can be read from a sample.
type Measure struct {
	Name  string // as --measure takes it, and as CSV and JSON call it
	Title string // as tables head it
	About string
	Unit  Unit
	Wide  bool // its values span several powers of ten, so its shades are of logarithms

	// One of these says how it is read. predict does not look at the calls at all.
	ratio      result.Ratio
	latency    func(*result.Result) result.Latency
	percentile float64 // of latency
	predict    func(setup.Options) (float64, bool)
}

var measures = [...]Measure{
	{Name: "residue", Title: "residue", About: "share of accepts whose caller is ACCEPTED and whose callee never learned it",
		Wide: true, ratio: result.Residues},
	{Name: "formula", Title: "residue by formula", About: "the residue that the formula of docs/protocol.md gives, where its conditions hold",
		Wide: true, predict: predict},
	{Name: "accepted", Title: "accepted", About: "share of calls that both sides know to be accepted",
		ratio: ofCalls(func(caller property.CallerEnd, callee property.CalleeEnd) bool {
			return caller == property.CallerAccepted && callee == property.CalleeAccepted
		})},
	{Name: "refused", Title: "refused", About: "share of calls that end as refused for their caller",
		ratio: ofCalls(callers(property.CallerRefused))},
	{Name: "canceled", Title: "canceled", About: "share of calls that end as canceled for their caller",
		ratio: ofCalls(callers(property.CallerCanceled))},
	{Name: "expired", Title: "expired", About: "share of calls that rang and expired for their caller",
		ratio: ofCalls(callers(property.CallerExpired))},
	{Name: "unreached", Title: "unreached", About: "share of calls whose caller was offline, or never heard from the callee",
		ratio: ofCalls(callers(property.CallerNoResponse, property.CallerOffline, property.CallerNotLoggedIn))},
	{Name: "never-rang", Title: "never rang", About: "share of calls that never rang",
		ratio: ofCalls(func(_ property.CallerEnd, callee property.CalleeEnd) bool { return callee == property.CalleeNeverRang })},
	{Name: "setup", Title: "setup", About: "mean time from a callee's accept to its ACCEPTED",
		Unit: Seconds, ratio: func(r *result.Result) (float64, float64) {
			return r.Accepted.Sum().Seconds(), float64(r.Accepted.Count())
		}},
	{Name: "setup-p50", Title: "setup p50", About: "median time from a callee's accept to its ACCEPTED",
		Unit: Seconds, latency: accepted, percentile: 50},
	{Name: "setup-p99", Title: "setup p99", About: "99th percentile of the time from a callee's accept to its ACCEPTED",
		Unit: Seconds, latency: accepted, percentile: 99},
	{Name: "ring", Title: "ring after cancel", About: "mean time that a callee rings on after its caller's cancel, of all canceled calls",
		Unit: Seconds, ratio: func(r *result.Result) (float64, float64) {
			canceled, _ := ofCalls(callers(property.CallerCanceled))(r)
			return r.RingAfterCancel.Sum().Seconds(), canceled
		}},
	{Name: "ring-p99", Title: "ring after cancel p99", About: "99th percentile of the time that a callee rings on after its caller's cancel, of those that do",
		Unit: Seconds, latency: ringAfterCancel, percentile: 99},
	{Name: "messages", Title: "messages a call", About: "mean number of copies that phones send for a call",
		Unit: Count, ratio: func(r *result.Result) (float64, float64) { return float64(r.Messages()), float64(r.Calls) }},
}

// ofCalls is the share of calls that end in certain ways.
func ofCalls(ends func(property.CallerEnd, property.CalleeEnd) bool) result.Ratio {
	return func(r *result.Result) (n, of float64) {
		for caller := range r.Pairs {
			for callee, calls := range r.Pairs[caller] {
				if ends(property.CallerEnd(caller), property.CalleeEnd(callee)) {
					n += float64(calls)
				}
			}
		}
		return n, float64(r.Calls)
	}
}

func callers(ends ...property.CallerEnd) func(property.CallerEnd, property.CalleeEnd) bool {
	return func(caller property.CallerEnd, _ property.CalleeEnd) bool {
		for _, end := range ends {
			if caller == end {
				return true
			}
		}
		return false
	}
}

func accepted(r *result.Result) result.Latency        { return r.Accepted }
func ringAfterCancel(r *result.Result) result.Latency { return r.RingAfterCancel }

// Measures are all of them, in the order in which tables list them.
func Measures() []Measure { return measures[:] }

// MeasureNamed finds a measure.
func MeasureNamed(name string) (Measure, bool) {
	for _, m := range measures {
		if m.Name == name {
			return m, true
		}
	}
	return Measure{}, false
}

// Of reads the measure from a sample.
func (m Measure) Of(s *Sample) result.Estimate {
	switch {
	case m.predict != nil:
		value, ok := m.predict(s.Options)
		return result.Estimate{Value: value, Known: ok}
	case m.latency != nil:
		return s.Total.Percentile(m.percentile, m.latency)
	case m.Unit == Share:
		return s.Total.Share(m.ratio)
	}
	return s.Total.Mean(m.ratio)
}
