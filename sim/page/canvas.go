// The canvas that plots are drawn on: SVG whose colours are the page's, so that it
// follows light, dark and print, and whose numbers are the same on every machine.

package page

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"

	"github.com/invsim/invsim/internal/svg"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// ink is a colour by its role: a class of page.css.
type ink string

// RGBA makes an ink a color.Color. Nothing looks at its value.
func (ink) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

// pen is the state that vg's Push saves.
type pen struct {
	ink    ink
	width  vg.Length
	dashes []vg.Length
	origin vg.Point
}

// plotCanvas is a vg.Canvas. It knows what flat plots need: it neither rotates nor
// scales nor holds images.
type plotCanvas struct {
	svg.Drawing
	width, height vg.Length
	pen           pen
	saved         []pen
}

func newPlotCanvas(width, height vg.Length) *plotCanvas {
	return &plotCanvas{width: width, height: height, pen: pen{ink: "axis", width: 1}}
}

func (c *plotCanvas) Size() (width, height vg.Length) { return c.width, c.height }

func (c *plotCanvas) SetLineWidth(w vg.Length)                    { c.pen.width = w }
func (c *plotCanvas) SetLineDash(dashes []vg.Length, _ vg.Length) { c.pen.dashes = dashes }
func (c *plotCanvas) Translate(by vg.Point)                       { c.pen.origin = c.pen.origin.Add(by) }
func (c *plotCanvas) Push()                                       { c.saved = append(c.saved, c.pen) }

func (c *plotCanvas) Pop() {
	last := len(c.saved) - 1
	c.pen, c.saved = c.saved[last], c.saved[:last]
}

// SetColor takes an ink. Every other colour is a default of the library.
func (c *plotCanvas) SetColor(colour color.Color) {
	c.pen.ink = "axis"
	if named, ok := colour.(ink); ok {
		c.pen.ink = named
	}
}

func (c *plotCanvas) Rotate(float64)         { panic("page: the canvas of plots does not rotate") }
func (c *plotCanvas) Scale(float64, float64) { panic("page: the canvas of plots does not scale") }
func (c *plotCanvas) DrawImage(vg.Rectangle, image.Image) {
	panic("page: the canvas of plots holds no images")
}

func (c *plotCanvas) Stroke(path vg.Path) {
	if c.pen.width <= 0 {
		return
	}
	attributes := []any{"class", "line " + string(c.pen.ink), "d", c.data(path)}
	if c.pen.width != 1 {
		attributes = append(attributes, "stroke-width", tenths(c.pen.width))
	}
	if c.pen.dashes != nil {
		var dashes []string
		for _, dash := range c.pen.dashes {
			dashes = append(dashes, tenths(dash))
		}
		attributes = append(attributes, "stroke-dasharray", strings.Join(dashes, " "))
	}
	c.Element("path", "", attributes...)
}

func (c *plotCanvas) Fill(path vg.Path) {
	c.Element("path", "", "class", "area "+string(c.pen.ink), "d", c.data(path))
}

func (c *plotCanvas) FillString(face font.Face, at vg.Point, text string) {
	x, y := c.place(at)
	c.Element("text", text, "class", "label "+string(c.pen.ink), "x", x, "y", y, "font-size", tenths(face.Font.Size))
}

// data is a path of straight lines; plots have no others.
func (c *plotCanvas) data(path vg.Path) string {
	var b strings.Builder
	for _, part := range path {
		command := 'L'
		switch part.Type {
		case vg.MoveComp:
			command = 'M'
		case vg.CloseComp:
			b.WriteByte('Z')
			continue
		}
		x, y := c.place(part.Pos)
		fmt.Fprintf(&b, "%c%s %s", command, x, y)
	}
	return b.String()
}

// place turns vg's coordinates, whose y grows upwards, into SVG's.
func (c *plotCanvas) place(at vg.Point) (x, y string) {
	at = at.Add(c.pen.origin)
	return tenths(at.X), tenths(c.height - at.Y)
}

// tenths rounds to a tenth. The last bit of a coordinate may differ between
// architectures, and round coordinates often lie half way between two tenths: so it
// is not there that the rounding turns.
func tenths(v vg.Length) string {
	n := int(math.Floor(float64(v)*10 + 0.5171))
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	if n%10 == 0 {
		return fmt.Sprintf("%s%d", sign, n/10)
	}
	return fmt.Sprintf("%s%d.%d", sign, n/10, n%10)
}

// segment is a straight line, with y downwards.
func (c *plotCanvas) segment(x1, y1, x2, y2 vg.Length) {
	c.Stroke(vg.Path{{Type: vg.MoveComp, Pos: vg.Point{X: x1, Y: c.height - y1}}, {Type: vg.LineComp, Pos: vg.Point{X: x2, Y: c.height - y2}}})
}
