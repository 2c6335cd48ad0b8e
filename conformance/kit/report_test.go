package kit

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/mutant"
)

func never() bool { return false }

// TestReports: what a failing endpoint looks like in each format.
func TestReports(t *testing.T) {
	r := Run(here(mutant.SecondRing), Options{Level: App, Only: "callee.ringing.invite*", Known: map[string]bool{"callee.ringing.invite-other-payload": true}}, never)
	r.LeftOut = 1000 // whatever the profile has
	r.Began, r.Took, r.Endpoint.Version, r.Endpoint.Language = time.UnixMilli(0), 0, "1.0.0", "Go"
	for i := range r.Outcomes {
		r.Outcomes[i].Took = 0
	}
	r.Outcomes[2].Skipped = "missed"
	if r.Outcomes[2].Failure = nil; r.Conforms() {
		t.Error("it conforms")
	}
	texts := map[string]string{}
	for _, format := range Formats {
		var b bytes.Buffer
		if err := r.Report(&b, format); err != nil {
			t.Fatal(err)
		}
		texts[format] = b.String()
		golden.File(t, "testdata/second-ring."+format, b.String())
	}
	if err := r.Report(io.Discard, "pdf"); err == nil {
		t.Error("there is a report in pdf")
	}

	if page := texts["html"]; strings.Count(page, "<h2>") != 2 || strings.Contains(page, "<script") || strings.Contains(page, `"op":"reset"`) {
		t.Errorf("the page is\n%s", page)
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

// hanging is an endpoint that gives no reply to what it is told of messages.
type hanging struct{ invd.Driver }

func (h hanging) Do(r invd.Request) (invd.Reply, error) {
	if _, ok := r.(*invd.Deliver); ok {
		return invd.Reply{}, errors.New("deliver: " + invd.NoReply + " within 5s")
	}
	return h.Driver.Do(r)
}

// TestHanging: an endpoint that hangs is left after some times.
func TestHanging(t *testing.T) {
	r := Run(hanging{here(mutant.None)}, Options{Level: App, Runs: 100, Worlds: 100}, never)
	if _, failed, _ := r.Count(); failed != 3 || r.Stopped == "" || r.Conforms() {
		t.Errorf("%d failed, stopped: %q", failed, r.Stopped)
	}
	only := &Result{Options: Options{Worlds: 100}}
	if only.worlds(hanging{here(mutant.None)}, func() bool { return only.Stopped != "" }); len(only.Outcomes) != 1 || only.Outcomes[0].Times != 3 {
		t.Errorf("%d worlds", len(only.Outcomes))
	}
	r = Run(hanging{here(mutant.None)}, Options{Level: App, Only: "send.*", Runs: 100}, never)
	if r.Stopped != "" {
		t.Errorf("stopped: %s", r.Stopped)
	}
}
