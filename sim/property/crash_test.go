// Crashes: an engine dies at any moment and is restored from its snapshot.
//
// First, a snapshot is exact: swapping every engine for its copy after every step
// changes nothing. Then a world in which hosts make each snapshot durable before
// they hand anything out, die between any two outputs, stay down for any time and
// know or do not know how long: there all properties hold.

package property_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// swap puts another engine in a party's place. The app's objects are new ones, as
// far as the engine still has them; what has ended stays what it was.
func (w *twoParty) swap(i int, e *engine.Engine) {
	w.parties[i].engine = e
	for l := range e.LocalInvitations() {
		w.find(l.ID()).local = l
	}
	for r := range e.RemoteInvitations() {
		if r.CallerID() != "mallory" {
			w.find(r.ID()).remote = r
		}
	}
}

// TestSnapshotsAreExact plays each script a second time with every engine swapped
// for its copy after every step. No output differs in anything.
func TestSnapshotsAreExact(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				late := rapid.Bool().Draw(t, "late owners")
				script := ops.Draw(t, "script")
				want := play(t, v.options, late, script)
				w := newTwoParty(t, v.options, late)
				for _, o := range script {
					w.do(o)
					for i := range w.parties {
						options := v.options
						options.Clock, options.Epoch = w, uint64(i)+1
						before := w.parties[i].engine.Snapshot()
						e, err := engine.Load(w.parties[i].name, options, before)
						if err != nil {
							t.Fatalf("%v", err)
						}
						if again := e.Snapshot(); !bytes.Equal(again, before) {
							t.Fatalf("the copy's snapshot is another:\n%x\n%x", before, again)
						}
						w.swap(i, e)
					}
				}
				w.finish()
				compareStories(t, want, w.story)
			})
		})
	}
}

// TestKilledAtEveryStep is C77: killed after every step and restored at once, a world
// ends as it would have without. A restored engine sends more copies, so the network
// takes and delivers each at once, and only what the apps are told is compared. Nothing is
// overdue when an engine is killed, because the copies could change its order. Crashes in
// a bad network are for the tests below.
func TestKilledAtEveryStep(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				late := rapid.Bool().Draw(t, "late owners")
				script := ofUsers(ops.Draw(t, "script"))
				plain := newTwoParty(t, v.options, late)
				killed := newTwoParty(t, v.options, late)
				plain.delivers, killed.delivers = true, true
				epoch := uint64(100)
				for _, o := range script {
					for _, w := range []*twoParty{plain, killed} {
						w.do(o)
						w.advanceAll()
						w.flow()
					}
					for i := range killed.parties {
						epoch++
						options := v.options
						options.Clock, options.Epoch = killed, epoch
						e, err := engine.Restore(killed.parties[i].name, options, killed.parties[i].engine.Snapshot(), 0)
						if err != nil {
							t.Fatalf("%v", err)
						}
						killed.swap(i, e)
						for _, c := range killed.calls {
							c.Restarted(&killed.watch, c.caller == i, false, int64(killed.now))
						}
						killed.drain(i)
						killed.flow()
					}
				}
				plain.finish()
				killed.finish()
				compareStories(t, plain.byCall(), killed.byCall())
			})
		})
	}
}

// ofUsers are the steps of users, and of time.
func ofUsers(script []op) (kept []op) {
	for _, o := range script {
		switch o.Kind {
		case opSend, opCancel, opAccept, opRefuse, opPass:
			kept = append(kept, o)
		}
	}
	return kept
}

var anID = regexp.MustCompile(`\b[0-9a-f]+-[0-9]+\b`)

// byCall is what the apps did and were told, with the numbers of the calls in the place
// of ids.
func (w *twoParty) byCall() (told []string) {
	numbers := map[string]string{}
	for _, c := range w.calls {
		numbers[c.ID.String()] = fmt.Sprint("#", c.Number)
	}
	for _, line := range w.story {
		if !strings.Contains(line, " sends to ") && !strings.Contains(line, " gets ") {
			told = append(told, anID.ReplaceAllStringFunc(line, func(id string) string { return numbers[id] }))
		}
	}
	return told
}

func compareStories(t *rapid.T, want, got []string) {
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Fatalf("from line %d on:\n%s\n\n%s", i, strings.Join(want[i:], "\n"), strings.Join(got[min(i, len(got)):], "\n"))
		}
	}
}

// crashEnd is a host with an engine in it, and what it has on disk.
type crashEnd struct {
	name   string
	epoch  uint64
	engine *engine.Engine // nil while down
	disk   durable
	store  map[string][]byte // what disk is made of, in a world with stores
	dies   int               // when, in the next input
	mute   bool              // it is logged out
	lost   bool              // it may take the other to be offline
}

// durable is a snapshot, its time, and the outputs it holds, as described. What
// stands there has happened: the app will be told, sooner or later.
type durable struct {
	snapshot []byte
	at       time.Duration
	queue    []queued
}

// queued is an output on disk. Restored too late, an INVITE or ACCEPT is dropped.
type queued struct {
	what    string
	kind    engine.Kind // of a message
	staleAt time.Duration
}

// When an end dies: never, before the snapshot is durable, or after that and after
// so many outputs were handed out.
const (
	lives         = -2
	beforeDurable = -1
)

// crashCall is one invitation. Its objects are nil while the app has none.
type crashCall struct {
	property.Call
	caller int
	local  *engine.LocalInvitation
	remote *engine.RemoteInvitation
	told   map[string]bool // events

	acceptedAt time.Duration      // that of the callee's app
	lastCaller property.CallerEnd // as shown last, where ends are not final
	lastCallee property.CalleeEnd
}

// crashWorld is two such ends and what is under way between them.
type crashWorld struct {
	t          fatal
	options    engine.Options
	now        time.Duration
	epoch      uint64
	ends       [2]crashEnd
	wire       []copyInFlight
	calls      []*crashCall
	watch      property.Watch
	violations []property.Violation
	story      []string

	// persists tells after an input whether its snapshot becomes durable before
	// the outputs leave. forgetful is a world in which it may not.
	persists  func(i int) bool
	forgetful bool
	stores    bool // hosts keep entries and not snapshots
	login     bool // the input is a login or logout
	silent    bool // tells no story
}

func (w *crashWorld) Now() time.Time { return time.Unix(0, int64(w.now)) }

func newCrashWorld(t fatal, options engine.Options) *crashWorld {
	return newCrashWorldOf(t, options, false)
}

// newStoreWorld has hosts that save when the engine says so, and what has changed.
// They save at a login, too, because the watcher wants to know what a restarted end
// takes its own to be; a real host has a new transport by then, and says so.
func newStoreWorld(t fatal, options engine.Options) *crashWorld {
	w := newCrashWorldOf(t, options, true)
	w.persists = func(i int) bool { return w.login || w.ends[i].engine.Unsaved() }
	return w
}

func newCrashWorldOf(t fatal, options engine.Options, stores bool) *crashWorld {
	w := &crashWorld{t: t, options: options, persists: func(int) bool { return true }, stores: stores}
	w.watch.Bounds = property.BoundsOf(options)
	w.watch.Bounds.Caller, w.watch.Bounds.Callee = 1e6*time.Hour, 1e6*time.Hour // the time down counts
	w.watch.Report = func(v property.Violation) {
		if !w.forgetful || v.Property <= property.Pair { // who forgets says and answers nothing
			w.violations = append(w.violations, v)
		}
	}
	for i, name := range []string{"alice", "bob"} {
		w.ends[i] = crashEnd{name: name, dies: lives, store: map[string][]byte{}}
		w.ends[i].engine = w.empty(i)
		w.persist(i, nil)
	}
	return w
}

// empty is an engine that remembers nothing.
func (w *crashWorld) empty(i int) *engine.Engine {
	e, err := engine.New(w.ends[i].name, w.newOptions(i))
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return e
}

func (w *crashWorld) newOptions(i int) engine.Options {
	w.epoch++
	w.ends[i].epoch = w.epoch
	o := w.options
	o.Clock, o.Epoch = w, w.epoch
	return o
}

func (w *crashWorld) tell(format string, args ...any) {
	if w.silent {
		return
	}
	w.story = append(w.story, fmt.Sprintf("%v ", w.now)+fmt.Sprintf(format, args...))
}

// input does what a host does after an input: the snapshot, then the outputs. It
// tells whether the input will be remembered.
func (w *crashWorld) input(i int) bool {
	e := &w.ends[i]
	dies := e.dies
	e.dies = lives
	if dies == beforeDurable {
		w.kill(i)
		return false
	}
	persists := w.persists(i)
	if persists {
		w.persist(i, nil)
	}
	w.handOut(i, dies, !persists)
	return true
}

// persist makes a snapshot durable. What its queue holds beyond what was known of
// it before has happened now, and the watcher is told.
func (w *crashWorld) persist(i int, known []queued) {
	e := &w.ends[i]
	e.disk = durable{w.snapshot(i), w.now, nil}
	options := w.options
	options.Clock, options.Epoch = w, e.epoch
	reader, err := engine.Load(e.name, options, e.disk.snapshot)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for out := range reader.All() {
		n, what := len(e.disk.queue), described(&out)
		e.disk.queue = append(e.disk.queue, queued{what, out.Message.Kind, w.staleAt(reader, &out.Message)})
		for n < len(known) && what != known[n].what && known[n].kind == engine.Accept && w.now > known[n].staleAt {
			known = slices.Delete(slices.Clone(known), n, n+1)
		}
		switch {
		case n >= len(known):
			w.happens(i, &out)
		case what != known[n].what:
			w.t.Fatalf("%s hands out %s after a crash, and %s before", e.name, what, known[n].what)
		}
	}
	for n := len(e.disk.queue); n < len(known); n++ {
		if known[n].kind != engine.Accept || w.now <= known[n].staleAt {
			w.t.Fatalf("%s does not hand out %s after a crash", e.name, known[n].what)
		}
	}
}

// staleAt is when a message in the queue of an engine comes to nothing. An INVITE whose
// peer rings says for how long as of now, and no restore keeps it.
func (w *crashWorld) staleAt(e *engine.Engine, m *engine.Message) time.Duration {
	for l := range e.LocalInvitations() {
		if m.Kind == engine.Invite && l.ID() == m.ID && l.State() == states.LocalReceivedByRemote {
			return w.now
		}
	}
	for _, c := range w.calls {
		if m.Kind == engine.Accept && c.ID == m.ID {
			return c.acceptedAt + w.watch.Bounds.Accept - 500*time.Millisecond
		}
	}
	return w.now + m.Wait - m.Age
}

// snapshot is what becomes durable of an end.
func (w *crashWorld) snapshot(i int) []byte {
	e := &w.ends[i]
	if !w.stores {
		return e.engine.Snapshot()
	}
	for _, each := range e.engine.Changes() {
		if each.Value == nil {
			delete(e.store, string(each.Key))
		} else {
			e.store[string(each.Key)] = each.Value
		}
	}
	var entries []engine.Entry
	for key, value := range e.store {
		entries = append(entries, engine.Entry{Key: []byte(key), Value: value})
	}
	return engine.Join(entries)
}

// handOut drains the queue, up to the moment of dying.
func (w *crashWorld) handOut(i, dies int, news bool) {
	e := &w.ends[i]
	for n := 0; n != dies; n++ {
		out, ok := e.engine.Poll()
		if !ok {
			return
		}
		if news {
			w.happens(i, &out)
		}
		if out.Kind == engine.Send {
			w.wire = append(w.wire, copyInFlight{1 - i, out.Message, w.now})
			continue
		}
		switch c := w.about(i, &out); {
		case out.Local != nil:
			c.local = out.Local
		case out.Remote != nil:
			c.remote = out.Remote
		}
	}
	w.kill(i)
}

// happens is told what is new.
func (w *crashWorld) happens(i int, out *engine.Output) {
	if !w.silent {
		w.tell("%s: %s", w.ends[i].name, described(out))
	}
	if out.Kind != engine.Send {
		w.raise(i, out)
		return
	}
	for _, c := range w.calls {
		if c.ID == out.Message.ID {
			c.CopySent(&w.watch, c.caller == i, out, int64(w.now), int64(w.now))
		}
	}
}

// forEach tells all calls something about an end, unless it dies before it has
// happened for good.
func (w *crashWorld) forEach(i int, tell func(c *crashCall, byCaller bool)) {
	if e := &w.ends[i]; e.dies >= 0 && !w.persists(i) && !w.forgetful {
		e.dies = beforeDurable // to die of it later is the same
	}
	if w.ends[i].dies == beforeDurable {
		return
	}
	for _, c := range w.calls {
		tell(c, c.caller == i)
	}
}

// described is an output without its age, which the time down adds to.
func described(out *engine.Output) string {
	switch {
	case out.Kind == engine.Send:
		m := out.Message
		m.Age = 0
		return fmt.Sprintf("to %s %+v", out.To, m)
	case out.Missed != nil:
		return fmt.Sprintf("%v %+v", out.Kind, *out.Missed)
	case out.Local != nil:
		return fmt.Sprintf("%v %v %v %v %v %q", out.Kind, out.LocalError, out.Local.ID(), out.Local.CalleeID(), out.Local.State(), out.Local.Content())
	}
	return fmt.Sprintf("%v %v %v %v %v %q", out.Kind, out.RemoteError, out.Remote.ID(), out.Remote.CallerID(), out.Remote.State(), out.Remote.Content())
}

// about finds an event's call.
func (w *crashWorld) about(i int, out *engine.Output) *crashCall {
	for _, c := range w.calls {
		if out.Local != nil && c.caller == i && c.Content == out.Local.Content() || out.Remote != nil && c.ID == out.Remote.ID() ||
			out.Missed != nil && c.ID == out.Missed.ID {
			return c
		}
	}
	w.t.Fatalf("%s: an event about nothing: %s", w.ends[i].name, described(out))
	return nil
}

// raise tells the watcher. Where a host may have forgotten, the very event that
// was told before may come again; a second ring is told, because it rings.
func (w *crashWorld) raise(i int, out *engine.Output) {
	c := w.about(i, out)
	c.shows(out)
	what := fmt.Sprint(i, out.Kind, out.LocalError, out.RemoteError)
	if w.forgetful && c.told[what] && out.Kind != engine.RemoteInvitationReceived {
		return
	}
	c.told[what] = true
	switch {
	case out.Local != nil:
		c.CallerEvent(&w.watch, out, int64(w.now), int64(w.now))
	case out.Remote != nil:
		c.CalleeEvent(&w.watch, out, int64(w.now), int64(w.now))
	default:
		c.Missed(&w.watch, out.Missed, int64(w.now), int64(w.now))
	}
}

// shows keeps the end that an app was shown last.
func (c *crashCall) shows(out *engine.Output) {
	switch out.Kind {
	case engine.LocalInvitationAccepted:
		c.lastCaller = property.CallerAccepted
	case engine.LocalInvitationRefused:
		c.lastCaller = property.CallerRefused
	case engine.LocalInvitationCanceled:
		c.lastCaller = property.CallerCanceled
	case engine.LocalInvitationFailure:
		c.lastCaller = map[errors.LocalInvitationError]property.CallerEnd{
			errors.LocalPeerOffline: property.CallerOffline, errors.LocalPeerNoResponse: property.CallerNoResponse,
			errors.LocalInvitationExpire: property.CallerExpired, errors.LocalNotLoggedIn: property.CallerNotLoggedIn}[out.LocalError]
	case engine.RemoteInvitationAccepted:
		c.lastCallee = property.CalleeAccepted
	case engine.RemoteInvitationRefused:
		c.lastCallee = property.CalleeRefused
	case engine.RemoteInvitationCanceled:
		c.lastCallee = property.CalleeCanceled
	case engine.RemoteInvitationFailure:
		c.lastCallee = map[errors.RemoteInvitationError]property.CalleeEnd{
			errors.RemotePeerOffline: property.CalleeOffline, errors.RemoteAcceptFailure: property.CalleeAcceptFailure,
			errors.RemoteInvitationExpire: property.CalleeExpired}[out.RemoteError]
	}
}

// kill ends a process: its engine is gone, and the app's objects with it.
func (w *crashWorld) kill(i int) {
	w.tell("%s dies", w.ends[i].name)
	w.ends[i].engine = nil
	for _, c := range w.calls {
		c.Disturbed(&w.watch, c.caller == i, int64(w.now))
		if c.caller == i {
			c.local = nil
		} else {
			c.remote = nil
		}
	}
}

// restart brings an end up again from its disk.
func (w *crashWorld) restart(i int, isKnown bool) {
	e := &w.ends[i]
	away := w.now - e.disk.at
	queue := slices.DeleteFunc(slices.Clone(e.disk.queue), func(q queued) bool { return q.kind == engine.Invite && (!isKnown || w.now >= q.staleAt) })
	if !isKnown {
		away = engine.AwayUnknown
	}
	restored, err := engine.Restore(e.name, w.newOptions(i), e.disk.snapshot, away)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	w.tell("%s is back after %v", e.name, away)
	w.up(i, restored, queue)
}

// up lets an app find its objects in a new engine, and the host go on.
func (w *crashWorld) up(i int, restored *engine.Engine, queue []queued) {
	e := &w.ends[i]
	e.engine = restored
	for _, c := range w.calls {
		for l := range restored.LocalInvitations() {
			if c.ID == l.ID() {
				c.local = l
			}
		}
		for r := range restored.RemoteInvitations() {
			if c.ID == r.ID() {
				c.remote = r
			}
		}
	}
	dies := e.dies
	e.dies = lives
	if dies == beforeDurable {
		w.kill(i)
		return
	}
	e.mute = false
	for _, c := range w.calls {
		c.Restarted(&w.watch, c.caller == i, false, int64(w.now))
	}
	w.persist(i, queue)
	w.handOut(i, dies, false)
}

// pass lets time go by; every end that is up advances at its deadlines.
func (w *crashWorld) pass(d time.Duration) {
	until := w.now + d
	for {
		next, who := until+1, -1
		for i := range w.ends {
			if at, ok := w.deadline(i); ok && at < next {
				next, who = at, i
			}
		}
		if who < 0 {
			break
		}
		w.now = max(w.now, next)
		w.advance(who)
	}
	w.now = until
}

func (w *crashWorld) deadline(i int) (time.Duration, bool) {
	if w.ends[i].engine == nil {
		return 0, false
	}
	at, ok := w.ends[i].engine.NextDeadline()
	return time.Duration(at.UnixNano()), ok
}

func (w *crashWorld) advance(i int) {
	if e := w.ends[i].engine; e != nil {
		e.Advance()
		w.input(i)
	}
}

// deliver: a copy to an end that is down is lost.
func (w *crashWorld) deliver(c copyInFlight) {
	e := w.ends[c.to].engine
	if e == nil || w.now-c.sentAt > engine.DefaultTimes().MaxDelay {
		return
	}
	verdict := e.Receive(w.ends[1-c.to].name, c.m)
	w.tell("%s gets %v: %v", w.ends[c.to].name, c.m.Kind, verdict)
	w.forEach(c.to, func(call *crashCall, byCaller bool) {
		if call.ID == c.m.ID {
			call.CopyGot(&w.watch, byCaller, &c.m, verdict, int64(w.now), int64(w.now))
		}
		if w.ends[c.to].lost {
			call.Resumes(&w.watch, byCaller, 0, int64(w.now))
		}
	})
	if !w.input(c.to) || c.m.Kind != engine.Cancel || verdict == engine.LoggedOut || verdict == engine.Limit {
		return
	}
	for _, call := range w.calls {
		if call.ID == c.m.ID {
			call.CancelProcessed()
		}
	}
}

// send places a new call. One that is not remembered was never made.
func (w *crashWorld) send(caller int) {
	e := w.ends[caller].engine
	if e == nil || len(w.calls) == 4 {
		return
	}
	c := &crashCall{caller: caller, told: map[string]bool{}}
	c.Number = len(w.calls)
	c.Caller, c.Callee = w.ends[caller].name, w.ends[1-caller].name
	c.Content, c.ChannelID = fmt.Sprintf("content %d at %v", c.Number, w.now), fmt.Sprintf("channel %d", c.Number)
	c.Response = fmt.Sprintf("response %d", c.Number)
	c.SentAt, c.SentOwn = int64(w.now), int64(w.now)
	c.local = e.CreateLocalInvitation(c.Callee)
	c.local.SetContent(c.Content)
	c.local.SetChannelID(c.ChannelID)
	w.calls = append(w.calls, c)
	for i := range w.ends {
		if w.ends[i].mute {
			c.LoggedIn(&w.watch, c.caller == i, false, int64(w.now), int64(w.now))
		}
	}
	err := c.local.Send()
	w.tell("%s sends %v: %v", c.Caller, c.local.ID(), err)
	c.ID = c.local.ID()
	for _, other := range w.calls[:c.Number] {
		if other.ID == c.ID && c.ID != (engine.ID{}) {
			w.t.Fatalf("the id %v is given twice", c.ID)
		}
	}
	if !w.input(caller) {
		w.calls = w.calls[:c.Number]
	}
}

// press is a call of the app on an object that it has.
func (w *crashWorld) press(c *crashCall, kind opKind) {
	for i := range w.ends {
		if at, ok := w.deadline(i); ok && at < w.now {
			w.advance(i) // so that no timer that was due is taken for the call's doing
		}
	}
	var party int
	var call func() error
	var state func() string
	switch {
	case kind == opCancel && c.local != nil:
		party, call, state = c.caller, c.local.Cancel, func() string { return c.local.State().String() }
	case kind != opCancel && c.remote != nil:
		party, call, state = 1-c.caller, c.remote.Accept, func() string { return c.remote.State().String() }
		if kind == opRefuse {
			call = c.remote.Refuse
		}
		c.remote.SetResponse(c.Response)
	default:
		return
	}
	before := state()
	err := call()
	w.tell("%s calls %#v on %v: %v", w.ends[party].name, kind, c.ID, err)
	if err != nil {
		if out, any := w.ends[party].engine.Poll(); any || state() != before {
			w.t.Fatalf("S13: refused, and went from %s to %s with %v", before, state(), out.Kind)
		}
	}
	if err == nil && kind == opAccept && w.ends[party].dies != beforeDurable {
		c.acceptedAt = w.now
		c.AcceptReturnedOK(&w.watch, int64(w.now), int64(w.now))
	}
	if w.input(party) && err == nil && kind == opCancel {
		c.CancelReturnedOK(&w.watch, int64(w.now))
	}
}

// finish brings everybody up and lets everything end.
func (w *crashWorld) finish() {
	for i := range w.ends {
		w.ends[i].dies = lives
		if w.ends[i].engine == nil {
			w.restart(i, true)
		}
		w.logIn(i, true)
	}
	for range 10_000 {
		for len(w.wire) > 0 {
			c := w.wire[0]
			w.wire = w.wire[1:]
			w.deliver(c)
		}
		next, who := time.Duration(0), -1
		for i := range w.ends {
			if at, ok := w.deadline(i); ok && (who < 0 || at < next) {
				next, who = at, i
			}
		}
		if who < 0 {
			w.end()
			return
		}
		w.now = max(w.now, next)
		w.advance(who)
	}
	w.t.Fatalf("the world does not come to rest")
}

func (w *crashWorld) end() {
	for _, c := range w.calls {
		c.End(&w.watch, int64(w.now))
	}
	for i := range w.ends {
		if s := w.ends[i].engine.Stats(); s.LocalRecords+s.RemoteRecords+s.Peers != 0 {
			w.t.Fatalf("%s remembers something for ever: %+v", w.ends[i].name, s)
		}
	}
}

// crashOp is one decision in this world. Every kind is possible at any time.
type crashOp struct {
	Kind crashKind
	A, B int
}

type crashKind int

const (
	crashDeliver crashKind = iota
	crashDeliverAndKeep
	crashLose
	crashPass
	crashSend
	crashCancel
	crashAccept
	crashRefuse
	crashDies
	crashRestart
	crashRestartUnknown
	crashOnline
	crashOffline
	crashLogOut
	crashLogIn
	numCrashKinds
)

var crashNames = [numCrashKinds]string{"deliver", "deliver-and-keep", "lose", "pass", "send", "cancel", "accept", "refuse",
	"dies", "restart", "restart-unknown", "online", "offline", "log-out", "log-in"}

func (k crashKind) GoString() string { return crashNames[k] }

var crashOps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) crashOp {
	kind := rapid.OneOf(
		rapid.SampledFrom([]crashKind{crashDeliver, crashSend, crashAccept, crashCancel, crashRefuse, crashDies, crashRestart}),
		rapid.SampledFrom([]crashKind{crashDeliver, crashDeliver, crashDeliverAndKeep, crashLose, crashPass, crashSend, crashAccept,
			crashDies, crashRestart, crashRestartUnknown, crashOnline, crashOffline, crashLogOut, crashLogIn}),
	).Draw(t, "kind")
	return crashOp{kind, rapid.IntRange(0, len(pauses)-1).Draw(t, "a"), rapid.IntRange(0, 15).Draw(t, "b")}
}), 0, 60)

func (w *crashWorld) do(o crashOp) {
	i := o.B % 2
	e := w.ends[i].engine
	switch o.Kind {
	case crashDeliver, crashDeliverAndKeep, crashLose:
		if len(w.wire) == 0 {
			return
		}
		k := (o.A + o.B) % len(w.wire)
		c := w.wire[k]
		if o.Kind != crashDeliverAndKeep {
			w.wire = append(w.wire[:k:k], w.wire[k+1:]...)
		}
		if o.Kind != crashLose {
			w.deliver(c)
		}
	case crashPass:
		w.pass(pauses[o.A])
	case crashSend:
		w.send(i)
	case crashCancel, crashAccept, crashRefuse:
		if len(w.calls) > 0 {
			w.press(w.calls[o.B%len(w.calls)], opCancel+opKind(o.Kind-crashCancel))
		}
	case crashDies:
		w.ends[i].dies = o.A%5 - 1
	case crashRestart, crashRestartUnknown:
		if e == nil {
			w.restart(i, o.Kind == crashRestart)
		}
	default:
		if e == nil {
			return
		}
		switch o.Kind {
		case crashOnline, crashOffline:
			w.tellPresence(i, o.Kind == crashOnline)
		case crashLogOut, crashLogIn:
			w.logIn(i, o.Kind == crashLogIn)
		}
	}
}

func (w *crashWorld) tellPresence(i int, online bool) {
	report := w.ends[i].engine.PeerOffline
	if online {
		report = w.ends[i].engine.PeerOnline
	}
	report(w.ends[1-i].name)
	w.ends[i].lost = w.ends[i].lost || !online
	w.forEach(i, func(c *crashCall, byCaller bool) {
		c.PeerReported(&w.watch, byCaller, online, int64(w.now), int64(w.now))
	})
	w.input(i)
}

func (w *crashWorld) logIn(i int, in bool) {
	w.login = true
	defer func() { w.login = false }()
	if in {
		w.ends[i].engine.LogIn()
	} else {
		w.ends[i].engine.LogOut()
	}
	w.ends[i].mute = !in
	w.forEach(i, func(c *crashCall, byCaller bool) {
		c.LoggedIn(&w.watch, byCaller, in, int64(w.now), int64(w.now))
	})
	w.input(i)
}

// TestDurableBeforeSent: with every snapshot durable before its outputs leave, no
// crash anywhere breaks a property, whether or not the time away is known.
func TestDurableBeforeSent(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				playCrashes(t, newCrashWorld(t, v.options))
			})
		})
	}
}

// TestUrgentBeforeSent: nor does one if only what the engine calls unsaved is durable
// before its outputs leave, and the rest goes with it.
func TestUrgentBeforeSent(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				playCrashes(t, newStoreWorld(t, v.options))
			})
		})
	}
}

func playCrashes(t *rapid.T, w *crashWorld) {
	for _, o := range crashOps.Draw(t, "script") {
		w.do(o)
	}
	w.finish()
	for _, violation := range w.violations {
		t.Fatalf("%v\n%s", violation, strings.Join(w.story, "\n"))
	}
}

// TestOldSnapshots is C78: restored from any older snapshot, everything that is
// remembered still ends, and calls that come after are not disturbed.
func TestOldSnapshots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newCrashWorld(t, engine.Options{})
		w.forgetful = true
		old := [2]durable{w.ends[0].disk, w.ends[1].disk}
		undisturbed := 0 // calls from this number on
		for _, o := range crashOps.Draw(t, "script") {
			if o.A%5 == 0 {
				old[o.B%2] = w.ends[o.B%2].disk
			}
			if o.Kind == crashRestart && w.ends[o.B%2].engine == nil {
				w.ends[o.B%2].disk = old[o.B%2]
				undisturbed = len(w.calls)
			}
			w.do(o)
		}
		w.finish()
		for _, violation := range w.violations {
			if violation.Call >= undisturbed {
				t.Fatalf("%v\n%s", violation, strings.Join(w.story, "\n"))
			}
		}
	})
}

// TestOneCrash plays C48, C49 and their like: one end dies at the worst moment,
// comes back after a while, and the call goes on.
func TestOneCrash(t *testing.T) {
	for _, each := range []struct {
		name   string
		dies   int // in the last step before
		end    int
		step   crashKind
		away   time.Duration
		then   crashKind
		caller property.CallerEnd
		callee property.CalleeEnd
	}{
		{"C48: between ACCEPT and CONFIRM", 1, 1, crashAccept, time.Second, crashPass, property.CallerAccepted, property.CalleeAccepted},
		{"before the ACCEPT was sent", 0, 1, crashAccept, time.Second, crashPass, property.CallerAccepted, property.CalleeAccepted},
		{"before the accept was durable", beforeDurable, 1, crashAccept, time.Second, crashRefuse, property.CallerRefused, property.CalleeRefused},
		{"between ACCEPT and CONFIRM, for too long", 1, 1, crashAccept, 16 * time.Second, crashPass, property.CallerAccepted, property.CalleeAcceptFailure},
		{"C49: while ringing", 2, 1, crashDeliver, 10 * time.Second, crashAccept, property.CallerAccepted, property.CalleeAccepted},
		{"before it rang", 0, 1, crashDeliver, 10 * time.Second, crashAccept, property.CallerAccepted, property.CalleeAccepted},
		{"while ringing, for too long", 2, 1, crashDeliver, time.Hour, crashPass, property.CallerExpired, property.CalleeExpired},
		{"the caller, in a cancel", 0, 0, crashCancel, 10 * time.Second, crashPass, property.CallerCanceled, property.CalleeCanceled},
	} {
		t.Run(each.name, func(t *testing.T) {
			w := newCrashWorld(t, engine.Options{})
			w.send(0)
			if each.step == crashDeliver {
				w.ends[each.end].dies = each.dies
			}
			w.do(crashOp{Kind: crashDeliver})
			if each.step != crashDeliver {
				w.do(crashOp{Kind: crashDeliver}) // RECEIVED
				w.ends[each.end].dies = each.dies
				w.do(crashOp{Kind: each.step})
			}
			if w.ends[each.end].engine != nil {
				t.Fatalf("it lives:\n%s", strings.Join(w.story, "\n"))
			}
			for range 2 {
				w.do(crashOp{Kind: crashDeliver})
			}
			w.pass(each.away)
			w.restart(each.end, true)
			w.do(crashOp{Kind: each.then})
			w.finish()
			c := w.calls[0]
			if c.CallerEnd != each.caller || c.CalleeEnd != each.callee || w.violations != nil {
				t.Errorf("caller %v, callee %v, %v\n%s", c.CallerEnd, c.CalleeEnd, w.violations, strings.Join(w.story, "\n"))
			}
		})
	}
}

// TestTimeAwayGuardsTheRing: alice dies once her INVITE is sent, and comes back
// when bob has forgotten the call. If her host says truly how long that was, or
// that it does not know, bob does not ring again; if it lies, he does.
func TestTimeAwayGuardsTheRing(t *testing.T) {
	for _, each := range []struct {
		name        string
		lies, known bool
		rings       int
	}{{"known", false, true, 0}, {"unknown", false, false, 0}, {"a lie", true, true, 1}} {
		t.Run(each.name, func(t *testing.T) {
			w := newCrashWorld(t, engine.Options{})
			w.ends[0].dies = 1
			w.send(0)
			w.do(crashOp{Kind: crashDeliver})
			w.wire = nil
			w.pass(time.Hour)
			if each.lies {
				w.ends[0].disk.at = w.now
			}
			w.restart(0, each.known)
			w.finish()
			rings := 0
			for _, v := range w.violations {
				if v.Property == property.S6 {
					rings++
				}
			}
			if rings != each.rings || rings == 0 && w.violations != nil {
				t.Errorf("%v\n%s", w.violations, strings.Join(w.story, "\n"))
			}
		})
	}
}
