// State diagrams: all moves are there, no arrow runs through a box or across
// another, and every visit is counted.

package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/invsim/invsim/states"
)

func machines(t testing.TB, v Visits) []*machine {
	t.Helper()
	local, err := localMachine(v.Local)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := remoteMachine(v.Remote)
	if err != nil {
		t.Fatal(err)
	}
	return []*machine{local, remote}
}

func TestDiagramPlaces(t *testing.T) {
	for _, m := range machines(t, Visits{}) {
		if len(m.at) != len(m.states) || len(m.states) != 7 {
			t.Fatalf("%s: %d places for %d states", m.name, len(m.at), len(m.states))
		}
		for i, a := range m.at {
			if a.x < stateWidth/2 || a.x > diagramWidth-stateWidth/2 || a.y < stateHeight/2 || a.y > diagramHeight-stateHeight/2 {
				t.Errorf("%s: %s reaches beyond the picture", m.name, m.states[i])
			}
			for j, b := range m.at[:i] {
				if abs(a.x-b.x) < stateWidth+20 && abs(a.y-b.y) < stateHeight+20 {
					t.Errorf("%s: %s and %s are too close", m.name, m.states[i], m.states[j])
				}
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// A machine with a new move needs a new place in its picture: this fails then.
func TestDiagramArrowsAreClear(t *testing.T) {
	for _, m := range machines(t, Visits{}) {
		var straight []arrow
		all := m.arrows()
		for _, a := range all {
			if _, bent := m.bends[[2]int{a.from, a.to}]; !bent {
				straight = append(straight, a)
			}
		}
		for i, a := range straight {
			from, to := m.ends(a, all)
			for state, at := range m.at {
				for step := 1; step < 100; step++ {
					x, y := from.x+(to.x-from.x)*step/100, from.y+(to.y-from.y)*step/100
					if abs(x-at.x) < stateWidth/2 && abs(y-at.y) < stateHeight/2 {
						t.Fatalf("%s: the arrow from %s to %s runs through %s", m.name, m.states[a.from], m.states[a.to], m.states[state])
					}
				}
			}
			for _, b := range straight[:i] {
				if c, d := m.ends(b, all); cross(from, to, c, d) {
					t.Errorf("%s: %s to %s crosses %s to %s", m.name, m.states[a.from], m.states[a.to], m.states[b.from], m.states[b.to])
				}
			}
		}
	}
}

// cross reports whether two lines cross between their ends.
func cross(a, b, c, d point) bool {
	turn := func(p, q, r point) int { return sign((q.x-p.x)*(r.y-p.y) - (q.y-p.y)*(r.x-p.x)) }
	return turn(a, b, c)*turn(a, b, d) < 0 && turn(c, d, a)*turn(c, d, b) < 0
}

// The pictures have the arrows that the machines' own Mermaid text has.
func TestDiagramHasEveryArrow(t *testing.T) {
	mermaid := []string{states.Local().Mermaid(), states.Remote().Mermaid()}
	for i, m := range machines(t, Visits{}) {
		arrows := m.arrows()
		for _, a := range arrows {
			if line := fmt.Sprintf("    %s --> %s: ", m.states[a.from], m.states[a.to]); !strings.Contains(mermaid[i], line) {
				t.Errorf("%s: there is no move from %s to %s", m.name, m.states[a.from], m.states[a.to])
			}
		}
		if want := strings.Count(mermaid[i], " --> ") - 1 - states.NumLocalStates + states.FirstTerminal; len(arrows) != want {
			t.Errorf("%s: %d arrows, want %d", m.name, len(arrows), want)
		}
	}
}

func TestVisitsAreCounted(t *testing.T) {
	m := machines(t, Visits{Local: []Visit{
		{"IDLE", "SENT_TO_REMOTE", "send()", 3_000_000},
		{"IDLE", "SENT_TO_REMOTE", "send()", 1},
		{"SENT_TO_REMOTE", "SENT_TO_REMOTE", "retransmission due", 99}, // no move
		{"SENT_TO_REMOTE", "FAILURE", "no-response timer", 5},
		{"SENT_TO_REMOTE", "FAILURE", "CLOSED(failed)", 2},
	}})[0]
	picture := string(m.picture())
	for _, want := range []string{">3,000,001<", ">7<", "1 · 3,000,001 times<", "6 · 7 times<", "5 · never<", `stroke-width="6"`, ">6 triggers<"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture has no %s", want)
		}
	}
	if strings.Contains(picture, ">99<") || strings.Contains(picture, "99 times") {
		t.Error("a trigger that leaves the state as it is has been counted")
	}
	for _, wrong := range []Visit{{"IDLE", "FAILURE", "send()", 1}, {"IDLE", "ACCEPTED", "ACCEPT", 1}, {"", "FAILURE", "", 1}} {
		if _, err := localMachine([]Visit{wrong}); err == nil || !strings.Contains(err.Error(), "no move from "+wrong.From) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

func TestTimes(t *testing.T) {
	for n, want := range map[uint64]string{0: "never", 1: "once", 2: "2 times", 12_345: "12,345 times"} {
		if got := times(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}
