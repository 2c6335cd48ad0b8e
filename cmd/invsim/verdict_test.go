// One verdict for every form and one rule for exit codes.

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/result"
)

func TestExitCodesOfVerdicts(t *testing.T) {
	for verdict, want := range map[result.Verdict]int{
		result.Held: 0, result.Violated: 1, result.Missed: 4, result.NotEnded: 5, result.Interrupted: 130,
	} {
		code, err := 0, ending(verdict, "why")
		var end *exit
		if errors.As(err, &end) {
			code = end.code
		}
		if code != want {
			t.Errorf("%v: exit %d", verdict, code)
		}
	}
}

// TestExitCodesAreMadeOnce: no command has a rule of its own.
func TestExitCodesAreMadeOnce(t *testing.T) {
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"exitViolated", "exitNotEnded", "exitMissed"} {
			if file != "main.go" && !strings.HasSuffix(file, "_test.go") && strings.Contains(string(text), code) {
				t.Errorf("%s has %s", file, code)
			}
		}
	}
}

// TestMissedIsSeen: in every form and command, by its name and its value.
func TestMissedIsSeen(t *testing.T) {
	path := write(t, "name: x\nrun: {calls: 400, world: 20}\ngoals: [crash-while-ringing]\nthresholds: [messages_per_call < 1.5]\n")
	page := filepath.Join(t.TempDir(), "page.html")
	for args, want := range map[string][]string{
		"run " + path:                             {"MISSED  threshold messages_per_call < 1.5: ", "goal crash-while-ringing: never occurred; every property that is promised held on all 400 calls"},
		"run -o md " + path:                       {"**missed** threshold messages_per_call < 1.5: "},
		"run -o json " + path:                     {`"verdict": "missed"`},
		"run --html " + page + " " + path:         {"MISSED"},
		"sweep --rows loss=0%,5% " + path:         {"MISSED  threshold messages_per_call < 1.5: "},
		"sweep -o csv --rows loss=0%,5% " + path:  {",missed,"},
		"sweep -o md --rows loss=0%,5% " + path:   {"**missed** threshold messages_per_call < 1.5: "},
		"sweep -o json --rows loss=0%,5% " + path: {`"verdict": "missed"`, "goal crash-while-ringing: never occurred"},
		"compare --b --loss=5% " + path:           {"MISSED  threshold messages_per_call < 1.5: "},
		"compare -o json --b --loss=5% " + path:   {`"verdict": "missed"`},
	} {
		stdout, stderr, code := invsim(strings.Fields(args)...)
		if code != exitMissed || !strings.Contains(stderr, "invsim: threshold messages_per_call < 1.5: ") {
			t.Errorf("%s: exit %d: %s", args, code, stderr)
		}
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(stdout, "\n      ", " "), text) {
				t.Errorf("%s says\n%s\nand not %q", args, stdout, text)
			}
		}
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"<title>Call invitations: missed</title>", `<p class="verdict missed">`, "messages_per_call &lt; 1.5: ", `<li class="missed">`} {
		if !strings.Contains(string(html), text) {
			t.Errorf("the page does not say %s", text)
		}
	}
}
