// Pages to follow (internal/golden): their commands are run in this process. A command
// that ends with # exit 4 has that exit code, others have 0.
//
//	go test ./cmd/invsim -run TestPagesToFollow -rewrite
//
// writes the outputs anew.

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

func TestPagesToFollow(t *testing.T) {
	if testing.Short() {
		t.Skip("many runs")
	}
	asCommand(t)
	for _, page := range []string{"docs/campaigns.md", "docs/questions.md", "docs/tutorial-engineers.md", "docs/tutorial-testers.md"} {
		t.Run(page, func(t *testing.T) {
			golden.Follow(t, filepath.Join("..", ".."), page, func(commands string) (output string) {
				for line := range strings.Lines(commands) {
					output = followCommand(t, strings.TrimSpace(line))
				}
				return output
			})
		})
	}
}

// asCommand puts this program on the path as invsim, for commands that start an endpoint.
func asCommand(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	program, err := os.Executable()
	if err == nil {
		err = os.Symlink(program, filepath.Join(dir, "invsim"))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("INVSIM_RUNS_MAIN", "1")
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

var exitMark = regexp.MustCompile(` +# exit ([0-9]+)$`)

// followCommand runs a line of a page.
func followCommand(t *testing.T, line string) string {
	t.Helper()
	want := exitHeld
	if mark := exitMark.FindStringSubmatch(line); mark != nil {
		want, _ = strconv.Atoi(mark[1])
		line = strings.TrimSuffix(line, mark[0])
	}
	line, _, _ = strings.Cut(line, "  #")
	command, ok := strings.CutPrefix(line, "invsim ")
	if !ok {
		t.Fatalf("%q is no command of invsim", line)
	}
	words := shellWords(t, command)
	stdout, stderr, code := invsim(words...)
	if code != want {
		t.Fatalf("%s: exit %d, not %d: %s%s", line, code, want, stdout, stderr)
	}
	if i := slices.Index(words, "--html"); i >= 0 {
		html, err := os.ReadFile(words[i+1])
		if first, _, _ := strings.Cut(stdout, "  "); err != nil || !strings.Contains(strings.ToUpper(string(html)), "<TITLE>CALL INVITATIONS: "+first) {
			t.Errorf("%s writes no page with its verdict: %v", line, err)
		}
	}
	return stdout
}

// TestFiveQuestions: each takes two commands at most, and the answer stands in the first ten
// lines of the output of the first.
func TestFiveQuestions(t *testing.T) {
	_, page, _ := strings.Cut(readPage(t, "docs/questions.md"), "\n## ")
	sections := strings.Split(page, "\n## ")
	answers := [][]string{
		{"advice: accept-time=", "Its residue is ", "failed\n        accept mean is "},
		{"dead rings ", " over 5s (", "ring after cancel ", " canceled, p50 "},
		{"ends     caller ACCEPTED, callee ACCEPT_FAILURE\n", "lost     ACCEPT "},
		{"HELD  ", "in the call", "disagree", "setup "},
		{"MISSED  threshold residue < 0.01%: "},
	}
	if len(sections) != len(answers) {
		t.Fatalf("%d questions", len(sections))
	}
	for i, section := range sections {
		blocks := golden.Fence.FindAllStringSubmatch(section, -1)
		if n := len(shownCommands(section)); n < 1 || n > 2 {
			t.Errorf("question %d takes %d commands", i+1, n)
		}
		at := slices.IndexFunc(blocks, func(b []string) bool { return b[1] == "text" })
		first, _, cut := strings.Cut(blocks[at][3], golden.LeftOut+"\n")
		if !cut || strings.Count(first, "\n") > 10 {
			t.Errorf("question %d is answered in\n%s", i+1, first)
		}
		for _, words := range answers[i] {
			if !strings.Contains(first, words) {
				t.Errorf("the first lines of question %d do not have %q:\n%s", i+1, words, first)
			}
		}
	}
}
