package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/mutant"
)

// TestConformDriver: the command is our engine behind the driver, and with --mutant it
// breaks the rule.
func TestConformDriver(t *testing.T) {
	page := readPage(t, "docs/driver.md")
	_, session, _ := strings.Cut(page, "## A session\n")
	var requests, replies []string
	for _, line := range strings.Split(session, "\n") {
		if request, ok := strings.CutPrefix(line, "> "); ok {
			requests = append(requests, request+"\n")
		} else if reply, ok := strings.CutPrefix(line, "< "); ok {
			replies = append(replies, reply+"\n")
		}
	}
	if len(requests) < 5 {
		t.Fatalf("the page shows %d requests", len(requests))
	}
	who := regexp.MustCompile(`"version":"[^"]*","language":"[^"]*"`)
	play := func(args ...string) string {
		withStdin(t, strings.Join(requests, ""))
		answer, stderr, code := invsim(append([]string{"conform", "driver"}, args...)...)
		if code != exitHeld || stderr != "" {
			t.Fatalf("%q: code %d, %s", args, code, stderr)
		}
		return who.ReplaceAllString(answer, "")
	}
	want := who.ReplaceAllString(strings.Join(replies, ""), "")
	if got := play(); got != want {
		t.Errorf("the session is\n%s\nand on the page\n%s", got, want)
	}
	broken := play("--mutant", "accept-without-confirm")
	accept := strings.Split(broken, "\n")[3]
	if !strings.Contains(broken, `"name":"invsim without accept-without-confirm"`) || !strings.Contains(accept, "RemoteInvitationAccepted") {
		t.Errorf("without the rule the session is\n%s", broken)
	}
	if _, stderr, code := invsim("conform", "driver", "--mutant", "second-rings"); code != exitUsage || !strings.Contains(stderr, "second-ring") {
		t.Errorf("an unknown mutant: %d, %s", code, stderr)
	}
}

// TestConformPage: what the page shows is what the commands print.
func TestConformPage(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	const page = "docs/conformance.md"
	asCommand(t)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the page needs Python")
	}
	golden.Follow(t, filepath.Join("..", ".."), page, func(commands string) string { return followCommand(t, strings.TrimSpace(commands)) })
}

// testee is our engine as a program for the driver.
func testee(t *testing.T) string {
	t.Helper()
	path, err := builtTestee()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// builtTestee builds that program once for all tests. TestMain removes it.
var builtTestee = sync.OnceValues(func() (path string, err error) {
	if testeeDir, err = os.MkdirTemp("", "invsim-testee-"); err != nil {
		return "", err
	}
	path = filepath.Join(testeeDir, "testee")
	if out, err := exec.Command("go", "build", "-o", path, "../../conformance/testees/go").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

var testeeDir string

// TestConformRun: our engine conforms, a program that is none cannot be started, and
// reports and cases are written.
func TestConformRun(t *testing.T) {
	program, dir := testee(t), t.TempDir()
	known := filepath.Join(dir, "known")
	if err := os.WriteFile(known, []byte("# none fails\ncallee.ringing.invite # but this\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		code   int
		answer string
		stderr string
	}{
		{[]string{"--runs", "20", "--worlds", "5", "--report", "junit=" + dir + "/j.xml,tap=" + dir + "/t", "--", program}, exitHeld, "It conforms.", ""},
		{[]string{"--level", "wire", "--only", "callee.*", "--", program}, exitHeld, "at level wire", ""},
		{[]string{"--profile", kit.Profile, "--only", "callee.ringing.*,smoke.*", "--skip", "smoke.call,callee.ringing.invite*", "--", program}, exitHeld, "\nWhat was tried conforms.\n", ""},
		{[]string{"--skip", "r*,c*,s*,i*,j*,o*", "--runs", "1", "--worlds", "1", "--", program}, exitHeld, "not tried, because it was not asked for: ", ""},
		{[]string{"--only", "callee.ringing.*", "--known-failing", known, "--", program}, exitViolated, "known to fail, but did not: callee.ringing.invite\n", ""},
		{[]string{"--only", "callee.ringing.*", "--", "/bin/cat"}, exitInternal, "", "/bin/cat"},
		{[]string{"--only", "callee.ringing.*", "--", dir + "/none"}, exitInternal, "", "none"},
		{nil, exitUsage, "", "which endpoint?"},
		{[]string{"--level", "bytes", "--", program}, exitUsage, "", `--level "bytes" is none of wire, app, exact`},
		{[]string{"--level", "exact", "--only", "group.*,restore.*", "--", program}, exitHeld, "at level exact", ""},
		{[]string{"--only", "[", "--", program}, exitUsage, "", `--only "["`},
		{[]string{"--only", "calle.*", "--", program}, exitUsage, "", "no case has such an id"},
		{[]string{"--skip", "smoke.*,calle.*", "--", program}, exitUsage, "", `--skip "calle.*": no case`},
		{[]string{"--profile", "core-2.0", "--", program}, exitUsage, "", `--profile "core-2.0": there is core-1.0 alone`},
		{[]string{"--attach", "127.0.0.1:0", "--", program}, exitUsage, "", "not both"},
		{[]string{"--attach", "127.0.0.1"}, exitInternal, "", "missing port"},
		{[]string{"--timeout", "0s", "--", program}, exitUsage, "", "--timeout"},
		{[]string{"--report", "pdf=x", "--", program}, exitUsage, "", `--report "pdf=x"`},
		{[]string{"--known-failing", dir + "/none", "--", program}, exitUsage, "", "--known-failing"},
	} {
		answer, stderr, code := invsim(append([]string{"conform", "run"}, c.args...)...)
		if code != c.code || !strings.Contains(answer, c.answer) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%q: code %d\n%s\n%s", c.args, code, answer, stderr)
		}
	}
	for _, file := range []string{"/j.xml", "/t"} {
		if text, err := os.ReadFile(dir + file); err != nil || !strings.Contains(string(text), "callee.ringing.invite") {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// attached is standard error of a command that waits for an endpoint, which comes.
type attached struct {
	bytes.Buffer
	come func(address string)
}

func (a *attached) Write(text []byte) (int, error) {
	if _, at, ok := strings.Cut(strings.TrimSpace(string(text)), "waiting for an endpoint at "); ok {
		go a.come(at)
	}
	return a.Buffer.Write(text)
}

// TestConformAttach: an endpoint that connects is tried.
func TestConformAttach(t *testing.T) {
	var stdout bytes.Buffer
	stderr := &attached{come: func(at string) { invd.Connect(at, &reference.Endpoint{}) }}
	code := run(context.Background(), []string{"conform", "run", "--attach", "127.0.0.1:0", "--only", "smoke.*"}, &stdout, stderr)
	if code != exitHeld || !strings.Contains(stdout.String(), "7 passed, 0 failed") || !strings.HasPrefix(stderr.String(), "waiting for an endpoint at 127.0.0.1:") {
		t.Errorf("code %d\n%s%s", code, stdout.String(), stderr.String())
	}
}

// TestConformInterrupted: an endpoint is waited for no longer, whether it has to connect or
// to answer.
func TestConformInterrupted(t *testing.T) {
	program := testee(t)
	for _, args := range [][]string{
		{"conform", "run", "--attach", "127.0.0.1:0"}, {"conform", "run", "--", "sleep", "60"}, {"conform", "smoke", "--", "sleep", "60"},
		{"conform", "smoke", "--attach", "ws://127.0.0.1:0"}, {"conform", "run", "--", program}, {"conform", "matrix", program},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		var stdout bytes.Buffer
		stderr := &attached{come: func(string) { cancel() }}
		if args[2] == "--" || args[1] == "matrix" {
			cancel()
		}
		if code := run(ctx, args, &stdout, stderr); code != exitInterrupted || !strings.HasSuffix(stderr.String(), "interrupted\n") || strings.Contains(stdout.String(), "FAIL") {
			t.Errorf("%q: code %d\n%s%s", args, code, stdout.String(), stderr.String())
		}
		cancel()
	}
}

// TestConformSmoke: three cases and what to do next, or what is wrong and what to do
// about it.
func TestConformSmoke(t *testing.T) {
	program := testee(t)
	for _, c := range []struct {
		args   []string
		code   int
		answer string
		stderr string
	}{
		{[]string{"--", program}, exitHeld, "\nok     smoke.ring: to begin with: ring\nok     smoke.call: to begin with: call\nok     smoke.accept: to begin with: accept\n\nIt answers. Next:\n  invsim conform run --only 'smoke.*' -- " + program + "\n", ""},
		{[]string{"--", "/bin/cat"}, exitInternal, "", "Each line on standard output is one reply"},
		{[]string{"--", "./none"}, exitInternal, "", "not in\na shell"},
		{[]string{"--", "true"}, exitInternal, "", "Try it\nby hand"},
		{[]string{"--timeout", "10ms", "--", "sleep", "60"}, exitInternal, "", "Is standard output flushed"},
		{nil, exitUsage, "", "which endpoint?"},
	} {
		answer, stderr, code := invsim(append([]string{"conform", "smoke"}, c.args...)...)
		if code != c.code || !strings.Contains(answer, c.answer) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%q: code %d\n%s\n%s", c.args, code, answer, stderr)
		}
	}
}

// TestConformRecord: of each cause a failure is written as a case, and the case can be read.
func TestConformRecord(t *testing.T) {
	r := kit.Run(invd.Here(&reference.Endpoint{Mutant: mutant.SecondRing}), kit.Options{Level: kit.App, Runs: 20, Worlds: 3, Seed: 1}, func() bool { return false })
	dir := filepath.Join(t.TempDir(), "cases")
	if err := record(dir, r); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "/*.json")
	if err != nil || len(files) != 1 || filepath.Base(files[0]) != "smoke.ring-twice.small.json" {
		t.Fatal(files, err)
	}
	if logs, err := filepath.Glob(dir + "/worlds-S6.log"); err != nil || len(logs) == 0 {
		t.Errorf("logs of worlds: %q, %v", logs, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if c, err := kit.Read(text); err != nil || len(c.Steps) < 2 {
		t.Error(c, err)
	}
	program := testee(t)
	if answer, stderr, code := invsim("conform", "replay", files[0], "--", program); code != exitHeld || !strings.Contains(answer, "1 passed, 0 failed") {
		t.Errorf("our own engine: code %d\n%s%s", code, answer, stderr)
	}
	altered := filepath.Join(dir, "altered.json")
	wrong := bytes.Replace(text, []byte(`"kind": "RECEIVED"`), []byte(`"kind": "ACCEPT"`), 1)
	if err := os.WriteFile(altered, wrong, 0o644); err != nil {
		t.Fatal(err)
	}
	if answer, stderr, code := invsim("conform", "replay", altered, "--", program); code != exitViolated || !strings.Contains(answer, "FAIL smoke.ring-twice.small") {
		t.Errorf("a case that expects another message: code %d\n%s%s", code, answer, stderr)
	}
	for _, args := range [][]string{{dir + "/none", "--", program}, {program, "--", program}, {files[0]}} {
		if _, _, code := invsim(append([]string{"conform", "replay"}, args...)...); code != exitUsage {
			t.Errorf("%q: code %d", args, code)
		}
	}
}

// uncounted is a report without the counts that every new case changes.
func uncounted(report string) string {
	report = regexp.MustCompile(`[0-9]+ (passed|cases)`).ReplaceAllString(report, "… $1")
	report = regexp.MustCompile(`(?m)^(\| [a-z-]+ \|) [0-9]+ \|`).ReplaceAllString(report, "$1 … |")
	return regexp.MustCompile(`(?m)^[0-9]+ causes.*$`).ReplaceAllStringFunc(report, func(line string) string {
		return regexp.MustCompile(` of [0-9]+`).ReplaceAllString(line, " of …")
	})
}

// TestConformPython: the endpoint in Python conforms, and gets along with our engine. Each of
// its errors is found, and the report names the clause.
func TestConformPython(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no Python")
	}
	const program = "../../conformance/testees/python/testee.py"
	answer, stderr, code := invsim("conform", "run", "--runs", "20", "--worlds", "10", "--", "python3", program)
	if code != exitHeld || !strings.Contains(answer, fmt.Sprintf("%d passed, 0 failed, 0 skipped", len(kit.Cases())+3)) {
		t.Errorf("code %d\n%s%s", code, answer, stderr)
	}
	for name, failure := range map[string]struct{ only, clause string }{
		"tie":           {"instant.ring-accept.*", "ties"},
		"early-cancel":  {"callee.early-cancel.*", "missed"},
		"loud":          {"instant.quiet-*", "quiet"},
		"second-answer": {"caller.accepted.*", "the-caller"},
	} {
		answer, stderr, code := invsim("conform", "run", "--only", failure.only, "--", "python3", program, "--break", name)
		if code != exitViolated || !strings.Contains(answer, "clause    docs/protocol.md#"+failure.clause+"\n") {
			t.Errorf("%s: code %d\n%s%s", name, code, answer, stderr)
		}
	}
	// What all is said of one of them, to read.
	const said = "../../conformance/kit/testdata/python-loud."
	report := filepath.Join(t.TempDir(), "md")
	answer, stderr, code = invsim("conform", "run", "--only", "smoke.*,callee.accepting.*,instant.*,pair.*", "--report", "md="+report, "--", "python3", program, "--break", "loud")
	if code != exitViolated || stderr != "" {
		t.Errorf("code %d\n%s", code, stderr)
	}
	golden.File(t, said+"text", uncounted(answer))
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	golden.File(t, said+"md", uncounted(string(text)))
}

// TestConformMatrix: our engine gets along with itself, and a pair that does not is told.
func TestConformMatrix(t *testing.T) {
	program := testee(t)
	answer, stderr, code := invsim("conform", "matrix", "--worlds", "5", program, program)
	if code != exitHeld || strings.Count(answer, "5 worlds, 0 broken, 0 skipped") != 3 || strings.Count(answer, "5 households, 0 broken, 0 skipped") != 3 {
		t.Errorf("code %d\n%s%s", code, answer, stderr)
	}
	if _, stderr, code := invsim("conform", "matrix", "/bin/cat"); code != exitInternal || !strings.Contains(stderr, "/bin/cat") {
		t.Errorf("code %d, %s", code, stderr)
	}
	broken, lacks := kit.Meet(invd.Here(&reference.Endpoint{}), invd.Here(&reference.Endpoint{Mutant: mutant.SecondRing}), 5, 1, func() bool { return false })
	for _, m := range broken {
		if m.Broken == 0 || !strings.Contains(m.First, "S6") {
			t.Errorf("a broken endpoint: %+v", m)
		}
	}
	if len(broken) != 2 || len(lacks) > 0 {
		t.Errorf("%d kinds of worlds; %q lack", len(broken), lacks)
	}
}

// TestConformCases: the cases are listed, explained and exported.
func TestConformCases(t *testing.T) {
	list, _, code := invsim("conform", "list")
	if lines := strings.Count(list, "\n"); code != exitHeld || lines != len(kit.Cases()) {
		t.Errorf("code %d, %d lines for %d cases", code, lines, len(kit.Cases()))
	}
	shown, _, code := invsim("conform", "explain", "callee.ringing.cancel-expired")
	if code != exitHeld || !strings.Contains(shown, "docs/protocol.md#the-callee") || !strings.Contains(shown, "INVITATION_EXPIRE") {
		t.Errorf("code %d\n%s", code, shown)
	}
	picture := "    0.000  bob      ────── INVITE ───────▶\n    0.000  bob      ◀───── RECEIVED ──────\n    0.000  bob                             app: RemoteInvitationReceived\n"
	if !strings.Contains(shown, picture) {
		t.Errorf("no picture in\n%s", shown)
	}
	if shown, _, _ := invsim("conform", "explain", "pair.no-confirm.callee"); !strings.Contains(shown, "   2.050 caller sends CONFIRM, which is lost\n") || !strings.Contains(shown, `"failure": "ACCEPT_FAILURE"`) {
		t.Errorf("a scene is shown as\n%s", shown)
	}
	if _, stderr, code := invsim("conform", "explain", "callee.ringing.cancel-expire"); code != exitUsage || !strings.Contains(stderr, "callee.ringing.cancel-expired") {
		t.Errorf("code %d, %s", code, stderr)
	}
	dir := filepath.Join(t.TempDir(), "cases")
	if _, stderr, code := invsim("conform", "export", dir); code != exitHeld || stderr != "" {
		t.Fatalf("code %d, %s", code, stderr)
	}
	if files, err := filepath.Glob(dir + "/*.json"); err != nil || len(files) != len(kit.Cases())+3 {
		t.Errorf("%d files, %v", len(files), err)
	}
}
