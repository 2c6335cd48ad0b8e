// The users: callers, callees and times of calls, answers, cancels, and other presses of
// buttons.

package world

import (
	"fmt"
	"strconv"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/states"
)

// The answers of a callee.
const (
	accepts = iota
	refuses
	ignores
)

// call is one call of a world: the actions of its users, and the watcher.
type call struct {
	property.Call
	index    int32
	caller   int32 // the phone from which it is placed
	callee   int32 // the first phone of its callee
	placeAt  int64
	heldBy   int32 // the first of the calls that are placed with it, and one; 0 for none
	redials  bool  // it is placed when the call before has ended at its caller
	redialed bool  // the call after it waits for its end, and has been told
	sent     bool  // its caller could: a bound may be in the way, or the call before it
	local    *engine.LocalInvitation
	cut      bool  // a partition has been in its way
	forged   bool  // a third party has sent an INVITE under its id
	leapt    int64 // by how much its phones' clocks had been set when it was placed
	copies   copies
	step     int // the entry of the timeline that is the last step at its caller

	ring   // at the device of the callee that is spoken of
	rings  []ring
	turned int32
}

// ring is a call at one device of its callee.
type ring struct {
	remote     *engine.RemoteInvitation
	answered   *engine.RemoteInvitation // on which the callee pressed a button
	accepted   bool                     // the callee's app did, at acceptedAt
	acceptedAt int64
	pushed     bool // a push made the phone ring before its login
	refused    bool // the callee's app did, at refusedAt
	refusedAt  int64
	together   int64  // when the caller's phone and this one were connected, without a break, as the call ended at its caller
	dead       int64  // how long it still rang after that, with both connected; negative if it did not
	sentHere   copies // by a device that is not the first
	last       int    // the entry of the timeline that is the last step here
}

// copies are how many were sent so far, by kind.
type copies [engine.Closed + 1]uint16

// makeCalls draws the caller, callee and time of each call, and schedules the first.
func (w *World) makeCalls(first, count int) {
	for i := len(w.texts); i < count; i++ {
		w.texts = append(w.texts, [2]string{"call " + strconv.Itoa(i), "answer " + strconv.Itoa(i)})
	}
	if cap(w.calls) < count {
		w.calls = make([]call, count)
	}
	w.calls = w.calls[:count]
	held, leader := 0, int32(0) // how many more its caller places at once, and the first of them and one
	for i := range w.calls {
		c := &w.calls[i]
		*c = call{index: int32(i), ring: ring{together: never, dead: -1}}
		c.Number, c.Content, c.Response = first+i, w.texts[i][0], w.texts[i][1]
		if w.options.Devices > 1 {
			w.addDevices(c)
		}
		w.drawParties(c)
		switch {
		case held > 0:
			if held--; held == 0 && w.options.HoldCalls >= 100 && w.options.HoldPause == 0 {
				w.Result.Reached(property.HundredHeld)
			}
			c.heldBy, c.caller, c.placeAt = leader, w.calls[i-1].caller, w.calls[i-1].placeAt
			if w.options.HoldPause > 0 {
				c.placeAt += int64(tape.Between(w.tape, 0, w.options.HoldPause, tape.HoldAfter, tape.Key(i)))
			}
			if c.callee == w.user(c.caller) {
				c.callee = (c.callee + 1) % int32(w.options.Users)
			}
		case i > 0:
			w.drawRelation(c, &w.calls[i-1])
		}
		if held == 0 && !c.redials && tape.Chance(w.tape, w.options.Hold, tape.Hold, tape.Key(i)) {
			if held = w.options.HoldCalls - 1; c.heldBy == 0 { // else the last of some begins more of them
				leader = c.index + 1
				c.heldBy = leader
			}
		}
	}
	w.arrivals.reset()
	w.lastPlaced = 0
	for i := range w.calls {
		if c := &w.calls[i]; w.of != nil {
			for phone := range w.phonesOf(c.callee) {
				c.Turn(w.device(phone))
				c.Bind(&w.bounds[w.group(c.caller)], &w.bounds[w.group(phone)])
			}
			c.Turn(0)
		}
		if !w.calls[i].redials {
			w.lastPlaced = max(w.lastPlaced, w.calls[i].placeAt)
			w.arrivals.push(w.calls[i].placeAt, callArrives, int32(i), 0)
		}
	}
	w.expectCall()
}

// drawParties draws a call that has nothing to do with others.
func (w *World) drawParties(c *call) {
	about, users := tape.Key(c.index), w.options.Users
	c.caller = int32(tape.Index(w.tape, users, tape.Caller, about))
	c.callee = (c.caller + 1 + int32(tape.Index(w.tape, users-1, tape.Callee, about))) % int32(users)
	c.caller += w.fromDevice(c)
	c.placeAt = int64(tape.Between(w.tape, 0, w.options.Span(len(w.calls)), tape.Arrival, about))
}

// drawRelation makes a call the way back of the one before, or its repetition.
func (w *World) drawRelation(c, before *call) {
	about := tape.Key(c.index)
	switch {
	case !before.redials && tape.Chance(w.tape, w.options.Glare, tape.Glare, about): // when a redial will be placed is not known yet
		c.caller, c.callee = before.callee+w.fromDevice(c), w.user(before.caller)
		c.placeAt = before.placeAt + int64(tape.Between(w.tape, 0, setup.GlareWithin, tape.GlareAfter, about))
		w.Result.Reached(property.Glare)
	case tape.Chance(w.tape, w.options.Redial, tape.Redial, about):
		c.caller, c.callee, c.redials = before.caller, before.callee, true
		w.Result.Reached(property.Redial)
	}
}

// expectCall schedules the next call that does not wait for another.
func (w *World) expectCall() {
	if w.arrivals.next() < never {
		e := w.arrivals.pop()
		w.schedule(e.at, e.kind, e.a, 0)
	}
}

// redial places the call that waits for the end of this one.
func (w *World) redial(c *call) {
	next := c.index + 1
	if c.redialed || int(next) >= len(w.calls) || !w.calls[next].redials {
		return
	}
	c.redialed = true
	after := tape.Between(w.tape, 0, setup.RedialWithin, tape.RedialAfter, tape.Key(next))
	w.schedule(w.clock.now+int64(after), callPlaced, next, 0)
}

// place is a user calling another.
func (w *World) place(index int32) {
	c := &w.calls[index]
	about := tape.Key(c.index)
	if w.afterReturn(c.caller, callPlaced, index, 0) {
		return
	}
	from := &w.nodes[c.caller]
	c.Caller, c.Callee, c.CallerDevice = from.user, w.nodes[c.callee].user, w.options.DeviceID(int(w.device(c.caller)))
	c.SentAt, c.SentOwn = w.clock.now, from.clock.running()
	w.watched = w.watched[:0]
	for phone := range w.phonesOf(c.callee) {
		w.watched = append(w.watched, w.nodes[phone].watch)
	}
	c.Watch(from.watch, w.watched...)
	w.enters(c, c.caller)
	for phone := range w.phonesOf(c.callee) {
		w.enters(c, phone)
	}

	c.local = from.engine.CreateLocalInvitation(c.Callee)
	c.local.SetContent(c.Content)
	if c.heldBy > 0 && w.options.HoldGroup {
		w.join(c, from)
	}
	if c.sent = w.press(c, event.Send); !c.sent {
		w.redial(c)
		return
	}
	if w.options.Cancel > 0 && tape.Chance(w.tape, w.options.Cancel, tape.Cancel, about) {
		after := tape.Between(w.tape, w.options.CancelAfter.Min, w.options.CancelAfter.Max, tape.CancelAfter, about)
		w.schedule(w.clock.now+int64(after), callerActs, c.index, int32(event.Cancel))
	}
	w.expectStranger(c)
}

// join puts a call into the group of those that its caller has placed with it. A crash
// makes the group anew, of those that were open.
func (w *World) join(c *call, from *node) {
	for i := c.heldBy - 1; i < c.index; i++ {
		if other := &w.calls[i]; other.local != nil && other.local.Group() != nil {
			c.local.SetGroup(other.local.Group())
			c.Group = other.Group
			return
		}
	}
	c.local.SetGroup(from.engine.NewGroup())
	c.Group = &property.Group{}
}

// expectAnswer is a callee hearing the ring and making up its mind.
func (w *World) expectAnswer(c *call) {
	about := tape.Key(c.index) | tape.Key(c.turned)<<32
	o := w.options
	answer := tape.Weighted(w.tape, []float64{o.Accept, o.Refuse, o.Ignore}, tape.Answer, about)
	if answer == ignores {
		return
	}
	b := event.Accept
	if answer == refuses {
		b = event.Refuse
	}
	after := tape.Between(w.tape, o.AnswerAfter.Min, o.AnswerAfter.Max, tape.AnswerAfter, about)
	w.schedule(w.clock.now+int64(after), calleeActs, c.index, c.press(b))
}

// answer is a callee pressing a button on one of its devices.
func (w *World) answer(c *call, press int32) {
	b := c.pressed(press)
	if w.afterReturn(w.phone(c), calleeActs, c.index, press) || c.remote == nil || !w.isShown(w.phone(c), c) {
		return
	}
	c.remote.SetResponse(c.Response)
	c.answered = c.remote
	if !w.press(c, b) {
		return
	}
	w.hasAnswered(c, b)
	w.mayChangeMind(c, b)
}

// hasAnswered notes an answer that was taken.
func (w *World) hasAnswered(c *call, b event.Button) {
	if b == event.Refuse {
		c.refused, c.refusedAt = true, w.clock.now
		w.ringEnds(c)
	} else {
		if !c.acceptedElsewhere() {
			w.Result.AcceptCalls++
		}
		c.accepted, c.acceptedAt = true, w.clock.now
		if c.pushed && w.nodes[w.phone(c)].mute {
			w.Result.Reached(property.AnsweredBeforeLogin)
		}
		w.ringEnds(c)
	}
}

// cancel is a caller thinking better of it.
func (w *World) cancel(c *call) {
	if w.afterReturn(c.caller, callerActs, c.index, int32(event.Cancel)) || c.local == nil || !w.isShown(c.caller, c) {
		return
	}
	if w.press(c, event.Cancel) {
		c.CancelReturnedOK(&w.watch, w.clock.now)
		w.mayChangeMind(c, event.Cancel)
	}
}

// opposite is the button of a user who regrets a press.
var opposite = [...]event.Button{event.Cancel: event.Send, event.Accept: event.Refuse, event.Refuse: event.Accept}

// mayChangeMind lets a user who has pressed a button try the opposite, which comes
// too late.
func (w *World) mayChangeMind(c *call, b event.Button) {
	about := c.buttonKey(b)
	if !tape.Chance(w.tape, w.options.ChangeMind, tape.ChangeMind, about) {
		return
	}
	after := tape.Between(w.tape, 0, setup.ChangeWithin, tape.ChangeAfter, about)
	w.schedule(w.clock.now+int64(after), userRegrets, c.index, c.press(b))
}

func (w *World) regret(c *call, press int32) {
	pressed := c.pressed(press)
	phone := w.phone(c)
	if pressed == event.Cancel {
		phone = c.caller
	}
	gone := pressed == event.Cancel && c.local == nil || pressed != event.Cancel && c.remote == nil
	if pressed != event.Cancel && !gone && c.remote != c.answered && c.remote.State() == states.RemoteInvitationReceived {
		return // the engine has forgotten the answer, in a crash or because its clock leapt, and rings again
	}
	if w.afterReturn(phone, userRegrets, c.index, press) || gone {
		return
	}
	b := opposite[pressed]
	w.under = event.Again
	c.PressedAgain(&w.watch, b.String(), w.pressOnce(c, b), w.clock.now)
}

// press makes an API call, sometimes twice. It reports whether the first was taken.
func (w *World) press(c *call, b event.Button) bool {
	w.under = w.nodes[w.presser(c, b)].circumstance()
	ok := w.pressOnce(c, b) == nil
	if !w.nodes[w.presser(c, b)].down && tape.Chance(w.tape, w.options.PressTwice, tape.PressTwice, c.buttonKey(b)) {
		w.under = event.Again
		c.PressedAgain(&w.watch, b.String(), w.pressOnce(c, b), w.clock.now)
	}
	return ok
}

// pressOnce makes an API call and checks that a refused one changes nothing.
func (w *World) pressOnce(c *call, b event.Button) error {
	index := w.presser(c, b)
	w.spared = true
	w.overtaken(index)
	w.spared = false
	w.current = c
	before := c.state(b)
	pressed := w.reserve()
	err := c.do(b)
	if b == event.Send && err == nil {
		w.sent(c)
		if line := w.nodes[c.caller].line; line != nil && c.ID != (engine.ID{}) {
			line.Add(c.onLine(c.caller))
		}
		if w.hooks.told != nil {
			w.hooks.told(w, c, engine.Send)
		}
	}
	if b == event.Accept && err == nil {
		c.AcceptReturnedOK(&w.watch, w.clock.now, w.nodes[index].clock.running())
	}
	w.notePress(pressed, c, index, b, err)
	if err != nil {
		if b == event.Send && errors.Is(err, errors.GroupDecided) {
			w.Result.Reached(property.SendInDecidedGroup)
		}
		outputs := 0
		for range w.nodes[index].engine.All() {
			outputs++
		}
		c.Misuse(&w.watch, b.String(), before, c.state(b), outputs, w.clock.now)
	}
	w.spared = b == event.Send && c.ID == (engine.ID{})
	w.drain(index)
	w.spared = false
	return err
}

func (w *World) presser(c *call, b event.Button) int32 {
	if b.IsCallees() {
		return w.phone(c)
	}
	return c.caller
}

// overtaken fires what is due before a user's input, so that what the input itself
// leads to can be told.
func (w *World) overtaken(index int32) {
	if n := &w.nodes[index]; n.wakeAt < n.clock.at(w.clock.now) {
		n.firedAt = n.clock.running()
		n.engine.Advance()
		w.drain(index)
	}
}

func (c *call) do(b event.Button) error {
	switch b {
	case event.Send:
		return c.local.Send()
	case event.Cancel:
		return c.local.Cancel()
	case event.Accept:
		return c.remote.Accept()
	}
	return c.remote.Refuse()
}

func (c *call) state(b event.Button) fmt.Stringer {
	if b.IsCallees() {
		return c.remote.State()
	}
	return c.local.State()
}

// sent notes the id that a call got, if it got one.
func (w *World) sent(c *call) {
	if c.ID = c.local.ID(); c.ID != (engine.ID{}) {
		sent := &w.nodes[c.caller].sent[c.ID.Epoch>>32]
		*sent = append(*sent, c)
	}
}
