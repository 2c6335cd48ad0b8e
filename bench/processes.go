// Processes: sides that run in processes of their own, and what those cost.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func run(dir, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// simulates is a side: calls of the simulator, in a process of its own. What a run costs
// before its first ten thousand calls are played is taken off: it begins with a world that
// is played several times.
func simulates(name, program string, options ...string) side {
	return side{name: name, n: 60_000, run: func(n int) (time.Duration, error) {
		return beyond(10_000, n, func(n int) error {
			return run(".", program, append([]string{"run", "--workers", "1", "--world", "1000", "--calls", fmt.Sprint(n)}, options...)...)
		})
	}}
}

// queue is a side: the benchmark of package world with one of its queues. What it costs to
// find out what a world puts in is taken off.
func (v *versions) queue(which, name string) side {
	return side{name: name, n: 10_000_000, run: func(n int) (time.Duration, error) {
		return beyond(1, n, func(n int) error {
			return run(root, filepath.Join(v.dir, "world"), "-test.run", "^$", "-test.bench", "^BenchmarkQueue$/^"+which+"$", "-test.benchtime", fmt.Sprint(n, "x"))
		})
	}}
}

// beyond is the processor time of n operations of programs that have done some before.
func beyond(first, n int, do func(n int) error) (time.Duration, error) {
	play := func(n int) (time.Duration, error) {
		began := processorTime(syscall.RUSAGE_CHILDREN)
		err := do(n)
		return processorTime(syscall.RUSAGE_CHILDREN) - began, err
	}
	some, err := play(first)
	if err != nil {
		return 0, err
	}
	all, err := play(first + n)
	return all - some, err
}

// bubbleCalls is the environment variable that tells TestBubble how many calls to play, and
// the word before its answer.
const bubbleCalls = "BENCH_BUBBLE_CALLS"

func (v *versions) bubble() side {
	return side{name: "a small world in testing/synctest", n: 2000, run: func(n int) (time.Duration, error) {
		cmd := exec.Command(filepath.Join(v.dir, "bubble"), "-test.run", "^TestBubble$")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", bubbleCalls, n))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("%w\n%s", err, out)
		}
		var took time.Duration
		_, err = fmt.Sscanf(string(out), bubbleCalls+" %d", (*int64)(&took))
		return took, err
	}}
}
