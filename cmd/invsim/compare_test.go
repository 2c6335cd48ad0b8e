// invsim compare as its users see it.

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/shell"
)

func TestCompareAnswers(t *testing.T) {
	for name, args := range map[string][]string{
		"compare.txt":         {"compare", "--calls", "10000", "--loss", "30%", "--a", "--accept-time 5s", "--b", "--accept-time 32s"},
		"compare.json":        {"compare", "--calls", "4000", "--loss", "30%", "--a", "--accept-time 5s", "--b", "--accept-time 32s", "-o", "json"},
		"compare-presets.txt": {"compare", "wifi", "lossy-wifi", "--calls", "10000", "--seed", "7"},
		"help-compare.txt":    {"compare", "--help"},
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

// TestCompareSides: what a side is made of does not depend on how it is said, and
// the flags of a side win over those of both, which win over its name.
func TestCompareSides(t *testing.T) {
	body := func(args ...string) string {
		t.Helper()
		stdout, stderr, code := invsim(append([]string{"compare", "--calls", "3000"}, args...)...)
		_, table, found := strings.Cut(stdout, "of all worlds")
		if code != exitHeld || !found {
			t.Fatalf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
		return table[:strings.Index(table, "again:")]
	}
	names := body("wifi", "subway")
	for _, same := range [][]string{
		{"--a", "--preset wifi", "--b", "--preset subway"},
		{"wifi", "--b", "--preset subway"},
		{"wifi", "subway", "--a", "--loss 0.5%", "--b", "--loss 3%", "--loss", "50%"},
	} {
		if got := body(same...); got != names {
			t.Errorf("%v say\n%s\nnames say\n%s", same, got, names)
		}
	}
	for _, other := range [][]string{{"subway", "wifi"}, {"wifi", "subway", "--loss", "50%"}, {"wifi", "subway", "--b", "--loss 50%"}, {"wifi"}} {
		if body(other...) == names {
			t.Errorf("%v say the same as names", other)
		}
	}
	if got := body("wifi"); strings.Count(got, "the same in every world") != 8 {
		t.Errorf("one name differs from itself:\n%s", got)
	}
}

// TestCompareQuotes: a value with spaces in it is one word of --a and --b, too.
func TestCompareQuotes(t *testing.T) {
	both, side := "0,1: loss=30% dup=5%; 2: loss=5%", `--groups "0,1: loss=30% dup=5%; 2: loss=5%" --faults 'offline@1s+2s crash@2s+1s:3'`
	stdout, stderr, code := invsim("compare", "--calls", "40", "--groups", both, "--faults", "offline@1s+2s crash@2s+1s:3", "--b", side)
	if code != exitHeld || !strings.Contains(stdout, "same outcome on both sides: 100 %") || !strings.Contains(stdout, "--b "+shell.Quote(side)) {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
}

func TestCompareBadUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"wify"}, "did you mean wifi?"},
		{[]string{"wifi", "xyzzy"}, `unknown preset "xyzzy"`},
		{[]string{"a", "b", "c"}, "two names at most"},
		{[]string{"wifi", "--preset", "lan"}, "--preset is given, too"},
		{[]string{"--a", "--los 5%"}, `--a "--los 5%": unknown flag --los; did you mean --loss?`},
		{[]string{"--b", "--loss 500%"}, `--b "--loss 500%": `},
		{[]string{"--b", `--groups "0: loss=5%`}, "a quotation mark \" is missing"},
		{[]string{"--b", "5%"}, `unexpected argument "5%"`},
		{[]string{"--b", "--help"}, `unknown flag --help`},
		{[]string{"--b", "--users 1"}, "--users 1: must be from 2 to 10000"},
		{[]string{"--b", "--seed 2"}, "A has seed 1 and B has seed 2"},
		{[]string{"--b", "--calls 2000"}, "A has 100000 calls and B has 2000"},
		{[]string{"--b", "--world 500"}, "A has worlds of 1000 calls and B has worlds of 500"},
		{[]string{"-o", "xml"}, `--output "xml": there are csv, json, md, text`},
		{[]string{"--workers", "0"}, "--workers 0: must be"},
	} {
		stdout, stderr, code := invsim(append([]string{"compare"}, c.args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim compare %v: exit %d, stdout %q, stderr %q, want %q", c.args, code, stdout, stderr, c.says)
		}
	}
}

func TestCompareInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out, err bytes.Buffer
	code := run(ctx, []string{"compare", "lan", "wifi"}, &out, &err)
	if code != exitInterrupted || !strings.HasPrefix(out.String(), "INTERRUPTED") || !strings.Contains(err.String(), "interrupted") {
		t.Errorf("exit %d\n%s%s", code, out.String(), err.String())
	}
}
