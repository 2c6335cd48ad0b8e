// What people and programs read: whole answers as golden files, rewritten by
// -rewrite, and the small rules behind them. The results are made by hand, so
// that every number in a golden file can be looked up here.

package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

func requireFile(t *testing.T, name, got string) {
	t.Helper()
	golden.File(t, filepath.Join("..", "..", "testdata", "report", name), got)
}

// quiet is the result of ten calls in a world without chance: a copy always takes
// 50 ms, a callee always does the same.
func quiet(t testing.TB, change func(*setup.Options)) *result.Result {
	t.Helper()
	o := setup.Default()
	o.Calls, o.Loss, o.Dup, o.Reorder, o.Offline, o.Cancel = 10, 0, 0, 0, 0, 0
	o.Latency = netem.Between(50*time.Millisecond, 50*time.Millisecond)
	o.Accept, o.Refuse, o.Ignore = 1, 0, 0
	o.AnswerAfter = setup.Range{Min: 5 * time.Second, Max: 5 * time.Second}
	o.CancelAfter = setup.Range{Min: time.Second, Max: time.Second}
	if change != nil {
		change(&o)
	}
	result, err := sim.Run(context.Background(), o, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// made is a result with every count set by hand. Its latencies are those of quiet
// worlds: 100 ms from accept to ACCEPTED, 50 ms of ringing after a cancel.
func made(t testing.TB) *result.Result {
	t.Helper()
	canceled := quiet(t, func(o *setup.Options) { o.Cancel = 1 })
	r := &result.Result{
		Calls: 1_234_567, Worlds: 1235, AcceptCalls: 1_000_000,
		Sent: [engine.Closed + 1]uint64{engine.Invite: 2_000_000, engine.Received: 1_200_000, engine.Accept: 1_100_000, engine.Confirm: 1_000_050,
			engine.Refuse: 134_567, engine.Cancel: 999, engine.Ack: 135_566, engine.Closed: 0},
		Accepted:        quiet(t, nil).Accepted,
		RingAfterCancel: canceled.RingAfterCancel,
	}
	r.Fates[event.Lost], r.Fates[event.Offline], r.Fates[event.TooOld] = 55_555, 4_444, 3
	r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 999_880
	r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = 100
	r.Pairs[property.CallerAccepted][property.CalleeOffline] = 20
	r.Pairs[property.CallerRefused][property.CalleeRefused] = 134_567
	r.Pairs[property.CallerNotLoggedIn][property.CalleeNeverRang] = 100_000
	return r
}

// violations are n of them, one for each call from 4711 on.
func violations(n int) []result.WorldViolation {
	var all []result.WorldViolation
	for i := range n {
		all = append(all, result.WorldViolation{World: 4, Violation: property.Violation{
			Property: property.S6, Call: 4711 + i, Invitation: engine.ID{Epoch: 0x1f, Counter: uint64(i) + 1}, Caller: "user30", Callee: "user<7>",
			At: 1500 * time.Millisecond, Detail: "a second ring"}})
	}
	return all
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

func written(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func textOf(t testing.TB, r Run) string {
	t.Helper()
	return written(t, func(w io.Writer) error { return Text(w, r) })
}

func jsonText(t testing.TB, r Run) string {
	t.Helper()
	return written(t, func(w io.Writer) error { return JSON(w, r) })
}

// answers are one of each kind.
func answers(t testing.TB) map[string]Run {
	t.Helper()
	violated, interrupted := made(t), made(t)
	violated.Violations, violated.ViolationCount = violations(7), 7007
	interrupted.Interrupted = true
	none := quiet(t, func(o *setup.Options) { o.Accept, o.Refuse = 0, 1 })
	empty := &result.Result{Interrupted: true, Accepted: none.Accepted, RingAfterCancel: none.RingAfterCancel}
	return map[string]Run{"held": answer(made(t)), "violated": answer(violated), "interrupted": answer(interrupted), "empty": answer(empty)}
}

func TestAnswers(t *testing.T) {
	for name, r := range answers(t) {
		t.Run(name, func(t *testing.T) {
			requireFile(t, name+".txt", textOf(t, r))
			requireFile(t, name+".json", jsonText(t, r))
			requireFile(t, name+".jsonl", written(t, func(w io.Writer) error { return JSONLines(w, r) }))
			requireFile(t, name+".csv", written(t, func(w io.Writer) error { return CSV(w, r) }))
			requireFile(t, name+".md", written(t, func(w io.Writer) error { return Markdown(w, r) }))
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
		{0, false, "held", "HELD  S1 to S14 and Q1 to Q7 on all 1,234,567 calls, in 1,235 worlds"},
		{0, true, "interrupted", "INTERRUPTED  S1 to S14 and Q1 to Q7 held on the first 1,234,567 of 2,000,000 calls"},
		{2, false, "violated", "VIOLATED  2 times in 1,234,567 calls"},
		{1234, true, "violated", "VIOLATED  1,234 times in 1,234,567 calls"},
	} {
		r := made(t)
		r.ViolationCount, r.Interrupted = v.violations, v.interrupted
		r.Violations = violations(int(min(v.violations, 100)))
		if got := answer(r).Verdict(); got != v.want {
			t.Errorf("%+v: %s", v, got)
		}
		if first, _, _ := strings.Cut(textOf(t, answer(r)), "\n"); first != v.first {
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
		r := made(t)
		r.Violations, r.ViolationCount = violations(c.kept), uint64(c.kept)
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
	pairs(&errWriter{w: &out}, r)
	want := `
caller \ callee   ACCEPT_FAILURE  NEVER_RANG
CANCELED                       –       1,000
OFFLINE                        1           –
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("%s\nwant%s", got, want)
	}
}

// TestJSONKeysAreStable holds the names that programs read.
func TestJSONKeysAreStable(t *testing.T) {
	r := made(t)
	r.Violations, r.ViolationCount = violations(1), 1
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
		{"run", keysOf(t, []byte(text)), "seed calls worlds verdict violations violation_count pairs accepts residue messages sent not_delivered latency_ms goals again"},
		{"residue", keysOf(t, top.Residue), "n of rate low high"},
		{"violation", keysOf(t, top.Violations[0]), "property words call world invitation caller callee at_ms detail look"},
		{"latency", keysOf(t, top.Latency["accepted"]), "count p50 p90 p99 p99_9 max"},
		{"latencies", sorted(top.Latency), "accepted ring_after_cancel"},
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
	r := quiet(t, func(o *setup.Options) {
		o.Calls, o.Latency = 1000, netem.Between(time.Millisecond, time.Second)
	})
	l := r.Accepted
	five := []time.Duration{l.Percentile(50), l.Percentile(90), l.Percentile(99), l.Percentile(99.9), l.Max()}
	if l.Count() < 900 || !slices.IsSorted(five) || len(slices.Compact(slices.Clone(five[:4]))) != 4 {
		t.Fatalf("%d latencies, %v", l.Count(), five)
	}
	want := fmt.Sprintf("accept → accepted  p50 %v  p90 %v  p99 %v  p99.9 %v  max %v\n",
		round(five[0]), round(five[1]), round(five[2]), round(five[3]), round(five[4]))
	if text := textOf(t, answer(r)); !strings.Contains(text, want) || !strings.Contains(text, "ring after cancel  none\n") {
		t.Errorf("%swant %s", text, want)
	}
	var got struct {
		Latency map[string]jsonLatency `json:"latency_ms"`
	}
	if err := json.Unmarshal([]byte(jsonText(t, answer(r))), &got); err != nil {
		t.Fatal(err)
	}
	if want := (jsonLatency{l.Count(), ms(five[0]), ms(five[1]), ms(five[2]), ms(five[3]), ms(five[4])}); got.Latency["accepted"] != want {
		t.Errorf("%+v, want %+v", got.Latency["accepted"], want)
	}
	if got := got.Latency["ring_after_cancel"]; got != (jsonLatency{}) {
		t.Errorf("no latencies, and yet %+v", got)
	}
}

// TestResidue compares with published intervals: Newcombe, Statistics in Medicine
// 17 (1998), table I, method 3, gives the first four to four decimals; all have
// been worked out again by hand from Wilson's formula. With no hit the interval is
// 0 to z²/(n+z²), with hits only it is n/(n+z²) to 1, and z² is 3.841458821.
func TestResidue(t *testing.T) {
	for _, c := range []struct {
		n, of           uint64
		rate, low, high float64
	}{
		{81, 263, 0.307984791, 0.255288520, 0.366209577},
		{15, 148, 0.101351351, 0.062386400, 0.160487242},
		{0, 20, 0, 0, 0.161125158}, // 3.841458821 / 23.841458821
		{1, 29, 0.034482759, 0.006113214, 0.171755219},
		{29, 29, 1, 0.883030202, 1}, // 29 / 32.841458821
		{5, 10, 0.5, 0.236593091, 0.763406909},
		{0, 1, 0, 0, 0.793450686},         // 3.841458821 / 4.841458821
		{1, 1, 1, 0.206549314, 1},         // 1 / 4.841458821
		{0, 1_000_000, 0, 0, 0.000003841}, // a run without one
		{0, 0, 0, 0, 1},                   // nothing was accepted: nothing is known
	} {
		r := &result.Result{AcceptCalls: c.of}
		// The residue has two pairs; all other ones must not count.
		r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = c.n / 2
		r.Pairs[property.CallerAccepted][property.CalleeOffline] = c.n - c.n/2
		r.Pairs[property.CallerAccepted][property.CalleeAccepted] = c.of - c.n
		r.Pairs[property.CallerExpired][property.CalleeAcceptFailure] = 1000
		want := Residue{N: c.n, Of: c.of, Rate: c.rate, Low: c.low, High: c.high}
		if got := ResidueOf(r); got != want {
			t.Errorf("%d of %d: %+v, want %+v", c.n, c.of, got, want)
		}
	}
}

// TestResidueIntervalHoldsItsRate for every rate of small samples.
func TestResidueIntervalHoldsItsRate(t *testing.T) {
	for of := uint64(1); of <= 60; of++ {
		before := Residue{}
		for n := range of + 1 {
			res := &result.Result{AcceptCalls: of}
			res.Pairs[property.CallerAccepted][property.CalleeOffline] = n
			r := ResidueOf(res)
			if !(0 <= r.Low && r.Low <= r.Rate && r.Rate <= r.High && r.High <= 1) || r.Low < before.Low || r.High < before.High {
				t.Errorf("%d of %d: %+v after %+v", n, of, r, before)
			}
			before = r
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, n := range []struct{ got, want string }{
		{group(0), "0"},
		{group(7), "7"},
		{group(999), "999"},
		{group(1000), "1,000"},
		{group(12_345), "12,345"},
		{group(999_999), "999,999"},
		{group(1_000_000), "1,000,000"},
		{group(math.MaxUint64), "18,446,744,073,709,551,615"},

		{count(0, "world"), "0 worlds"},
		{count(1, "world"), "1 world"},
		{count(2, "world"), "2 worlds"},
		{count(1234, "world"), "1,234 worlds"},

		{percent(0), "0 %"},
		{percent(1), "100 %"},
		{percent(0.5), "50 %"},
		{percent(0.00123456), "0.123 %"},

		{round(0).String(), "0s"},
		{round(1234567 * time.Nanosecond).String(), "1.23ms"},
		{round(9994 * time.Microsecond).String(), "9.99ms"},
		{round(9996 * time.Microsecond).String(), "10ms"},
		{round(10_400 * time.Microsecond).String(), "10ms"},
		{round(335_500 * time.Microsecond).String(), "336ms"},
		{round(999_499 * time.Microsecond).String(), "999ms"},
		{round(1234 * time.Millisecond).String(), "1.23s"},
		{round(9996 * time.Millisecond).String(), "10s"},
		{round(12_345 * time.Millisecond).String(), "12.3s"},
		{round(61_250 * time.Millisecond).String(), "1m1.3s"},

		{seconds(0), "+0.000s"},
		{seconds(1250 * time.Millisecond), "+1.250s"},
		{seconds(-20 * time.Second), "-20.000s"},
		{fmt.Sprint(ms(1500 * time.Microsecond)), "1.5"},
		{fmt.Sprint(digits(0.12345678949)), "0.123456789"},
		{fmt.Sprint(digits(0.12345678951)), "0.12345679"},
	} {
		if n.got != n.want {
			t.Errorf("%s, want %s", n.got, n.want)
		}
	}
}

// story is a timeline with an entry before the send, one of each side, one of
// neither, and a violation.
func story() *event.Timeline {
	id := engine.ID{Epoch: 0x1f, Counter: 2}
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	return &event.Timeline{
		Call: 4711, World: 4, Caller: "user30", Callee: "user7", ID: id,
		CallerEnd: property.CallerCanceled, CalleeEnd: property.CalleeNeverRang,
		Entries: []event.Entry{
			{At: at(500), Kind: event.PhoneToggles, Node: "user7"},
			{At: at(2000), Kind: event.Pressed, Node: "user30", Op: "send", State: "SENT_TO_REMOTE"},
			{At: at(2000), Kind: event.CopySent, Node: "user30", Peer: "user7", Message: engine.Message{Kind: engine.Invite, ID: id}, Fate: event.Lost},
			{At: at(2250), Kind: event.PresenceTold, Node: "user9"},
			{At: at(14_000), Kind: event.Pressed, Node: "user30", Op: "cancel", State: "CANCELED"},
		},
		Violations: []property.Violation{violations(1)[0].Violation},
	}
}

func TestTimeline(t *testing.T) {
	never := story()
	never.ID, never.Entries, never.Violations = engine.ID{}, nil, nil
	for name, line := range map[string]*event.Timeline{"timeline": story(), "timeline-never-sent": never} {
		t.Run(name, func(t *testing.T) {
			requireFile(t, name+".txt", written(t, func(w io.Writer) error { return Timeline(w, line, "again & again") }))
			requireFile(t, name+".json", written(t, func(w io.Writer) error { return TimelineJSON(w, line, "again & again") }))
		})
	}
}

// full is a writer that takes room bytes and no more.
type full struct {
	room   int
	got    bytes.Buffer
	failed bool
	after  int // writes after the first that failed
}

var errFull = errors.New("no room")

func (f *full) Write(p []byte) (int, error) {
	if f.failed {
		f.after++
	}
	n := min(len(p), f.room)
	f.room -= n
	f.got.Write(p[:n])
	if n < len(p) {
		f.failed = true
		return n, errFull
	}
	return n, nil
}

// TestWriteErrorsAreReturned stops every kind of output after any number of bytes.
func TestWriteErrorsAreReturned(t *testing.T) {
	violated := answers(t)["violated"]
	for name, write := range map[string]func(io.Writer) error{
		"text":          func(w io.Writer) error { return Text(w, violated) },
		"json":          func(w io.Writer) error { return JSON(w, violated) },
		"timeline":      func(w io.Writer) error { return Timeline(w, story(), "again") },
		"timeline json": func(w io.Writer) error { return TimelineJSON(w, story(), "again") },
	} {
		t.Run(name, func(t *testing.T) {
			whole := written(t, write)
			for room := 0; room < len(whole); room += 1 + room/50 {
				f := &full{room: room}
				if err := write(f); !errors.Is(err, errFull) {
					t.Fatalf("after %d of %d bytes: error %v", room, len(whole), err)
				}
				if f.got.String() != whole[:room] || f.after != 0 {
					t.Fatalf("after %d bytes: wrote %q, and %d times more", room, f.got.String(), f.after)
				}
			}
			if err := write(&full{room: len(whole)}); err != nil {
				t.Errorf("there was room for all, and yet %v", err)
			}
		})
	}
}
