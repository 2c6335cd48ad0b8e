// SVG: a sweep as a picture that stands by itself, without styles, scripts or fonts
// from elsewhere.

package study

import (
	"fmt"
	"io"

	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// The sizes of a picture, in pixels.
const (
	svgCellWidth  = 110
	svgCellHeight = 40
	svgLetter     = 8 // about the width of one
	svgTop        = 84
	svgMargin     = 20
	svgSwatch     = 44
)

// svgShades are the colours of the shades, light to dark, with that of the letters
// on them.
var svgShades = [shades]struct{ ground, ink string }{
	{"#fff7ec", "#000"}, {"#fee8c8", "#000"}, {"#fdd49e", "#000"}, {"#fdbb84", "#000"},
	{"#fc8d59", "#000"}, {"#ef6548", "#000"}, {"#d7301f", "#fff"}, {"#990000", "#fff"},
}

// SVG writes one measure of a sweep as a heat map with both axes, a value in each
// cell, its interval as the cell's tooltip, and a legend.
func (s *Sweep) SVG(w io.Writer, m Measure) error {
	sc := s.scale(m)
	left := 3*svgMargin + svgLetter*wide(s.Rows.Values)
	right := left + svgCellWidth*s.Columns.len()
	bottom := svgTop + svgCellHeight*s.Rows.len()
	width := max(right, left+shades*svgSwatch, svgMargin+svgLetter*len([]rune(m.About))) + svgMargin

	d := &svg.Drawing{}
	d.Element("rect", "", "width", "100%", "height", "100%", "fill", "#fff")
	write(d, svgMargin, svgMargin+2, "start", "#000", m.Title)
	write(d, svgMargin, 2*svgMargin, "start", "#555", m.About)
	s.svgAxes(d, left, right, bottom)
	for i := range s.Cells {
		c := &s.Cells[i]
		sc.svgCell(d, left+svgCellWidth*c.Column, svgTop+svgCellHeight*c.Row, s.Name(c), c.Of(m), m.Unit)
	}
	sc.svgLegend(d, left, bottom+svgMargin, m.Unit)
	_, err := fmt.Fprintln(w, d.Picture(m.Title+": "+m.About, width, bottom+4*svgMargin,
		"xmlns", "http://www.w3.org/2000/svg", "font-family", "sans-serif", "font-size", 13))
	return err
}

// svgAxes writes the names of the axes and of their values.
func (s *Sweep) svgAxes(d *svg.Drawing, left, right, bottom int) {
	if s.Columns.Given() {
		write(d, (left+right)/2, svgTop-24, "middle", "#000", s.Columns.Flag)
		for i, value := range s.Columns.Values {
			write(d, left+svgCellWidth*i+svgCellWidth/2, svgTop-7, "middle", "#000", value)
		}
	}
	if s.Rows.Given() {
		middle := (svgTop + bottom) / 2
		d.Element("text", s.Rows.Flag, "transform", fmt.Sprintf("translate(%d %d) rotate(-90)", svgMargin, middle), "text-anchor", "middle")
		for i, value := range s.Rows.Values {
			write(d, left-svgLetter, svgTop+svgCellHeight*i+svgCellHeight/2+5, "end", "#000", value)
		}
	}
}

func (sc scale) svgCell(d *svg.Drawing, x, y int, name string, e result.Estimate, u metric.Unit) {
	ground, ink := "#fff", "#555"
	if e.Known {
		shade := svgShades[sc.shade(e.Value)]
		ground, ink = shade.ground, shade.ink
	}
	d.WriteString("<g>")
	d.Element("title", name+": "+e.Text(u.Text))
	d.Element("rect", "", "x", x, "y", y, "width", svgCellWidth, "height", svgCellHeight, "fill", ground, "stroke", "#ccc")
	e.Bounded, e.Why = false, ""
	write(d, x+svgCellWidth/2, y+svgCellHeight/2+5, "middle", ink, e.Text(u.Text))
	d.WriteString("</g>\n")
}

// svgLegend shows the shades in a row, with the values they start and end with.
func (sc scale) svgLegend(d *svg.Drawing, x, y int, u metric.Unit) {
	if sc.empty {
		write(d, x, y+14, "start", "#555", sc.legend(u))
		return
	}
	for i, shade := range svgShades {
		d.Element("rect", "", "x", x+i*svgSwatch, "y", y, "width", svgSwatch, "height", 14, "fill", shade.ground, "stroke", "#ccc")
	}
	write(d, x, y+32, "start", "#555", sc.legend(u))
}

func write(d *svg.Drawing, x, y int, anchor, ink, text string) {
	d.Element("text", text, "x", x, "y", y, "text-anchor", anchor, "fill", ink)
}

func wide(words []string) int {
	width := 0
	for _, word := range words {
		width = max(width, len([]rune(word)))
	}
	return width
}
