// Contradictions: the problems of setup.Options.Validate, each at the
// line of the option that it is about.

package scenario

import (
	"fmt"
	"strings"
)

// engineNames are the options of the engine as its own messages call them.
var engineNames = map[string]string{
	"NoResponse": "no-response-time", "Expiry": "expiry-time", "Grace": "grace-time", "Accept": "accept-time",
	"RetransmitFirst": "retransmit-first", "RetransmitCap": "retransmit-cap", "AcceptFirst": "accept-first", "AcceptCap": "accept-cap",
	"Linger": "linger-time", "Tombstone": "tombstone-time", "MaxDelay": "max-delay",
	"CountFromSend": "count-from-send", "MaxPerPeer": "max-per-peer", "MaxTotal": "max-total",
}

func (r *reader) validate() {
	err := r.scenario.Options.Validate()
	if err == nil {
		return
	}
	for _, text := range strings.Split(err.Error(), "; ") {
		text = strings.TrimPrefix(text, "engine options: ")
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
		own := engineNames[strings.TrimPrefix(word, "Times.")]
		if own != "" && r.lines[own] != nil {
			return r.lines[own], own + ": "
		}
		if n := r.lines[word]; n != nil {
			return n, ""
		}
	}
	if r.preset != nil {
		return r.preset, "with this preset, "
	}
	return &node{line: 1, column: 1}, ""
}
