// A sequence diagram as SVG: two lifelines, time downwards, every copy a slanted
// line from its sending to its arrival, and a cross where it was lost.
//
// Time is not to scale, because a call is a second of talk and a minute of
// ringing: pauses are shortened, and every row bears its time.

package timeline

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
)

// Where things stand from left to right: times, the caller's notes, the caller's
// lifeline, the callee's lifeline, the callee's notes.
const (
	sequenceWidth  = 960
	timesEnd       = 66
	timeAxis       = 74
	callerLine     = 320
	calleeLine     = 680
	noteGap        = 14 // from a lifeline to its notes
	lineHeight     = 14
	noteRunes      = 35 // how many characters of a note fit a line, and of a violation
	violationRunes = 110
	headHeight     = 58
	arrowSize      = 8
	dotRadius      = 4
)

// SVG draws the call as an SVG element that brings its own style: for a
// page, or for a file by itself. A long call is cut in its middle.
func SVG(t *event.Timeline) template.HTML {
	picture := string(Picture(t, "xmlns", "http://www.w3.org/2000/svg"))
	start, rest, _ := strings.Cut(picture, ">\n")
	return template.HTML(start + ">\n<style>" + svg.Style + "</style>\n" + rest)
}

// Picture is the same without the style, for pages that have it.
func Picture(t *event.Timeline, attributes ...any) template.HTML {
	d := &sequenceDrawing{sequence: sequenceOf(t)}
	d.layOut()
	d.drawHeads()
	d.drawTimes()
	d.drawEpisodes()
	labels := make([]func(), 0, len(d.flights))
	for i := range d.flights {
		if draw := d.drawFlight(&d.flights[i]); d.firstOnItsWay(i) {
			labels = append(labels, draw)
		}
	}
	for _, draw := range labels { // above all lines
		draw()
	}
	d.drawNotes()
	d.drawEnds()
	label := fmt.Sprintf("Sequence diagram of call %d from %s to %s, which ends %s for the caller and %s for the callee",
		t.Call, t.Caller, t.Callee, t.CallerEnd, t.CalleeEnd)
	return d.Picture(label, sequenceWidth, d.bottom+44, append([]any{"class", "sequence"}, attributes...)...)
}

type sequenceDrawing struct {
	svg.Drawing
	*sequence
	times  []time.Duration // of all rows
	rows   []int           // their y
	placed []placedNote
	bottom int
}

// placedNote is a note, broken into lines.
type placedNote struct {
	*note
	y     int
	lines []string
}

// layOut gives every moment a row, and every note its lines under the notes before.
func (d *sequenceDrawing) layOut() {
	for _, f := range d.flights {
		d.times = append(d.times, f.sent, f.end)
	}
	for _, n := range d.notes {
		d.times = append(d.times, n.at)
	}
	slices.Sort(d.times)
	d.times = slices.Compact(d.times)

	y, next := headHeight+30, 0
	free := [2]int{} // where the next note of each side may begin
	for i, at := range d.times {
		if i > 0 {
			y += pause(at - d.times[i-1])
		}
		last := next
		for last < len(d.notes) && d.notes[last].at == at {
			y = max(y, free[side(d.notes[last].onCallee)])
			last++
		}
		d.rows = append(d.rows, y)
		y = d.place(d.notes[next:last], y, &free)
		next = last
		d.bottom = max(d.bottom, y, free[0], free[1])
	}
}

// place puts the notes of a row under each other. A violation takes all the width:
// the next row begins below it, at the returned y.
func (d *sequenceDrawing) place(notes []note, y int, free *[2]int) int {
	at := [2]int{y, y}
	for i := range notes {
		n := &notes[i]
		if n.kind == violationNote {
			lines := wrapped(n.words, violationRunes)
			top := max(at[0], at[1], free[0], free[1]) + lineHeight
			d.placed = append(d.placed, placedNote{n, top, lines})
			y = top + len(lines)*lineHeight + lineHeight
			at = [2]int{y, y}
			continue
		}
		lines := wrapped(n.words, noteRunes)
		if n.state != "" {
			lines = append(lines, n.state)
		}
		s := side(n.onCallee)
		d.placed = append(d.placed, placedNote{n, at[s], lines})
		at[s] += len(lines) * lineHeight
		free[s] = at[s] + 3
	}
	return y
}

func side(onCallee bool) int {
	if onCallee {
		return 1
	}
	return 0
}

// pause is the height of a time without events: a line at least, and the more
// the longer, but ever less.
func pause(d time.Duration) int {
	return min(84, max(lineHeight+4, 2*root(int(d/time.Millisecond))))
}

// longPause is the shortest pause that the time axis marks as shortened.
const longPause = 1500 * time.Millisecond

// root is the whole square root.
func root(n int) int {
	r := 0
	for (r+1)*(r+1) <= n && r < 1000 {
		r++
	}
	return r
}

// wrapped breaks words into lines of some width; a word that is longer stands alone.
func wrapped(words string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		word = output.Shorten(word, 2*width)
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// row is the y of a moment that has a row.
func (d *sequenceDrawing) row(at time.Duration) int {
	i, found := slices.BinarySearch(d.times, at)
	if !found {
		i = max(0, i-1)
	}
	if len(d.rows) == 0 {
		return headHeight
	}
	return d.rows[i]
}

func lineOf(onCallee bool) int {
	if onCallee {
		return calleeLine
	}
	return callerLine
}

// drawHeads draws the names and their lifelines.
func (d *sequenceDrawing) drawHeads() {
	for _, head := range []struct {
		x          int
		name, role string
	}{{callerLine, d.timeline.Caller, "caller"}, {calleeLine, d.timeline.Callee, "callee"}} {
		d.Element("line", "", "class", "lifeline", "x1", head.x, "x2", head.x, "y1", headHeight-8, "y2", d.bottom+10)
		d.Element("rect", "", "class", "head", "x", head.x-95, "y", 6, "width", 190, "height", 44, "rx", 6)
		d.Element("text", output.Shorten(head.name, 24), "class", "strong middle", "x", head.x, "y", 25)
		d.Element("text", head.role, "class", "quiet middle", "x", head.x, "y", 41)
	}
}

// drawTimes draws the axis and the time of every row. A shortened pause is dashed.
func (d *sequenceDrawing) drawTimes() {
	for i, at := range d.times {
		y := d.rows[i]
		d.Element("text", seconds(at-d.start), "class", "time end", "x", timesEnd, "y", y+4)
		d.Element("line", "", "class", "axis", "x1", timeAxis-3, "x2", timeAxis+3, "y1", y, "y2", y)
		if i == 0 {
			continue
		}
		class := "axis"
		if at-d.times[i-1] >= longPause {
			class = "axis shortened"
		}
		d.Element("line", "", "class", class, "x1", timeAxis, "x2", timeAxis, "y1", d.rows[i-1], "y2", y)
	}
}

// drawEpisodes draws a bar over the lifeline, with its name along it.
func (d *sequenceDrawing) drawEpisodes() {
	for _, s := range d.episodes {
		x, top, bottom := lineOf(s.onCallee), d.row(s.begin), d.row(s.end)
		height := max(6, bottom-top)
		d.Element("rect", "", "class", "episode "+s.what, "x", x-7, "y", top, "width", 14, "height", height)
		if height > 8*len(s.what) {
			d.Element("text", s.what, "class", "episodename middle", "transform", fmt.Sprintf("translate(%d %d) rotate(-90)", x+4, top+height/2))
		}
	}
}

// firstOnItsWay tells whether no flight before it has the same line. Those that do
// are named in the label of the first.
func (d *sequenceDrawing) firstOnItsWay(i int) bool {
	for k := range i {
		if d.flights[k].sameWay(&d.flights[i]) {
			return false
		}
	}
	return true
}

// labelOf are the words of a flight and of those that share its line.
func (d *sequenceDrawing) labelOf(f *flight) string {
	words := []string{f.words()}
	for i := range d.flights {
		if other := &d.flights[i]; other.order > f.order && other.sameWay(f) {
			words = append(words, other.words())
		}
	}
	return strings.Join(words, " + ")
}

// drawFlight draws one copy, and returns what draws its label.
func (d *sequenceDrawing) drawFlight(f *flight) (label func()) {
	from, to := lineOf(!f.fromCaller), lineOf(f.fromCaller)
	direction := 1
	if to < from {
		direction = -1
	}
	top, bottom := d.row(f.sent), d.row(f.end)
	if f.refused { // it was lost somewhere on the way, or never left an offline phone
		bottom = top + 9
		to = from + direction*190
		if f.fate == event.Offline {
			to = from + direction*40
		}
	} else if f.lost() {
		to -= direction * 16
	} else { // the tip touches the dot of what happens then
		to -= direction * (dotRadius + 1)
	}
	class := "flight"
	switch {
	case f.lost():
		class += " lost"
	case f.twin:
		class += " twin"
	case !f.arrived:
		class += " open"
	}
	d.Element("line", "", "class", class, "x1", from, "y1", top, "x2", to, "y2", bottom)
	if f.lost() {
		d.Element("path", "", "class", "cross", "d", fmt.Sprintf("M%d %dl10 10m0 -10l-10 10", to-5, bottom-5))
	} else if f.arrived {
		d.Element("path", "", "class", "tip "+class, "d", fmt.Sprintf("M%d %dl%d %dv%dz", to, bottom, -direction*arrowSize, -4-(bottom-top)/48, 8))
	}
	return func() { d.drawLabel(f, from, to, top, bottom, direction) }
}

// drawLabel writes along the line, near its end: there the lines of a message and
// of its answer are farthest apart.
func (d *sequenceDrawing) drawLabel(f *flight, from, to, top, bottom, direction int) {
	thousandths := 1000 * (bottom - top) / (to - from)
	x, anchor := to-direction*(arrowSize+6), "end"
	if direction < 0 {
		anchor = "start"
	}
	if f.refused { // beyond the cross, where the way is free
		x, thousandths = to+direction*10, 0
		anchor = otherEnd[anchor]
	}
	if thousandths > 350 || thousandths < -350 {
		thousandths = 0 // too steep to write along
	}
	y := bottom - 5 - (to-x)*thousandths/1000
	class := "flightname " + anchor
	if f.lost() {
		class += " lost"
	}
	d.Element("text", d.labelOf(f), "class", class, "transform", fmt.Sprintf("matrix(1 %s 0 1 %d %d)", decimals(thousandths), x, y))
}

var otherEnd = map[string]string{"end": "start", "start": "end"}

// decimals writes thousandths.
func decimals(n int) string {
	if n < 0 {
		return "-" + decimals(-n)
	}
	return fmt.Sprintf("%d.%03d", n/1000, n%1000)
}

var noteClasses = [...]string{phoneNote: "phone", pressNote: "press", refusedNote: "refused", eventNote: "event", violationNote: "violation"}

// drawNotes writes beside the lifelines what happened there.
func (d *sequenceDrawing) drawNotes() {
	for _, n := range d.placed {
		if n.kind == violationNote {
			d.drawViolation(n)
			continue
		}
		x, anchor, dot := callerLine-noteGap, "end", callerLine
		if n.onCallee {
			x, anchor, dot = calleeLine+noteGap, "start", calleeLine
		}
		class := noteClasses[n.kind]
		d.Element("circle", "", "class", "dot "+class, "cx", dot, "cy", d.row(n.at), "r", dotRadius)
		for i, line := range n.lines {
			style := "note " + class + " " + anchor
			if n.state != "" && i == len(n.lines)-1 {
				style = "state " + anchor
			}
			d.Element("text", line, "class", style, "x", x, "y", n.y+4+i*lineHeight)
		}
	}
}

// drawViolation draws a box across everything.
func (d *sequenceDrawing) drawViolation(n placedNote) {
	d.Element("rect", "", "class", "violationbox", "x", timeAxis+12, "y", n.y-4, "width", sequenceWidth-timeAxis-16, "height", len(n.lines)*lineHeight+8, "rx", 4)
	for i, line := range n.lines {
		d.Element("text", line, "class", "note violation middle", "x", (callerLine+calleeLine)/2, "y", n.y+11+i*lineHeight)
	}
}

// drawEnds writes how it ended on both sides.
func (d *sequenceDrawing) drawEnds() {
	for _, end := range []struct {
		x    int
		name string
	}{{callerLine, d.timeline.CallerEnd.String()}, {calleeLine, d.timeline.CalleeEnd.String()}} {
		d.Element("rect", "", "class", "head", "x", end.x-75, "y", d.bottom+10, "width", 150, "height", 26, "rx", 13)
		d.Element("text", end.name, "class", "strong middle", "x", end.x, "y", d.bottom+27)
	}
	if d.leftOut > 0 {
		d.Element("text", fmt.Sprintf("%d steps in the middle are left out", d.leftOut), "class", "note quiet start", "x", 4, "y", 20)
	}
}
