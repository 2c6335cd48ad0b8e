// Package property watches the properties S1 to S16 of docs/protocol.md and the rules
// of quality Q1 to Q11 (call.go, quality.go, exact.go), and notes goals, which are rare events
// that must happen sometimes (goals.go). A Call receives all events of one invitation,
// on both sides, and reports a violation at the moment when it happens. It imports
// engine, errors and states.
//
// It knows an engine only by its visible behaviour: events, messages, and the results
// of inputs. Times are in nanoseconds, on two clocks. The time "at" is an instant of
// the world's virtual time, for reports. The time "own" is an instant of the running
// time of one side, for bounds: it runs as fast as the clock of that side's phone. It
// stands still while the process is down or frozen, and while a clock that was set
// back has yet to reach its old reading; a clock that is set forward does not move
// it. Only differences between own times of one side have a meaning.
package property

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// ID names a property.
type ID uint8

// The properties. S1 to S16 and Pair, the matrix of terminal pairs, are promised
// over any network. Q1 to Q11 are rules of quality: breaking one costs time or
// agreement, but no safety. The player of a world reports Q10, Q11 and Live.
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
	S15
	S16
	Pair
	Q1
	Q2
	Q3
	Q4
	Q5
	Q6
	Q7
	Q8
	Q9
	Q10
	Q11
	Live
	NumIDs // one more than the last
)

var words = [NumIDs]string{
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
	S15:  "at most one device of a user is ACCEPTED in one invitation",
	S16:  "at most one invitation of a group is ACCEPTED",
	Pair: "the two ends are one of the pairs the protocol allows",
	Q1:   "a caller that cancels, gives up or expires says so with a CANCEL and its reason",
	Q2:   "a callee that runs out of time says so at once with a CLOSED",
	Q3:   "a caller that is ACCEPTED confirms every ACCEPT, as long as it remembers",
	Q4:   "a CONFIRM makes the callee that waits for it ACCEPTED, however late its timer is",
	Q5:   "what waits for a peer goes at once when that peer is online, the login is back or the process has started again",
	Q6:   "what asks for an answer gets it at once, after the end too, as long as it is remembered",
	Q7:   "what waits for an answer is sent, and repeated until it comes and no longer",
	Q8:   "nothing is sent that nothing calls for, no copy sooner than its pause, none after its time",
	Q9:   "what a timer ends ends at its time, with the code that fits; an INVITE says how old it is, and rings while somebody waits",
	Q10:  "a phone whose caller has ended stops ringing within one refresh and an answer, once the two can talk for good",
	Q11:  "a caller whose callee has refused is told within one pause between copies, once the two can talk for good",
	Live: "after healing, everything comes to an end",
}

// String is S1 to S16, PAIR, Q1 to Q11, or LIVE.
func (id ID) String() string {
	switch {
	case id == Pair:
		return "PAIR"
	case id == Live:
		return "LIVE"
	case id > Pair && id < Live:
		return fmt.Sprintf("Q%d", id-Q1+1)
	}
	return fmt.Sprintf("S%d", uint8(id))
}

// Words is the property in words.
func (id ID) Words() string {
	if id >= NumIDs {
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
	At             time.Duration     // since the start of the world
	Event          engine.OutputKind // that broke it, if an event did
	Side           Side              // that broke it, if one did
	Detail         string            // in words
}

// Side is a side of a call.
type Side uint8

// The sides.
const (
	NoSide Side = iota
	CallerSide
	CalleeSide
)

func (v Violation) String() string {
	if v.Invitation == (engine.ID{}) {
		return fmt.Sprintf("%v violated at %v: %s (%s)", v.Property, v.At, v.Property.Words(), v.Detail)
	}
	return fmt.Sprintf("%v violated at %v by invitation %v from %s to %s: %s (%s)",
		v.Property, v.At, v.Invitation, v.Caller, v.Callee, v.Property.Words(), v.Detail)
}

// Bounds are the times that the properties allow, each on the clock of the side
// that it binds.
type Bounds struct {
	Caller time.Duration // S14: from send to the caller's end
	Callee time.Duration // S14: from the ring to the callee's end

	Accept       time.Duration // from accept until the callee stops waiting for CONFIRM
	Linger       time.Duration // from an end until its CANCEL is not repeated any more
	LingerRefuse time.Duration // from an end until its REFUSE is not repeated any more
	Tombstone    time.Duration // from an end until it may be forgotten
	Repeat       time.Duration // the longest pause between two INVITEs, CANCELs or REFUSEs; 0: they are not repeated
	RepeatAccept time.Duration // the longest pause between two ACCEPTs

	Times                     engine.Times
	CountFromSend, FailAtOnce bool

	// Slack is the largest error of own times, because clocks of different speeds are
	// read in whole nanoseconds.
	Slack time.Duration
}

// BoundsOf derives the bounds from an engine's options.
func BoundsOf(o engine.Options) Bounds {
	t := o.Times
	if t == (engine.Times{}) {
		t = engine.DefaultTimes()
	}
	b := Bounds{
		Caller: t.NoResponse + t.Expiry + t.Grace, Callee: t.ExpiryCap + t.Accept,
		Accept: t.Accept, Linger: t.Linger, LingerRefuse: max(t.Linger, t.Expiry+t.Grace), Tombstone: t.Tombstone,
		Repeat: t.RetransmitCap, RepeatAccept: t.AcceptCap,
		Times: t, CountFromSend: o.CountFromSend, FailAtOnce: o.FailAtOnce,
	}
	if o.CountFromSend {
		b.Caller = t.Expiry + t.Grace
	}
	if o.NoRetransmit {
		b.Repeat = 0
	}
	return b
}

// Watch holds the settings that all calls of one world share.
type Watch struct {
	Bounds Bounds          // of both sides, unless Call.Bind says otherwise
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

// Allowed reports whether the protocol can end with this pair.
func Allowed(caller CallerEnd, callee CalleeEnd) bool { return allowed[caller][callee] }

// RuledOutBy is the property that a pair breaks, or 0 if the protocol can end with it.
func RuledOutBy(caller CallerEnd, callee CalleeEnd) ID {
	switch {
	case Allowed(caller, callee):
		return 0
	case caller == CallerOpen || callee == CalleeOpen:
		return S14
	}
	return Pair
}

// IsResidue reports whether the pair is the Two Generals' residue: the caller is
// ACCEPTED and the callee never learned it.
func IsResidue(caller CallerEnd, callee CalleeEnd) bool {
	return caller == CallerAccepted && (callee == CalleeAcceptFailure || callee == CalleeOffline)
}
