package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder notes how a test went.
type recorder struct {
	testing.TB
	failed, stopped bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.stopped = true; panic(r) }

// compared is how File goes, with or without -rewrite.
func compared(path, want string, writes bool) (r recorder) {
	defer func() { *rewrite = false; _ = recover() }()
	*rewrite = writes
	File(&r, path, want)
	return r
}

// A file is written with -rewrite alone, and then it is what was wanted.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "file.txt")
	for _, step := range []struct {
		want            string
		writes          bool
		failed, stopped bool
	}{
		{"one", false, false, true},
		{"one", true, false, false},
		{"one", false, false, false},
		{"two", false, true, false},
		{"one", false, false, false},
	} {
		if r := compared(path, step.want, step.writes); r.failed != step.failed || r.stopped != step.stopped {
			t.Errorf("%+v: failed %v, stopped %v", step, r.failed, r.stopped)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "one" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestFirstDifference(t *testing.T) {
	for _, c := range []struct{ got, want, says string }{
		{"a\nb\nc\n", "a\nx\nc\n", "line 2 is\nb\nand should be\nx\n"},
		{"a\n", "a\nb\n", "line 2 is\nand should be\nb\n"},
		{"a\nb", "a\n", "line 2 is\nband should be\n"},
	} {
		if says := firstDifference(c.got, c.want); says != c.says {
			t.Errorf("%q, want %q", says, c.says)
		}
	}
}

// TestFollowed: files are there for the commands, and outputs are those of the commands.
func TestFollowed(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(commands string) string {
		data, err := os.ReadFile(strings.TrimSpace(commands))
		if err != nil {
			t.Error(err)
		}
		return string(data)
	}
	page := "Save:\n\n```txt a.txt\none\ntwo\nthree\n```\n\n```sh\na.txt\n```\n\n```text\n%s```\n\n```go\nleft alone\n```\nEnd.\n"
	for shown, want := range map[string]string{
		"x\n": "one\ntwo\nthree\n", "x\n…\n": "one\n…\n", "…\nx\n": "…\nthree\n", "x\n…\ny\n": "one\n…\nthree\n", "x\nx\n…\ny\n": "one\ntwo\nthree\n", "": "one\ntwo\nthree\n",
	} {
		if got := followed(t, fmt.Sprintf(page, shown), run); got != fmt.Sprintf(page, want) {
			t.Errorf("%q becomes\n%s", shown, got)
		}
	}
}
