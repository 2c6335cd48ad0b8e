// SVG as text. Coordinates are whole numbers wherever we lay out ourselves, so that
// every machine draws the same.

package svg

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"strings"
	"unicode"
)

// Style is the look of all pictures. It works inside a page and without it.
//
//go:embed style.css
var Style string

// Drawing is SVG in the making.
type Drawing struct{ strings.Builder }

// Element writes one element: its text, if any, and pairs of attribute and value.
func (d *Drawing) Element(name, text string, attributes ...any) {
	d.WriteString("<" + name)
	d.attributes(attributes)
	if text == "" {
		d.WriteString("/>\n")
		return
	}
	fmt.Fprintf(d, ">%s</%s>\n", markup(text), name)
}

func (d *Drawing) attributes(pairs []any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(d, ` %s="%s"`, pairs[i], markup(fmt.Sprint(pairs[i+1])))
	}
}

// markup is text as it may stand in markup.
func markup(text string) string { return html.EscapeString(strings.Map(Printable, text)) }

// Printable replaces what XML has no way to write: control characters and bytes
// that are no character.
func Printable(r rune) rune {
	if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
		return unicode.ReplacementChar
	}
	return r
}

// Picture is the finished SVG. Its label says to those who do not see it what it
// shows; words that say the same stand beside every picture.
func (d *Drawing) Picture(label string, width, height int, attributes ...any) template.HTML {
	var all Drawing
	all.WriteString("<svg")
	all.attributes(append([]any{"role", "img", "aria-label", label, "viewBox", fmt.Sprintf("0 0 %d %d", width, height), "width", width, "height", height}, attributes...))
	all.WriteString(">\n" + d.String() + "</svg>")
	return template.HTML(all.String())
}
