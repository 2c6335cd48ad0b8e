// A sequence diagram as Mermaid text, for pages that draw it themselves.

package timeline

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
)

// Mermaid writes the call as a Mermaid sequenceDiagram: a line for every copy when
// it is sent, notes for everything else. A long call is cut in its middle. Its
// error is the writer's.
func Mermaid(w io.Writer, t *event.Timeline) error {
	out := &output.Lines{To: w}
	out.Printf("sequenceDiagram\n")
	out.Printf("    participant A as %s (caller)\n", mermaidText(t.Caller))
	out.Printf("    participant B as %s (callee)\n", mermaidText(t.Callee))
	s := sequenceOf(t)
	flights, notes := s.flights, s.notes
	for len(flights) > 0 || len(notes) > 0 {
		if len(notes) > 0 && (len(flights) == 0 || notes[0].comesBefore(&flights[0])) {
			mermaidNote(out, s, &notes[0])
			notes = notes[1:]
			continue
		}
		mermaidFlight(out, &flights[0])
		flights = flights[1:]
	}
	out.Printf("    Note over A,B: ends %s for the caller, %s for the callee\n", t.CallerEnd, t.CalleeEnd)
	if s.leftOut > 0 {
		out.Printf("    Note over A,B: %d steps in the middle are left out\n", s.leftOut)
	}
	return out.Err
}

func (n *note) comesBefore(f *flight) bool {
	return n.at < f.sent || n.at == f.sent && n.order < f.order
}

func mermaidNote(out *output.Lines, s *sequence, n *note) {
	words := seconds(n.at-s.start) + " " + n.words
	if n.state != "" {
		words += ", now " + n.state
	}
	place := "left of A"
	switch {
	case n.kind == violationNote:
		place = "over A,B"
	case n.onCallee:
		place = "right of B"
	}
	out.Printf("    Note %s: %s\n", place, mermaidText(words))
}

func mermaidFlight(out *output.Lines, f *flight) {
	from, to := "A", "B"
	if !f.fromCaller {
		from, to = to, from
	}
	arrow := "->>"
	switch {
	case f.lost():
		arrow = "-x"
	case f.twin:
		arrow = "-->>"
	}
	out.Printf("    %s%s%s: %s\n", from, arrow, to, mermaidText(f.words()))
}

// mermaidText escapes what Mermaid would read as its own: the end of a statement,
// the start of a character's code, markup.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case strings.ContainsRune(`#;<>&"%{}`, r):
			fmt.Fprintf(&b, "#%d;", r)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
