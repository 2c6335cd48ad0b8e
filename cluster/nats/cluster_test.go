// The cluster, with real processes, of which some die: nothing is lost, and nothing
// counts twice.

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the tests run the command itself, in processes of their own.
func TestMain(m *testing.M) {
	if os.Getenv("INVSIM_RUNS_MAIN") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is a command under way.
type process struct {
	*exec.Cmd
	out, complaint bytes.Buffer
	ended          chan error
}

func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], args...), ended: make(chan error, 1)}
	p.Dir, p.Env = dir, append(os.Environ(), "INVSIM_RUNS_MAIN=1")
	p.Stdout, p.Stderr = &p.out, &p.complaint
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { p.kill() })
	return p
}

// kill is kill -9.
func (p *process) kill() { _ = p.Process.Kill() }

// wait waits for the end and returns the exit code.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		p.kill()
		<-p.ended
		t.Fatalf("it does not end:\n%s", p.complaint.String())
	}
	return p.ProcessState.ExitCode()
}

// invsim builds the program.
func invsim(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "invsim")
	build := exec.Command("go", "build", "-o", path, "./cmd/invsim")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// alone is what one process says, and how it ends.
func alone(t *testing.T, program, dir string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// script writes a program.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

// until waits for so many results in a directory.
func until(t *testing.T, state string, results int) {
	t.Helper()
	for range 1200 {
		files, _ := filepath.Glob(filepath.Join(state, "*.units"))
		if len(files) >= results {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("there are not even %d results", results)
}

// TestCluster: of three workers one is killed, one is slow, one plays another build, and
// one joins late; the server and the coordinator are killed and start again.
func TestCluster(t *testing.T) {
	program, dir := invsim(t), t.TempDir()
	campaign := strings.Fields("run --calls 6000 --world 20 --loss 40% --mutant second-ring")
	want, ends := alone(t, program, "", append(campaign, "--no-shrink", "-o", "json")...)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	state, url := filepath.Join(dir, "state"), "nats://"+address
	serving := func() *process {
		return start(t, dir, "serve", "-listen", address, "-store", filepath.Join(dir, "store"))
	}
	coordinating := func() *process {
		return start(t, dir, append(append([]string{"run", "-invsim", program, "-url", url, "-state", state, "-ack-wait", "2s"}, campaign...), "--", "--no-shrink", "-o", "json", "-q")...)
	}
	working := func(more ...string) *process {
		return start(t, dir, append([]string{"work", "-invsim", program, "-url", url, "-workers", "1"}, more...)...)
	}
	server := serving()
	dies, slow, steady := working(), working("-pause", "500ms"), working()
	first := coordinating()
	other := working("-invsim", script(t, program+` "$@" | sed 's/^digest .*/digest 1234/'`))
	if code := other.wait(t); code != 3 || !strings.Contains(other.complaint.String(), "must be the same build") {
		t.Errorf("with another build: exit %d: %s", code, other.complaint.String())
	}
	until(t, state, 10)
	dies.kill()
	late := working()
	until(t, state, 30)
	server.kill()
	<-server.ended
	time.Sleep(time.Second)
	server = serving()
	until(t, state, 50)
	first.kill()
	<-first.ended
	last := coordinating()
	if code := last.wait(t); code != ends || last.out.String() != want {
		t.Errorf("exit %d:\n%s%s\nnot %d:\n%s", code, last.out.String(), last.complaint.String(), ends, want)
	}
	for name, p := range map[string]*process{"slow": slow, "steady": steady, "late": late} {
		if len(p.ended) > 0 {
			t.Errorf("the %s worker has ended: %s", name, p.complaint.String())
		}
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if code := p.wait(t); code != 0 {
			t.Errorf("the %s worker, when it is to leave: exit %d: %s", name, code, p.complaint.String())
		}
	}
}

// TestPoison: a unit that nobody can play is tried again and then reported, and the others
// are played; one that takes longer than a worker may be silent is played once. Later it
// can be played, with no server but that in the process.
func TestPoison(t *testing.T) {
	program, dir := invsim(t), t.TempDir()
	for name, text := range map[string]string{
		"world.yaml":   "name: x\nrun: {calls: 60, world: 2}\nnetwork: {uplink: links/a.up}\n",
		"links/a.up":   "1\n5\n90\n300\n",
		"links/.empty": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	tried, slow := filepath.Join(dir, "tried"), filepath.Join(dir, "slow")
	poisoned := script(t, fmt.Sprintf(`case "$*" in
*"--shard 3/"*) echo x >>%s; echo poison >&2; exit 3;;
*"--shard 5/"*) echo x >>%s; sleep 5;;
esac
exec %s "$@"`, tried, slow, program))
	run := func(invsim string) *process {
		return start(t, dir, strings.Fields("run -invsim "+invsim+" -state state -tries 2 -ack-wait 3s -workers 2 -file world.yaml -file links/a.up run world.yaml")...)
	}
	p := run(poisoned)
	if code := p.wait(t); code != 3 || p.out.Len() > 0 || !strings.Contains(p.complaint.String(), "unit 2 failed: script: exit status 3: poison") || !strings.Contains(p.complaint.String(), "1 units of 30 cannot be played") {
		t.Errorf("exit %d: %s%s", code, p.out.String(), p.complaint.String())
	}
	if text, err := os.ReadFile(tried); err != nil || string(text) != "x\nx\n" {
		t.Errorf("tried: %q, %v", text, err)
	}
	if text, err := os.ReadFile(slow); err != nil || string(text) != "x\n" {
		t.Errorf("slow: %q, %v", text, err)
	}
	want, ends := alone(t, program, dir, "run", "world.yaml")
	p = run(program)
	if code := p.wait(t); code != ends || p.out.String() != want {
		t.Errorf("exit %d:\n%s%s\nnot %d:\n%s", code, p.out.String(), p.complaint.String(), ends, want)
	}
}

func TestUnitsIn(t *testing.T) {
	for text, want := range map[string]string{"none": "[]", "7": "[7]", "0 to 2, 5, 8 to 9": "[0 1 2 5 8 9]"} {
		if got, err := unitsIn(text); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "1 to", "0 to 1, and 3 more ranges"} {
		if got, err := unitsIn(text); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestBadFlags(t *testing.T) {
	for args, says := range map[string]string{
		"": "say run, work or serve", "walk": "say run, work or serve", "work": "-url is required", "serve": "-store is required",
		"run -state x": "what is the campaign?", "run run": "-state is required", "run -state x -workers -1 run": "must not be negative",
		"run -state x -tries 0 run": "at least 1", "work -url x y": "unexpected argument",
		"run -state x -file /etc/passwd run": "must be relative",
	} {
		p := start(t, t.TempDir(), strings.Fields(args)...)
		if code := p.wait(t); code != 2 || p.out.Len() > 0 || !strings.Contains(p.complaint.String(), says) {
			t.Errorf("%s: exit %d: %s", args, code, p.complaint.String())
		}
	}
}

// TestSchedules: a campaign with an endpoint behind its own --.
func TestSchedules(t *testing.T) {
	program, dir := invsim(t), t.TempDir()
	words := []string{"conform", "--runs", "5", "--seed", "11", "--", program, "conform", "driver", "--mutant", "second-ring"}
	single := campaign(words, "--state", filepath.Join(dir, "alone"), "-o", "json")
	want, ends := alone(t, program, "", single...)
	for _, answer := range [][]string{{"--", "-o", "json"}, nil} { // the second time, nothing is left to be played
		if answer == nil {
			want, _ = alone(t, program, "", "merge", filepath.Join(dir, "alone"))
		}
		p := start(t, dir, append(append([]string{"run", "-invsim", program, "-state", filepath.Join(dir, "state")}, words...), answer...)...)
		if code := p.wait(t); code != ends || p.out.String() != want || !strings.Contains(want, "schedules: app, callee in INVITATION_RECEIVED: INVITE") {
			t.Errorf("%q: exit %d: %s%s\nnot %d: %s", answer, code, p.out.String(), p.complaint.String(), ends, want)
		}
	}
}
