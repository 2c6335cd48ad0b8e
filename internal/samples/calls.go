// Calls made by hand.

package samples

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
)

// Drama is a call with every kind of entry and every fate.
func Drama() *event.Timeline {
	id := engine.ID{Epoch: 0x1f, Counter: 2}
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	const ann, bob = "ann", "bob"
	invite, received := engine.Message{Kind: engine.Invite, ID: id}, engine.Message{Kind: engine.Received, ID: id}
	accept, cancel := engine.Message{Kind: engine.Accept, ID: id}, engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser}
	return &event.Timeline{
		Call: 3, World: 1, Caller: ann, Callee: bob, ID: id,
		CallerEnd: property.CallerCanceled, CalleeEnd: property.CalleeAcceptFailure,
		Entries: []event.Entry{
			{At: at(500), Kind: event.PhoneToggles, Node: bob},
			{At: at(10_000), Kind: event.Pressed, Node: ann, Op: "send", State: "SENT_TO_REMOTE"},
			{At: at(10_000), Kind: event.CopySent, Node: ann, Peer: bob, Message: invite, Takes: at(120)},
			{At: at(10_120), Kind: event.CopySent, Node: ann, Peer: bob, Message: invite, Fate: event.Offline},
			{At: at(10_300), Kind: event.PhoneToggles, Node: bob, Online: true},
			{At: at(10_500), Kind: event.CopySent, Node: ann, Peer: bob, Message: invite, Copy: 1},
			{At: at(10_510), Kind: event.CopySent, Node: ann, Peer: bob, Message: invite, Copy: 1, Takes: at(90)},
			{At: at(10_510), Kind: event.CopySent, Node: ann, Peer: bob, Message: invite, Copy: 1, Twin: true, Takes: at(140)},
			{At: at(10_600), Kind: event.CopyArrived, Node: bob, Peer: ann, Message: invite, Copy: 1, Verdict: engine.Moved},
			{At: at(10_600), Kind: event.CopySent, Node: bob, Peer: ann, Message: received, Fate: event.Lost},
			{At: at(10_600), Kind: event.EventRaised, Node: bob, Event: engine.Output{Kind: engine.RemoteInvitationReceived}, State: "INVITATION_RECEIVED"},
			{At: at(10_650), Kind: event.CopyArrived, Node: bob, Peer: ann, Message: invite, Copy: 1, Twin: true, Verdict: engine.Copy},
			{At: at(14_000), Kind: event.Pressed, Node: bob, Op: "accept", State: "ACCEPT_SENT_TO_LOCAL"},
			{At: at(14_000), Kind: event.CopySent, Node: bob, Peer: ann, Message: accept, Takes: at(200)},
			{At: at(14_050), Kind: event.PhoneCrashes, Node: ann},
			{At: at(14_200), Kind: event.CopySent, Node: bob, Peer: ann, Message: accept, Fate: event.Down},
			{At: at(14_700), Kind: event.PhoneRestarts, Node: ann},
			{At: at(15_000), Kind: event.Pressed, Node: ann, Op: "cancel", State: "CANCELED"},
			{At: at(15_000), Kind: event.CopySent, Node: ann, Peer: bob, Message: cancel, Takes: at(80)},
			{At: at(15_000), Kind: event.EventRaised, Node: ann, Event: engine.Output{Kind: engine.LocalInvitationCanceled}, State: "CANCELED"},
			{At: at(15_020), Kind: event.PhoneToggles, Node: ann},
			{At: at(15_030), Kind: event.CopySent, Node: ann, Peer: bob, Message: cancel, Copy: 1, Fate: event.Offline},
			{At: at(15_040), Kind: event.Pressed, Node: ann, Op: "cancel", Err: errors.New("cancel: invitation 1f-2 to bob is CANCELED: already ended"), State: "CANCELED"},
			{At: at(19_000), Kind: event.EventRaised, Node: bob, Event: engine.Output{Kind: engine.RemoteInvitationFailure, RemoteError: 2}, State: "FAILURE"},
		},
		Violations: []property.Violation{{Property: property.S6, Call: 3, At: at(10_650), Detail: "a second ring"}},
	}
}

// Story is a timeline with an entry before the send, one of each side, one of
// neither, and a violation.
func Story() *event.Timeline {
	id := engine.ID{Epoch: 0x1f, Counter: 2}
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	return &event.Timeline{
		Call: 4711, World: 4, Caller: "user30", Callee: "user7", ID: id,
		CallerEnd: property.CallerCanceled, CalleeEnd: property.CalleeNeverRang,
		Entries: []event.Entry{
			{At: at(500), Kind: event.PhoneToggles, Node: "user7"},
			{At: at(2000), Kind: event.Pressed, Node: "user30", Op: "send", State: "SENT_TO_REMOTE"},
			{At: at(2000), Kind: event.CopySent, Node: "user30", Peer: "user7", Message: engine.Message{Kind: engine.Invite, ID: id}, Fate: event.Lost},
			{At: at(2250), Kind: event.PresenceTold, Node: "user9"},
			{At: at(14_000), Kind: event.Pressed, Node: "user30", Op: "cancel", State: "CANCELED"},
		},
		Violations: []property.Violation{Violations(1)[0].Violation},
	}
}
