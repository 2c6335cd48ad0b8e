// Where things stand in a sequence diagram: a row for every moment, and beside it the
// notes, none of which covers another.

package timeline

import (
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim/event"
)

// From left to right: times, the caller's notes, the caller's lifeline, the callee's
// lifeline, the callee's notes.
const (
	width                 = 460
	timesEnd, timeAxis    = 48, 53
	callerLine            = 172
	calleeLine            = 345
	boxLeft, boxRight     = timeAxis + 12, width - 4 // of a violation
	lostAt                = 65                       // how far from its sender a copy is lost that never was on its way
	headHalf, headHeight  = 70, 58
	noteGap, noteWidth    = 14, 99 // from a lifeline to its notes, which are so wide
	noteSize, lineHeight  = 12, 14
	labelSize             = 11
	labelHeight           = 12
	arrowSize, dotRadius  = 8, 4
	labelLeft, labelRight = callerLine + 9, calleeLine - 9 // between which labels stand
)

// layout is a sequence whose parts have their places.
type layout struct {
	*sequence
	times  []time.Duration // of all rows
	rows   []int           // their y
	extra  []int           // room that labels need above each row
	placed []placedNote
	labels []label
	names  []episodeName
	bottom int
}

// episodeName stands along the bar of an episode.
type episodeName struct {
	what     string
	onCallee bool
	middle   int
}

// placedNote is a note, broken into lines.
type placedNote struct {
	*note
	y      int
	lines  []string
	states []string // and its state below them
}

func (p *placedNote) height() int { return (len(p.lines) + len(p.states)) * lineHeight }

// layOut gives rows more room until every label has a place.
func layOut(s *sequence) *layout {
	d := &layout{sequence: s}
	for _, f := range d.flights {
		d.times = append(d.times, f.sent, f.end)
	}
	for _, n := range d.notes {
		d.times = append(d.times, n.at)
	}
	slices.Sort(d.times)
	d.times = slices.Compact(d.times)
	d.extra = make([]int, len(d.times))
	for range 4*len(d.flights) + 1 {
		d.place()
		crowded := d.placeLabels()
		if crowded < 0 {
			break
		}
		d.extra[crowded] += labelHeight
	}
	d.nameEpisodes()
	return d
}

// nameEpisodes names each that has room for its name, where no other name stands.
func (d *layout) nameEpisodes() {
	var taken [2][]area
	for _, n := range d.placed {
		if n.kind == violationNote {
			box := area{right: 1, top: n.y - 5, bottom: n.y + n.height() + 5}
			taken[0], taken[1] = append(taken[0], box), append(taken[1], box)
		}
	}
	for _, s := range d.episodes {
		top, bottom, of := d.row(s.begin), d.row(s.end), &taken[side(s.onCallee)]
		half := svg.Width(s.what, 10)*11/20 + 3
		for middle := (top + bottom) / 2; middle+half <= bottom; middle += 10 {
			place, other := area{right: 1, top: middle - half, bottom: middle + half}, top+bottom-middle
			if !isClear(place, *of) {
				place.top, place.bottom = other-half, other+half
			}
			if isClear(place, *of) {
				*of = append(*of, place)
				d.names = append(d.names, episodeName{s.what, s.onCallee, (place.top + place.bottom) / 2})
				break
			}
		}
	}
}

// place gives every moment a row, and every note its lines under the notes before.
func (d *layout) place() {
	d.rows, d.placed, d.bottom = d.rows[:0], d.placed[:0], 0
	y, next := headHeight+30, 0
	free := [2]int{} // where the next note of each side may begin
	for i, at := range d.times {
		if i > 0 {
			y += pause(at - d.times[i-1])
		}
		y += d.extra[i]
		last := next
		for last < len(d.notes) && d.notes[last].at == at {
			y = max(y, free[side(d.notes[last].onCallee)])
			last++
		}
		d.rows = append(d.rows, y)
		y = d.placeNotes(d.notes[next:last], y, &free)
		next = last
		d.bottom = max(d.bottom, y, free[0], free[1])
	}
}

// placeNotes puts the notes of a row under each other. A violation takes all the width:
// the next row begins below it, at the returned y.
func (d *layout) placeNotes(notes []note, y int, free *[2]int) int {
	at := [2]int{y, y}
	for i := range notes {
		n := &notes[i]
		if n.kind == violationNote {
			lines := wrapped(n.words, (boxRight-boxLeft-12)*10/11, noteSize)
			top := max(at[0], at[1], free[0], free[1]) + lineHeight
			d.placed = append(d.placed, placedNote{note: n, y: top, lines: lines})
			y = top + len(lines)*lineHeight + lineHeight
			at = [2]int{y, y}
			continue
		}
		room := noteWidth
		if n.kind == pressNote { // in bold letters
			room = room * 10 / 11
		}
		p := placedNote{note: n, y: at[side(n.onCallee)], lines: wrapped(n.words, room, noteSize)}
		if n.state != "" {
			p.states = wrapped(n.state, noteWidth-8, 10)
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

// wrapped breaks words into lines of some width. A word that is longer is broken, too,
// behind an underscore if it has one.
func wrapped(words string, room, size int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(words) {
		if line != "" && svg.Width(line+" "+word, size) <= room {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for svg.Width(word, size) > room {
			head := fitting(word, room, size)
			head = strings.TrimSuffix(head, "…")
			if at := strings.LastIndexByte(head, '_'); at > 0 {
				head = head[:at+1]
			}
			lines, word = append(lines, head), word[len(head):]
		}
		line = word
	}
	return append(lines, line)
}

// fitting cuts a word to a width.
func fitting(word string, room, size int) string {
	if svg.Width(word, size) <= room {
		return word
	}
	runes := []rune(word)
	for len(runes) > 1 && svg.Width(string(runes)+"…", size) > room {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// row is the y of a moment that has a row.
func (d *layout) row(at time.Duration) int {
	i := d.rowIndex(at)
	if i >= len(d.rows) {
		return headHeight
	}
	return d.rows[i]
}

func (d *layout) rowIndex(at time.Duration) int {
	i, found := slices.BinarySearch(d.times, at)
	if !found {
		i = max(0, i-1)
	}
	return i
}

func lineOf(onCallee bool) int {
	if onCallee {
		return calleeLine
	}
	return callerLine
}

// way is the line of a flight, from left and right to its end.
type way struct{ from, top, to, bottom, direction int }

func (d *layout) wayOf(f *flight) way {
	w := way{from: lineOf(!f.fromCaller), top: d.row(f.sent), to: lineOf(f.fromCaller), bottom: d.row(f.end), direction: 1}
	if w.to < w.from {
		w.direction = -1
	}
	switch {
	case f.refused: // it was lost somewhere on the way, or never left an offline phone
		w.bottom, w.to = w.top+9, w.from+w.direction*lostAt
		if f.fate == event.Offline {
			w.to = w.from + w.direction*40
		}
	case f.lost():
		w.to -= w.direction * 16
	default: // the tip touches the dot of what happens then
		w.to -= w.direction * (dotRadius + 1)
	}
	return w
}
