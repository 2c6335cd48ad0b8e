// The parts of the page, as the markup takes them: every number is counted and
// every word is chosen here.

package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"math/bits"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/timeline"
)

// view is the data that fills page.html.
type view struct {
	Title      string
	Style      template.CSS
	Verdict    verdict
	Violations []violationView
	Failure    *failureView
	Figures    []figure
	Asked      []report.AskedRow
	Matrix     matrix
	Latencies  []latencyView
	Calls      []callView
	Machines   []machineView
	Never      []report.GoalCount
	Reached    []report.GoalCount
	Traffic    []tableView
	Options    []row
	Seed       uint64
	Version    string
	Again      string
	Data       template.JS
}

type verdict struct{ Class, Sign, Word, Words string }

type row struct{ Name, Value string }

type figure struct{ Value, Name, Note string }

type tableView struct {
	Caption, Column string
	Rows            []row
}

type violationView struct{ Words, Look string }

type failureView struct {
	*Failure
	Call *callView
}

type callView struct {
	ID, Title, Why, Look string
	Ends                 string
	Picture              template.HTML
	Steps                []timeline.Step
	LeftOut              int
}

type latencyView struct {
	Name, Words, None string
	Histogram, Tail   template.HTML
	Percentiles       []row
}

type machineView struct {
	Name   string
	Moves  []move
	Unmade int
}

// move is one kind of move of a machine and how often it was made.
type move struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Trigger string `json:"trigger"`
	Count   uint64 `json:"count"`
}

func viewOf(p Page) (*view, error) {
	v := &view{
		Title: p.Title, Style: template.CSS(pageStyle + svg.Style), Verdict: verdictOf(p.Run), Violations: violationsOf(p.Run),
		Figures: figuresOf(p.Run), Asked: p.Run.Asked.Rows(), Matrix: matrixOf(p.Run), Latencies: latenciesOf(p.Run.Result),
		Traffic: trafficOf(p.Run), Options: optionRows(p.Run.Options), Seed: p.Run.Options.Seed, Again: p.Run.Again, Version: p.Run.Version,
	}
	if v.Title == "" {
		v.Title = "Call invitations: " + v.Verdict.Word + ", seed " + fmt.Sprint(v.Seed)
	}
	if p.Failure != nil {
		v.Failure = &failureView{Failure: p.Failure}
		if p.Failure.Sequence != nil {
			v.Failure.Call = callOf("failing-call", Sample{Timeline: p.Failure.Sequence})
		}
	}
	for i, sample := range p.Calls {
		v.Calls = append(v.Calls, *callOf(fmt.Sprintf("call-%d", i+1), sample))
	}
	for _, goal := range p.Goals {
		if goal.Count == 0 {
			v.Never = append(v.Never, goal)
		} else {
			v.Reached = append(v.Reached, goal)
		}
	}
	v.Machines = machinesOf(p.Run.Result.Cover)
	return v, v.addData(p)
}

func verdictOf(r report.Run) verdict {
	v := r.Verdict()
	sign := [...]string{result.Violated: "✗", result.NotEnded: "✗", result.Interrupted: "…", result.Missed: "✗", result.Held: "✓"}[v]
	return verdict{strings.ReplaceAll(v.String(), " ", "-"), sign, v.String(), r.Headline()}
}

func violationsOf(r report.Run) []violationView {
	var all []violationView
	for i, v := range r.Result.Violations {
		if i == report.Listed {
			break
		}
		shown := violationView{Words: fmt.Sprintf("Call %d: %s", v.Call, v.Violation)}
		if r.Look != nil {
			shown.Look = r.Look(v)
		}
		all = append(all, shown)
	}
	return all
}

// figuresOf are the answers that most readers come for.
func figuresOf(r report.Run) []figure {
	figures := []figure{{output.Group(r.Result.Calls), "calls", "in " + output.Count(r.Result.Worlds, "world")}}
	label := ""
	for _, a := range report.Answers(r.Result) {
		if a.Label != "" {
			label = a.Label
		}
		name := label
		if a.Of == "p50" {
			name += ", median"
		}
		figures = append(figures, figure{a.Value, name, a.Detail})
	}
	return figures
}

// matrix is the table of outcomes.
type matrix struct {
	Columns    []string
	Rows       []matrixRow
	Unpromised bool // it has calls that the protocol rules out and such a world does not promise
}

type matrixRow struct {
	Name  string
	Cells []cell
	Sum   string
}

// cell is one pair of ends. Its class shades it; its text says all by itself.
type cell struct{ Class, Text, Title string }

// shades is how many there are; the darkest stands for all calls.
const shades = 8

func matrixOf(run report.Run) matrix {
	m, res := matrix{}, run.Result
	callees := endsOf(property.NumCalleeEnds, func(e property.CalleeEnd) bool {
		for caller := range res.Pairs {
			if res.Pairs[caller][e] > 0 {
				return true
			}
		}
		return e != property.CalleeOpen
	})
	callers := endsOf(property.NumCallerEnds, func(e property.CallerEnd) bool {
		return e != property.CallerOpen || res.Pairs[e] != [property.NumCalleeEnds]uint64{}
	})
	for _, callee := range callees {
		m.Columns = append(m.Columns, callee.String())
	}
	for _, caller := range callers {
		r, sum := matrixRow{Name: caller.String()}, uint64(0)
		for _, callee := range callees {
			n := res.Pairs[caller][callee]
			sum += n
			r.Cells = append(r.Cells, cellOf(run, caller, callee))
			m.Unpromised = m.Unpromised || res.Unpromised[caller][callee] > 0
		}
		r.Sum = output.Group(sum)
		m.Rows = append(m.Rows, r)
	}
	return m
}

func endsOf[E ~uint8](number E, kept func(E) bool) []E {
	var ends []E
	for e := E(0); e < number; e++ {
		if kept(e) {
			ends = append(ends, e)
		}
	}
	return ends
}

// cellOf is red only if a call in it broke a promise: a world promises fewer pairs than
// the protocol if its faults take away the memory of the phones.
func cellOf(run report.Run, caller property.CallerEnd, callee property.CalleeEnd) cell {
	n, unpromised, calls := run.Result.Pairs[caller][callee], run.Result.Unpromised[caller][callee], uint64(run.Result.Calls)
	title := fmt.Sprintf("caller %s, callee %s: %s of %s calls", caller, callee, output.Group(n), output.Group(calls))
	const ruledOut, notPromised = "; the protocol rules it out", ", but such a world does not promise it"
	switch rule := property.RuledOutBy(caller, callee); {
	case n == 0 && rule != 0 && !run.Options.Promised(rule):
		return cell{"impossible", "·", title + ruledOut + notPromised}
	case n == 0 && rule != 0:
		return cell{"impossible", "·", title + ruledOut}
	case n == 0:
		return cell{"none", "0", title}
	case rule != 0 && unpromised == n:
		return cell{shadeOf(n, calls), output.Group(n) + " ‡", title + ruledOut + notPromised}
	case rule != 0 && unpromised > 0:
		return cell{"forbidden", "✗ " + output.Group(n), title + ruledOut + "; for " + output.Group(unpromised) + " of them it is not promised"}
	case rule != 0:
		return cell{"forbidden", "✗ " + output.Group(n), title + ruledOut}
	case property.IsResidue(caller, callee):
		return cell{shadeOf(n, calls), output.Group(n) + " †", title + "; the residue"}
	}
	return cell{shadeOf(n, calls), output.Group(n), title}
}

// shadeOf is by the logarithm: each shade is for four times as many calls as the one before.
func shadeOf(n, calls uint64) string {
	behind := (bits.Len64(calls) - bits.Len64(n)) / 2
	return fmt.Sprintf("shade%d", max(1, shades-behind))
}

func latenciesOf(res *result.Result) []latencyView {
	var views []latencyView
	for _, each := range []struct {
		name, words string
		latency     result.Latency
	}{
		{"Accept → accepted", "How long a callee who accepted waited until it was in the call.", res.Accepted},
		{"Dead ring", "How long a phone still rang after the call had ended at its caller, while both were connected.", res.DeadRing},
		{"Ring after cancel", "How long a phone still rang after its caller had canceled.", res.RingAfterCancel},
	} {
		v := latencyView{Name: each.name, Words: each.words}
		if each.latency.Count() == 0 {
			v.None = "There was none."
			views = append(views, v)
			continue
		}
		v.Histogram = histogram("Histogram: "+each.name, each.latency)
		v.Tail = tail("Share of calls that took longer: "+each.name, each.latency)
		v.Percentiles = append(v.Percentiles, row{"count", output.Group(each.latency.Count())})
		for _, p := range percentiles {
			if each.latency.Count() >= p.calls {
				v.Percentiles = append(v.Percentiles, row{p.name, output.Round(each.latency.Percentile(p.p)).String()})
			}
		}
		v.Percentiles = append(v.Percentiles, row{"longest", output.Round(each.latency.Max()).String()})
		views = append(views, v)
	}
	return views
}

func callOf(id string, s Sample) *callView {
	t := s.Timeline
	v := &callView{ID: id, Title: s.Title, Why: s.Why, Look: s.Look, Picture: timeline.Picture(t),
		Ends: fmt.Sprintf("call %d of world %d, %s → %s: ends %s for the caller, %s for the callee", t.Call, t.World, t.Caller, t.Callee, t.CallerEnd, t.CalleeEnd)}
	v.Steps, v.LeftOut = timeline.Steps(t)
	return v
}

// machinesOf are the moves of both machines; none if they were not counted.
func machinesOf(cover *event.Cover) []machineView {
	if cover == nil {
		return nil
	}
	both := []machineView{{Name: "The caller's LocalInvitation"}, {Name: "The callee's RemoteInvitation"}}
	for _, m := range cover.Moves() {
		of := &both[1]
		if m.Local {
			of = &both[0]
		}
		of.Moves = append(of.Moves, move{m.From, m.To, m.Trigger, m.Uses})
		if m.Uses == 0 {
			of.Unmade++
		}
	}
	return both
}

// trafficOf says what became of messages, and what faults broke.
func trafficOf(r report.Run) []tableView {
	res := r.Result
	sent, lost := tableView{Caption: "Sent, by kind", Column: "kind"}, tableView{Caption: "Not delivered, and why", Column: "why"}
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		sent.Rows = append(sent.Rows, row{kind.String(), output.Group(res.Sent[kind])})
	}
	for _, fate := range event.Undelivered() {
		if words := fate.Words(); res.Fates[fate] > 0 || !words.Rare {
			lost.Rows = append(lost.Rows, row{words.Short, output.Group(res.Fates[fate])})
		}
	}
	received := tableView{Caption: "Received, and what became of it", Column: "verdict"}
	for verdict, n := range res.Verdicts {
		if n > 0 {
			received.Rows = append(received.Rows, row{engine.Verdict(verdict).String(), output.Group(n)})
		}
	}
	tables := []tableView{sent, received, lost}
	if received.Rows == nil {
		tables = []tableView{sent, lost}
	}
	if r.Options.CanHappen(fault.Crash) {
		tables = append(tables, tableView{Caption: "Crashes", Column: "what", Rows: []row{{"crashes", output.Group(res.Crashes)}}})
	}
	broken := tableView{Caption: "Broken, but not promised in such a world", Column: "property"}
	for id := property.S1; id < property.NumIDs; id++ {
		if n := res.NotPromised[id]; n > 0 {
			broken.Rows = append(broken.Rows, row{id.String() + ": " + id.Words(), output.Group(n)})
		}
	}
	if broken.Rows != nil {
		tables = append(tables, broken)
	}
	return tables
}

// pageData is the data that the page carries for programs.
type pageData struct {
	Run        json.RawMessage      `json:"run"` // as JSON writes it
	Histograms map[string][]jsonBin `json:"histograms"`
	Visits     *visits              `json:"visits,omitempty"`
	Goals      []report.GoalCount   `json:"goals,omitempty"`
}

// visits are how often each move of both machines was made.
type visits struct {
	Local  []move `json:"local"`
	Remote []move `json:"remote"`
}

type jsonBin struct {
	FromMS float64 `json:"from_ms"`
	ToMS   float64 `json:"to_ms"`
	Count  uint64  `json:"count"`
}

func (v *view) addData(p Page) error {
	var run, all bytes.Buffer
	if err := report.JSON(&run, p.Run); err != nil {
		return err
	}
	data := pageData{Run: run.Bytes(), Goals: p.Goals,
		Histograms: map[string][]jsonBin{"accepted": jsonBins(p.Run.Result.Accepted), "ring_after_cancel": jsonBins(p.Run.Result.RingAfterCancel)}}
	if v.Machines != nil {
		data.Visits = &visits{v.Machines[0].Moves, v.Machines[1].Moves}
	}
	// The encoder escapes what could end the element that the data stands in.
	if err := json.NewEncoder(&all).Encode(data); err != nil {
		return err
	}
	v.Data = template.JS(bytes.TrimSpace(all.Bytes()))
	return nil
}

func jsonBins(l result.Latency) []jsonBin {
	bins := []jsonBin{}
	for _, b := range binsOf(l) {
		bins = append(bins, jsonBin{output.Milliseconds(b.Min), output.Milliseconds(b.Max), b.Count})
	}
	return bins
}
