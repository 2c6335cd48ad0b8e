// Frozen snapshots: what a version of this package has written, every later one reads
// or refuses by its version.

package engine_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
)

// frozen are the lines of a file of snapshots: name, user, and the bytes in base64.
type frozen struct {
	name, user string
	snapshot   []byte
}

func readFrozen(t testing.TB, file string) (all []frozen) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(part) != 3 {
			t.Fatalf("%s: %q", file, line)
		}
		snapshot, err := base64.StdEncoding.DecodeString(part[2])
		if err != nil {
			t.Fatalf("%s: %s: %v", file, part[0], err)
		}
		all = append(all, frozen{part[0], part[1], snapshot})
	}
	return all
}

// freeze writes the snapshots of all situations, once: a file that is there is what
// programs of its version have written, and stays.
func freeze(t *testing.T, file string) {
	t.Helper()
	if _, err := os.Stat(file); err == nil || !golden.Rewriting() {
		return
	}
	text := "# Snapshots that version 3 has written. They are never written anew.\n"
	for _, s := range situations {
		p := newPair(t, time.Unix(0, 0)).do(s.words)
		for _, e := range []*engine.Engine{p.alice, p.bob} {
			text += fmt.Sprintf("%s\t%s\t%s\n", s.name, e.Self(), base64.StdEncoding.EncodeToString(e.Snapshot()))
		}
	}
	golden.Write(t, file, text)
}

// TestFrozenSnapshots: an engine that is restored from an old snapshot, a second
// after it was taken, does what it should: its times are those of the snapshot, and
// what it sends at once and tells in the end stands in a file beside it.
//
// Version 2 is that of engines before protocol 1.0. Its calls keep their old times, an
// accept time of 5 s and no refresh, and are of the only device.
func TestFrozenSnapshots(t *testing.T) {
	freeze(t, "../testdata/snapshot/version3.txt")
	for version, least := range map[int]int{2: 56, 3: 130} {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) { playFrozen(t, version, least) })
	}
}

func playFrozen(t *testing.T, version, least int) {
	all := readFrozen(t, fmt.Sprintf("../testdata/snapshot/version%d.txt", version))
	if len(all) < least {
		t.Errorf("only %d snapshots", len(all))
	}
	var got strings.Builder
	for _, each := range all {
		clock := &testClock{time.Unix(1_000_000, 0)}
		e, err := engine.Restore(each.user, optionsOf(clock, 77), each.snapshot, time.Second)
		if err != nil {
			t.Errorf("%s, %s: %v", each.name, each.user, err)
			continue
		}
		if again := load(t, each.user, clock, 77, e.Snapshot()); !bytes.Equal(again.Snapshot(), e.Snapshot()) {
			t.Errorf("%s, %s: what was restored is another when it is saved and loaded", each.name, each.user)
		}
		fmt.Fprintf(&got, "%s, %s\n", each.name, each.user)
		for _, out := range outputsOf(e) {
			fmt.Fprintf(&got, "\t\t%s\n", out)
		}
		began := clock.now
		for at, ok := e.NextDeadline(); ok; at, ok = e.NextDeadline() {
			if at.After(clock.now) {
				clock.now = at
			}
			e.Advance()
			for out := range e.All() {
				if out.Kind != engine.Send {
					fmt.Fprintf(&got, "\t%v\t%s\n", clock.now.Sub(began), describeOutput(out))
				}
			}
		}
		if s := e.Stats(); s.LocalRecords+s.RemoteRecords != 0 {
			t.Errorf("%s, %s: something is remembered for ever: %+v", each.name, each.user, s)
		}
	}
	golden.File(t, fmt.Sprintf("../testdata/snapshot/version%d-restored.txt", version), got.String())
}

// TestOlderSnapshots: a snapshot of another version is refused as one, not as damaged,
// because its owner can go back to the program that wrote it.
func TestOlderSnapshots(t *testing.T) {
	for _, each := range readFrozen(t, "../testdata/snapshot/version1.txt") {
		_, err := engine.Restore(each.user, optionsOf(&testClock{}, 77), each.snapshot, 0)
		var problem *engine.SnapshotError
		if !errors.As(err, &problem) || problem.Problem != engine.SnapshotVersion || !strings.Contains(err.Error(), "1, not 3") {
			t.Errorf("%s: %v", each.name, err)
		}
	}
}
