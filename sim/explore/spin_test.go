// The same rules for another tool: where there is Spin, it finds as many states of
// testdata/call.pml as TestModel's model has.

package explore

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

func TestSpinFindsAsManyStates(t *testing.T) {
	for _, tool := range []string{"spin", "cc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("there is no ", tool)
		}
	}
	source, err := os.ReadFile("testdata/call.pml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ logouts, reports bool }{{false, false}, {true, true}} {
		dir := t.TempDir()
		command := func(name string, args ...string) string {
			cmd := exec.Command(name, args...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", cmd, err, out)
			}
			return string(out)
		}
		if err := os.WriteFile(filepath.Join(dir, "call.pml"), source, 0o600); err != nil {
			t.Fatal(err)
		}
		define := map[bool]string{false: "0", true: "1"}
		command("spin", "-a", "-DLOGOUTS="+define[c.logouts], "-DREPORTS="+define[c.reports], "call.pml")
		command("cc", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c")
		out := command("./pan", "-m100000")
		stored := regexp.MustCompile(`(?m)^ *(\d+) states, stored`).FindStringSubmatch(out)
		clean := regexp.MustCompile(`errors: 0\b`).MatchString(out)
		if want := strconv.Itoa(len(reachable(c.logouts, c.reports))); stored == nil || stored[1] != want || !clean {
			t.Errorf("log-outs %v, reports %v: want %s states and no error, Spin says\n%s", c.logouts, c.reports, want, out)
		}
	}
}
