// What people and programs read: whole answers as golden files, rewritten by
// -rewrite, and the small rules behind them. The results are made by hand, so
// that every number in a golden file can be looked up here.

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

func requireFile(t *testing.T, name, got string) {
	t.Helper()
	golden.File(t, filepath.Join("..", "..", "testdata", "report", name), got)
}

// answer is a report of r that was asked for like this.
func answer(r *result.Result) Run {
	return Run{
		Options: setup.Options{Seed: 18446744073709551615, Calls: 2_000_000},
		Result:  r,
		Again:   `invsim run --uplink "a & b"`,
		Look:    func(v result.WorldViolation) string { return fmt.Sprintf("invsim trace --call %d", v.Call) },
	}
}

func textOf(t testing.TB, r Run) string {
	t.Helper()
	return golden.Written(t, func(w io.Writer) error { return Text(w, r) })
}

func jsonText(t testing.TB, r Run) string {
	t.Helper()
	return golden.Written(t, func(w io.Writer) error { return JSON(w, r) })
}

// answers are one of each kind.
func answers(t testing.TB) map[string]Run {
	t.Helper()
	violated, interrupted := samples.Result(t), samples.Result(t)
	violated.Violations, violated.ViolationCount = samples.Violations(7), 7007
	interrupted.Interrupted = true
	none := samples.Quiet(t, func(o *setup.Options) { o.Accept, o.Refuse = 0, 1 })
	empty := &result.Result{Interrupted: true, Accepted: none.Accepted, RingAfterCancel: none.RingAfterCancel}
	return map[string]Run{"held": answer(samples.Result(t)), "violated": answer(violated), "interrupted": answer(interrupted), "empty": answer(empty)}
}

func TestAnswers(t *testing.T) {
	for name, r := range answers(t) {
		t.Run(name, func(t *testing.T) {
			requireFile(t, name+".txt", textOf(t, r))
			requireFile(t, name+".json", jsonText(t, r))
			requireFile(t, name+".jsonl", golden.Written(t, func(w io.Writer) error { return JSONLines(w, r) }))
			requireFile(t, name+".csv", golden.Written(t, func(w io.Writer) error { return CSV(w, r) }))
			requireFile(t, name+".md", golden.Written(t, func(w io.Writer) error { return Markdown(w, r) }))
		})
	}
}

func TestVerdict(t *testing.T) {
	for _, v := range []struct {
		violations  uint64
		interrupted bool
		want        string
		first       string
	}{
		{0, false, "held", "HELD  every property that is promised, on all 1,234,567 calls, in 1,235 worlds"},
		{0, true, "interrupted", "INTERRUPTED  after 1,234,567 of 2,000,000 calls; no promised property was broken"},
		{2, false, "violated", "VIOLATED  2 times in 1,234,567 calls"},
		{1234, true, "violated", "VIOLATED  1,234 times in 1,234,567 calls"},
	} {
		r := samples.Result(t)
		r.ViolationCount, r.Interrupted = v.violations, v.interrupted
		r.Violations = samples.Violations(int(min(v.violations, 100)))
		if got := answer(r).Verdict(); got.String() != v.want {
			t.Errorf("%+v: %s", v, got)
		}
		text := strings.ReplaceAll(textOf(t, answer(r)), "\n      ", " ")
		if first, _, _ := strings.Cut(text, "\n"); first != v.first {
			t.Errorf("%+v: %q", v, first)
		}
		if !strings.Contains(jsonText(t, answer(r)), `"verdict": "`+v.want+`"`) {
			t.Errorf("%+v: another verdict in the JSON", v)
		}
	}
}

// TestFiveViolationsAreListed, all of them in the JSON, and one is to be looked at.
func TestFiveViolationsAreListed(t *testing.T) {
	for _, c := range []struct {
		kept, listed int
		more         bool
	}{{0, 0, false}, {1, 1, false}, {4, 4, false}, {5, 5, false}, {6, 5, true}, {100, 5, true}} {
		r := samples.Result(t)
		r.Violations, r.ViolationCount = samples.Violations(c.kept), uint64(c.kept)
		text := textOf(t, answer(r))
		if got := strings.Count(text, "\n  call 47"); got != c.listed {
			t.Errorf("%d violations: %d are listed", c.kept, got)
		}
		if got := strings.Contains(text, "\n  … and more\n"); got != c.more {
			t.Errorf("%d violations: and more: %v", c.kept, got)
		}
		if got := strings.HasSuffix(text, "\nlook:  invsim trace --call 4711\n"); got != (c.kept > 0) {
			t.Errorf("%d violations: to be looked at: %v", c.kept, got)
		}
		if got := strings.Count(jsonText(t, answer(r)), `"look": "invsim trace --call `); got != c.kept {
			t.Errorf("%d violations: the JSON has %d", c.kept, got)
		}
	}
}

// TestPairsAreLeftOutWhenEmpty: rows and columns without a call say nothing.
func TestPairsAreLeftOutWhenEmpty(t *testing.T) {
	r := &result.Result{}
	r.Pairs[property.CallerCanceled][property.CalleeNeverRang] = 1000
	r.Pairs[property.CallerOffline][property.CalleeAcceptFailure] = 1
	var out bytes.Buffer
	pairs(&output.Lines{To: &out}, r)
	want := `
caller \      ACCEPT_  NEVER_
    callee    FAILURE    RANG
CANCELED            –   1,000
OFFLINE             1       –
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("%s\nwant%s", got, want)
	}
}

// TestJSONKeysAreStable holds the names that programs read.
func TestJSONKeysAreStable(t *testing.T) {
	r := samples.Result(t)
	r.Violations, r.ViolationCount = samples.Violations(1), 1
	callers := strings.Fields("OPEN ACCEPTED REFUSED CANCELED NO_RESPONSE OFFLINE EXPIRED NOT_LOGGEDIN")
	callees := strings.Fields("OPEN ACCEPTED REFUSED CANCELED EXPIRED ACCEPT_FAILURE PEER_OFFLINE NEVER_RANG")
	pairs := map[string]uint64{}
	for i, caller := range callers {
		for j, callee := range callees {
			r.Pairs[i][j] = uint64(100*i + j + 1)
			pairs[caller+"/"+callee] = r.Pairs[i][j]
		}
	}
	var top struct {
		Pairs      map[string]uint64
		Sent       map[string]uint64
		Lost       map[string]uint64          `json:"not_delivered"`
		Latency    map[string]json.RawMessage `json:"latency_ms"`
		Residue    json.RawMessage
		Violations []json.RawMessage
	}
	text := jsonText(t, answer(r))
	if err := json.Unmarshal([]byte(text), &top); err != nil {
		t.Fatal(err)
	}
	if len(top.Pairs) != len(pairs) {
		t.Errorf("%d pairs, want %d", len(top.Pairs), len(pairs))
	}
	for label, n := range pairs {
		if top.Pairs[label] != n {
			t.Errorf("%s: %d, want %d", label, top.Pairs[label], n)
		}
	}
	for _, k := range []struct {
		what string
		got  []string
		want string
	}{
		{"run", keysOf(t, []byte(text)), "seed calls worlds verdict violations violation_count pairs first_calls accepts residue messages sent not_delivered latency_ms metrics goals again"},
		{"residue", keysOf(t, top.Residue), "n of rate low high no_interval"},
		{"violation", keysOf(t, top.Violations[0]), "property words call world invitation caller callee at_ms detail look"},
		{"latency", keysOf(t, top.Latency["accepted"]), "count p50 p90 p99 p99_9 max"},
		{"latencies", sorted(top.Latency), "accepted dead_ring failed_accept failure_told refusal_told ring_after_cancel"},
		{"sent", sorted(top.Sent), "ACCEPT ACK CANCEL CLOSED CONFIRM INVITE RECEIVED REFUSE"},
		{"not delivered", sorted(top.Lost), "lost offline too_old"},
	} {
		if got := strings.Join(k.got, " "); got != k.want {
			t.Errorf("%s: keys %s, want %s", k.what, got, k.want)
		}
	}
}

// keysOf reads the keys of one JSON object, in their order.
func keysOf(t *testing.T, object []byte) []string {
	t.Helper()
	var keys []string
	decoder := json.NewDecoder(bytes.NewReader(object))
	next := func(value any) {
		if err := decoder.Decode(value); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		next(new(json.RawMessage))
	}
	return keys
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// TestLatencies compares both forms with a distribution that has some width: every
// percentile stands in its own place.
func TestLatencies(t *testing.T) {
	r := samples.Quiet(t, func(o *setup.Options) {
		o.Calls, o.Latency = 1000, netem.Between(time.Millisecond, time.Second)
	})
	l := r.Accepted
	five := []time.Duration{l.Percentile(50), l.Percentile(90), l.Percentile(99), l.Percentile(99.9), l.Max()}
	if l.Count() < 900 || !slices.IsSorted(five) || len(slices.Compact(slices.Clone(five[:4]))) != 4 {
		t.Fatalf("%d latencies, %v", l.Count(), five)
	}
	want := fmt.Sprintf("setup              p50 %v, p99 %v, max %v\n", output.Round(five[0]), output.Round(five[2]), output.Round(five[4]))
	if text := textOf(t, answer(r)); !strings.Contains(text, want) || !strings.Contains(text, "ring after cancel  none\n") {
		t.Errorf("%swant %s", text, want)
	}
	var got struct {
		Latency map[string]jsonLatency `json:"latency_ms"`
	}
	if err := json.Unmarshal([]byte(jsonText(t, answer(r))), &got); err != nil {
		t.Fatal(err)
	}
	if want := (jsonLatency{l.Count(), output.Milliseconds(five[0]), output.Milliseconds(five[1]), output.Milliseconds(five[2]), output.Milliseconds(five[3]), output.Milliseconds(five[4])}); got.Latency["accepted"] != want {
		t.Errorf("%+v, want %+v", got.Latency["accepted"], want)
	}
	if got := got.Latency["ring_after_cancel"]; got != (jsonLatency{}) {
		t.Errorf("no latencies, and yet %+v", got)
	}
}

// TestResidue: it has two pairs, and no other one counts; its interval comes from the
// worlds, and a form that has none says why.
func TestResidue(t *testing.T) {
	world := &result.Result{Worlds: 1, Calls: 20, AcceptCalls: 10}
	world.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = 1
	world.Pairs[property.CallerAccepted][property.CalleeOffline] = 2
	world.Pairs[property.CallerAccepted][property.CalleeAccepted] = 7
	world.Pairs[property.CallerExpired][property.CalleeAcceptFailure] = 10
	few, many := result.New(), result.New()
	for i := range 40 {
		many.AddWorld(i, world)
		if i < 19 {
			few.AddWorld(i, world)
		}
	}
	if n, of, share := ResidueShare(many); n != 120 || of != 400 || share.Value != 0.3 || !share.Bounded || share.Low > 0.27 || share.High < 0.33 {
		t.Errorf("%d of %d: %+v", n, of, share)
	}
	for format, write := range map[string]func(io.Writer, Run) error{"text": Text, "json": JSON, "jsonl": JSONLines, "csv": CSV, "md": Markdown} {
		run := Run{Options: setup.Default(), Result: few}
		low := map[string]string{"text": "30 % (2", "json": `"low": 0.2`, "jsonl": `"residue_low","value":0.2`, "csv": "residue_low,0.2", "md": "30 % (2"}[format]
		none := map[string]string{"text": "no intervals: values from fewer than 20 worlds", "json": `"no_interval": "values from fewer than 20 worlds"`, "jsonl": `"residue_rate","value":0.3`, "csv": "residue_rate,0.3", "md": "no intervals: values from fewer than 20 worlds"}[format]
		if text := golden.Written(t, func(w io.Writer) error { return write(w, run) }); strings.Contains(text, low) || !strings.Contains(text, none) {
			t.Errorf("%s of 19 worlds has %q, or no %q:\n%s", format, low, none, text)
		}
		run.Result = many
		if text := golden.Written(t, func(w io.Writer) error { return write(w, run) }); !strings.Contains(text, low) || strings.Contains(text, "fewer than") {
			t.Errorf("%s of 40 worlds has no %q:\n%s", format, low, text)
		}
	}
}

// TestWriteErrorsAreReturned stops every kind of output after any number of bytes.
func TestWriteErrorsAreReturned(t *testing.T) {
	violated := answers(t)["violated"]
	golden.RequireWriteErrors(t, func(w io.Writer) error { return Text(w, violated) })
	golden.RequireWriteErrors(t, func(w io.Writer) error { return JSON(w, violated) })
}
