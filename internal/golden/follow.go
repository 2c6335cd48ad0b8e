// Pages to follow: what a page tells readers to type is typed, in its order, in an empty
// directory with the files that the page shows, and prints what the page shows below it.
// In such a page
//
//   - a block that begins ```yaml world.yaml is a file of that name, or a part of it if
//     testdata of this module has that file,
//   - a block that begins ```sh is commands,
//   - the next ```text block is the output of the last commands; the line … in it stands
//     for what is left out.
//
// With -rewrite the outputs are written anew, with as many lines before and after the line
// … as there were.

package golden

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// LeftOut is the line that stands for lines of an output that a page leaves out.
const LeftOut = "…"

// Fence finds the blocks of a page: the language, what else is on its first line, the body.
var Fence = regexp.MustCompile("(?ms)^```([a-z]*)([^\n]*)\n(.*?)^```\n")

// Follow follows a page in a module with the given root, and compares the outputs of its
// commands. run carries out a block of commands, in the present directory.
func Follow(t *testing.T, root, page string, run func(commands string) (output string)) {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, filepath.FromSlash(page))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(root, "testdata"), "testdata"); err != nil {
		t.Fatal(err)
	}
	File(t, path, followed(t, string(text), run))
}

// followed does what a page says, and returns it with the outputs that there were.
func followed(t *testing.T, page string, run func(commands string) string) string {
	t.Helper()
	var out strings.Builder
	last, output, blocks := 0, "", 0
	for _, at := range Fence.FindAllStringSubmatchIndex(page, -1) {
		kind, file, body := page[at[2]:at[3]], strings.TrimSpace(page[at[4]:at[5]]), page[at[6]:at[7]]
		out.WriteString(page[last:at[6]])
		last = at[7]
		switch {
		case strings.HasPrefix(file, "testdata/"):
			if whole, err := os.ReadFile(file); err != nil || !strings.Contains(string(whole), body) {
				t.Errorf("this is no part of %s (%v):\n%s", file, err, body)
			}
		case file != "":
			if err := os.WriteFile(file, []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
		case kind == "sh":
			output = run(strings.ReplaceAll(body, "\\\n", " "))
			blocks++
		case kind == "text":
			body = shortened(output, body)
		}
		out.WriteString(body)
	}
	if blocks == 0 {
		t.Error("the page shows no command")
	}
	return out.String() + page[last:]
}

// shortened leaves out of an output what the page leaves out.
func shortened(output, shown string) string {
	lines, show := slices.Collect(strings.Lines(output)), slices.Collect(strings.Lines(shown))
	before := slices.Index(show, LeftOut+"\n")
	after := len(show) - before - 1
	if before < 0 || before+after >= len(lines) {
		return output
	}
	return strings.Join(slices.Concat(lines[:before], []string{LeftOut + "\n"}, lines[len(lines)-after:]), "")
}
