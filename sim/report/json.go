// The result as JSON.

package report

import (
	"encoding/json"
	"io"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

type jsonRun struct {
	Seed        uint64                 `json:"seed"`
	Calls       int                    `json:"calls"`
	Worlds      int                    `json:"worlds"`
	Verdict     result.Verdict         `json:"verdict"`
	Violations  []jsonViolation        `json:"violations"`
	Violated    uint64                 `json:"violation_count"`
	Pairs       map[string]uint64      `json:"pairs"`                 // CALLER/CALLEE
	First       map[string]int         `json:"first_calls,omitempty"` // of each pair, the lowest number of a call
	Accepts     uint64                 `json:"accepts"`
	Residue     jsonResidue            `json:"residue"`
	Messages    uint64                 `json:"messages"`
	Sent        map[string]uint64      `json:"sent"` // by kind
	Lost        map[string]uint64      `json:"not_delivered"`
	Latency     map[string]jsonLatency `json:"latency_ms"`
	Metrics     jsonMetrics            `json:"metrics"` // shares of 1, seconds, numbers
	Crashes     uint64                 `json:"crashes,omitempty"`
	NotSent     uint64                 `json:"not_sent,omitempty"`
	Broken      map[string]uint64      `json:"not_promised,omitempty"` // by property
	Thresholds  []jsonThreshold        `json:"thresholds,omitempty"`
	Goals       map[string]uint64      `json:"goals"`                  // how often each was reached; those that never were are not there
	GoalsMissed []string               `json:"goals_missed,omitempty"` // those that were asked for and never occurred
	Cells       []jsonCell             `json:"cells,omitempty"`        // of both tables, if they were counted
	Again       string                 `json:"again"`
	Version     string                 `json:"version,omitempty"` // of the program

	drawn map[string]uint64 // of a swarm, in CSV
}

type jsonViolation struct {
	Property   string  `json:"property"`
	Words      string  `json:"words"`
	Call       int     `json:"call"`
	World      int     `json:"world"`
	Invitation string  `json:"invitation"`
	Caller     string  `json:"caller"`
	Callee     string  `json:"callee"`
	AtMS       float64 `json:"at_ms"`
	Detail     string  `json:"detail"`
	Look       string  `json:"look"`
}

type jsonCell struct {
	Machine string            `json:"machine"` // caller or callee
	State   string            `json:"state"`
	Trigger string            `json:"trigger"`
	Kind    string            `json:"kind"`
	Uses    map[string]uint64 `json:"uses"` // by circumstance
}

type jsonLatency struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	Max   float64 `json:"max"`
}

// JSON writes the result as one indented object. Times are in milliseconds.
func JSON(w io.Writer, r Run) error { return output.JSON(w, jsonOf(r)) }

func jsonOf(r Run) *jsonRun {
	res := r.Result
	out := &jsonRun{
		Seed: r.Options.Seed, Calls: res.Calls, Worlds: res.Worlds, Verdict: r.Verdict(),
		Violations: []jsonViolation{}, Violated: res.ViolationCount,
		Pairs: map[string]uint64{}, First: map[string]int{}, Accepts: res.AcceptCalls, Residue: jsonResidueOf(res),
		Messages: res.Messages(), Sent: map[string]uint64{},
		Lost: map[string]uint64{},
		Latency: map[string]jsonLatency{
			"accepted": jsonLatencyOf(res.Accepted), "ring_after_cancel": jsonLatencyOf(res.RingAfterCancel),
			"failed_accept": jsonLatencyOf(res.FailedAccept), "dead_ring": jsonLatencyOf(res.DeadRing), "refusal_told": jsonLatencyOf(res.RefusalTold), "failure_told": jsonLatencyOf(res.FailureTold),
		},
		Metrics: jsonMetricsOf(res),
		Crashes: res.Crashes, NotSent: res.NotSent, Broken: map[string]uint64{}, Goals: map[string]uint64{},
		Again: r.Again, Version: r.Version,
	}
	out.Thresholds, out.GoalsMissed = jsonAsked(r.Asked)
	for _, fate := range event.Undelivered() {
		if words := fate.Words(); res.Fates[fate] > 0 || !words.Rare {
			out.Lost[words.Name] = res.Fates[fate]
		}
	}
	for g, n := range res.Goals {
		if n > 0 {
			out.Goals[property.Goal(g).String()] = n
		}
	}
	if res.Cover != nil {
		out.Cells = jsonCells(res.Cover)
	}
	for id, n := range res.NotPromised {
		if n > 0 {
			out.Broken[property.ID(id).String()] = n
		}
	}
	for caller := range res.Pairs {
		for callee, n := range res.Pairs[caller] {
			if n > 0 {
				name := property.CallerEnd(caller).String() + "/" + property.CalleeEnd(callee).String()
				out.Pairs[name], out.First[name] = n, res.First[caller][callee]
			}
		}
	}
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		out.Sent[kind.String()] = res.Sent[kind]
	}
	for _, v := range res.Violations {
		out.Violations = append(out.Violations, jsonViolation{
			Property: v.Property.String(), Words: v.Property.Words(), Call: v.Call, World: v.World,
			Invitation: v.Invitation.String(), Caller: v.Caller, Callee: v.Callee, AtMS: output.Milliseconds(v.At), Detail: v.Detail, Look: r.Look(v),
		})
	}
	return out
}

func jsonCells(v *event.Cover) []jsonCell {
	var cells []jsonCell
	for _, c := range v.Cells() {
		j := jsonCell{Machine: machineName(c.Local), State: c.State, Trigger: c.Trigger, Kind: c.Kind.String(), Uses: map[string]uint64{}}
		for under, n := range c.Uses {
			if n > 0 {
				j.Uses[event.Circumstance(under).String()] = n
			}
		}
		cells = append(cells, j)
	}
	return cells
}

func machineName(local bool) string {
	if local {
		return "caller"
	}
	return "callee"
}

func jsonLatencyOf(l result.Latency) jsonLatency {
	if l.Count() == 0 {
		return jsonLatency{}
	}
	return jsonLatency{l.Count(), output.Milliseconds(l.Percentile(50)), output.Milliseconds(l.Percentile(90)), output.Milliseconds(l.Percentile(99)), output.Milliseconds(l.Percentile(99.9)), output.Milliseconds(l.Max())}
}

// jsonMetrics are written as an object, in their order.
type jsonMetrics []jsonMetric

type jsonMetric struct {
	name string
	result.Estimate
}

// jsonMetricsOf are all metrics, and the usual statistics of distributions.
func jsonMetricsOf(res *result.Result) (all jsonMetrics) {
	for _, m := range metric.All() {
		if !m.IsDistribution() {
			all = append(all, jsonMetric{m.Name, m.Estimate(res)})
			continue
		}
		for _, statistic := range []string{"mean", "p50", "p99", "p99.9", "max"} {
			m := named(statistic + "(" + m.Name + ")")
			all = append(all, jsonMetric{m.Name, m.Estimate(res)})
		}
	}
	return all
}

// MarshalJSON has the unit of each metric's own: shares of 1, seconds, and numbers.
func (all jsonMetrics) MarshalJSON() ([]byte, error) {
	object := make(map[string]result.Estimate, len(all))
	for _, m := range all {
		object[m.name] = m.Estimate
	}
	return json.Marshal(object)
}
