// Crashes: a phone's process dies and starts again, with what it had saved. What
// still holds then depends on when it saved.

package sim

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// Snapshots is what a phone starts again with after a crash.
type Snapshots uint8

// The three ways to save.
const (
	Fresh   Snapshots = iota // after every input, durable before anything is sent
	Stale                    // now and then: what was sent since is forgotten
	Nothing                  // never: it starts empty
)

var snapshotNames = [...]string{"fresh", "stale", "none"}

func (s Snapshots) String() string { return snapshotNames[s] }

// SnapshotsNamed is the inverse of String.
func SnapshotsNamed(name string) (Snapshots, error) {
	for i, n := range snapshotNames {
		if n == name {
			return Snapshots(i), nil
		}
	}
	return 0, fmt.Errorf("fresh, stale or none")
}

// saveEvery is the mean time between two snapshots of a phone that saves now and then.
const saveEvery = 10 * time.Second

// Promised tells whether a property holds in such a world, whatever the network does.
// docs/crash-safety.md has the reasons. S14 counts the time that a phone is down.
func (o *Options) Promised(id property.ID) bool {
	switch {
	case o.CrashEvery == 0:
		return true
	case o.Snapshots == Fresh:
		return id != property.S14
	case o.Snapshots == Nothing:
		return id == property.S1 || id == property.S2 || id == property.S5 || id == property.S8 ||
			id == property.S10 || id == property.S11 || id == property.S12 || id == property.S13
	}
	return id == property.S10 || id == property.S11 || id == property.S12 || id == property.S13
}

// startCrashes schedules a phone's first crash and first snapshot.
func (w *world) startCrashes(index int32) {
	if w.options.CrashEvery == 0 {
		return
	}
	w.scheduleCrash(index)
	if w.options.Snapshots == Stale {
		w.scheduleSave(index)
	}
}

func (w *world) scheduleCrash(index int32) {
	n := &w.nodes[index]
	n.crashes++
	after := tape.Exponential(w.tape, w.options.CrashEvery, tape.CrashAfter, tape.Key(index)<<32|tape.Key(n.crashes))
	w.schedule(w.clock.now+int64(after), phoneCrashes, index, 0)
}

func (w *world) scheduleSave(index int32) {
	n := &w.nodes[index]
	n.saves++
	after := tape.Exponential(w.tape, saveEvery, tape.SaveAfter, tape.Key(index)<<32|tape.Key(n.saves))
	w.schedule(w.clock.now+int64(after), phoneSaves, index, 0)
}

// save is a phone that saves now and then.
func (w *world) save(index int32) {
	n := &w.nodes[index]
	if !n.down {
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
	w.scheduleSave(index)
}

// crash kills a phone's process, unless it has nothing to lose.
func (w *world) crash(index int32) {
	n := &w.nodes[index]
	if s := n.engine.Stats(); s.LocalRecords+s.RemoteRecords == 0 {
		w.scheduleCrash(index)
		return
	}
	if w.options.Snapshots == Fresh {
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
	n.down = true
	w.wakes.set(index, never)
	w.notePhone(index, PhoneCrashes, false)
	w.result.Crashes++
	downFor := tape.Exponential(w.tape, w.options.CrashFor, tape.DownFor, tape.Key(index)<<32|tape.Key(n.crashes))
	n.upAt = w.clock.now + int64(downFor)
	w.schedule(n.upAt, phoneRestarts, index, 0)
}

// restart starts the process again. The app finds its invitations by their ids.
func (w *world) restart(index int32) {
	n := &w.nodes[index]
	n.down = false
	n.sent = append(n.sent, nil)
	options := w.options.engineOptions(&w.clock, int(index), len(n.sent)-1)
	var err error
	if n.saved == nil {
		n.engine, err = engine.New(n.name, options)
	} else {
		n.engine, err = engine.Restore(n.name, options, n.saved, time.Duration(w.clock.now-n.savedAt))
	}
	if err != nil {
		panic(fmt.Sprintf("%s does not start again: %v", n.name, err))
	}
	w.bind(index)
	w.notePhone(index, PhoneRestarts, false)
	if !n.online {
		n.engine.LogOut()
	}
	w.drain(index)
	w.scheduleCrash(index)
}

// bind gives the calls of a phone the invitations of its new engine.
func (w *world) bind(index int32) {
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
		w.callOf(r.ID()).remote = r
	}
}

// afterRestart puts off what a user would do with a phone that is down.
func (w *world) afterRestart(index int32, kind eventKind, a, b int32) bool {
	n := &w.nodes[index]
	if n.down {
		w.schedule(n.upAt, kind, a, b)
	}
	return n.down
}
