package golden

import (
	"os"
	"path/filepath"
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
