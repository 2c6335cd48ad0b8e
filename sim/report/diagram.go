// State diagrams: both machines with how often every move was made. Where the
// states stand is fixed; which moves there are is read from the machines.

package report

import (
	"fmt"
	"html/template"
	"math/bits"
	"slices"

	"github.com/invsim/invsim/states"
)

// Visits are how often the invitations of a run made each move. Moves that are not
// named were not made; names are those that the states and triggers print.
type Visits struct {
	Local  []Visit `json:"local"`
	Remote []Visit `json:"remote"`
}

// Visit is one kind of move and how often it was made.
type Visit struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Trigger string `json:"trigger"`
	Count   uint64 `json:"count"`
}

// point is a place in a picture, in pixels.
type point struct{ x, y int }

// machine is one of the two, as a picture.
type machine struct {
	name   string
	states []string
	at     []point // by state
	moves  []Visit // all there are; what was not made counts 0
	bends  map[[2]int]point
}

// The size of a state diagram, and of a state in it.
const (
	diagramWidth, diagramHeight = 960, 410
	stateWidth, stateHeight     = 190, 48
)

// Both pictures have the open states to the left and to the right of the ended
// ones, so that no two arrows cross. The move between the two open states goes
// round below, through a bend.
var (
	localPlaces = []point{
		states.LocalIdle: {120, 50}, states.LocalSentToRemote: {120, 220}, states.LocalReceivedByRemote: {840, 220},
		states.LocalFailure: {480, 50}, states.LocalCanceled: {480, 135}, states.LocalRefusedByRemote: {480, 220}, states.LocalAcceptedByRemote: {480, 305},
	}
	remotePlaces = []point{
		states.RemoteIdle: {120, 50}, states.RemoteInvitationReceived: {120, 220}, states.RemoteAcceptSentToLocal: {840, 220},
		states.RemoteCanceled: {480, 50}, states.RemoteFailure: {480, 165}, states.RemoteRefused: {480, 280}, states.RemoteAccepted: {840, 50},
	}
	belowAll = point{480, 385}
)

func localMachine(visits []Visit) (*machine, error) {
	m := &machine{name: "caller", at: localPlaces,
		bends: map[[2]int]point{{int(states.LocalSentToRemote), int(states.LocalReceivedByRemote)}: belowAll}}
	fill(m, states.Local(), states.NumLocalStates, states.NumLocalTriggers)
	return m, m.count(visits)
}

func remoteMachine(visits []Visit) (*machine, error) {
	m := &machine{name: "callee", at: remotePlaces,
		bends: map[[2]int]point{{int(states.RemoteInvitationReceived), int(states.RemoteAcceptSentToLocal)}: belowAll}}
	fill(m, states.Remote(), states.NumRemoteStates, states.NumRemoteTriggers)
	return m, m.count(visits)
}

// fill reads the moves from the table.
func fill[S, T ~uint8](m *machine, table *states.Table[S, T], numStates, numTriggers int) {
	for s := range numStates {
		m.states = append(m.states, fmt.Sprint(S(s)))
	}
	for s := range numStates {
		for t := range numTriggers {
			if cell := table.At(S(s), T(t)); cell.Kind == states.Move {
				m.moves = append(m.moves, Visit{From: m.states[s], To: m.states[cell.Next], Trigger: fmt.Sprint(T(t))})
			}
		}
	}
}

// count adds the visits to the moves. What leaves the state as it is, is no move
// and has no arrow.
func (m *machine) count(visits []Visit) error {
	for _, v := range visits {
		if v.From == v.To {
			continue
		}
		i := slices.IndexFunc(m.moves, func(move Visit) bool {
			return move.From == v.From && move.To == v.To && move.Trigger == v.Trigger
		})
		if i < 0 {
			return fmt.Errorf("the %s's machine has no move from %s to %s by %s", m.name, v.From, v.To, v.Trigger)
		}
		m.moves[i].Count += v.Count
	}
	return nil
}

// arrow is all moves between two states.
type arrow struct {
	from, to int
	count    uint64
	triggers []string
}

func (m *machine) arrows() []arrow {
	var arrows []arrow
	for _, move := range m.moves {
		from, to := slices.Index(m.states, move.From), slices.Index(m.states, move.To)
		i := slices.IndexFunc(arrows, func(a arrow) bool { return a.from == from && a.to == to })
		if i < 0 {
			i = len(arrows)
			arrows = append(arrows, arrow{from: from, to: to})
		}
		arrows[i].count += move.Count
		arrows[i].triggers = append(arrows[i].triggers, move.Trigger)
	}
	return arrows
}

// picture draws the machine.
func (m *machine) picture() template.HTML {
	var d drawing
	arrows := m.arrows()
	visited := make([]uint64, len(m.states))
	for _, a := range arrows {
		m.drawArrow(&d, a, arrows)
		visited[a.to] += a.count
		if a.from == 0 {
			visited[0] += a.count
		}
	}
	for i, name := range m.states {
		m.drawState(&d, i, name, visited[i])
	}
	for _, a := range arrows { // above all lines
		m.drawCount(&d, a, arrows)
	}
	label := fmt.Sprintf("State diagram of the %s's invitation, with how often every move was made; the table of moves below says the same", m.name)
	return d.picture(label, diagramWidth, diagramHeight, "class", "states")
}

func (m *machine) drawState(d *drawing, state int, name string, visited uint64) {
	at := m.at[state]
	class := "statebox"
	if visited == 0 {
		class += " never"
	}
	x, y := at.x-stateWidth/2, at.y-stateHeight/2
	d.element("rect", "", "class", class, "x", x, "y", y, "width", stateWidth, "height", stateHeight, "rx", 8)
	if state >= states.FirstTerminal { // a second line around it, as finite automata have it
		d.element("rect", "", "class", class+" inner", "x", x+3, "y", y+3, "width", stateWidth-6, "height", stateHeight-6, "rx", 6)
	}
	d.element("text", name, "class", "strong middle", "x", at.x, "y", at.y-2)
	d.element("text", fmt.Sprintf("%d · %s", state, times(visited)), "class", "quiet middle", "x", at.x, "y", at.y+14)
}

// times is a count in words.
func times(n uint64) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return group(n) + " times"
}

// ends are where an arrow leaves one box and meets another: at the sides where they
// face each other, from the lower edge where it goes round below.
func (m *machine) ends(a arrow, all []arrow) (from, to point) {
	from, to = m.at[a.from], m.at[a.to]
	if _, bent := m.bends[[2]int{a.from, a.to}]; bent {
		from.y += stateHeight / 2
		to.y += stateHeight/2 + arrowSize
		return from, to
	}
	if from.x == to.x {
		down := sign(to.y - from.y)
		from.y += down * stateHeight / 2
		to.y -= down * (stateHeight/2 + arrowSize)
		return from, to
	}
	right := sign(to.x - from.x)
	from.x += right * stateWidth / 2
	to.x -= right * (stateWidth/2 + arrowSize)
	if m.isLower(a, all) {
		to.y += arrowApart
	}
	return from, to
}

// arrowApart is how far the lower of two arrows meets a box below the other.
const arrowApart = 14

// isLower reports whether another arrow meets the same side of the box from above.
func (m *machine) isLower(a arrow, all []arrow) bool {
	return slices.ContainsFunc(all, func(b arrow) bool {
		return b.to == a.to && m.at[b.from].x == m.at[a.from].x && m.at[b.from].y < m.at[a.from].y
	})
}

// drawArrow is the wider, by the logarithm, the more often it was taken.
func (m *machine) drawArrow(d *drawing, a arrow, all []arrow) {
	from, to := m.ends(a, all)
	class := "move"
	if a.count == 0 {
		class += " never"
	}
	path := fmt.Sprintf("M%d %dL%d %d", from.x, from.y, to.x, to.y)
	tip := fmt.Sprintf("M%d %dl%d -5v10z", to.x+sign(to.x-from.x)*arrowSize, to.y, -sign(to.x-from.x)*arrowSize)
	if to.x == from.x {
		tip = fmt.Sprintf("M%d %dl-5 %dh10z", to.x, to.y+sign(to.y-from.y)*arrowSize, -sign(to.y-from.y)*arrowSize)
	}
	if bend, bent := m.bends[[2]int{a.from, a.to}]; bent {
		path = fmt.Sprintf("M%d %dC%d %d %d %d %d %dS%d %d %d %d", from.x, from.y,
			from.x, bend.y, from.x+60, bend.y, bend.x, bend.y, to.x, bend.y, to.x, to.y)
		tip = fmt.Sprintf("M%d %dl-5 %dh10z", to.x, to.y-arrowSize, arrowSize)
	}
	d.element("path", "", "class", class, "d", path, "stroke-width", 1+bits.Len64(a.count)/4)
	d.element("path", "", "class", "tip "+class, "d", tip)
}

func sign(n int) int { return min(1, max(-1, n)) }

// drawCount writes on the arrow how often, and by what, if there is one trigger only.
func (m *machine) drawCount(d *drawing, a arrow, all []arrow) {
	from, to := m.ends(a, all)
	at := point{(2*from.x + 3*to.x) / 5, (2*from.y + 3*to.y) / 5} // where arrows have come apart
	if bend, bent := m.bends[[2]int{a.from, a.to}]; bent {
		at = bend
	}
	by := a.triggers[0]
	if len(a.triggers) > 1 {
		by = fmt.Sprintf("%d triggers", len(a.triggers))
	}
	class := "count middle"
	if a.count == 0 {
		class += " never"
	}
	width := 8 + 6*max(len(by), len(group(a.count)))
	d.element("rect", "", "class", "countbox", "x", at.x-width/2, "y", at.y-14, "width", width, "height", 27, "rx", 4)
	d.element("text", by, "class", class, "x", at.x, "y", at.y-4)
	d.element("text", countOrNever(a.count), "class", class+" strong", "x", at.x, "y", at.y+10)
}

func countOrNever(n uint64) string {
	if n == 0 {
		return "never"
	}
	return group(n)
}
