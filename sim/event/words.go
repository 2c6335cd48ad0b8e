// The words of entries: each part once, and the line that they make.

package event

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
)

// Line is the entry in words, without its time.
func (e *Entry) Line() string {
	switch e.Kind {
	case CopySent:
		return e.Node + " → " + e.Peer + "  " + e.copyName() + ": " + e.fate()
	case CopyArrived:
		return e.Node + " ← " + e.Peer + "  " + e.copyName() + ": " + e.Verdict.String()
	case EventRaised:
		return e.Node + "  " + e.Said() + "  is now " + e.State
	case Pressed:
		if e.Err != nil {
			return e.Node + "  " + e.Said()
		}
		return e.Node + "  calls " + e.Said() + "  is now " + e.State
	case PhoneToggles:
		if e.Online {
			return e.Node + "  is online again"
		}
		return e.Node + "  is offline"
	case PhoneNotices:
		return e.Node + "  notices that it is offline"
	case PhoneCrashes:
		return e.Node + "  crashes"
	case PhoneRestarts:
		return e.Node + "  starts again"
	case PhoneFreezes:
		return e.Node + "  freezes"
	case PhoneThaws:
		return e.Node + "  goes on"
	case PhoneWoken:
		return e.Node + "  is woken by a push"
	case ClockJumps:
		if e.Takes < 0 {
			return e.Node + "  sets its clock back by " + (-e.Takes).String()
		}
		return e.Node + "  sets its clock forward by " + e.Takes.String()
	case FaultTurns:
		words := e.Fault.Row().Begins
		if e.Online {
			words = e.Fault.Row().Ends
		}
		return strings.ReplaceAll(words, "{who}", e.Node)
	case Heals:
		return "every fault has ended"
	case Stepped:
		return e.Node + "  " + e.Step.String()
	case StrangerSends:
		return e.Node + " ← " + e.Peer + "  " + e.copyName() + ": from a third party"
	}
	if e.Online {
		return e.Node + "  is reported online"
	}
	return e.Node + "  is reported offline"
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
		return said
	case e.Kind != Pressed:
		return ""
	case e.Err != nil:
		return e.Err.Error()
	}
	return e.Op + "()"
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

// copyName is the message and, from the second copy on, the number of the copy.
func (e *Entry) copyName() string {
	name := MessageName(&e.Message)
	if e.Copy > 0 {
		name += fmt.Sprintf(" #%d", e.Copy+1)
	}
	if e.Twin {
		name += " twin"
	}
	return name
}

func (e *Entry) fate() string {
	switch e.Fate {
	case Lost:
		return "LOST"
	case Offline:
		return "LOST, a phone is offline"
	case Down:
		return "LOST, the phone has crashed"
	case TooOld:
		return "DISCARDED, older than the maximum delay"
	case Corrupted:
		return "DISCARDED, damaged"
	case Cut:
		return "LOST, the network is parted"
	case Overflow:
		return "LOST, a queue is full"
	case Stored:
		return "kept until the phone can be reached"
	case Expired:
		return "DISCARDED, the phone was out of reach too long"
	}
	if e.Takes == 0 {
		return "sent"
	}
	return "takes " + e.Takes.Round(100*time.Microsecond).String()
}
