// SVG: a sweep as a picture that stands by itself, without styles, scripts or fonts
// from elsewhere.

package study

import (
	"fmt"
	"html"
	"io"
	"strings"
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

	p := &picture{}
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img">`,
		width, bottom+4*svgMargin, width, bottom+4*svgMargin)
	p.add(`<title>%s</title>`, html.EscapeString(m.Title+": "+m.About))
	p.add(`<rect width="100%%" height="100%%" fill="#fff"/>`)
	p.text(svgMargin, svgMargin+2, "start", "#000", m.Title)
	p.text(svgMargin, 2*svgMargin, "start", "#555", m.About)
	s.svgAxes(p, left, right, bottom)
	for i := range s.Cells {
		c := &s.Cells[i]
		sc.svgCell(p, left+svgCellWidth*c.Column, svgTop+svgCellHeight*c.Row, s.name(c), c.of(m), m.Unit)
	}
	sc.svgLegend(p, left, bottom+svgMargin, m.Unit)
	p.add(`</svg>`)
	_, err := io.WriteString(w, p.String())
	return err
}

// svgAxes writes the names of the axes and of their values.
func (s *Sweep) svgAxes(p *picture, left, right, bottom int) {
	if s.Columns.given() {
		p.text((left+right)/2, svgTop-24, "middle", "#000", s.Columns.Flag)
		for i, value := range s.Columns.Values {
			p.text(left+svgCellWidth*i+svgCellWidth/2, svgTop-7, "middle", "#000", value)
		}
	}
	if s.Rows.given() {
		middle := (svgTop + bottom) / 2
		p.add(`<text transform="translate(%d %d) rotate(-90)" text-anchor="middle">%s</text>`, svgMargin, middle, html.EscapeString(s.Rows.Flag))
		for i, value := range s.Rows.Values {
			p.text(left-svgLetter, svgTop+svgCellHeight*i+svgCellHeight/2+5, "end", "#000", value)
		}
	}
}

func (sc scale) svgCell(p *picture, x, y int, name string, e Estimate, u Unit) {
	ground, ink := "#fff", "#555"
	if e.Known {
		shade := svgShades[sc.shade(e.Value)]
		ground, ink = shade.ground, shade.ink
	}
	p.add(`<g><title>%s: %s</title>`, html.EscapeString(name), e.text(u))
	p.add(`<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="#ccc"/>`, x, y, svgCellWidth, svgCellHeight, ground)
	e.Bounded = false
	p.text(x+svgCellWidth/2, y+svgCellHeight/2+5, "middle", ink, e.text(u))
	p.add(`</g>`)
}

// svgLegend shows the shades in a row, with the values they start and end with.
func (sc scale) svgLegend(p *picture, x, y int, u Unit) {
	if sc.empty {
		p.text(x, y+14, "start", "#555", sc.legend(u))
		return
	}
	for i, shade := range svgShades {
		p.add(`<rect x="%d" y="%d" width="%d" height="14" fill="%s" stroke="#ccc"/>`, x+i*svgSwatch, y, svgSwatch, shade.ground)
	}
	p.text(x, y+32, "start", "#555", sc.legend(u))
}

// picture is SVG under construction.
type picture struct{ strings.Builder }

func (p *picture) add(format string, args ...any) {
	fmt.Fprintf(&p.Builder, format, args...)
	p.WriteByte('\n')
}

func (p *picture) text(x, y int, anchor, ink, text string) {
	p.add(`<text x="%d" y="%d" text-anchor="%s" fill="%s">%s</text>`, x, y, anchor, ink, html.EscapeString(text))
}
