// The suite tries itself: every rule that can be broken, and every error of a beginner,
// fails a case, and every case fails one of them.

package kit

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/sim/mutant"
)

// kills is a list of pairs: a case of the profile, and a broken endpoint that fails it.
const kills = "testdata/kills.txt"

// TestEveryErrorFails: each broken endpoint fails a case of the profile, and each case
// fails a broken endpoint. The list says which; -rewrite looks for new pairs.
func TestEveryErrorFails(t *testing.T) {
	if len(beginners) < 20 {
		t.Fatalf("%d errors of beginners", len(beginners))
	}
	broken := map[string]invd.Driver{}
	for name, made := range beginners {
		broken[name] = invd.Here(made())
	}
	for name, made := range forgetfuls {
		broken[name] = invd.Here(made())
	}
	for _, m := range mutant.All {
		broken[m.Name] = here(m.ID)
	}
	if golden.Rewriting() {
		golden.Write(t, kills, findKills(broken))
	}
	text, err := os.ReadFile(kills)
	if err != nil {
		t.Fatal(err)
	}
	cases, left := map[string]*Case{}, map[string]bool{}
	for _, c := range Cases() {
		cases[c.ID], left[c.ID] = c, true
	}
	fails := map[string]int{}
	for line := range strings.Lines(string(text)) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		c, d := cases[id], broken[strings.TrimSpace(name)]
		if c == nil || d == nil {
			t.Errorf("%q: no case, or no broken endpoint", line)
			continue
		}
		if found, _ := c.Run(d); found == nil {
			t.Errorf("%s passes %s", name, id)
		}
		fails[strings.TrimSpace(name)]++
		delete(left, id)
	}
	for _, id := range sorted(left) {
		t.Errorf("nobody fails %s", id)
	}
	for _, name := range sorted(broken) {
		if fails[name] == 0 {
			t.Errorf("%s passes", name)
		}
	}
}

// findKills gives each case to one of the broken endpoints that fail it, and to each
// endpoint at least one of those that it fails.
func findKills(broken map[string]invd.Driver) string {
	names := sorted(broken)
	slices.SortStableFunc(names, func(a, b string) int { // those that fail most come last, and get what is left
		wide := []string{"accept-without-confirm", "every-message-answered", "refusals-not-reported", "sends-once", "closed-never-said", "events-before-messages"}
		return slices.Index(wide, a) - slices.Index(wide, b)
	})
	by := map[string][]string{}
	for _, name := range names { // one for each, if possible one that nobody has
		var any *Case
		for _, c := range Cases() {
			if any != nil && by[c.ID] != nil {
				continue
			}
			if found, _ := c.Run(broken[name]); found != nil {
				if any = c; by[c.ID] == nil {
					break
				}
			}
		}
		if any != nil {
			by[any.ID] = append(by[any.ID], name)
		}
	}
	for _, name := range names {
		for _, c := range Cases() {
			if by[c.ID] != nil {
				continue
			}
			if found, _ := c.Run(broken[name]); found != nil {
				by[c.ID] = []string{name}
			}
		}
	}
	var b strings.Builder
	for _, c := range Cases() {
		for _, name := range by[c.ID] {
			fmt.Fprintf(&b, "%-48s %s\n", c.ID, name)
		}
	}
	return b.String()
}
