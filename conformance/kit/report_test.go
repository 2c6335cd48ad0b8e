package kit

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/mutant"
)

func never() bool { return false }

// reported are runs with all that a report can have: what passes, fails, is skipped, is
// known to fail, was known to fail, a world, the end of a run, texts with signs that formats
// escape, and nothing at all. conformance/formats validates the files.
func reported() map[string]*Result {
	second := Run(here(mutant.SecondRing), Options{Level: App, Only: "callee.ringing.invite*", Known: map[string]bool{"callee.ringing.invite-other-payload": true}}, never)
	second.LeftOut = 1000 // whatever the profile has
	second.Endpoint.Version, second.Endpoint.Language = "1.0.0", "Go"
	second.Outcomes[2].Skipped, second.Outcomes[2].Failure = "missed", nil
	start := &Case{ID: "odd", Title: "<odd>", Clause: "calls", Level: Wire, Steps: []Step{{Request: &invd.Reset{Setup: invd.Setup{Self: self, Epoch: "a1"}, Case: "odd"}}}}
	differs := &Difference{Case: start, Level: Wire, What: "a ]]> b\x1b[31m", Expected: []string{"\x00", "# no directive", "```"}, Got: []string{"---", "...", "\u009b31m \u202e two\n````\n# lines"}, Cell: "| <b>", Clause: "calls"}
	return map[string]*Result{
		"second-ring": second,
		"odd": {
			Endpoint: invd.Implementation{Protocol: invd.Protocol, Name: "<odd> & \"named\" \x00 \u202e | `", Version: "1", Language: "*C*", Roles: []string{"caller"}, Forms: []string{invd.JSON}, Features: []string{}, Clock: invd.Virtual, Unit: "ns"}, Options: Options{Level: Wire, Runs: 5, Worlds: 3, Seed: 7}, Requests: 9,
			Stale: []string{"old"}, Stopped: "3 times it gave no reply",
			Outcomes: []Outcome{
				{Name: "odd #1 \\ <&>\"' \x00 \uFFFE ü | `", Clause: "calls", Failure: differs},
				{Name: "known", Clause: "calls", Failure: differs, Known: true},
				{Name: "lacks", Clause: "told", Skipped: "note"},
				{Name: "worlds: S6", Clause: "properties", Broken: "S6 violated by <&>", World: "world 0, loss", Times: 2, tried: 3, breaks: "S6"},
				{Name: "fine", Clause: "told"},
			},
		},
		"nothing": {Endpoint: second.Endpoint, Options: Options{Level: App, Only: "smoke.*"}},
	}
}

// TestReports: what a failing endpoint looks like in each format.
func TestReports(t *testing.T) {
	for name, r := range reported() {
		r.Began, r.Took = time.UnixMilli(0), 0
		for i := range r.Outcomes {
			r.Outcomes[i].Took = 0
		}
		if r.Conforms() {
			t.Errorf("%s conforms", name)
		}
		for _, format := range Formats {
			var b bytes.Buffer
			if err := r.Report(&b, format); err != nil {
				t.Fatal(err)
			}
			golden.File(t, "testdata/"+name+"."+format, b.String())
		}
	}
	if err := new(Result).Report(io.Discard, "pdf"); err == nil {
		t.Error("there is a report in pdf")
	}
}

// TestLastWords: those of an endpoint that cannot be started again are text in every report.
func TestLastWords(t *testing.T) {
	r := &Result{Stopped: "the endpoint has ended: \x1b[31m*not*\n## <b>"}
	for format, want := range map[string]string{
		"text": "\nthe endpoint has ended: ?[31m*not*\n## <b>\n", "html": " the endpoint has ended: ?[31m*not*\n## &lt;b&gt;</p>", "md": " the endpoint has ended: ?\\[31m\\*not\\* ## \\<b>\n",
	} {
		var b strings.Builder
		if err := r.Report(&b, format); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %v: %q", format, err, b.String())
		}
	}
}

// TestReportSchema: the report in JSON is as its schema says, and the schema refuses others.
func TestReportSchema(t *testing.T) {
	schema := compiled(t, "report.schema.json")
	for name, r := range reported() {
		var b bytes.Buffer
		if err := r.Report(&b, "json"); err != nil {
			t.Fatal(err)
		}
		check := func(text string) error {
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			return schema.Validate(instance)
		}
		if err := check(b.String()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, change := range [][2]string{{`"conforms": false`, `"conforms": "no"`}, {`"stale": [`, `"old": [`}, {`"status": "skipped"`, `"status": "left"`}, {`"op": "reset"`, `"op": "begin"`}} {
			if broken := strings.Replace(b.String(), change[0], change[1], 1); broken != b.String() && check(broken) == nil {
				t.Errorf("%s: the schema takes %s", name, change[1])
			}
		}
	}
}

// TestRun: an endpoint that conforms passes all three parts; a known failure that passes
// is told.
func TestRun(t *testing.T) {
	o := Options{Level: App, Runs: 20, Worlds: 20, Seed: 1}
	r := Run(here(mutant.None), o, never)
	if passed, failed, skipped := r.Count(); !r.Conforms() || passed != len(Cases())+3 || failed+skipped > 0 || len(r.Pairs) < 5 || len(r.Triples) < 8 || r.Requests < 500 {
		t.Errorf("%d passed, %d failed, %d skipped, %d requests, ends %q and %q", passed, failed, skipped, r.Requests, r.Pairs, r.Triples)
	}
	o.Known = map[string]bool{"callee.ringing.invite": true, "worlds: S6": true}
	if r = Run(here(mutant.None), o, never); r.Conforms() || len(r.Stale) != 2 {
		t.Errorf("stale: %q", r.Stale)
	}
	r = Run(here(mutant.SecondRing), o, never)
	names := map[string]bool{}
	for i := range r.Outcomes {
		names[r.Outcomes[i].Name] = r.Outcomes[i].Failed()
	}
	if !names["callee.ringing.invite"] || !names["schedules: app, callee in INVITATION_RECEIVED: INVITE"] || !names["worlds: S6"] || r.Conforms() {
		t.Errorf("failures: %v", names)
	}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Name == "worlds: S6" && (o.World != "world 0, 4 calls, loss" || o.Times < 5) {
			t.Errorf("%d worlds; the first has become %q", o.Times, o.World)
		}
	}
	o.Level = Wire
	if r = Run(here(mutant.SecondRing), Options{Level: Wire, Runs: 20}, never); !r.Conforms() {
		t.Errorf("at level wire: %+v", r.Outcomes)
	}
	stopped := Run(here(mutant.None), o, func() bool { return true })
	if len(stopped.Outcomes) > 2 {
		t.Errorf("%d outcomes after a stop", len(stopped.Outcomes))
	}
}

// TestGroups: of one cause the failure with the fewest steps is shown, and the others are
// named. What is known to fail is not shown.
func TestGroups(t *testing.T) {
	failure := func(name, cell string, step int) Outcome {
		return Outcome{Name: name, Clause: "ties", Failure: &Difference{Case: Cases()[0], Level: Wire, Cell: cell, Step: step}}
	}
	r := &Result{Outcomes: []Outcome{failure("long", "A", 9), failure("other", "B", 3), failure("short", "A", 1), failure("longer", "A", 12), {Name: "fine", Clause: "ties"}, failure("known", "C", 1)}}
	r.Outcomes[5].Known = true
	var got []string
	for _, g := range r.groups() {
		got = append(got, g.Name()+" "+strings.Join(g.others, ","))
	}
	if want := []string{"short long,longer", "other "}; !slices.Equal(got, want) {
		t.Errorf("the groups are %q, not %q", got, want)
	}
	if got := r.byClause(); got != "ties 5 of 6" {
		t.Errorf("by clause: %s", got)
	}
}

// TestFields: a wrong field is one cause, in whatever cell; another message is not.
func TestFields(t *testing.T) {
	for _, c := range []struct{ expected, got, want string }{
		{`{"kind":"ACK","id":"a-1","device":"8"}`, `{"kind":"ACK","id":"a-1"}`, "ACK with another device"},
		{`{"name":"LocalInvitationCanceled","reason":"user"}`, `{"name":"LocalInvitationCanceled","note":"x"}`, "LocalInvitationCanceled with another note and reason"},
		{`{"kind":"INVITE","age_ns":1}`, `{"kind":"INVITE","age_ns":[1]}`, "INVITE with another age_ns"},
		{`{"kind":"ACK","for":"CANCEL"}`, `{"kind":"CLOSED","for":"CANCEL"}`, ""},
		{`{"kind":"ACK"}`, `bytes that are no message: 00`, ""},
		{"FAILURE a1-1", "CANCELED a1-1", ""},
	} {
		if got := fieldOf([]string{"same", c.expected}, []string{"same", c.got, "more"}); got != c.want {
			t.Errorf("%s and %s: %q, not %q", c.expected, c.got, got, c.want)
		}
	}
	if got := fieldOf([]string{"same"}, []string{"same", "more"}); got != "" {
		t.Errorf("one more: %q", got)
	}
	d := &Difference{Level: Wire, Field: "ACK with another device", Cell: "A"}
	if other := (&Difference{Level: Wire, Field: d.Field, Cell: "B"}); d.Cause() != other.Cause() {
		t.Errorf("%s, %s", d.Cause(), other.Cause())
	}
}

// hanging is an endpoint that gives no reply to what it is told of messages, for a reason.
type hanging struct {
	invd.Driver
	reason string
}

func (h hanging) Do(r invd.Request) (invd.Reply, error) {
	if _, ok := r.(*invd.Deliver); ok {
		return invd.Reply{}, errors.New("deliver: " + h.reason)
	}
	return h.Driver.Do(r)
}

// TestHanging: an endpoint that hangs is left after some times.
func TestHanging(t *testing.T) {
	for _, reason := range []string{invd.NoReply + " within 5s", "30001 times in a row " + invd.NoProgress} {
		r := Run(hanging{here(mutant.None), reason}, Options{Level: App, Runs: 100, Worlds: 100}, never)
		if _, failed, _ := r.Count(); failed != 3 || r.Stopped == "" || r.Conforms() {
			t.Errorf("%s: %d failed, stopped: %q", reason, failed, r.Stopped)
		}
	}
	only := &Result{Options: Options{Worlds: 100}}
	if only.worlds(hanging{here(mutant.None), invd.NoReply}, func() bool { return only.Stopped != "" }); len(only.Outcomes) != 1 || only.Outcomes[0].Times != 3 {
		t.Errorf("%d worlds", len(only.Outcomes))
	}
	r := Run(hanging{here(mutant.None), invd.NoReply}, Options{Level: App, Only: "send.*", Runs: 100}, never)
	if r.Stopped != "" {
		t.Errorf("stopped: %s", r.Stopped)
	}
}
