package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJudgePage: the page shows what the command prints.
func TestJudgePage(t *testing.T) {
	requireBlocks(t, "docs/judge.md", []block{{"answer", func(t *testing.T, _ string) string {
		t.Chdir(filepath.Join("..", ".."))
		answer, stderr, code := invsim("judge", "testdata/judge/alice.jsonl", "testdata/judge/bob.jsonl")
		t.Chdir(filepath.Join("cmd", "invsim"))
		if code != exitViolated || stderr != "" {
			t.Errorf("code %d, %s", code, stderr)
		}
		return "```text\n" + answer + "```\n"
	}}})
}

// TestJudge: exit codes, and what is said of what cannot be read.
func TestJudge(t *testing.T) {
	logs := filepath.Join("..", "..", "testdata", "judge")
	alice, bob, none := filepath.Join(logs, "alice.jsonl"), filepath.Join(logs, "bob.jsonl"), filepath.Join(t.TempDir(), "none.jsonl")
	if err := os.WriteFile(none, []byte("hello\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args        []string
		code        int
		out, stderr string
	}{
		{[]string{alice}, exitHeld, "no log of the callee has the call", ""},
		{[]string{alice, bob, none}, exitViolated, "BROKEN S5", "no line of 1 says whose log it is; line 1: it is no JSON object"},
		{[]string{alice, none}, exitInternal, "calls 1, 0 broken", "none.jsonl"},
		{[]string{alice, alice + ".gz"}, exitInternal, "calls 1, 0 broken", "no such file"},
		{nil, exitUsage, "", "name the logs"},
		{[]string{alice, "--call", "a11ce-2"}, exitUsage, "", "judge --call a11ce-2: no log has that call"},
		{[]string{alice, "--call", "a11ce-1"}, exitHeld, "  alice     +0.000s  calls send()", ""},
		{[]string{alice, "-o", "yaml"}, exitUsage, "", "json, text"},
	} {
		out, stderr, code := invsim(append([]string{"judge"}, c.args...)...)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%q: code %d, %s\n%s", c.args, code, stderr, out)
		}
	}
	out, _, code := invsim("judge", alice, bob, "-o", "json")
	var answer struct {
		Verdict string
		Calls   []struct {
			Invitation string
			Ends       []struct{ Who, End string }
			Findings   []struct{ Property, Verdict, Reason string }
			Story      []string
		}
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != exitViolated || answer.Verdict != "broken" || len(answer.Calls) != 1 {
		t.Fatalf("%v: code %d\n%s", err, code, out)
	}
	c := answer.Calls[0]
	if c.Invitation != "a11ce-1" || len(c.Ends) != 2 || c.Ends[1].End != "ACCEPTED" || len(c.Findings) != 17 || c.Findings[4].Verdict != "broken" || len(c.Story) < 10 {
		t.Errorf("%+v", c)
	}
}
