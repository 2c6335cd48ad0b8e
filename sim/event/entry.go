// Entries: one line of a timeline each.

package event

import (
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/property"
)

// Kind is the kind of an Entry.
type Kind uint8

// The kinds of entries.
const (
	CopySent      Kind = iota // an engine sent a copy: Message, Fate, Takes
	CopyArrived               // it was received: Message, Verdict
	EventRaised               // the app was told: Event
	Pressed                   // the app called: Op, Err
	PhoneToggles              // the phone went offline or came back: Online
	PhoneNotices              // the phone found out that it is offline, or logs in some time after it is online
	PresenceTold              // the others were told: Online
	PhoneCrashes              // its process died
	PhoneRestarts             // it has started again
	PhoneFreezes              // its process stands still
	PhoneThaws                // and goes on
	PhoneWoken                // a push brought it online
	ClockJumps                // its clock was set: Takes
	FaultTurns                // a fault of the network or of a link to it has begun, or has ended: Fault, Online
	Heals                     // every fault has ended
	StrangerSends             // a third party's message arrived: Message; Peer is the stranger
	Stepped                   // an engine used a cell of its table
)

// Entry is one line of a timeline.
type Entry struct {
	Seq   int           // its number in the world, from 1
	Call  int           // index of the call in its world; -1 if it concerns no single one
	Cause int           // the entry that led to this one; 0 if time itself did
	Prev  int           // of a step: the step before it of the same invitation on the same phone; 0 if it is the first
	At    time.Duration // since the start of the world
	Kind  Kind
	Node  string // the phone
	Peer  string // the other one, for copies

	Message engine.Message
	Copy    int  // how many of its kind were sent before
	Twin    bool // a duplicate that the network made
	Fate    Fate
	Takes   time.Duration // how long it will be under way; 0 if not decided yet
	Verdict engine.Verdict

	Event engine.Output
	State string // of the invitation, after an event or an API call

	Op     string
	Err    error
	Online bool
	Fault  fault.Kind // of FaultTurns

	Step engine.Step // of a Stepped entry
}

// UserOf is the user of a phone, by its name: that of user3/2 is user3.
func UserOf(phone string) string {
	user, _, _ := strings.Cut(phone, "/")
	return user
}

// Timeline is one call from its send to its end. Caller and Callee are phones: of the
// devices of a callee the one that has answered, or has done most for the end.
type Timeline struct {
	Call           int
	World          int
	Caller, Callee string
	ID             engine.ID
	CallerEnd      property.CallerEnd
	CalleeEnd      property.CalleeEnd
	Entries        []Entry
	Violations     []property.Violation
}

const NoCall = -1

// Turns tells which fault an entry is the beginning or the end of.
func (e *Entry) Turns() (kind fault.Kind, begins, ok bool) {
	switch e.Kind {
	case PhoneToggles:
		return fault.Offline, !e.Online, true
	case PhoneCrashes, PhoneRestarts:
		return fault.Crash, e.Kind == PhoneCrashes, true
	case PhoneFreezes, PhoneThaws:
		return fault.Freeze, e.Kind == PhoneFreezes, true
	case ClockJumps:
		return fault.Jump, true, true
	case FaultTurns:
		return e.Fault, !e.Online, true
	}
	return 0, false, false
}
