package main

import (
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

func TestCheckAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		code int
	}{
		"check.txt":         {"check --calls 1", exitHeld},
		"check.json":        {"check --calls 1 --max-crash 1 --snapshots none -o json", exitHeld},
		"check-counted.txt": {"check --calls 1 --max-loss 0", exitHeld},
		"check-devices.txt": {"check --with devices", exitHeld},
		"check-mutant.txt":  {"check --mutant accept-after-cancel", exitViolated},
		"check-full.txt":    {"check --calls 2 --both-ways --max-loss 1 --max-states 2000", exitMissed},
		"help-check.txt":    {"check --help", exitHeld},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invsim(strings.Fields(c.line)...)
			if code != c.code {
				t.Fatalf("exit %d, want %d: %s", code, c.code, stderr)
			}
			requireFile(t, name, stdout)
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"check --calls 4":                "--calls 4: must be from 1 to 3",
		"check --both-ways":              "at least 2 --calls",
		"check --snapshots freshly":      "did you mean fresh",
		"check --with log-out":           "did you mean log-outs",
		"check --with time --max-dup 1":  "have no meaning",
		"check --with devices --calls 2": "one call to two devices",
		"check --with group":             "2 --calls are needed",
		"check --mutant second":          "second-ring",
		"check world.yaml":               "check",
	} {
		if _, stderr, code := invsim(strings.Fields(line)...); code != exitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %s", line, code, stderr)
		}
	}
}

// TestCheckToken: the token of a violation is a world that replay finds violated, too.
func TestCheckToken(t *testing.T) {
	stdout, _, _ := invsim("check", "--mutant", "early-cancel-acked-only")
	_, rest, _ := strings.Cut(stdout, "token: ")
	token := strings.Fields(rest)[0]
	if _, err := setup.ParseToken(token, nil); err != nil {
		t.Fatal(err)
	}
	if replayed, _, code := invsim("replay", token); code != exitViolated || !strings.Contains(replayed, "S7") {
		t.Errorf("exit %d:\n%s", code, replayed)
	}
}
