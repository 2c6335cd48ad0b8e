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
		line := e.Node + "  " + e.Event.Kind.String()
		if e.Event.LocalError != 0 {
			line += " (" + e.Event.LocalError.Error() + ")"
		}
		if e.Event.RemoteError != 0 {
			line += " (" + e.Event.RemoteError.Error() + ")"
		}
		return line + "  is now " + e.State
	case Pressed:
		if e.Err != nil {
			return e.Node + "  " + e.Err.Error()
		}
		return e.Node + "  calls " + e.Op + "()  is now " + e.State
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

func Either(yes bool, this, that string) string {
	if yes {
		return this
	}
	return that
}

// copyName is the message and, from the second copy on, the number of the copy.
func (e *Entry) copyName() string {
	name := e.Message.Kind.String()
	switch e.Message.Kind {
	case engine.Cancel:
		name += "(" + e.Message.Reason.String() + ")"
	case engine.Ack:
		name += "(" + e.Message.For.String() + ")"
	case engine.Closed:
		name += "(" + e.Message.Word.String() + ")"
	}
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
