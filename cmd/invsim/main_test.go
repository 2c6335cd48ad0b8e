// The command line as its users see it: what goes to stdout, what to stderr, and
// the exit code. Whole answers are golden files, rewritten by -rewrite.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

func invsim(args ...string) (stdout, stderr string, code int) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, &out, &err)
	return out.String(), err.String(), code
}

func requireFile(t *testing.T, name, got string) {
	t.Helper()
	golden.File(t, filepath.Join("..", "..", "testdata", "cli", name), got)
}

// TestMakers: the program that is made for one command has that command.
func TestMakers(t *testing.T) {
	for _, m := range makers {
		for _, name := range m.names {
			if made := commandNames(rootCommand(name, "--help")); !slices.Equal(made, m.names) {
				t.Errorf("for %s it has the commands %q", name, made)
			}
		}
	}
	for _, args := range [][]string{nil, {"-q", "run"}, {"help", "run"}, {"rnu"}} {
		if made := commandNames(rootCommand(args...)); len(made) != len(makers)+1 { // campaign and merge are made together
			t.Errorf("for %q it has the commands %q", args, made)
		}
	}
}

func TestAnswers(t *testing.T) {
	for name, args := range map[string][]string{
		"run.txt":               {"run", "--calls", "3000", "--loss", "10%"},
		"run.json":              {"run", "--calls", "3000", "--loss", "10%", "-o", "json"},
		"run-subway.txt":        {"run", "--preset", "subway", "--calls", "2000", "--seed", "7", "--dup", "20%"},
		"run-link.txt":          {"run", "--calls", "2000", "--uplink", "../../testdata/links/tunnel.up", "--downlink", "../../testdata/links/tunnel.down"},
		"run-crash.txt":         {"run", "--calls", "2000", "--loss", "10%", "--crash-every", "60s"},
		"run-crash.json":        {"run", "--calls", "2000", "--loss", "10%", "--crash-every", "60s", "--snapshots", "none", "-o", "json"},
		"presets.txt":           {"presets"},
		"preset-wifi.txt":       {"presets", "wifi"},
		"preset-wifi-flags.txt": {"presets", "wifi", "--flags"},
		"trace.txt":             {"trace", "--loss", "30%", "--call", "1"},
		"trace.json":            {"trace", "--loss", "30%", "--call", "1", "-o", "json"},
		"trace-subway.txt":      {"trace", "--preset", "subway", "--seed", "3", "--calls", "1000", "--call", "17"},
		"help-run.txt":          {"run", "--help"},
		"help-run-all.txt":      {"run", "--help", "--all"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invsim(args...)
			if code != exitHeld {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			requireFile(t, name, stdout)
		})
	}
}

// TestReadme: the README shows what the first command of all says.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	stdout, _, _ := invsim("run")
	if before, after, ok := strings.Cut(string(readme), "```text\n"); ok && golden.Rewriting() {
		_, after, _ = strings.Cut(after, "```\n")
		readme = []byte(before + "```text\n" + stdout + "```\n" + after)
		golden.Write(t, filepath.Join("..", "..", "README.md"), string(readme))
	}
	if !strings.Contains(string(readme), "```text\n"+stdout+"```\n") {
		t.Errorf("README.md does not show it:\n%s", stdout)
	}
}

// TestReadmePicture: the picture of the README is the output of the command beside it.
func TestReadmePicture(t *testing.T) {
	const file = "docs/diagrams/call.svg"
	command := "trace --loss 30% --offline 0% --call 25 -o svg"
	for _, shown := range []string{`src="` + file + `"`, "`go run ./cmd/invsim " + command + "`"} {
		if !strings.Contains(readPage(t, "README.md"), shown) {
			t.Errorf("README.md does not show %s", shown)
		}
	}
	stdout, stderr, code := invsim(strings.Fields(command)...)
	if code != exitHeld {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	golden.File(t, filepath.Join("..", "..", file), stdout)
}

// TestReadmeInstalls: what the README tells people to install is what go.mod names.
func TestReadmeInstalls(t *testing.T) {
	mod := regexp.MustCompile(`^module (\S+)\s+go (\d+\.\d+)`).FindStringSubmatch(readPage(t, "go.mod"))
	for _, shown := range []string{"\ngo install " + mod[1] + "/cmd/invsim@latest\n", "You need Go " + mod[2] + "."} {
		if !strings.Contains(readPage(t, "README.md"), shown) {
			t.Errorf("README.md does not say %q", shown)
		}
	}
}

// TestFlagsWinOverPreset: a preset with flags is the world of all its flags.
func TestFlagsWinOverPreset(t *testing.T) {
	short, _, _ := invsim("run", "--preset", "satellite", "--calls", "2000", "--seed", "9", "--latency", "9ms..90ms")
	long, _, _ := invsim("run", "--loss", "1%", "--dup", "0", "--reorder", "0", "--offline", "1%", "--calls", "2000", "--seed", "9", "--latency", "9ms..90ms")
	preset, _, _ := invsim("run", "--preset", "satellite", "--calls", "2000", "--seed", "9")
	body := func(answer string) string { return answer[:strings.Index(answer, "again:")] }
	if body(short) != body(long) {
		t.Errorf("the preset and a flag give\n%s\nall flags give\n%s", short, long)
	}
	if body(short) == body(preset) {
		t.Error("the flag changes nothing")
	}
}

func TestJSON(t *testing.T) {
	stdout, _, _ := invsim("run", "--calls", "2000", "--loss", "10%", "-o", "json")
	var answer struct {
		Seed       *uint64
		Calls      *int
		Verdict    string
		Violations []any
		Pairs      map[string]int
		Residue    map[string]float64
		Messages   int
		Latency    map[string]map[string]float64 `json:"latency_ms"`
	}
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, n := range answer.Pairs {
		sum += n
	}
	if *answer.Seed != 1 || *answer.Calls != 2000 || sum != 2000 || answer.Verdict != "held" || answer.Violations == nil || answer.Messages == 0 {
		t.Errorf("%+v", answer)
	}
	for _, key := range []string{"n", "rate", "low", "high"} {
		if _, ok := answer.Residue[key]; !ok {
			t.Errorf("residue has no %s", key)
		}
	}
	if answer.Latency["accepted"]["p50"] <= 0 {
		t.Errorf("latency %v", answer.Latency)
	}
}

// TestBadUsage: a clear message on stderr, nothing on stdout, exit 2.
func TestBadUsage(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"rnu", `unknown command "rnu"; did you mean run?`},
		{"xyzzy", `unknown command "xyzzy"`},
		{"run --los 5%", "unknown flag --los; did you mean --loss?"},
		{"run --xyzzy", "unknown flag --xyzzy"},
		{"trace --cal 5", "unknown flag --cal; did you mean --call"},
		{"run --preset lossywifi", `unknown preset "lossywifi"; did you mean lossy-wifi?`},
		{"run --preset xyzzy", "there are lan, wifi"},
		{"presets wify", "did you mean wifi?"},
		{"presets lan wifi", "one name at most"},
		{"run 5", "5: no such file"},
		{"run a.yaml b.yaml", "one scenario FILE at most"},
		{"run --loss 5", "--loss 5: must be 0%, or from 1e-10% to 100%, such as 5% or 0.05"},
		{"run --loss NaN", "not a probability or share"},
		{"run --arrivals 0", "--arrivals 0: must be from 0.001/s"},
		{"run --latency 9ms..5ms", "the lower end first"},
		{"run --latency fast", "not a delay such as 50ms"},
		{"run --calls 0", "--calls 0: must be from 1 to 1000000000"},
		{"run --calls many", "--calls many: not a whole number"},
		{"run --users 1", "--users 1: must be from 2 to 10000"},
		{"run --workers 0", "--workers 0: must be from 1 to 1024"},
		{"run --snapshots old", "fresh, stale or none"},
		{"run --crash-every 1ms", "--crash-every 1ms: must be 0, or from 1s to 1000h"},
		{"run -o xml", `--output "xml": there are csv, json, jsonl, md, text`},
		{"run --uplink no-such-file", "no-such-file"},
		{"run --uplink main_test.go", "main_test.go:1:"},
		{"run --offline 100%", "--offline 100%: must be 0%, or from 0.0001% to 99.9%"},
		{"run --accept-time 1ms", "invsim: accept-time 1ms leaves no room for a second ACCEPT after accept-first 250ms"},
		{"trace", "trace: --call is required"},
		{"trace --call 5 --calls 5", "the run has calls 0 to 4"},
	} {
		stdout, stderr, code := invsim(strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim %s: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
		if strings.Count(stderr, "invsim") > 1 && !strings.Contains(c.args, "replay") {
			t.Errorf("invsim %s names itself twice: %s", c.args, stderr)
		}
	}
}

// TestOneCall: one call is not several.
func TestOneCall(t *testing.T) {
	for _, line := range []string{"run --calls 1", "sweep --calls 1 --rows loss=1%", "compare lan --calls 1", "compare lan --calls 1 -o md", "run --calls 1 -o md"} {
		stdout, stderr, code := invsim(strings.Fields(line)...)
		if code != exitHeld || !strings.Contains(stdout, "1 call") || regexp.MustCompile(`\b1 (calls|worlds|cells|pairs)\b`).MatchString(stdout) {
			t.Errorf("%s: exit %d, %s%s", line, code, stdout, stderr)
		}
	}
}

// TestTooLong: a world that the simulator does not play to its end says nothing about the
// protocol.
func TestTooLong(t *testing.T) {
	long := "--calls 1 --offline 0 --loss 100% --no-response-time 4h --linger-time 4h --tombstone-time 9h --users 2000 --clog-every 1s --clog-for 1s" // the steps of clogs are cheap
	for _, command := range []string{"trace --call 0", "sweep --rows dup=0%", "run -o json --heal 1000h"} {
		stdout, stderr, code := invsim(strings.Fields(command + " " + long)...)
		if code != exitInternal || stdout != "" || !strings.Contains(stderr, "world 0: too many steps for the simulator: it has taken more than 1100000, and is not over at ") {
			t.Errorf("%s: exit %d\n%s%s", command, code, stdout, stderr)
		}
	}
}

// TestInterrupted: what is known so far is printed, and the exit code says so.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out, err bytes.Buffer
	code := run(ctx, []string{"run"}, &out, &err)
	if code != exitInterrupted || !strings.HasPrefix(out.String(), "INTERRUPTED") || !strings.Contains(err.String(), "interrupted") {
		t.Errorf("exit %d\n%s%s", code, out.String(), err.String())
	}
}

// TestLegend: brackets are explained where there are any.
func TestLegend(t *testing.T) {
	for _, args := range []string{"run --calls 100 --latency 5h", "run --calls 1000 --world 1000", "run --calls 400", "run --calls 2000 --accept 0"} {
		stdout, _, _ := invsim(strings.Fields(args)...)
		answers, _, _ := strings.Cut(stdout, "\n\n")
		_, legend, _ := strings.Cut(answers, "\nmessages ")
		if hasBrackets := strings.Contains(answers, "("); hasBrackets != strings.Contains(legend, "brackets hold") || hasBrackets == strings.Contains(legend, "no intervals: ") {
			t.Errorf("%s says\n%s", args, answers)
		}
	}
}
