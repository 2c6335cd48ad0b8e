// The page of a run.

package page

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/shrink"
)

// Run is the page of a run in the world of that name, with the stories of failures that
// were made small. When ctx ends, the page has fewer calls to look at, and the error says
// so.
func Run(ctx context.Context, r report.Run, world string, failures []*shrink.Failure) (Page, error) {
	stories, told, err := storiesOf(failures)
	if err != nil {
		return Page{}, err
	}
	calls, cut := callsOf(ctx, r, told)
	return runPage(r, world, stories, calls), cut
}

func runPage(r report.Run, world string, stories []section, calls []callView) Page {
	p := Page{
		kind: "run", title: "Call invitations: " + r.Verdict().String(), verdict: r.Verdict(), words: r.Headline(), asked: r.Asked.Rows(),
		world: worldOf(world, r.Options), again: r.Again, version: r.Version, seed: r.Options.Seed,
		first: append(violationsOf(r.Result, func(v result.WorldViolation) string { return fmt.Sprintf("call %d of world %d", v.Call, v.World) }, r.Look),
			part{Tiles: tilesOf(r.Result)}, part{Matrix: matrixOf("How calls ended", r.Result, r.Options.Promised)}),
		data: dataOf(r), parts: stories,
	}
	p.add("times", "How long things took", latenciesOf(r.Result)...)
	if len(calls) > 0 {
		p.add("calls", "Calls worth a look",
			part{Text: "A call of each pair of ends that occurred, the rarest pair first. The command of a call tells it in full; with another number after --call it tells any other call of this run."},
			part{Calls: calls})
	}
	p.add("machines", "The two machines", machinesOf(r.Result.Cover)...)
	p.add("goals", "Goals", goalsOf(r.Result, r.Options.CanReach)...)
	p.add("messages", "Messages", trafficOf(r)...)
	return p
}

// violationsOf is a table of the properties that were violated: first things first.
func violationsOf(res *result.Result, where, look func(result.WorldViolation) string) []part {
	if res.Held() {
		return nil
	}
	t := &table{Columns: columns("property", "what it says", "violated#", "first"), Cards: true, Caption: "Violated"}
	if look != nil {
		t.Columns = append(t.Columns, column{Name: "look"})
	}
	seen, last := map[property.ID]bool{}, ""
	for _, v := range res.Violations {
		if seen[v.Property] {
			continue
		}
		seen[v.Property] = true
		t.add("violated", v.Property.String(), v.Property.Words(), times(max(1, res.ByProperty[v.Property])), where(v))
		if look == nil {
			continue
		}
		shown := cell{Text: "as above"} // the same call often breaks several
		if command := look(v); command != last {
			shown, last = cell{Code: command}, command
		}
		row := &t.Rows[len(t.Rows)-1]
		row.Cells = append(row.Cells, shown)
	}
	return []part{{Table: t}}
}

// tilesOf are the answers that most readers come for.
func tilesOf(res *result.Result) []tile {
	tiles := []tile{{output.Group(res.Calls), "calls", "in " + output.Count(res.Worlds, "world")}}
	label := ""
	for _, a := range report.Answers(res) {
		if a.Label != "" {
			label = a.Label
		}
		name := label
		if a.Of == "p50" {
			name += ", median"
		}
		tiles = append(tiles, tile{a.Value, name, a.Detail})
	}
	return tiles
}

// latenciesOf shows how long things took.
func latenciesOf(res *result.Result) (parts []part) {
	for _, m := range metric.All() {
		shown := map[string]result.Latency{"setup": res.Accepted, "dead-ring": res.DeadRing, "ring-after-cancel": res.RingAfterCancel}
		latency, ok := shown[m.Name]
		if !ok {
			continue
		}
		name, words := sentence(m.Title), sentence(m.About)+"."
		if latency.Count() == 0 {
			parts = append(parts, part{Title: name, Text: words + " There was none."})
			continue
		}
		values := []row{{"count", output.Group(latency.Count())}}
		for _, p := range percentiles {
			if latency.Count() >= p.calls {
				values = append(values, row{p.name, output.Round(latency.Percentile(p.p)).String()})
			}
		}
		values = append(values, row{"max", output.Round(latency.Max()).String()})
		parts = append(parts, part{Title: name, Text: words, Values: values, Pictures: []picture{
			{Picture: histogram("Histogram: "+name, latency), Caption: "Share of calls by time; the axis of times is logarithmic, and what took no time stands at its left end."},
			{Picture: tail("Share of calls that took longer: "+name, latency), Caption: "Share of calls that took longer than a time; both axes are logarithmic."},
		}})
	}
	return parts
}

// sentence begins a text with a capital.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// wanted is a call to show, and why.
type wanted struct {
	title, why string
	call       int
}

// callsOf are the calls that a page shows: the first violation of each property whose
// story is not told, the slowest to be accepted, and the first of each pair of ends that
// occurred, the rarest pair first.
func callsOf(ctx context.Context, r report.Run, told map[property.ID]bool) (calls []callView, err error) {
	var all []wanted
	res := r.Result
	for _, v := range res.Violations {
		if !told[v.Property] {
			all = append(all, wanted{fmt.Sprintf("Violates %v", v.Property), v.Property.Words(), v.Call})
			told[v.Property] = true
		}
	}
	for _, p := range res.Occurred() {
		all = append(all, wanted{p.String(), output.Count(p.Calls, "call") + " ended like this", p.First})
	}
	if s := res.Slowest; s.Took > 0 {
		all = append(all, wanted{"The slowest to be accepted", "its callee waited longest for the CONFIRM", s.Call})
	}
	for i, w := range all {
		t, err := sim.Trace(ctx, r.Options, w.call)
		if err != nil {
			return calls, err
		}
		v := callOf(fmt.Sprintf("call-%d", i+1), t)
		v.Title, v.Why = w.title, fmt.Sprintf("%s; call %d", w.why, w.call)
		v.Look = r.Look(result.WorldViolation{Violation: property.Violation{Call: w.call}})
		calls = append(calls, v)
	}
	return calls, nil
}

// machinesOf are the moves of both machines; none if they were not counted.
func machinesOf(cover *event.Cover) []part {
	if cover == nil {
		return nil
	}
	parts := []part{{Text: "How often every move of both machines was made; docs/protocol.md has their pictures."}}
	for _, local := range []bool{true, false} {
		name := map[bool]string{true: "The caller's LocalInvitation", false: "The callee's RemoteInvitation"}[local]
		t, unmade := &table{Columns: columns("from", "trigger", "to", "made#")}, ""
		never := 0
		for _, m := range cover.Moves() {
			switch {
			case m.Local != local:
			case m.Uses == 0:
				t.add("never", m.From, m.Trigger, m.To, "never")
				never++
			default:
				t.add("", m.From, m.Trigger, m.To, output.Group(m.Uses))
			}
		}
		if never > 0 {
			unmade = fmt.Sprintf(", %d of them never made", never)
		}
		parts = append(parts, part{Summary: fmt.Sprintf("%s: %d moves%s", name, len(t.Rows), unmade), Parts: []part{{Table: t}}})
	}
	return parts
}

// goalsOf are what should happen somewhere in a run that is worth its time. What cannot
// happen in its world is not missing.
func goalsOf(res *result.Result, canReach func(property.Goal) bool) []part {
	var never, reached, cannot []string
	table := &table{Columns: columns("goal", "what happened", "times#")}
	for _, g := range report.GoalCounts(res) {
		switch {
		case g.Count > 0:
			reached = append(reached, g.String())
			table.add("", g.String(), g.Words, output.Group(g.Count))
		case canReach(g.Goal):
			never = append(never, g.String()+": "+g.Words)
		default:
			cannot = append(cannot, g.String()+": "+g.Words)
		}
	}
	var parts []part
	if never != nil {
		parts = append(parts, part{Title: "Never reached", Text: "Nothing is shown about them.", Bullets: never})
	}
	if reached != nil {
		parts = append(parts, part{Summary: output.Count(len(reached), "goal") + " reached", Parts: []part{{Table: table}}})
	}
	if cannot != nil {
		parts = append(parts, part{Summary: output.Count(len(cannot), "goal") + " that cannot be reached in such a world", Parts: []part{{Bullets: cannot}}})
	}
	return parts
}

// trafficOf says what became of messages, and what faults broke.
func trafficOf(r report.Run) []part {
	res := r.Result
	sent, received, lost := counts("Sent, by kind", "kind"), counts("Received, and what became of it", "verdict"), counts("Not delivered, and why", "why")
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		sent.count(kind.String(), res.Sent[kind])
	}
	for _, fate := range event.Undelivered() {
		if words := fate.Words(); res.Fates[fate] > 0 || !words.Rare {
			lost.count(words.Short, res.Fates[fate])
		}
	}
	for verdict, n := range res.Verdicts {
		if n > 0 {
			received.count(engine.Verdict(verdict).String(), n)
		}
	}
	crashes, broken := counts("Crashes", "what"), counts("Broken, but not promised in such a world", "property")
	if r.Options.CanHappen(fault.Crash) {
		crashes.count("crashes", res.Crashes)
	}
	for id := property.S1; id < property.NumIDs; id++ {
		if n := res.NotPromised[id]; n > 0 {
			broken.count(id.String()+": "+id.Words(), n)
		}
	}
	var parts []part
	for _, t := range []*table{sent, received, lost, crashes, broken} {
		if len(t.Rows) > 0 {
			parts = append(parts, part{Table: t})
		}
	}
	return parts
}

// dataOf is a run for programs: what its JSON has, and the numbers behind the plots.
func dataOf(r report.Run) map[string]any {
	plain, counted := r, *r.Result
	counted.Cover, plain.Result = nil, &counted // the moves tell enough
	data := map[string]any{
		"run":        written(func(w io.Writer) error { return report.JSON(w, plain) }),
		"histograms": map[string][]jsonBin{"accepted": jsonBins(r.Result.Accepted), "ring_after_cancel": jsonBins(r.Result.RingAfterCancel)},
	}
	if r.Result.Cover != nil {
		visits := map[string][]move{"local": {}, "remote": {}}
		for _, m := range r.Result.Cover.Moves() {
			side := map[bool]string{true: "local", false: "remote"}[m.Local]
			visits[side] = append(visits[side], move{m.From, m.To, m.Trigger, m.Uses})
		}
		data["visits"] = visits
	}
	return data
}

// move is one kind of move of a machine and how often it was made.
type move struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Trigger string `json:"trigger"`
	Count   uint64 `json:"count"`
}

type jsonBin struct {
	FromMS float64 `json:"from_ms"`
	ToMS   float64 `json:"to_ms"`
	Count  uint64  `json:"count"`
}

func jsonBins(l result.Latency) []jsonBin {
	bins := []jsonBin{}
	for _, b := range binsOf(l) {
		bins = append(bins, jsonBin{output.Milliseconds(b.Min), output.Milliseconds(b.Max), b.Count})
	}
	return bins
}
