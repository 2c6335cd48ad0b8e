package shrink

import (
	"bytes"
	"context"
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/transcript"
	"github.com/invsim/invsim/sim"
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

// TestEveryChoiceOfACopyIsTold: whatever can befall a copy has words.
func TestEveryChoiceOfACopyIsTold(t *testing.T) {
	withAnother := []tape.Label{tape.CorruptBit, tape.ReorderBy, tape.PushAfter} // the choice before it tells them
	for what := tape.Loss; what.String() != "?"; what++ {
		ofCopy := setup.SubjectOf(tape.Choice{What: what}).Copy >= 0
		if ofCopy && choiceWords[what] == nil && !slices.Contains(withAnother, what) {
			t.Errorf("%v has no words", what)
		}
	}
}

// forgetful is a phone that crashes, without a snapshot, while an INVITE is late.
func forgetful(t testing.TB) *Failure {
	o := setup.PlainOptions()
	o.Latency, o.Snapshots = netem.Between(50*time.Millisecond, 2*time.Second), setup.Nothing
	o.AnswerAfter = setup.Range{Min: 5 * time.Second, Max: 5 * time.Second}
	o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: 700 * time.Millisecond, For: 10 * time.Millisecond, Phones: []int{1}}}
	return shrunk(t, setup.Token{Options: o, Tape: latencyOfFirstInvite(&o, time.Second)}, property.S6)
}

// jumpy is a phone whose clock leaps over the memory of an ended call, while a copy
// of its INVITE is still under way.
func jumpy(t testing.TB) *Failure {
	o := setup.PlainOptions()
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
		golden.File(t, filepath.Join("..", "..", "testdata", "shrink", name), textual(t, f)+"\n"+f.GoTest()+"\n"+f.Script())
	}
}

func TestJSON(t *testing.T) {
	f := forgetful(t)
	var b bytes.Buffer
	if err := f.JSON(&b, "v1"); err != nil {
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

// TestScripts: most stories can be told as a script, and playing one comes to what
// happened in the world.
func TestScripts(t *testing.T) {
	stories := map[string]*Failure{"forgetful": forgetful(t), "jumpy": jumpy(t)}
	for i, p := range planted {
		stories[p.name], _, _ = plantOnce(t, i)
	}
	told := 0
	for name, f := range stories {
		text := f.Script()
		if strings.Contains(text, "No script can tell this story") {
			t.Logf("%s: %s", name, text)
			continue
		}
		told++
		script, err := transcript.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		played, broken, err := transcript.Player{}.Play(script)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, p := range broken {
			if !strings.Contains(p.Text, "("+f.Violation.Property.String()+")") {
				t.Errorf("%s: %v", name, p)
			}
		}
		var got []string
		for _, line := range regexp.MustCompile(`(?m)^ +([0-9.]+ \w+) +\* (\w+)`).FindAllStringSubmatch(played.String(), -1) {
			got = append(got, line[1]+" "+line[2])
		}
		if want := f.events(); !slices.Equal(got, want) {
			t.Errorf("%s: the script tells %q, the world was %q:\n%v", name, got, want, played)
		}
	}
	if told < 5 {
		t.Errorf("only %d of %d stories could be told", told, len(stories))
	}
}

// TestScriptsSayWhatTheyCannot tell.
func TestScriptsSayWhatTheyCannot(t *testing.T) {
	for want, change := range map[string]func(*setup.Options){
		// The world's phone starts again with a snapshot.
		`played, it comes to "`: func(o *setup.Options) {
			o.AnswerAfter = setup.Range{Min: 5 * time.Second, Max: 5 * time.Second}
			o.Faults = []fault.Scheduled{{Kind: fault.Crash, At: time.Second, For: time.Second, Phones: []int{0}}}
		},
		"delay 10 INVITE from user0 to 1m41s: no network keeps a copy for longer than 1m40s.": func(o *setup.Options) {
			o.KeepOld, o.Latency = true, netem.Between(101*time.Second, 101*time.Second)
		},
	} {
		o := setup.PlainOptions()
		change(&o)
		k := setup.Token{Options: o, Tape: &tape.Recorded{}}
		out, err := sim.Replay(t.Context(), &k)
		if err != nil {
			t.Fatal(err)
		}
		f := &Failure{Token: k, Outcome: out, Violation: property.Violation{Property: property.S6}}
		if script := f.Script(); !strings.Contains(script, "# No script can tell this story: "+want) {
			t.Errorf("want %q:\n%s", want, script)
		}
	}
}
