package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// withStdin lets the commands of a test read a text from stdin, one after the other.
func withStdin(t *testing.T, text string) {
	t.Helper()
	file, err := os.Open(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	was := os.Stdin
	os.Stdin = file
	t.Cleanup(func() { os.Stdin = was; file.Close() })
}

// TestOutputFile: it holds what stdout would, and the exit code is the same.
func TestOutputFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answer")
	if err := os.WriteFile(path, []byte(strings.Repeat("old\n", 10_000)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"run", "--calls", "40"}, {"run", "--calls", "1000", "--loss", "40%", "--mutant", "second-ring", "--no-shrink"}, {"swarm", "--runs", "2", "-o", "json"},
		{"replay", secondRing()}, {"why", secondRing(), "-o", "json"}, {"presets"}, {"schema"}, {"sweep", "--calls", "40", "--rows", "loss=1%"},
	} {
		want, _, wantCode := invsim(args...)
		stdout, stderr, code := invsim(append(args, "-O", path)...)
		if got, err := os.ReadFile(path); err != nil || string(got) != want || stdout != "" || code != wantCode {
			t.Errorf("%q: exit %d, not %d, %v, stdout %q, stderr %s, file %.80q", args, code, wantCode, err, stdout, stderr, got)
		}
	}
	before, _ := os.ReadFile(path)
	if _, _, code := invsim("run", "--calls", "5", "--arrivals", "1/s", "--world", "9", "--users", "2", "--strangers", "5%", "-O", path); code != exitUsage {
		t.Errorf("exit %d", code)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Errorf("a usage error leaves %.80q", after)
	}
	for file, want := range map[string]int{filepath.Join(path, "below-a-file"): exitUsage, t.TempDir(): exitUsage, "/dev/full": exitInternal} {
		if stdout, stderr, code := invsim("run", "--calls", "40", "-O", file); code != want || stdout != "" || stderr == "" {
			t.Errorf("%s: exit %d, %s%s", file, code, stdout, stderr)
		}
	}
}

// TestMistakesKeepFiles: a page or picture that is there stays until there is another one.
func TestMistakesKeepFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"run --calls 40 --threshold x", "sweep --calls 40 --rows los=1%", "sweep --calls 40 --rows loss=1% --accept-time 1ms", "compare lan nowhere", "swarm --runs 2 --threshold x",
		"trace --calls 40 --call 40", "replay inv2-", "why inv2-", "campaign conform --runs 1 --state s",
	} {
		for _, flag := range []string{"--html", "--svg", "-O"} {
			if flag == "--svg" && !strings.HasPrefix(line, "sweep") {
				continue
			}
			_, stderr, code := invsim(append(strings.Fields(line), flag, path)...)
			if got, err := os.ReadFile(path); err != nil || string(got) != "old" || code != exitUsage {
				t.Errorf("%s %s: exit %d, %s, and the file has %.40q, %v", line, flag, code, stderr, got, err)
			}
		}
	}
}

// TestNewFilesTakeThePlaceOfOld: nothing of a longer one is left.
func TestNewFilesTakeThePlaceOfOld(t *testing.T) {
	dir := t.TempDir()
	fresh, old := filepath.Join(dir, "fresh"), filepath.Join(dir, "old")
	for _, flag := range []string{"--html", "--svg", "-O"} {
		var got [2]string
		for i, path := range []string{fresh, old} {
			if err := os.WriteFile(old, []byte(strings.Repeat("old\n", 500_000)), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, stderr, code := invsim("sweep", "--calls", "40", "--rows", "loss=1%,2%", flag, path); code != exitHeld {
				t.Fatalf("exit %d, %s", code, stderr)
			}
			text, _ := os.ReadFile(path)
			got[i] = string(text)
		}
		if got[0] != got[1] || got[0] == "" {
			t.Errorf("%s: %d bytes in a new file, %d in an old one", flag, len(got[0]), len(got[1]))
		}
		os.Remove(fresh)
	}
}

// TestFilesAreNotMixed: no file is for two answers, or is written while it is read.
func TestFilesAreNotMixed(t *testing.T) {
	world, dir := write(t, "name: a-world\nrun: {calls: 40}\n"), t.TempDir()
	link, fresh := filepath.Join(dir, "link"), filepath.Join(dir, "fresh")
	if err := os.Symlink(world, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		other string
	}{
		{[]string{"run", world, "-O", link}, "the argument " + world}, {[]string{"run", link, "--html", world}, "the argument " + link},
		{[]string{"sweep", world, "--rows", "loss=1%", "--svg", world}, "the argument " + world}, {[]string{"compare", "lan", world, "--html", world}, "the argument " + world},
		{[]string{"run", "--calls", "40", "-O", fresh, "--html", fresh}, "--output-file"}, {[]string{"sweep", "--calls", "40", "--rows", "loss=1%", "--html", fresh, "--svg", fresh}, "--svg"},
	} {
		if stdout, stderr, code := invsim(c.args...); code != exitUsage || stdout != "" || !strings.HasSuffix(stderr, "it is the file of "+c.other+", too\n") {
			t.Errorf("%q: exit %d, %s%s", c.args, code, stdout, stderr)
		}
	}
	if text, err := os.ReadFile(world); err != nil || !strings.HasPrefix(string(text), "name:") {
		t.Errorf("the scenario became %.80q, %v", text, err)
	}
	if _, stderr, code := invsim("run", "--calls", "40", "-O", os.DevNull, "--html", os.DevNull); code != exitHeld {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

// TestQuiet: the same answer, and nothing beside it.
func TestQuiet(t *testing.T) {
	for _, args := range [][]string{{"run", "--calls", "40"}, {"swarm", "--runs", "2"}, {"sweep", "--calls", "40", "--rows", "loss=1%"}, {"compare", "lan", "wifi", "--calls", "40", "--world", "20"}} {
		want, loud, _ := invsim(args...)
		stdout, stderr, code := invsim(append(args, "-q")...)
		if stdout != want || stderr != "" || loud == "" || code != exitHeld {
			t.Errorf("%q: exit %d, stderr %q, without -q %q", args, code, stderr, loud)
		}
	}
}

// TestStdin: - stands for a file or token there, and the printed lines keep it or name the
// token.
func TestStdin(t *testing.T) {
	scenario := "name: piped\nrun: {calls: 40, world: 20}\nnetwork: {loss: 9%}\n"
	path := write(t, scenario)
	for _, args := range [][]string{{"run"}, {"trace", "--call", "3"}, {"sweep", "--rows", "dup=0%,5%"}} {
		want, _, _ := invsim(append(args, path)...)
		withStdin(t, scenario)
		got, stderr, code := invsim(append(args, stdin)...)
		if code != exitHeld || got != strings.ReplaceAll(want, path, stdin) {
			t.Errorf("%q: exit %d, %s%s", args, code, got, stderr)
		}
	}
	for _, args := range [][]string{{"compare", stdin, "--calls", "40", "wifi"}, {"compare", "--calls", "40", "lan", stdin}, {"compare", stdin, "--b", "--loss 20%"}} {
		named := slices.Clone(args)
		named[slices.Index(args, stdin)] = path
		want, _, _ := invsim(append(named, "--world", "20")...)
		withStdin(t, scenario)
		got, stderr, code := invsim(append(args, "--world", "20")...)
		if body(got) != strings.ReplaceAll(body(want), path, "stdin") || code != exitHeld || !strings.Contains(got, "again: invsim compare ") {
			t.Errorf("%q: exit %d, %s%s\nwant %s", args, code, got, stderr, want)
		}
	}
	withStdin(t, "name: [\n")
	if _, stderr, code := invsim("compare", stdin, "wifi"); code != exitUsage || !strings.Contains(stderr, "stdin:1:") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	withStdin(t, "name: [\n")
	if _, stderr, code := invsim("run", stdin); code != exitUsage || !strings.Contains(stderr, "stdin:1:") {
		t.Errorf("exit %d, %s", code, stderr)
	}
	for _, command := range []string{"replay", "why"} {
		want, _, _ := invsim(command, secondRing())
		for _, text := range []string{secondRing() + "\n", "VIOLATED\n\nagain: invsim replay " + secondRing() + "\n"} {
			withStdin(t, text)
			if got, stderr, code := invsim(command, stdin); code != exitViolated || got != want {
				t.Errorf("%s: exit %d, %s%s", command, code, got, stderr)
			}
		}
		withStdin(t, "nothing\n")
		if _, stderr, code := invsim(command, stdin); code != exitUsage || !strings.Contains(stderr, "stdin has no token") {
			t.Errorf("%s: exit %d, %s", command, code, stderr)
		}
	}
}
