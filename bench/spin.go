// Spin searches a model of the same rules: docs/performance.md says what the two searches
// have in common. It is compared where it is installed.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func spin() row {
	r := row{
		what: "transition of a search of two calls", turns: 1, peer: side{name: "Spin"},
		leaves: "one run; Spin searches a model, ours the shipped engine with all of its state",
	}
	for _, tool := range []string{"spin", "cc"} {
		if _, err := exec.LookPath(tool); err != nil {
			r.missing = "there is no " + tool + " here"
			return r
		}
	}
	r.ours = side{n: 1, run: func(int) (time.Duration, error) {
		return searched(root, `([0-9,]+) transitions`, "go", "run", "./cmd/invsim", "check", "--calls", "2", "--workers", "1")
	}}
	r.peer.n, r.peer.run = 1, func(int) (time.Duration, error) {
		dir, err := os.MkdirTemp("", "spin-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(dir)
		text, err := os.ReadFile(filepath.Join(root, "sim/explore/testdata/call.pml"))
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(dir, "call.pml"), text, 0o600); err != nil {
			return 0, err
		}
		if err := run(dir, "spin", "-a", "-DN=2", "call.pml"); err != nil {
			return 0, err
		}
		if err := run(dir, "cc", "-O2", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=4000", "-o", "pan", "pan.c"); err != nil {
			return 0, err
		}
		return searched(dir, `([0-9]+) transitions`, "./pan", "-m1000000")
	}
	return r
}

// searched is the time of one transition.
func searched(dir, pattern, name string, args ...string) (time.Duration, error) {
	began := processorTime(syscall.RUSAGE_CHILDREN)
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	took := processorTime(syscall.RUSAGE_CHILDREN) - began
	found := regexp.MustCompile(pattern).FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("%s says nothing of transitions:\n%s", name, out)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(string(found[1]), ",", ""))
	if err != nil {
		return 0, err
	}
	return took / time.Duration(n), nil
}
