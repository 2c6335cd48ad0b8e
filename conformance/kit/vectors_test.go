package kit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/states"
	"github.com/invsim/invsim/wire"
)

// core10 is the SHA-256 of all cases. It changes only with a new profile.
const core10 = "52ab812ff3589afdf1533849dc0242f314a93118b998afb96c12e98063b3091f"

// TestFrozen: the profile is what it was.
func TestFrozen(t *testing.T) {
	sum := sha256.New()
	seen := map[string]bool{}
	for _, c := range Cases() {
		if seen[c.ID] || !regexp.MustCompile(`^[a-z0-9.-]+$`).MatchString(c.ID) {
			t.Errorf("%q is no id, or two cases have it", c.ID)
		}
		seen[c.ID] = true
		sum.Write(c.Write())
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != core10 {
		t.Errorf("the sum of %d cases is %s, not %s", len(Cases()), got, core10)
	}
}

// TestCases: the reference passes, every clause is a heading of the specification, and
// what is written is read again.
func TestCases(t *testing.T) {
	page, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	schema := compiled(t, "case.schema.json")
	for _, c := range Cases() {
		if found, skipped := c.Run(here(mutant.None)); found != nil || skipped != "" {
			t.Errorf("%s: %+v %s", c.ID, found, skipped)
		}
		if !strings.Contains(string(page), "(#"+c.Clause+")") {
			t.Errorf("%s: the specification has no clause %q", c.ID, c.Clause)
		}
		text := c.Write()
		again, err := Read(text)
		if err != nil || !bytes.Equal(again.Write(), text) {
			t.Errorf("%s is read as another: %v", c.ID, err)
			continue
		}
		if found, skipped := again.Run(here(mutant.None)); found != nil || skipped != "" {
			t.Errorf("%s, read from its file: %+v %s", c.ID, found, skipped)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = schema.Validate(instance)
		}
		if err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}

func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	for name, text := range map[string][]byte{"case.schema.json": Schema(), "driver.schema.json": invd.Schema(), "report.schema.json": ReportSchema()} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = compiler.AddResource(name, document)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// unreachable tells why an endpoint never uses a cell: the state of an invitation decides
// before the arguments of a call, and a tombstone has no part in a resync, a report or a
// logout.
func unreachable(cell string) bool {
	in, on, _ := strings.Cut(cell, ": ")
	switch {
	case strings.HasPrefix(on, "send(), "):
		return in != "caller IDLE"
	case strings.HasSuffix(on, "(), invalid response"):
		return in != "callee INVITATION_RECEIVED"
	case on == "resync", on == "logout", strings.HasPrefix(on, "callee offline"), on == "caller offline":
		return slices.Contains([]string{"caller IDLE", "caller ACCEPTED_BY_REMOTE", "caller REFUSED_BY_REMOTE", "callee IDLE", "callee ACCEPTED", "callee CANCELED", "callee FAILURE"}, in)
	}
	return false
}

// TestEveryCell: the cases use every cell of both tables.
func TestEveryCell(t *testing.T) {
	used := map[string]bool{}
	for _, c := range Cases() {
		ours := newTestee(invd.Here(&reference.Endpoint{}))
		for _, s := range c.Steps {
			reply, _ := ours.Do(traced(s.Request, true))
			for _, cell := range reply.Trace {
				used[cell.Table+" "+cell.In+": "+cell.On] = true
			}
		}
	}
	want := map[string]bool{}
	for s := range states.LocalState(7) {
		for on := range states.LocalTrigger(states.NumLocalTriggers) {
			if states.Local().At(s, on).Kind != states.Impossible {
				want["caller "+s.String()+": "+on.String()] = true
			}
		}
	}
	for s := range states.RemoteState(7) {
		for on := range states.RemoteTrigger(states.NumRemoteTriggers) {
			if states.Remote().At(s, on).Kind != states.Impossible {
				want["callee "+s.String()+": "+on.String()] = true
			}
		}
	}
	for _, cell := range sorted(want) {
		if used[cell] == unreachable(cell) {
			t.Errorf("%s: used: %v", cell, used[cell])
		}
	}
	if len(want) < 300 || len(used) < 250 {
		t.Errorf("%d cells, %d used", len(want), len(used))
	}
}

// TestBadCases: what is no case is refused, with a reason.
func TestBadCases(t *testing.T) {
	for text, want := range map[string]string{
		``:                                    "read a case: EOF",
		`{"id":"x","steps":[]}`:               `read case "x": it has either steps or a scene`,
		`{"id":"x","scene":{"side":"alice"}}`: `read case "x": side "alice" is neither caller nor callee`,
		`{"id":"x","scene":{"side":"caller","do":[{"at":1,"side":"caller","act":"ring"}]}}`: `read case "x": "ring" of the side "caller" at 1 is nothing to do`,
		`{"id":"x","more":1}`:                   `read a case: json: unknown field "more"`,
		`{"steps":[{"request":{"op":"ring"}}]}`: `read a case: read a request: there is no op "ring"`,
	} {
		if _, err := Read([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// plainOnly is an endpoint of few features that draws its own epoch.
type plainOnly struct {
	reference.Endpoint
	form string
}

func newPlain(form string) *plainOnly {
	return &plainOnly{reference.Endpoint{Adjust: func(o *engine.Options) { o.Times.Refresh = 0 }}, form}
}

func (p *plainOnly) Hello() invd.Implementation {
	who := p.Endpoint.Hello()
	who.Features, who.Forms = nil, []string{p.form}
	return who
}

// TestFewFeatures: an endpoint that has the core alone passes what it can, in its own form
// and under its own epochs, and is not asked for what it lacks.
func TestFewFeatures(t *testing.T) {
	for _, form := range []string{invd.JSON, invd.Binary} {
		passed, skips := 0, []string{}
		for _, c := range Cases() {
			found, skipped := c.Run(invd.Here(newPlain(form)))
			switch {
			case found != nil && !strings.HasPrefix(c.ID, "robust."):
				t.Fatalf("%s: %+v", c.ID, found)
			case skipped != "":
				skips = append(skips, skipped)
			default:
				passed++
			}
		}
		slices.Sort(skips)
		if passed < 400 || len(slices.Compact(skips)) < 8 {
			t.Errorf("%s: %d passed, skipped for %q", form, passed, slices.Compact(skips))
		}
		for seed := range uint64(100) {
			if found, _ := Side(invd.Here(newPlain(form)), seed, App); found != nil {
				t.Fatalf("%s: seed %d: %s: %+v", form, seed, found.Cause(), found)
			}
		}
	}
}

// oneRole is our engine as a caller or a callee alone.
type oneRole struct {
	reference.Endpoint
	role string
	t    *testing.T
}

func (o *oneRole) Hello() invd.Implementation {
	who := o.Endpoint.Hello()
	who.Roles = []string{o.role}
	return who
}

func (o *oneRole) Do(r invd.Request) invd.Reply {
	if a, ok := r.(*invd.App); ok && roleOf[a.Call] != "" && roleOf[a.Call] != o.role {
		o.t.Errorf("the %s is asked to %s", o.role, a.Call)
	}
	return o.Endpoint.Do(r)
}

// TestOneRole: an endpoint with one role passes the cases of this role, and is asked for
// nothing of the other.
func TestOneRole(t *testing.T) {
	for role, other := range map[string]string{caller: callee, callee: caller} {
		d, passed := invd.Here(&oneRole{role: role, t: t}), 0
		for _, c := range Cases() {
			found, skipped := c.Run(d)
			if found != nil || skipped != "" && skipped != other {
				t.Errorf("%s: %s: %+v, %s", role, c.ID, found, skipped)
			}
			if skipped == "" {
				passed++
			} else if strings.HasPrefix(c.ID, role+".") || strings.HasSuffix(c.ID, "."+role) {
				t.Errorf("%s: %s is skipped", role, c.ID)
			}
		}
		if passed < 400 {
			t.Errorf("%s: %d cases", role, passed)
		}
		for seed := range uint64(50) {
			if found, _ := Side(d, seed, App); found != nil {
				t.Errorf("%s: seed %d: %+v", role, seed, found)
			}
		}
	}
}

// stepped is an endpoint that tells no deadlines and is told to go in steps.
type stepped struct {
	reference.Endpoint
	t   *testing.T
	now invd.Time
}

func (s *stepped) Hello() invd.Implementation {
	who := s.Endpoint.Hello()
	who.Clock, who.Step = invd.Stepped, second
	return who
}

func (s *stepped) Do(r invd.Request) invd.Reply {
	if reset, ok := r.(*invd.Reset); ok {
		s.now = reset.Now
	} else if _, ok := r.(*invd.Restore); !ok && nowOf(r) > s.now+second {
		s.t.Errorf("%s: from %d to %d", r.Op(), s.now, nowOf(r))
	}
	s.now = nowOf(r)
	reply := s.Endpoint.Do(r)
	reply.Next = invd.Deadline{}
	return reply
}

// TestStepped: such an endpoint passes, and is not late.
func TestStepped(t *testing.T) {
	d := invd.Here(&stepped{t: t})
	skips := 0
	for _, c := range Cases() {
		found, skipped := c.Run(d)
		if found != nil {
			t.Fatalf("%s: %+v", c.ID, found)
		}
		if skipped == "late" {
			skips++
		}
	}
	if skips < 10 {
		t.Errorf("%d cases are late", skips)
	}
	for seed := range uint64(60) {
		if found, _ := Side(d, seed, App); found != nil {
			t.Fatalf("seed %d: %s: %+v", seed, found.Cause(), found)
		}
	}
}

// TestMilliseconds: an endpoint that counts milliseconds can play every case and schedule.
func TestMilliseconds(t *testing.T) {
	odd := regexp.MustCompile(`"(now|held|away|[a-z_]+)":[0-9]*[1-9][0-9]{0,5}[,}]`)
	check := func(r invd.Request) {
		text, err := invd.EncodeRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		text = regexp.MustCompile(`"message":\{[^}]*\}`).ReplaceAll(text, nil)
		text = regexp.MustCompile(`"max_[a-z_]+":[0-9]+`).ReplaceAll(text, nil)
		if bad := odd.Find(text); bad != nil && !regexp.MustCompile(`[1-9][0-9]*000000[,}]$`).Match(bad) {
			t.Fatalf("%s in %s", bad, text)
		}
	}
	for _, c := range Cases() {
		for _, s := range c.Steps {
			check(s.Request)
		}
	}
	for seed := range uint64(50) {
		p := newPair(here(mutant.None), App)
		s := newSchedule(seed, func(string) bool { return true })
		for range steps {
			r := s.step()
			check(r)
			if want, _ := p.do(r); want != nil {
				s.next = p.next
				s.note(want)
			}
		}
	}
}

func decodeJSON(text []byte) (engine.Message, bool) {
	m, err := wire.Decode(text)
	return m, err == nil
}

func encodeJSON(m engine.Message) json.RawMessage {
	text, err := wire.EncodeJSON(m)
	if err != nil {
		panic(err)
	}
	return text
}
