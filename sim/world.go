// A world: some phones with an engine each, a network between them, users who
// call, and virtual time. It is single-threaded and depends on its tape alone.

package sim

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// never is later than anything that happens.
const never = int64(1) << 62

// clock is the virtual clock that all engines of a world read.
type clock struct{ now int64 }

func (c *clock) Now() time.Time { return time.Unix(0, c.now) }

// world is one numbered world. It is used again for the next one.
type world struct {
	options *Options
	tape    tape.Tape
	number  int
	clock   clock
	queue   queue
	wakes   wakes
	pending int // events in the queue that keep the world going: not those of phones going off- and online

	nodes   []node
	calls   []call
	texts   [][2]string // content and response of each call: never the same twice in a world
	current *call       // whose Send is running: its events may bear no id yet
	packets []packet
	free    []int32 // of packets

	watch   property.Watch
	endedAt int64 // when the last invitation ended, on either side
	firedAt int64 // when the last deadline of an engine was met
	result  *Result
	observe func(call int32, e Entry) // nil in bulk runs
}

// node is one user's phone.
type node struct {
	name           string
	engine         *engine.Engine
	sent           [][]*call // by restart, and by the counter of their ids, from 1
	online         bool
	toggles        int32
	down           bool // its process has crashed, and starts again at upAt
	upAt           int64
	crashes, saves int32
	saved          []byte // the last snapshot, taken at savedAt
	savedAt        int64
	uplink         crossing
	downlink       crossing
}

// call is one call of a world: what its users do, and the watcher.
type call struct {
	property.Call
	index          int32
	caller, callee int32
	local          *engine.LocalInvitation
	remote         *engine.RemoteInvitation
	accepted       bool // the callee's app did, at acceptedAt
	acceptedAt     int64
	refused        bool                      // the callee's app did
	copies         [engine.Closed + 1]uint16 // sent so far, by kind
}

// newWorld makes an empty world; play fills it.
func newWorld(options *Options) *world {
	w := &world{options: options, result: newResult()}
	w.watch = property.Watch{Bounds: property.BoundsOf(options.Engine), Report: w.violated}
	return w
}

// play runs one numbered world to its end. It adds to w.result. A panic in it is
// returned as an error that says where it happened.
func (w *world) play(number int, source tape.Tape) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("world %d of seed %d, %v after its start: panic: %v\n%s",
				number, w.options.Seed, time.Duration(w.clock.now), broken, debug.Stack())
		}
	}()
	first := number * CallsPerWorld
	w.number, w.tape = number, source
	w.clock.now, w.pending, w.endedAt, w.firedAt = 0, 0, 0, 0
	w.queue.reset()
	w.wakes.reset(w.options.Users)
	w.packets, w.free = w.packets[:0], w.free[:0]
	w.makeCalls(first, min(CallsPerWorld, w.options.Calls-first))
	if err := w.makeNodes(); err != nil {
		return err
	}
	w.schedule(w.pause(0), callArrives, 0, 0)
	for w.step() {
	}
	w.close()
	return nil
}

// step lets the next thing happen. At one moment, what arrives comes before the
// engines' own deadlines. It is over when nothing is left but phones that go off-
// and online.
func (w *world) step() bool {
	node, wake := w.wakes.first()
	if w.pending == 0 && wake == never {
		return false
	}
	if wake < w.queue.next() {
		w.clock.now, w.firedAt = wake, wake
		w.nodes[node].engine.Advance()
		w.drain(node)
		return true
	}
	e, _ := w.queue.pop()
	w.clock.now = e.at
	if e.kind < phoneToggles {
		w.pending--
	}
	w.happen(&e)
	return true
}

func (w *world) makeCalls(first, count int) {
	for i := len(w.texts); i < count; i++ {
		w.texts = append(w.texts, [2]string{"call " + strconv.Itoa(i), "answer " + strconv.Itoa(i)})
	}
	if cap(w.calls) < count {
		w.calls = make([]call, count)
	}
	w.calls = w.calls[:count]
	for i := range w.calls {
		c := &w.calls[i]
		*c = call{index: int32(i)}
		c.Number, c.Content, c.Response = first+i, w.texts[i][0], w.texts[i][1]
	}
}

func (w *world) makeNodes() error {
	if w.nodes == nil {
		w.nodes = make([]node, w.options.Users)
		for i := range w.nodes {
			w.nodes[i].sent = make([][]*call, 1)
		}
	}
	for i := range w.nodes {
		n, about := &w.nodes[i], tape.Key(i)
		*n = node{name: "user" + strconv.Itoa(i), sent: append(n.sent[:0], n.sent[0][:0]), online: true}
		var err error
		if n.engine, err = engine.New(n.name, w.options.engineOptions(&w.clock, i, 0)); err != nil {
			return fmt.Errorf("world %d: %w", w.number, err)
		}
		n.uplink = newCrossing(w.tape, w.options.Uplink, about<<1)
		n.downlink = newCrossing(w.tape, w.options.Downlink, about<<1|1)
		w.startPresence(int32(i))
		w.startCrashes(int32(i))
	}
	return nil
}

func (w *world) schedule(at int64, kind eventKind, a, b int32) {
	if kind < phoneToggles {
		w.pending++
	}
	w.queue.push(at, kind, a, b)
}

func (w *world) happen(e *event) {
	switch e.kind {
	case callArrives:
		w.place(e.a)
	case copyMoves:
		w.move(e.a)
	case calleeActs:
		w.answer(&w.calls[e.a], e.b)
	case callerActs:
		w.cancel(&w.calls[e.a])
	case phoneRestarts:
		w.restart(e.a)
	case phoneCrashes:
		w.crash(e.a)
	case phoneSaves:
		w.save(e.a)
	case phoneToggles:
		w.toggle(e.a)
	case phoneNotices:
		w.notice(e.a, e.b)
	case presenceTold:
		w.tellPresence(e.a, e.b == 1)
	}
}

// drain does what the host of an engine does after every input.
func (w *world) drain(index int32) {
	n := &w.nodes[index]
	for out, ok := n.engine.Poll(); ok; out, ok = n.engine.Poll() {
		if out.Kind == engine.Send {
			w.send(index, &out)
		} else {
			w.raise(index, &out)
		}
	}
	at := never
	if deadline, ok := n.engine.NextDeadline(); ok {
		at = deadline.UnixNano()
	}
	w.wakes.set(index, at)
}

// callOf finds the call that an id belongs to.
func (w *world) callOf(id engine.ID) *call {
	if id == (engine.ID{}) {
		return w.current
	}
	return w.nodes[uint32(id.Epoch)-1].sent[id.Epoch>>32][id.Counter-1]
}

// raise hands an event to the watcher, the statistics and the users.
func (w *world) raise(index int32, out *engine.Output) {
	now := w.clock.now
	if out.Kind.Terminal() {
		w.endedAt = now
	}
	if out.Local != nil {
		c := w.callOf(out.Local.ID())
		if c.local != out.Local || index != c.caller {
			w.violated(c.violation(property.S11, now, out.Kind.String()+" raised for another invitation or by another user"))
		}
		w.noteEvent(c, index, out)
		c.CallerEvent(&w.watch, out, now, now)
		return
	}
	c := w.callOf(out.Remote.ID())
	w.noteEvent(c, index, out)
	c.CalleeEvent(&w.watch, out, now, now)
	switch out.Kind {
	case engine.RemoteInvitationReceived:
		c.remote = out.Remote
		w.expectAnswer(c)
	case engine.RemoteInvitationAccepted:
		w.result.Accepted.record(now - c.acceptedAt)
	}
}

// close checks what can only be checked at the end, and counts the calls.
func (w *world) close() {
	now := w.clock.now
	for i := range w.calls {
		c := &w.calls[i]
		c.End(&w.watch, now)
		w.result.Pairs[c.CallerEnd][c.CalleeEnd]++
		if c.CalleeEnd == property.CalleeAccepted && !c.accepted || c.CalleeEnd == property.CalleeRefused && !c.refused {
			w.violated(c.violation(property.S13, c.CalleeEndAt, "the callee ended "+c.CalleeEnd.String()+", and its user has not said so"))
		}
		if c.CallerEnd == property.CallerCanceled && c.Rang && c.CalleeEndAt > c.CallerEndAt {
			w.result.RingAfterCancel.record(c.CalleeEndAt - max(c.CallerEndAt, c.RangAt))
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		if s := n.engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			w.worldViolated(property.S14, fmt.Sprintf("%s still remembers %d sent and %d received invitations of %d peers", n.name, s.LocalRecords, s.RemoteRecords, s.Peers))
		}
	}
	if late := time.Duration(w.firedAt-w.endedAt) - w.times().Tombstone; late > 0 {
		w.worldViolated(property.S14, fmt.Sprintf("the last record was forgotten %v too late", late))
	}
	w.result.Calls += len(w.calls)
	w.result.Worlds++
}

// worldViolated reports what cannot be laid at the door of one call; the first of
// the world stands for it.
func (w *world) worldViolated(id property.ID, detail string) {
	w.violated(property.Violation{Property: id, Call: w.calls[0].Number, At: time.Duration(w.clock.now), Detail: detail})
}

func (c *call) violation(id property.ID, at int64, detail string) property.Violation {
	return property.Violation{Property: id, Call: c.Number, Invitation: c.ID, Caller: c.Caller, Callee: c.Callee, At: time.Duration(at), Detail: detail}
}

func (w *world) violated(v property.Violation) {
	if w.options.Promised(v.Property) {
		w.result.violated(w.number, v)
	} else {
		w.result.NotPromised[v.Property]++
	}
}
