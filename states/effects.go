// Effects: the bits that an action sets and the engine carries out, in bit
// order: timers, messages, events.

package states

import (
	"math/bits"
	"strings"
)

// Effect is a set of things to do. The engine carries them out from the lowest
// bit to the highest.
type Effect uint64

// The effects of both machines.
const (
	EndLinger     Effect = 1 << iota // the peer has acknowledged: object and payload may go
	ArmNoResponse                    // timers; a state's timer stops when the state is left
	ArmExpiry
	ArmAccept
	ArmRing    // the ring's own deadline, now as the accept timer's, if it is the later one
	KeepWinner // the device that has answered

	SendInvite // the first copy of a message, and the start of its retransmissions
	SendAccept
	SendRefuse
	SendCancelUser       // CANCEL, reason user
	SendCancelNoResponse // CANCEL, reason no response
	SendCancelExpired    // CANCEL, reason expired
	SendCancelRejected   // CANCEL, reason rejected
	SendCancelAnswered   // CANCEL, reason answered by another

	CopyInvite // the next copy of a message that was sent before
	CopyReceived
	CopyAccept
	CopyRefuse
	CopyCancel
	RestartBackOff // the copy goes as soon as there is some pause after the last, and the schedule starts afresh

	ReplyReceived // replies: at most one for a received message, never repeated by a timer
	ReplyAccept
	ReplyRefuse
	ReplyConfirm
	ReplyAckRefuse
	ReplyAckRefused // ACK(REFUSE) that says refused: the refusal is the outcome
	ReplyAckCancel
	CloseUnknown // CLOSED, with the word that follows
	CloseCanceled
	CloseRefused
	CloseOwn // the word for the own failure: no response or expired
	CloseFailed
	CloseStale
	CloseInvalid
	CloseOverloaded

	RaiseReceived // events for the app
	RaiseReceivedByPeer
	RaiseAccepted
	RaiseRefused
	RaiseCanceled
	RaiseMissed     // the INVITE will not ring here, once
	WithdrawMissed  // another device has answered it, once
	FailPeerOffline // Failure, with the code that follows
	FailNoResponse
	FailExpire
	FailNotLoggedIn
	FailAccept

	InvalidArgument // refusals of an API call
	NotStarted
	AlreadyEnd
	AlreadyAccept
	AlreadySent
	LimitReached
	GroupDecided

	NoteOverloaded // kept as what lay behind a missing response
	Unexpected     // nothing is done, and it is counted as unexpected
	LateConfirm    // a CONFIRM that came after the accept time was over
)

// Refusals is every effect that refuses an API call.
const Refusals = InvalidArgument | NotStarted | AlreadyEnd | AlreadyAccept | AlreadySent | LimitReached | GroupDecided

// Failures is every effect that ends an invitation in FAILURE.
const Failures = FailPeerOffline | FailNoResponse | FailExpire | FailNotLoggedIn | FailAccept

const firstMessage, firstEvent, firstRefusal = SendInvite, RaiseReceived, InvalidArgument

var effectNames = [...]string{
	"linger ends", "no-response timer", "expiry timer", "accept timer", "ring's deadline if later", "W = D",
	"INVITE", "ACCEPT", "REFUSE", "CANCEL(user)", "CANCEL(no response)", "CANCEL(expired)", "CANCEL(rejected)", "CANCEL(answered by another)",
	"INVITE", "RECEIVED", "ACCEPT", "REFUSE", "CANCEL", "back-off restarts",
	"RECEIVED", "ACCEPT", "REFUSE", "CONFIRM", "ACK(REFUSE)", "ACK(REFUSE, refused)", "ACK(CANCEL)",
	"CLOSED(unknown)", "CLOSED(canceled)", "CLOSED(refused)", "CLOSED(own)",
	"CLOSED(failed)", "CLOSED(stale)", "CLOSED(invalid)", "CLOSED(overloaded)",
	"Received", "ReceivedByPeer", "Accepted", "Refused", "Canceled", "Missed", "Missed withdrawn",
	"Failure(PEER_OFFLINE)", "Failure(PEER_NO_RESPONSE)", "Failure(INVITATION_EXPIRE)",
	"Failure(NOT_LOGGEDIN)", "Failure(ACCEPT_FAILURE)",
	"INVALID_ARGUMENT", "NOT_STARTED", "ALREADY_END", "ALREADY_ACCEPT", "ALREADY_SENT", "limit reached", "group decided",
	"noted", "!", "late confirm",
}

// timers, messages, events and others split a set as the tables print it.
func (e Effect) timers() Effect   { return e & (firstMessage - 1) }
func (e Effect) messages() Effect { return e & (firstEvent - 1) &^ (firstMessage - 1) }
func (e Effect) events() Effect   { return e & (firstRefusal - 1) &^ (firstEvent - 1) }
func (e Effect) others() Effect   { return e &^ (firstRefusal - 1) }

// String lists the names, in the order in which they are carried out.
func (e Effect) String() string { return strings.Join(e.names(), ", ") }

// GoString makes %#v readable.
func (e Effect) GoString() string { return e.String() }

func (e Effect) names() []string {
	var names []string
	for ; e != 0; e &= e - 1 {
		names = append(names, name(effectNames[:], uint8(bits.TrailingZeros64(uint64(e)))))
	}
	return names
}
