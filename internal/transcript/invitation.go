// Invitations: what an app holds of each, and the events that it is told.

package transcript

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/states"
)

// invitation is one side of an invitation, as its app sees it.
type invitation struct {
	user   *user
	number int                     // #N; 0 for an id that nobody gave
	local  *engine.LocalInvitation // one of the two
	remote *engine.RemoteInvitation

	events   []engine.OutputKind
	final    string        // the state in which it ended
	begun    time.Duration // sent or received, on its user's clock
	endedAt  time.Duration // on the world's
	expected string        // by the last expect
}

// invitation finds the one that a user's app holds.
func (w *world) invitation(c *command) *invitation {
	u, call := w.user(c.name), w.call(c.to)
	for _, o := range u.held {
		mine := c.to.stranger == "" && (o.local != nil || o.from(call))
		if o.number == c.to.number && (mine || o.remote != nil && o.remote.CallerID() == c.to.stranger) {
			return o
		}
	}
	fail("%s has no invitation %s: at %v it has not arrived", c.name, c.to.word, w.now)
	return nil
}

// call is the caller's side of #N.
func (w *world) call(to ref) *invitation {
	if to.number > len(w.calls) {
		fail("there is no %s: the script has created %s", to.word, output.Count(len(w.calls), "invitation"))
	}
	return w.calls[to.number-1]
}

// from tells whether this is the callee's side of a call.
func (o *invitation) from(call *invitation) bool {
	return o.remote != nil && o.number == call.number && o.remote.CallerID() == call.user.name
}

// state is the public state, of a FAILURE with its reason.
func (o *invitation) state() string {
	if o.local != nil {
		if o.local.State() == states.LocalFailure {
			return failure(o.local.Failure())
		}
		return o.local.State().String()
	}
	if o.remote.State() == states.RemoteFailure {
		return failure(o.remote.Failure())
	}
	return o.remote.State().String()
}

func failure(code interface{ Name() string }) string {
	_, reason, _ := strings.Cut(code.Name(), "_INVITATION_ERR_")
	return "FAILURE(" + reason + ")"
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
	case o.number == 0:
		return fmt.Sprintf("%v@%s", o.remote.ID(), o.remote.CallerID())
	case o.remote != nil && !o.from(o.user.world.calls[o.number-1]):
		return fmt.Sprintf("#%d@%s", o.number, o.remote.CallerID())
	}
	return fmt.Sprint("#", o.number)
}

// raised takes an event, checks it and prints it.
func (u *user) raised(out engine.Output) {
	o := u.subject(out)
	if o == nil {
		u.world.complain("%v is about an invitation that %s never had", out.Kind, u.name)
		return
	}
	o.checkEvent(out.Kind)
	o.events = append(o.events, out.Kind)
	if out.Kind.Terminal() {
		o.final, o.endedAt = o.state(), u.world.now
	}
	text := ""
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		text = field("content", out.Remote.Content()) + field("channel", out.Remote.ChannelID())
	case engine.LocalInvitationAccepted, engine.LocalInvitationRefused:
		text = field("response", out.Local.Response())
		o.checkAnswered()
	case engine.RemoteInvitationAccepted:
		o.checkConfirmed()
	}
	text = fmt.Sprintf("%v %s %s%s", out.Kind, o.name(), o.state(), text)
	u.print("* %s", text)
	u.told = append(u.told, fmt.Sprintf("%15.3f %s", u.world.now.Seconds(), text))
}

// subject is the invitation that an event is about; a ring makes one.
func (u *user) subject(out engine.Output) *invitation {
	for _, o := range u.held {
		if out.Local != nil && o.local == out.Local || out.Remote != nil && o.remote == out.Remote {
			return o
		}
	}
	if out.Kind != engine.RemoteInvitationReceived {
		return nil
	}
	o := &invitation{user: u, remote: out.Remote, begun: u.own}
	for _, call := range u.world.calls {
		if call.local.ID() == out.Remote.ID() {
			o.number = call.number
			if o.from(call) && (call.local.Content() != o.remote.Content() || call.local.ChannelID() != o.remote.ChannelID()) {
				o.complain("what is shown is not what was sent (S10)")
			}
		}
	}
	o.checkRing()
	u.held = append(u.held, o)
	return o
}
