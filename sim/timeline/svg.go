// A sequence diagram as SVG: two lifelines, time downwards, every copy a slanted
// line from its sending to its arrival, and a cross where it was lost.
//
// Time is not to scale, because a call is a second of talk and a minute of
// ringing: pauses are shortened, and every row bears its time.

package timeline

import (
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
)

// layout says where things stand from left to right: times, the caller's notes, the
// caller's lifeline, the callee's lifeline, the callee's notes.
type layout struct {
	width                  int
	timesEnd, timeAxis     int
	callerLine, calleeLine int
	lostAt                 int // how far from its sender a copy is lost that never was on its way
	head                   int // half the width of a name
	noteRunes              int // how many characters of a note fit a line
	stateRunes             int // and of a state
	violationRunes         int // and of a violation
}

var (
	wide   = layout{width: 960, timesEnd: 66, timeAxis: 74, callerLine: 320, calleeLine: 680, lostAt: 190, head: 95, noteRunes: 35, stateRunes: 35, violationRunes: 110}
	narrow = layout{width: 460, timesEnd: 48, timeAxis: 53, callerLine: 172, calleeLine: 345, lostAt: 65, head: 70, noteRunes: 16, stateRunes: 13, violationRunes: 56}
)

const (
	noteGap    = 14 // from a lifeline to its notes
	lineHeight = 14
	headHeight = 58
	arrowSize  = 8
	dotRadius  = 4
)

// SVG draws the call as a file by itself, with its own style and background: narrow,
// so that it can be read on a phone and in half a window. A long call is cut in its
// middle.
func SVG(t *event.Timeline) template.HTML {
	picture := string(draw(t, narrow, "xmlns", "http://www.w3.org/2000/svg"))
	start, rest, _ := strings.Cut(picture, ">\n")
	return template.HTML(start + ">\n<style>" + svg.Style + "</style>\n" + `<rect class="ground" width="100%" height="100%"/>` + "\n" + rest)
}

// WriteSVG writes the call as a file.
func WriteSVG(w io.Writer, t *event.Timeline) error {
	_, err := fmt.Fprintln(w, SVG(t))
	return err
}

// Picture draws the call for a page, which has the style.
func Picture(t *event.Timeline) template.HTML { return draw(t, wide) }

func draw(t *event.Timeline, in layout, attributes ...any) template.HTML {
	d := &sequenceDrawing{sequence: sequenceOf(t), layout: in}
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
	return d.Picture(label, d.width, d.bottom+44, append([]any{"class", "sequence"}, attributes...)...)
}

type sequenceDrawing struct {
	svg.Drawing
	*sequence
	layout
	times  []time.Duration // of all rows
	rows   []int           // their y
	placed []placedNote
	bottom int
}

// placedNote is a note, broken into lines.
type placedNote struct {
	*note
	y      int
	lines  []string
	states []string // and its state below them
}

func (p *placedNote) height() int { return (len(p.lines) + len(p.states)) * lineHeight }

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
			lines := wrapped(n.words, d.violationRunes)
			top := max(at[0], at[1], free[0], free[1]) + lineHeight
			d.placed = append(d.placed, placedNote{note: n, y: top, lines: lines})
			y = top + len(lines)*lineHeight + lineHeight
			at = [2]int{y, y}
			continue
		}
		p := placedNote{note: n, y: at[side(n.onCallee)], lines: wrapped(n.words, d.noteRunes)}
		if n.state != "" {
			p.states = brokenState(n.state, d.stateRunes)
		}
		d.placed = append(d.placed, p)
		s := side(n.onCallee)
		at[s] += p.height()
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

// brokenState breaks a state between its words, where it is too long for a line.
func brokenState(state string, width int) []string {
	if len(state) <= width {
		return []string{state}
	}
	at := strings.LastIndexByte(state[:width], '_')
	if at < 0 {
		return []string{state}
	}
	return append([]string{state[:at+1]}, brokenState(state[at+1:], width)...)
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

func (d *sequenceDrawing) lineOf(onCallee bool) int {
	if onCallee {
		return d.calleeLine
	}
	return d.callerLine
}

// drawHeads draws the names and their lifelines.
func (d *sequenceDrawing) drawHeads() {
	for _, head := range []struct {
		x          int
		name, role string
	}{{d.callerLine, d.timeline.Caller, "caller"}, {d.calleeLine, d.timeline.Callee, "callee"}} {
		d.Element("line", "", "class", "lifeline", "x1", head.x, "x2", head.x, "y1", headHeight-8, "y2", d.bottom+10)
		d.Element("rect", "", "class", "head", "x", head.x-d.head, "y", 6, "width", 2*d.head, "height", 44, "rx", 6)
		d.Element("text", output.Shorten(head.name, 24), "class", "strong middle", "x", head.x, "y", 25)
		d.Element("text", head.role, "class", "quiet middle", "x", head.x, "y", 41)
	}
}

// drawTimes draws the axis and the time of every row. A shortened pause is dashed.
func (d *sequenceDrawing) drawTimes() {
	for i, at := range d.times {
		y := d.rows[i]
		d.Element("text", seconds(at-d.start), "class", "time end", "x", d.timesEnd, "y", y+4)
		d.Element("line", "", "class", "axis", "x1", d.timeAxis-3, "x2", d.timeAxis+3, "y1", y, "y2", y)
		if i == 0 {
			continue
		}
		class := "axis"
		if at-d.times[i-1] >= longPause {
			class = "axis shortened"
		}
		d.Element("line", "", "class", class, "x1", d.timeAxis, "x2", d.timeAxis, "y1", d.rows[i-1], "y2", y)
	}
}

// drawEpisodes draws a bar over the lifeline, with its name along it.
func (d *sequenceDrawing) drawEpisodes() {
	for _, s := range d.episodes {
		x, top, bottom := d.lineOf(s.onCallee), d.row(s.begin), d.row(s.end)
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
	from, to := d.lineOf(!f.fromCaller), d.lineOf(f.fromCaller)
	direction := 1
	if to < from {
		direction = -1
	}
	top, bottom := d.row(f.sent), d.row(f.end)
	if f.refused { // it was lost somewhere on the way, or never left an offline phone
		bottom = top + 9
		to = from + direction*d.lostAt
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
		x, anchor, dot := d.callerLine-noteGap, "end", d.callerLine
		if n.onCallee {
			x, anchor, dot = d.calleeLine+noteGap, "start", d.calleeLine
		}
		class := noteClasses[n.kind]
		d.Element("circle", "", "class", "dot "+class, "cx", dot, "cy", d.row(n.at), "r", dotRadius)
		y := n.y + 4
		for _, line := range n.lines {
			d.Element("text", line, "class", "note "+class+" "+anchor, "x", x, "y", y)
			y += lineHeight
		}
		for _, line := range n.states {
			d.Element("text", line, "class", "state "+anchor, "x", x, "y", y)
			y += lineHeight
		}
	}
}

// drawViolation draws a box across everything.
func (d *sequenceDrawing) drawViolation(n placedNote) {
	d.Element("rect", "", "class", "violationbox", "x", d.timeAxis+12, "y", n.y-4, "width", d.width-d.timeAxis-16, "height", len(n.lines)*lineHeight+8, "rx", 4)
	for i, line := range n.lines {
		d.Element("text", line, "class", "note violation middle", "x", (d.callerLine+d.calleeLine)/2, "y", n.y+11+i*lineHeight)
	}
}

// drawEnds writes how it ended on both sides.
func (d *sequenceDrawing) drawEnds() {
	for _, end := range []struct {
		x    int
		name string
	}{{d.callerLine, d.timeline.CallerEnd.String()}, {d.calleeLine, d.timeline.CalleeEnd.String()}} {
		d.Element("rect", "", "class", "head", "x", end.x-75, "y", d.bottom+10, "width", 150, "height", 26, "rx", 13)
		d.Element("text", end.name, "class", "strong middle", "x", end.x, "y", d.bottom+27)
	}
	if d.leftOut > 0 {
		d.Element("text", fmt.Sprintf("%d steps in the middle are left out", d.leftOut), "class", "note quiet start", "x", 4, "y", 20)
	}
}
