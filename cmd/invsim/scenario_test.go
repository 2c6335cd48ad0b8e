// Scenario files as their users see them: testdata/scenarios has one for every
// feature, with the answer beside it. -rewrite writes the answers anew.

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
)

const scenarios = "../../testdata/scenarios"

func scenarioFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(scenarios + "/*.yaml")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d scenarios: %v", len(files), err)
	}
	return files
}

func TestScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	for _, path := range scenarioFiles(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invsim("run", path)
			if code == exitUsage || code == exitInternal {
				t.Fatal(stderr)
			}
			answer := fmt.Sprintf("%s\nexit %d\n", strings.ReplaceAll(stdout, scenarios+"/", ""), code)
			requireFile(t, "../scenarios/"+name+".txt", answer)
		})
	}
}

// TestScenariosSetEverything: every option and every kind of fault has its example.
func TestScenariosSetEverything(t *testing.T) {
	plain := setup.Default()
	missing, kinds := map[string]bool{}, map[string]bool{}
	defaults := map[string]string{}
	for _, f := range plain.Fields() {
		missing[f.Name], defaults[f.Name] = true, f.Value.String()
	}
	for _, kind := range fault.Names() {
		kinds[kind] = true
	}
	for _, path := range scenarioFiles(t) {
		s, err := scenario.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name+".yaml" != filepath.Base(path) {
			t.Errorf("%s is called %s", path, s.Name)
		}
		for _, f := range s.Options.Fields() {
			if f.Value.String() != defaults[f.Name] {
				delete(missing, f.Name)
			}
		}
		for _, f := range s.Options.Faults {
			delete(kinds, f.Kind.String())
		}
	}
	if len(missing)+len(kinds) > 0 {
		t.Errorf("no scenario sets %v, or has faults %v", missing, kinds)
	}
}

func body(answer string) string {
	before, _, _ := strings.Cut(answer, "again:")
	return before
}

func write(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestScenarioIsItsFlags: preset, then file, then flags.
func TestScenarioIsItsFlags(t *testing.T) {
	path := write(t, "name: x\nrun: {calls: 300}\nnetwork: {loss: 20%, dup: 10%}\n")
	file, stderr, _ := invsim("run", path, "--preset", "subway", "--loss", "5%")
	flags, _, _ := invsim("run", "--preset", "subway", "--dup", "10%", "--loss", "5%", "--calls", "300")
	if body(file) != body(flags) || file == "" {
		t.Errorf("the file says\n%s%sthe flags say\n%s", file, stderr, flags)
	}
	based := write(t, "name: x\npreset: subway\nrun: {calls: 300}\nnetwork: {dup: 10%, loss: 5%}\n")
	if other, _, _ := invsim("run", based); body(other) != body(flags) {
		t.Errorf("with the preset in the file:\n%s", other)
	}
	if other, _, _ := invsim("run", path, "--loss", "5%"); body(other) == body(flags) {
		t.Error("the preset changes nothing")
	}
	if other, _, _ := invsim("run", path, "--preset", "subway"); body(other) == body(flags) {
		t.Error("the flag changes nothing")
	}
}

// TestScenarioAgain: the answer to a file is repeated by the line it prints.
func TestScenarioAgain(t *testing.T) {
	path := write(t, "name: x\nrun: {calls: 300}\nthresholds: [p50(accepted_ms) > 0]\n")
	first, _, code := invsim("run", path, "--seed", "5", "--threshold", "messages_per_call>1")
	want := "again: invsim run " + path + " --seed 5 --threshold 'messages_per_call>1'\n"
	if code != exitHeld || !strings.HasSuffix(first, want) {
		t.Fatalf("exit %d:\n%s", code, first)
	}
	second, _, _ := invsim("run", path, "--seed", "5", "--threshold", "messages_per_call>1")
	if second != first {
		t.Errorf("then\n%s", second)
	}
	story, stderr, code := invsim("trace", path, "--seed", "5", "--call", "3")
	same, _, _ := invsim("trace", "--calls", "300", "--seed", "5", "--call", "3")
	if code != exitHeld || body(story) != body(same) || !strings.Contains(story, "again: invsim trace "+path+" --seed 5 --call 3") {
		t.Errorf("exit %d: %s\n%s", code, stderr, story)
	}
}

// TestThresholdsAndGoals: their exit code, and what is stronger.
func TestThresholdsAndGoals(t *testing.T) {
	for _, c := range []struct {
		file, args string
		code       int
		stdout     string
		stderr     string
	}{
		{"", "--threshold p99(accepted_ms)<0", exitMissed, "p99(accepted_ms)<0  missed: ", "invsim: threshold p99(accepted_ms)<0: "},
		{"", "--threshold p99(accepted_ms)<1000000", exitHeld, "p99(accepted_ms)<1000000  held: ", ""},
		{"thresholds: [messages_per_call < 1]", "--threshold messages_per_call<2", exitMissed, "messages_per_call < 1  missed: ", "threshold messages_per_call < 1: 5.80, threshold "},
		{"goals: [crash-while-ringing]", "", exitMissed, "goal               crash-while-ringing  never occurred", "goal crash-while-ringing: never occurred"},
		{"goals: [crash-while-ringing]", "--threshold messages_per_call<2", exitMissed, "never occurred", "threshold messages_per_call<2: 5.80, goal "},
		{"", "--threshold messages_per_call<2 -o json", exitMissed, `"threshold": "messages_per_call<2",`, "threshold messages_per_call<2: 5.80\n"},
		{"", "--threshold messages_per_call>2 -o json", exitHeld, "\"held\": true,\n      \"value\": \"5", ""},
		{"goals: [crash-while-ringing]", "-o json", exitMissed, `"crash-while-ringing"`, "goal crash-while-ringing: never occurred"},
	} {
		path := write(t, "name: x\nrun: {calls: 200}\n"+c.file+"\n")
		stdout, stderr, code := invsim(append([]string{"run", path}, strings.Fields(c.args)...)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s, %s: exit %d\n%s%s", c.file, c.args, code, stdout, stderr)
		}
	}
}

// TestBadScenarios: what is wrong with a file is usage, and nothing is printed.
func TestBadScenarios(t *testing.T) {
	path := write(t, "name: x\npreset: wifi\nrun: {calls: 200}\n")
	typo := write(t, "name: x\nnetwork:\n  losss: 5%\nphones: 3\n")
	for _, c := range []struct{ args, says string }{
		{"run none.yaml", "none.yaml: no such file"},
		{"run lan", "did you mean --preset lan?"},
		{"run " + path + " " + path, "one scenario FILE at most"},
		{"run " + path + " --preset lan", "starts from the preset wifi already"},
		{"run " + path + " --calls 0", "--calls 0: must be from 1 to"},
		{"run " + path + " --threshold p99(accepted_ms)<x", `threshold "p99(accepted_ms)<x": column 18: not a number`},
		{"run " + typo, typo + ":3:3: network.losss: unknown key; did you mean loss?\n      losss: 5%\n      ^\n" + typo + ":4:9: phones: a number"},
		{"trace " + typo + " --call 1", "did you mean loss?"},
		{"trace " + path, "trace: --call is required"},
		{"trace " + path + " --call 200", "the run has calls 0 to 199"},
		{"schema x", `unexpected argument "x"`},
		{"presets --flags", "the name of a preset is required"},
	} {
		stdout, stderr, code := invsim(strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim %s: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
	}
}

// TestPresetAsFile: what presets prints is a file that makes the same world.
func TestPresetAsFile(t *testing.T) {
	text, _, _ := invsim("presets", "subway")
	file, _, _ := invsim("run", write(t, text), "--calls", "300")
	flag, _, _ := invsim("run", "--preset", "subway", "--calls", "300")
	line, _, _ := invsim("presets", "subway", "--flags")
	flags, _, _ := invsim(append(strings.Fields(line)[1:], "--calls", "300")...)
	if body(file) != body(flag) || body(flags) != body(flag) || flag == "" {
		t.Errorf("the file says\n%sthe flag says\n%sall flags say\n%s", file, flag, flags)
	}
}
