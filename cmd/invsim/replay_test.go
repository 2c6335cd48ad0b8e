package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// secondRing is the token of three calls of which the second breaks S6: its RECEIVED
// is lost, and the callee's engine rings for every copy of an INVITE.
func secondRing() string {
	o := setup.PlainOptions()
	o.Calls, o.World, o.Loss, o.Arrivals = 3, 3, 0.5, 0.1
	o.Accept, o.Ignore, o.Mutant = 0, 1, mutant.SecondRing
	t := &tape.Recorded{}
	for call := range tape.Key(3) {
		t.Set(tape.Choice{What: tape.Arrival, About: call}, uint64(call)<<62)
	}
	t.Set(tape.Choice{What: tape.Loss, About: 1<<28 | 2<<24}, 1<<63)
	return (&setup.Token{Options: o, Tape: t}).String()
}

// TestReplay: the verdict, the failing call's story, and the exit code.
func TestReplay(t *testing.T) {
	stdout, stderr, code := invsim("replay", secondRing())
	if code != exitViolated || stderr != "" {
		t.Errorf("exit %d: %s", code, stderr)
	}
	requireFile(t, "../shrink/replay.txt", stdout)
	stdout, _, code = invsim("replay", "--call", "0", secondRing())
	if code != exitViolated || !strings.Contains(stdout, "\ncall 0  user0 → user1") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
	stdout, _, code = invsim("replay", secondRing(), "-o", "json")
	var story struct {
		Call       int
		Violations []string
	}
	if err := json.Unmarshal([]byte(stdout), &story); err != nil || code != exitViolated || story.Call != 1 || len(story.Violations) == 0 {
		t.Errorf("exit %d, %v: %s", code, err, stdout)
	}
	for _, args := range [][]string{{"replay", secondRing()}, {"replay", "--shrink", secondRing()}} {
		if stdout, _, code = invsim(append(args, "-o", "mermaid")...); code != exitViolated || !strings.HasPrefix(stdout, "sequenceDiagram\n") {
			t.Errorf("%v: exit %d:\n%s", args, code, stdout)
		}
	}
	plain := setup.PlainOptions()
	stdout, _, code = invsim("replay", (&setup.Token{Options: plain}).String())
	if code != exitHeld || !strings.HasPrefix(stdout, "HELD") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}

// TestReplayShrinks: a token goes in, and a smaller one with the same failure comes out.
func TestReplayShrinks(t *testing.T) {
	stdout, stderr, code := invsim("replay", "--shrink", secondRing())
	if code != exitViolated || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	requireFile(t, "../shrink/replay-shrink.txt", stdout)
	token := stdout[strings.Index(stdout, "\ntoken: ")+len("\ntoken: "):]
	small, _, code := invsim("replay", token[:strings.IndexByte(token, '\n')])
	if code != exitViolated || !strings.Contains(small, "S6 violated") {
		t.Errorf("exit %d:\n%s", code, small)
	}
	asJSON, _, code := invsim("replay", "--shrink", secondRing(), "-o", "json")
	var failure struct {
		Property string
		Faults   []string
	}
	if err := json.Unmarshal([]byte(asJSON), &failure); err != nil || code != exitViolated || failure.Property != "S6" || len(failure.Faults) != 1 {
		t.Errorf("exit %d, %v: %s", code, err, asJSON)
	}
}

// TestReplayAs: the failure as a test to keep.
func TestReplayAs(t *testing.T) {
	for _, form := range []string{"script", "gotest"} {
		stdout, stderr, code := invsim("replay", secondRing(), "--as", form)
		if code != exitViolated || stderr != "" {
			t.Errorf("exit %d: %s", code, stderr)
		}
		requireFile(t, "../shrink/replay-"+form+".txt", stdout)
	}
	for says, args := range map[string][]string{
		`--as "scrpt": there are gotest, script; did you mean script?`: {"--as", "scrpt"},
		"--as script: --output or --call is given, too":                {"--as", "script", "-o", "json"},
	} {
		if stdout, stderr, code := invsim(append([]string{"replay", secondRing()}, args...)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
}

// TestReplayShrinksWhatIsNotPromised: it ends with 0, for no promise is broken.
func TestReplayShrinksWhatIsNotPromised(t *testing.T) {
	o := setup.PlainOptions()
	o.KeepOld, o.Latency = true, netem.Between(50*time.Millisecond, 10*time.Minute)
	late := &tape.Recorded{}
	first := tape.Choice{What: tape.Latency, About: 1 << 24}
	late.Set(first, o.DrawOf(first, 8*time.Minute))
	token := (&setup.Token{Options: o, Tape: late}).String()
	stdout, _, code := invsim("replay", token)
	if code != exitHeld || !strings.Contains(strings.Join(strings.Fields(stdout), " "), " such a world: S6 (at most one ring per id), 1 time ") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
	stdout, _, code = invsim("replay", "--shrink", token)
	if code != exitHeld || !strings.HasPrefix(stdout, "S6  at most one ring per id\nbroken, and not promised") {
		t.Errorf("exit %d:\n%s", code, stdout)
	}
}

// TestReplayNeedsRecordings that its token names.
func TestReplayNeedsRecordings(t *testing.T) {
	const up = "../../testdata/links/tunnel.up"
	o := setup.PlainOptions()
	if err := o.Set("uplink", up); err != nil {
		t.Fatal(err)
	}
	token := (&setup.Token{Options: o}).String()
	if _, stderr, code := invsim("replay", token); code != exitUsage || !strings.Contains(stderr, "give its file as uplink") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	stdout, stderr, code := invsim("replay", token, "--uplink", up)
	if code != exitHeld || !strings.Contains(stdout, " --uplink "+up+"\n") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

func TestReplayRefuses(t *testing.T) {
	whole := secondRing()
	for want, args := range map[string][]string{
		"replay: one token is required, such as":                 {"replay"},
		"not a token: it does not start with inv2-":              {"replay", "what"},
		"its checksum is wrong":                                  {"replay", whole[:len(whole)-4]},
		`--output "picture": there are json, mermaid, svg, text`: {"replay", whole, "-o", "picture"},
		"--call 3: the token's world has calls 0 to 2":           {"replay", whole, "--call", "3"},
		"every property held: there is no failure to make small": {"replay", "--shrink", (&setup.Token{Options: setup.PlainOptions()}).String()},
	} {
		stdout, stderr, code := invsim(args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit %d, want %q: %s%s", args, code, want, stdout, stderr)
		}
	}
}
