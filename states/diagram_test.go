// The pictures and tables in docs are what the machines print. To print them anew:
//
//	go test ./states -rewrite

package states

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/invsim/invsim/internal/golden"
)

func TestDiagramFiles(t *testing.T) {
	for _, each := range []struct{ file, want string }{
		{"local.dot", Local().DOT()},
		{"local.mmd", Local().Mermaid()},
		{"remote.dot", Remote().DOT()},
		{"remote.mmd", Remote().Mermaid()},
	} {
		golden.File(t, filepath.Join("../docs/diagrams", each.file), each.want)
	}
}

// docs/protocol.md has four marked regions.
func TestProtocolPage(t *testing.T) {
	const file = "../docs/protocol.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, each := range []struct{ name, want string }{
		{"caller diagram", "```mermaid\n" + Local().Mermaid() + "```\n"},
		{"caller table", Local().Markdown()},
		{"callee diagram", "```mermaid\n" + Remote().Mermaid() + "```\n"},
		{"callee table", Remote().Markdown()},
	} {
		text = golden.Region(t, text, each.name, each.want)
	}
	golden.File(t, file, text)
}

// stateless promises no order for its graph. A machine without guards and with
// states and triggers of different names has one.
func TestDiagramsAreTheSameEveryTime(t *testing.T) {
	local, remote := Local().DOT(), Remote().DOT()
	for range 50 {
		if Local().DOT() != local || Remote().DOT() != remote {
			t.Fatal("two graphs of one machine differ")
		}
	}
}

// The picture is of the declared machine: each arrow of the live one's graph that
// leads somewhere else, and no other.
func TestDOTIsTheLiveMachine(t *testing.T) {
	for _, each := range []struct{ moves, all string }{
		{Local().DOT(), newMachine(declareLocal).live.ToGraph()},
		{Remote().DOT(), newMachine(declareRemote).live.ToGraph()},
	} {
		if got, want := arrows(each.moves), arrows(each.all); got != want {
			t.Errorf("the moves are\n%s\nthe live machine's\n%s", got, want)
		}
	}
}

// arrows are the lines of a graph from one state to another.
func arrows(dot string) string {
	var b strings.Builder
	for line := range strings.Lines(dot) {
		from, rest, found := strings.Cut(strings.TrimSpace(line), " -> ")
		to, _, _ := strings.Cut(rest, " ")
		if found && from != to {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Mermaid has an arrow for every pair of states with a move, and on it the move's
// trigger, or the same trigger without its condition.
func TestMermaidShowsEveryMove(t *testing.T) {
	showsEveryMove(t, Local())
	showsEveryMove(t, Remote())
}

func showsEveryMove[S, T ~uint8](t *testing.T, table Table[S, T]) {
	t.Helper()
	labels, shown := map[string][]string{}, 0
	for line := range strings.Lines(table.Mermaid()) {
		if arrow, label, found := strings.Cut(strings.TrimSpace(line), ": "); found && strings.Contains(arrow, " --> ") {
			labels[arrow] = strings.Split(label, "<br>")
			shown += len(labels[arrow])
		}
	}
	seen := map[string]bool{}
	table.moves(func(from S, on T, to S) {
		arrow, trigger := stateName(from)+" --> "+stateName(to), nameOfTrigger(on)
		base, _, _ := strings.Cut(trigger, ", ")
		switch {
		case slices.Contains(labels[arrow], trigger):
			seen[arrow+trigger] = true
		case slices.Contains(labels[arrow], base):
		default:
			t.Errorf("%s: no %q among %q", arrow, trigger, labels[arrow])
		}
	})
	if len(seen) != shown {
		t.Errorf("%d labels are shown for %d moves", shown, len(seen))
	}
}

// What Markdown prints reads back as the same cells.
func TestMarkdownReadsBack(t *testing.T) {
	readBack(t, Local(), callerShort)
	readBack(t, Remote(), calleeShort)
}

func readBack[S, T ~uint8](t *testing.T, table Table[S, T], short map[string]S) {
	t.Helper()
	rows := readRows(t, table.Markdown())[2:]
	if len(rows) != table.triggers {
		t.Fatalf("%d rows", len(rows))
	}
	for on, row := range rows {
		label, cells := row[1], row[2:len(row)-1]
		for s, text := range cells {
			want := table.At(S(s), T(on))
			if got := readCell(t, label, strings.ReplaceAll(text, "**", ""), S(s), short); got != want {
				t.Errorf("%s: %q reads as %v to %v, %v and is %v to %v, %v", label, text,
					got.Kind, stateName(got.Next), got.Effects, want.Kind, stateName(want.Next), want.Effects)
			}
		}
	}
}
