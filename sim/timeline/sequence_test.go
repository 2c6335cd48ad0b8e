// Sequence diagrams: what is read from a timeline, how it is laid out, and both
// pictures of one hand-made call in which everything goes wrong.

package timeline

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/golden"
	"github.com/invsim/invsim/internal/samples"
	"github.com/invsim/invsim/internal/svg"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// Each copy is one flight, however many entries tell of it.
func TestFlights(t *testing.T) {
	var got []string
	for _, f := range sequenceOf(samples.Drama()).flights {
		from := "bob"
		if f.fromCaller {
			from = "ann"
		}
		got = append(got, fmt.Sprintf("%s %v-%v %s, arrived %v, at once %v", from, f.sent, f.end, f.words(), f.arrived, f.refused))
	}
	want := []string{
		"ann 10s-10.12s INVITE · lost, phone offline, arrived false, at once false",
		"ann 10.5s-10.6s INVITE #2 · 100ms, arrived true, at once false",
		"ann 10.51s-10.65s INVITE #2 · 140ms · duplicate · copy, arrived true, at once false",
		"bob 10.6s-10.6s RECEIVED · lost, arrived false, at once true",
		"bob 14s-14.2s ACCEPT · lost, phone down, arrived false, at once false",
		"ann 15s-15.08s CANCEL(user) · 80ms, arrived false, at once false",
		"ann 15.03s-15.03s CANCEL(user) #2 · lost, phone offline, arrived false, at once true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("flights are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Behind a queue nobody knows at first how long a copy will take: its arrival says.
func TestFlightEndsWhenItArrives(t *testing.T) {
	line := &event.Timeline{Caller: "ann", Callee: "bob", Entries: []event.Entry{
		{At: 1, Kind: event.CopySent, Node: "ann", Peer: "bob"}, {At: 9, Kind: event.CopyArrived, Node: "bob", Peer: "ann"}}}
	if f := sequenceOf(line).flights; len(f) != 1 || f[0].sent != 1 || f[0].end != 9 || !f[0].fromCaller || f[0].lost() {
		t.Errorf("flights are %+v", f)
	}
}

// What a push brings was kept before.
func TestFlightOfAPush(t *testing.T) {
	line := &event.Timeline{Caller: "ann", Callee: "bob", Entries: []event.Entry{
		{At: 1e9, Kind: event.CopySent, Node: "ann", Peer: "bob", Message: engine.Message{Kind: engine.Invite}},
		{At: 2e9, Kind: event.CopySent, Node: "ann", Peer: "bob", Message: engine.Message{Kind: engine.Invite}, Fate: event.Stored},
		{At: 5e9, Kind: event.CopySent, Node: "ann", Peer: "bob", Message: engine.Message{Kind: engine.Invite}, Fate: event.Pushed},
		{At: 5e9, Kind: event.CopyArrived, Node: "bob", Peer: "ann", Message: engine.Message{Kind: engine.Invite}, Verdict: engine.Moved}}}
	const want = "INVITE · 4s · kept for the phone · brought by a push"
	if f := sequenceOf(line).flights; len(f) != 1 || f[0].words() != want || f[0].lost() {
		t.Errorf("flights are %+v, want %s", f, want)
	}
}

func TestEpisodes(t *testing.T) {
	s := sequenceOf(samples.Drama())
	want := []episode{
		{onCallee: true, what: "offline", begin: 500 * time.Millisecond, end: 10_300 * time.Millisecond},
		{what: "crashed", begin: 14_050 * time.Millisecond, end: 14_700 * time.Millisecond},
		{what: "offline", begin: 15_020 * time.Millisecond, end: 19 * time.Second}, // it lasts to the end
	}
	if !slices.Equal(s.episodes, want) {
		t.Errorf("episodes are %+v", s.episodes)
	}
	early := sequenceOf(&event.Timeline{Caller: "ann", Callee: "bob", Entries: []event.Entry{
		{At: 1, Kind: event.Pressed, Node: "ann", Op: "send"}, {At: 5, Kind: event.PhoneRestarts, Node: "bob"},
		{At: 7, Kind: event.PhoneCrashes, Node: "bob"}, {At: 8, Kind: event.PhoneCrashes, Node: "bob"}, {At: 9, Kind: event.PhoneRestarts, Node: "bob"}}})
	want = []episode{{onCallee: true, what: "crashed", begin: 1, end: 5}, {onCallee: true, what: "crashed", begin: 7, end: 9}}
	if !slices.Equal(early.episodes, want) {
		t.Errorf("one that began before the first entry, and one that began twice: %+v", early.episodes)
	}
}

// An entry of a kind that this package does not know is a note with its line.
func TestUnknownKindsAreNotes(t *testing.T) {
	e := event.Entry{Kind: 200, Node: "bob"}
	s := sequenceOf(&event.Timeline{Caller: "ann", Callee: "bob", Entries: []event.Entry{e}})
	if len(s.notes) != 1 || !s.notes[0].onCallee || "bob  "+s.notes[0].words != e.Line() {
		t.Errorf("notes are %+v, the line is %q", s.notes, e.Line())
	}
}

// A long timeline keeps its beginning and its end, and an arrival whose sending was
// cut is still drawn in its direction.
func TestLongTimelinesAreCut(t *testing.T) {
	line := &event.Timeline{Caller: "ann", Callee: "bob"}
	for i := range 500 {
		line.Entries = append(line.Entries, event.Entry{At: time.Duration(i), Kind: event.PhoneNotices, Node: "ann"})
	}
	line.Entries = append(line.Entries, event.Entry{At: 501, Kind: event.CopyArrived, Node: "ann", Peer: "bob", Message: engine.Message{Kind: engine.Accept}})
	s := sequenceOf(line)
	if s.leftOut != 501-130 || len(s.notes) != 129 || s.notes[89].at != 89 || s.notes[90].at != 461 {
		t.Errorf("%d left out, %d notes", s.leftOut, len(s.notes))
	}
	if len(s.flights) != 1 || s.flights[0].fromCaller || !s.flights[0].arrived {
		t.Errorf("flights are %+v", s.flights)
	}
	for name, picture := range map[string]string{"svg": string(SVG(line)), "mermaid": golden.Written(t, func(w io.Writer) error { return Mermaid(w, line) })} {
		if !strings.Contains(picture, "371 steps in the") || !strings.Contains(picture, "middle are left out") {
			t.Errorf("%s does not say what is left out", name)
		}
	}
}

// stories are real calls of a rough world.
func stories(t testing.TB, n int) []*event.Timeline {
	t.Helper()
	o := setup.Default()
	o.Calls, o.Loss, o.Dup, o.Offline, o.Every[fault.Crash], o.Snapshots = n, 0.2, 0.1, 0.2, 20*time.Second, setup.Stale
	var all []*event.Timeline
	for call := range n {
		line, err := sim.Trace(t.Context(), o, call)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	return all
}

// Time runs downwards, every row has its own place, and no note covers another.
func TestLayout(t *testing.T) {
	for _, line := range append(stories(t, 40), samples.Drama()) {
		for i := 0; i < len(line.Entries); i += 5 {
			line.Violations = append(line.Violations, property.Violation{Property: property.S9, At: line.Entries[i].At, Detail: strings.Repeat("long ", 30)})
		}
		d := layOut(sequenceOf(line))
		for i := 1; i < len(d.rows); i++ {
			if d.rows[i] < d.rows[i-1]+lineHeight {
				t.Fatalf("call %d: row %v is at %d, the one before at %d", line.Call, d.times[i], d.rows[i], d.rows[i-1])
			}
		}
		if len(d.placed) != len(line.Entries)-copies(line)+len(line.Violations) {
			t.Fatalf("call %d: %d notes are placed", line.Call, len(d.placed))
		}
		ends := 0
		for i := range d.flights {
			if d.isFirst(i) {
				ends++
			}
		}
		if len(d.labels) != ends || len(d.flights) > 0 && ends == 0 {
			t.Fatalf("call %d: %d labels for the ends of %d lines", line.Call, len(d.labels), ends)
		}
		free := [2]int{}
		for _, n := range d.placed {
			if slices.ContainsFunc(n.states, func(s string) bool { return svg.Width(s, 10) > noteWidth }) || strings.Join(n.states, "") != n.state {
				t.Fatalf("call %d: the state %s is broken into %q", line.Call, n.state, n.states)
			}
			over, height := []int{side(n.onCallee)}, n.height()
			if n.kind == violationNote {
				over = []int{0, 1}
			}
			for _, s := range over {
				if n.y < free[s] || n.y < d.row(n.at) {
					t.Fatalf("call %d: note %q is at %d, free is %d, its row is at %d", line.Call, n.words, n.y, free[s], d.row(n.at))
				}
				free[s] = n.y + height
			}
			if next, _ := slices.BinarySearch(d.times, n.at+1); n.kind == violationNote && next < len(d.rows) && d.rows[next] < n.y+height {
				t.Fatalf("call %d: the row after a violation is at %d, which covers %d to %d", line.Call, d.rows[next], n.y, n.y+height)
			}
			if d.bottom < n.y+height {
				t.Fatalf("call %d: note %q reaches below the picture", line.Call, n.words)
			}
		}
	}
}

func copies(line *event.Timeline) int {
	n := 0
	for _, e := range line.Entries {
		if e.Kind == event.CopySent || e.Kind == event.CopyArrived {
			n++
		}
	}
	return n
}

// A standalone picture is XML by itself.
func TestSVGIsXML(t *testing.T) {
	for _, line := range []*event.Timeline{samples.Drama(), {Caller: "<&\x00\ufffe", Callee: `"'>`}} {
		decoder := xml.NewDecoder(strings.NewReader(string(SVG(line))))
		first := true
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if start, ok := token.(xml.StartElement); ok && first {
				first = false
				if start.Name.Space != "http://www.w3.org/2000/svg" || start.Name.Local != "svg" {
					t.Errorf("it begins with %v", start.Name)
				}
			}
		}
	}
}

func TestPause(t *testing.T) {
	for _, each := range []struct {
		pause time.Duration
		want  int
	}{{0, 18}, {50 * time.Millisecond, 18}, {100 * time.Millisecond, 20}, {400 * time.Millisecond, 40}, {time.Second, 62}, {20 * time.Second, 84}, {24 * time.Hour, 84}} {
		if got := pause(each.pause); got != each.want {
			t.Errorf("pause(%v) is %d, want %d", each.pause, got, each.want)
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, each := range []struct{ words, want string }{
		{"", ""},
		{"one two three", "one two|three"},
		{"ONE_TWO_THREE 4", "ONE_|TWO_|THREE 4"},
		{"onetwothree four", "onetwot|hree four"},
		{"a " + strings.Repeat("é", 14), "a|éééééé|éééééééé"},
	} {
		if got := strings.Join(wrapped(each.words, 50, 10), "|"); got != each.want {
			t.Errorf("wrapped(%q) is %q, want %q", each.words, got, each.want)
		}
	}
}

func TestMermaidText(t *testing.T) {
	for text, want := range map[string]string{
		"plain · text, (with) marks: é": "plain · text, (with) marks: é",
		"#1; <b>&\"%{}":                 "#35;1#59; #60;b#62;#38;#34;#37;#123;#125;",
		"two\nlines\x7f":                "two lines ",
	} {
		if got := mermaidText(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
