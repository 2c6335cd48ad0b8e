// docs/guides.md shows code that is compiled and tested, and names what there is.

package guides

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/invsim/invsim/states"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const page = "../../docs/guides.md"

// TestBlocks: a log, a command or a script of the page stands in a file that is tested.
// (Of Go, all pages are tested together.)
func TestBlocks(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../browser/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			all := "\n" + read(t, file)
			code.WriteString(all + strings.ReplaceAll(all, "\n\t", "\n") + strings.ReplaceAll(all, "\n\t// ", "\n") + strings.ReplaceAll(all, "\n//\t", "\n"))
		}
	}
	blocks := regexp.MustCompile("(?s)```(\\w+)\n(.*?)```\n").FindAllStringSubmatch(read(t, page), -1)
	others := 0
	for _, block := range blocks {
		text := block[2]
		switch block[1] {
		case "go":
			continue
		case "sh":
			text, _, _ = strings.Cut(text, "\ncp ") // which TestPhone has no need of
			text += "\n"
		}
		others++
		if !strings.Contains(code.String(), "\n"+text) {
			t.Errorf("no file has\n%s", block[2])
		}
	}
	if others != 3 {
		t.Errorf("%d other blocks", others)
	}
}

// TestMoves: the moves that the page tells people to watch can happen.
func TestMoves(t *testing.T) {
	triggers, ends := map[string]bool{}, map[string]bool{}
	for n := range 256 {
		triggers[states.LocalTrigger(n).String()], triggers[states.RemoteTrigger(n).String()] = true, true
		ends[states.LocalState(n).String()], ends[states.RemoteState(n).String()] = true, true
	}
	moves := regexp.MustCompile("[`\"]([^`\"]+) → ([^`\"]+)[`\"]").FindAllStringSubmatch(read(t, page), -1)
	if len(moves) < 5 {
		t.Errorf("%d moves", len(moves))
	}
	for _, move := range moves {
		if !triggers[move[1]] || !ends[move[2]] {
			t.Errorf("%s → %s is no move", move[1], move[2])
		}
	}
}

// TestFields: the counters that the page names are there.
func TestFields(t *testing.T) {
	source := read(t, "../../engine/stats.go")
	files, err := filepath.Glob("../../host/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source += read(t, file)
	}
	_, table, _ := strings.Cut(read(t, page), "| watch |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, name := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(table, -1) {
		if !regexp.MustCompile(`(?m)^\t` + name[1] + `\s+uint64`).MatchString(source) {
			t.Errorf("there is no counter %s", name[1])
		}
	}
}
