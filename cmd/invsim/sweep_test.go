// invsim sweep as its users see it.

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/shell"
)

// sweepOf is a small sweep with more flags.
func sweepOf(more ...string) []string {
	return append([]string{"sweep", "--calls", "2000", "--rows", "loss=0%,20%,50%"}, more...)
}

func TestSweepAnswers(t *testing.T) {
	for name, args := range map[string][]string{
		"sweep.txt":          sweepOf("--columns", "accept-time=5s,10s"),
		"sweep.csv":          sweepOf("--columns", "accept-time=5s,10s", "-o", "csv"),
		"sweep.json":         sweepOf("-o", "json"),
		"sweep-range.csv":    {"sweep", "--calls", "500", "--rows", "accept-time=1s,2s..32s/5", "-o", "csv"},
		"sweep.md":           sweepOf("--columns", "accept-time=5s,10s", "-o", "md", "--measure", "residue,setup-p99"),
		"sweep-measures.txt": {"sweep", "--calls", "2000", "--columns", "preset=lan,subway", "--measure", "accepted, setup-p50,messages", "--cancel", "0"},
		"help-sweep.txt":     {"sweep", "--help"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code := invsim(args...)
			if code != exitHeld {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			requireFile(t, name, stdout)
		})
	}
}

// TestSweepPicture: --svg writes the picture, and leaves the answer as it is.
func TestSweepPicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "picture.svg")
	args := sweepOf("--columns", "accept-time=5s,10s")
	with, stderr, code := invsim(append(args, "--svg", file)...)
	without, _, _ := invsim(args...)
	if code != exitHeld || with != without {
		t.Fatalf("exit %d: %s\n%s", code, stderr, with)
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	requireFile(t, "sweep.svg", string(picture))
}

// TestSweepIsRuns: a cell says what a run with the same flags says.
func TestSweepIsRuns(t *testing.T) {
	sweep, _, _ := invsim("sweep", "--preset", "satellite", "--calls", "3000", "--rows", "loss=40%", "--columns", "accept-time=2s", "--dup", "0")
	run, _, _ := invsim("run", "--preset", "satellite", "--calls", "3000", "--loss", "40%", "--accept-time", "2s", "--dup", "0")
	_, residue, found := strings.Cut(run, " disagree, ")
	rate, _, _ := strings.Cut(residue, " (")
	if !found || rate == "0 %" || !strings.Contains(sweep, "  "+rate+" (") {
		t.Errorf("run says %q, sweep\n%s", rate, sweep)
	}
}

func TestSweepWorkers(t *testing.T) {
	one, _, _ := invsim(sweepOf("-o", "json", "--calls", "5000", "--workers", "1")...)
	if three, _, _ := invsim(sweepOf("-o", "json", "--calls", "5000", "--workers", "3")...); one != three || one == "" {
		t.Errorf("one worker says\n%s\nthree say\n%s", one, three)
	}
}

// TestSweepQuotes: an axis takes values with commas, in quotes, and the answer tells how
// to repeat it.
func TestSweepQuotes(t *testing.T) {
	for axis, rows := range map[string]string{
		`latency=20ms, "normal:150ms,50ms"`: "normal:150ms,50ms", `latency="lognormal:80ms,0.5"`: "lognormal:80ms,0.5", `faults="offline@1s+2s:0,1",none`: "offline@1s+2s:0,1",
		`groups="0,1: loss=30% dup=5%; 2: loss=5%"`: "0,1: loss=30% dup=5%; 2: loss=5%", `answer-after=1s..2s`: "1s..2s",
	} {
		stdout, stderr, code := invsim("sweep", "--calls", "40", "--rows", axis)
		if code != exitHeld || !strings.Contains(stdout, "\n"+rows) || !strings.Contains(stdout, shell.Quote(axis)) {
			t.Errorf("%s: exit %d, %s%s", axis, code, stdout, stderr)
		}
	}
}

func TestSweepBadUsage(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"", "--rows or --columns is required"},
		{"--rows los=1%", "no world flag is called los; did you mean loss"},
		{"--rows xyzzy=1%", "no world flag is called xyzzy"},
		{"--columns loss", "not FLAG=VALUES"},
		{"--rows loss=", "an empty value"},
		{"--rows loss=1%,,2%", "an empty value"},
		{"--rows loss=1%,200%", "--rows loss=1%,200%: 200%: must be"},
		{"--rows loss=1%..5%", "1%..5%: not a probability or share such as 5% or 0.05; a range says how many values it has: 1%..5%/5"},
		{"--rows latency=normal:100ms,20ms", `; a value with a comma in it goes in quotes: "normal:100ms,20ms"`},
		{`--rows latency="normal:100ms,20ms`, "in quotes as a whole or not at all"},
		{`--rows latency=""`, "an empty value"},
		{"--rows loss=20%..10%/3", "--rows loss=20%..10%/3: 20%..10%/3: the lower end comes first"},
		{"--rows loss=1%,2%..400%/3", "2%..400%/3: 400%: must be"},
		{"--rows users=2..2000/1000 --columns loss=0%..50%/2", "cells, at most 1000"},
		{"--rows accept-time=1ms", "accept-time 1ms leaves no room"},
		{"--rows preset=wify", "did you mean wifi?"},
		{"--rows uplink=no-such-file", "no-such-file"},
		{"--rows loss=1% --columns loss=2%", "both loss"},
		{"--rows loss=1% --loss 2%", "--loss is given, too"},
		{"--rows seed=1,2", "all cells have the same seed"},
		{"--rows calls=1,2", "all cells have the same calls"},
		{"--rows loss=1% --measure residu", `unknown metric "residu"; did you mean residue`},
		{"--rows loss=1% --measure xyzzy", "there are in-call, residue, "},
		{"--rows loss=1% --measure residue,ring --svg x.svg", "a heat map shows one measure"},
		{"--rows loss=1% --svg no-such-directory/x.svg", "--svg: "},
		{"--rows loss=1% -o xml", "there are csv, json, md, text"},
		{"--rows loss=1% --workers 0", "--workers 0: must be"},
		{"--rows loss=1% 5", "read scenario 5: no such file"},
		{"--rows loss=1% a b", "one scenario FILE at most, got a b"},
		{"--row loss=1%", "did you mean --rows?"},
	} {
		stdout, stderr, code := invsim(append([]string{"sweep"}, strings.Fields(c.args)...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim sweep %s: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
	}
}

// TestSweepOfLines: no value is lost where a list goes on in another line.
func TestSweepOfLines(t *testing.T) {
	for _, list := range []string{"1%\n2%", "1%,2%\n3%", "1%,\n2%", "1%\n\"2%"} {
		if _, stderr, code := invsim("sweep", "--calls", "40", "--rows", "loss="+list); code != exitUsage || !strings.Contains(stderr, "values stand in one line") && !strings.Contains(stderr, "in quotes as a whole") {
			t.Errorf("%q: exit %d, %s", list, code, stderr)
		}
	}
}

func TestSweepInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	for format, says := range map[string]string{"text": "INTERRUPTED  after 0 of 6,000 calls", "csv": "50%,0,interrupted,,,", "json": `"verdict": "interrupted"`} {
		var out, err bytes.Buffer
		code := run(ctx, sweepOf("-o", format), &out, &err)
		if code != exitInterrupted || !strings.Contains(out.String(), says) || !strings.Contains(err.String(), "interrupted") {
			t.Errorf("%s: exit %d\n%s%s", format, code, out.String(), err.String())
		}
	}
}

// TestSweepShowsThePrice: a gain does not stand alone unless it is asked for.
func TestSweepShowsThePrice(t *testing.T) {
	for args, want := range map[string][]string{
		"--rows accept-time=2s,5s":                    {"residue", "failed accept mean", "messages a call"},
		"--rows accept-time=2s,5s --measure messages": {"messages a call"},
	} {
		stdout, stderr, code := invsim(append(sweepOf()[:3], strings.Fields(args)...)...)
		_, table, _ := strings.Cut(stdout, "\naccept-time  ")
		heads, _, _ := strings.Cut(table, "\n2s ")
		for _, name := range []string{"residue", "failed accept mean", "messages a call"} {
			if code != exitHeld || strings.Contains(table, name) != slices.Contains(want, name) {
				t.Errorf("%s: exit %d, %s, heads %s, want %v", args, code, stderr, heads, want)
			}
		}
	}
}
