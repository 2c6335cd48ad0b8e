// The machines as pictures and as tables of text, all printed from the compiled
// table; docs/protocol.md and docs/diagrams hold the output.

package states

import (
	"fmt"
	"slices"
	"strings"

	"github.com/qmuntal/stateless"
)

// DOT is the machine's moves as stateless draws them for graphviz: a live
// machine without all that leaves the state as it is.
func (t Table[S, T]) DOT() string {
	live := stateless.NewStateMachine(S(0))
	for s := range t.states {
		live.Configure(S(s))
	}
	t.moves(func(from S, on T, to S) { live.Configure(from).Permit(on, to) })
	return live.ToGraph()
}

// Mermaid is the same picture as a stateDiagram-v2, one arrow for each pair of
// states. A condition that makes no difference to the arrow is left out.
func (t Table[S, T]) Mermaid() string {
	var labels [8][8][]string
	t.moves(func(from S, on T, to S) {
		label := &labels[from][to]
		if base, _, _ := strings.Cut(fmt.Sprint(on), ", "); !slices.Contains(*label, base) {
			*label = append(*label, fmt.Sprint(on))
		}
	})

	var b strings.Builder
	b.WriteString(roomForLabels + "stateDiagram-v2\n    direction LR\n")
	fmt.Fprintf(&b, "    [*] --> %v\n", S(0))
	for from := range t.states {
		for to := range t.states {
			if on := labels[from][to]; on != nil {
				fmt.Fprintf(&b, "    %v --> %v: %s\n", S(from), S(to), strings.Join(on, "<br>"))
			}
		}
	}
	for s := FirstTerminal; s < t.states; s++ {
		fmt.Fprintf(&b, "    %v --> [*]\n", S(s))
	}
	return b.String()
}

const roomForLabels = `%%{init: {"state": {"nodeSpacing": 100, "rankSpacing": 70}}}%%` + "\n"

func (t Table[S, T]) moves(each func(from S, on T, to S)) {
	for s := range t.states {
		for on := range t.triggers {
			if cell := t.cells[s][on]; cell.Kind == Move {
				each(S(s), T(on), cell.Next)
			}
		}
	}
}

// Markdown is the whole table, a row for each trigger and a column for each state.
// A cell names the new state and the events, timers and counts; after a semicolon
// the messages. – is ignored, ! counted as unexpected, x not chosen here.
func (t Table[S, T]) Markdown() string {
	var b strings.Builder
	b.WriteString("| input |")
	for s := range t.states {
		fmt.Fprintf(&b, " %s |", short(S(s)))
	}
	b.WriteString("\n|" + strings.Repeat("---|", 1+t.states) + "\n")
	for on := range t.triggers {
		fmt.Fprintf(&b, "| %v |", T(on))
		for s := range t.states {
			fmt.Fprintf(&b, " %s |", t.cells[s][on])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// String is the cell in the notation of Markdown.
func (c Cell[S]) String() string {
	switch c.Kind {
	case Impossible:
		return "x"
	case Ignored:
		return "–"
	}
	var done []string
	if c.Kind == Move {
		done = append(done, "**"+short(c.Next)+"**")
	}
	for _, part := range []Effect{c.Effects.events(), c.Effects.timers(), c.Effects.others()} {
		done = append(done, part.names()...)
	}
	text := strings.Join(done, ", ")
	if sent := c.Effects.messages(); sent != 0 {
		text += "; " + sent.String()
	}
	return text
}

// short is a state's name as the tables have it: without saying whom it was sent
// to, as each table has one side only.
func short[S ~uint8](s S) string { return withoutSide.Replace(fmt.Sprint(s)) }

var withoutSide = strings.NewReplacer("INVITATION_", "", "_TO_REMOTE", "", "_BY_REMOTE", "", "_TO_LOCAL", "")
