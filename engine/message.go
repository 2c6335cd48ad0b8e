// Messages: what two engines say to each other, and the identity they say it about.

package engine

import (
	"strconv"
	"time"
)

// ID identifies one sent invitation: the epoch of the engine that sent it and a
// counter. It is unique per caller; peers know an invitation by caller and ID.
type ID struct {
	Epoch   uint64 // never zero; drawn anew whenever an engine starts
	Counter uint64 // 1 for the first invitation of an epoch
}

// String is the epoch in hexadecimal, a dash, and the counter in decimal.
func (id ID) String() string {
	return strconv.FormatUint(id.Epoch, 16) + "-" + strconv.FormatUint(id.Counter, 10)
}

// text is empty for no id.
func (id ID) text() string {
	if id == (ID{}) {
		return ""
	}
	return id.String()
}

// Kind is the kind of a message.
type Kind uint8

// The eight kinds.
const (
	Invite   Kind = iota + 1 // caller → callee: here is an invitation
	Received                 // callee → caller: it has arrived
	Accept                   // callee → caller: the app accepts
	Confirm                  // caller → callee: the accept has arrived, the call is on
	Refuse                   // callee → caller: the app refuses
	Cancel                   // caller → callee: it is over
	Ack                      // a REFUSE or CANCEL was processed
	Closed                   // a negative answer: there is no such open invitation here
)

var kindNames = [...]string{"?", "INVITE", "RECEIVED", "ACCEPT", "CONFIRM", "REFUSE", "CANCEL", "ACK", "CLOSED"}

func (k Kind) String() string { return nameOf(kindNames[:], k) }

// GoString makes %#v readable.
func (k Kind) GoString() string { return k.String() }

// Reason says why a caller sends CANCEL, or why an invitation was canceled or missed.
type Reason uint8

// The reasons. A CANCEL has one of the first five; the app is shown the others.
const (
	ReasonUser       Reason = iota + 1 // the app called cancel
	ReasonNoResponse                   // the no-response time is over
	ReasonExpired                      // the expiry time is over
	ReasonRejected                     // the callee's engine turned the INVITE away
	ReasonAnswered                     // another invitation of its group was accepted

	ReasonAcceptedElsewhere // another device of the callee has accepted
	ReasonRefusedElsewhere  // another device of the callee has refused
	ReasonStale             // the INVITE arrived after the caller's no-response time
)

var reasonNames = [...]string{
	"?", "user", "no response", "expired", "rejected", "answered by another", "accepted elsewhere", "refused elsewhere", "stale",
}

func (r Reason) String() string { return nameOf(reasonNames[:], r) }

// Cause is what lies behind a missing response.
type Cause uint8

// The causes of PEER_NO_RESPONSE.
const (
	CauseNoSign     Cause = iota + 1 // no sign of life came
	CauseFailed                      // the callee had failed before it could say that it rang
	CauseStale                       // the INVITE came after its time
	CauseInvalid                     // the callee's engine could not take the INVITE
	CauseOverloaded                  // the callee's engine was full
	CauseLoggedOut                   // we were not logged in when the time was over
)

var causeNames = [...]string{"?", "no sign of life", "failed", "stale", "invalid", "overloaded", "logged out"}

func (c Cause) String() string { return nameOf(causeNames[:], c) }

// Word says, in a CLOSED, what has become of the invitation at its sender.
type Word uint8

// The words of a CLOSED: the first five come from a caller, the others and "refused"
// from a callee.
const (
	WordCanceled   Word = iota + 1 // the caller canceled
	WordNoResponse                 // the caller gave up waiting for a sign of life
	WordExpired                    // the invitation expired at the caller
	WordRefused                    // the caller has processed a REFUSE, or the callee's has ended
	WordUnknown                    // the caller knows no such invitation

	WordFailed     // the invitation has failed at the callee
	WordStale      // the INVITE arrived after the caller's no-response time
	WordInvalid    // the INVITE is malformed or its times are impossible
	WordOverloaded // the callee remembers as many invitations as it may
)

var wordNames = [...]string{"?", "canceled", "no response", "expired", "refused", "unknown", "failed", "stale", "invalid", "overloaded"}

func (w Word) String() string { return nameOf(wordNames[:], w) }

// Answers tells whether a CLOSED with this word can answer a message of this kind. Any
// other CLOSED is malformed.
func (w Word) Answers(k Kind) bool {
	switch k {
	case Invite: // the callee answers
		return w == WordRefused || w >= WordFailed && w <= WordOverloaded
	case Received, Accept: // the caller answers
		return w >= WordCanceled && w <= WordUnknown
	}
	return false
}

func nameOf[T ~uint8](names []string, i T) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "?"
}

// Message is one message. Which fields it carries follows from its kind; the
// others are zero and are not read.
type Message struct {
	Kind    Kind
	For     Kind   // ACK, CLOSED: the kind that is answered
	Reason  Reason // CANCEL
	Word    Word   // CLOSED
	Refused bool   // ACK of a REFUSE of a device other than 0: the caller is REFUSED
	ID      ID

	// Device is the sender's in RECEIVED, ACCEPT, REFUSE and in a CLOSED that answers
	// INVITE, the winner's in CONFIRM and in the other CLOSED(refused), and that of the
	// REFUSE in its ACK. 0 is a user's only device.
	Device uint64

	Content   string // INVITE: at most 8192 bytes of UTF-8
	ChannelID string // INVITE: at most 64 bytes of UTF-8
	Response  string // ACCEPT, REFUSE: at most 8192 bytes of UTF-8
	Note      string // CANCEL: the app's, at most 1024 bytes of UTF-8

	Age    time.Duration // INVITE: since send
	Wait   time.Duration // INVITE: from send to when the caller gives up, as it stands now
	Expiry time.Duration // INVITE: how long it may ring

	// Held is how long the receiving transport knows it kept this copy (push,
	// store-and-forward); 0 if unknown. It is never on the wire.
	Held time.Duration
}

// role is which of the receiver's two roles a message is meant for.
type role uint8

const (
	local  role = iota // the receiver is the caller
	remote             // the receiver is the callee
	numRoles
)

// receivers are the roles that most kinds are meant for.
var receivers = [...]role{Invite: remote, Received: local, Accept: local, Confirm: remote, Refuse: local, Cancel: remote}

// receiver tells for whom a message is meant; false where nobody could be.
func (m *Message) receiver() (role, bool) {
	if m.Kind-1 < Ack-1 {
		return receivers[m.Kind], true
	}
	return m.answered()
}

// answered is the receiver of an ACK or a CLOSED, which go the other way than what they
// answer.
func (m *Message) answered() (role, bool) {
	switch {
	case m.Kind == Ack && m.For-1 < Ack-1:
		return 1 - receivers[m.For], true
	case m.Kind == Closed:
		return 1 - receivers[min(m.For, Cancel)], m.Word.Answers(m.For)
	}
	return 0, false
}
