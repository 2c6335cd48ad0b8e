// The logs of the endpoints in other languages are judged as ours are.

package judge_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/judge"
)

// TestForeign: no false alarm, and everything but S12 is told of the calls between two ends
// in another language. An error of theirs is found in their logs, by what it breaks.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		language, program, path, flaw string
		world                         int // in which the flaw shows,
		breaks                        string
	}{
		{"Python", "python3", "testees/python/testee.py", "early-cancel", 1, "S7"},
		{"JavaScript", "node", "../js/testee.mjs", "mute", 1, "S13"},
	} {
		t.Run(c.language, func(t *testing.T) {
			if _, err := exec.LookPath(c.program); err != nil {
				t.Skipf("there is no %s", c.program)
			}
			found := func(world int, options ...string) (broken []string) {
				var ends [2]invd.Driver
				for i := range ends {
					end, err := invd.Start(invd.Command{Args: append([]string{c.program, filepath.Join("..", c.path)}, options...)})
					if err != nil {
						t.Fatal(err)
					}
					defer end.Close()
					ends[i] = end
				}
				logs, _ := recordedBy(t, world, ends)
				for _, call := range judged(t, logs[0], logs[1]).Calls {
					for _, f := range call.Findings() {
						switch {
						case f.Verdict == judge.Broken:
							broken = append(broken, f.Property)
						case f.Verdict == judge.CannotTell && f.Property != "S12" && call.Caller != "mallory":
							t.Errorf("world %d: call %s: cannot tell %s: %s", world, call.ID, f.Property, f.Reason)
						}
					}
				}
				return broken
			}
			if broken := append(found(0), found(1)...); broken != nil {
				t.Errorf("breaks %v", broken)
			}
			if broken := found(c.world, "--break", c.flaw); !slices.Contains(broken, c.breaks) {
				t.Errorf("with %s: world %d breaks %v, not %s", c.flaw, c.world, broken, c.breaks)
			}
		})
	}
}
