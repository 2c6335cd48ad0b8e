// A sequence diagram as SVG: two lifelines, time downwards, every copy a slanted line
// from its sending to its arrival, and a cross where it was lost. It is narrow, so that
// it can be read on a phone and in half a window.
//
// Time is not to scale, because a call is a second of talk and a minute of ringing:
// pauses are shortened, and every row bears its time.

package timeline

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
)

// SVG draws the call as a file by itself, with its own style and background. A long call
// is cut in its middle.
func SVG(t *event.Timeline) template.HTML {
	picture := string(draw(t, "xmlns", "http://www.w3.org/2000/svg"))
	start, rest, _ := strings.Cut(picture, ">\n")
	return template.HTML(start + ">\n<style>" + svg.Style + "</style>\n" + `<rect class="ground" width="100%" height="100%"/>` + "\n" + rest)
}

// WriteSVG writes the call as a file.
func WriteSVG(w io.Writer, t *event.Timeline) error {
	_, err := fmt.Fprintln(w, SVG(t))
	return err
}

// Picture draws the call for a page, which has the style.
func Picture(t *event.Timeline) template.HTML { return draw(t) }

func draw(t *event.Timeline, attributes ...any) template.HTML {
	d := &drawing{layout: layOut(sequenceOf(t))}
	d.drawHeads()
	d.drawTimes()
	d.drawEpisodes()
	d.drawFlights()
	d.drawLabels()
	d.drawNotes()
	d.drawEnds()
	d.writeTexts()
	label := fmt.Sprintf("Sequence diagram of call %d from %s to %s, which ends %s for the caller and %s for the callee",
		t.Call, t.Caller, t.Callee, t.CallerEnd, t.CalleeEnd)
	return d.Picture(label, width, d.bottom+44, append([]any{"class", "sequence"}, attributes...)...)
}

// drawing writes shapes at once, and texts at the end, above all lines. Those of one
// class stand together, because a page has many.
type drawing struct {
	svg.Drawing
	*layout
	classes []string // of texts, in the order of their first
	texts   map[string]*svg.Drawing
}

func (d *drawing) text(class string, x, y int, words string) {
	d.shape(class, "text", words, "x", x, "y", y)
}

func (d *drawing) shape(class, name, words string, attributes ...any) {
	if d.texts[class] == nil {
		if d.texts == nil {
			d.texts = map[string]*svg.Drawing{}
		}
		d.texts[class] = &svg.Drawing{}
		d.classes = append(d.classes, class)
	}
	d.texts[class].Element(name, words, attributes...)
}

func (d *drawing) writeTexts() {
	for _, class := range d.classes {
		fmt.Fprintf(d, "<g class=\"%s\">\n%s</g>\n", class, d.texts[class])
	}
}

// path writes a path, if there is anything in it.
func (d *drawing) path(class, data string) {
	if data != "" {
		d.Element("path", "", "class", class, "d", data)
	}
}

// drawHeads draws the names and their lifelines.
func (d *drawing) drawHeads() {
	for _, head := range []struct {
		x          int
		name, role string
	}{{callerLine, d.timeline.Caller, "caller"}, {calleeLine, d.timeline.Callee, "callee"}} {
		d.path("lifeline", fmt.Sprintf("M%d %dV%d", head.x, headHeight-8, d.bottom+10))
		d.Element("rect", "", "class", "head", "x", head.x-headHalf, "y", 6, "width", 2*headHalf, "height", 44, "rx", 6)
		d.text("strong middle", head.x, 25, fitting(head.name, 2*headHalf-8, noteSize))
		d.text("quiet middle", head.x, 41, head.role)
	}
	if d.leftOut > 0 {
		d.text("quiet start", 4, headHeight+8, fmt.Sprintf("%d steps in the", d.leftOut))
		d.text("quiet start", 4, headHeight+20, "middle are left out")
	}
}

// drawTimes draws the axis and the time of every row. A shortened pause is dashed.
func (d *drawing) drawTimes() {
	var axis, shortened strings.Builder
	for i, at := range d.times {
		y := d.rows[i]
		d.text("time end", timesEnd, y+4, shortSeconds(at-d.start))
		fmt.Fprintf(&axis, "M%d %dh6", timeAxis-3, y)
		if i == 0 {
			continue
		}
		of := &axis
		if at-d.times[i-1] >= longPause {
			of = &shortened
		}
		fmt.Fprintf(of, "M%d %dV%d", timeAxis, d.rows[i-1], y)
	}
	d.path("axis", axis.String())
	d.path("axis shortened", shortened.String())
}

// drawEpisodes draws a bar over the lifeline, with its name along it.
func (d *drawing) drawEpisodes() {
	for _, s := range d.episodes {
		x, top, bottom := lineOf(s.onCallee), d.row(s.begin), d.row(s.end)
		d.Element("rect", "", "class", "episode "+s.what, "x", x-7, "y", top, "width", 14, "height", max(6, bottom-top))
	}
	for _, n := range d.names {
		d.shape("episodename middle", "text", n.what, "transform", fmt.Sprintf("translate(%d %d) rotate(-90)", lineOf(n.onCallee)+4, n.middle))
	}
}

// drawFlights draws the copies, those of one kind as one path.
func (d *drawing) drawFlights() {
	var classes []string
	lines, tips := map[string]string{}, map[string]string{}
	var crosses strings.Builder
	for i := range d.flights {
		f := &d.flights[i]
		w := d.wayOf(f)
		class := f.class()
		if !slices.Contains(classes, class) {
			classes = append(classes, class)
		}
		lines[class] += fmt.Sprintf("M%d %dL%d %d", w.from, w.top, w.to, w.bottom)
		if f.lost() {
			fmt.Fprintf(&crosses, "M%d %dl10 10m0 -10l-10 10", w.to-5, w.bottom-5)
		} else if f.arrived {
			tips[class] += fmt.Sprintf("M%d %dl%d %dv%dz", w.to, w.bottom, -w.direction*arrowSize, -4-(w.bottom-w.top)/48, 8)
		}
	}
	for _, class := range classes {
		d.path(class, lines[class])
		d.path("tip "+class, tips[class])
	}
	d.path("cross", crosses.String())
}

func (f *flight) class() string {
	switch {
	case f.lost():
		return "flight lost"
	case f.twin:
		return "flight twin"
	case !f.arrived:
		return "flight open"
	}
	return "flight"
}

// drawLabels writes along the lines.
func (d *drawing) drawLabels() {
	for _, l := range d.labels {
		class := "flightname start"
		if l.end {
			class = "flightname end"
		}
		if l.lost {
			class += " lost"
		}
		for i, words := range l.lines {
			y := l.y - labelHeight*(len(l.lines)-1-i)
			if l.slope == 0 {
				d.text(class, l.x, y, words)
			} else {
				d.shape(class, "text", words, "transform", fmt.Sprintf("matrix(1 %s 0 1 %d %d)", decimals(l.slope), l.x, y))
			}
		}
	}
}

// decimals writes thousandths.
func decimals(n int) string {
	if n < 0 {
		return "-" + decimals(-n)
	}
	return fmt.Sprintf("%d.%03d", n/1000, n%1000)
}

var noteClasses = [...]string{phoneNote: "phone", pressNote: "press", refusedNote: "refused", eventNote: "event", violationNote: "violation"}

// drawNotes writes beside the lifelines what happened there, and violations across
// everything.
func (d *drawing) drawNotes() {
	for _, n := range d.placed {
		class := noteClasses[n.kind]
		if n.kind == violationNote {
			d.Element("rect", "", "class", "violationbox", "x", boxLeft, "y", n.y-4, "width", boxRight-boxLeft, "height", n.height()+8, "rx", 4)
			for i, line := range n.lines {
				d.text("note violation middle", (boxLeft+boxRight)/2, n.y+11+i*lineHeight, line)
			}
			continue
		}
		x, anchor, dot := callerLine-noteGap, " end", callerLine
		if n.onCallee {
			x, anchor, dot = calleeLine+noteGap, " start", calleeLine
		}
		d.Element("circle", "", "class", "dot "+class, "cx", dot, "cy", d.row(n.at), "r", dotRadius)
		for i, line := range append(slices.Clone(n.lines), n.states...) {
			style := "note " + class + anchor
			if i >= len(n.lines) {
				style = "state" + anchor
			}
			d.text(style, x, n.y+4+i*lineHeight, line)
		}
	}
}

// drawEnds writes how it ended on both sides.
func (d *drawing) drawEnds() {
	for _, end := range []struct {
		x    int
		name string
	}{{callerLine, d.timeline.CallerEnd.String()}, {calleeLine, d.timeline.CalleeEnd.String()}} {
		d.Element("rect", "", "class", "head", "x", end.x-65, "y", d.bottom+10, "width", 130, "height", 26, "rx", 13)
		d.text("strong middle", end.x, d.bottom+27, end.name)
	}
}
