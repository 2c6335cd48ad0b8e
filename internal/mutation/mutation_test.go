package mutation

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/invsim/invsim/sim/mutant"
)

var (
	mutate = flag.Bool("mutate", false, "build every mutant and run the tests against it (minutes)")
	found  = flag.Bool("found", false, "build every mutant and try the swarm and the search that find it (minutes)")
	only   = flag.String("only", "", "with -mutate: only mutants whose rule contains this")
)

// suites are the packages whose tests are to catch a mutant, each by itself.
var suites = []string{"./states", "./engine", "./sim/mutant", "./sim/property", "./sim"}

const root = "../.."

// TestTheListIsWhole: every rule of sim/mutant stands in the list, in its place, and
// no rule stands there twice.
func TestTheListIsWhole(t *testing.T) {
	rules := map[string]bool{}
	for i, m := range Mutants {
		want := mutant.ID(i + 1)
		if int(want) >= mutant.Count {
			want = mutant.None
		}
		if m.ID != want || (m.ID == mutant.None) == (m.Rule == "") || rules[m.String()] || len(m.Edits) == 0 {
			t.Errorf("%d: %v, %q with %d edits", i, m.ID, m.String(), len(m.Edits))
		}
		rules[m.String()] = true
	}
}

// TestMutants checks that every mutant can still be made, and with -mutate that
// at least one suite catches each.
func TestMutants(t *testing.T) {
	for _, m := range Mutants {
		t.Run(m.String(), func(t *testing.T) {
			overlay := m.build(t)
			if *found && strings.Contains(m.String(), *only) {
				m.requireFound(t, overlay)
			}
			if !*mutate || !strings.Contains(m.String(), *only) {
				return
			}
			var caught []string
			for _, suite := range suites {
				test := exec.Command("go", "test", "-count=1", "-timeout=60s", "-overlay", overlay, suite)
				test.Dir = root
				test.Env = append(os.Environ(), "RAPID_CHECKS=3000", "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=1s")
				output, err := test.CombinedOutput()
				if strings.Contains(string(output), "[build failed]") || strings.Contains(string(output), "[setup failed]") {
					t.Fatalf("the mutant does not build:\n%s", output)
				}
				if err != nil {
					caught = append(caught, suite)
				}
			}
			if caught == nil {
				t.Errorf("survived")
				return
			}
			t.Logf("caught by %s", strings.Join(caught, ", "))
		})
	}
}

// TestWhatElseFinds: from the first mutant on that says what else finds it, every one says
// it, or why nothing does.
func TestWhatElseFinds(t *testing.T) {
	said := 0
	for _, m := range Mutants {
		is := m.Swarm > 0 || m.Check != nil
		if said > 0 && is == (m.Alone != "") {
			t.Errorf("%v: found: %v, and why it is not: %q", m.String(), is, m.Alone)
		}
		if is {
			said++
		}
	}
	if said == 0 {
		t.Error("nothing is found")
	}
}

// requireFound tries the swarm and the search that a mutant says it is found by.
func (m *Mutant) requireFound(t *testing.T, overlay string) {
	t.Helper()
	if m.Swarm == 0 && m.Check == nil {
		return
	}
	command := filepath.Join(t.TempDir(), "invsim")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", command, "./cmd/invsim")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, args := range [][]string{{"swarm", "--no-shrink", "--runs", strconv.Itoa(m.Swarm)}, append([]string{"check"}, m.Check...)} {
		if args[0] == "swarm" && m.Swarm == 0 || args[0] == "check" && m.Check == nil {
			continue
		}
		var exit *exec.ExitError
		if err := exec.Command(command, append(args, "--quiet")...).Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("%v does not find it: %v", args, err)
		}
	}
}

// build writes the mutated files and the overlay that puts them in place.
func (m *Mutant) build(t *testing.T) (overlay string) {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	sources := map[string]string{}
	for _, edit := range m.Edits {
		if sources[edit.File] == "" {
			source, err := os.ReadFile(filepath.Join(root, edit.File))
			if err != nil {
				t.Fatal(err)
			}
			sources[edit.File] = string(source)
		}
		if n := strings.Count(sources[edit.File], edit.Old); n != 1 {
			t.Fatalf("%s has %d times, not once:\n%s", edit.File, n, edit.Old)
		}
		sources[edit.File] = strings.Replace(sources[edit.File], edit.Old, edit.New, 1)
	}
	for file, source := range sources {
		mutated := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(mutated, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		original, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = mutated
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return overlay
}
