// Package mutant is the protocol with one rule switched off: the simulator's own
// trials need failures to find. An engine has no part in it. It imports engine,
// states and errors. A rule is broken
//
//   - by other cells of the two tables,
//   - by a shorter memory of what has ended: both go in through internal/seam, or
//   - by a world that does to an engine of the protocol what a host must not do.
//
// Rules that none of these can break are broken in the source, by package
// internal/mutation, which also breaks the rules of this list so, to try the tests.
package mutant

import (
	"strconv"

	"github.com/invsim/invsim/errors"
)

// ID is one broken rule; zero is none.
type ID uint8

// First the rules that carry safety, then the rules of quality.
const (
	None ID = iota

	AcceptWithoutConfirm
	AcceptAfterCancel
	NoCalleeTombstone
	ShortCalleeTombstone
	EarlyCancelAckedOnly
	UnknownAcceptConfirmed
	CancelAfterAccepted
	KeyWithoutPeer
	IDsUsedAgain
	ExpiredCancelSaysUser
	SecondRing
	ReceiptNotImplied
	CancelNotTold
	AcceptTwice
	RefuseAfterAccept
	ResponseNotShown
	RefreshConfirmed
	GroupNotDecided
	ConfirmOfAnother
	ElsewhereForgotten

	EarlyCancelForgotten
	NoGiveUpCancel
	NoCallerTombstone
	NoClosedAtOnce
	NoPresenceResume
	ConfirmAfterItsTimer
	EndedCallerSilent
	OverloadedEnds
	AcceptTakenLoggedOut

	numIDs
)

// Count is how many IDs there are, None included: every ID is less.
const Count = int(numIDs)

// Mutant is a rule and the protocol without it.
type Mutant struct {
	ID     ID
	Name   string // as a command line has it
	Rule   string // the text of the rule
	Breaks string // the properties that can fail without it; "none" if it costs time or agreement only
}

// All are the mutants in the order of their IDs, None left out.
var All = []Mutant{
	{AcceptWithoutConfirm, "accept-without-confirm", "the callee is ACCEPTED only after CONFIRM, not at accept()", "S1, S5, PAIR"},
	{AcceptAfterCancel, "accept-after-cancel", "after cancel() the caller takes no ACCEPT", "S1, S2, S4, S5, S8, S9, PAIR"},
	{NoCalleeTombstone, "no-callee-tombstone", "the callee remembers an ended invitation", "S3, S4, S6, S7, S9, S10, S13, PAIR"},
	{ShortCalleeTombstone, "short-callee-tombstone", "the callee remembers an ended invitation until no copy can come any more, not only until the linger is over", "S3, S4, S6, S7, S9"},
	{EarlyCancelAckedOnly, "early-cancel-acked-only", "a CANCEL that comes before its INVITE is not acknowledged without being remembered", "S7"},
	{UnknownAcceptConfirmed, "unknown-accept-confirmed", "an ACCEPT of an unknown id is never confirmed", "S1"},
	{CancelAfterAccepted, "cancel-after-accepted", "cancel() after ACCEPTED is refused", "S1, S2, S5, S8, S9"},
	{KeyWithoutPeer, "key-without-peer", "an invitation is known by its peer and its id, not by the id alone", "S1, S3, S4, S5, S10, S11, S13, PAIR"},
	{IDsUsedAgain, "ids-used-again", "an engine that starts again gives no id that it gave before", "S1, S6, S10, S11"},
	{ExpiredCancelSaysUser, "expired-cancel-says-user", "the CANCEL of an expired invitation says so", "PAIR"},
	{SecondRing, "second-ring", "a copy of an INVITE does not ring again", "S6"},
	{ReceiptNotImplied, "receipt-not-implied", "an ACCEPT or REFUSE that comes before RECEIVED implies it", "S9"},
	{CancelNotTold, "cancel-not-told", "a CANCEL is told to the callee's app", "S14"},
	{AcceptTwice, "accept-twice", "a second accept() is refused", "S13"},
	{RefuseAfterAccept, "refuse-after-accept", "refuse() after accept() is refused", "S4, S13, PAIR"},
	{ResponseNotShown, "response-not-shown", "the caller's app is shown the callee's response", "S10"},
	{RefreshConfirmed, "refresh-confirmed", "a RECEIVED is confirmed once the call is accepted, and not before", "S1, S5, PAIR"},
	{GroupNotDecided, "group-not-decided", "the first accept of a group cancels the others", "S16"},
	{ConfirmOfAnother, "confirm-of-another", "a CONFIRM is for the device that it names", "S1, S15, PAIR"},
	{ElsewhereForgotten, "elsewhere-forgotten", "another device's answer is remembered before the INVITE comes", "S7"},

	{EarlyCancelForgotten, "early-cancel-forgotten", "a CANCEL that comes before its INVITE is remembered", "none"},
	{NoGiveUpCancel, "no-give-up-cancel", "a caller without a sign of life sends CANCEL when it gives up", "none"},
	{NoCallerTombstone, "no-caller-tombstone", "the caller remembers an ended invitation", "none"},
	{NoClosedAtOnce, "no-closed-at-once", "a callee whose invitation fails tells the caller at once", "none"},
	{NoPresenceResume, "no-presence-resume", "what waits for an answer is repeated as soon as its peer comes online", "none"},
	{ConfirmAfterItsTimer, "confirm-after-its-timer", "a CONFIRM comes before the accept timer of its own invitation, however late the timer is", "none"},
	{EndedCallerSilent, "ended-caller-silent", "a caller that has ended answers a RECEIVED", "none"},
	{OverloadedEnds, "overloaded-ends", "CLOSED(overloaded) leaves the end to the no-response timer", "none"},
	{AcceptTakenLoggedOut, "accept-taken-logged-out", "a caller that is logged out takes no ACCEPT", "none"},
}

// String is the name, "none" for None.
func (id ID) String() string {
	switch {
	case id == None:
		return "none"
	case int(id) < Count:
		return All[id-1].Name
	}
	return "mutant " + strconv.Itoa(int(id))
}

// Names are the names of all.
func Names() []string {
	names := make([]string, len(All))
	for i, m := range All {
		names[i] = m.Name
	}
	return names
}

// Named finds a mutant by its name.
func Named(name string) (Mutant, error) {
	for _, m := range All {
		if m.Name == name {
			return m, nil
		}
	}
	return Mutant{}, errors.New("find mutant: none is called " + strconv.Quote(name))
}
