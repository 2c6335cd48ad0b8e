package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

// Answers of tests do not depend on the build.
func init() { version = "v0.0.0-test, tokens inv2" }

func TestVersion(t *testing.T) {
	short, _, code := invsim("--version")
	if short != "invsim "+version+"\n" || code != exitHeld {
		t.Errorf("exit %d: %s", code, short)
	}
	text, _, _ := invsim("version")
	asJSON, _, _ := invsim("version", "-o", "json")
	var b build
	if err := json.Unmarshal([]byte(asJSON), &b); err != nil || b != thisBuild() || !strings.HasPrefix(b.Go, "go1.") || b.Tokens != setup.TokenFormat {
		t.Errorf("%v: %s", err, asJSON)
	}
	for _, word := range []string{b.Version, b.Commit, b.Go, b.Tokens} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in\n%s", word, text)
		}
	}
	if line := (build{Version: "v1.2.3", Commit: "0123456789abcdef", Tokens: "inv2"}).line(); line != "v1.2.3 (0123456789ab), tokens inv2" {
		t.Error(line)
	}
}

// TestAnswersNameTheVersion in the forms that are kept.
func TestAnswersNameTheVersion(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	stdout, _, _ := invsim("run", "--calls", "40", "-o", "json", "--html", page)
	html, err := os.ReadFile(page)
	swarm, _, _ := invsim("swarm", "--runs", "2", "-o", "json")
	for _, answer := range []string{stdout, swarm, string(html)} {
		if !strings.Contains(answer, version) || err != nil {
			t.Errorf("%v: no version in\n%.200s", err, answer)
		}
	}
}
