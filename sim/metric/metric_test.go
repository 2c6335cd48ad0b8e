package metric

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// byHand is a result in which every metric has a value of its own.
func byHand() *result.Result {
	r := result.New()
	r.Calls, r.Worlds, r.AcceptCalls = 1000, 1, 500
	r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 440
	r.Pairs[property.CallerAccepted][property.CalleeOffline] = 10
	r.Pairs[property.CallerRefused][property.CalleeRefused] = 60
	r.Pairs[property.CallerCanceled][property.CalleeNeverRang] = 70
	r.Pairs[property.CallerExpired][property.CalleeExpired] = 80
	r.Pairs[property.CallerOffline][property.CalleeNeverRang] = 90
	r.Sent[1] = 5370
	for i := range 100 {
		n := int64(i+1) * int64(time.Millisecond)
		r.Accepted.Record(n)
		r.DeadRing.Record(2 * n)
		r.RingAfterCancel.Record(3 * n)
		r.RefusalTold.Record(4 * n)
		r.FailureTold.Record(5 * n)
		r.FailedAccept.Record(6 * n)
	}
	r.LongDeadRings, r.RefusalsMissed, r.FailuresMissed = 3, 4, 5
	return r
}

// TestEveryMetric: each reads what it says, as an estimate and exactly.
func TestEveryMetric(t *testing.T) {
	r := byHand()
	var seen []string
	for name, want := range map[string]float64{
		"in-call": 0.88, "residue": 0.02, "dead-rings": 0.003, "refusals-missed": 0.04, "failures-missed": 0.05, "messages": 5.37,
		"accepted": 0.44, "refused": 0.06, "canceled": 0.07, "expired": 0.08, "unreached": 0.09, "never-rang": 0.16, "ring": 15.15 / 70,
		"max(setup)": 0.1, "max(dead-ring)": 0.2, "max(ring-after-cancel)": 0.3, "max(refusal-told)": 0.4, "max(failure-told)": 0.5, "max(failed-accept)": 0.6,
		"mean(setup)": 0.0505, "p50(setup)": 0.05, "p99(setup)": 0.099, "share(ACCEPTED)": 0.45, "share(ACCEPTED/PEER_OFFLINE)": 0.01,
		"setup-p50": 0.05, "residue_rate": 0.02, "messages_per_call": 5.37, "p99(accepted_ms)": 0.099, // names of earlier versions
	} {
		m, err := Named(name)
		if err != nil {
			t.Error(err)
			continue
		}
		seen = append(seen, m.Name, strings.TrimSuffix(strings.TrimPrefix(m.Name, "max("), ")"))
		e, near := m.Estimate(r), func(v float64) bool { return v > want*0.999 && v < want*1.001 }
		exact, ok := m.Exact(r)
		if !ok || !e.Known || !near(e.Value) {
			t.Errorf("%s: %+v, want %v", name, e, want)
			continue
		}
		if v, _ := exact.Float64(); !near(v) {
			t.Errorf("%s: exactly %v, want %v", name, v, want)
		}
		if _, ok := m.Exact(result.New()); ok || m.Estimate(result.New()).Known {
			t.Errorf("%s of nothing is known", name)
		}
	}
	for _, m := range All() {
		if !slices.Contains(seen, m.Name) {
			t.Errorf("%s was not read", m.Name)
		}
		if _, err := Named(m.Name); (err != nil) != m.IsDistribution() {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}
