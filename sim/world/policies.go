// Policies: each phone has a line, which decides what its user is shown of a ring, and
// presses buttons in the user's place.

package world

import (
	"slices"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/policy"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/setup"
)

// hooks let a test look at policies, and put others in their place. Each may be nil.
type hooks struct {
	policies func(phone int) []policy.Policy
	shown    func(phone int32, s policy.Show)
	refused  func(phone int32, c *call)                       // by a policy
	told     func(w *World, c *call, event engine.OutputKind) // its caller, and Send as it is sent
}

// startLine gives a phone whose process starts its line, on which open calls are, if
// it has policies.
func (w *World) startLine(index int32) {
	n := &w.nodes[index]
	policies := w.own(index).Policy.Of(int(index))
	if w.hooks.policies != nil {
		policies = w.hooks.policies(int(index))
	}
	if n.line = nil; policies == nil {
		return
	}
	n.line = policy.NewLine(w.options.DeviceID(int(w.device(index))), driver{w, index}, policies...)
	for _, i := range n.calls {
		if c := &w.calls[i]; w.isOpenAt(c, index) {
			n.line.Add(c.onLine(index))
		}
	}
}

// hasLines reports whether a policy, or a test, has a say in what users see.
func (w *World) hasLines() bool {
	return w.hooks.policies != nil || w.hooks.told != nil || slices.ContainsFunc(w.groups, func(o *setup.Options) bool { return o.Policy != setup.NoPolicy })
}

// onLine is a call as the line of one of its phones knows it.
func (c *call) onLine(phone int32) policy.Call {
	if phone == c.caller {
		return policy.Call{Own: true, Peer: c.Callee, ID: c.ID}
	}
	return policy.Call{Peer: c.Caller, ID: c.ID}
}

// isShown reports whether a user sees a call, and can press its buttons.
func (w *World) isShown(index int32, c *call) bool {
	line := w.nodes[index].line
	return line == nil || slices.Contains(line.Open(), c.onLine(index))
}

// show lets a user see what the policies let through of an event.
func (w *World) show(index int32, c *call, kind engine.OutputKind) {
	n := &w.nodes[index]
	if w.hooks.told != nil && index == c.caller {
		w.hooks.told(w, c, kind)
	}
	if n.line == nil {
		if kind == engine.RemoteInvitationReceived {
			w.expectAnswer(c)
		}
		return
	}
	if kind == engine.LocalInvitationAccepted || kind == engine.RemoteInvitationAccepted {
		w.schedule(w.clock.now+int64(setup.TalkFor), userHangsUp, c.index, index)
	}
	for _, s := range n.line.Told(kind, c.onLine(index)) {
		if w.hooks.shown != nil {
			w.hooks.shown(index, s)
		}
		if s.What == policy.Ring || s.What == policy.Redialed {
			rings := w.callOf(s.Call.ID)
			rings.Turn(w.device(index))
			w.expectAnswer(rings)
		}
	}
}

// hangUp ends a call that is on. The protocol has no part in it.
func (w *World) hangUp(c *call, index int32) {
	if n := &w.nodes[index]; n.line != nil {
		n.line.HungUp(c.onLine(index))
	}
}

// driver carries out what the policies of a phone decide.
type driver struct {
	w     *World
	phone int32
}

func (d driver) Accept(c policy.Call) error { return d.press(d.w.callOf(c.ID), event.Accept) }

func (d driver) Cancel(c policy.Call) error { return d.press(d.w.callOf(c.ID), event.Cancel) }

// Refuse has the response of any answer to the call: a phone that has forgotten one in a
// crash says the same again.
func (d driver) Refuse(c policy.Call, _ string) error {
	refused := d.w.callOf(c.ID)
	refused.Turn(d.w.device(d.phone))
	if d.w.hooks.refused != nil {
		d.w.hooks.refused(d.phone, refused)
	}
	return d.press(refused, event.Refuse)
}

// press presses a button in the middle of the outputs of an engine. What comes of it is
// behind them.
func (d driver) press(c *call, b event.Button) error {
	w := d.w
	current, cause, under := w.current, w.cause, w.under
	w.current, w.under = c, w.nodes[d.phone].circumstance()
	pressed := w.reserve()
	if b != event.Cancel {
		c.Turn(w.device(d.phone))
		c.remote.SetResponse(c.Response)
		c.answered = c.remote
	}
	err := c.do(b)
	if b == event.Accept && err == nil {
		c.AcceptReturnedOK(&w.watch, w.clock.now, w.nodes[d.phone].clock.running())
	}
	w.notePress(pressed, c, d.phone, b, err)
	w.current, w.cause, w.under = current, cause, under
	switch {
	case err != nil:
	case b == event.Cancel:
		c.CancelReturnedOK(&w.watch, w.clock.now)
	default:
		w.hasAnswered(c, b)
	}
	return err
}
