// Crashes: the process of a phone crashes and restarts from its snapshot. The age of
// the snapshot decides which properties still hold.

package world

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// save is a phone that saves now and then.
func (w *World) save(index int32) {
	if n := &w.nodes[index]; !n.away() {
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
}

// crash kills a phone's process until then. By chance it does only what matters: a
// process with nothing to lose is spared. It reports whether it is down now.
func (w *World) crash(index int32, until int64, surely bool) bool {
	n := &w.nodes[index]
	if s := n.engine.Stats(); n.down || !surely && s.LocalRecords+s.RemoteRecords == 0 {
		return false
	}
	if w.options.Snapshots == setup.Fresh {
		n.saved, n.savedAt = w.snapshot(index), w.clock.now
	}
	n.down, n.frozen, n.until = true, 0, until
	n.connect(w.clock.now)
	w.endFreezes(index)
	w.returns = max(w.returns, until)
	n.clock.stop()
	n.clock.forget()
	n.firedAt, n.endedAt = min(n.firedAt, n.clock.running()), min(n.endedAt, n.clock.running())
	w.wakes.set(index, never)
	for _, p := range n.inbox {
		w.lose(p, event.Down)
	}
	n.inbox = n.inbox[:0]
	w.notePhone(index, event.PhoneCrashes, false)
	w.noteCrashed(index)
	w.Result.Crashes++
	return true
}

// savesChanges reports whether a phone keeps a store up to date, which every other one
// does where it may crash.
func (w *World) savesChanges(index int32) bool {
	return w.stores && index%2 == 1
}

// snapshot is all that a phone has saved, up to now.
func (w *World) snapshot(index int32) []byte {
	n := &w.nodes[index]
	if !w.savesChanges(index) {
		return n.engine.Snapshot()
	}
	w.saveChanges(index)
	entries := make([]engine.Entry, 0, len(n.store))
	for _, key := range slices.Sorted(maps.Keys(n.store)) {
		entries = append(entries, engine.Entry{Key: []byte(key), Value: n.store[key]})
	}
	return engine.Join(entries)
}

func (w *World) saveChanges(index int32) {
	n := &w.nodes[index]
	if n.store == nil {
		n.store = map[string][]byte{}
	}
	for _, each := range n.engine.Changes() {
		if each.Value == nil {
			delete(n.store, string(each.Key))
		} else {
			n.store[string(each.Key)] = slices.Clone(each.Value)
		}
	}
}

// diesMidway reports whether a crash comes between a save and the outputs that were
// saved: after the next input that has any.
func (w *World) diesMidway(e *episode) bool {
	if e.set != nil || w.options.Snapshots != setup.Fresh {
		return e.set != nil && e.set.Midway && w.options.Snapshots == setup.Fresh
	}
	return tape.Index(w.tape, 2, tape.CrashMidway, e.about) == 1
}

// dies crashes a phone that is to die and has saved its outputs, before it hands them out.
// It reports whether it did.
func (w *World) dies(index int32) bool {
	n := &w.nodes[index]
	number := n.dies - 1
	if n.away() || w.healed || w.thawing || w.stranger != nil || w.spared {
		return false
	}
	if w.episodes[number].until <= w.clock.now {
		n.dies = 0
		return false
	}
	saved := w.snapshot(index)
	if _, any := n.engine.Poll(); !any {
		return false
	}
	for range n.engine.All() { // the rest dies with it
	}
	n.dies = 0
	w.crash(index, w.episodes[number].until, true)
	n.saved = saved // the outputs included
	for _, i := range n.calls {
		w.calls[i].Died(w.isCaller(&w.calls[i], index))
	}
	w.turnOn(number)
	return true
}

// endFreezes ends the freezes of a process that has died: the next process is not
// thawed by their ends.
func (w *World) endFreezes(index int32) {
	for i := range w.episodes {
		if e := &w.episodes[i]; e.phone == index && e.kind == fault.Freeze {
			e.on = false
		}
	}
}

// restart starts the process again. The app finds its invitations by their ids.
func (w *World) restart(index int32) {
	n := &w.nodes[index]
	n.down, n.mute, n.store = false, false, nil
	n.connect(w.clock.now)
	n.clock.start()
	n.sent = append(n.sent, nil)
	w.notePhone(index, event.PhoneRestarts, false)
	options := w.engineOptions(index)
	var err error
	if n.saved == nil {
		options.Epoch = w.options.Mutant.Epoch(uint64(index)+1, options.Epoch)
		n.engine, err = engine.New(n.user, options)
	} else {
		n.engine, err = engine.Restore(n.user, options, n.saved, time.Duration(w.clock.now-n.savedAt))
	}
	if err != nil {
		panic(fmt.Sprintf("%s does not start again: %v", n.name, err))
	}
	w.bind(index)
	w.startLine(index)
	away := w.clock.now - n.savedAt
	n.watch.Started(n.clock.scale(away) - away)
	w.watchDisturbed(index)
	w.watchRestarted(index)
	if !n.online {
		n.mute = true
		n.engine.LogOut()
		w.watchLogin(index, false)
	}
	w.drain(index)
	if n.online {
		w.deliverKept(index)
	}
}

// watchRestarted tells the watchers of a phone's calls.
func (w *World) watchRestarted(index int32) {
	n := &w.nodes[index]
	for _, i := range n.calls {
		c := &w.calls[i]
		c.Restarted(&w.watch, w.isCaller(c, index), n.online, n.clock.running())
	}
}

// bind gives the calls of a phone the invitations of its new engine.
func (w *World) bind(index int32) {
	for i := range w.calls {
		switch c := &w.calls[i]; {
		case c.caller == index:
			c.local = nil
		case c.callee == w.user(index):
			c.Turn(w.device(index))
			c.remote = nil
		}
	}
	for l := range w.nodes[index].engine.LocalInvitations() {
		w.callOf(l.ID()).local = l
	}
	for r := range w.nodes[index].engine.RemoteInvitations() {
		if c := w.callOf(r.ID()); r.CallerID() == c.Caller {
			c.Turn(w.device(index))
			c.remote = r
		}
	}
	w.noteReopened(index)
}
