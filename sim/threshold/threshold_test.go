package threshold

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// result is a run of a hundred calls, made for these tests, with the latencies of
// a real one.
func someResult(t *testing.T) *result.Result {
	t.Helper()
	o := setup.Default()
	o.Calls = 200
	r, err := sim.Run(t.Context(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Calls, r.AcceptCalls = 100, 40
	r.Pairs = [property.NumCallerEnds][property.NumCalleeEnds]uint64{}
	r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 59
	r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = 1
	r.Pairs[property.CallerRefused][property.CalleeRefused] = 40
	for i := range r.Sent {
		r.Sent[i] = 0
	}
	r.Sent[1], r.Sent[2] = 300, 250
	return r
}

func TestEvaluate(t *testing.T) {
	r := someResult(t)
	for _, c := range []struct {
		text, says string
	}{
		{"share(ACCEPTED) > 60%", "missed: 60%"},
		{"share(ACCEPTED) >= 60%", "held: 60%"},
		{"share(ACCEPTED) >= 60.000000000001 %", "missed: 60%"},
		{"share(ACCEPTED) <= 0.6", "held: 0.6"},
		{"share(ACCEPTED) < 0.6", "missed: 0.6"},
		{"share(ACCEPTED/ACCEPTED) < 0.6", "held: 0.59"},
		{"share( REFUSED/REFUSED )>=40%", "held: 40%"},
		{"share(CANCELED) <= 0", "held: 0"},
		{"residue_rate <= 2.5%", "held: 2.5%"},
		{"residue_rate < 0.025", "missed: 0.025"},
		{"messages_per_call < 5.5", "missed: 5.5"},
		{"  messages_per_call   <=5.5 ", "held: 5.5"},
		{"residue <= 1 of 40", "held: 2.5%"},
		{"residue < 1,000 of 40,000", "missed: 2.5%"},
		{"messages < 1,000", "held: 5.5"},
	} {
		threshold, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := threshold.Evaluate(r); got.String() != c.says || got.Held != strings.HasPrefix(c.says, "held") {
			t.Errorf("%s: %v, want %s", c.text, got, c.says)
		}
	}
}

// TestText: a value as all answers write it, unless the digits that are left out decide.
func TestText(t *testing.T) {
	r := someResult(t)
	longest := r.Accepted.Max()
	rounded := output.Round(longest)
	decides := "max(setup) <= " + rounded.String()
	if longest < rounded {
		decides = "max(setup) >= " + rounded.String()
	}
	for text, want := range map[string]string{
		"residue < 5%":                 "2.5 %",
		"residue < 1 of 30":            "2.5 %",
		"messages < 6":                 "5.50",
		"share(ACCEPTED/ACCEPTED) < 1": "59 %",
		"max(setup) < 1h":              rounded.String(),
		"max(setup) > 1ms":             rounded.String(),
		decides:                        longest.String(),
	} {
		threshold, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := threshold.Evaluate(r); got.Text != want {
			t.Errorf("%s: %q, want %q (exactly %s)", text, got.Text, want, got.Value)
		}
	}
}

// TestTimes: the statistics of a distribution are those of the result, in both units.
func TestTimes(t *testing.T) {
	r := someResult(t)
	value := func(text string) string {
		threshold, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return threshold.Evaluate(r).Value
	}
	if got, want := value("p50(accepted_ms) < 1"), r.Accepted.Percentile(50); !strings.HasPrefix(want.String(), strings.TrimSuffix(got, "ms")) {
		t.Errorf("p50 is %s, want %v", got, want)
	}
	got, want := value("max(accepted_ms) < 1s"), r.Accepted.Max()
	if d, err := time.ParseDuration(got); err != nil || (d-want).Abs() >= time.Millisecond {
		t.Errorf("max is %s, want %v", got, want)
	}
	if low, high := r.Accepted.Percentile(1), r.Accepted.Max(); r.Accepted.Mean() <= low || r.Accepted.Mean() >= high {
		t.Errorf("the mean %v is not between %v and %v", r.Accepted.Mean(), low, high)
	}
	if value("p1(accepted_ms)<1") == value("p99.9(accepted_ms)<1") || value("mean(accepted_ms)<1") == value("max(accepted_ms)<1") ||
		value("mean(accepted_ms)<1") == value("mean(ring_after_cancel_ms)<1") {
		t.Error("different statistics are the same")
	}
	for _, text := range []string{"p50(accepted_ms) > 100", "p50(accepted_ms) > 0.1s", "p50(accepted_ms) > 100ms", "p50(accepted_ms) < 1s"} {
		if threshold, _ := Parse(text); !threshold.Evaluate(r).Held {
			t.Errorf("%s: %v", text, threshold.Evaluate(r))
		}
	}
}

// TestNothingMeasured: what is not there does not keep to anything.
func TestNothingMeasured(t *testing.T) {
	r := someResult(t)
	r.AcceptCalls = 0
	threshold, err := Parse("residue_rate < 5%")
	if err != nil {
		t.Fatal(err)
	}
	if got := threshold.Evaluate(r); got.Held || got.String() != "missed: nothing was measured" {
		t.Error(got)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		says   string
	}{
		{"", 1, "not a threshold such as"},
		{"  5 < 6", 3, "not a threshold such as"},
		{"nonsense < 5", 1, `unknown metric "nonsense"; there are in-call, residue, setup, failed-accept, dead-rings, `},
		{"p99(accepted) < 5", 5, "accepted is no distribution"},
		{"p99(accept) < 5", 5, `unknown metric "accept"`},
		{"p99 < 5", 1, `unknown metric ""`},
		{"p101(accepted_ms) < 5", 1, `unknown function "p101"`},
		{"p(accepted_ms) < 5", 1, `unknown function "p"`},
		{"median(accepted_ms) < 5", 1, `unknown function "median"`},
		{"accepted_ms < 5", 1, "is a distribution: write p99(accepted_ms)"},
		{"p99(setup) < 5", 15, "5 of what? write 5s or 5ms"},
		{"mean(residue) < 5", 6, "no distribution"},
		{"share < 5%", 1, "share of what?"},
		{"share(RANG) < 5%", 7, `no caller ends as "RANG"; there are OPEN, ACCEPTED`},
		{"share(ACCEPTED/RANG) < 5%", 7, `no callee ends as "RANG"`},
		{"residue_rate(x) < 5%", 14, "leave (x) out"},
		{"residue_rate", 13, "a comparison is missing"},
		{"residue_rate == 5%", 14, "a comparison is missing"},
		{"residue_rate < ", 16, "not a number"},
		{"residue_rate < -5", 16, "not a number"},
		{"residue_rate < 1e999999999", 16, "not a number"},
		{"residue_rate < 1 2", 16, "not a number"},
		{"residue_rate < 9999999999999999", 16, "must have at most 15 digits"},
		{"residue_rate < 0.000000000000000000001%", 16, "and 20 after it"},
		{"p99(accpted_ms) < 1", 5, "did you mean accepted_ms"},
		{"p99(setpu) < 1", 5, "did you mean setup?"},
		{"men(accepted_ms) < 1", 1, "did you mean mean?"},
		{"p50(accepted_ms) < 5%", 21, `"%" is no unit of p50(setup); there is ms, s, `},
		{"residue < 5 of 0", 11, "not a share such as 47 of 62,270"},
		{"residue < 5 of x", 11, "not a number"},
		{"residue < 5 of 12345678901234567890123456789", 11, "not a number"},
		{"messages < 1 of 5", 12, "not a number"},
		{"messages < 1,00", 12, "a comma stands between thousands, as in 62,270, and a point before a fraction"},
		{"residue < 0,1%", 11, "a comma stands between thousands"},
		{"residue < 1234,567", 11, "a comma stands between thousands"},
		{"messages < 1,2345", 12, "a comma stands between thousands"},
		{"messages < ,123", 12, "a comma stands between thousands"},
		{"messages < 1,000,000,000,000,000,000", 12, "at most 15 digits"},
		{"p99(setup) < 1m30", 14, "not a number"},
		{"residue < 1%2%", 11, "not a number"},
		{"messages_per_call < 5 s", 23, `"s" is no unit of messages; it has none`},
	} {
		_, err := Parse(c.text)
		var wrong *ParseError
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if wrong.Column != c.column || !strings.Contains(wrong.Problem, c.says) {
			t.Errorf("%q: column %d: %s", c.text, wrong.Column, wrong.Problem)
		}
	}
}

// TestMetricsAreUsable: what readers are shown can be written, with each of its units.
func TestMetricsAreUsable(t *testing.T) {
	usages := []string{metric.ShareUsage}
	for _, m := range metric.All() {
		usages = append(usages, m.Usage())
	}
	for _, usage := range usages {
		m, err := metric.Named(usage)
		if err != nil || m.About == "" || m.Name != usage {
			t.Errorf("%s: %+v, %v", usage, m, err)
		}
		for _, u := range m.Unit.Suffixes() {
			if _, err := Parse(usage + " < 5" + u.Name); (err != nil) != (u.Name == "" && m.Unit == metric.Seconds) {
				t.Errorf("%s in %q: %v", usage, u.Name, err)
			}
		}
	}
}

// TestPrintedValuesAreBounds: a value is accepted as answers print it, and stands for what
// they printed.
func TestPrintedValuesAreBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(1e-12, 1).Draw(t, "share")
		seconds := rapid.Float64Range(0, 20_000).Draw(t, "seconds")
		count := rapid.Float64Range(0, 1e6).Draw(t, "count")
		of := rapid.Uint64Range(1, 1e9).Draw(t, "of")
		n := rapid.Uint64Range(0, of).Draw(t, "n")
		time := output.Round(time.Duration(seconds * 1e9))
		for _, c := range []struct {
			metric, text string
			want         float64
			digits       float64 // how far from it the text may be, of its size
			least        float64 // and in any case
		}{
			{"residue", metric.Share.Text(share), share, 0.005, 0},
			{"residue", output.Group(n) + " of " + output.Group(of), float64(n) / float64(of), 1e-12, 0},
			{"p99(setup)", metric.Seconds.Text(seconds), seconds, 0.051, 1e-7},
			{"p99(setup)", strings.NewReplacer("ns", " ns", "ms", " ms", "µs", " µs", "h", " h ", "m", " m ", "s", " s").Replace(time.String()), time.Seconds(), 1e-9, 0},
			{"messages", metric.Count.Text(count), count, 0, 0.00501},
			{"messages", output.Group(n), float64(n), 0, 0},
		} {
			limit, err := Parse(c.metric + " < " + c.text)
			if err != nil {
				t.Fatalf("%s of %v: %v", c.metric, c.want, err)
			}
			if bound, _ := limit.bound.Float64(); math.Abs(bound-c.want) > c.digits*c.want+c.least {
				t.Fatalf("%s < %s is %v, and was printed for %v", c.metric, c.text, bound, c.want)
			}
			shown := show(limit.bound, limit.unit)
			if _, err := Parse(c.metric + " < " + shown); err != nil {
				t.Fatalf("%s as a threshold shows it: %v", c.metric, err)
			}
		}
	})
}

// FuzzParse: no text panics, a refusal has a column in it, and what is accepted
// can be evaluated and read again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"p99(accepted_ms) < 2500", "share(ACCEPTED/ACCEPTED) >= 60%", "messages_per_call<6", "mean ( ring_after_cancel_ms ) > 1.5 s", "residue_rate <= 0.001 é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		threshold, err := Parse(text)
		var wrong *ParseError
		if errors.As(err, &wrong) {
			if wrong.Column < 1 || wrong.Column > utf8.RuneCountInString(text)+1 {
				t.Fatalf("%q: column %d", text, wrong.Column)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(threshold.String()); err != nil || again.bound.Cmp(threshold.bound) != 0 || again.compare != threshold.compare {
			t.Fatalf("%q: %v", text, err)
		}
	})
}
