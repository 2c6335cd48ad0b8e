// One verdict, the same in every form, whatever else there is to say.

package report

import (
	"io"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/threshold"
)

// asking is a report of which something is asked that it keeps to, or does not.
func asking(t *testing.T, r *result.Result, text string) Run {
	t.Helper()
	limit, err := threshold.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	run := answer(r)
	run.Asked = Asked{Thresholds: threshold.Evaluate([]threshold.Threshold{limit}, r)}
	return run
}

func TestOneVerdictInEveryForm(t *testing.T) {
	const kept, missed = "messages_per_call > 0", "messages_per_call < 0.5"
	live, safety := property.Violation{Property: property.Live, Call: 3}, property.Violation{Property: property.S4, Call: 5}
	for _, c := range []struct {
		violations  []property.Violation
		interrupted bool
		limit       string
		want        result.Verdict
		says        string // in the first line
	}{
		{nil, false, kept, result.Held, "every property that is promised, on all 1,234,567 calls"},
		{nil, false, missed, result.Missed, "threshold messages_per_call < 0.5: "},
		{nil, true, missed, result.Interrupted, "after 1,234,567 of"},
		{[]property.Violation{live}, false, missed, result.NotEnded, "1 time in 1,234,567 calls"},
		{[]property.Violation{live}, true, kept, result.NotEnded, "1 time in"},
		{[]property.Violation{live, safety}, true, missed, result.Violated, "2 times in"},
		{[]property.Violation{safety}, false, kept, result.Violated, "1 time in"},
	} {
		r := samples.Result(t)
		r.Interrupted = c.interrupted
		for _, v := range c.violations {
			r.Violated(0, v)
		}
		run := asking(t, r, c.limit)
		word := c.want.String()
		if run.Verdict() != c.want {
			t.Errorf("%+v: %v", c, run.Verdict())
		}
		lines, csv, md := golden.Written(t, func(w io.Writer) error { return JSONLines(w, run) }), golden.Written(t, func(w io.Writer) error { return CSV(w, run) }), golden.Written(t, func(w io.Writer) error { return Markdown(w, run) })
		for form, ok := range map[string]bool{
			"text":  strings.HasPrefix(textOf(t, run), strings.ToUpper(word)+"  "),
			"md":    strings.HasPrefix(md, "**"+word+"** "),
			"json":  strings.Contains(jsonText(t, run), `"verdict": "`+word+`"`),
			"jsonl": strings.Contains(strings.SplitN(lines, "\n", 2)[0], `"verdict":"`+word+`"`),
			"csv":   strings.Contains(csv, "\nrun,verdict,"+word+"\n"),
		} {
			if !ok {
				t.Errorf("%+v: %s says otherwise", c, form)
			}
		}
		for _, text := range []string{textOf(t, run), md} {
			if first, rest, _ := strings.Cut(text, "\n"); !strings.Contains(first, c.says) || !strings.Contains(rest, c.limit) {
				t.Errorf("%+v: %s", c, text)
			}
		}
		asked := "held"
		if c.limit == missed {
			asked = "missed"
		}
		if !strings.Contains(lines, `"threshold":"`) || !strings.Contains(lines, `"verdict":"`+asked+`"}`) && !strings.Contains(lines, `,"verdict":"`+asked+`"`) || !strings.Contains(csv, "threshold "+asked+",") {
			t.Errorf("%+v: the threshold is not in\n%s%s", c, lines, csv)
		}
	}
}
