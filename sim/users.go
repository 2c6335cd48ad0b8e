// The users: who calls whom and when, what a callee does, whether the caller
// thinks better of it, and when phones are out of reach.

package sim

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/tape"
)

// pressTwice is the probability that a user presses a button a second time, which
// the engine must refuse without any effect.
const pressTwice = 1.0 / 16

// What a callee does.
const (
	accepts = iota
	refuses
	ignores
)

// pause is the time from one call to the next.
func (w *world) pause(next int32) int64 {
	mean := time.Duration(float64(time.Second) / w.options.Arrivals)
	return int64(tape.Exponential(w.tape, mean, tape.Arrival, tape.Key(next)))
}

// place is a user calling another.
func (w *world) place(index int32) {
	c := &w.calls[index]
	about := tape.Key(c.index)
	users := len(w.nodes)
	c.caller = int32(tape.Index(w.tape, users, tape.Caller, about))
	c.callee = (c.caller + 1 + int32(tape.Index(w.tape, users-1, tape.Callee, about))) % int32(users)
	if w.afterRestart(c.caller, callArrives, index, 0) {
		return
	}
	from := &w.nodes[c.caller]
	c.Caller, c.Callee = from.name, w.nodes[c.callee].name
	c.SentAt, c.SentOwn = w.clock.now, w.clock.now

	c.local = from.engine.CreateLocalInvitation(c.Callee)
	c.local.SetContent(c.Content)
	w.current = c
	w.press(c, sendButton)
	if w.options.Cancel > 0 && tape.Chance(w.tape, w.options.Cancel, tape.Cancel, about) {
		after := tape.Between(w.tape, w.options.CancelAfter.Min, w.options.CancelAfter.Max, tape.CancelAfter, about)
		w.schedule(w.clock.now+int64(after), callerActs, c.index, 0)
	}
	if next := c.index + 1; int(next) < len(w.calls) {
		w.schedule(w.clock.now+w.pause(next), callArrives, next, 0)
	}
}

// expectAnswer is a callee hearing the ring and making up its mind.
func (w *world) expectAnswer(c *call) {
	about := tape.Key(c.index)
	o := w.options
	answer := tape.Weighted(w.tape, []float64{o.Accept, o.Refuse, o.Ignore}, tape.Answer, about)
	if answer == ignores {
		return
	}
	after := tape.Between(w.tape, o.AnswerAfter.Min, o.AnswerAfter.Max, tape.AnswerAfter, about)
	w.schedule(w.clock.now+int64(after), calleeActs, c.index, int32(answer))
}

// answer is a callee pressing a button.
func (w *world) answer(c *call, answer int32) {
	if w.afterRestart(c.callee, calleeActs, c.index, answer) || c.remote == nil {
		return
	}
	c.remote.SetResponse(c.Response)
	if answer == refuses {
		c.refused = w.press(c, refuseButton) || c.refused // it may have rung twice
	} else if w.press(c, acceptButton) {
		c.accepted, c.acceptedAt = true, w.clock.now
		w.result.AcceptCalls++
	}
}

// cancel is a caller thinking better of it.
func (w *world) cancel(c *call) {
	if w.afterRestart(c.caller, callerActs, c.index, 0) || c.local == nil {
		return
	}
	if w.press(c, cancelButton) {
		c.CancelReturnedOK(&w.watch, w.clock.now)
	}
}

// button is an API call as a user sees it.
type button uint8

const (
	sendButton button = iota
	cancelButton
	acceptButton
	refuseButton
)

var buttonNames = [...]string{"send", "cancel", "accept", "refuse"}

func (b button) String() string { return buttonNames[b] }

// press makes an API call, sometimes twice. It reports whether the first was taken.
func (w *world) press(c *call, b button) bool {
	ok := w.pressOnce(c, b) == nil
	if tape.Chance(w.tape, pressTwice, tape.PressTwice, tape.Key(c.index)<<8|tape.Key(b)) {
		c.PressedAgain(&w.watch, b.String(), w.pressOnce(c, b), w.clock.now)
	}
	return ok
}

// pressOnce makes an API call and checks that a refused one changes nothing.
func (w *world) pressOnce(c *call, b button) error {
	index := c.caller
	if b == acceptButton || b == refuseButton {
		index = c.callee
	}
	before := c.state(b)
	err := c.do(b)
	if b == sendButton && err == nil {
		w.sent(c)
	}
	w.notePress(c, index, b, err)
	if err != nil {
		outputs := 0
		for range w.nodes[index].engine.All() {
			outputs++
		}
		c.Misuse(&w.watch, b.String(), before, c.state(b), outputs, w.clock.now)
	}
	w.drain(index)
	return err
}

func (c *call) do(b button) error {
	switch b {
	case sendButton:
		return c.local.Send()
	case cancelButton:
		return c.local.Cancel()
	case acceptButton:
		return c.remote.Accept()
	}
	return c.remote.Refuse()
}

func (c *call) state(b button) fmt.Stringer {
	if b == acceptButton || b == refuseButton {
		return c.remote.State()
	}
	return c.local.State()
}

// sent notes the id that a call got, if it got one.
func (w *world) sent(c *call) {
	if c.ID = c.local.ID(); c.ID != (engine.ID{}) {
		sent := &w.nodes[c.caller].sent[c.ID.Epoch>>32]
		*sent = append(*sent, c)
	}
}

// startPresence draws whether a phone is offline at the start.
func (w *world) startPresence(index int32) {
	if w.options.Offline == 0 {
		return
	}
	n, about := &w.nodes[index], tape.Key(index)<<32
	if tape.Chance(w.tape, w.options.Offline, tape.StartOffline, about) {
		n.online = false
		n.engine.LogOut()
		w.notePhone(index, PhoneToggles, false)
	}
	w.schedule(w.nextToggle(index), phoneToggles, index, 0)
}

// nextToggle is when a phone goes offline, or comes back.
func (w *world) nextToggle(index int32) int64 {
	n, about := &w.nodes[index], tape.Key(index)<<32|tape.Key(w.nodes[index].toggles)
	mean := w.options.OfflineFor
	if !n.online {
		return w.clock.now + int64(tape.Exponential(w.tape, mean, tape.OfflineFor, about))
	}
	share := w.options.Offline
	mean = time.Duration(float64(mean) * (1 - share) / share)
	return w.clock.now + int64(tape.Exponential(w.tape, mean, tape.OnlineFor, about))
}

// How late a phone and the others learn of a change, at most, and how often a
// report says the opposite of the truth. The vendor's server takes 6 s to find a
// user unreachable; a client takes 4 s to find itself disconnected.
const (
	noticeWithin  = 4 * time.Second
	offlineWithin = 6 * time.Second
	onlineWithin  = time.Second
	presenceWrong = 0.02
)

// toggle takes a phone offline or brings it back. The phone itself and the others
// learn of it late.
func (w *world) toggle(index int32) {
	n := &w.nodes[index]
	n.online = !n.online
	n.toggles++
	about := tape.Key(index)<<32 | tape.Key(n.toggles)
	reportWithin := onlineWithin
	switch {
	case n.down: // it learns when it starts again
	case n.online:
		n.engine.LogIn()
		w.drain(index)
	default:
		reportWithin = offlineWithin
		after := tape.Between(w.tape, 0, noticeWithin, tape.LogoutAfter, about)
		w.schedule(w.clock.now+int64(after), phoneNotices, index, n.toggles)
	}
	w.notePhone(index, PhoneToggles, n.online)
	told := n.online != tape.Chance(w.tape, presenceWrong, tape.PresenceWrong, about)
	after := tape.Between(w.tape, 0, reportWithin, tape.PresenceAfter, about)
	w.schedule(w.clock.now+int64(after), presenceTold, index, int32(b2i(told)))
	w.schedule(w.nextToggle(index), phoneToggles, index, 0)
}

// notice is a phone finding out that it is offline, unless it has come back.
func (w *world) notice(index, toggle int32) {
	if n := &w.nodes[index]; n.toggles == toggle && !n.down {
		n.engine.LogOut()
		w.notePhone(index, PhoneNotices, false)
		w.drain(index)
	}
}

// tellPresence reports a phone to all others.
func (w *world) tellPresence(index int32, online bool) {
	name := w.nodes[index].name
	w.notePhone(index, PresenceTold, online)
	for i := range w.nodes {
		if int32(i) == index || w.nodes[i].down {
			continue
		}
		if online {
			w.nodes[i].engine.PeerOnline(name)
		} else {
			w.nodes[i].engine.PeerOffline(name)
		}
		w.drain(int32(i))
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
