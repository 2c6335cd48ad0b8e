// Campaigns: the same bytes as the plain command, from any number of processes, of which
// any may die.

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCampaignIsTheCommand: in one process and in shards, with violations, thresholds, a
// file, and in all formats.
func TestCampaignIsTheCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"world.yaml": "name: x\nrun: {calls: 330, world: 3}\nnetwork: {uplink: link.up}\nthresholds: ['residue < 0.001%']\ngoals: [cancel-crossed-accept]\n",
		"link.up":    "1\n5\n90\n300\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct{ played, asked string }{
		{"run --calls 404 --world 4 --loss 10%", "-o json --cover"},
		{"run --calls 404 --world 4 --loss 10%", "--threshold p99(setup)<1ms --threshold residue<50%"},
		{"run --calls 99 --mutant second-ring --loss 40%", "--no-shrink"},
		{"run world.yaml --dup 3%", "-o md"},
		{"swarm --runs 104 --seed 4", "--cover"},
		{"swarm --runs 12 --mutant second-ring", "-o json --no-shrink"},
		{"sweep --rows loss=1%,30% --columns preset=lan,wifi --calls 60", "-o csv --threshold residue<0.0001%"},
		{"sweep --rows loss=1%,30% --calls 40", "--measure setup"},
	} {
		played, asked := strings.Fields(c.played), strings.Fields(c.asked)
		with := func(more ...string) []string { return append(append([]string{"campaign"}, played...), more...) }
		want, _, ended := invsim(append(played, asked...)...)
		if ended == exitUsage || ended == exitInternal {
			t.Fatalf("%q ends with %d", c, ended)
		}
		whole := fmt.Sprint("whole", i)
		for range 2 { // the second time, nothing is left to be played
			if got, stderr, code := invsim(append(with("--state", whole), asked...)...); got != want || code != ended {
				t.Errorf("%q: exit %d:\n%s%s\nnot %d:\n%s", c, code, got, stderr, ended, want)
			}
		}
		parts := fmt.Sprint("parts", i)
		for _, part := range []string{"2/3", "3/3", "1/3", "2/7"} {
			if got, stderr, code := invsim(with("--state", parts, "--shard", part)...); code != exitHeld || !strings.HasPrefix(got, "shard "+part+" is complete: ") {
				t.Errorf("%q, shard %s: exit %d: %s%s", c, part, code, got, stderr)
			}
		}
		for _, from := range []string{parts, whole + " " + parts} {
			if got, stderr, code := invsim(append(append([]string{"merge"}, strings.Fields(from)...), asked...)...); got != want || code != ended {
				t.Errorf("%q merged: exit %d:\n%s%s\nnot %d:\n%s", c, code, got, stderr, ended, want)
			}
		}
	}
}

// TestMergeWritesAll: the answer and its pictures, each in its own place.
func TestMergeWritesAll(t *testing.T) {
	t.Chdir(t.TempDir())
	played := strings.Fields("sweep --rows loss=1%,30% --calls 40")
	asked := strings.Fields("-o csv --html page.html --svg map.svg --measure residue --threshold residue<90% --threshold messages<99")
	if _, stderr, code := invsim(append([]string{"campaign"}, append(played, "--state", "results")...)...); code != exitHeld {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	written := func(args ...string) string {
		t.Helper()
		stdout, stderr, code := invsim(args...)
		if code != exitHeld {
			t.Fatalf("%q: exit %d: %s", args, code, stderr)
		}
		for _, name := range []string{"page.html", "map.svg"} {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			stdout += string(data)
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		return stdout
	}
	want := written(append(played, asked...)...)
	if got := written(append([]string{"merge", "results"}, asked...)...); got != want {
		t.Errorf("merged:\n%s\nnot\n%s", got, want)
	}
}

// TestKilledAnywhere: a process that is killed again and again comes to the same bytes.
func TestKilledAnywhere(t *testing.T) {
	args := []string{"campaign", "run", "--calls", "3000", "--world", "10", "--loss", "40%", "--mutant", "second-ring", "--no-shrink", "-q", "--state", filepath.Join(t.TempDir(), "state")}
	want, _, ended := invsim("run", "--calls", "3000", "--world", "10", "--loss", "40%", "--mutant", "second-ring", "--no-shrink", "-q")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0)) // a moment is not repeatable in any case
	killed := 0
	for try := 0; ; try++ {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), "INVSIM_RUNS_MAIN=1")
		var out, complaint bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &complaint
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		after := time.Duration(50+random.IntN(200+100*try)) * time.Millisecond
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		if code := cmd.ProcessState.ExitCode(); code != -1 {
			if code != ended || out.String() != want {
				t.Errorf("after %d deaths, exit %d:\n%s%s\nnot %d:\n%s", killed, code, out.String(), complaint.String(), ended, want)
			}
			break
		}
		if killed++; killed > 100 {
			t.Fatal("it never comes to its end")
		}
	}
	t.Logf("killed %d times", killed)
	merged, stderr, code := invsim("merge", args[len(args)-1], "--no-shrink", "-q")
	if merged != want || code != ended {
		t.Errorf("merged: exit %d:\n%s%s", code, merged, stderr)
	}
}

// TestMergeRefuses: what is not whole, not of one campaign, or not of ours. No file is
// changed.
func TestMergeRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	play := func(args ...string) {
		t.Helper()
		if _, stderr, code := invsim(append([]string{"campaign"}, args...)...); code != exitHeld {
			t.Fatalf("%q: exit %d: %s", args, code, stderr)
		}
	}
	play("run", "--calls", "40", "--world", "2", "--state", "whole")
	play("run", "--calls", "40", "--world", "2", "--state", "part", "--shard", "2/4")
	play("run", "--calls", "40", "--world", "2", "--state", "part", "--shard", "4/4")
	play("run", "--calls", "40", "--world", "2", "--seed", "2", "--state", "other")
	play("swarm", "--runs", "2", "--state", "swarm")
	data, err := os.ReadFile("whole/000001.units")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"damaged":   strings.Replace(string(data), `"Calls":2`, `"Calls":3`, 1),
		"cut":       string(data[:len(data)-9]),
		"begun":     string(data[:99]),
		"empty":     "",
		"otherwise": string(data[:99]) + "x",
		"hostile":   strings.Replace(string(data), `["calls","40"]`, `["html","x.html"]`, 1),
		"foreign":   strings.Replace(string(data), `"Program":"`, `"Program":"x`, 1),
		"kind":      strings.Replace(string(data), `"Kind":"run"`, `"Kind":"walk"`, 1),
		"untold":    strings.Replace(string(data), `["calls","40"]`, `["calls","41"]`, 1),
		"nonsense":  strings.Replace(string(data), `["calls","40"]`, `["calls","-4"]`, 1),
		"scenario":  strings.Replace(string(data), `"Flags":`, `"Scenario":{"Name":"a","Text":"b"},"Flags":`, 1),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("none", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"merge part", exitMissed, "not complete: of 20 units these are missing: 0 to 4, 10 to 14\ninvsim campaign run --calls 40 --world 2 --state DIRECTORY plays them"},
		{"merge cut", exitMissed, "not complete: of 20 units these are missing: "},
		{"merge empty begun part", exitMissed, "not complete: of 20 units these are missing: 0 to 4, 10 to 14\n"},
		{"merge empty begun", exitUsage, "there are no files of a campaign in empty, begun"},
		{"merge otherwise part", exitUsage, "read otherwise: it is no file of a campaign: it has no first line"},
		{"merge part other", exitUsage, `it is of another campaign: its Flags is [["seed","2"],`},
		{"merge swarm whole", exitUsage, `it is of another campaign: its Kind is "run", not "swarm"`},
		{"merge damaged", exitUsage, "read damaged: line 2 is damaged: unit "},
		{"merge hostile", exitUsage, "a campaign run cannot have --html"},
		{"merge foreign", exitUsage, `was made by the program "x`},
		{"merge kind", exitUsage, `a campaign of the unknown kind "walk"`},
		{"merge untold", exitUsage, "whose options are read otherwise"},
		{"merge nonsense", exitUsage, "must be from 1 to 1000000000"},
		{"merge scenario", exitUsage, "first line is damaged"},
		{"merge none", exitUsage, "there are no files of a campaign in none"},
		{"merge nowhere", exitUsage, "nowhere: no such file"},
		{"merge", exitUsage, "name the files"},
		{"merge whole --svg x.svg", exitUsage, "a campaign run has no --svg"},
		{"merge whole -o svg", exitUsage, "there are csv, json, jsonl, md, text"},
		{"campaign run --calls 40 --world 2", exitUsage, "--state DIRECTORY is required"},
		{"campaign run --calls 40 --state other", exitUsage, "it is of another campaign"},
		{"campaign run --calls 40 --state new --shard 3", exitUsage, "--shard 3: not a shard such as 3/16"},
		{"campaign run --calls 40 --state new --shard 1/2 --cover", exitUsage, "--cover is about the answer, and a shard has none"},
		{"campaign run nowhere.yaml --state new", exitUsage, "nowhere.yaml: no such file"},
	} {
		stdout, stderr, code := invsim(strings.Fields(c.args)...)
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.says) {
			t.Errorf("invsim %s: exit %d: %s%s\nnot %d: %s", c.args, code, stdout, stderr, c.code, c.says)
		}
	}
	if again, err := os.ReadFile("whole/000001.units"); err != nil || !bytes.Equal(again, data) {
		t.Error("a file has changed")
	}
	t.Setenv("JOB_COMPLETION_INDEX", "1")
	if got, stderr, code := invsim("campaign", "run", "--calls", "40", "--world", "2", "--state", "new", "--shard", "auto/4"); code != exitHeld || !strings.HasPrefix(got, "shard 2/4 is complete: ") {
		t.Errorf("exit %d: %s%s", code, got, stderr)
	}
	got, stderr, code := invsim("campaign", "run", "--calls", "40", "--world", "2", "--state", "part", "--dry-run")
	if code != exitHeld || !strings.HasSuffix(got, "worlds   20\ncalls    40\nunits    20\nmissing  0 to 4, 10 to 14\n") {
		t.Errorf("exit %d: %s%s", code, got, stderr)
	}
}

// TestCampaignInterrupted: what is known is told, and kept.
func TestCampaignInterrupted(t *testing.T) {
	dir := t.TempDir()
	args := []string{"campaign", "run", "--calls", "400", "--world", "4", "--workers", "1", "--state", dir}
	_, _, _, all := interrupted(1<<62, append(args, "--dry-run")...)
	stdout, stderr, code, _ := interrupted(all+400, args...)
	if code != exitInterrupted || !strings.HasPrefix(stdout, "INTERRUPTED") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	if _, stderr, code, _ := interrupted(all+40, append(args, "--shard", "1/1")...); code != exitInterrupted || !strings.Contains(stderr, "units of shard 1/1 are missing") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	sweep := []string{"campaign", "sweep", "--rows", "loss=1%,2%", "--calls", "400", "--world", "4", "--workers", "1", "--state", t.TempDir()}
	_, _, _, all = interrupted(1<<62, append(sweep, "--dry-run")...)
	if stdout, stderr, code, _ := interrupted(all+100, sweep...); code != exitInterrupted || !strings.HasPrefix(stdout, "INTERRUPTED") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	want, _, _ := invsim("run", "--calls", "400", "--world", "4")
	got, stderr, code := invsim(args...)
	if got != want || code != exitHeld || strings.Contains(stderr, ": 0 of 100 units are known") {
		t.Errorf("exit %d: %s%s", code, got, stderr)
	}
}
