// Labels of flights: each stands along its line, near the end, and covers no other.

package timeline

import (
	"slices"

	"github.com/invsim/invsim/internal/svg"
)

// label is what is written at the end of a line, for all copies that end there.
type label struct {
	lines []string
	x, y  int // of the last line
	slope int // in thousandths
	end   bool
	lost  bool
}

// area is a strip of the picture, whose top and bottom may be slanted.
type area struct {
	left, right int
	top, bottom int // at the left
	slope       int // in thousandths
}

func (a area) at(x int) (top, bottom int) {
	fall := (x - a.left) * a.slope / 1000
	return a.top + fall, a.bottom + fall
}

// meets reports whether two areas have something in common.
func (a area) meets(b area) bool {
	left, right := max(a.left, b.left), min(a.right, b.right)
	if left >= right {
		return false
	}
	above, below := true, true
	for _, x := range []int{left, right} {
		top, bottom := a.at(x)
		otherTop, otherBottom := b.at(x)
		above, below = above && bottom <= otherTop, below && otherBottom <= top
	}
	return !above && !below
}

func (l *label) area() area {
	wide := 0
	for _, words := range l.lines {
		wide = max(wide, svg.Width(words, labelSize))
	}
	a := area{left: l.x - 3, right: l.x + wide + 3, slope: l.slope}
	if l.end {
		a.left, a.right = l.x-wide-3, l.x+3
	}
	y := l.y + (a.left-l.x)*l.slope/1000
	a.top, a.bottom = y-labelHeight*len(l.lines)+2, y+4
	return a
}

// placeLabels gives each label a place where it covers nothing that is written. It is the
// number of the row that needs more room for its labels, and below 0 if none does.
func (d *layout) placeLabels() int {
	d.labels = d.labels[:0]
	var taken []area
	for _, n := range d.placed {
		if n.kind == violationNote {
			taken = append(taken, area{left: boxLeft, right: boxRight, top: n.y - 5, bottom: n.y + n.height() + 5})
		}
	}
	for i := range d.flights {
		f := &d.flights[i]
		if !d.isFirst(i) {
			continue
		}
		w := d.wayOf(f)
		places := d.placesOf(f, w)
		best := -1
		for k := range places {
			if free(places[k].area(), taken) {
				best = k
				break
			}
		}
		if best < 0 {
			return d.rowIndex(f.end)
		}
		d.labels = append(d.labels, places[best])
		taken = append(taken, places[best].area())
		d.bottom = max(d.bottom, places[best].area().bottom)
	}
	return -1
}

func free(a area, taken []area) bool {
	return isClear(a, taken) && a.left >= labelLeft-3 && a.right <= labelRight+3 && a.top > headHeight-6
}

// isClear reports whether an area meets none.
func isClear(a area, taken []area) bool {
	return !slices.ContainsFunc(taken, a.meets)
}

// isFirst tells whether no flight before ends at the same place. Those that do are named
// in the label of the first.
func (d *layout) isFirst(i int) bool {
	for k := range i {
		if d.flights[k].endsWith(&d.flights[i]) {
			return false
		}
	}
	return true
}

func (f *flight) endsWith(o *flight) bool {
	return f.fromCaller == o.fromCaller && f.end == o.end && f.lost() == o.lost() && f.refused == o.refused && (!f.refused || f.fate == o.fate)
}

// placesOf are the places that a label may have, the best first: along its line at the
// end, flat, farther back, and higher.
func (d *layout) placesOf(f *flight, w way) (places []label) {
	l := label{end: w.direction > 0, lost: f.lost(), x: w.to - w.direction*(arrowSize+6)}
	if f.refused { // beyond the cross, where the way is free
		l.end, l.x = !l.end, w.to+w.direction*10
	}
	room := labelRight - l.x
	if l.end {
		room = l.x - labelLeft
	}
	for i := range d.flights {
		if o := &d.flights[i]; f.endsWith(o) && !d.isRepeated(i) {
			l.lines = append(l.lines, wrappedParts(o.parts(), room)...)
		}
	}
	if f.refused {
		for far := range 8 {
			below, above := l, l
			below.y, above.y = w.bottom+4+labelHeight*(len(l.lines)-1+far), w.top-5-labelHeight*far
			places = append(places, below, above)
		}
		return places
	}
	slopes := []int{0}
	if slope := 1000 * (w.bottom - w.top) / (w.to - w.from); slope < 350 && slope > -350 && slope != 0 {
		slopes = []int{slope, 0} // others are too steep to write along
	}
	for lift := range 12 {
		for _, slope := range slopes {
			for _, back := range []int{0, 15, 30, 45} {
				p := l
				p.slope, p.x = slope, l.x-w.direction*back
				p.y = w.bottom - 5 - (w.to-p.x)*slope/1000 - lift*labelHeight
				places = append(places, p)
			}
		}
	}
	return places
}

// wrappedParts are parts with a dot between those of one line.
func wrappedParts(parts []string, room int) (lines []string) {
	line := parts[0]
	for _, part := range parts[1:] {
		if longer := line + " · " + part; svg.Width(longer, labelSize) <= room {
			line = longer
			continue
		}
		lines, line = append(lines, wrapped(line, room, labelSize)...), part
	}
	return append(lines, wrapped(line, room, labelSize)...)
}

// isRepeated tells whether a copy before is the same in word and way.
func (d *layout) isRepeated(i int) bool {
	for k := range i {
		if d.flights[k].endsWith(&d.flights[i]) && d.flights[k].words() == d.flights[i].words() {
			return true
		}
	}
	return false
}
