// What is refused, and how: testdata/scenarios/bad holds a file for each kind of
// mistake, with the message beside it.

package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/golden"
)

const scenarios = "../../testdata/scenarios"

func TestBad(t *testing.T) {
	KnownGoals = func() []string { return []string{"glare", "redial"} }
	t.Cleanup(func() { KnownGoals = nil })
	files, err := filepath.Glob(scenarios + "/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := Load(path)
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("got %v", err)
			}
			golden.File(t, strings.TrimSuffix(path, ".yaml")+".txt", strings.ReplaceAll(err.Error(), scenarios+"/", "")+"\n")
		})
	}
}

// TestHeavy: what would cost a parser dearly is refused soon.
func TestHeavy(t *testing.T) {
	const all = maxSize - 100
	fill := func(word string) string { return strings.Repeat(word, all/len(word)) }
	for name, c := range map[string]struct{ text, says string }{
		"too long":    {strings.Repeat("#\n", maxSize/2+1), "longer than 1048576 bytes"},
		"brackets":    {"name: " + fill("["), "lines and signs"},
		"braces":      {"name: " + fill("{a: "), "lines and signs"},
		"shallow":     {"name: " + strings.Repeat("[", 20), "nested more than 8 deep"},
		"dashes":      {fill("- "), "lines and signs"},
		"few dashes":  {strings.Repeat("- ", 15_000), "1:17: nested more than 8 deep"},
		"keys":        {fill("a: 1\n"), "lines and signs"},
		"words":       {strings.Repeat("a: 1\n", 10_000), "words and signs"},
		"questions":   {strings.Repeat("? ", 50), "complex keys"},
		"indented":    {indented(100), "nested more than 8 deep"},
		"colons":      {strings.Repeat("a: ", 5000), "not YAML"},
		"alias bomb":  {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "1:4: anchors"},
		"merge key":   {"a: 1\n<<: {b: 2}\n", "2:1: merge keys"},
		"tag":         {"name: !!binary aGk=\n", "1:7: tags"},
		"two":         {"name: x\n---\nname: y\n", "3:5: a second document"},
		"not UTF-8":   {"name: x\nabout: \xff\n", "2:1: not UTF-8"},
		"escape code": {"name: x\nabout: \x1b[31m\n", "2:8: a control character"},
		"escaped":     {`{name: x, about: "\e[31m"}`, "1:18: about: a text of at most"},
		"BOM":         {"\ufeffname: x\nloss: 1", "loss: unknown key"},
		"empty":       {"", "1:1: nothing in it"},
		"comments":    {"# nothing\n", "1:1: nothing in it"},
		"device":      {"name: x\nnetwork:\n  uplink: /dev/zero\n", "3:11: network.uplink: /dev/zero: not a regular file"},
		"samples":     {"name: x\nnetwork:\n  latency: samples:/dev/zero\n", "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			started := time.Now()
			_, err := Parse("x.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %.300v, want %s", err, c.says)
			}
			t.Log(time.Since(started))
		})
	}
}

func indented(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	path := filepath.Join(dir, "x.yaml")
	if err := os.WriteFile(path, []byte("name: x\nnetwork: {downlink: link}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "link"), []byte("1\n2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Load(path)
	if err != nil || s.Options.Downlink == nil || s.Options.Downlink.Name() != filepath.Join(dir, "link") {
		t.Errorf("%v %+v", err, s)
	}
}

// FuzzParse: no text panics, a refusal has a place in the file, and what is
// accepted is printed and read back as the same.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"presets/*.yaml", scenarios + "/*.yaml", scenarios + "/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || files == nil {
			f.Fatalf("%s: no files: %v", pattern, err)
		}
		for _, path := range files {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("x.yaml", data)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("not Problems: %v", err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Line > strings.Count(string(data), "\n")+1 {
					t.Fatalf("out of the file: %v", p)
				}
			}
			return
		}
		text := printed(t, s)
		again, err := Parse("x.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		requireSame(t, again, s)
	})
}
