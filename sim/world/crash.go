// Crashes: the process of a phone crashes and restarts from its snapshot. The age of
// the snapshot decides which properties still hold.

package world

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/setup"
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
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
	n.down, n.frozen, n.until = true, 0, until
	w.endFreezes(index)
	w.returns = max(w.returns, until)
	n.clock.stop()
	n.clock.forget()
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
	n.down = false
	n.clock.start()
	n.sent = append(n.sent, nil)
	options := w.engineOptions(index)
	var err error
	if n.saved == nil {
		options.Epoch = w.options.Mutant.Epoch(uint64(index)+1, options.Epoch)
		n.engine, err = engine.New(n.name, options)
	} else {
		n.engine, err = engine.Restore(n.name, options, n.saved, time.Duration(w.clock.now-n.savedAt))
	}
	if err != nil {
		panic(fmt.Sprintf("%s does not start again: %v", n.name, err))
	}
	w.bind(index)
	w.watchDisturbed(index)
	w.notePhone(index, event.PhoneRestarts, false)
	if !n.online {
		n.engine.LogOut()
		w.watchLogin(index, false)
	}
	w.drain(index)
	if n.online {
		w.deliverKept(index)
	}
}

// bind gives the calls of a phone the invitations of its new engine.
func (w *World) bind(index int32) {
	for i := range w.calls {
		c := &w.calls[i]
		if c.local != nil && c.caller == index {
			c.local = nil
		}
		if c.remote != nil && c.callee == index {
			c.remote = nil
		}
	}
	for l := range w.nodes[index].engine.LocalInvitations() {
		w.callOf(l.ID()).local = l
	}
	for r := range w.nodes[index].engine.RemoteInvitations() {
		if c := w.callOf(r.ID()); r.CallerID() == c.Caller {
			c.remote = r
		}
	}
	w.noteReopened(index)
}
