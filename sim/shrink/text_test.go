package shrink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

var firstInvite = tape.Choice{What: tape.Latency, About: 1 << 24}

func latencyOfFirstInvite(o *setup.Options, d time.Duration) *tape.Recorded {
	t := &tape.Recorded{}
	t.Set(firstInvite, o.DrawOf(firstInvite, d))
	return t
}

func textual(t testing.TB, f *Failure) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Text(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// forgetful is a phone that crashes, without a snapshot, while an INVITE is late.
func forgetful(t testing.TB) *Failure {
	o := setup.Plain()
	o.Latency, o.Snapshots = netem.Between(50*time.Millisecond, 2*time.Second), setup.Nothing
	o.AnswerAfter = setup.Range{Min: 5 * time.Second, Max: 5 * time.Second}
	o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: 700 * time.Millisecond, For: 10 * time.Millisecond, Phones: []int{1}}}
	return shrunk(t, setup.Token{Options: o, Tape: latencyOfFirstInvite(&o, time.Second)}, property.S6)
}

// jumpy is a phone whose clock leaps over the memory of an ended call, while a copy
// of its INVITE is still under way.
func jumpy(t testing.TB) *Failure {
	o := setup.Plain()
	o.Latency, o.Cancel, o.Accept, o.Ignore = netem.Between(50*time.Millisecond, 20*time.Second), 1, 0, 1
	o.CancelAfter = setup.Range{Min: 2 * time.Second, Max: 2 * time.Second}
	o.Faults = []fault.Scheduled{{Kind: fault.Jump, At: 5 * time.Second, For: time.Hour, Phones: []int{1}}}
	return shrunk(t, setup.Token{Options: o, Tape: latencyOfFirstInvite(&o, 10*time.Second)}, property.S7)
}

func shrunk(t testing.TB, k setup.Token, want property.ID) *Failure {
	t.Helper()
	f, err := Shrink(context.Background(), k, want, Options{Fails: Broken(want)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestText: what people see, as golden files.
func TestText(t *testing.T) {
	for name, f := range map[string]*Failure{"forgetful.txt": forgetful(t), "jumpy.txt": jumpy(t)} {
		golden.File(t, filepath.Join("..", "..", "testdata", "shrink", name), textual(t, f))
	}
}

func TestJSON(t *testing.T) {
	f := forgetful(t)
	var b bytes.Buffer
	if err := f.JSON(&b); err != nil {
		t.Fatal(err)
	}
	var back jsonFailure
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Property != "S6" || back.Promised || len(back.Faults) != 2 || len(back.Windows) != len(f.Windows) || back.Token != f.Token.String() ||
		back.Windows[0].MostNS != int64(f.Windows[0].Most) || back.Script != f.Script() || back.GoTest != f.GoTest() {
		t.Errorf("%s", b.Bytes())
	}
}

// goTool runs the go command at the top of the module.
func goTool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestGoTestRuns: the generated test is formatted, compiles, and fails, for it is the
// failure.
func TestGoTestRuns(t *testing.T) {
	f := forgetful(t)
	promised := *f
	promised.Promised = true // then the same world holds
	for _, c := range []struct {
		f    *Failure
		want string
	}{{f, "broken 1 times"}, {&promised, "ok  "}} {
		source := c.f.GoTest()
		if formatted, err := format.Source([]byte(source)); err != nil || string(formatted) != source {
			t.Errorf("%v: not formatted:\n%s", err, source)
		}
		dir := t.TempDir()
		file, overlay := filepath.Join(dir, "failure_test.go"), filepath.Join(dir, "overlay.json")
		virtual, err := filepath.Abs(filepath.Join("..", "..", "testdata", "shrink", "failure_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		content, _ := json.Marshal(map[string]any{"Replace": map[string]string{virtual: file}})
		for path, data := range map[string][]byte{file: []byte(source), overlay: content} {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, err := goTool(t, "test", "-overlay", overlay, "./testdata/shrink")
		if !strings.Contains(out, c.want) || (err == nil) != (c.want == "ok  ") {
			t.Errorf("%v: want %q:\n%s", err, c.want, out)
		}
	}
}

// TestScriptsRun: what a script tells, run by those who run testdata/scripts, is what
// happened in the world, event by event.
func TestScriptsRun(t *testing.T) {
	stories := map[string]*Failure{"forgetful": forgetful(t), "jumpy": jumpy(t)}
	for i, p := range planted {
		f, _, _ := plant(t, i, 1, Options{NoWindows: true})
		stories["planted-"+p.name] = f
	}
	dir := t.TempDir()
	for _, d := range []string{"engine", "testdata/scripts"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	runner := filepath.Join(dir, "runner")
	if out, err := goTool(t, "test", "-c", "-o", runner, "./engine"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	told := 0
	for name, f := range stories {
		script := f.Script()
		if strings.Contains(script, "No script can tell this story") {
			t.Logf("%s: %s", name, script)
			continue
		}
		told++
		file := filepath.Join(dir, "testdata", "scripts", name+".txt")
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(runner, "-test.run", "^TestScripts$/^"+name+"$", "-rewrite")
		cmd.Dir = filepath.Join(dir, "engine")
		out, err := cmd.CombinedOutput()
		transcript, _ := os.ReadFile(file)
		if broken := fmt.Sprintf("(%v)", f.Violation.Property); err != nil && !strings.Contains(string(out), broken) {
			t.Errorf("%s: %v, and not for %s: %s\n%s", name, err, broken, out, transcript)
		}
		if got, want := eventsOf(string(transcript)), eventsIn(f.Outcome); got != want {
			t.Errorf("%s: the script tells\n%s\nthe world was\n%s\n%s", name, got, want, transcript)
		}
	}
	if told < 4 {
		t.Errorf("only %d of %d stories could be told", told, len(stories))
	}
}

// eventsOf are the events of a transcript, a line each.
func eventsOf(transcript string) string {
	var b strings.Builder
	for _, line := range strings.Split(transcript, "\n") {
		if words := strings.Fields(line); strings.HasPrefix(line, " ") && len(words) > 3 && words[2] == "*" {
			fmt.Fprintln(&b, words[0], words[1], words[3])
		}
	}
	return b.String()
}

func eventsIn(out *sim.Outcome) string {
	var b strings.Builder
	for _, e := range out.Entries {
		if e.Kind == event.EventRaised {
			fmt.Fprintf(&b, "%.3f %s %v\n", e.At.Seconds(), e.Node, e.Event.Kind)
		}
	}
	return b.String()
}

// TestScriptsSayWhatTheyCannot tell.
func TestScriptsSayWhatTheyCannot(t *testing.T) {
	for want, change := range map[string]func(*setup.Options){
		"a third party takes part":               func(o *setup.Options) { o.Users, o.Strangers = 3, 1 },
		"clocks run at different speeds":         func(o *setup.Options) { o.Drift = 0.1 },
		"a script cannot set retransmit-first":   func(o *setup.Options) { o.Engine.Times.RetransmitFirst = time.Second },
		"a copy is older than the maximum delay": func(o *setup.Options) { o.KeepOld, o.Latency = true, netem.Between(101*time.Second, 101*time.Second) },
		"a phone that starts again in a script has no snapshot": func(o *setup.Options) {
			o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: time.Second, For: time.Second}}
		},
		"the network keeps a copy for a phone": func(o *setup.Options) {
			o.Store, o.Faults = time.Minute, []fault.Scheduled{{Kind: fault.Offline, At: 10 * time.Millisecond, For: time.Second, Phones: []int{1}}}
		},
	} {
		o := setup.Plain()
		change(&o)
		k := setup.Token{Options: o, Tape: &tape.Recorded{}}
		out, err := sim.Replay(&k)
		if err != nil {
			t.Fatal(err)
		}
		f := &Failure{Token: k, Outcome: out, Violation: property.Violation{Property: property.S6}}
		if script := f.Script(); !strings.Contains(script, "# No script can tell this story: "+want+".\n") {
			t.Errorf("want %q:\n%s", want, script)
		}
	}
}
