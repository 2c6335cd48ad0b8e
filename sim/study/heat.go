// Heat: a sweep in a terminal, shaded.

package study

import (
	"fmt"
	"io"
	"strings"
)

// blocks are the shades without colours.
var blocks = [shades]string{"    ", "░   ", "░░  ", "░░░░", "▒▒▒▒", "▓▓▓▓", "▓▓██", "████"}

// colours are the shades as the numbers of a 256-colour terminal, light to dark,
// each with one that reads well on it.
var colours = [shades]struct{ ground, ink int }{{230, 16}, {223, 16}, {216, 16}, {209, 16}, {203, 16}, {160, 231}, {124, 231}, {52, 231}}

// Heat writes one measure of a sweep as a map of shaded cells: with colours, or with
// blocks.
func (s *Sweep) Heat(w io.Writer, m Measure, colour bool) error {
	var out strings.Builder
	s.head(&out)
	sc := s.scale(m)
	fmt.Fprintf(&out, "%s: %s\n%s\n\n", m.Title, m.About, sc.legend(m.Unit))

	name, width := wide(append([]string{s.corner()}, s.Rows.Values...)), wide(s.heads(m))
	for i := range s.Cells {
		width = max(width, len(blocks[0])+1+len([]rune(s.Cells[i].short(m))))
	}
	out.WriteString(pad(s.corner(), name, false))
	for _, head := range s.heads(m) {
		out.WriteString("  " + pad(head, width, true))
	}
	out.WriteString("\n")
	for row := range s.Rows.len() {
		line := pad(s.Rows.text(row), name, false)
		for column := range s.Columns.len() {
			c := s.at(row, column)
			line += "  " + sc.cell(c.of(m), c.short(m), width, colour)
		}
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	s.foot(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

// cell is a value on its shade.
func (sc scale) cell(e Estimate, text string, width int, colour bool) string {
	shade := sc.shade(e.Value)
	switch {
	case !e.Known:
		return pad(text, width, true)
	case !colour:
		return blocks[shade] + pad(text, width-len([]rune(blocks[shade])), true)
	}
	return escape(colours[shade].ground, colours[shade].ink) + pad(text, width, true) + "\x1b[0m"
}

// escape is the sequence of a terminal for these colours.
func escape(ground, ink int) string { return fmt.Sprintf("\x1b[48;5;%d;38;5;%dm", ground, ink) }

// legend says what is shaded, and how.
func (sc scale) legend(u Unit) string {
	if sc.empty {
		return "nothing to shade"
	}
	spread := "linear"
	if sc.wide {
		spread = "logarithmic, 0 as the smallest"
	}
	return fmt.Sprintf("shades: %s to %s, %s", u.text(sc.low), u.text(sc.high), spread)
}

// corner names the axes of a map.
func (s *Sweep) corner() string {
	switch {
	case !s.Columns.given():
		return s.Rows.Flag
	case !s.Rows.given():
		return s.Columns.Flag
	}
	return s.Rows.Flag + ` \ ` + s.Columns.Flag
}

// heads are those of its columns; without such an axis, the measure's title.
func (s *Sweep) heads(m Measure) []string {
	if s.Columns.given() {
		return s.Columns.Values
	}
	return []string{m.Title}
}

// short is a cell's value without its interval.
func (c *Cell) short(m Measure) string {
	e := c.of(m)
	e.Bounded = false
	return e.text(m.Unit)
}

func wide(words []string) int {
	width := 0
	for _, word := range words {
		width = max(width, len([]rune(word)))
	}
	return width
}
