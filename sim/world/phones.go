// The phones: outages and the reports of them, processes that freeze, and clocks that
// are set.

package world

import (
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/policy"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// node is one user's phone.
type node struct {
	name   string // the user's, and of a device that is not the first its number
	user   string
	engine *engine.Engine
	clock  *phoneClock
	watch  *property.Phone
	wakeAt int64     // what its clock must read for the engine's next deadline; never if there is none
	calls  []int32   // that it has placed or its user has been called in
	sent   [][]*call // by restart, and by the counter of their ids, from 1

	online  bool
	mute    bool  // its engine is logged out
	offline int16 // outages that keep it offline,
	awake   int16 // and pushes that keep it online all the same
	toggles int32
	since   int64   // when it was connected, without a break; never if it is not
	kept    []int32 // packets that the network keeps for it

	down    bool    // its process has crashed,
	frozen  int16   // or stands still,
	until   int64   // until then
	inbox   []int32 // packets that came meanwhile
	saved   []byte  // the last snapshot, taken at savedAt
	savedAt int64
	dies    int32             // the episode, and one, of a crash that comes in the middle of the next input
	store   map[string][]byte // what it has saved, if it saves changes

	line *policy.Line // what its policies let through; nil if it has none

	leapt   int64 // by how much its clock was set so far, forward and back
	endedAt int64 // when its last invitation ended, in its running time
	firedAt int64 // when the last deadline of its engine was met, likewise
}

// circumstance is the circumstance of a timer or a button of the phone.
func (n *node) circumstance() event.Circumstance {
	switch {
	case !n.online:
		return event.WhileOffline
	case len(n.sent) > 1:
		return event.AfterRestart
	case n.clock.from > 0:
		return event.AfterSet
	}
	return event.Plainly
}

// leaptBy is by how much the phone's clock had been set by the start of a call; what it
// still stands still, because it was put back, falls into the call.
func (n *node) leaptBy(now int64) int64 { return n.leapt - max(0, n.clock.catchesUp-now) }

// away reports whether the phone is down or frozen, so that its user cannot act.
func (n *node) away() bool { return n.down || n.frozen > 0 }

// connect notes whether a phone is connected: it is online, and its process runs and is
// logged in.
func (n *node) connect(now int64) {
	switch {
	case !n.online || n.away() || n.mute:
		n.since = never
	case n.since == never:
		n.since = now
	}
}

// together is when both phones of a call were connected, without a break; never if
// they are not. Partitions and bad links are no break: copies may get through.
func (w *World) together(c *call) int64 {
	return max(w.nodes[c.caller].since, w.nodes[w.phone(c)].since)
}

// afterReturn puts off the action of a user on a phone that is down or frozen.
func (w *World) afterReturn(index int32, kind taskKind, a, b int32) bool {
	n := &w.nodes[index]
	if n.away() {
		w.schedule(n.until, kind, a, b)
	}
	return n.away()
}

// reach takes a phone offline or brings it back, if that has changed. The phone
// itself and the others learn of it late.
func (w *World) reach(index int32) {
	n := &w.nodes[index]
	online := n.offline == 0 || n.awake > 0
	if online == n.online {
		return
	}
	n.online = online
	n.connect(w.clock.now)
	n.toggles++
	w.notePhone(index, event.PhoneToggles, online)
	about := tape.Key(index)<<32 | tape.Key(n.toggles)
	reportWithin := setup.OnlineWithin
	if !online {
		reportWithin = setup.OfflineWithin
		after := tape.Between(w.tape, 0, setup.NoticeWithin, tape.LogoutAfter, about)
		w.schedule(w.clock.now+int64(after), phoneNotices, index, n.toggles)
	} else if w.options.LoginAfter > 0 {
		after := tape.Between(w.tape, 0, w.options.LoginAfter, tape.LoginAfter, about)
		w.schedule(w.clock.now+int64(after), phoneLogsIn, index, n.toggles)
	} else if !n.away() {
		w.logIn(index, true)
	}
	told := online != tape.Chance(w.tape, w.options.PresenceWrong, tape.PresenceWrong, about)
	after := tape.Between(w.tape, 0, reportWithin, tape.PresenceAfter, about)
	w.schedule(w.clock.now+int64(after), presenceTold, index, int32(b2i(told)))
	if online {
		w.deliverKept(index)
	}
}

func (w *World) logIn(index int32, in bool) {
	n := &w.nodes[index]
	n.mute = !in
	w.under = n.circumstance()
	if in {
		n.engine.LogIn()
	} else {
		n.engine.LogOut()
	}
	n.connect(w.clock.now)
	w.watchLogin(index, in)
	w.drain(index)
}

// watchLogin and watchDisturbed tell the watchers of a phone's calls.
func (w *World) watchLogin(index int32, in bool) {
	n := &w.nodes[index]
	own := n.clock.running()
	for _, i := range n.calls {
		c := &w.calls[i]
		c.LoggedIn(&w.watch, w.isCaller(c, index), in, w.clock.now, own)
	}
}

func (w *World) watchDisturbed(index int32) {
	for _, i := range w.nodes[index].calls {
		c := &w.calls[i]
		c.Disturbed(&w.watch, w.isCaller(c, index), w.clock.now)
	}
}

// notice is a phone finding out that it is offline, unless it has come back.
func (w *World) notice(index, toggle int32) {
	if n := &w.nodes[index]; n.toggles == toggle && !n.away() && !w.healed {
		w.notePhone(index, event.PhoneNotices, false)
		w.logIn(index, false)
	}
}

// logInLate is a phone logging in that has been online for a while, unless that has changed.
func (w *World) logInLate(index, toggle int32) {
	if n := &w.nodes[index]; n.toggles == toggle && n.mute && !n.away() {
		w.notePhone(index, event.PhoneNotices, true)
		w.logIn(index, true)
	}
}

// tellPresence reports a phone to those of all others. A user is reported offline with the
// last of the phones.
func (w *World) tellPresence(index int32, online bool) {
	user := w.user(index)
	for phone := range w.phonesOf(user) {
		if !online && phone != index && w.nodes[phone].online {
			return
		}
	}
	name := w.nodes[index].user
	w.notePhone(index, event.PresenceTold, online)
	w.sortByPeer(user)
	for i := range w.nodes {
		if w.user(int32(i)) == user || w.nodes[i].away() {
			continue
		}
		w.under = w.nodes[i].circumstance()
		if online {
			w.nodes[i].engine.PeerOnline(name)
			w.nodes[i].watch.Heard(w.nodes[index].watch)
		} else {
			w.nodes[i].engine.PeerOffline(name)
			w.nodes[i].watch.Lost(w.nodes[index].watch, w.remembered(int32(i)))
		}
		w.watchPresence(int32(i), online)
		w.drain(int32(i))
	}
}

// sortByPeer sorts a user's calls by the phones of its peers in them.
func (w *World) sortByPeer(user int32) {
	for len(w.between) < len(w.nodes) {
		w.between = append(w.between, nil)
	}
	for i := range w.between {
		w.between[i] = w.between[i][:0]
	}
	for phone := range w.phonesOf(user) {
		for _, i := range w.nodes[phone].calls {
			switch c := &w.calls[i]; {
			case c.caller == phone:
				for peer := range w.phonesOf(c.callee) {
					w.between[peer] = append(w.between[peer], i)
				}
			case phone == user: // for all of its phones
				w.between[c.caller] = append(w.between[c.caller], i)
			}
		}
	}
}

// watchPresence tells the watchers of a phone's calls with a user that it has heard of
// that one, whose calls are sorted by peer.
func (w *World) watchPresence(hearer int32, online bool) {
	own := w.nodes[hearer].clock.running()
	for _, i := range w.between[hearer] {
		c := &w.calls[i]
		c.PeerReported(&w.watch, w.isCaller(c, hearer), online, w.clock.now, own)
	}
}

// remembered reports whether a phone certainly has a record of one of its calls with the
// user whose calls are sorted by peer.
func (w *World) remembered(hearer int32) bool {
	return slices.ContainsFunc(w.between[hearer], func(i int32) bool {
		c := &w.calls[i]
		return c.Remembered(w.isCaller(c, hearer))
	})
}

// heard is a phone taking any message of another user's: what waits for that user goes
// out if the user was thought to be offline.
func (w *World) heard(hearer, speaker int32, verdict engine.Verdict) {
	n := &w.nodes[hearer]
	if verdict == engine.Reflected || verdict == engine.Invalid {
		return
	}
	other := w.nodes[speaker].watch
	since := n.watch.Since(other)
	if !n.watch.Heard(other) {
		return
	}
	own, user := n.clock.running(), w.user(speaker)
	for _, i := range n.calls {
		if c := &w.calls[i]; w.peer(c, hearer) == user {
			c.Resumes(&w.watch, w.isCaller(c, hearer), since, own)
		}
	}
}

// pushKeepsAwake is how long a phone stays online that a push has woken.
const pushKeepsAwake = 30 * time.Second

// wake brings a phone online for a while, although it would be offline.
func (w *World) wake(index int32) {
	n := &w.nodes[index]
	if n.online {
		return
	}
	w.Result.Reached(property.PushWoke)
	w.notePhone(index, event.PhoneWoken, true)
	n.awake++
	w.schedule(w.clock.now+int64(pushKeepsAwake), phoneSleeps, index, 0)
	w.reach(index)
}

// freeze lets a process stand still. It reports whether there is one.
func (w *World) freeze(index int32, until int64) bool {
	n := &w.nodes[index]
	if n.down {
		return false
	}
	if n.frozen == 0 {
		n.until = 0
		n.clock.stop()
		w.wakes.set(index, never)
		w.notePhone(index, event.PhoneFreezes, false)
	}
	n.frozen++
	n.connect(w.clock.now)
	n.until = max(n.until, until)
	w.returns = max(w.returns, n.until)
	return true
}

// thaw lets it go on: it reads the waiting copies, and then its timers fire, late.
func (w *World) thaw(index int32) {
	n := &w.nodes[index]
	if n.frozen == 0 {
		return // it has crashed meanwhile
	}
	if n.frozen--; n.frozen > 0 {
		return
	}
	n.connect(w.clock.now)
	n.clock.start()
	n.watch.Woke()
	w.watchDisturbed(index)
	w.notePhone(index, event.PhoneThaws, true)
	w.thawing, w.thawed = true, w.cause // whatever is taken in before the timers' turn, they come first
	if late := n.wakeAt <= n.clock.at(w.clock.now); late {
		w.Result.Reached(property.FrozenPastADeadline)
		n.firedAt = n.clock.running()
	}
	if !n.online {
		w.logIn(index, false)
	}
	inbox := n.inbox
	n.inbox = nil
	for _, p := range inbox {
		w.deliver(p)
	}
	if n.online {
		w.logIn(index, true)
	}
	w.cause = w.thawed
	n.engine.Advance()
	w.drain(index)
	w.thawing = false
	n.inbox = append(n.inbox, inbox[:0]...)
}

// jump sets a phone's clock.
func (w *World) jump(index int32, by int64) {
	n := &w.nodes[index]
	n.clock.set(by)
	n.leapt += max(by, -by)
	if by < 0 {
		n.watch.StandsStill(n.clock.running())
	}
	w.watchDisturbed(index)
	w.setBack = max(w.setBack, n.clock.catchesUp-w.clock.now)
	w.noteFor(event.NoCall, event.Entry{Kind: event.ClockJumps, Node: n.name, Takes: time.Duration(by)})
	if by > 0 && n.wakeAt <= n.clock.at(w.clock.now) {
		w.Result.Reached(property.ClockJumpedOverADeadline)
	}
	w.drain(index)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
