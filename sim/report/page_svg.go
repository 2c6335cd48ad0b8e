// SVG as text: elements with escaped attributes. Coordinates are whole numbers
// wherever we lay out ourselves, so that every machine draws the same.

package report

import (
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode"

	_ "embed"
)

// svgStyle is the look of all pictures. It works inside the page and without it.
//
//go:embed page_svg.css
var svgStyle string

// drawing is SVG in the making.
type drawing struct{ strings.Builder }

// element writes one element: its text, if any, and pairs of attribute and value.
func (d *drawing) element(name, text string, attributes ...any) {
	d.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(d, ` %s="%s"`, attributes[i], markup(fmt.Sprint(attributes[i+1])))
	}
	if text == "" {
		d.WriteString("/>\n")
		return
	}
	fmt.Fprintf(d, ">%s</%s>\n", markup(text), name)
}

// markup is text as it may stand in markup.
func markup(text string) string { return html.EscapeString(strings.Map(printable, text)) }

// printable replaces what XML has no way to write: control characters and bytes
// that are no character.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
		return unicode.ReplacementChar
	}
	return r
}

// picture is the finished SVG. Its label says to those who do not see it what it
// shows; words that say the same stand beside every picture.
func (d *drawing) picture(label string, width, height int, attributes ...any) template.HTML {
	var all drawing
	fmt.Fprintf(&all, `<svg role="img" aria-label="%s" viewBox="0 0 %d %d" width="%d" height="%d"`, markup(label), width, height, width, height)
	for i := 0; i+1 < len(attributes); i += 2 {
		fmt.Fprintf(&all, ` %s="%s"`, attributes[i], markup(fmt.Sprint(attributes[i+1])))
	}
	all.WriteString(">\n" + d.String() + "</svg>")
	return template.HTML(all.String())
}
