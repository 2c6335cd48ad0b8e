// Golden transcripts: each file in testdata/scripts is a story of commands, and
// below each command, indented, what the engines did. This file reads, runs and
// rewrites the stories; script_world_test.go is the world in which they happen,
// script_verbs_test.go their language, script_check_test.go what must hold in
// every one of them, whatever its text says.
//
//	go test ./engine -run TestScripts -rewrite    writes the outputs anew, to be reviewed as a diff

package engine_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var scriptRewrite = flag.Bool("rewrite", false, "write the outputs of the scripts anew")

const scriptDir = "../testdata/scripts"

func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scriptDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", scriptDir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := parseScript(string(text))
			got := runScript(t, want)
			if !t.Failed() && renderScript(runScript(t, want)) != renderScript(got) {
				t.Error("a second run prints something else (S12)")
			}
			compareScript(t, want, got)
			if *scriptRewrite && renderScript(got) != string(text) {
				if err := os.WriteFile(file, []byte(renderScript(got)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestScriptsCoverRaces: every race that the core owes has a script.
func TestScriptsCoverRaces(t *testing.T) {
	const owed = "01 02 03 04 05 06 07 08 11 12 13 14 15 16 18 19 20 22 23 24 26 27 28 29 30 31 32 33 35 " +
		"37 38 39 41 42 44 45 46 50 51 52 53 55 57 58 60 70 72 73 74 75 76"
	for _, number := range strings.Fields(owed) {
		if files, _ := filepath.Glob(filepath.Join(scriptDir, "c"+number+"-*.txt")); len(files) != 1 {
			t.Errorf("race C%s has %d scripts", number, len(files))
		}
	}
}

// scriptStep is one line that is not output, with the output below it.
type scriptStep struct {
	line   int
	text   string
	output []string
}

func (s *scriptStep) isCommand() bool { return s.text != "" && !strings.HasPrefix(s.text, "#") }

// parseScript takes a file apart: what is indented is output, all else is input.
func parseScript(text string) []scriptStep {
	var steps []scriptStep
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, " ") && len(steps) > 0 {
			last := &steps[len(steps)-1]
			last.output = append(last.output, line)
		} else {
			steps = append(steps, scriptStep{line: i + 1, text: line})
		}
	}
	return steps
}

func renderScript(steps []scriptStep) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.text + "\n")
		for _, line := range s.output {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// runScript plays the commands and returns them with the outputs they have now.
func runScript(t *testing.T, script []scriptStep) []scriptStep {
	t.Helper()
	w := newScriptWorld(t)
	got := make([]scriptStep, len(script))
	for i, s := range script {
		got[i] = scriptStep{line: s.line, text: s.text}
		if !s.isCommand() {
			continue
		}
		w.line, w.out = s.line, nil
		if s.text == "reset" {
			w.finish()
			w = newScriptWorld(t)
		} else {
			w.command(s.text)
		}
		got[i].output = w.out
	}
	w.finish()
	return got
}

// compareScript shows each command whose output is not the golden one. With
// -rewrite a difference is what is wanted; the checks in code still count.
func compareScript(t *testing.T, want, got []scriptStep) {
	t.Helper()
	for i := range want {
		w, g := strings.Join(want[i].output, "\n"), strings.Join(got[i].output, "\n")
		if w == g {
			continue
		}
		if *scriptRewrite {
			t.Logf("line %d: %s: rewritten", want[i].line, want[i].text)
			continue
		}
		t.Errorf("line %d: %s\nwant:\n%s\ngot:\n%s", want[i].line, want[i].text, w, g)
	}
}
