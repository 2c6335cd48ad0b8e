// Checks: the expectations of a script, which no rewriting of its outputs can change,
// and in every script, whatever it says, each event once, nothing after the end, every
// invitation over within its time, no pair of outcomes but the reachable ones, nothing
// remembered for ever. S1 to S14 are the properties of docs/protocol.md.

package transcript

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

func (o *invitation) complain(format string, args ...any) {
	w := o.user.world
	w.complain("%.3f %s %s is %s: %s", w.now.Seconds(), o.user.name, o.name(), o.state(), fmt.Sprintf(format, args...))
}

func (w *world) expectNone(c *command) {
	u := w.user(c.name)
	u.expected = true
	if len(u.held) > 0 {
		w.complain("%s has %d invitations", u.name, len(u.held))
	}
}

func (w *world) expect(c *command) {
	o := w.invitation(c)
	o.user.expected, o.expected = true, c.words[2]
	if o.state() != o.expected {
		o.complain("it should be %s", o.expected)
	}
	if len(c.words) == 5 && o.endedAt != c.time {
		o.complain("it ended at %v, not at %s", o.endedAt, c.words[4])
	}
}

// checkEvent looks at an event before it is noted.
func (o *invitation) checkEvent(kind engine.OutputKind) {
	if slices.Contains(o.events, kind) {
		o.complain("%v was raised before", kind)
	}
	if o.final != "" {
		o.complain("%v came after the end", kind)
	}
	if o.user.world.over {
		o.complain("%v came after the end of the script", kind)
	}
}

// checkRing: an id of a caller rings once.
func (o *invitation) checkRing() {
	for _, other := range o.user.held {
		if other.remote != nil && other.remote.ID() == o.remote.ID() && other.remote.CallerID() == o.remote.CallerID() {
			o.complain("it rings a second time (S6)")
		}
	}
}

// checkConfirmed: the callee is ACCEPTED only if the caller was before it.
func (o *invitation) checkConfirmed() {
	for _, call := range o.user.world.calls {
		if o.from(call) && (call.local.State() != states.LocalAcceptedByRemote || call.local.Device() != o.user.options.Device) {
			o.complain("the caller is %s, with device %d (S1)", call.state(), call.local.Device())
		}
	}
}

// checkAnswered: an answer implies the receipt, and the caller is shown the response
// that the callee set.
func (o *invitation) checkAnswered() {
	if !slices.Contains(o.events, engine.LocalInvitationReceivedByPeer) {
		o.complain("it was answered, and not received before (S9)")
	}
	for _, callee := range o.user.world.devices(o.local.CalleeID()) {
		for _, ring := range callee.held {
			if ring.from(o) && callee.options.Device == o.local.Device() && ring.remote.Response() != o.local.Response() {
				o.complain("it shows the response %q, the callee set %q (S10)", o.local.Response(), ring.remote.Response())
			}
		}
	}
}

// check comes after every input. What Advance has not ended is not due; any other
// input leaves the timers of its own instant.
func (o *invitation) check(advanced bool) {
	switch {
	case o.final != "" && o.state() != o.final:
		o.complain("it had ended as %s (S9)", o.final)
	case o.final == "" && o.terminal():
		o.complain("it ended without an event")
	}
	if bound, ok := o.bound(); ok && (o.user.own > bound || advanced && o.user.own == bound) {
		o.complain("it had to end by %v of its own clock (S14)", bound)
	}
}

// bound is when an open invitation must have ended or moved on, on its user's clock.
func (o *invitation) bound() (time.Duration, bool) {
	t := o.user.options.Times
	if o.remote != nil {
		switch o.remote.State() {
		case states.RemoteInvitationReceived:
			return o.begun + t.ExpiryCap, true
		case states.RemoteAcceptSentToLocal:
			return o.begun + t.ExpiryCap + t.Accept, true
		}
		return 0, false
	}
	t.NoResponse, t.Expiry = cmp.Or(o.noResponse, t.NoResponse), cmp.Or(o.expiry, t.Expiry)
	switch {
	case o.local.State() == states.LocalSentToRemote:
		return o.begun + t.NoResponse, true
	case o.local.State() == states.LocalReceivedByRemote && o.user.options.CountFromSend:
		return o.begun + t.Expiry + t.Grace, true
	case o.local.State() == states.LocalReceivedByRemote:
		return o.begun + t.NoResponse + t.Expiry + t.Grace, true
	}
	return 0, false
}

// checkEnd looks at a user at the end of a world.
func (u *user) checkEnd() {
	if u.down {
		return
	}
	if u.asleep {
		u.world.complain("%s still sleeps", u.name)
		return
	}
	s := u.engine.Stats()
	if !u.stopped && s.LocalRecords+s.RemoteRecords+s.Peers > 0 {
		u.world.complain("%s remembers %d sent, %d received and %d peers for ever (S14)", u.name, s.LocalRecords, s.RemoteRecords, s.Peers)
	}
	if !u.expected && !u.world.player.Free {
		u.world.complain("the script does not say what it expects of %s", u.name)
	}
	for _, o := range u.held {
		if !o.terminal() && (o.remote != nil || o.local.ID() != engine.ID{}) {
			o.complain("it never ended (S14)")
		}
		if o.expected != o.state() && (o.expected != "" || !u.world.player.Free) {
			o.complain("the script does not end with that, but with %q", o.expected)
		}
	}
}

// checkPairs: caller and callee end in one of the pairs that the protocol allows, each
// device of the callee by itself. A user who is down or lost the memory is not asked.
func (w *world) checkPairs() {
	asked := func(u *user) bool { return !u.down && u.starts == 1 }
	for _, call := range w.calls {
		if !asked(call.user) || !call.terminal() {
			continue
		}
		for _, callee := range w.devices(call.local.CalleeID()) {
			if !asked(callee) {
				continue
			}
			ring := "never rang"
			for _, o := range callee.held {
				if o.from(call) {
					ring = o.state()
				}
			}
			allowed := pairs[call.state()]
			if call.local.State() < states.LocalCanceled && callee.options.Device != call.local.Device() {
				allowed = besideTheWinner
			}
			if !slices.Contains(allowed, ring) {
				call.complain("its callee %s is %s, which is none of %v", callee.name, ring, allowed)
			}
		}
	}
}

// besideTheWinner is how another device than the one that has answered can end.
var besideTheWinner = []string{"CANCELED", "REFUSED", failure(errors.RemoteInvitationExpire), failure(errors.RemoteAcceptFailure), failure(errors.RemotePeerOffline), "never rang"}

// pairs is the table of terminal pairs in the protocol.
var pairs = func() map[string][]string {
	expired, unconfirmed, offline := failure(errors.RemoteInvitationExpire), failure(errors.RemoteAcceptFailure), failure(errors.RemotePeerOffline)
	gaveUp := []string{"REFUSED", "CANCELED", expired, unconfirmed, offline, "never rang"}
	return map[string][]string{
		"ACCEPTED_BY_REMOTE":                  {"ACCEPTED", unconfirmed, offline},
		"REFUSED_BY_REMOTE":                   {"REFUSED"},
		"CANCELED":                            gaveUp,
		failure(errors.LocalInvitationExpire): {"REFUSED", expired, unconfirmed, offline},
		failure(errors.LocalPeerNoResponse):   gaveUp,
		failure(errors.LocalPeerOffline):      gaveUp,
		failure(errors.LocalNotLoggedIn):      {"never rang"},
	}
}()
