// Campaigns and what they leave behind: swarms, failures made small, coverage, pages.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSwarmAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"swarm.txt":          {[]string{"swarm", "--runs", "40"}, exitHeld},
		"swarm.json":         {[]string{"swarm", "--runs", "40", "-o", "json"}, exitHeld},
		"swarm-options.txt":  {[]string{"swarm", "--runs", "2", "--options"}, exitHeld},
		"swarm-mutant.txt":   {[]string{"swarm", "--runs", "40", "--mutant", "accept-after-cancel"}, exitViolated},
		"swarm-cover.txt":    {[]string{"swarm", "--runs", "40", "--cover"}, exitHeld},
		"run-cover.txt":      {[]string{"run", "--calls", "1000", "--cover"}, exitHeld},
		"run-mutant.txt":     {[]string{"run", "--calls", "1000", "--loss", "20%", "--mutant", "receipt-not-implied"}, exitViolated},
		"run.csv":            {[]string{"run", "--calls", "1000", "-o", "csv"}, exitHeld},
		"run.jsonl":          {[]string{"run", "--calls", "1000", "-o", "jsonl"}, exitHeld},
		"run.md":             {[]string{"run", "--calls", "1000", "-o", "md"}, exitHeld},
		"trace.mmd":          {[]string{"trace", "--loss", "30%", "--call", "1", "-o", "mermaid"}, exitHeld},
		"mutants.txt":        {[]string{"mutants"}, exitHeld},
		"help.txt":           {[]string{"--help"}, exitHeld},
		"help-swarm.txt":     {[]string{"swarm", "--help"}, exitHeld},
		"trace-violated.txt": {[]string{"trace", "--calls", "1000", "--mutant", "accept-without-confirm", "--call", "13"}, exitViolated},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invsim(c.args...)
			if code != c.code {
				t.Fatalf("exit %d, want %d: %s", code, c.code, stderr)
			}
			requireFile(t, name, stdout)
		})
	}
}

// TestTokenOfASwarm: what a swarm says to look at, shows the failure.
func TestTokenOfASwarm(t *testing.T) {
	stdout, _, _ := invsim("swarm", "--runs", "40", "--mutant", "second-ring")
	var look, token string
	for _, line := range strings.Split(stdout, "\n") {
		if rest, ok := strings.CutPrefix(line, "look:  invsim "); ok {
			look = rest
		}
		if rest, ok := strings.CutPrefix(line, "token: "); ok {
			token = rest
		}
	}
	for _, args := range [][]string{strings.Fields(look), {"replay", token}, {"why", token}} {
		if out, stderr, code := invsim(args...); code != exitViolated || !strings.Contains(out, "S6") {
			t.Errorf("invsim %v: exit %d, %s\n%s", args, code, stderr, out)
		}
	}
}

// TestPage: a page is written beside the answer, whatever the verdict, and stays small.
func TestPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{nil, exitHeld, []string{"Call invitations: held", "state", "residue", "cancel-crossed-accept"}},
		{[]string{"--mutant", "unknown-accept-confirmed", "--crash-every", "20s", "--snapshots", "none", "--calls", "20000"}, exitViolated,
			[]string{"Call invitations: violated", "What it takes", "crashes at", "this engine did", "invsim replay inv2-"}},
	} {
		_, stderr, code := invsim(append([]string{"run", "--calls", "2000", "--html", path}, c.args...)...)
		if code != c.code {
			t.Fatalf("%v: exit %d: %s", c.args, code, stderr)
		}
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(string(page), want) {
				t.Errorf("%v: the page does not say %q", c.args, want)
			}
		}
		if len(page) > 2<<20 {
			t.Errorf("%v: the page has %d bytes", c.args, len(page))
		}
	}
	if _, stderr, code := invsim("run", "--calls", "10", "--html", "/not/there/x.html"); code != exitUsage || !strings.Contains(stderr, "--html") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestSwarmBadUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		says string
	}{
		{"swarm --runs 0", "--runs 0: must be from 1 to"},
		{"swarm --workers 0", "--workers 0"},
		{"swarm --mutant second-rin", "did you mean second-ring?"},
		{"swarm --mutant xyzzy", "see invsim mutants"},
		{"swarm -o xml", "there are csv, json, text"},
		{"swarm 5", `unexpected argument "5"`},
		{"run --mutant xyzzy", "--mutant"},
		{"run --latency gamma:1s,2", "there are normal, lognormal, pareto and samples"},
		{"run --faults offline@5s", "not a fault such as"},
	} {
		stdout, stderr, code := invsim(strings.Fields(c.args)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim %s: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
	}
}
