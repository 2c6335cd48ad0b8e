// Pages to follow: their commands are run in the order of the page, in an empty directory
// with the files that the page shows, and print what the page shows below them. In
// such a page
//
//   - a block that begins ```yaml world.yaml is a file of that name, or a part of it if
//     testdata has that file,
//   - each line of a sh block is a command, alone in its block if its output is shown,
//   - a command that ends with # exit 4 has that exit code, others have 0,
//   - the text block below a command is its output; the line … in it stands for what is
//     left out.
//
// go test ./cmd/invsim -run TestPagesToFollow -rewrite writes the outputs anew. It keeps how many
// lines stand before and after the line ….

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

var followed = []string{"docs/questions.md", "docs/tutorial-engineers.md", "docs/tutorial-testers.md"}

const leftOut = "…"

func TestPagesToFollow(t *testing.T) {
	for _, page := range followed {
		t.Run(page, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("..", "..", page))
			if err != nil {
				t.Fatal(err)
			}
			text := readPage(t, page)
			testdata, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			if err := os.Symlink(testdata, "testdata"); err != nil {
				t.Fatal(err)
			}
			got := follow(t, page, text)
			switch {
			case golden.Rewriting():
				golden.Write(t, path, got)
			case got != text:
				golden.File(t, path, got)
			}
		})
	}
}

var (
	fence    = regexp.MustCompile("(?ms)^```([a-z]*)([^\n]*)\n(.*?)^```\n")
	exitMark = regexp.MustCompile(` +# exit ([0-9]+)$`)
)

// follow does what a page says, and returns the page with the outputs that there were.
func follow(t *testing.T, name, page string) string {
	t.Helper()
	var out strings.Builder
	last, output, commands := 0, "", 0
	for _, at := range fence.FindAllStringSubmatchIndex(page, -1) {
		kind, file, body := page[at[2]:at[3]], strings.TrimSpace(page[at[4]:at[5]]), page[at[6]:at[7]]
		out.WriteString(page[last:at[6]])
		last = at[7]
		switch {
		case strings.HasPrefix(file, "testdata/"):
			if whole, err := os.ReadFile(file); err != nil || !strings.Contains(string(whole), body) {
				t.Errorf("%s: this is not in %s: %v\n%s", name, file, err, body)
			}
		case file != "":
			if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		case kind == "sh":
			for line := range strings.Lines(strings.ReplaceAll(body, "\\\n", " ")) {
				output = followCommand(t, name, strings.TrimSpace(line))
				commands++
			}
		case kind == "text":
			body = shorten(output, body)
		}
		out.WriteString(body)
	}
	if commands == 0 {
		t.Errorf("%s shows no command", name)
	}
	return out.String() + page[last:]
}

// followCommand runs a line of a page.
func followCommand(t *testing.T, page, line string) string {
	t.Helper()
	want := exitHeld
	if mark := exitMark.FindStringSubmatch(line); mark != nil {
		want, _ = strconv.Atoi(mark[1])
		line = strings.TrimSuffix(line, mark[0])
	}
	line, _, _ = strings.Cut(line, "  #")
	command, ok := strings.CutPrefix(line, "invsim ")
	if !ok {
		t.Fatalf("%s: %q is no command of invsim", page, line)
	}
	words := shellWords(t, command)
	stdout, stderr, code := invsim(words...)
	if code != want {
		t.Fatalf("%s: %s: exit %d, not %d: %s%s", page, line, code, want, stdout, stderr)
	}
	if i := slices.Index(words, "--html"); i >= 0 {
		html, err := os.ReadFile(words[i+1])
		if first, _, _ := strings.Cut(stdout, "  "); err != nil || !strings.Contains(strings.ToUpper(string(html)), "<TITLE>CALL INVITATIONS: "+first) {
			t.Errorf("%s: %s writes no page with its verdict: %v", page, line, err)
		}
	}
	return stdout
}

// shorten leaves out of an output what the page leaves out.
func shorten(output, shown string) string {
	lines, show := slices.Collect(strings.Lines(output)), slices.Collect(strings.Lines(shown))
	before := slices.Index(show, leftOut+"\n")
	if before < 0 {
		return output
	}
	after := len(show) - before - 1
	if before+after >= len(lines) {
		return output
	}
	return strings.Join(slices.Concat(lines[:before], []string{leftOut + "\n"}, lines[len(lines)-after:]), "")
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
		blocks := fence.FindAllStringSubmatch(section, -1)
		if n := len(shownCommands(section)); n < 1 || n > 2 {
			t.Errorf("question %d takes %d commands", i+1, n)
		}
		at := slices.IndexFunc(blocks, func(b []string) bool { return b[1] == "text" })
		first, _, cut := strings.Cut(blocks[at][3], leftOut+"\n")
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

// TestFollow: a page with another output, another exit code or a command that there is not is
// noticed.
func TestFollow(t *testing.T) {
	t.Chdir(t.TempDir())
	page := "Save:\n\n```yaml w.yaml\nname: w\nrun: {calls: 40, world: 20}\n```\n\n```sh\ninvsim run w.yaml --threshold 'messages < 1'   # exit 4\n```\n\n```text\n…\nagain: x\n```\n"
	if got := follow(t, "a page", page); !strings.Contains(got, "…\nagain: invsim run w.yaml --threshold 'messages < 1'\n```\n") {
		t.Error(got)
	}
	for _, c := range []struct{ output, shown, want string }{
		{"a\nb\nc\n", "x\n", "a\nb\nc\n"}, {"a\nb\nc\n", "x\n…\n", "a\n…\n"}, {"a\nb\nc\n", "…\nx\n", "…\nc\n"}, {"a\nb\nc\n", "x\n…\ny\n", "a\n…\nc\n"}, {"a\n", "x\n…\ny\n", "a\n"},
	} {
		if got := shorten(c.output, c.shown); got != c.want {
			t.Errorf("%q, of which is shown %q: %q", c.output, c.shown, got)
		}
	}
}
