// Tables: a sweep as text and as Markdown.

package study

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/result"
)

// table is a grid of words with a corner, heads and row names.
type table struct {
	title  string // empty if there is no other table
	corner string
	heads  []string
	names  []string
	cells  [][]string
}

// wording is how a table writes an estimate.
type wording func(m Measure, e result.Estimate) string

func inFull(m Measure, e result.Estimate) string { return e.Text(m.Unit.Text) }

// tables lay a sweep out. With two axes there is a table for every measure; with
// one, the measures are the columns of a single table.
func (s *Sweep) tables(show []Measure, words wording) []table {
	if s.Rows.Given() && s.Columns.Given() {
		var all []table
		for _, m := range show {
			t := s.grid(m, words)
			if len(show) > 1 {
				t.title = m.Title
			}
			all = append(all, t)
		}
		return all
	}
	axis := s.Rows
	if !axis.Given() {
		axis = s.Columns
	}
	t := table{corner: s.corner(), names: axis.Values, cells: make([][]string, len(axis.Values))}
	for _, m := range show {
		t.heads = append(t.heads, m.Title)
		for i := range s.Cells {
			t.cells[i] = append(t.cells[i], words(m, s.Cells[i].Of(m)))
		}
	}
	return []table{t}
}

// grid is the table of one measure over two axes.
func (s *Sweep) grid(m Measure, words wording) table {
	t := table{corner: s.corner(), heads: s.Columns.Values, names: s.Rows.Values}
	for row := range s.Rows.Values {
		var line []string
		for column := range s.Columns.Values {
			line = append(line, words(m, s.At(row, column).Of(m)))
		}
		t.cells = append(t.cells, line)
	}
	return t
}

// corner names the axes of a map.
func (s *Sweep) corner() string {
	switch {
	case !s.Columns.Given():
		return s.Rows.Flag
	case !s.Rows.Given():
		return s.Columns.Flag
	}
	return s.Rows.Flag + ` \ ` + s.Columns.Flag
}

// Text writes a sweep for people: how it went, what the measures mean, the tables.
func (s *Sweep) Text(w io.Writer, show []Measure) error {
	out := &output.Lines{To: w}
	headline(out, s.Verdict(), s.Headline())
	if advice := s.Advice(show); advice != "" {
		out.Wrap("advice: "+advice, 8, "")
		out.Printf("\n")
	}
	for _, m := range show {
		out.Wrap(m.Title+": "+m.About, 2, "")
	}
	var reasons []string
	tables := s.tables(show, func(m Measure, e result.Estimate) string {
		if !e.Known || e.Bounded || e.Why == "" {
			return e.Text(m.Unit.Text)
		}
		if !slices.Contains(reasons, e.Why) {
			reasons = append(reasons, e.Why)
		}
		return m.Unit.Text(e.Value) + " (–)"
	})
	legend := "in brackets: 95 % intervals"
	if reasons != nil {
		legend += ", or – for none: " + strings.Join(reasons, "; ")
	}
	out.Wrap(legend, 2, "")
	for _, t := range tables {
		out.Printf("\n")
		t.text(out)
	}
	out.Printf("\nseed   %d, for every cell: the same random draws\nagain: %s\n", s.Cells[0].Options.Seed, s.Again)
	return out.Err
}

// Headline goes on after the verdict's word.
func (s *Sweep) Headline() string {
	cells := output.Count(len(s.Cells), "cell")
	switch c := s.Worst(); c.Verdict() {
	case result.Held:
		return fmt.Sprintf("every property that is promised, on all %s, in %s", output.Count(s.Played(), "call"), cells)
	case result.Interrupted:
		return fmt.Sprintf("after %s of %s calls, in %s", output.Group(s.Played()), output.Group(s.Calls()), cells)
	default:
		return worst(c.Sample.Total, c.Missed, s.Name(c))
	}
}

// text aligns a table with spaces. Columns for which the screen has no room follow in
// another block, after the names of the rows.
func (t *table) text(out *output.Lines) {
	if t.title != "" {
		out.Printf("%s\n", t.title)
	}
	widths := make([]int, 1+len(t.heads))
	lines := t.lines()
	for _, line := range lines {
		for i, word := range line {
			widths[i] = max(widths[i], len([]rune(word)))
		}
	}
	for from := 1; from < len(widths); {
		if from > 1 {
			out.Printf("\n")
		}
		to, width := from, widths[0]
		for to < len(widths) && (to == from || width+2+widths[to] <= output.Columns) {
			width += 2 + widths[to]
			to++
		}
		for _, line := range lines {
			row := pad(line[0], widths[0], false)
			for i := from; i < to; i++ {
				row += "  " + pad(line[i], widths[i], true)
			}
			out.Printf("%s\n", strings.TrimRight(row, " "))
		}
		from = to
	}
}

// lines are all words of a table, heads and names included.
func (t *table) lines() [][]string {
	lines := [][]string{append([]string{t.corner}, t.heads...)}
	for i, name := range t.names {
		lines = append(lines, append([]string{name}, t.cells[i]...))
	}
	return lines
}

// Markdown writes the verdict on a sweep and its tables.
func (s *Sweep) Markdown(w io.Writer, show []Measure) error {
	var out strings.Builder
	fmt.Fprintf(&out, "**%s** %s\n\n", s.Verdict(), s.Headline())
	if advice := s.Advice(show); advice != "" {
		fmt.Fprintf(&out, "**advice** %s\n\n", advice)
	}
	for i, t := range s.tables(show, inFull) {
		if i > 0 {
			out.WriteString("\n")
		}
		if t.title != "" {
			fmt.Fprintf(&out, "**%s**\n\n", t.title)
		}
		t.markdown(&out)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (t *table) markdown(out *strings.Builder) {
	t.corner = strings.ReplaceAll(t.corner, `\`, `\\`)
	for line, words := range t.lines() {
		fmt.Fprintf(out, "| %s |\n", strings.Join(words, " | "))
		if line == 0 {
			out.WriteString("|---" + strings.Repeat("|--:", len(t.heads)) + "|\n")
		}
	}
}

// unknown stands where there was nothing to measure.
const unknown = "–"

// pad fills a word up to a width, to the left of it if right is set.
func pad(word string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-len([]rune(word))))
	if right {
		return space + word
	}
	return word + space
}
