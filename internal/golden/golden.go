package golden

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew, to be read before they are kept")

// Rewriting reports whether the files are to be written anew.
func Rewriting() bool { return *rewrite }

// File compares a file with the content that it should have, or writes it.
func File(t testing.TB, path, want string) {
	t.Helper()
	if *rewrite {
		Write(t, path, want)
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -rewrite", err)
	}
	if string(got) != want {
		t.Errorf("%s should be otherwise (write it with -rewrite, and read the difference); %s", path, firstDifference(string(got), want))
	}
}

// Region is a page with another text between the line <!-- generated: NAME --> and the
// next line <!-- end -->.
func Region(t testing.TB, page, name, text string) string {
	t.Helper()
	begin, end := "<!-- generated: "+name+" -->\n", "<!-- end -->\n"
	before, rest, found := strings.Cut(page, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("the page has no place for %s", name)
	}
	return before + begin + text + end + after
}

// firstDifference names the first line in which two texts differ.
func firstDifference(got, want string) string {
	is, ought := strings.SplitAfter(got, "\n"), strings.SplitAfter(want, "\n")
	for i := 0; ; i++ {
		switch {
		case i == len(is):
			return fmt.Sprintf("after its last line comes\n%s", strings.Join(ought[i:], ""))
		case i == len(ought):
			return fmt.Sprintf("it ends before line %d:\n%s", i+1, is[i])
		case is[i] != ought[i]:
			return fmt.Sprintf("line %d is\n%sand should be\n%s", i+1, is[i], ought[i])
		}
	}
}

// Write writes a file and the folders above it.
func Write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Written is everything that a function writes.
func Written(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// full is a writer that takes some bytes and no more.
type full struct {
	room   int
	got    bytes.Buffer
	failed bool
	after  int // writes after the first that failed
}

var errFull = errors.New("no room")

func (f *full) Write(p []byte) (int, error) {
	if f.failed {
		f.after++
	}
	n := min(len(p), f.room)
	f.room -= n
	f.got.Write(p[:n])
	if n < len(p) {
		f.failed = true
		return n, errFull
	}
	return n, nil
}

// RequireWriteErrors stops a function's output after any number of bytes, and wants the
// writer's error back and no further writes.
func RequireWriteErrors(t testing.TB, write func(io.Writer) error) {
	t.Helper()
	whole := Written(t, write)
	for room := 0; room < len(whole); room += 1 + room/4 {
		f := &full{room: room}
		if err := write(f); !errors.Is(err, errFull) || f.got.String() != whole[:room] || f.after != 0 {
			t.Fatalf("after %d of %d bytes: error %v, %d bytes written, and %d writes more", room, len(whole), err, f.got.Len(), f.after)
		}
	}
	if err := write(&full{room: len(whole)}); err != nil {
		t.Errorf("there was room for all, and yet %v", err)
	}
}
