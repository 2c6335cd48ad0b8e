// An app and its invitations: it creates them, and it sends, cancels, accepts
// and refuses them.

package transcript

import (
	"slices"
	"strings"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// create: a peer that is a text has no engine.
func (w *world) create(c *command) {
	u := w.running(c.name)
	if !c.isText && len(w.devices(c.peer)) == 0 {
		w.meet(c.peer)
	}
	o := &invitation{user: u, local: u.engine.CreateLocalInvitation(c.peer), number: len(w.calls) + 1}
	u.held = append(u.held, o)
	w.calls = append(w.calls, o)
	o.set(c.payload)
}

func (w *world) callPeer(c *command) {
	w.create(c)
	w.calls[len(w.calls)-1].press("send")
}

func (w *world) set(c *command) { w.invitation(c).set(c.payload) }

func (o *invitation) set(p payload) {
	switch {
	case o.local != nil && p.response != nil:
		fail("%s is the caller of %s, whose callee sets the response", o.user.name, o.name())
	case o.remote != nil && (p.content != nil || p.channel != nil || p.noResponse != nil || p.expiry != nil):
		fail("%s is the callee of %s, whose caller sets content, channel and times", o.user.name, o.name())
	}
	if p.content != nil {
		o.local.SetContent(*p.content)
	}
	if p.channel != nil {
		o.local.SetChannelID(*p.channel)
	}
	if p.response != nil {
		o.remote.SetResponse(*p.response)
	}
	if p.noResponse != nil {
		o.noResponse = *p.noResponse
	}
	if p.expiry != nil {
		o.expiry = *p.expiry
	}
	if o.local != nil && (p.noResponse != nil || p.expiry != nil) {
		o.local.SetTimes(o.noResponse, o.expiry)
	}
}

// join puts an invitation into its user's group.
func (w *world) join(c *command) {
	o := w.invitation(c)
	if o.local == nil {
		fail("%s is the callee of %s, and groups are the caller's", o.user.name, o.name())
	}
	if o.user.group == nil {
		o.user.group = o.user.engine.NewGroup()
	}
	o.local.SetGroup(o.user.group)
}

func press(op string) func(*world, *command) {
	return func(w *world, c *command) {
		o := w.invitation(c)
		o.set(c.payload)
		o.note = c.note
		o.press(op)
	}
}

// button is a call that the app can make, and the states in which it may be taken.
func (o *invitation) button(op string) (call func() error, in []string) {
	switch {
	case op == "send" && o.local != nil:
		return o.local.Send, []string{"IDLE"}
	case op == "cancel" && o.local != nil:
		return func() error { return o.local.CancelWithNote(o.note) }, []string{"SENT_TO_REMOTE", "RECEIVED_BY_REMOTE"}
	case op == "accept" && o.remote != nil:
		return o.remote.Accept, []string{"INVITATION_RECEIVED"}
	case op == "refuse" && o.remote != nil:
		return o.remote.Refuse, []string{"INVITATION_RECEIVED"}
	}
	fail("that is for the other side of %s", o.name())
	return nil, nil
}

// press makes a call of the app. Only a refusal is printed: a success shows in what
// it causes.
func (o *invitation) press(op string) {
	call, in := o.button(op)
	o.user.mustRun()
	if op == "send" && o.local.ID() == (engine.ID{}) {
		o.begun = o.user.time()
	}
	before := o.state()
	err := call()
	if err == nil && !slices.Contains(in, before) {
		o.complain("%s was taken, in %s (S13)", op, before)
	}
	if err != nil {
		o.user.print("%s %s: %s", op, o.name(), refusal(err))
	}
	o.user.settle(false)
}

// refusal is the error of a call in short.
func refusal(err error) string {
	var full *errors.InvitationError
	var code errors.InvitationApiCallError
	text := err.Error()
	if errors.As(err, &code) {
		text = strings.TrimPrefix(code.Name(), "INVITATION_API_CALL_ERR_")
	} else if errors.Is(err, errors.LimitReached) {
		text = errors.LimitReached.Error()
	} else if errors.Is(err, errors.GroupDecided) {
		text = errors.GroupDecided.Error()
	}
	if errors.As(err, &full) && full.Detail != "" {
		text += ", " + full.Detail
	}
	return text
}
