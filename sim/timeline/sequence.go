// Sequence diagrams: what a timeline says, as flights of copies between two
// phones, notes beside them and episodes in which a phone is out of reach. The
// pictures are in svg.go and mermaid.go.

package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
)

// sequence is a timeline ready to be drawn.
type sequence struct {
	timeline *event.Timeline
	start    time.Duration // the send: the moment that times are counted from
	flights  []flight
	notes    []note
	episodes []episode
	leftOut  int // entries that a long timeline has in its middle
}

// flight is one copy, from its sender to its end.
type flight struct {
	order      int // of the entry that it starts with
	fromCaller bool
	name       string
	twin       bool
	sent, end  time.Duration
	fate       event.Fate
	refused    bool // lost at once, without having been under way
	kept       bool // the network kept it for a phone that was out of reach
	pushed     bool // and a push brought it
	arrived    bool
	verdict    engine.Verdict
}

// note is something that happened on a phone.
type note struct {
	order    int // of its entry
	at       time.Duration
	onCallee bool
	words    string
	state    string // of the invitation after it, if it says so
	kind     noteKind
}

type noteKind uint8

const (
	phoneNote noteKind = iota
	pressNote
	refusedNote // an API call that returned an error
	eventNote
	violationNote
)

// episode is a time in which a phone is offline, down, or otherwise out of reach.
type episode struct {
	onCallee   bool
	what       string
	begin, end time.Duration
}

// A long timeline shows its beginning and its end.
const (
	shownFirst = 90
	shownLast  = 40
)

// shown cuts the middle of a long timeline out.
func shown(entries []event.Entry) (kept []event.Entry, leftOut int) {
	leftOut = len(entries) - shownFirst - shownLast
	if leftOut <= 0 {
		return entries, 0
	}
	kept = append(kept, entries[:shownFirst]...)
	return append(kept, entries[len(entries)-shownLast:]...), leftOut
}

// sequenceOf reads a timeline. Entries are in the order of time.
func sequenceOf(t *event.Timeline) *sequence {
	s := &sequence{timeline: t, start: startOf(t)}
	var entries []event.Entry
	entries, s.leftOut = shown(t.Entries)
	under := map[copyID]int{} // the flights by copy; only ever looked up
	for i := range entries {
		e := &entries[i]
		if s.isElsewhere(e) {
			continue
		}
		switch e.Kind {
		case event.CopySent, event.CopyArrived:
			s.copyMoves(under, e, i)
		default:
			s.notes = append(s.notes, s.noteOf(e, i))
			s.episodeMoves(e)
		}
	}
	for _, v := range t.Violations {
		s.notes = append(s.notes, note{order: len(entries), at: v.At, kind: violationNote, words: violationWords(v)})
	}
	slices.SortStableFunc(s.notes, func(a, b note) int { return cmp.Compare(a.at, b.at) })
	s.keepChanges()
	s.close(entries)
	return s
}

// isElsewhere reports whether an entry is about another device of one of the two users: a
// picture shows two phones.
func (s *sequence) isElsewhere(e *event.Entry) bool {
	other := func(phone string) bool {
		user := event.UserOf(phone)
		return phone != s.timeline.Caller && phone != s.timeline.Callee &&
			(user == event.UserOf(s.timeline.Caller) || user == event.UserOf(s.timeline.Callee))
	}
	return other(e.Node) || other(e.Peer)
}

// startOf is the first thing that a user did, which is the send.
func startOf(t *event.Timeline) time.Duration {
	for _, e := range t.Entries {
		if e.Kind == event.Pressed {
			return e.At
		}
	}
	return 0
}

func violationWords(v property.Violation) string {
	return fmt.Sprintf("✗ %s violated: %s (%s)", v.Property, v.Property.Words(), v.Detail)
}

// copyID tells the copies of one call apart.
type copyID struct {
	kind engine.Kind
	copy int
	twin bool
}

// copyMoves makes a flight of the first entry of a copy; what comes later says how
// it ended.
func (s *sequence) copyMoves(under map[copyID]int, e *event.Entry, order int) {
	id := copyID{e.Message.Kind, e.Copy, e.Twin}
	index, known := under[id]
	if !known {
		index = len(s.flights)
		under[id] = index
		sender := e.Node
		if e.Kind == event.CopyArrived { // its sending is left out, or unknown
			sender = e.Peer
		}
		s.flights = append(s.flights, flight{order: order, fromCaller: sender == s.timeline.Caller, name: e.CopyName(), twin: e.Twin, sent: e.At, end: e.At})
	}
	f := &s.flights[index]
	switch {
	case e.Kind == event.CopyArrived:
		f.end, f.arrived, f.verdict = e.At, true, e.Verdict
	case e.Fate == event.Stored:
		f.end, f.kept = e.At, true
	case e.Fate == event.Pushed:
		f.end, f.pushed = e.At, true
	case e.Fate != event.Sent:
		f.end, f.fate, f.refused = e.At, e.Fate, e.At == f.sent
	default:
		f.end = e.At + e.Takes
	}
}

// words are the flight's label.
func (f *flight) words() string { return strings.Join(f.parts(), " · ") }

// parts are its name, how long it took, or how it was lost.
func (f *flight) parts() []string {
	parts := []string{f.name}
	switch {
	case f.lost():
		parts = append(parts, f.fate.Words().Short)
	case f.end > f.sent:
		parts = append(parts, output.Round(f.end-f.sent).String())
	}
	if f.kept {
		parts = append(parts, event.Stored.Words().Short)
	}
	if f.pushed {
		parts = append(parts, event.Pushed.Words().Short)
	}
	if f.twin {
		parts = append(parts, "duplicate")
	}
	if f.arrived && f.verdict != engine.Moved {
		parts = append(parts, f.verdict.String())
	}
	return parts
}

// lost reports whether the copy ended on its way.
func (f *flight) lost() bool { return f.fate != event.Sent }

// noteOf tells an entry of a phone beside its lifeline, which names the phone.
func (s *sequence) noteOf(e *event.Entry, order int) note {
	n := note{order: order, at: e.At, onCallee: e.Node == s.timeline.Callee, words: e.Line()}
	if e.Node == s.timeline.Caller || e.Node == s.timeline.Callee {
		n.words = e.Parts().What
	}
	switch e.Kind {
	case event.Pressed:
		n.kind, n.words, n.state = pressNote, e.Said(), e.State
		if e.Err != nil {
			n.kind, n.state = refusedNote, ""
		}
	case event.EventRaised:
		n.kind, n.words, n.state = eventNote, withoutSide.Replace(e.Said()), e.State
	}
	return n
}

// keepChanges leaves out a state that the same side's note before has already.
func (s *sequence) keepChanges() {
	last := map[bool]string{}
	for i := range s.notes {
		n := &s.notes[i]
		if n.state != "" && n.state == last[n.onCallee] {
			n.state = ""
		} else if n.state != "" {
			last[n.onCallee] = n.state
		}
	}
}

// withoutSide shortens the names of events: the picture shows whose they are.
var withoutSide = strings.NewReplacer("LocalInvitation", "", "RemoteInvitation", "")

// episodeMoves begins or ends an episode. One that had begun before the first entry
// reaches back to it.
func (s *sequence) episodeMoves(e *event.Entry) {
	kind, begins, ok := e.Turns()
	what := kind.Row().Band
	if !ok || what == "" {
		return
	}
	if e.Node == "" { // the network's concerns both
		s.episodeChanges(e, what, begins, false)
		s.episodeChanges(e, what, begins, true)
		return
	}
	s.episodeChanges(e, what, begins, e.Node == s.timeline.Callee)
}

func (s *sequence) episodeChanges(e *event.Entry, what string, begins, onCallee bool) {
	open := s.openEpisode(what, onCallee)
	switch {
	case begins && open == nil:
		s.episodes = append(s.episodes, episode{onCallee: onCallee, what: what, begin: e.At, end: unended})
	case !begins && open != nil:
		open.end = e.At
	case !begins:
		s.episodes = append(s.episodes, episode{onCallee: onCallee, what: what, begin: s.timeline.Entries[0].At, end: e.At})
	}
}

const unended = time.Duration(-1)

func (s *sequence) openEpisode(what string, onCallee bool) *episode {
	for i := range s.episodes {
		if p := &s.episodes[i]; p.what == what && p.onCallee == onCallee && p.end == unended {
			return p
		}
	}
	return nil
}

// close ends at the last entry what has no other end.
func (s *sequence) close(entries []event.Entry) {
	if len(entries) == 0 {
		return
	}
	last := entries[len(entries)-1].At
	for i := range s.episodes {
		if s.episodes[i].end == unended {
			s.episodes[i].end = last
		}
	}
}
