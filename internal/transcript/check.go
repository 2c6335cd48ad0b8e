// What must hold in every script, whatever its text says: each event once,
// nothing after the end, every invitation over within its time, no pair of
// outcomes but the reachable ones, nothing remembered for ever.

package transcript

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// invitation is an invitation that an app holds, as seen from outside.
type invitation struct {
	end    *endpoint
	number int                     // #N
	local  *engine.LocalInvitation // one of the two
	remote *engine.RemoteInvitation

	events   []engine.OutputKind
	final    string        // the state it ended in
	begun    time.Duration // sent or received, on its owner's clock
	endedAt  time.Duration // world time
	expected string        // what the script's last expect said
}

// state is the public state, for a FAILURE with its reason.
func (o *invitation) state() string {
	if o.local != nil {
		if o.local.State() == states.LocalFailure {
			return "FAILURE(" + strings.TrimPrefix(o.local.Failure().Name(), "LOCAL_INVITATION_ERR_") + ")"
		}
		return o.local.State().String()
	}
	if o.remote.State() == states.RemoteFailure {
		return "FAILURE(" + strings.TrimPrefix(o.remote.Failure().Name(), "REMOTE_INVITATION_ERR_") + ")"
	}
	return o.remote.State().String()
}

func (o *invitation) terminal() bool {
	if o.local != nil {
		return o.local.State().Terminal()
	}
	return o.remote.State().Terminal()
}

// name is #N, with the stranger's name if it is not from the one who created #N.
func (o *invitation) name() string {
	switch {
	case o.number == 0: // an id that nobody gave
		return fmt.Sprintf("%v@%s", o.remote.ID(), o.remote.CallerID())
	case o.remote != nil && !o.from(o.end.world.calls[o.number-1]):
		return fmt.Sprintf("#%d@%s", o.number, o.remote.CallerID())
	}
	return fmt.Sprint("#", o.number)
}

// from tells whether a callee's object is the other end of a call.
func (o *invitation) from(call *invitation) bool {
	return o.remote != nil && o.number == call.number && o.remote.CallerID() == call.end.name
}

func (o *invitation) errorf(format string, args ...any) {
	w := o.end.world
	w.complain("%.3f %s %s is %s: %s", w.now.Seconds(), o.end.name, o.name(), o.state(), fmt.Sprintf(format, args...))
}

// raised takes an event, checks it and prints it.
func (p *endpoint) raised(out engine.Output) {
	w, o := p.world, p.subject(out)
	if slices.Contains(o.events, out.Kind) {
		o.errorf("%v was raised before", out.Kind)
	}
	if o.final != "" {
		o.errorf("%v came after the end", out.Kind)
	}
	if w.over {
		o.errorf("%v came after the end of the script", out.Kind)
	}
	o.events = append(o.events, out.Kind)
	if out.Kind.Terminal() {
		o.final, o.endedAt = o.state(), w.now
	}
	if out.Kind == engine.RemoteInvitationAccepted {
		o.checkConfirmed()
	}
	text := ""
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		text = field("content", out.Remote.Content()) + field("channel", out.Remote.ChannelID())
	case engine.LocalInvitationAccepted, engine.LocalInvitationRefused:
		text = field("response", out.Local.Response())
		o.checkAnswered()
	}
	w.print("%-5s * %v %s %s%s", p.name, out.Kind, o.name(), o.state(), text)
}

// subject is the object that an event is about; a ring makes one.
func (p *endpoint) subject(out engine.Output) *invitation {
	for _, o := range p.objects {
		if out.Local != nil && o.local == out.Local || out.Remote != nil && o.remote == out.Remote {
			return o
		}
	}
	if out.Kind != engine.RemoteInvitationReceived {
		p.world.fatalf("%v is about an invitation that %s never had", out.Kind, p.name)
	}
	o := &invitation{end: p, remote: out.Remote, begun: p.own}
	for _, call := range p.world.calls {
		if call.local.ID() == out.Remote.ID() {
			o.number = call.number
			if o.from(call) && (call.local.Content() != out.Remote.Content() || call.local.ChannelID() != out.Remote.ChannelID()) {
				o.errorf("what is shown is not what was sent (S10)")
			}
		}
	}
	for _, other := range p.objects {
		if other.remote != nil && other.remote.ID() == o.remote.ID() && other.remote.CallerID() == o.remote.CallerID() {
			o.errorf("it rings a second time (S6)")
		}
	}
	p.objects = append(p.objects, o)
	return o
}

// checkConfirmed: the callee is ACCEPTED only if the caller was before it (S1).
func (o *invitation) checkConfirmed() {
	for _, call := range o.end.world.calls {
		if o.from(call) && call.local.State() != states.LocalAcceptedByRemote {
			o.errorf("the caller is %s (S1)", call.state())
		}
	}
}

// checkAnswered: an answer implies the receipt, and what the callee's app set with
// it is what the caller's is shown (S10).
func (o *invitation) checkAnswered() {
	if !slices.Contains(o.events, engine.LocalInvitationReceivedByPeer) {
		o.errorf("it was answered, and not received before (S9)")
	}
	if callee := o.end.world.find(o.local.CalleeID()); callee != nil {
		for _, ring := range callee.objects {
			if ring.from(o) && ring.remote.Response() != o.local.Response() {
				o.errorf("it shows the response %q, the callee set %q (S10)", o.local.Response(), ring.remote.Response())
			}
		}
	}
}

// checkObjects comes after every input. What Advance has not ended is not due;
// any other input leaves the timers of its own instant.
func (p *endpoint) checkObjects(advanced bool) {
	for _, o := range p.objects {
		switch {
		case o.final != "" && o.state() != o.final:
			o.errorf("it had ended as %s (S9)", o.final)
		case o.final == "" && o.terminal():
			o.errorf("it ended without an event")
		}
		if bound, ok := o.bound(); ok && (p.own > bound || advanced && p.own == bound) {
			o.errorf("it had to end by %v of its own clock (S14)", bound)
		}
	}
}

// bound is when an open invitation must have ended or moved on, on its owner's clock.
func (o *invitation) bound() (time.Duration, bool) {
	t := o.end.options.Times
	if o.local != nil {
		switch {
		case o.local.State() == states.LocalSentToRemote:
			return o.begun + t.NoResponse, true
		case o.local.State() == states.LocalReceivedByRemote && o.end.options.CountFromSend:
			return o.begun + t.Expiry + t.Grace, true
		case o.local.State() == states.LocalReceivedByRemote:
			return o.begun + t.NoResponse + t.Expiry + t.Grace, true
		}
		return 0, false
	}
	switch o.remote.State() {
	case states.RemoteInvitationReceived:
		return o.begun + t.Expiry, true
	case states.RemoteAcceptSentToLocal:
		return o.begun + t.Expiry + t.Accept, true
	}
	return 0, false
}

// checkProgress: to advance to a deadline leaves none behind.
func (p *endpoint) checkProgress() {
	if at, ok := p.engine.NextDeadline(); ok && !at.After(p.Now()) {
		p.world.fatalf("%s was advanced to its deadline and has it still", p.name)
	}
}

// finish lets the rest of a world happen unseen, until nobody remembers
// anything, and then looks at the outcomes.
func (w *world) finish() {
	w.over = true
	w.run(w.now+2*time.Hour, false)
	for _, p := range w.ends {
		if p.down {
			continue
		}
		if p.asleep {
			w.fatalf("%s still sleeps", p.name)
		}
		s := p.engine.Stats()
		if !p.stopped && s.LocalRecords+s.RemoteRecords+s.Peers > 0 {
			w.complain("%s remembers %d sent, %d received and %d peers for ever (S14)", p.name, s.LocalRecords, s.RemoteRecords, s.Peers)
		}
		if !p.named {
			w.complain("the script does not say what it expects of %s", p.name)
		}
		for _, o := range p.objects {
			if !o.terminal() && o.sent() {
				o.errorf("it never ended (S14)")
			}
			if o.expected != o.state() {
				o.errorf("the script does not end with that, but with %q", o.expected)
			}
		}
	}
	w.checkPairs()
}

func (o *invitation) sent() bool { return o.remote != nil || o.local.ID() != engine.ID{} }

// checkPairs: caller and callee end in one of the pairs that the protocol
// allows. An endpoint that is down or lost its memory is not asked.
func (w *world) checkPairs() {
	for _, call := range w.calls {
		caller, callee := call.end, w.find(call.local.CalleeID())
		if caller.down || caller.epochs > 1 || callee == nil || callee.down || callee.epochs > 1 || !call.terminal() {
			continue
		}
		ring := "never rang"
		for _, o := range callee.objects {
			if o.from(call) {
				ring = o.state()
			}
		}
		if allowed := pairs[call.state()]; !slices.Contains(allowed, ring) {
			call.errorf("its callee is %s, which is none of %v", ring, allowed)
		}
	}
}

func (w *world) find(name string) *endpoint {
	for _, p := range w.ends {
		if p.name == name {
			return p
		}
	}
	return nil
}

// pairs is the table of terminal pairs in the protocol.
var pairs = func() map[string][]string {
	failure := func(code interface{ Name() string }) string {
		_, name, _ := strings.Cut(code.Name(), "_INVITATION_ERR_")
		return "FAILURE(" + name + ")"
	}
	expired := failure(errors.RemoteInvitationExpire)
	unconfirmed, offline := failure(errors.RemoteAcceptFailure), failure(errors.RemotePeerOffline)
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
