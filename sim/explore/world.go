// A world of a search: what can happen in it, and how a state is kept.

package explore

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
)

// quantum is the step of time in a search with time, and the unit of all its times.
const quantum = 500 * time.Millisecond

// foreverAway is how far the end of a tombstone is away in a search without an end of
// memory, at the least.
const foreverAway = 100 * time.Hour

// Any is any number of crashes.
const Any = -1

// World is what can happen in a search.
type World struct {
	Calls    int  // in all
	BothWays bool // every second one is placed by bob
	Devices  int  // of bob; 2 have numbers, and 1 has none
	Group    bool // the two calls are in a group, and ring two users

	// The network. Without Counted it is the set of all messages that were ever sent:
	// each may arrive at any time, any number of times, or never. With Counted it holds
	// copies, of which at most so many are lost and at most so many are delivered twice.
	Counted         bool
	MaxLoss, MaxDup int
	MaxCrash        int // crashes, of both phones together; any number if it is negative
	Snapshots       setup.Snapshots
	Logouts         bool // phones log out and in
	MaxLogouts      int  // in all; any number if it is 0
	Reports         bool // transports say that the other is online or offline, true or not
	Strangers       int  // messages of a third party that are remembered
	Timed           bool
	Skew            int // with time: by how many quanta the clocks may differ
	Mutant          mutant.ID
	MaxStates       int
	CountFromSend   bool
	FailAtOnce      bool
	Times           engine.Times // zero: short ones
}

// shortTimes are as short as the engine takes them: two copies of each message, and a
// second between the timers.
func (w *World) shortTimes() engine.Times {
	const q = quantum
	t := engine.Times{
		NoResponse: 2 * q, Expiry: 3 * q, ExpiryCap: 3 * q, Grace: q, Accept: 2 * q, Refresh: 2 * q,
		RetransmitFirst: q, RetransmitCap: q, AcceptFirst: q, AcceptCap: q,
		Linger: 2 * q, MaxDelay: 2 * q, Tombstone: 1000 * time.Hour,
	}
	switch {
	case w.Timed:
		t.Tombstone = 11 * q
	case w.Devices > 1:
		const least = 10 * time.Millisecond
		t.NoResponse, t.Expiry, t.ExpiryCap, t.Refresh, t.Grace = q, q, q, q-least, 0
		t.RetransmitFirst, t.AcceptFirst, t.Accept, t.Linger = least, least, q+least, q
	}
	return t
}

// alphabet lists what can happen to a phone that places so many calls of its own and is
// called so often, other than that a message arrives.
func (w *World) alphabet(placed, called, peers int) (all []input) {
	add := func(op operation, n int) {
		for i := range n {
			all = append(all, input{op: op, arg: uint32(i)})
		}
	}
	add(opSend, min(placed, 1))
	add(opCancel, placed)
	add(opAccept, called)
	add(opRefuse, called)
	if w.Logouts {
		add(opLogOut, 1)
		add(opLogIn, 1)
	}
	if w.Reports {
		add(opOnline, peers)
		add(opOffline, peers)
	}
	if w.Timed {
		add(opFire, 1)
		add(opTick, 1)
	} else {
		add(opTimer, 1)
	}
	if w.crashes() && w.Snapshots == setup.Fresh {
		for _, in := range all {
			if in.op != opTick {
				in.dies = true
				all = append(all, in)
			}
		}
		add(opRestart, 1)
		add(opRestartBlind, 1)
	}
	if w.crashes() && w.Snapshots == setup.Nothing {
		add(opRestartEmpty, 1)
	}
	add(opSendAgain, placed)
	if w.Strangers > 0 {
		add(opForge, len(forgeries))
	}
	return all
}

func (w *World) crashes() bool { return w.MaxCrash != 0 }

// forgeries are the messages of a third party under a call's id: to its callee as if
// from the caller, and to its caller as if from the callee.
var forgeries = func() (all []engine.Message) {
	for kind := engine.Invite; kind <= engine.Closed; kind++ {
		m := engine.Message{Kind: kind}
		switch kind {
		case engine.Invite:
			m.Content, m.Wait, m.Expiry = forged, time.Second, time.Second
			all = append(all, m)
		case engine.Cancel:
			for m.Reason = engine.ReasonUser; m.Reason <= engine.ReasonRejected; m.Reason++ {
				all = append(all, m)
			}
		case engine.Ack:
			for _, m.For = range []engine.Kind{engine.Refuse, engine.Cancel} {
				all = append(all, m)
			}
		case engine.Closed:
			for _, m.For = range []engine.Kind{engine.Invite, engine.Received, engine.Accept} {
				for m.Word = engine.WordCanceled; m.Word <= engine.WordOverloaded; m.Word++ {
					all = append(all, m)
				}
			}
		case engine.Accept, engine.Refuse:
			m.Response = forged
			all = append(all, m)
		default:
			all = append(all, m)
		}
	}
	return all
}()

// forgery has the id of the first call in its direction.
func forgery(i int) engine.Message {
	m := forgeries[i]
	m.ID = engine.ID{Epoch: 1, Counter: 1}
	if forCallee(&m) {
		m.ID = mirrorID(m.ID)
	}
	return m
}

// promises reports whether the protocol promises a property in such a world. That no
// phone rings on it promises where no process forgets.
func (w *World) promises(id property.ID) bool {
	switch id {
	case Breakdown, Confirmed:
		return true
	case Told:
		return !w.crashes()
	case Ring, Cut:
		return !w.crashes() || w.Snapshots == setup.Fresh
	}
	return w.options().Promised(id)
}

func (w *World) options() *setup.Options {
	o := setup.Default()
	o.Engine.Times = w.times()
	o.Snapshots = w.Snapshots
	if w.crashes() {
		o.Every[fault.Crash] = time.Minute
	}
	return &o
}

func (w *World) engineOptions() engine.Options {
	return engine.Options{Times: w.times(), CountFromSend: w.CountFromSend, FailAtOnce: w.FailAtOnce, NoRetransmit: w.oneCopy(),
		MaxPerPeer: engine.DefaultMaxPerPeer, MaxTotal: engine.DefaultMaxTotal}
}

// oneCopy reports whether INVITE, CANCEL and REFUSE go once. The network of a search
// repeats every message anyway, and for one call between two phones both are searched.
func (w *World) oneCopy() bool { return (w.Calls > 1 || w.Devices > 1) && !w.Timed && !w.Counted }

func newUniverse(room int) *universe { return &universe{index: map[parcel]uint32{}, room: room} }

// phones is how many there are.
func (w *World) phones() int {
	if w.Devices > 1 || w.Group {
		return 3
	}
	return 2
}

func (w *World) times() engine.Times {
	if w.Times != (engine.Times{}) {
		return w.Times
	}
	return w.shortTimes()
}
