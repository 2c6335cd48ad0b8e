// A world: some phones with an engine each, a network between them, users who
// call, and virtual time. It is single-threaded and depends on its tape alone.

package world

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/fault"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// never is later than anything that happens.
const never = int64(1) << 62

// World is one numbered world. It is used again for the next one.
type World struct {
	options *setup.Options
	groups  []*setup.Options  // those options, and then those of each group of phones
	of      []uint8           // by phone: its place in groups; nil if there are no more
	bounds  []property.Bounds // by group
	tape    tape.Tape
	number  int
	clock   clock
	queue   queue
	wakes   wakes
	pending int // events in the queue that keep the world going: not those of faults that come and go
	steps   int // taken so far

	nodes      []node
	calls      []call
	between    [][]int32 // by phone: calls that it has with one user, while that is reported
	watched    []*property.Phone
	arrivals   queue       // calls that do not wait for another and are not scheduled yet
	inTurn     int         // how many calls wait one for the other
	lastPlaced int64       // when the last call is placed that does not
	texts      [][2]string // content and response of each call: never the same twice in a world
	accepted   []int64     // how long each accept took: the result has them at the end of the world
	current    *call       // whose button was pressed last: what comes of that may bear no id
	stranger   *call       // to which a third party's message is being received
	packets    []packet
	free       []int32 // of packets
	maxDelay   int64   // the transport discards what is older

	random   []randomFault
	has      [fault.NumKinds]bool
	stores   bool // some phones keep a store up to date
	episodes []episode
	healed   bool
	spared   bool  // no phone crashes midway now
	late     bool  // it did not come to its end in time, and was stopped
	setBack  int64 // the longest time that a clock stood still because it was put back
	returns  int64 // when the last phone was to return that was down or frozen: its user waits until then

	chain     netem.Chain
	crossing  netem.Copy                   // the one that is in the chain now; here, so that it need not be made anew
	inOrder   []bool                       // by piece: copies must come to it in the order of time
	switches  [fault.NumKinds]netem.Switch // pieces that an episode turns on for its phone
	partition *netem.Partition
	clog      *netem.Clog

	way       int64 // the longest time that a copy is under way in a healed world; negative if it has no bound
	watch     property.Watch
	promised  [property.NumIDs]bool  // by property: what the options promise
	leap      [property.NumIDs]int64 // by property: by how much clocks may leap during a call
	first     int                    // the number of the first call
	Result    *result.Result
	Observe   func(event.Entry) // nil in bulk runs
	stop      func() bool       // whether to go no further; nil for never
	hooks     hooks
	lines     bool // some phones have policies
	AsBytes   bool // every message is encoded and decoded on its way
	frame     []byte
	ctx       context.Context   // of the world that is played now
	cut       error             // why the world was stopped half-way, if it was
	entries   int               // of the timeline so far
	cause     int               // the entry of the input that is being handled; 0 for a timer
	inputAt   int               // how many entries there were before it
	elsewhere map[[2]int32]*int // by call and phone: the last step at a phone that the call does not concern
	Cover     *event.Cover      // nil if it is not counted
	under     event.Circumstance
	thawing   bool // a process goes on after a freeze: its timers are late,
	thawed    int  // and this entry is why
}

// newWorld makes an empty world; play fills it.
func New(options *setup.Options) *World {
	w := &World{options: options, Result: result.New(), maxDelay: int64(options.Times().MaxDelay)}
	if options.KeepOld {
		w.maxDelay = never
	}
	var err error
	if w.groups, w.of, err = options.Populations(); err != nil {
		panic(err) // options are validated before
	}
	for group, o := range w.groups {
		switch longest, ok := o.Latency.Most(); {
		case !ok || int64(longest) > w.maxDelay:
			w.way = -1
		case w.way >= 0:
			w.way = max(w.way, int64(longest))
		}
		bounds := property.BoundsOf(o.Engine)
		if o.Drift > 0 || options.CanHappen(fault.Jump) {
			bounds.Slack = rounding
		}
		w.bounds = append(w.bounds, bounds)
		for _, e := range o.Episodes() {
			if group == 0 || !e.Kind.Row().Whole {
				w.random = append(w.random, randomFault{e, uint8(group)})
			}
		}
	}
	w.watch = property.Watch{Bounds: w.bounds[0], Report: w.violated}
	for id := range w.promised {
		w.leap[id] = int64(options.Leap(property.ID(id)))
		w.promised[id] = options.Promised(property.ID(id))
	}
	for _, e := range w.random {
		w.has[e.Kind] = true
	}
	for i := range options.Faults {
		w.has[options.Faults[i].Kind] = true
	}
	w.stores = w.has[fault.Crash] && options.Snapshots == setup.Fresh
	return w
}

// group is the group of a phone, 0 for none.
func (w *World) group(phone int32) uint8 {
	if w.of == nil {
		return 0
	}
	return w.of[phone]
}

// own are the options of a phone.
func (w *World) own(phone int32) *setup.Options { return w.groups[w.group(phone)] }

// rounding is the largest error of times when clocks run at different speeds.
const rounding = time.Microsecond

// Play runs one numbered world to its end. It adds to w.Result. A panic in it is
// returned as an error that says where it happened. When ctx ends before the world, that
// is the error, and when the world takes too many steps, ErrTooLong; nothing of such a
// world is in the result.
func (w *World) Play(ctx context.Context, number int, source tape.Tape) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("world %d of seed %d, %v after its start: panic: %v\n%s",
				number, w.options.Seed, time.Duration(w.clock.now), broken, debug.Stack())
		}
	}()
	before := w.kept()
	first := number * w.options.World
	w.ctx, w.cut, w.number, w.first, w.tape = ctx, nil, number, first, source
	w.accepted = w.accepted[:0]
	w.clock.now, w.pending, w.steps, w.entries, w.cause = 0, 0, 0, 0, 0
	w.healed, w.late, w.thawing, w.setBack, w.returns = false, false, false, 0, 0
	w.lines = w.hasLines()
	w.elsewhere = nil
	w.queue.reset()
	w.wakes.reset(w.options.Phones())
	w.packets, w.free, w.episodes = w.packets[:0], w.free[:0], w.episodes[:0]
	if err := w.makeNodes(); err != nil {
		return err
	}
	w.makeChain()
	w.makeCalls(first, w.options.CallsOf(number))
	w.inTurn = w.longestTurn()
	w.startFaults()
	if w.options.Heal > 0 {
		w.schedule(int64(w.options.Heal), worldHeals, 0, 0)
	}
	for w.step() {
	}
	if w.cut != nil {
		w.restore(before)
		return fmt.Errorf("world %d: %w", number, w.cut)
	}
	w.close()
	return nil
}

// counts are the counts of a result without the world that is played.
type counts struct {
	result result.Result
	cover  *event.Cover
}

func (w *World) kept() counts {
	c := counts{result: *w.Result}
	if w.Cover != nil {
		cover := *w.Cover
		c.cover = &cover
	}
	return c
}

// restore takes out the counts that the world has added, its distributions apart: they
// are filled at its end.
func (w *World) restore(c counts) {
	*w.Result = c.result
	if w.Cover != nil {
		*w.Cover = *c.cover
	}
}

// step lets the next event happen. At one moment, what arrives comes before the
// engines' own deadlines. It is over when nothing is left but faults that come and
// go, or when something is left that ought to be over.
func (w *World) step() bool {
	wake, next := w.wakes.first(), w.queue.next()
	if w.steps%stepsUnasked == 0 {
		if w.cut = w.halfWay(); w.cut != nil {
			return false
		}
	}
	if w.stop != nil && w.stop() {
		return false
	}
	if w.pending == 0 && wake.at == never || w.healed && w.overdue(min(wake.at, next)) {
		return false
	}
	w.steps++
	w.cause, w.inputAt = 0, w.entries
	if wake.at < next {
		w.clock.now = wake.at
		n := &w.nodes[wake.node]
		n.firedAt = n.clock.running()
		n.engine.Advance()
		w.drain(wake.node)
		return true
	}
	e := w.queue.pop()
	w.clock.now = e.at
	if e.kind < idle {
		w.pending--
	}
	w.happen(&e)
	return true
}

// stepsUnasked is how many steps are taken before the next look at the context and
// at their bound: even with thousands of phones they are over in a moment.
const stepsUnasked = 64

// stepsPerCall is how many steps a world may take for each of its calls.
const stepsPerCall = 100_000

// ErrTooLong is the error of a world that takes more steps than the simulator plays.
// It says nothing about the protocol: short pauses, long times, many phones and many
// faults take many steps.
var ErrTooLong = errors.New("too many steps for the simulator")

// halfWay is why the world ends now, though it is not over.
func (w *World) halfWay() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if most := stepsPerCall * (len(w.calls) + 10); w.steps > most {
		return fmt.Errorf("%w: it has taken more than %d, and is not over at %v of its time; longer pauses between copies, fewer phones or rarer faults take fewer",
			ErrTooLong, most, time.Duration(w.clock.now))
	}
	return nil
}

// overdue reports a healed world that goes on although it should have come to its end.
func (w *World) overdue(next int64) bool {
	if next <= w.restAt() {
		return false
	}
	w.clock.now = next
	w.late = true
	w.worldViolated(property.Live, fmt.Sprintf("the world is not at rest %v after it was healed", time.Duration(next-int64(w.options.Heal))))
	return true
}

// restAt is when everything must be over in a healed world: every time of the
// protocol once, by the slowest clock, after the last call that a user may place
// late. A device may learn of what another one has done a whole MaxDelay later, and
// remembers it from then on.
func (w *World) restAt() int64 {
	if w.options.KeepOld {
		return never // a copy may come at any time
	}
	var all time.Duration
	slowest := 1.0
	for _, o := range w.groups {
		t := o.Times()
		all = max(all, t.NoResponse+max(t.Expiry, t.ExpiryCap)+t.Grace+t.Accept+t.Linger+t.Tombstone+t.MaxDelay*time.Duration(min(w.options.Devices, 2)))
		slowest = min(slowest, 1-o.Drift)
	}
	last := max(w.options.Heal, time.Duration(w.returns), w.options.Span(len(w.calls)), time.Duration(w.lastPlaced)) + w.options.AnswerAfter.Max + w.options.CancelAfter.Max
	each, from := int64(float64(all)/slowest), int64(last)+w.setBack
	if each > (never-from)/int64(1+w.inTurn) {
		return never
	}
	return from + each*int64(1+w.inTurn)
}

// longestTurn is how many calls can be placed one after the other, each when the one
// before has ended.
func (w *World) longestTurn() int {
	longest, run := 0, 0
	for i := range w.calls {
		run++
		if !w.calls[i].redials {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

func (w *World) makeNodes() error {
	if w.nodes == nil {
		w.nodes = make([]node, w.options.Phones())
		for i := range w.nodes {
			w.nodes[i].sent = make([][]*call, 1)
			w.nodes[i].clock = &phoneClock{}
		}
	}
	for i := range w.nodes {
		n := &w.nodes[i]
		user := int(w.user(int32(i)))
		*n = node{name: w.options.PhoneName(i), user: setup.UserName(user), sent: append(n.sent[:0], n.sent[0][:0]), calls: n.calls[:0], online: true,
			clock: n.clock, watch: property.NewPhone(user, n.clock.reading), kept: n.kept[:0], inbox: n.inbox[:0], wakeAt: never}
		*n.clock = phoneClock{world: &w.clock}
		if ppm := time.Duration(w.own(int32(i)).Drift * 1e6); ppm > 0 {
			n.clock.ppm = int64(tape.Either(w.tape, ppm, tape.Drift, tape.Key(i)))
		}
		var err error
		if n.engine, err = engine.New(n.user, w.engineOptions(int32(i))); err != nil {
			return fmt.Errorf("world %d: %w", w.number, err)
		}
		w.startLine(int32(i))
	}
	return nil
}

// engineOptions are those of a phone's engine at its next start.
func (w *World) engineOptions(index int32) engine.Options {
	n := &w.nodes[index]
	own := w.own(index)
	options := own.EngineOptions(n.clock, int(index), len(n.sent)-1)
	if lacks := w.options.Mutant; lacks != mutant.None {
		options.Rules = seam.Of(lacks, own.Times().Linger, own.Times().Tombstone)
	}
	if w.Cover != nil || w.Observe != nil {
		options.Observe = func(s engine.Step) { w.stepped(index, &s) }
	}
	return options
}

func (w *World) schedule(at int64, kind taskKind, a, b int32) {
	if kind < idle {
		w.pending++
	}
	w.queue.push(at, kind, a, b)
}

func (w *World) happen(e *task) {
	switch e.kind {
	case callArrives:
		w.expectCall()
		w.place(e.a)
	case callPlaced:
		w.place(e.a)
	case copyMoves:
		w.move(e.a)
	case keptExpires:
		w.dropKept(e.a, uint32(e.b))
	case calleeActs:
		w.answer(&w.calls[e.a], e.b)
	case callerActs:
		w.cancel(&w.calls[e.a])
	case userRegrets:
		w.regret(&w.calls[e.a], e.b)
	case userHangsUp:
		w.hangUp(&w.calls[e.a], e.b)
	case strangerSends:
		w.forge(&w.calls[e.a])
	case phoneReturns, episodeEnds:
		w.endEpisode(e.a)
	case worldHeals:
		w.heal()
	case slotBegins:
		w.beginSlot(e.a, e.b)
	case episodeBegins:
		w.beginEpisode(e.a)
	case phoneNotices:
		w.notice(e.a, e.b)
	case phoneLogsIn:
		w.logInLate(e.a, e.b)
	case presenceTold:
		w.tellPresence(e.a, e.b == 1)
	case pushArrives:
		w.bring(e.a, uint32(e.b))
	case phoneWakes:
		w.wake(e.a)
	case phoneSleeps:
		w.nodes[e.a].awake--
		w.reach(e.a)
	}
}

// drain acts as the host of an engine after every input.
func (w *World) drain(index int32) {
	n := &w.nodes[index]
	if n.dies > 0 && w.dies(index) {
		return
	}
	for out := n.engine.Next(); out != nil; out = n.engine.Next() {
		if out.Kind == engine.Send {
			w.send(index, out)
		} else {
			w.raise(index, out)
		}
	}
	if w.savesChanges(index) {
		w.saveChanges(index)
	}
	n.wakeAt = never
	at := never
	if deadline, ok := n.engine.NextDeadline(); ok {
		n.wakeAt = deadline.UnixNano()
		if !n.away() {
			at = max(w.clock.now, n.clock.when(n.wakeAt))
		}
	}
	w.wakes.set(index, at)
}

// callOf finds the call that an id belongs to.
func (w *World) callOf(id engine.ID) *call {
	if id == (engine.ID{}) {
		return w.current
	}
	return w.nodes[uint32(id.Epoch)-1].sent[id.Epoch>>32][id.Counter-1]
}

// raise hands an event to the watcher, the statistics and the users.
func (w *World) raise(index int32, out *engine.Output) {
	now, own := w.clock.now, w.nodes[index].clock.running()
	kind := out.Kind // a policy may press a button, after which out is another one
	if kind.Terminal() {
		w.nodes[index].endedAt = own
	}
	if out.Local != nil {
		c := w.callOf(out.Local.ID())
		if c.local == nil && out.Restores > 0 {
			c.local = out.Local // ended, and not told before the crash
		}
		if c.local != out.Local || index != c.caller {
			w.violated(c.violation(property.S11, now, out.Kind.String()+" raised for another invitation or by another user"))
		}
		w.noteEvent(c, index, out)
		w.isRefusalMissed(c, out)
		c.CallerEvent(&w.watch, out, now, own)
		if w.lines {
			w.show(index, c, kind)
		}
		if kind.Terminal() {
			for phone := range w.phonesOf(c.callee) {
				c.Turn(w.device(phone))
				c.together = w.together(c)
			}
			w.noteAnswer(c)
			w.redial(c)
		}
		return
	}
	if out.Missed != nil {
		w.raiseMissed(index, out)
		return
	}
	c := w.callOf(out.Remote.ID())
	c.Turn(w.device(index))
	w.noteEvent(c, index, out)
	if w.fromStranger(c, out) {
		return
	}
	c.CalleeEvent(&w.watch, out, now, own)
	if kind.Terminal() && !c.accepted && !c.refused {
		w.ringEnds(c)
	}
	switch kind {
	case engine.RemoteInvitationReceived:
		if c.remote = out.Remote; !w.lines {
			w.expectAnswer(c)
		}
	case engine.RemoteInvitationCanceled:
		if r := out.Remote.Reason(); r == engine.ReasonAcceptedElsewhere || r == engine.ReasonRefusedElsewhere {
			w.Result.Reached(property.AnsweredElsewhere)
		}
	case engine.RemoteInvitationAccepted:
		w.accepted = append(w.accepted, now-c.acceptedAt)
		w.Result.Slowest.Take(result.Slowest{Call: c.Number, Took: time.Duration(now - c.acceptedAt)})
	}
	if w.lines {
		w.show(index, c, kind)
	}
}

// raiseMissed hands on that a call will not ring. What came too late ends with that.
func (w *World) raiseMissed(index int32, out *engine.Output) {
	n, own := &w.nodes[index], w.nodes[index].clock.running()
	if out.Missed.Reason == engine.ReasonStale {
		n.endedAt = own
	}
	c := w.callOf(out.Missed.ID)
	c.Turn(w.device(index))
	w.noteEvent(c, index, out)
	if out.Missed.Withdrawn {
		w.Result.Reached(property.MissedWithdrawn)
	}
	if c.forged && out.Missed.CallerID != c.Caller {
		return
	}
	c.Missed(&w.watch, out.Missed, w.clock.now, own)
}

// ringEnds measures a dead ring: how long the callee's phone has rung for a call that
// had ended at its caller, or was answered elsewhere, while both were connected.
func (w *World) ringEnds(c *call) {
	if c.CallerEnd == property.CallerOpen || c.CallerEnd == property.CallerAccepted && c.Answered() {
		return
	}
	since := max(c.CallerEndAt, c.RangAt, w.together(c))
	c.dead = w.clock.now - since
	if refresh := w.slow(w.phone(c), w.own(w.phone(c)).Times().Refresh); refresh > 0 && w.mayTalk(since, refresh+2*w.way) {
		w.violated(c.violation(property.Q10, w.clock.now, fmt.Sprintf("it rang %v on for a caller that is %v", time.Duration(c.dead), c.CallerEnd)))
	}
}

// isRefusalMissed looks at a caller that gives up or expires after its callee has refused.
func (w *World) isRefusalMissed(c *call, out *engine.Output) {
	if out.Kind != engine.LocalInvitationFailure {
		return
	}
	for phone := range w.phonesOf(c.callee) {
		if c.Turn(w.device(phone)); c.refused && c.CalleeEnd == property.CalleeRefused {
			w.wasRefused(c)
		}
	}
}

func (w *World) wasRefused(c *call) {
	own := w.own(w.phone(c))
	since := max(c.refusedAt, w.together(c), int64(w.options.Heal))
	takes := w.slow(w.phone(c), own.Times().RetransmitCap) + w.way
	repeats := int64(float64(max(own.Times().Linger, own.Times().Expiry+own.Times().Grace)) * (1 - own.Drift))
	if !own.Engine.NoRetransmit && since+takes+spacing < c.refusedAt+repeats && w.mayTalk(since, takes) {
		w.violated(c.violation(property.Q11, w.clock.now, fmt.Sprintf("refused %v ago, and the caller is told something else", time.Duration(w.clock.now-c.refusedAt))))
	}
}

// spacing is how much later than its turn a copy may go, so that it keeps its distance.
const spacing = int64(500*time.Millisecond + rounding)

// mayTalk reports whether the world has been healed, and more than a time has passed since
// then and since a moment.
func (w *World) mayTalk(since, takes int64) bool {
	return w.healed && w.way >= 0 && w.clock.now > max(since, int64(w.options.Heal))+takes+spacing
}

// slow is a time by a phone's clock, if that is as slow as its drift allows.
func (w *World) slow(phone int32, d time.Duration) int64 {
	return int64(float64(d) / (1 - w.own(phone).Drift))
}
