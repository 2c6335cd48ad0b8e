// Every flag of every command: what it is told that makes no sense.

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// goErrors are words of Go's own errors and of the libraries'.
var goErrors = regexp.MustCompile(`strconv|parsing|invalid argument|invalid syntax|invalid duration|value out of range|arg\(s\)|unknown command ".*" for|shorthand|needs an argument|bad flag`)

// arguments are those that a command needs before it looks at its flags.
func arguments(cmd *cobra.Command) []string {
	switch cmd.Name() {
	case "replay", "why":
		return []string{cmd.Name(), secondRing()}
	}
	return []string{cmd.Name()}
}

func eachFlag(visit func(cmd *cobra.Command, f *pflag.Flag)) {
	for _, cmd := range rootCommand().Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { visit(cmd, f) })
	}
}

func TestNoFlagIsEmpty(t *testing.T) {
	eachFlag(func(cmd *cobra.Command, f *pflag.Flag) {
		for _, value := range []string{"", " "} {
			stdout, stderr, code := invsim(append(arguments(cmd), "--"+f.Name+"="+value)...)
			want := "--" + f.Name + " \"" + value + "\": the value is empty"
			if f.Value.Type() == "bool" {
				want = "neither true nor false"
			}
			if code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
				t.Errorf("%s --%s=%q: exit %d, %s%s", cmd.Name(), f.Name, value, code, stdout, stderr)
			}
		}
	})
}

func TestNoFlagTellsAGoError(t *testing.T) {
	eachFlag(func(cmd *cobra.Command, f *pflag.Flag) {
		for _, value := range []string{"abc", "1x", "NaN", "-Inf", "1e999", "99999999999999999999999", "-99999999999999999999", "9999999999999999h", "1_000", "0x10"} {
			if f.Value.Type() == "string" {
				continue
			}
			_, stderr, code := invsim(append(arguments(cmd), "--"+f.Name+"="+value)...)
			if code != exitUsage || goErrors.MatchString(stderr) {
				t.Errorf("%s --%s=%s: exit %d, %s", cmd.Name(), f.Name, value, code, stderr)
			}
		}
	})
}

// TestNoCommandTellsALibraryError: too few arguments, too many, empty ones, and what looks
// like a flag.
func TestNoCommandTellsALibraryError(t *testing.T) {
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		flags, tries := []string{"-x", "-los", "-O", "--html", "--seed", "--calls", "--=5"}, [][]string{}
		if cmd.Name() != "help" && cmd.Name() != "merge" && cmd.Name() != "judge" && !strings.Contains(cmd.Use, "COMMAND") {
			tries = [][]string{{"xyzzy", "xyzzy", "xyzzy"}, {"", ""}}
		}
		if strings.Contains(cmd.Use, " DIRECTORY") || strings.Contains(cmd.Use, " ID") && !strings.Contains(cmd.Use, "[") {
			tries = append(tries, nil)
		}
		for _, flag := range flags {
			tries = append(tries, []string{flag})
		}
		for _, more := range tries {
			if stdout, stderr, code := invsim(slices.Concat(path, more)...); code != exitUsage || stdout != "" || goErrors.MatchString(stderr) || strings.Contains(stderr, "invsim: invsim") {
				t.Errorf("%q: exit %d, %.80q %s", slices.Concat(path, more), code, stdout, stderr)
			}
		}
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	root := rootCommand()
	addCompletion(root)
	visit(root)
	for line, want := range map[string]string{
		"conform rnu": `conform: unknown command "rnu"; did you mean run?`, "campaign sweeep": "did you mean sweep?", "completion tcsh": `completion: unknown command "tcsh"; did you mean bash`,
		"run -los 5%": "unknown flag -los; did you mean --loss?", "run -x": "unknown flag -x; see --help", "run --preset": "--preset: the value is missing", "properties S1 S2": "one ID at most, got S1 S2", "--fo": "invsim: unknown flag --fo",
	} {
		if _, stderr, code := invsim(strings.Fields(line)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %s", line, code, stderr)
		}
	}
}

func TestHelpLinesStandAlone(t *testing.T) {
	eachFlag(func(cmd *cobra.Command, f *pflag.Flag) {
		text := f.Usage
		for _, bad := range []string{"how many", "how long", "how much", "after how long", "for how long", "such pause", "what ", "whatever", "they do", "(default 0s)", "in all", " it ", "uniformly"} {
			if strings.Contains(text, bad) || strings.HasPrefix(text, "when ") {
				t.Errorf("%s --%s: %s", cmd.Name(), f.Name, text)
			}
		}
		if help, _, _ := invsim(cmd.Name(), "--help"); strings.Contains(help, "(default 0s)") || strings.Contains(help, "(default 0%)") {
			t.Errorf("%s has a default of 0", cmd.Name())
		}
	})
}

// TestValuesWithoutMeaning: nothing is simulated, and nothing is said to hold.
func TestValuesWithoutMeaning(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("offline@1s+1s ", 10001), " ")
	axis := "loss=" + strings.TrimSuffix(strings.Repeat("1%,", 40), ",")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"run", "--accept", "1e308", "--refuse", "1e308", "--ignore", "1e308"}, "--accept 1e308: must be 0, or from 0.000001 to 1000000"},
		{[]string{"run", "--calls", "9223372036854775807"}, "must be from 1 to 1000000000"},
		{[]string{"run", "--calls", "-5"}, "must be from 1 to 1000000000"},
		{[]string{"run", "--max-per-peer", "0"}, "--max-per-peer 0: must be from 1 to"},
		{[]string{"run", "--drift", "1e-9"}, "--drift 1e-9: must be 0%, or from 0.0001% to 50%"},
		{[]string{"run", "--loss", "1e-30"}, "must be 0%, or from"},
		{[]string{"run", "--reorder-by", "0.1ns"}, "must be from 0s to 1h"},
		{[]string{"run", "--heal", "9999999999999h"}, "must be from 0s to 1000h"},
		{[]string{"run", "--latency", "99999999999h"}, "must be from 0s to 24h"},
		{[]string{"run", "--latency", "normal:99999999999h,1s"}, "must be from 0s to 24h"},
		{[]string{"run", "--latency", "lognormal:1s,1e308"}, "must be from 0 to 5"},
		{[]string{"run", "--faults", "offline@99999999999h+1s"}, "must be from 0s to 1000h"},
		{[]string{"run", "--faults", many}, "faults: 10001 of them, at most 10000"},
		{[]string{"run", "--faults", "crash@1s+1s:3,3"}, "phone 3 stands there twice"},
		{[]string{"run", "--groups", "0: drift=1e-9"}, "must be 0%, or from"},
		{[]string{"run", "--groups", "1e-9%: loss=5%"}, "must be from 0.01% to 100%"},
		{[]string{"run", "--groups", "1%: loss=5%"}, "there is no phone left for it"},
		{[]string{"run", "--latency", "samples:"}, "the name of the file is empty"},
		{[]string{"compare", "", "wifi"}, "the name of a world is empty"},
		{[]string{"presets", ""}, "the name of the preset is empty"},
		{[]string{"run", ""}, "the name of the scenario FILE is empty"},
		{[]string{"run", "--workers", "1000000"}, "--workers 1000000: must be from 1 to 1024"},
		{[]string{"swarm", "--runs", "9223372036854775807"}, "must be from 1 to"},
		{[]string{"trace", "--call", "abc"}, "--call abc: not a whole number"},
		{[]string{"sweep", "--rows", axis, "--columns", strings.Replace(axis, "loss", "dup", 1)}, "1600 cells, at most 1000"},
		{[]string{"sweep", "--rows", "accept=1,1e308"}, "--rows accept=1,1e308: 1e308: must be 0, or from"},
		{[]string{"compare", "--a", "--drift 1e-9"}, "--drift 1e-9: must be"},
		{[]string{"run", "--mutant", "accept-without-confrim"}, "did you mean accept-without-confirm?"},
		{[]string{"run", "--threshold", "p99(acepted_ms) < 5"}, "did you mean accepted_ms?"},
		{[]string{"run", "-o", "jsn"}, "did you mean json"},
		{[]string{"sweep", "--rows", "loss=1%", "--measure", "resdue"}, "did you mean residue?"},
	} {
		stdout, stderr, code := invsim(c.args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%.90v: exit %d, %s%s; want %s", c.args, code, stdout, stderr, c.says)
		}
	}
}

// TestFaultsAndGroupsOfAPresetCanBeCleared with a word, as no value is empty.
func TestFaultsAndGroupsOfAPresetCanBeCleared(t *testing.T) {
	path := write(t, "name: x\nrun: {calls: 40, world: 20}\nfaults: [{kind: offline, at: 1s, for: 50s}]\nworld: {groups: \"0: loss=90%\"}\n")
	stdout, stderr, code := invsim("run", path, "--faults", "none", "--groups", "none")
	plain, _, _ := invsim("run", "--calls", "40", "--world", "20")
	if code != exitHeld || body(stdout) != body(plain) || !strings.Contains(stdout, "--faults none --groups none\n") {
		t.Errorf("exit %d: %s%s\nwant %s", code, stdout, stderr, plain)
	}
}

// TestFilesOfOtherEditors: a byte-order mark and the ends of lines of Windows change
// nothing, and UTF-16 is named.
func TestFilesOfOtherEditors(t *testing.T) {
	scenario := "name: x\nrun: {calls: 40, world: 20}\nthresholds:\n  - messages_per_call > 0\n"
	crlf := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	wide := func(text string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, c := range []byte(text) {
			b.WriteString(string([]byte{c, 0}))
		}
		return b.String()
	}
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		text string
		args func(path string) []string
	}{
		"scenario": {scenario, func(path string) []string { return []string{"run", path} }},
		"uplink":   {"10\n20\n30\n", func(path string) []string { return []string{"run", "--calls", "40", "--uplink", path} }},
		"samples":  {"10\n20.5\n30\n", func(path string) []string { return []string{"run", "--calls", "40", "--latency", "samples:" + path} }},
	} {
		want, stderr, code := invsim(c.args(file(c.text))...)
		if code != exitHeld {
			t.Fatalf("%s: %s", name, stderr)
		}
		for _, text := range []string{"\ufeff" + c.text, crlf(c.text), "\ufeff" + crlf(c.text)} {
			if got, stderr, code := invsim(c.args(file(text))...); code != exitHeld || body(got) != body(want) {
				t.Errorf("%s as %q: exit %d, %s", name, text, code, stderr)
			}
		}
		if _, stderr, code := invsim(c.args(file(wide(c.text)))...); code != exitUsage || !strings.Contains(stderr, "the file is in UTF-16; save it as UTF-8") {
			t.Errorf("%s in UTF-16: exit %d, %s", name, code, stderr)
		}
	}
}

// TestTimesThatFollow: one time is changed, those that must outlast it follow, and the
// commands say so.
func TestTimesThatFollow(t *testing.T) {
	for args, says := range map[string]string{
		"run --calls 100 --expiry-time 120s":                        "invsim: adjusted to fit the other times: expiry-cap 2m0s, tombstone-time 4m49.68s\n",
		"trace --calls 100 --expiry-time 120s --call 5":             "invsim: adjusted to fit the other times: expiry-cap 2m0s, tombstone-time 4m49.68s\n",
		"compare lan --calls 100 --a --expiry-time=120s":            "invsim: lan --expiry-time=120s: adjusted to fit the other times: expiry-cap 2m0s, tombstone-time 4m49.68s\n",
		"sweep --calls 100 --rows no-response-time=30s,90s":         "invsim: 90s: adjusted to fit the other times: linger-time 1m30s, tombstone-time 5m48.84s\n",
		"run --calls 100 --expiry-time 120s -q":                     "",
		"run --calls 100 --expiry-time 120s --tombstone-time=5m -q": "",
	} {
		_, stderr, code := invsim(strings.Fields(args)...)
		if said := stderr[:strings.LastIndex(stderr, "\n")+1]; code != exitHeld || !strings.HasPrefix(stderr, says) || says == "" && said != "" {
			t.Errorf("invsim %s: exit %d, %s", args, code, stderr)
		}
	}
	if _, stderr, code := invsim("run", "--expiry-time", "120s", "--tombstone-time", "4m7s"); code != exitUsage {
		t.Errorf("a time that was given: exit %d, %s", code, stderr)
	}
}
