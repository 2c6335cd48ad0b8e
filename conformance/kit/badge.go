// A badge: a small picture for a page, with what was tried and how it went.

package kit

import (
	"fmt"
	"html"
	"io"
)

// badge writes a picture as SVG, which needs no server and no font: its texts are made as
// wide as their places.
func (r *Result) badge(w io.Writer) error {
	passed, failed, _ := r.Count()
	words, color := fmt.Sprintf("%d passed", passed), "#2a7d2a"
	switch {
	case passed+failed == 0:
		words, color = "nothing tried", "#666"
	case !r.Conforms():
		words, color = fmt.Sprintf("%d of %d failed", failed, passed+failed), "#b3261e"
	}
	if r.LeftOut > 0 {
		words += fmt.Sprintf(", %d not tried", r.LeftOut)
	}
	const char, pad = 7, 8 // in pixels
	name := Profile + " " + r.Options.Level
	left, right := len(name)*char+2*pad, len(words)*char+2*pad
	text := func(x, width int, text string) string {
		return fmt.Sprintf(`<text x="%d" y="15" textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`, x+pad, width-2*pad, html.EscapeString(text))
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="22" role="img" aria-label="%s: %s">
<title>%s: %s</title>
<clipPath id="round"><rect width="%d" height="22" rx="4"/></clipPath>
<g clip-path="url(#round)"><rect width="%d" height="22" fill="#444"/><rect x="%d" width="%d" height="22" fill="%s"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="12">%s%s</g>
</svg>
`, left+right, name, words, html.EscapeString(r.title()), html.EscapeString(r.verdict()), left+right, left, left, right, color, text(0, left, name), text(left, right, words))
	return err
}
