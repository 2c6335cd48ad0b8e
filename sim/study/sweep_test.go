package study

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

func init() { garbage.Seldom() }

// small is a world that is played in a moment.
func small() setup.Options {
	o := setup.Default()
	o.Calls, o.World = 2000, 100
	return o
}

// lossByAcceptTime is a sweep over loss and accept time, by the texts of their values.
func lossByAcceptTime(t *testing.T) *Sweep {
	t.Helper()
	s, err := NewSweep(Axis{"loss", []string{"1%", "40%"}}, Axis{"accept-time", []string{"5s", "1s", "10s"}}, func(row, column string) (setup.Options, error) {
		o := small()
		if row == "40%" {
			o.Loss = 0.4
		}
		o.Engine.Times.Accept, _ = time.ParseDuration(column)
		return o, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSweepCells: every cell is the run of its own options, whatever the number of
// workers, and the progress adds up to all calls.
func TestSweepCells(t *testing.T) {
	s := lossByAcceptTime(t)
	if s.Calls() != 12_000 || s.Played() != 0 || s.Verdict().String() != "interrupted" {
		t.Errorf("before: %d calls, %d played, %s", s.Calls(), s.Played(), s.Verdict())
	}
	calls := 0
	if err := s.Play(context.Background(), 1, func(n int) { calls += n }); err != nil {
		t.Fatal(err)
	}
	if calls != 12_000 || s.Played() != 12_000 || s.Verdict().String() != "held" {
		t.Errorf("%d calls of progress, %d played, %s", calls, s.Played(), s.Verdict())
	}
	for row, loss := range []float64{0.01, 0.4} {
		for column, accept := range []time.Duration{5 * time.Second, time.Second, 10 * time.Second} {
			o := small()
			o.Loss, o.Engine.Times.Accept = loss, accept
			want, err := sim.Run(context.Background(), o, 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			c := s.At(row, column)
			if c.Row != row || c.Column != column || c.Sample.Total.Pairs != want.Pairs || c.Sample.Total.Messages() != want.Messages() {
				t.Errorf("%s: %v, a run says %v", s.Name(c), c.Sample.Total.Pairs, want.Pairs)
			}
		}
	}
	again := lossByAcceptTime(t)
	if err := again.Play(context.Background(), 3, nil); err != nil {
		t.Fatal(err)
	}
	if one, three := golden.Written(t, s.CSV), golden.Written(t, again.CSV); one != three {
		t.Errorf("one worker says\n%s\nthree say\n%s", one, three)
	}
}

// TestSweepError: the first cell that makes no sense ends it.
func TestSweepError(t *testing.T) {
	wrong := errors.New("wrong")
	_, err := NewSweep(Axis{"loss", []string{"1%"}}, Axis{}, func(string, string) (setup.Options, error) { return setup.Options{}, wrong })
	if err != wrong {
		t.Errorf("error %v", err)
	}
	s := lossByAcceptTime(t)
	s.Cells[1].Options.Users = 0
	if err := s.Play(context.Background(), 1, nil); err == nil || !strings.Contains(err.Error(), "play loss=1% accept-time=1s: users 0") {
		t.Errorf("error %v", err)
	}
}

// TestSweepInterrupted: cells that were played are known, the others are not, and
// one that was begun says how far it came.
func TestSweepInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	s := lossByAcceptTime(t)
	calls := 0
	if err := s.Play(ctx, 1, func(n int) {
		if calls += n; calls == 3000 {
			stop()
		}
	}); err != nil {
		t.Fatal(err)
	}
	if s.Verdict().String() != "interrupted" || s.Played() != 3000 {
		t.Errorf("%s after %d", s.Verdict(), s.Played())
	}
	lines, err := csv.NewReader(strings.NewReader(golden.Written(t, s.CSV))).ReadAll()
	if err != nil || len(lines) != 7 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, want := range [][]string{{"1%", "5s", "2000", "held"}, {"1%", "1s", "1000", "interrupted"}, {"1%", "10s", "0", "interrupted"}} {
		if !slices.Equal(lines[i+1][:4], want) {
			t.Errorf("line %d: %v", i+1, lines[i+1])
		}
	}
	if strings.Join(lines[3][4:], "") != "" {
		t.Errorf("a cell that was not played has %v", lines[3])
	}
	residue, _ := MeasureNamed("residue")
	text := golden.Written(t, func(w io.Writer) error { return s.Text(w, []Measure{residue}) })
	if !strings.HasPrefix(text, "INTERRUPTED  after 3,000 of 12,000 calls") || strings.Count(text, unknown+"\n")+strings.Count(text, unknown+" ") != 4+1 {
		t.Error(text)
	}
}

// byHand is a sweep over one axis with results made by hand.
func byHand(axis func(Axis) (rows, columns Axis)) *Sweep {
	rows, columns := axis(Axis{"loss", []string{"1%", "<&>", "9%"}})
	s, _ := NewSweep(rows, columns, func(string, string) (setup.Options, error) { return small(), nil })
	for i := range s.Cells {
		if i == 2 {
			break
		}
		r, sum := result.New(), result.New()
		r.Calls, r.Worlds, r.AcceptCalls = 100, 1, 50
		r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 45
		r.Pairs[property.CallerAccepted][property.CalleeOffline] = 5 * uint64(i)
		r.Pairs[property.CallerCanceled][property.CalleeNeverRang] = 25
		r.Pairs[property.CallerOffline][property.CalleeNeverRang] = 15
		r.Pairs[property.CallerNoResponse][property.CalleeCanceled] = 5
		r.Pairs[property.CallerExpired][property.CalleeExpired] = 3
		r.Pairs[property.CallerRefused][property.CalleeRefused] = 2
		r.Sent[0] = 400
		for world := range 20 {
			sum.AddWorld(world, r)
		}
		s.Cells[i].Sample = &Sample{Options: s.Cells[i].Options, Total: sum}
	}
	return s
}

func inRows(a Axis) (Axis, Axis)    { return a, Axis{} }
func inColumns(a Axis) (Axis, Axis) { return Axis{}, a }

// TestMeasures: each reads what it says.
func TestMeasures(t *testing.T) {
	s := byHand(inRows)
	for name, want := range map[string]float64{
		"residue": 0.1, "accepted": 0.45, "refused": 0.02, "canceled": 0.25, "expired": 0.03, "unreached": 0.2, "never-rang": 0.4, "messages": 4, "ring": 0,
	} {
		m, err := MeasureNamed(name)
		if e := s.Cells[1].Of(m); err != nil || !e.Known || e.Value != want {
			t.Errorf("%s: %+v, want %v", name, e, want)
		}
	}
	for _, name := range []string{"formula", "setup", "setup-p50", "p99(setup)", "ring-p99", "dead-ring", "refusals-missed"} {
		m, err := MeasureNamed(name)
		if e := s.Cells[1].Of(m); err != nil || e.Known {
			t.Errorf("%s of nothing: %+v", name, e)
		}
	}
	if _, err := MeasureNamed("xyzzy"); err == nil {
		t.Error("there is a measure xyzzy")
	}
}

// TestAcceptedByBoth: a call that only its callee takes for accepted is not.
func TestAcceptedByBoth(t *testing.T) {
	r := result.New()
	r.Calls = 1
	r.Pairs[property.CallerExpired][property.CalleeAccepted] = 1
	m, _ := MeasureNamed("accepted")
	if e := m.Of(&Sample{Options: small(), Total: r}); e.Value != 0 || !e.Known {
		t.Errorf("%+v", e)
	}
}

// TestTimeMeasures: in a world without loss and with one latency, the accept takes
// one round trip, and a cancel is heard after half of it.
func TestTimeMeasures(t *testing.T) {
	o := simple()
	o.Calls, o.World, o.Loss, o.Cancel = 20_000, 500, 0, 1
	setLatency(&o, 200*time.Millisecond, 200*time.Millisecond)
	o.AnswerAfter, o.CancelAfter = setup.Range{Min: time.Second, Max: 20 * time.Second}, setup.Range{Min: time.Second, Max: 20 * time.Second}
	s, err := Play(context.Background(), o, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"setup": 0.4, "setup-p50": 0.4, "setup-p99": 0.4, "ring": 0.2, "ring-p99": 0.2} {
		m, _ := MeasureNamed(name)
		if e := m.Of(s); !near(e.Value, want, 0.001) || !e.Bounded {
			t.Errorf("%s: %+v, want %v", name, e, want)
		}
	}
}

// TestRingOfAllCanceled: canceled calls whose callee had ended before count as 0.
func TestRingOfAllCanceled(t *testing.T) {
	o := simple()
	o.Calls, o.Loss, o.Cancel = 2000, 0, 1
	o.Engine.Times.Expiry, o.Engine.Times.Refresh = 2*time.Second, time.Second // the caller's grace leaves it two more
	o.CancelAfter = setup.Range{Min: time.Second, Max: time.Second}
	o.Users, o.Offline, o.For[fault.Offline] = 16, 0.5, time.Minute
	s, err := Play(context.Background(), o, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	canceled, _ := MeasureNamed("canceled")
	ring, _ := MeasureNamed("ring")
	rang, calls := s.Total.RingAfterCancel, canceled.Of(s).Value*2000
	if want := rang.Mean().Seconds() * float64(rang.Count()) / calls; float64(rang.Count()) > 0.9*calls || !near(ring.Of(s).Value, want, 1e-6) {
		t.Errorf("%v, want %v: %d of %v calls rang on", ring.Of(s), want, rang.Count(), calls)
	}
}

// TestTables: a missing axis is missing, an unplayed cell is unknown, and what has
// a meaning in Markdown is escaped.
func TestTables(t *testing.T) {
	residue, _ := MeasureNamed("residue")
	messages, _ := MeasureNamed("messages")
	want := `| loss | residue | messages a call |
|---|--:|--:|
| 1% | 0 % (0 to 0.299 %) | 4.00 (the same in every world) |
| <&> | 10 % (8.25 to 12 %) | 4.00 (the same in every world) |
| 9% | – | – |
`
	for _, axis := range []func(Axis) (Axis, Axis){inRows, inColumns} {
		s := byHand(axis)
		if got := golden.Written(t, func(w io.Writer) error { return s.Markdown(w, []Measure{residue, messages}) }); !strings.HasSuffix(got, "\n\n"+want) || !strings.HasPrefix(got, "**interrupted** after ") {
			t.Error(got)
		}
	}
	two, _ := NewSweep(Axis{"loss", []string{"1%"}}, Axis{"dup", []string{"2%"}}, func(string, string) (setup.Options, error) { return small(), nil })
	want = "**residue**\n\n| loss \\\\ dup | 2% |\n|---|--:|\n| 1% | – |\n\n**messages a call**\n\n| loss \\\\ dup | 2% |\n|---|--:|\n| 1% | – |\n"
	if got := golden.Written(t, func(w io.Writer) error { return two.Markdown(w, []Measure{residue, messages}) }); got != "**interrupted** after 0 of 2,000 calls, in 1 cell\n\n"+want {
		t.Error(got)
	}
	if got := golden.Written(t, func(w io.Writer) error { return two.Markdown(w, []Measure{residue}) }); strings.Contains(got, "**residue") {
		t.Error(got)
	}
}

// TestVerdictsOfCells: the strongest stands for the sweep, and the first cell that has it
// is shown.
func TestVerdictsOfCells(t *testing.T) {
	residue, _ := MeasureNamed("residue")
	broken := func(c *Cell, id property.ID) {
		c.Sample.Total.ViolationCount++
		c.Sample.Total.Violations = append(c.Sample.Total.Violations, result.WorldViolation{Violation: property.Violation{Property: id, Call: 7}})
	}
	s := byHand(inRows)
	s.Cells, s.Rows.Values = s.Cells[:2], s.Rows.Values[:2] // the third was not played
	for _, step := range []struct {
		change func()
		want   string
		worst  int
	}{
		{func() {}, "HELD  every property", 0},
		{func() { s.Cells[1].Missed = []string{"threshold x < 1: 2"} }, "MISSED  threshold x < 1: 2 with loss=<&>\n", 1},
		{func() { broken(&s.Cells[1], property.Live) }, "NOT ENDED  1 time with loss=<&>\n  call 7: LIVE violated", 1},
		{func() { broken(&s.Cells[0], property.S4) }, "VIOLATED  1 time with loss=", 0},
	} {
		step.change()
		text := golden.Written(t, func(w io.Writer) error { return s.Text(w, []Measure{residue}) })
		if !strings.HasPrefix(text, step.want) || s.Worst() != &s.Cells[step.worst] {
			t.Errorf("want %q: %s", step.want, text)
		}
	}
}

// TestViolatedSweep: a violation comes first, whatever else there is to say.
func TestViolatedSweep(t *testing.T) {
	s := byHand(inRows)
	total := s.Cells[1].Sample.Total
	total.ViolationCount = 2
	total.Violations = []result.WorldViolation{{Violation: property.Violation{Property: property.S4, Call: 7}}}
	residue, _ := MeasureNamed("residue")
	text := golden.Written(t, func(w io.Writer) error { return s.Text(w, []Measure{residue}) })
	if !strings.HasPrefix(text, "VIOLATED  2 times with loss=<&>\n  call 7: S4 violated") || s.Verdict().String() != "violated" {
		t.Error(text)
	}
	lines := strings.Split(golden.Written(t, s.CSV), "\n")
	if !strings.HasPrefix(lines[1], "1%,2000,held") || !strings.HasPrefix(lines[2], "<&>,2000,violated") {
		t.Error(lines)
	}
}

// TestSweepJSON: what is not known is null.
func TestSweepJSON(t *testing.T) {
	var answer struct {
		Verdict string
		Rows    *struct{ Values []string }
		Columns *struct{ Values []string }
		Cells   []struct {
			Row, Column string
			Calls       int
			Measures    map[string]map[string]any
		}
	}
	if err := json.Unmarshal([]byte(golden.Written(t, byHand(inColumns).JSON)), &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Rows != nil || answer.Columns == nil || len(answer.Cells) != 3 || answer.Cells[1].Column != "<&>" || answer.Cells[1].Calls != 2000 {
		t.Fatalf("%+v", answer)
	}
	known, unknown := answer.Cells[1].Measures, answer.Cells[2].Measures
	if len(known) != len(measures) || known["residue"]["value"] != 0.1 || known["residue"]["low"] == nil || known["mean(setup)"]["low"] != nil || known["mean(setup)"]["no_interval"] == "" {
		t.Errorf("%+v", known)
	}
	if value, ok := unknown["residue"]["value"]; !ok || value != nil {
		t.Errorf("%+v", unknown)
	}
}

// TestTablesFitTheScreen: columns for which there is no room follow in another block,
// and each has the names of its rows; why there is no interval is said once.
func TestTablesFitTheScreen(t *testing.T) {
	residue, _ := MeasureNamed("residue")
	var values []string
	for i := range 7 {
		values = append(values, fmt.Sprintf("%ds", i+2))
	}
	o := small()
	o.World = 200
	s, err := NewSweep(Axis{"loss", []string{"5%", "30%"}}, Axis{"accept-time", values}, func(string, string) (setup.Options, error) { return o, nil })
	if err == nil {
		err = s.Play(t.Context(), 1, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	text := golden.Written(t, func(w io.Writer) error { return s.Text(w, []Measure{residue}) })
	heads, seen := 0, map[string]int{}
	for _, line := range strings.Split(text, "\n") {
		if len([]rune(line)) > output.Columns {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
		switch words := strings.Fields(line); {
		case strings.HasPrefix(line, "loss \\ accept-time "):
			heads++
			for _, word := range words[3:] {
				seen[word]++
			}
		case strings.HasPrefix(line, "5% "), strings.HasPrefix(line, "30% "):
			seen[words[0]]++
		}
	}
	for _, value := range values {
		if seen[value] != 1 {
			t.Errorf("%s heads %d columns", value, seen[value])
		}
	}
	if heads < 2 || seen["5%"] != heads || seen["30%"] != heads || strings.Count(text, "values from fewer than 20 worlds") != 1 {
		t.Errorf("%d heads, %v\n%s", heads, seen, text)
	}
}

// TestCSVSaysWhy: in every line a measure that is known has an interval or the reason why
// there is none. The formula is no measurement.
func TestCSVSaysWhy(t *testing.T) {
	s := lossByAcceptTime(t)
	if err := s.Play(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(golden.Written(t, s.CSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	reasons := 0
	for _, line := range lines[1:] {
		for i, name := range lines[0] {
			low, isLow := strings.CutSuffix(name, "_low")
			if !isLow || low == "formula" {
				continue
			}
			if lines[0][i+2] != low+"_why" {
				t.Fatalf("behind %s stands %s", lines[0][i+1], lines[0][i+2])
			}
			if why := line[i+2]; (why != "") != (line[i] == "" && line[i-1] != "") {
				t.Errorf("%s is %s, %s to %s: %q", low, line[i-1], line[i], line[i+1], why)
			} else if why != "" {
				reasons++
			}
		}
	}
	if reasons == 0 {
		t.Error("every interval is known")
	}
}
