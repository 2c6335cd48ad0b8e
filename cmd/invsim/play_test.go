package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/transcript"
)

const question = "../../testdata/play/lost-invites.txt"

// TestPlayPage: docs/play.md shows an answer and the language.
func TestPlayPage(t *testing.T) {
	requireBlocks(t, "docs/play.md", []block{
		{"answer", func(t *testing.T, _ string) string {
			stdout, stderr, code := invsim("play", question)
			if code != exitHeld || stderr != "" {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			return "```text\n" + stdout + "```\n"
		}},
		{"language", func(*testing.T, string) string { return "```text\n" + transcript.Help() + "```\n" }},
	})
}

// TestPlayAgain: an answer is a script, with the same answer.
func TestPlayAgain(t *testing.T) {
	first, _, _ := invsim("play", question)
	withStdin(t, first)
	if again, stderr, code := invsim("play", stdin); code != exitHeld || again != first {
		t.Errorf("exit %d, %s: %s", code, stderr, again)
	}
	withStdin(t, "call alice bob\nuntil 1s\nexpect bob none\n")
	if stdout, stderr, code := invsim("play", stdin); code != exitViolated || !strings.Contains(stdout, "! bob has 1 invitations") || !strings.Contains(stderr, "line 3: bob has") {
		t.Errorf("exit %d, %s: %s", code, stderr, stdout)
	}
}

// TestTranscriptsPlay: every transcript of a race can be played, and keeps what it expects.
func TestTranscriptsPlay(t *testing.T) {
	files, err := filepath.Glob("../../testdata/scripts/*.txt")
	if err != nil || len(files) < 50 {
		t.Fatal(files, err)
	}
	otherwise := 0
	for _, file := range files {
		if _, stderr, code := invsim("play", "--round-times", file); code != exitHeld {
			t.Errorf("exit %d: %s", code, stderr)
		}
		if _, _, code := invsim("play", file); code != exitHeld {
			otherwise++
		}
	}
	if otherwise == 0 {
		t.Error("--round-times changes nothing")
	}
}

// TestPlayRefuses: every mistake has its line, and there is no answer.
func TestPlayRefuses(t *testing.T) {
	for _, c := range []struct{ script, says string }{
		{"call alice bob\nat 1x\nfoo\n", "line 2: at 1x: 1x is not a time"},
		{"call alice bob\nat 1x\nfoo\n", "line 3: foo: there is no verb foo"},
		{"# a question\ncancel alice #1\n", "line 2: cancel alice #1: there is no user alice"},
		{" output\n", "line 1: output has to stand below a command"},
		{"\xff\xfec\x00", "UTF-16"},
	} {
		withStdin(t, c.script)
		if stdout, stderr, code := invsim("play", stdin); code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit %d, %s%s", c.script, code, stdout, stderr)
		}
	}
	for says, args := range map[string][]string{
		"one script FILE is required": {}, "no such file": {filepath.Join(t.TempDir(), "none.txt")}, "is a directory": {t.TempDir()},
	} {
		if stdout, stderr, code := invsim(append([]string{"play"}, args...)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, says) {
			t.Errorf("%q: exit %d, %s%s", args, code, stdout, stderr)
		}
	}
}
