// Contradictions: the problems of setup.Options.Validate, each at the
// line of the option that it is about.

package scenario

import (
	"fmt"
	"strings"
)

func (r *reader) validate() {
	err := r.scenario.Options.Validate()
	if err == nil {
		return
	}
	for _, text := range strings.Split(err.Error(), "; ") {
		at, before := r.concerns(text)
		r.problem(at.line, at.column, "%s%s", before, text)
	}
}

// concerns finds the place that a problem is about: of the options that it
// mentions, the first that the file sets, or else the preset. What goes before the
// text names the option, unless the text does.
func (r *reader) concerns(text string) (at *node, before string) {
	for i, at := range r.faults { // none if they are the preset's
		if strings.HasPrefix(text, fmt.Sprintf("faults: %v: ", r.scenario.Options.Faults[i])) {
			return at, ""
		}
	}
	words := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" :,()+", c) })
	for _, word := range words {
		if n := r.lines[word]; n != nil {
			return n, ""
		}
	}
	if r.preset != nil {
		return r.preset, "with this preset, "
	}
	return &node{line: 1, column: 1}, ""
}
