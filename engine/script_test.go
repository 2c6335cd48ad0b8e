// Golden transcripts: each file in testdata/scripts is a story of commands in the
// language of internal/transcript, and below each command, indented, what the
// engines did.
//
//	go test ./engine -run TestScripts -rewrite    writes the outputs anew, to be reviewed as a diff

package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/transcript"
)

const scriptDir = "../testdata/scripts"

func TestScripts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scriptDir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", scriptDir, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, want := readScript(t, file)
			got, broken, err := transcript.Player{}.Play(want)
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range broken {
				t.Error(problem)
			}
			if again, _, _ := (transcript.Player{}).Play(want); again.String() != got.String() {
				t.Error("a second run prints something else (S12)")
			}
			compareScript(t, file, text, want, got)
		})
	}
}

// TestScriptsCoverRaces: every race that the core owes has a script.
func TestScriptsCoverRaces(t *testing.T) {
	const owed = "01 02 03 04 05 06 07 08 11 12 13 14 15 16 18 19 20 22 23 24 26 27 28 29 30 31 32 33 35 " +
		"37 38 39 41 42 44 45 46 50 51 52 53 55 56 57 58 60 65 66 67 68 69 70 72 73 74 75 76 82 " +
		"83 84 86 87 88 89 90 91 92 93 94 96 97 98 99"
	for _, number := range strings.Fields(owed) {
		if files, _ := filepath.Glob(filepath.Join(scriptDir, "c"+number+"-*.txt")); len(files) != 1 {
			t.Errorf("race C%s has %d scripts", number, len(files))
		}
	}
}

// readScript reads and parses a file.
func readScript(t *testing.T, file string) (text string, script *transcript.Script) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	script, err = transcript.Parse(string(data))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return string(data), script
}

// compareScript shows each command whose output is not the golden one. With
// -rewrite a difference is what is wanted; the rules that are broken still count.
func compareScript(t *testing.T, file, text string, want, got *transcript.Script) {
	t.Helper()
	for _, difference := range transcript.Diff(want, got) {
		if golden.Rewriting() {
			t.Logf("rewritten: %v", difference)
		} else {
			t.Error(difference)
		}
	}
	if golden.Rewriting() && got.String() != text {
		golden.Write(t, file, got.String())
	}
}
