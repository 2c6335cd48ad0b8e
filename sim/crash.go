// Crashes: a phone's process dies and starts again, with what it had saved. What
// still holds then depends on when it saved.

package sim

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
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

// crashes reports whether phones crash in such a world.
func (o *Options) crashes() bool {
	if o.CrashEvery > 0 {
		return true
	}
	for _, f := range o.Faults {
		if f.Kind == FaultCrash {
			return true
		}
	}
	return false
}

func (o *Options) saves() bool { return o.crashes() && o.Snapshots == Stale }

// Promised tells whether a property holds in such a world, whatever the network does.
// docs/crash-safety.md has the reasons for what crashes take away; copies that are
// older than the protocol assumes take S3, S4, S6 and S7.
func (o *Options) Promised(id property.ID) bool {
	if o.KeepOld {
		switch id {
		case property.S3, property.S4, property.S6, property.S7, property.Pair:
			return false
		}
	}
	if !o.crashes() || o.Snapshots == Fresh {
		return true
	}
	switch id {
	case property.S10, property.S11, property.S12, property.S13, property.Live:
		return true
	case property.S1, property.S2, property.S5, property.S8:
		return o.Snapshots == Nothing
	}
	return false
}

// save is a phone that saves now and then.
func (w *world) save(index int32) {
	if n := &w.nodes[index]; !n.away() {
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
}

// crash kills a phone's process until then. By chance it does only what matters: a
// process with nothing to lose is spared. It reports whether it is down now.
func (w *world) crash(index int32, until int64, surely bool) bool {
	n := &w.nodes[index]
	if s := n.engine.Stats(); n.down || !surely && s.LocalRecords+s.RemoteRecords == 0 {
		return false
	}
	if w.options.Snapshots == Fresh {
		n.saved, n.savedAt = n.engine.Snapshot(), w.clock.now
	}
	n.down, n.frozen, n.until = true, 0, until
	n.clock.stop()
	w.wakes.set(index, never)
	for _, p := range n.inbox {
		w.lose(p, Down)
	}
	n.inbox = n.inbox[:0]
	w.notePhone(index, PhoneCrashes, false)
	w.noteCrashed(index)
	w.result.Crashes++
	return true
}

// restart starts the process again. The app finds its invitations by their ids.
func (w *world) restart(index int32) {
	n := &w.nodes[index]
	n.down = false
	n.clock.start()
	n.sent = append(n.sent, nil)
	options := w.engineOptions(index)
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
	if n.online {
		w.deliverKept(index)
	}
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
		if c := w.callOf(r.ID()); r.CallerID() == c.Caller {
			c.remote = r
		}
	}
	w.noteReopened(index)
}
