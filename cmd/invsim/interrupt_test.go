// Interruptions: whenever one comes, in a world or between two, a command says what is
// known, and ends.

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/invsim/invsim/internal/garbage"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/setup"
)

// fuse is a context that ends when it has been asked a number of times.
type fuse struct {
	context.Context
	asked *atomic.Int64
	ends  int64
}

func (f fuse) Err() error {
	if f.asked.Add(1) < f.ends {
		return nil
	}
	return context.Canceled
}

// interrupted runs a command until the context has been asked so often, and tells how
// often that was.
func interrupted(ends int64, args ...string) (stdout, stderr string, code int, asked int64) {
	var out, err bytes.Buffer
	ctx := fuse{context.Background(), new(atomic.Int64), ends}
	code = run(ctx, args, &out, &err)
	return out.String(), err.String(), code, ctx.asked.Load()
}

// TestInterruptedAnywhere: at the first look, at the last, and at moments in between.
func TestInterruptedAnywhere(t *testing.T) {
	o := setup.Default()
	o.Calls, o.Loss = 300, 0.4
	held := (&setup.Token{Options: o}).String()
	o.Mutant = mutant.SecondRing
	violating := (&setup.Token{Options: o}).String()
	for _, c := range []struct {
		args  string
		known string // begins what is said, if anything is: one of these words
	}{
		{"run --calls 2500 --workers 1", "INTERRUPTED"},
		{"run --calls 400 --workers 2 -o json", `\{`},
		{"run --calls 400 --workers 1 --html " + filepath.Join(t.TempDir(), "page.html"), "INTERRUPTED|HELD"}, // the page may come later
		{"run --calls 400 --workers 1 --mutant second-ring", "INTERRUPTED"},
		{"swarm --runs 20 --workers 1", "INTERRUPTED"},
		{"check --calls 1 --workers 1", "INTERRUPTED|HELD"},
		{"swarm --runs 20 --workers 2 -o json --mutant second-ring", `\{`},
		{"sweep --calls 200 --rows loss=1%,30% --workers 2", "INTERRUPTED"},
		{"compare --calls 200 --world 100 --b --loss=30% --workers 1", "INTERRUPTED"},
		{"trace --calls 100 --call 7", ""},
		{"replay " + held, ""},
		{"replay --shrink " + secondRing(), ""},
		{"why " + violating, ""},
	} {
		args := strings.Fields(c.args)
		known := regexp.MustCompile(`^$`)
		if c.known != "" {
			known = regexp.MustCompile(`^(` + c.known + `)`)
		}
		_, _, ended, all := interrupted(1<<62, args...)
		if all < 3 {
			t.Fatalf("%s: the context is asked %d times", c.args, all)
		}
		for part := range int64(9) {
			stdout, stderr, code, _ := interrupted(1+part*(all-1)/8, args...)
			switch {
			case code == exitInterrupted && known.MatchString(stdout) && strings.Contains(stderr, "interrupted"):
			case ended == exitViolated && code == exitViolated && stdout != "": // it was seen before, and stands
			case code == ended && part == 8: // it was over
			default:
				t.Errorf("%s, after %d of 8 parts: exit %d\n%s%s", c.args, part, code, stdout, stderr)
			}
		}
	}
}

// TestInterruptedHalfWay: a world that was stopped is not in what is told.
func TestInterruptedHalfWay(t *testing.T) {
	whole, _, _ := invsim("run", "--calls", "1000", "--world", "1000")
	_, _, _, first := interrupted(1<<62, "run", "--calls", "1000", "--world", "1000", "--workers", "1") // its world is played three times, twice for S12 before the others
	stdout, _, code, _ := interrupted(first+first/6, "run", "--calls", "5000", "--world", "1000", "--workers", "1")
	_, counted, _ := strings.Cut(body(whole), "\n")
	_, known, _ := strings.Cut(body(stdout), "\n")
	if code != exitInterrupted || known != counted || !strings.HasPrefix(stdout, "INTERRUPTED") || !strings.Contains(stdout, "1,000 of 5,000 calls") {
		t.Errorf("exit %d: after its first world it says\n%s\nthat world says\n%s", code, stdout, whole)
	}
}

// TestMain lets the tests run main itself, in a process of its own. The others collect
// garbage seldom, as main does.
func TestMain(m *testing.M) {
	if os.Getenv("INVSIM_RUNS_MAIN") != "" {
		main()
	}
	garbage.Seldom()
	code := m.Run()
	_ = os.RemoveAll(testeeDir) // empty if no test has built it: then nothing is removed
	os.Exit(code)
}

// TestSignals: the first signal ends a command that is in a large world, or that waits
// for its input; a second one ends it in any case.
func TestSignals(t *testing.T) {
	for name, c := range map[string]struct {
		text    string // what the scenario says before the signal comes; nothing: it is waited for
		signals []os.Signal
		says    string
	}{
		"in a world":       {"name: large\nrun: {calls: 100000, world: 100000}\nworld: {users: 1000}\n", []os.Signal{os.Interrupt}, "INTERRUPTED"},
		"on termination":   {"name: large\nrun: {calls: 100000, world: 100000}\nworld: {users: 1000}\n", []os.Signal{syscall.SIGTERM}, "INTERRUPTED"},
		"waiting":          {"", []os.Signal{os.Interrupt}, ""},
		"twice while busy": {"", []os.Signal{os.Interrupt, syscall.SIGTERM}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out := signaled(t, c.text, c.signals)
			for try := 1; try < 10 && c.says != "" && code == exitInterrupted && out == ""; try++ {
				code, out = signaled(t, c.text, c.signals) // the signal came before the world
			}
			if code != exitInterrupted || !strings.HasPrefix(out, c.says) || c.says == "" && out != "" {
				t.Errorf("exit %d: %s", code, out)
			}
		})
	}
}

// signaled runs a scenario, as far as its text goes, and sends signals. It returns the
// exit code and the output.
func signaled(t *testing.T, text string, signals []os.Signal) (int, string) {
	fifo := filepath.Join(t.TempDir(), "scenario")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	var out bytes.Buffer
	child := exec.Command(os.Args[0], "run", fifo)
	child.Env = append(os.Environ(), "INVSIM_RUNS_MAIN=1")
	child.Stdout = &out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	input, err := os.OpenFile(fifo, os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	if text != "" {
		fmt.Fprint(input, text)
		input.Close()
	}
	for _, s := range signals {
		if err := child.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	_ = child.Wait() // its exit code is looked at
	return child.ProcessState.ExitCode(), out.String()
}
