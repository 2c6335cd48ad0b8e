// Package property holds the properties S1 to S14 of docs/protocol.md as
// watchers: a Call is told everything that happens to one invitation, on both
// sides, and reports what must never happen, at the moment it happens.
//
// It knows engines only by what they show: their events, and what their API
// calls return. Times are in nanoseconds, on two clocks: at is an instant of the
// world, for reports. own is an instant of one side's own time, which is for
// bounds: it runs as the clock of that side's phone runs, and stands still while
// the process is down or frozen and while its clock, put back, has yet to come to
// where it was. Only differences of one side's own times mean anything.
package property

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// ID names a property.
type ID uint8

// The properties. Pair is the matrix of terminal pairs.
const (
	S1 ID = iota + 1
	S2
	S3
	S4
	S5
	S6
	S7
	S8
	S9
	S10
	S11
	S12
	S13
	S14
	Pair
	numIDs
)

var words = [numIDs]string{
	S1:   "the callee is ACCEPTED only after the caller",
	S2:   "no side shows both ACCEPTED and CANCELED",
	S3:   "a caller REFUSED means a callee REFUSED",
	S4:   "a caller ACCEPTED means a callee not REFUSED, CANCELED or EXPIRED",
	S5:   "never a caller CANCELED with a callee ACCEPTED",
	S6:   "at most one ring per id",
	S7:   "no ring after its CANCEL was processed",
	S8:   "a cancel that succeeded never ends ACCEPTED",
	S9:   "one terminal event, nothing after it",
	S10:  "the payload shown is the payload sent",
	S11:  "no cross-talk between ids",
	S12:  "equal inputs give byte-equal outputs",
	S13:  "API misuse changes nothing",
	S14:  "every sent invitation ends in time, and is forgotten in time",
	Pair: "the two ends are one of the pairs the protocol allows",
}

// String is S1 to S14, or PAIR.
func (id ID) String() string {
	if id == Pair {
		return "PAIR"
	}
	return fmt.Sprintf("S%d", uint8(id))
}

// Words is the property in words.
func (id ID) Words() string {
	if id >= numIDs {
		return "?"
	}
	return words[id]
}

// Violation is a property that did not hold.
type Violation struct {
	Property       ID
	Call           int // its number in the run
	Invitation     engine.ID
	Caller, Callee string
	At             time.Duration // since the start of the world
	Detail         string
}

func (v Violation) String() string {
	if v.Invitation == (engine.ID{}) {
		return fmt.Sprintf("%v violated at %v: %s (%s)", v.Property, v.At, v.Property.Words(), v.Detail)
	}
	return fmt.Sprintf("%v violated at %v by invitation %v from %s to %s: %s (%s)",
		v.Property, v.At, v.Invitation, v.Caller, v.Callee, v.Property.Words(), v.Detail)
}

// Bounds are the times that S14 allows, on the clocks of the two sides.
type Bounds struct {
	Caller time.Duration // from send to the caller's end
	Callee time.Duration // from the ring to the callee's end
}

// BoundsOf derives the bounds from an engine's options.
func BoundsOf(o engine.Options) Bounds {
	t := o.Times
	if t == (engine.Times{}) {
		t = engine.DefaultTimes()
	}
	caller := t.NoResponse + t.Expiry + t.Grace
	if o.CountFromSend {
		caller = t.Expiry + t.Grace
	}
	return Bounds{Caller: caller, Callee: t.Expiry + t.Accept}
}

// Watch is what the calls of one world have in common.
type Watch struct {
	Bounds Bounds
	Report func(Violation) // called for every violation
}

// CallerEnd is how an invitation ended for its caller.
type CallerEnd uint8

// The caller's ends, with the labels that reports use.
const (
	CallerOpen CallerEnd = iota
	CallerAccepted
	CallerRefused
	CallerCanceled
	CallerNoResponse
	CallerOffline
	CallerExpired
	CallerNotLoggedIn
	NumCallerEnds
)

var callerLabels = [NumCallerEnds]string{"OPEN", "ACCEPTED", "REFUSED", "CANCELED", "NO_RESPONSE", "OFFLINE", "EXPIRED", "NOT_LOGGEDIN"}

func (c CallerEnd) String() string { return callerLabels[c] }

// CalleeEnd is how an invitation ended for its callee.
type CalleeEnd uint8

// The callee's ends, with the labels that reports use.
const (
	CalleeOpen CalleeEnd = iota
	CalleeAccepted
	CalleeRefused
	CalleeCanceled
	CalleeExpired
	CalleeAcceptFailure
	CalleeOffline
	CalleeNeverRang
	NumCalleeEnds
)

var calleeLabels = [NumCalleeEnds]string{"OPEN", "ACCEPTED", "REFUSED", "CANCELED", "EXPIRED", "ACCEPT_FAILURE", "PEER_OFFLINE", "NEVER_RANG"}

func (c CalleeEnd) String() string { return calleeLabels[c] }

// allowed are the terminal pairs that the protocol can reach without crashes.
var allowed = [NumCallerEnds][NumCalleeEnds]bool{
	CallerAccepted:    {CalleeAccepted: true, CalleeAcceptFailure: true, CalleeOffline: true},
	CallerRefused:     {CalleeRefused: true},
	CallerCanceled:    {CalleeRefused: true, CalleeCanceled: true, CalleeExpired: true, CalleeAcceptFailure: true, CalleeOffline: true, CalleeNeverRang: true},
	CallerExpired:     {CalleeRefused: true, CalleeExpired: true, CalleeAcceptFailure: true, CalleeOffline: true},
	CallerNoResponse:  {CalleeRefused: true, CalleeCanceled: true, CalleeExpired: true, CalleeAcceptFailure: true, CalleeOffline: true, CalleeNeverRang: true},
	CallerOffline:     {CalleeRefused: true, CalleeCanceled: true, CalleeExpired: true, CalleeAcceptFailure: true, CalleeOffline: true, CalleeNeverRang: true},
	CallerNotLoggedIn: {CalleeNeverRang: true},
}

// Allowed reports whether the protocol can end like this.
func Allowed(caller CallerEnd, callee CalleeEnd) bool { return allowed[caller][callee] }

// Residue reports whether the pair is the Two Generals' residue: the caller is
// ACCEPTED and the callee never learned it.
func Residue(caller CallerEnd, callee CalleeEnd) bool {
	return caller == CallerAccepted && (callee == CalleeAcceptFailure || callee == CalleeOffline)
}

func endOfCaller(out *engine.Output) CallerEnd {
	switch out.Kind {
	case engine.LocalInvitationAccepted:
		return CallerAccepted
	case engine.LocalInvitationRefused:
		return CallerRefused
	case engine.LocalInvitationCanceled:
		return CallerCanceled
	}
	switch out.LocalError {
	case errors.LocalPeerOffline:
		return CallerOffline
	case errors.LocalInvitationExpire:
		return CallerExpired
	case errors.LocalNotLoggedIn:
		return CallerNotLoggedIn
	}
	return CallerNoResponse
}

func endOfCallee(out *engine.Output) CalleeEnd {
	switch out.Kind {
	case engine.RemoteInvitationAccepted:
		return CalleeAccepted
	case engine.RemoteInvitationRefused:
		return CalleeRefused
	case engine.RemoteInvitationCanceled:
		return CalleeCanceled
	}
	switch out.RemoteError {
	case errors.RemotePeerOffline:
		return CalleeOffline
	case errors.RemoteInvitationExpire:
		return CalleeExpired
	}
	return CalleeAcceptFailure
}
