package mutation

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var draw = flag.Uint64("draw", 0, "draw testdata/drawn.txt anew from this seed (minutes)")

const (
	drawnFile = "testdata/drawn.txt"
	drawnEach = 50 // of a kind
)

const drawnHead = `# Breaks of the engine and of its tables, drawn by go test ./internal/mutation -run TestDraw -draw %d
# number | kind | file | func | ordinal | before | after
# Even numbers are for learning; odd numbers are for the measurement alone.
`

// TestDraw draws the list. The compiler must take each break.
func TestDraw(t *testing.T) {
	if *draw == 0 {
		t.Skip("no -draw")
	}
	all, err := Breaks(root)
	if err != nil {
		t.Fatal(err)
	}
	drawn := Draw(all, *draw, drawnEach, func(b *Break) bool {
		output, err := b.run(t, "build", "./engine", "./states")
		if err != nil && !bytes.Contains(output, []byte("# ")) {
			t.Fatalf("%v: %s", err, output)
		}
		return err == nil
	})
	var text strings.Builder
	fmt.Fprintf(&text, drawnHead, *draw)
	for i := range drawn {
		fmt.Fprintf(&text, "%03d | %v\n", i, &drawn[i])
	}
	if err := os.WriteFile(drawnFile, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d drawn of %d by seed %d", len(drawn), len(all), *draw)
}

// drawn is an entry of the list.
type drawn struct {
	Number     string
	Line       string
	Equivalent string // why it changes nothing that can be seen, if so
	*Break            // nil: the source has the place no more
}

// list reads the list, and finds its places in the source.
func list(t *testing.T) (entries []drawn) {
	t.Helper()
	text, err := os.ReadFile(drawnFile)
	if err != nil {
		t.Fatal(err)
	}
	all, err := Breaks(root)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		number, rest, _ := strings.Cut(line, " | ")
		switch why, ok := strings.CutPrefix(line, "equivalent: "); {
		case ok:
			entries[len(entries)-1].Equivalent = why
		case line != "" && line[0] != '#':
			d := drawn{Number: number, Line: rest}
			if i := slices.IndexFunc(all, func(b Break) bool { return b.String() == rest }); i >= 0 {
				d.Break = &all[i]
			}
			entries = append(entries, d)
		}
	}
	return entries
}

// TestDrawn: the source still has the places of the list.
func TestDrawn(t *testing.T) {
	entries, gone := list(t), 0
	for _, d := range entries {
		if d.Break == nil {
			t.Logf("gone: %s", d.Line)
			gone++
		}
	}
	if len(entries) != len(breakKinds)*drawnEach || gone > len(entries)/4 {
		t.Errorf("%d of %d places are gone: draw anew", gone, len(entries))
	}
}

// run runs the go command on the broken source.
func (b *Break) run(t *testing.T, command string, args ...string) ([]byte, error) {
	t.Helper()
	original, err := filepath.Abs(filepath.Join(root, b.File))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	broken, overlay := filepath.Join(dir, "broken.go"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{original: broken}})
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{broken: slices.Concat(source[:b.from], []byte(b.text), source[b.to:]), overlay: text} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", append([]string{command, "-overlay", overlay}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=1s")
	return cmd.CombinedOutput()
}
