// Invitations: what an app holds of each, and the events that it is told.

package transcript

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
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
	note     string        // of the next cancel
	begun    time.Duration // sent or received, on its user's clock
	endedAt  time.Duration // on the world's
	expected string        // by the last expect

	noResponse, expiry time.Duration // of this call, 0 for the engine's
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
	return o.remote != nil && o.number == call.number && o.remote.CallerID() == call.user.self
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

// stateNames are all that state can return.
func stateNames() (names []string) {
	for s := range states.LocalState(states.NumLocalStates) {
		names = append(names, s.String())
	}
	for s := range states.RemoteState(states.NumRemoteStates) {
		names = append(names, s.String())
	}
	for code := range errors.LocalNotLoggedIn {
		names = append(names, failure(code+1))
	}
	for code := range errors.RemoteInvitationExpire {
		names = append(names, failure(code+1))
	}
	slices.Sort(names)
	isBare := func(name string) bool { return name == states.LocalFailure.String() } // it has a reason
	return slices.DeleteFunc(slices.Compact(names), isBare)
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
	if out.Missed != nil {
		u.raisedMissed(out.Missed)
		return
	}
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
		text = field("response", out.Local.Response()) + device(out.Local.Device())
		o.checkAnswered()
	case engine.LocalInvitationCanceled:
		text = unless(out.Local.Reason(), engine.ReasonUser)
	case engine.LocalInvitationFailure:
		if cause := out.Local.Cause(); cause != 0 {
			text = unless(cause, engine.CauseNoSign)
		}
	case engine.RemoteInvitationCanceled:
		text = unless(out.Remote.Reason(), engine.ReasonUser) + field("note", out.Remote.Note())
	case engine.RemoteInvitationAccepted:
		o.checkConfirmed()
	}
	text = fmt.Sprintf("%v %s %s%s", out.Kind, o.name(), o.state(), text)
	u.print("* %s", text)
	u.told = append(u.told, fmt.Sprintf("%15.3f %s", u.world.now.Seconds(), text))
}

// unless says why it ended, but for the common reason.
func unless[R interface {
	~uint8
	fmt.Stringer
}](why, common R) string {
	if why == common {
		return ""
	}
	return ": " + why.String()
}

// missed is an invitation that never rang, as the app was told.
type missed struct {
	caller    string
	id        engine.ID
	withdrawn bool
}

// raisedMissed takes that event, checks it and prints it: it comes once for an id that
// never rings, and is taken back once.
func (u *user) raisedMissed(m *engine.Missed) {
	name := u.world.idName(m.ID)
	if n := u.world.numberOf(m.ID); n == 0 || u.world.calls[n-1].user.self != m.CallerID {
		name += "@" + m.CallerID
	}
	before := missed{m.CallerID, m.ID, false}
	if told := slices.Contains(u.missed, before); told != m.Withdrawn || slices.Contains(u.missed, missed{m.CallerID, m.ID, true}) {
		u.world.complain("%s is told of a missed %s, withdrawn %v, and was told of it before: %v", u.name, name, m.Withdrawn, told)
	}
	for _, o := range u.held {
		if o.remote != nil && o.remote.ID() == m.ID && o.remote.CallerID() == m.CallerID {
			o.complain("it rang, and is told as missed")
		}
	}
	u.missed = append(u.missed, missed{m.CallerID, m.ID, m.Withdrawn})
	text := fmt.Sprintf("%v %s: %v%s%s", engine.RemoteInvitationMissed, name, m.Reason, field("content", m.Content), field("channel", m.ChannelID))
	if m.Withdrawn {
		text = fmt.Sprintf("%v %s withdrawn: %v", engine.RemoteInvitationMissed, name, m.Reason)
	}
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
