// Crashes: a phone's process dies and starts again, with what it had saved. What
// still holds then depends on when it saved.

package sim

import (
	"fmt"
	"slices"
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

// CanHappen reports whether a fault of that kind can, by chance or at a set time.
func (o *Options) CanHappen(kind FaultKind) bool {
	for _, p := range o.processes() {
		if p.kind == kind {
			return true
		}
	}
	for i := range o.Faults {
		if o.Faults[i].Kind == kind {
			return true
		}
	}
	return false
}

func (o *Options) saves() bool {
	return o.Snapshots == Stale && (o.CrashEvery > 0 || slices.ContainsFunc(o.Faults, func(f Fault) bool { return f.Kind == FaultCrash }))
}

// lost is a property that a fault takes away, and the fault.
var lost = []struct {
	when       func(*Options) bool
	properties []property.ID
}{
	// A copy can outlive the memory of its invitation,
	{func(o *Options) bool { return o.KeepOld }, slices.Concat(memory, quality)},
	// and so it can when the clock that counts the memory's time leaps.
	{func(o *Options) bool { return o.CanHappen(FaultJump) }, slices.Concat(memory, quality)},
	// A process that starts empty has forgotten everything it had said,
	{func(o *Options) bool { return o.CanHappen(FaultCrash) && o.Snapshots == Nothing }, slices.Concat(memory, quality, []property.ID{property.S14})},
	// and one that starts with an old snapshot contradicts it.
	{func(o *Options) bool { return o.CanHappen(FaultCrash) && o.Snapshots == Stale },
		slices.Concat(memory, quality, []property.ID{property.S1, property.S2, property.S5, property.S8, property.S14})},
}

// memory are the properties that rest on what an engine remembers.
var memory = []property.ID{property.S3, property.S4, property.S6, property.S7, property.S9, property.Pair}

// quality are the rules whose loss costs time or agreement. They are about what an
// engine remembers, too.
var quality = []property.ID{property.Q1, property.Q2, property.Q3, property.Q4, property.Q5, property.Q6, property.Q7}

// Promised tells whether a property holds in such a world, whatever else the network
// and the phones do. docs/crash-safety.md has the reasons.
func (o *Options) Promised(id property.ID) bool {
	for i := range lost {
		if slices.Contains(lost[i].properties, id) && lost[i].when(o) {
			return false
		}
	}
	return true
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
	w.endFreezes(index)
	w.returns = max(w.returns, until)
	n.clock.stop()
	n.clock.forget()
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

// endFreezes ends the freezes of a process that has died: the next process is not
// thawed by their ends.
func (w *world) endFreezes(index int32) {
	for i := range w.spells {
		if s := &w.spells[i]; s.phone == index && s.kind == FaultFreeze {
			s.on = false
		}
	}
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
	w.watchDisturbed(index)
	w.notePhone(index, PhoneRestarts, false)
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
