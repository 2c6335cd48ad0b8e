package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew, to be read before they are kept")

// Rewriting reports whether the files are to be written anew.
func Rewriting() bool { return *rewrite }

// File compares a file with what it should hold, or writes it.
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
		t.Errorf("%s should be (write it with -rewrite):\n%s", path, want)
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
