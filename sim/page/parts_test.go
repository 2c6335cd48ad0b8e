// Parts of pages: what world it is, what is violated, which goals are missing, and large
// numbers on a narrow page.

package page

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/study"
)

// TestWorldOf: what differs from the default is told, but not what has no effect, and not
// what follows from the number of calls.
func TestWorldOf(t *testing.T) {
	for _, c := range []struct {
		change func(*setup.Options)
		want   string
	}{
		{func(*setup.Options) {}, ""},
		{func(o *setup.Options) { o.Seed = 9 }, ""},
		{func(o *setup.Options) { o.Calls = 2000 }, "calls 2000"},
		{func(o *setup.Options) { o.Loss, o.Offline = 0.2, 0.5 }, "offline 50%"}, // the loss is told elsewhere
		{func(o *setup.Options) { o.For[fault.Crash] = 7e9 }, ""},
		{func(o *setup.Options) { o.For[fault.Crash], o.Every[fault.Crash] = 7e9, 60e9 }, "crash-every 1m0s, crash-for 7s"},
		{func(o *setup.Options) { o.Cancel, o.CancelAfter = 0, setup.Range{} }, "cancel 0%"},
	} {
		o := setup.Default()
		c.change(&o)
		o.Divide(func(string) bool { return false })
		var told []string
		for _, option := range worldOf("x", o, "loss").Changed {
			told = append(told, option.Name+" "+option.Value)
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("told is %q, want %q", got, c.want)
		}
	}
}

// TestGoalsOf: a goal that the world cannot reach is not missing.
func TestGoalsOf(t *testing.T) {
	res := &result.Result{}
	res.Goals[property.Glare], res.Goals[property.Redial] = 3, 1
	plain := setup.Default()
	for name, reach := range map[string]func(property.Goal) bool{"default": plain.CanReach, "all": everyGoal} {
		parts := fmt.Sprint(goalsOf(res, reach))
		missing, rest, _ := strings.Cut(parts, "2 goals reached")
		if strings.Contains(missing, "crash-while-ringing") != (name == "all") || strings.Contains(rest, "crash-while-ringing") != (name == "default") || !strings.Contains(missing, "late-receipt") || strings.Contains(missing, "glare") {
			t.Errorf("%s: %s", name, parts)
		}
	}
}

func everyGoal(property.Goal) bool { return true }

// TestViolationsOf: a row for each property, with its count, and each command once.
func TestViolationsOf(t *testing.T) {
	res := &result.Result{ViolationCount: 12, Violations: samples.Violations(3)}
	res.Violations = append(res.Violations, res.Violations[0])
	res.Violations[3].Property = property.Q8
	res.ByProperty[property.S6], res.ByProperty[property.Q8] = 11, 1
	look := func(v result.WorldViolation) string { return fmt.Sprint("look ", v.Call) }
	t1 := violationsOf(res, look, look)[0].Table
	if len(t1.Rows) != 2 || t1.Rows[0].Cells[0].Text != "S6" || t1.Rows[0].Cells[2].Text != "11 times" || t1.Rows[0].Cells[4].Code != "look 4711" ||
		t1.Rows[1].Cells[0].Text != "Q8" || t1.Rows[1].Cells[2].Text != "once" || t1.Rows[1].Cells[4].Text != "as above" {
		t.Errorf("%+v", t1.Rows)
	}
	if without := violationsOf(res, look, nil)[0].Table; len(without.Columns) != 4 || len(without.Rows[0].Cells) != 4 {
		t.Errorf("%+v", without)
	}
}

func TestBrief(t *testing.T) {
	for n, want := range map[uint64]string{0: "", 999: "", 1000: "1k", 1099: "1k", 1100: "1.1k", 9999: "9.9k", 10_000: "10k", 999_999: "999k", 1_000_000: "1M", 4_600_000: "4.6M", math.MaxUint64: "18E"} {
		if got := brief(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// TestPrice: a cell is best if no other is better in both, where more of a measure may be
// better or worse.
func TestPrice(t *testing.T) {
	points := map[string][2]float64{"a": {0.9, 1}, "b": {0.8, 2}, "c": {0.95, 3}, "d": {0.95, 3}, "e": {0.95, 4}}
	rows := study.Axis{Flag: "loss", Values: []string{"a", "b", "c", "d", "e"}}
	s, err := study.NewSweep(rows, study.Axis{}, func(row, _ string) (setup.Options, error) { return setup.Default(), nil })
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range rows.Values {
		total := &result.Result{Calls: 100, AcceptCalls: 100}
		total.Pairs[property.CallerAccepted][property.CalleeAccepted] = uint64(100*points[name][0] + 0.5)
		total.Sent[1] = uint64(100 * points[name][1])
		s.Cells[i].Sample = &study.Sample{Total: total}
	}
	gain, _ := study.MeasureNamed("in-call")
	price, _ := study.MeasureNamed("messages")
	if p := priceOf(s, gain, price); !strings.HasSuffix(p.Text, "better in both than a; c; d.") {
		t.Error(p.Text)
	}
	if p := priceOf(s, price, gain); !strings.HasSuffix(p.Text, "better in both than a; c; d.") {
		t.Error(p.Text)
	}
}
