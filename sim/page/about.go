// What sweeps and comparisons say besides their numbers: where the answer comes from, and
// what was asked of each cell or side.

package page

import (
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
)

// About is what a page says of where its answer comes from.
type About struct {
	World   string   // its name
	Version string   // of the program
	Look    string   // the command that shows what is wrong; empty if nothing is
	Asked   []string // of each cell or side: thresholds and goals, as they are called where they are missed
}

// missed is what a cell or a side has missed.
type missed struct {
	who   string
	words []string
}

// asked tells of each threshold and goal who has missed it.
func (a About) asked(all []missed) (rows []report.AskedRow) {
	seen := map[string]bool{}
	for _, name := range a.Asked {
		if seen[name] {
			continue
		}
		seen[name] = true
		var by []string
		for _, m := range all {
			if slices.ContainsFunc(m.words, func(words string) bool { return strings.HasPrefix(words, name+": ") }) {
				by = append(by, m.who)
			}
		}
		what, name, _ := strings.Cut(name, " ")
		row := report.AskedRow{What: what, Name: name, Value: "everywhere", Verdict: result.Held}
		if by != nil {
			row.Verdict, row.Value = result.Missed, output.Shorten(strings.Join(by, "; "), longestOption)
		}
		rows = append(rows, row)
	}
	return rows
}

// values are what was measured where something was missed.
func values(all []missed) []part {
	var words []string
	for _, m := range all {
		for _, w := range m.words {
			words = append(words, m.who+": "+w)
		}
	}
	if words == nil {
		return nil
	}
	return []part{{Summary: "Where thresholds and goals were missed", Parts: []part{{Bullets: words}}}}
}
