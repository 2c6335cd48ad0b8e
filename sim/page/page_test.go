// The page: golden files without their style, and what must hold for every page:
// it is well formed, refers to nothing outside, stays small, shows hostile text as
// text and is the same every time.

package page

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/timeline"
	"github.com/invsim/invsim/states"
)

func init() { garbage.Seldom() }

func pageOf(t testing.TB, p Page) string {
	t.Helper()
	return golden.Written(t, func(w io.Writer) error { return HTML(w, p) })
}

// runOf is a report of a result.
func runOf(r *result.Result) report.Run {
	return report.Run{
		Options: setup.Options{Seed: 18446744073709551615, Calls: 2_000_000}, Result: r, Again: `invsim run --uplink "a & b"`,
		Look: func(v result.WorldViolation) string { return fmt.Sprintf("invsim trace --call %d", v.Call) },
	}
}

// empty is the result of a run that was stopped before its first world.
func empty(t testing.TB) *result.Result {
	t.Helper()
	none := samples.Quiet(t, func(o *setup.Options) { o.Accept, o.Refuse = 0, 1 })
	return &result.Result{Interrupted: true, Accepted: none.Accepted, RingAfterCancel: none.RingAfterCancel}
}

// whole is a page with everything on it.
func whole(t testing.TB) Page { return wholeOf(t, samples.Drama(), samples.Story(), "") }

// wholeOf has the same with other calls, and with another text wherever there is one.
func wholeOf(t testing.TB, failing, call *event.Timeline, text string) Page {
	t.Helper()
	or := func(usual string) string {
		if text != "" {
			return text
		}
		return usual
	}
	r := samples.Result(t)
	r.Violations, r.ViolationCount = samples.Violations(1), 1
	r.ByProperty[property.S6] = 1
	r.Pairs[property.CallerCanceled][property.CalleeAccepted] = 1
	r.Crashes, r.NotPromised[property.S14] = 12, 3
	r.Goals[property.CancelCrossedAccept], r.Goals[property.Redial] = 1, 4711
	r.Cover = &event.Cover{}
	for _, step := range []struct {
		engine.Step
		times int
	}{
		{engine.Step{Local: true, From: uint8(states.LocalIdle), To: uint8(states.LocalSentToRemote), Trigger: uint8(states.LocalSend), Kind: states.Move}, 1234},
		{engine.Step{Local: true, From: uint8(states.LocalSentToRemote), To: uint8(states.LocalCanceled), Trigger: uint8(states.LocalCancel), Kind: states.Move}, 1},
		{engine.Step{From: uint8(states.RemoteIdle), To: uint8(states.RemoteInvitationReceived), Trigger: uint8(states.RemoteInvite), Kind: states.Move}, 1200},
	} {
		for range step.times {
			r.Cover.Add(&step.Step, event.Plainly)
		}
	}
	run := runOf(r)
	run.Options = setup.Default()
	run.Options.Every[fault.Crash] = time.Minute
	run.Asked = report.Asked{Goals: []report.Goal{{Name: or("redial"), Times: 4711}, {Name: or("glare")}}}
	run.Version = or("v1.2.3")
	why := &explain.Explanation{Sentences: []explain.Sentence{{Text: or("The CANCEL was lost.")}, {Text: or("The INVITE came twice.")}}}
	if text != "" {
		r.Violations[0].Detail, run.Again = text, text
		run.Look = func(result.WorldViolation) string { return text }
	}
	story := append([]part{{Text: or("S6: at most one ring per id")}, {Title: "What it takes", Bullets: []string{or("CANCEL #1 lost"), or("bob offline 1.2–3.4 s")}}},
		worldParts("failure-1", failing, why, or("invsim replay 2Vx9"), or("2Vx9"))...)
	shown := callOf("call-1", call)
	shown.Title, shown.Why, shown.Look = or("CANCELED/NEVER_RANG"), or("1 call ended like this"), or("invsim trace --call 4711")
	return runPage(run, or("preset everything"), []section{{"failure-1", or("S6, made small"), story}}, []callView{shown})
}

func TestPageFiles(t *testing.T) {
	for name, p := range map[string]Page{"whole.html": whole(t), "bare.html": runPage(runOf(empty(t)), "default world", nil, nil)} {
		page := pageOf(t, p)
		if strings.Count(page, pageStyle) != 1 || strings.Count(page, svg.Style) != 1 {
			t.Errorf("%s: not each style once", name)
		}
		golden.File(t, filepath.Join("..", "..", "testdata", "page", name), strings.Replace(page, pageStyle+svg.Style, "/* left out */", 1))
	}
}

// pages are pages of all kinds.
func pages(t testing.TB) map[string]Page {
	t.Helper()
	all := map[string]Page{"whole": whole(t), "hostile": hostile(t), "large": large(t)}
	interrupted := samples.Result(t)
	interrupted.Interrupted = true
	for name, r := range map[string]*result.Result{"held": samples.Result(t), "interrupted": interrupted, "empty": empty(t)} {
		all[name] = runPage(runOf(r), "default world", nil, nil)
	}
	for name, p := range realPages(t) {
		all[name] = p
	}
	return all
}

// tag is an element as the reader of a page meets it.
type tag struct {
	name       string
	attributes map[string]string
}

// tags reads a page as XML, which is stricter than HTML.
func tags(t testing.TB, page string) (all []tag, text string) {
	t.Helper()
	var read strings.Builder
	decoder := xml.NewDecoder(strings.NewReader(page))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return all, read.String()
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attributes := map[string]string{}
			for _, a := range token.Attr {
				if _, twice := attributes[a.Name.Local]; twice {
					t.Errorf("%s has %s twice", token.Name.Local, a.Name.Local)
				}
				attributes[a.Name.Local] = a.Value
			}
			all = append(all, tag{token.Name.Local, attributes})
		case xml.CharData:
			read.Write(token)
		}
	}
}

func TestPagesAreWellFormed(t *testing.T) {
	for name, p := range pages(t) {
		t.Run(name, func(t *testing.T) {
			all, _ := tags(t, pageOf(t, p))
			ids, level := map[string]bool{}, 0
			for _, e := range all {
				if id, ok := e.attributes["id"]; ok && ids[id] {
					t.Errorf("two elements are called %s", id)
				} else if ok {
					ids[id] = true
				}
				if len(e.name) == 2 && e.name[0] == 'h' && e.name[1] >= '1' && e.name[1] <= '6' {
					if next := int(e.name[1] - '0'); next > level+1 {
						t.Errorf("a heading of level %d after one of level %d", next, level)
					} else {
						level = next
					}
				}
				if e.name == "svg" && (e.attributes["role"] != "img" || e.attributes["aria-label"] == "") {
					t.Errorf("a picture says nothing to those who do not see it: %v", e.attributes)
				}
			}
			for _, e := range all {
				for _, id := range []string{strings.TrimPrefix(e.attributes["href"], "#"), e.attributes["aria-labelledby"]} {
					if id != "" && id != "data:," && !ids[id] {
						t.Errorf("%s refers to %s, which is not there", e.name, id)
					}
				}
			}
			if !slices.ContainsFunc(all, func(e tag) bool { return e.name == "h1" }) {
				t.Error("no heading")
			}
		})
	}
}

// A page asks nobody for anything and runs nothing.
func TestPagesStandAlone(t *testing.T) {
	for name, p := range pages(t) {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, p)
			for _, outside := range []string{"http:", "https:", "src=", "@import", "url(", "javascript:", "<base", "<iframe"} {
				if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), outside) {
					t.Errorf("the page has %s", outside)
				}
			}
			all, _ := tags(t, page)
			for _, e := range all {
				for attribute, value := range e.attributes {
					if strings.HasPrefix(attribute, "on") {
						t.Errorf("%s has %s=%q", e.name, attribute, value)
					}
					if attribute == "href" && !strings.HasPrefix(value, "#") && value != "data:," {
						t.Errorf("%s leads to %s", e.name, value)
					}
				}
				if e.name == "script" && e.attributes["type"] != "application/json" {
					t.Error("a script")
				}
			}
		})
	}
}

const evil = `<script>alert("1")</script><!-- ]]>'&`

// hostile is a page whose every text tries to be markup.
func hostile(t testing.TB) Page {
	t.Helper()
	return wholeOf(t, evilCall(), evilCall(), evil)
}

func evilCall() *event.Timeline {
	line := samples.Drama()
	line.Caller, line.Callee = evil, evil+"\x00\xff"
	for i := range line.Entries {
		e := &line.Entries[i]
		e.Node, e.Peer = strings.ReplaceAll(e.Node, "ann", evil), strings.ReplaceAll(e.Peer, "ann", evil)
		e.Op, e.State = evil, evil
	}
	line.Violations[0].Detail = evil
	return line
}

func TestHostileTextIsText(t *testing.T) {
	page := pageOf(t, hostile(t))
	if strings.Contains(page, "<script>") || strings.Count(page, "<script ") != 1 || strings.Count(page, "</script>") != 1 || strings.Contains(page, "<!-- ") {
		t.Error("text has become markup")
	}
	_, text := tags(t, page)
	if n := strings.Count(text, evil); n < 12 {
		t.Errorf("the text is shown %d times", n)
	}
	if _, data, _ := strings.Cut(page, `id="data">`); !strings.Contains(data, `\u003cscript`) {
		t.Error("the data has no escaped text")
	}
	picture := string(timeline.SVG(evilCall()))
	if strings.Contains(picture, "<script") {
		t.Error("text has become markup in the picture")
	}
}

// large is a page of a run of millions of calls, with more and longer stories than a page
// takes.
func large(t testing.TB) Page {
	t.Helper()
	line := samples.Drama()
	refused := event.Entry{Kind: event.Pressed, Node: "bob", Op: "accept", Err: errors.New("accept: invitation ffffffffffffffff-4294967295 from " + strings.Repeat("a", 64) + " is ACCEPT_SENT_TO_LOCAL: already accepted")}
	for i := range 4000 {
		refused.At = 20*time.Second + time.Duration(i)*time.Millisecond
		line.Entries = append(line.Entries, refused,
			event.Entry{At: refused.At, Kind: event.CopySent, Node: "ann", Peer: "bob", Message: engine.Message{Kind: engine.Closed, Word: 2}, Copy: i + 9, Fate: event.Offline})
	}
	r := samples.Result(t)
	r.Accepted = waits(t)
	r.Violations, r.ViolationCount = samples.Violations(100), 1<<63
	var calls []callView
	for i := range 40 {
		shown := callOf(fmt.Sprintf("call-%d", i), line)
		shown.Title = "One of many"
		calls = append(calls, shown)
	}
	return runPage(runOf(r), "default world", nil, calls)
}

func TestPagesAreSmall(t *testing.T) {
	page := pageOf(t, large(t))
	if len(page) > 4_000_000 {
		t.Errorf("%d bytes", len(page))
	}
	if n := strings.Count(page, "<b>One of many</b>"); n != 40 {
		t.Errorf("%d calls are shown", n)
	}
}

// The data of the page is what JSON writes, and the plots' numbers.
func TestPageData(t *testing.T) {
	_, rest, _ := strings.Cut(pageOf(t, whole(t)), `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var got struct {
		Run struct {
			Pairs      map[string]uint64
			Violations []struct{ Property string }
			Again      string
		}
		Histograms map[string][]jsonBin
		Visits     map[string][]move
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if r := got.Run; r.Pairs["ACCEPTED/ACCEPT_FAILURE"] != 100 || r.Again != `invsim run --uplink "a & b"` || len(r.Violations) != 1 || r.Violations[0].Property != "S6" {
		t.Errorf("the run is %+v", r)
	}
	if bins := got.Histograms["accepted"]; len(bins) != 1 || bins[0] != (jsonBin{100, 121.2, 10}) {
		t.Errorf("the histogram is %v", bins)
	}
	if bins := got.Histograms["ring_after_cancel"]; len(bins) != 1 || bins[0].Count != 10 {
		t.Errorf("the other histogram is %v", bins)
	}
	if !slices.Contains(got.Visits["local"], move{"IDLE", "SENT_TO_REMOTE", "send()", 1234}) || len(got.Visits["remote"]) < 10 {
		t.Errorf("visits %v", got.Visits)
	}
}

func TestPagesAreTheSameEveryTime(t *testing.T) {
	p := whole(t)
	first := pageOf(t, p)
	for range 20 {
		if pageOf(t, p) != first {
			t.Fatal("two pages of one run differ")
		}
	}
}

func TestMatrix(t *testing.T) {
	r := &result.Result{Calls: 1 << 20}
	r.Pairs[property.CallerAccepted][property.CalleeAccepted] = 1<<20 - 4113
	r.Pairs[property.CallerAccepted][property.CalleeAcceptFailure] = 16
	r.Pairs[property.CallerRefused][property.CalleeRefused] = 4096
	r.Pairs[property.CallerRefused][property.CalleeAccepted] = 1
	m := matrixOf("", r, everything)
	var names []string
	for _, c := range m.Columns {
		names = append(names, strings.Join(c, ""))
	}
	if got, want := strings.Join(names, " "), "ACCEPTED REFUSED CANCELED EXPIRED ACCEPT_FAILURE PEER_OFFLINE NEVER_RANG"; got != want {
		t.Errorf("columns are %s", got)
	}
	if len(m.Rows) != 7 || m.Rows[0].Name[0] != "ACCEPTED" || m.Rows[1].Sum.Text != "4,097" || m.Rows[1].Sum.Brief != "4k" {
		t.Errorf("rows are %+v", m.Rows)
	}
	for _, each := range []struct {
		row, column int
		class, text string
	}{
		{0, 0, "shade8", "1,044,463"}, {0, 4, "shade1", "16 †"}, {0, 5, "none", "0"}, {0, 1, "impossible", "·"},
		{1, 1, "shade4", "4,096"}, {1, 0, "forbidden", "✗ 1"},
	} {
		if c := m.Rows[each.row].Cells[each.column]; c.Class != each.class || c.Text != each.text {
			t.Errorf("row %d, column %d is %+v, want %s %q", each.row, each.column, c, each.class, each.text)
		}
	}
	r.Pairs[property.CallerOpen][property.CalleeOpen] = 1
	if m := matrixOf("", r, everything); m.Columns[0][0] != "OPEN" || m.Rows[0].Name[0] != "OPEN" || m.Rows[0].Cells[0].Class != "forbidden" {
		t.Errorf("open calls: %+v", m.Rows[0])
	}
}

// TestMatrixKnowsWhatIsPromised: a pair that the protocol rules out is red only where the
// world promises it, and elsewhere counted with a mark of its own.
func TestMatrixKnowsWhatIsPromised(t *testing.T) {
	o := setup.Default()
	o.Calls, o.World, o.Loss, o.Every[fault.Crash], o.Snapshots = 4000, 1000, 0.1, 20*time.Second, setup.Nothing
	leaping := setup.Default() // during some calls only
	leaping.Calls, leaping.World, leaping.Every[fault.Jump], leaping.For[fault.Jump] = 4000, 1000, 2*time.Hour, time.Hour
	leaping.Mutant = mutant.AcceptWithoutConfirm
	for name, c := range map[string]struct {
		o   setup.Options
		red bool
	}{"crashes": {o, false}, "broken, and leaps": {leaping, true}} {
		r, err := sim.Run(t.Context(), c.o, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		run := runOf(r)
		run.Options = c.o
		m := matrixOf("", r, run.Options.Promised)
		red, marked, ruled := 0, 0, uint64(0)
		for _, row := range m.Rows {
			for _, cell := range row.Cells {
				if cell.Class == "forbidden" {
					red++
				}
				if strings.HasSuffix(cell.Text, " ‡") && strings.HasSuffix(cell.Title, "such a world does not promise it") {
					marked++
				}
			}
		}
		for caller := range r.Pairs {
			for callee, n := range r.Pairs[caller] {
				if !property.Allowed(property.CallerEnd(caller), property.CalleeEnd(callee)) {
					ruled += n
				}
			}
		}
		if ruled == 0 || (red > 0) != c.red || !c.red && (marked == 0 || !m.Unpromised || r.ViolationCount > 0) {
			t.Errorf("%s: %d calls are ruled out; %d cells are red, %d marked; %d violations", name, ruled, red, marked, r.ViolationCount)
		}
		if page := pageOf(t, runPage(run, "x", nil, nil)); !c.red && !strings.Contains(page, "Broken, but not promised in such a world") {
			t.Errorf("%s: the page does not count what was broken", name)
		}
	}
}

func TestShades(t *testing.T) {
	last := 0
	for n := uint64(1); n <= 1<<40; n *= 2 {
		var shade int
		if _, err := fmt.Sscanf(shadeOf(n, 1<<40), "shade%d", &shade); err != nil || shade < last || shade < 1 || shade > shades {
			t.Fatalf("%d of a trillion is shade %d after %d", n, shade, last)
		}
		last = shade
	}
	if last != shades || !strings.Contains(pageStyle, fmt.Sprintf(".shade%d {", shades)) {
		t.Errorf("all is shade %d", last)
	}
}

// Every option is on the page, by the name that a user sets it with.
func TestOptionRows(t *testing.T) {
	link, err := netem.ReadLink("a & b.up", strings.NewReader("1\n2\n"))
	if err != nil {
		t.Fatal(err)
	}
	o := setup.Default()
	o.Uplink, o.Engine.FailAtOnce, o.Engine.Times.Grace = link, true, 0
	rows := optionRows(o)
	if len(rows) != len(o.Fields()) {
		t.Errorf("%d rows for %d options", len(rows), len(o.Fields()))
	}
	for _, want := range []row{{"seed", "1"}, {"uplink", "a & b.up"}, {"downlink", "none"}, {"latency", "50ms..250ms"}, {"offline-for", "20s"},
		{"snapshots", "fresh"}, {"fail-at-once", "true"}, {"grace-time", "0s"}, {"no-response-time", "30s"}} {
		if !slices.Contains(rows, want) {
			t.Errorf("no %v among %v", want, rows)
		}
	}
	o.Faults = make([]fault.Scheduled, 100)
	for _, r := range optionRows(o) {
		if len([]rune(r.Value)) > longestOption {
			t.Errorf("%s has %d characters", r.Name, len([]rune(r.Value)))
		}
	}
}

func TestWriteErrorsAreReturned(t *testing.T) {
	golden.RequireWriteErrors(t, func(w io.Writer) error { return HTML(w, whole(t)) })
}
