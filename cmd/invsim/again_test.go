// Printed command lines: every one of every answer, read by a shell and run as it
// stands, gives the same bytes or tells the same call.

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
)

// oddNames are names of files that a shell or a parser of flags would misread.
var oddNames = []string{"plain", "two words", `it's "$HOME"`, "new\nline", "-dash", "--calls", "=ls", "*", "~", " edge ", "wörld#1"}

// oddFiles makes a scenario and two recordings under each of these names, in the
// directory that the test goes on in. The scenario sets what a default would hide.
func oddFiles(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range oddNames {
		for suffix, text := range map[string]string{
			".yaml":   "name: odd\nrun: {seed: 7, calls: 60, world: 30}\nnetwork: {loss: 9%}\nengine: {fail-at-once: true}\nthresholds: ['messages_per_call < 100']\n",
			".up":     "1\n5\n90\n300\n",
			".delays": "20\n70.5\n400\n",
		} {
			if err := os.WriteFile(name+suffix, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// shellWords are the words that a shell reads from a line.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	out, err := exec.Command(sh, "-c", `printf '%s\0' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// commandStart is where a command line begins in a text.
var commandStart = regexp.MustCompile(`(?m)(?:^ *|: +)(invsim [a-z])`)

// wholeLine is a command line, which goes on after the end of a line in quotes.
var wholeLine = regexp.MustCompile(`^(?:[^\n'\\]|\\.|'[^']*')*`)

// commandsIn are the command lines of an answer, in their order.
func commandsIn(answer string) (lines []string) {
	var tree any
	if json.Unmarshal([]byte(answer), &tree) == nil {
		return commandsInJSON(tree)
	}
	for _, at := range commandStart.FindAllStringSubmatchIndex(answer, -1) {
		lines = append(lines, wholeLine.FindString(answer[at[2]:]))
	}
	return lines
}

func commandsInJSON(tree any) (lines []string) {
	switch tree := tree.(type) {
	case map[string]any:
		for _, value := range tree {
			lines = append(lines, commandsInJSON(value)...)
		}
	case []any:
		for _, value := range tree {
			lines = append(lines, commandsInJSON(value)...)
		}
	case string:
		if strings.HasPrefix(tree, "invsim ") {
			lines = append(lines, tree)
		}
	}
	return lines
}

// checkPrinted runs a command and then all lines that it prints. One of them must be
// the command itself; the others must tell of a violation, if the command does.
func checkPrinted(t *testing.T, args ...string) {
	t.Helper()
	stdout, stderr, code := invsim(args...)
	if code == exitUsage || code == exitInternal {
		t.Errorf("%q: exit %d: %s", args, code, stderr)
		return
	}
	lines := commandsIn(strings.ReplaceAll(stdout, "}\n{", "},\n{"))
	if slices.Contains(args, "jsonl") {
		lines = commandsIn("[" + strings.ReplaceAll(strings.TrimSpace(stdout), "\n", ",") + "]")
	}
	repeated := false
	lines = append(lines, commandsIn(stderr)...)
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		words := shellWords(t, line)
		if words[1] == args[0] {
			repeated = true
		}
		again, complaint, ended := invsim(words[1:]...)
		switch {
		case words[1] == args[0] && (again != stdout || ended != code):
			t.Errorf("%q, exit %d:\n%s%s\nits line %s, exit %d:\n%s%s", args, code, stdout, stderr, line, ended, again, complaint)
		case words[1] != args[0] && (ended != code || code == exitViolated && !strings.Contains(again, "S6")):
			t.Errorf("%q prints %s: exit %d, not %d:\n%s%s", args, line, ended, code, again, complaint)
		}
	}
	if !repeated {
		t.Errorf("%q does not say how to repeat it:\n%s%s", args, stdout, stderr)
	}
}

// dashed puts a name where no parser takes it for a flag.
func dashed(args []string, name string) []string {
	return append(append([]string{}, args...), "--", name)
}

// TestPrintedLines: all commands, with and without a file of any name.
func TestPrintedLines(t *testing.T) {
	oddFiles(t)
	commands := [][]string{
		{"run"}, {"run", "-o", "json", "--html", "page.html"}, {"run", "-o", "md"}, {"run", "-o", "jsonl"}, {"run", "--cover", "--workers", "3"},
		{"run", "--loss", "3%", "--threshold", "p99(setup) < 2.5s", "--threshold", "share(ACCEPTED) > 1%"},
		{"run", "--threshold", "share(ACCEPTED) > 99%", "--keep-old"},
		{"run", "--mutant", "second-ring", "--loss", "40%", "--no-shrink"}, {"run", "--mutant", "second-ring", "--loss", "40%", "--no-shrink", "-o", "json"},
		{"trace", "--call", "3"}, {"trace", "--call", "3", "-o", "json"},
		{"sweep", "--rows", "loss=1%,30%"}, {"sweep", "--columns", "fail-at-once=true,false", "--measure", "accepted,ring"},
		{"sweep", "--rows", "loss=40%,50%", "--columns", "keep-old=false,true", "--mutant", "second-ring", "-o", "json"},
		{"compare", "--b", "--loss 30%  --fail-at-once=false"}, {"compare", "--a", "--mutant second-ring --loss 50%", "-o", "json"},
	}
	small := []string{"--calls", "60", "--world", "30"}
	worlds := map[string]func(args []string) []string{
		"none": func(args []string) []string { return append(args, small...) },
		"preset": func(args []string) []string {
			return append(append(args, small...), "--preset", "subway", "--seed", "3")
		},
		"flags": func(args []string) []string {
			return append(append(args, small...), "--no-retransmit", "--count-from-send=false", "--faults", "offline@1s+2s:0,1 partition@1s+2s:0:one-way", "--groups", "0,1: loss=20%; 25%: accept-time=32s", "--latency", "pareto:50ms,1.5")
		},
		"file and preset": func(args []string) []string { return dashed(append(args, "--preset", "bursty-radio"), "plain.yaml") },
	}
	for _, name := range oddNames {
		worlds["file "+name] = func(args []string) []string { return dashed(args, name+".yaml") }
		worlds["recordings "+name] = func(args []string) []string {
			return append(append(args, small...), "--uplink", name+".up", "--latency", "samples:"+name+".delays")
		}
	}
	for name, world := range worlds {
		t.Run(name, func(t *testing.T) {
			for i, args := range commands {
				if strings.Contains(name, " ") && name != "file two words" && i%3 != len(name)%3 {
					continue // the odd names take turns
				}
				if args[0] == "compare" && name == "file and preset" {
					continue // a name and a preset are too much there
				}
				checkPrinted(t, world(slices.Clip(args))...)
			}
		})
	}
}

// TestPrintedLinesOfComparisons: names of presets and of files, in any order.
func TestPrintedLinesOfComparisons(t *testing.T) {
	oddFiles(t)
	for _, names := range [][]string{{"./plain.yaml", "./two words.yaml"}, {"wifi", "subway"}, {"wifi"}, {"./it's \"$HOME\".yaml"}, {"./new\nline.yaml", "--b", "--calls 60 --dup 50%"}} {
		args := append([]string{"compare"}, names...)
		if !strings.Contains(names[0], ".") {
			args = append(args, "--calls", "60", "--world", "30")
		}
		checkPrinted(t, args...)
		checkPrinted(t, append(args, "-o", "json", "--redial", "20%")...)
	}
	checkPrinted(t, "compare", "--a", "--loss 50%", "--", "-dash.yaml", "--calls.yaml")
}

// TestPrintedLinesOfTokens: what tells of a token names its recordings too.
func TestPrintedLinesOfTokens(t *testing.T) {
	oddFiles(t)
	for _, name := range oddNames {
		o := setup.PlainOptions()
		for field, text := range map[string]string{"uplink": name + ".up", "latency": "samples:" + name + ".delays", "mutant": "second-ring", "loss": "50%", "calls": "9", "world": "9"} {
			if err := o.Set(field, text); err != nil {
				t.Fatal(err)
			}
		}
		token := (&setup.Token{Options: o}).String()
		files := []string{token, "--uplink", name + ".up", "--latency", name + ".delays"}
		for _, command := range [][]string{{"replay"}, {"replay", "-o", "json"}, {"replay", "--call", "2"}, {"replay", "--shrink"}, {"why"}, {"why", "--call", "2", "-o", "json"}, {"why", "-o", "json"}} {
			if command[len(command)-1] == "--shrink" {
				checkShrunk(t, append(command, files...)...)
			} else {
				checkPrinted(t, append(command, files...)...)
			}
		}
	}
}

// checkShrunk: the lines of a failure that was made small tell that failure.
func checkShrunk(t *testing.T, args ...string) {
	t.Helper()
	stdout, stderr, code := invsim(args...)
	lines := commandsIn(stdout)
	if code != exitViolated || len(lines) == 0 {
		t.Errorf("%q: exit %d:\n%s%s", args, code, stdout, stderr)
	}
	for _, line := range lines {
		if again, complaint, code := invsim(shellWords(t, line)[1:]...); code != exitViolated || !strings.Contains(again, "S6") {
			t.Errorf("%q prints %s: exit %d:\n%s%s", args, line, code, again, complaint)
		}
	}
}

// TestPrintedLinesOfSwarms: a swarm, its violation, and each of its worlds.
func TestPrintedLinesOfSwarms(t *testing.T) {
	for _, args := range [][]string{{"swarm", "--runs", "20"}, {"swarm", "--runs", "20", "-o", "json"}, {"swarm", "--runs", "20", "--cover", "--seed", "5"},
		{"swarm", "--runs", "30", "--mutant", "second-ring", "--no-shrink"}, {"swarm", "--runs", "30", "--mutant", "second-ring", "-o", "json"}} {
		checkPrinted(t, args...)
	}
	stdout, _, _ := invsim("swarm", "--runs", "25", "--options")
	lines := commandsIn(stdout)
	if len(lines) != 26 {
		t.Fatalf("%d lines:\n%s", len(lines), stdout)
	}
	for _, line := range lines {
		if _, stderr, code := invsim(shellWords(t, line)[1:]...); code != exitHeld {
			t.Errorf("%s: exit %d: %s", line, code, stderr)
		}
	}
}

// TestPrintedLinesOfPresets: the line that stands for a preset makes its world.
func TestPrintedLinesOfPresets(t *testing.T) {
	for _, name := range scenario.PresetNames() {
		line, _, _ := invsim("presets", name, "--flags")
		flags, stderr, _ := invsim(append(shellWords(t, strings.TrimSpace(line))[1:], "--calls", "60")...)
		if preset, _, _ := invsim("run", "--preset", name, "--calls", "60"); body(flags) != body(preset) || flags == "" {
			t.Errorf("the preset %s says\n%s\nits flags say\n%s%s", name, preset, flags, stderr)
		}
	}
}
