// Ends by the events that tell of them: by what our engine raises, or by its words, for an
// engine that is known by those alone.

package property

import (
	"cmp"
	"slices"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// ending is how an end is told: by an event, for a failure with its code, and of an
// invitation in a state.
type ending[F code, S comparable] struct {
	kind    engine.OutputKind
	failure F
	state   S
}

type code interface {
	comparable
	Name() string
}

var callerEndings = [NumCallerEnds]ending[errors.LocalInvitationError, states.LocalState]{
	CallerAccepted:    {engine.LocalInvitationAccepted, errors.OK, states.LocalAcceptedByRemote},
	CallerRefused:     {engine.LocalInvitationRefused, errors.OK, states.LocalRefusedByRemote},
	CallerCanceled:    {engine.LocalInvitationCanceled, errors.OK, states.LocalCanceled},
	CallerNoResponse:  {engine.LocalInvitationFailure, errors.LocalPeerNoResponse, states.LocalFailure},
	CallerOffline:     {engine.LocalInvitationFailure, errors.LocalPeerOffline, states.LocalFailure},
	CallerExpired:     {engine.LocalInvitationFailure, errors.LocalInvitationExpire, states.LocalFailure},
	CallerNotLoggedIn: {engine.LocalInvitationFailure, errors.LocalNotLoggedIn, states.LocalFailure},
}

var calleeEndings = [NumCalleeEnds]ending[errors.RemoteInvitationError, states.RemoteState]{
	CalleeAccepted:      {engine.RemoteInvitationAccepted, errors.OK, states.RemoteAccepted},
	CalleeRefused:       {engine.RemoteInvitationRefused, errors.OK, states.RemoteRefused},
	CalleeCanceled:      {engine.RemoteInvitationCanceled, errors.OK, states.RemoteCanceled},
	CalleeExpired:       {engine.RemoteInvitationFailure, errors.RemoteInvitationExpire, states.RemoteFailure},
	CalleeAcceptFailure: {engine.RemoteInvitationFailure, errors.RemoteAcceptFailure, states.RemoteFailure},
	CalleeOffline:       {engine.RemoteInvitationFailure, errors.RemotePeerOffline, states.RemoteFailure},
}

// endOf is the end that an event tells which our engine raises. One that tells none is 0:
// no end.
func endOf[F code, S comparable](all []ending[F, S], kind engine.OutputKind, failure F) int {
	return max(0, slices.IndexFunc(all, func(e ending[F, S]) bool { return e.kind == kind && e.failure == failure }))
}

var callerNames, calleeNames = byName(callerEndings[:]), byName(calleeEndings[:])

// byName are the ends by the names of their events, and the failures by those of their codes.
func byName[F code, S comparable](all []ending[F, S]) map[string]int {
	names := map[string]int{}
	var none F
	for end, e := range all {
		switch {
		case e.failure != none:
			_, name, _ := strings.Cut(e.failure.Name(), "_ERR_")
			names[name] = end
		case e.kind.Terminal():
			names[e.kind.String()] = end
		}
	}
	return names
}

// CallerEndOf is the end that an event tells, by its name. A failure has its reason as
// well, by the vendor's name without its prefix.
func CallerEndOf(event, failure string) (end CallerEnd, ok bool) {
	n, ok := callerNames[cmp.Or(failure, event)]
	return CallerEnd(n), ok
}

// CalleeEndOf is CallerEndOf for a callee.
func CalleeEndOf(event, failure string) (end CalleeEnd, ok bool) {
	n, ok := calleeNames[cmp.Or(failure, event)]
	return CalleeEnd(n), ok
}
