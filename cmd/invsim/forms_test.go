// The forms of an answer: the same flags mean the same on every command that plays
// worlds, and the others say why they do not have them.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

// playing are the commands that play worlds, each with a world that holds.
func playing() []string {
	return []string{
		"run --calls 40", "sweep --calls 40 --rows loss=1%,2%", "compare --calls 40 --world 20 lan wifi", "swarm --runs 3",
		"replay " + (&setup.Token{Options: setup.PlainOptions()}).String(),
	}
}

// TestThresholdsEverywhere: a kept one changes nothing but the answer, a missed one the
// exit code, the verdict in each format and stderr.
func TestThresholdsEverywhere(t *testing.T) {
	for _, command := range playing() {
		args := func(more ...string) []string { return append(strings.Fields(command), more...) }
		if _, stderr, code := invsim(args("--threshold", "messages > 0.1", "--threshold", "messages < 1000")...); code != exitHeld {
			t.Errorf("%s: exit %d: %s", command, code, stderr)
		}
		for _, format := range formatsOf(command) {
			stdout, stderr, code := invsim(args("-o", format, "--threshold", "messages > 0.1", "--threshold", "messages < 0.5")...)
			if code != exitMissed || !strings.Contains(stderr, "invsim: threshold messages < 0.5: ") || strings.Contains(stderr, "> 0.1") {
				t.Errorf("%s as %s: exit %d: %s", command, format, code, stderr)
			}
			if !strings.Contains(strings.ToLower(stdout), "missed") && format != "mermaid" && format != "svg" {
				t.Errorf("%s as %s does not say it:\n%s", command, format, stdout)
			}
			if format == "json" && !json.Valid([]byte(stdout)) {
				t.Errorf("%s: no JSON:\n%s", command, stdout)
			}
		}
		path := filepath.Join(t.TempDir(), "page.html")
		invsim(args("--html", path, "--threshold", "messages > 0.1", "--threshold", "messages < 0.5")...)
		page, _ := os.ReadFile(path)
		for _, want := range []string{`<p class="verdict missed">`, `<li class="held"><strong>held</strong> threshold <code>messages &gt; 0.1</code>: `, `<li class="missed"><strong>missed</strong> threshold <code>messages &lt; 0.5</code>: `} {
			if strings.Count(string(page), want) != 1 {
				t.Errorf("%s: the page does not say %s once", command, want)
			}
		}
		if stdout, stderr, code := invsim(args("--threshold", "residu < 1%")...); code != exitUsage || stdout != "" || !strings.Contains(stderr, "did you mean residue?") {
			t.Errorf("%s: exit %d: %s%s", command, code, stdout, stderr)
		}
	}
}

// TestJSONSaysWhereItComesFrom: the command, and the version of the program.
func TestJSONSaysWhereItComesFrom(t *testing.T) {
	for _, command := range append(playing(), "trace --calls 40 --call 3", "why "+secondRing(), "check --calls 1") {
		stdout, _, _ := invsim(append(strings.Fields(command), "-o", "json")...)
		for _, want := range []string{`"again": "invsim ` + strings.Fields(command)[0] + " ", `"version": "` + version + `"`} {
			if strings.Count(stdout, want) != 1 {
				t.Errorf("%s -o json does not say %s once:\n%.300s", command, want, stdout)
			}
		}
	}
}

func TestFailuresSayWhereTheyComeFrom(t *testing.T) {
	stdout, stderr, _ := invsim("replay", secondRing(), "--shrink", "-o", "json")
	if !strings.Contains(stdout, `"version": "`+version+`"`) {
		t.Errorf("%.300s %s", stdout, stderr)
	}
}

// TestFormsThatMakeNoSense: the error says why.
func TestFormsThatMakeNoSense(t *testing.T) {
	for args, want := range map[string]string{
		"trace --call 1 --threshold x":                    "invsim: trace: no flag --threshold here: a threshold is about many calls",
		"why inv2-AAAS_w --threshold x":                   "no flag --threshold here: a threshold is about a world",
		"play x.txt --threshold x":                        "demand with expect how it must end",
		"play x.txt --html x.html":                        "no flag --html here: the answer of play is itself a script",
		"play x.txt -o json":                              "no flag --output here: the answer of play is itself a script",
		"check --html x.html":                             "no flag --html here: a search has nothing to plot",
		"swarm --loss 5%":                                 "swarm: no flag --loss here: the seed draws the options of each world",
		"why inv2-AAAS_w --loss 1%":                       "no flag --loss here: the token holds the options of its world",
		"mutants --html x.html":                           "no flag --html here: the command lists names",
		"replay inv2-AAAS_w --shrink --threshold x<1":     "threshold \"x<1\"",
		"replay inv2-AAAS_w --shrink --threshold=ring<1s": "a threshold is about a world as it was",
	} {
		if stdout, stderr, code := invsim(strings.Fields(args)...); code != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
}

// TestPagesEverywhere: every command that plays a world makes a page, the same every time,
// with the verdict, the command that repeats it, the seed and the version.
func TestPagesEverywhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	broken, token := secondRing(), (&setup.Token{Options: setup.PlainOptions()}).String()
	for _, command := range append(playing(), "trace --calls 40 --call 3", "trace --calls 400 --loss 40% --mutant second-ring --call 1", "replay "+broken, "replay --shrink "+broken, "why "+broken, "why --call 0 "+token,
		"run --calls 400 --loss 40% --mutant second-ring", "swarm --runs 30 --mutant second-ring", "compare --calls 400 --loss 40% --mutant second-ring --b --dup=5%",
		"sweep --calls 400 --rows loss=30%,40% --columns dup=0%,5% --mutant second-ring --measure residue,messages") {
		args := append(strings.Fields(command), "--html", path)
		var first string
		for range 2 {
			_, stderr, code := invsim(args...)
			if code != exitHeld && code != exitViolated {
				t.Fatalf("%s: exit %d: %s", command, code, stderr)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			page := string(data)
			verdict := map[int]string{exitHeld: "held", exitViolated: "violated"}[code]
			for _, want := range []string{`<p class="verdict ` + verdict + `">`, "<code class=\"command\" tabindex=\"0\">invsim " + strings.Fields(command)[0] + " ", "seed ", "invsim " + version, `id="data">{`} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: the page does not say %q", command, want)
				}
			}
			if code == exitViolated && !strings.Contains(page, "S6") {
				t.Errorf("%s: the page does not say what is violated", command)
			}
			if first == "" {
				first = page
			} else if page != first {
				t.Errorf("%s makes two different pages", command)
			}
		}
	}
	if stdout, stderr, code := invsim("why", token, "--html", path); code != exitUsage || stdout != "" || !strings.Contains(stderr, "why --html: nothing is violated") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

// TestInterruptedPages: what is known makes a page.
func TestInterruptedPages(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	for _, command := range []string{"run", "sweep --rows loss=1%,2% --columns dup=0%,5% --measure residue,messages", "compare lan wifi", "swarm"} {
		path := filepath.Join(t.TempDir(), "page.html")
		var out, stderr bytes.Buffer
		code := run(ctx, append(strings.Fields(command), "--html", path), &out, &stderr)
		page, err := os.ReadFile(path)
		if code != exitInterrupted || err != nil || !strings.Contains(string(page), `<p class="verdict interrupted">`) {
			t.Errorf("%s: exit %d, %v: %s%.300s", command, code, err, stderr.String(), page)
		}
	}
}
