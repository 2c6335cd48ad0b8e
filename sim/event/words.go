// The words of entries: each part once, and the line that they make.

package event

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
)

// Parts are the parts of an entry's line.
type Parts struct {
	Who    string // the phone, and for a copy the arrow to the other one; "" if What names it, or nobody
	What   string // what happened
	Detail string // the fate or the verdict of a copy, or the state after an event or a call
}

// Line is the entry in words, without its time.
func (e *Entry) Line() string {
	p := e.Parts()
	line := p.What
	if p.Who != "" {
		line = p.Who + "  " + line
	}
	switch {
	case p.Detail == "":
		return line
	case e.Kind == EventRaised || e.Kind == Pressed:
		return line + "  is now " + p.Detail
	}
	return line + ": " + p.Detail
}

// Parts are the entry in words.
func (e *Entry) Parts() Parts {
	switch e.Kind {
	case CopySent:
		return Parts{e.Node + " → " + e.Peer, e.copyOrTwin(), e.fate()}
	case CopyArrived:
		return Parts{e.Node + " ← " + e.Peer, e.copyOrTwin(), e.Verdict.String()}
	case StrangerSends:
		return Parts{e.Node + " ← " + e.Peer, e.copyOrTwin(), "from a third party"}
	case EventRaised:
		return Parts{e.Node, e.Said(), e.State}
	case Pressed:
		if e.Err != nil {
			return Parts{e.Node, e.Said(), ""}
		}
		return Parts{e.Node, "calls " + e.Said(), e.State}
	case FaultTurns:
		words := e.Fault.Row().Begins
		if e.Online {
			words = e.Fault.Row().Ends
		}
		if what, ok := strings.CutPrefix(words, "{who}  "); ok {
			return Parts{Who: e.Node, What: what}
		}
		return Parts{What: strings.ReplaceAll(words, "{who}", e.Node)}
	case Heals:
		return Parts{What: "every fault has ended"}
	}
	return Parts{Who: e.Node, What: e.phone()}
}

// phone is a change of a phone, or a report about it to others.
func (e *Entry) phone() string {
	switch e.Kind {
	case PhoneToggles:
		if e.Online {
			return "is online again"
		}
		return "is offline"
	case PhoneNotices:
		if e.Online {
			return "logs in"
		}
		return "notices that it is offline"
	case PhoneCrashes:
		return "crashes"
	case PhoneRestarts:
		return "starts again"
	case PhoneFreezes:
		return "freezes"
	case PhoneThaws:
		return "goes on"
	case PhoneWoken:
		return "is woken by a push"
	case ClockJumps:
		if e.Takes < 0 {
			return "sets its clock back by " + (-e.Takes).String()
		}
		return "sets its clock forward by " + e.Takes.String()
	case Stepped:
		return e.Step.String()
	}
	if e.Online {
		return "is reported online"
	}
	return "is reported offline"
}

// Said is the event that an app was told, with its failure, or the call that an app
// made, or the error of that call. It is empty for other entries.
func (e *Entry) Said() string {
	switch {
	case e.Kind == EventRaised:
		said := e.Event.Kind.String()
		if e.Event.LocalError != 0 {
			said += " (" + e.Event.LocalError.Error() + ")"
		}
		if e.Event.RemoteError != 0 {
			said += " (" + e.Event.RemoteError.Error() + ")"
		}
		if why := e.Why(); why != "" {
			said += " (" + why + ")"
		}
		return said
	case e.Kind != Pressed:
		return ""
	case e.Err != nil:
		return e.Err.Error()
	}
	return e.Op + "()"
}

// Why is the reason of an event that has one to tell: of a missed call, and of a cancel
// that its user has not pressed.
func (e *Entry) Why() string {
	out := &e.Event
	switch {
	case out.Missed != nil:
		return out.Missed.Reason.String()
	case out.Local != nil && out.Local.Reason() == engine.ReasonAnswered, out.Remote != nil && out.Remote.Reason() == engine.ReasonAnswered:
		return engine.ReasonAnswered.String()
	}
	return ""
}

// Detail is the part of a message that its kind leaves open: a CANCEL's reason, the
// kind that an ACK answers, a CLOSED's word. It is empty for other kinds.
func Detail(m *engine.Message) string {
	switch m.Kind {
	case engine.Cancel:
		return m.Reason.String()
	case engine.Ack:
		return m.For.String()
	case engine.Closed:
		return m.Word.String()
	}
	return ""
}

// MessageName is a message's kind and its detail: ACCEPT, CANCEL(user).
func MessageName(m *engine.Message) string {
	if detail := Detail(m); detail != "" {
		return m.Kind.String() + "(" + detail + ")"
	}
	return m.Kind.String()
}

// CopyName is a copy's message and, from the second copy on, its number: CANCEL(user) #2.
func (e *Entry) CopyName() string {
	name := MessageName(&e.Message)
	if e.Copy > 0 {
		name += fmt.Sprintf(" #%d", e.Copy+1)
	}
	return name
}

func (e *Entry) copyOrTwin() string {
	if e.Twin {
		return e.CopyName() + " twin"
	}
	return e.CopyName()
}

func (e *Entry) fate() string {
	if e.Fate == Sent && e.Takes != 0 {
		return "takes " + e.Takes.Round(100*time.Microsecond).String()
	}
	return e.Fate.Words().Line
}
