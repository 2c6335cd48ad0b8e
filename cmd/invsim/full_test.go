// Answers that cannot be written: whatever the command, and wherever it writes to, the
// exit code says so.

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/setup"
)

// fills is a device that is full after so many bytes.
type fills struct{ left int }

func (f *fills) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errors.New("no space left on device")
	}
	f.left -= len(p)
	return len(p), nil
}

// writing are commands that write, all of them, in each of their forms.
func writing() [][]string {
	token := (&setup.Token{Options: setup.PlainOptions()}).String()
	all := [][]string{
		{}, {"--help"}, {"help"}, {"help", "run"}, {"presets"}, {"presets", "wifi"}, {"presets", "wifi", "--flags"}, {"mutants"}, {"metrics"}, {"properties"}, {"properties", "Q3"}, {"schema"}, {"version"}, {"play", question}, {"campaign"}, {"campaign", "run", "--calls", "40", "--dry-run"}, {"merge", "--help"}, {"judge", "--help"}, {"conform"}, {"conform", "list"}, {"conform", "explain", "callee.ringing.invite"}, {"--version"},
		{"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}, {"completion", "powershell"}, {"completion"},
		{"why", token},
		{"run", "--calls", "40", "--cover"}, {"run", "--calls", "40", "--mutant", "second-ring", "--loss", "40%"},
		{"swarm", "--runs", "3", "--cover"}, {"swarm", "--runs", "3", "--options"}, {"swarm", "--runs", "30", "--mutant", "second-ring"},
	}
	for _, command := range answering() {
		for _, format := range formatsOf(command) {
			all = append(all, append(strings.Fields(command), "-o", format))
		}
		all = append(all, []string{strings.Fields(command)[0], "--help"})
	}
	return all
}

// TestFullDevice: at the first byte, and after some.
func TestFullDevice(t *testing.T) {
	left := commandNames(rootCommand())
	for _, args := range writing() {
		if len(args) > 0 {
			left = slices.DeleteFunc(left, func(name string) bool { return name == args[0] })
		}
		whole, _, _ := invsim(args...)
		for _, space := range []int{0, len(whole) / 2, len(whole) - 1} {
			var stderr bytes.Buffer
			code := run(context.Background(), args, &fills{space}, &stderr)
			if code != exitInternal || !strings.Contains(stderr.String(), "no space left on device") {
				t.Errorf("%q with %d of %d bytes: exit %d: %s", args, space, len(whole), code, stderr.String())
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("not tried: %q", left)
	}
}

// TestFullFile: a page or a picture that cannot be written is no success.
func TestFullFile(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	for _, args := range [][]string{
		{"run", "--calls", "40", "--html", "/dev/full"}, {"run", "--calls", "40", "--html", "/dev/full", "-o", "json", "--mutant", "second-ring", "--loss", "40%"},
		{"sweep", "--calls", "40", "--rows", "loss=1%,2%", "--svg", "/dev/full"}, {"sweep", "--calls", "40", "--rows", "loss=1%,2%", "--html", "/dev/full"},
		{"compare", "--calls", "40", "--world", "20", "lan", "wifi", "--html", "/dev/full"}, {"swarm", "--runs", "3", "--html", "/dev/full"},
		{"trace", "--calls", "40", "--call", "3", "--html", "/dev/full"}, {"why", secondRing(), "--html", "/dev/full"}, {"replay", secondRing(), "--html", "/dev/full"},
	} {
		if _, stderr, code := invsim(args...); code != exitInternal || !strings.Contains(stderr, "no space left on device") {
			t.Errorf("%q: exit %d: %s", args, code, stderr)
		}
	}
	var stderr bytes.Buffer
	if code := run(context.Background(), []string{"presets"}, full, &stderr); code != exitInternal {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}
