package embedding_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

// TestTutorial follows docs/tutorial-embedders.md in a module of its own, beside this one, with
// the tools of Go. -rewrite writes the outputs anew.
func TestTutorial(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("it builds programs for Linux, which talk for some seconds")
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"sh", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	golden.Follow(t, root, "docs/tutorial-embedders.md", func(commands string) string {
		commands = strings.ReplaceAll(commands, "=../invsim", "='"+root+"'")
		shell := exec.Command("sh", "-e")
		shell.Stdin = strings.NewReader(commands)
		var stderr strings.Builder
		shell.Stderr = &stderr
		// What it needs has been downloaded for the tests of this module.
		shell.Env = append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := shell.Output()
		if err != nil {
			t.Fatalf("%s%s\n%v: %s", commands, out, err, stderr.String())
		}
		return string(out)
	})
}
