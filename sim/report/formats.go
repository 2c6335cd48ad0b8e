// The same result in other forms, for programs that read lines and for pages that
// are written in Markdown. All are made of the values that JSON has.

package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/property"
)

// datum is one number of a result.
type datum struct {
	Group string  `json:"group"` // run, metric, pair, sent, not_delivered, latency_ms, goal, not_promised, drawn
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Why   string  `json:"why,omitempty"` // it has no interval
}

// figures are all of them, in a fixed order.
func (j *jsonRun) figures() []datum {
	var all []datum
	add := func(group, name string, value float64) {
		all = append(all, datum{Group: group, Name: name, Value: value})
	}
	add("run", "calls", float64(j.Calls))
	add("run", "worlds", float64(j.Worlds))
	add("run", "violations", float64(j.Violated))
	add("run", "accepts", float64(j.Accepts))
	add("run", "messages", float64(j.Messages))
	add("run", "residue", float64(j.Residue.N))
	for _, known := range []struct {
		name  string
		value *float64
	}{{"residue_rate", j.Residue.Rate}, {"residue_low", j.Residue.Low}, {"residue_high", j.Residue.High}} {
		if known.value != nil {
			add("run", known.name, *known.value)
		}
	}
	for _, m := range j.Metrics {
		if m.Known {
			all = append(all, datum{"metric", m.name, m.Value, m.Why})
		}
		if m.Bounded {
			add("metric", m.name+"_low", m.Low)
			add("metric", m.name+"_high", m.High)
		}
	}
	counts := func(group string, of map[string]uint64) {
		for _, name := range sortedKeys(of) {
			add(group, name, float64(of[name]))
		}
	}
	counts("pair", j.Pairs)
	counts("sent", j.Sent)
	counts("not_delivered", j.Lost)
	for _, name := range sortedKeys(j.Latency) {
		l := j.Latency[name]
		add("latency_ms", name+"_count", float64(l.Count))
		add("latency_ms", name+"_p50", l.P50)
		add("latency_ms", name+"_p90", l.P90)
		add("latency_ms", name+"_p99", l.P99)
		add("latency_ms", name+"_p99_9", l.P999)
		add("latency_ms", name+"_max", l.Max)
	}
	counts("goal", j.Goals)
	counts("not_promised", j.Broken)
	counts("drawn", j.drawn)
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// JSONLines writes one object a line: first the verdict, then every violation, then
// every figure.
func JSONLines(w io.Writer, r Run) error {
	j := jsonOf(r)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"verdict": j.Verdict, "seed": j.Seed, "again": j.Again}); err != nil {
		return err
	}
	for i := range j.Violations {
		if err := encoder.Encode(map[string]any{"violation": &j.Violations[i]}); err != nil {
			return err
		}
	}
	for _, row := range r.Asked.Rows() {
		if err := encoder.Encode(map[string]any{row.What: row.Name, "verdict": row.Verdict, "value": row.Value}); err != nil {
			return err
		}
	}
	for _, f := range j.figures() {
		if err := encoder.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// CSV writes every figure as a row of group, name and value, under a header. NAME_why says
// why a metric has no interval.
func CSV(w io.Writer, r Run) error { return writeCSV(w, jsonOf(r), r.Asked) }

func writeCSV(w io.Writer, j *jsonRun, asked Asked) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"group", "name", "value"}, {"run", "verdict", j.Verdict.String()}, {"run", "seed", strconv.FormatUint(j.Seed, 10)}}
	for _, row := range asked.Rows() {
		rows = append(rows, []string{row.What + " " + row.Verdict.String(), row.Name, row.Value})
	}
	for _, f := range j.figures() {
		rows = append(rows, []string{f.Group, f.Name, strconv.FormatFloat(f.Value, 'f', -1, 64)})
		if f.Why != "" {
			rows = append(rows, []string{f.Group, f.Name + "_why", f.Why})
		}
	}
	for _, v := range j.Violations {
		rows = append(rows, []string{"violation", v.Property, strconv.Itoa(v.Call)})
	}
	return out.WriteAll(rows)
}

// Markdown writes the answer as a section to paste into a page.
func Markdown(w io.Writer, r Run) error {
	out := &output.Lines{To: w}
	res := r.Result
	out.Printf("**%s** %s, seed %d\n\n", r.Verdict(), r.Headline(), r.Options.Seed)
	for i, v := range res.Violations {
		if i == Listed {
			out.Printf("- … and more\n")
			break
		}
		out.Printf("- call %d: %s\n", v.Call, v.Violation)
	}
	if !res.Held() {
		out.Printf("\n")
	}
	columns := usedColumns(res)
	out.Printf("| caller \\ callee |")
	for _, callee := range columns {
		out.Printf(" %s |", callee)
	}
	out.Printf("\n|---|")
	for range columns {
		out.Printf("--:|")
	}
	out.Printf("\n")
	for caller := property.CallerEnd(0); caller < property.NumCallerEnds; caller++ {
		if res.Pairs[caller] == [property.NumCalleeEnds]uint64{} {
			continue
		}
		out.Printf("| %s |", caller)
		for _, callee := range columns {
			if n := res.Pairs[caller][callee]; n > 0 {
				out.Printf(" %s |", output.Group(n))
			} else {
				out.Printf(" – |")
			}
		}
		out.Printf("\n")
	}
	out.Printf("\n| | | |\n|---|---|---|\n")
	for _, a := range Answers(res) {
		out.Printf("| %s | %s | %s |\n", a.Label, a.Head(), a.Detail)
	}
	for _, e := range exemptions(r) {
		for _, line := range e.broken {
			out.Printf("| broken, %s | | %s |\n", e.title(), strings.TrimSpace(line))
		}
	}
	for _, row := range r.Asked.Rows() {
		out.Printf("| %s `%s` | %s | %s |\n", row.What, row.Name, row.Verdict, row.Value)
	}
	out.Printf("\n    %s\n", r.Again)
	return out.Err
}
