// A world: two phones, their users, the network between them, and time.

package mixed

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/wire"
)

// Phone is one of the two.
type Phone struct {
	Driver invd.Driver
	Setup  invd.Setup      // but for Self
	Bounds property.Bounds // what its times promise: of them Caller and Callee are read

	// Later takes over at some instant, from a snapshot: a crash and a restart, or an
	// update of the app. Its Setup has an Epoch of its own.
	Later *Later
}

// Later is what a phone runs after its restart. Driver may be the same.
type Later struct {
	Driver invd.Driver
	Setup  invd.Setup
}

// World says what happens. All instants are whole milliseconds.
type World struct {
	Name     string
	Tape     tape.Tape
	Calls    int
	Over     time.Duration // calls are placed and phones go offline within this
	Loss     float64
	Dup      float64
	Latency  netem.Delay
	Reorder  float64 // of the copies are held back
	Outages  int     // of each phone, at most
	Stranger float64 // a third party repeats a message or cancels its call under its own name, to one of the two
	MaxDelay time.Duration
}

// Default is a bad network and restless users.
func Default(name string, t tape.Tape) World {
	return World{Name: name, Tape: t, Calls: 4, Over: 40 * time.Second, Loss: 0.2, Dup: 0.1, Latency: netem.Between(10*time.Millisecond, 800*time.Millisecond),
		Reorder: 0.05, Outages: 2, Stranger: 0.03, MaxDelay: 100 * time.Second}
}

// Words say what may happen in a world.
func (w *World) Words() string {
	parts := []string{w.Name, fmt.Sprint(w.Calls) + map[bool]string{true: " call", false: " calls"}[w.Calls == 1]}
	for _, each := range []struct {
		words string
		share float64
	}{{"loss", w.Loss}, {"duplicates", w.Dup}, {"reordering", w.Reorder}, {"a stranger", w.Stranger}, {"outages", float64(w.Outages)}} {
		if each.share > 0 {
			parts = append(parts, each.words)
		}
	}
	return strings.Join(parts, ", ")
}

// The longest things that happen.
const (
	reorderBy    = 95 * time.Second
	answerWithin = 62 * time.Second
	cancelWithin = 30 * time.Second
	outageWithin = 30 * time.Second
	downWithin   = 10 * time.Second
	noticeWithin = 5 * time.Second
)

// Result is how a world went.
type Result struct {
	Violations []property.Violation
	Ends       []End
	Log        []byte // every request and reply, in lines
	Skipped    string // what a phone lacks: the world was not played to its end
	Requests   int
}

// End is how a call ended.
type End struct {
	Caller    int // the phone
	CallerEnd property.CallerEnd
	CalleeEnd property.CalleeEnd
}

// String has the two ends, and not who called.
func (e End) String() string { return fmt.Sprintf("%v %v", e.CallerEnd, e.CalleeEnd) }

// names are the users of the two phones. The stranger has none.
var names = [2]string{"alice", "bob"}

const stranger = "mallory"

// Play plays a world. An error means that a phone has died, hangs, or says that a
// request makes no sense; the result is then what was seen until there.
func (w World) Play(phones [2]Phone) (*Result, error) {
	p := &play{World: w, phones: phones, result: &Result{}}
	err := p.run()
	if errors.Is(err, errSkip) {
		err = nil
	}
	return p.result, err
}

var errSkip = errors.New("skipped")

// play is a world that is being played.
type play struct {
	World
	phones [2]Phone
	result *Result
	now    time.Duration
	next   [2]invd.Deadline
	away   [2]bool          // offline
	down   [2]time.Duration // until then, if not 0, no process runs
	over   [2]bool          // Later has taken over
	idle   [2]time.Duration // for how long no process ran so far
	queue  []task           // by instant, then by their order
	serial int              // of copies
	calls  []*call
	flying netem.Chain
}

// task is something that will happen.
type task struct {
	at time.Duration
	do func() error
}

func (p *play) schedule(at time.Duration, do func() error) {
	at = at.Truncate(time.Millisecond)
	i, _ := slices.BinarySearchFunc(p.queue, at, func(t task, at time.Duration) int {
		return cmp.Or(cmp.Compare(t.at, at), -1) // behind those of the same instant
	})
	p.queue = slices.Insert(p.queue, i, task{at, do})
}

// between draws a time in whole milliseconds.
func (p *play) between(most time.Duration, what tape.Label, about int) time.Duration {
	return tape.Between(p.Tape, 0, most, what, tape.Key(about)).Truncate(time.Millisecond)
}

func (p *play) chance(share float64, what tape.Label, about int) bool {
	return tape.Chance(p.Tape, share, what, tape.Key(about))
}

func (p *play) run() error {
	p.flying = netem.Chain{netem.Loss{P: p.Loss}, netem.Duplicate{P: p.Dup}, netem.Latency{Delay: p.Latency}}
	for i := range p.phones {
		setup := p.setup(i, p.phones[i].Setup)
		if err := p.ask(i, &invd.Reset{At: p.at(), Setup: setup, Case: p.Name}, nil); err != nil {
			return err
		}
		p.planOutages(i)
		p.planRestart(i)
	}
	if !(p.has(0, "caller") && p.has(1, "callee")) && !(p.has(1, "caller") && p.has(0, "callee")) {
		p.result.Skipped = "roles"
		return errSkip
	}
	for k := range p.Calls {
		p.planCall(k)
	}
	if err := p.pass(); err != nil {
		return err
	}
	return p.finish()
}

// own is how long a phone's process has run: S14 counts it.
func (p *play) own(i int) time.Duration { return p.now - p.idle[i] }

// setup is that of a phone, which may want to draw its epoch itself.
func (p *play) setup(i int, s invd.Setup) invd.Setup {
	if s.Self = names[i]; !p.has(i, "epoch") {
		s.Epoch = ""
	}
	return s
}

// has tells whether a phone has a role or a feature.
func (p *play) has(i int, what string) bool {
	who := p.phones[i].Driver.Hello()
	return slices.Contains(who.Features, what) || slices.Contains(who.Roles, what)
}

func (p *play) at() invd.At { return invd.At{Now: invd.Time(p.now)} }

// planOutages lets a phone go offline some times, one after the other.
func (p *play) planOutages(i int) {
	free := time.Duration(0)
	for k := range p.Outages {
		about := 2*k + i
		if !p.chance(0.35, tape.OfflineEpisodes, about) {
			continue
		}
		from := free + p.between(p.Over, tape.OfflineAt, about)
		length := p.between(outageWithin, tape.OfflineFor, about)
		notice := p.between(noticeWithin, tape.LogoutAfter, about)
		told := p.between(noticeWithin, tape.PresenceAfter, about)
		free = from + length + noticeWithin
		p.schedule(from, func() error { p.away[i] = true; return nil })
		if notice < length {
			p.schedule(from+notice, func() error { return p.session(i, false) })
		}
		if told < length {
			p.schedule(from+told, func() error { return p.presence(1-i, false) })
		}
		p.schedule(from+length, func() error {
			p.away[i] = false
			return p.session(i, true)
		})
		p.schedule(from+length+told/4, func() error { return p.presence(1-i, true) })
	}
}

// planRestart lets Later take over from what the phone has saved.
func (p *play) planRestart(i int) {
	if p.phones[i].Later == nil || !p.has(i, "snapshot") || p.chance(0.2, tape.CrashEpisodes, i) {
		return
	}
	from, length := p.between(2*p.Over, tape.CrashAt, i), p.between(downWithin, tape.DownFor, i)
	p.schedule(from, func() error {
		saved, err := p.do(i, &invd.Snapshot{At: p.at()})
		if err != nil {
			return err
		}
		p.next[i], p.down[i] = invd.Never(), from+length
		p.schedule(from+length, func() error { return p.restart(i, saved.Snapshot, length) })
		return nil
	})
}

func (p *play) restart(i int, saved []byte, away time.Duration) error {
	later := p.phones[i].Later
	p.phones[i].Driver, p.phones[i].Setup, p.down[i], p.over[i] = later.Driver, later.Setup, 0, true
	p.idle[i] += away
	setup, gone := p.setup(i, later.Setup), invd.Time(away)
	if err := p.ask(i, &invd.Restore{At: p.at(), Setup: setup, Snapshot: saved, Away: &gone}, nil); err != nil {
		return err
	}
	return p.session(i, !p.away[i])
}

// session and presence are told to phones that can be told.
func (p *play) session(i int, in bool) error {
	if p.down[i] > 0 || !p.has(i, "session") {
		return nil
	}
	return p.ask(i, &invd.Session{At: p.at(), In: in}, nil)
}

func (p *play) presence(i int, online bool) error {
	if p.down[i] > 0 || !p.has(i, "presence") {
		return nil
	}
	return p.ask(i, &invd.Peer{At: p.at(), Peer: names[1-i], Online: online}, nil)
}

// planCall lets a user call the other, if their phones can be caller and callee.
func (p *play) planCall(k int) {
	caller := tape.Index(p.Tape, 2, tape.Caller, tape.Key(k))
	if !p.has(caller, "caller") || !p.has(1-caller, "callee") {
		caller = 1 - caller
	}
	c := &call{number: k, caller: caller, label: "call-" + strconv.Itoa(k),
		content: "content " + strconv.Itoa(k), channel: "channel " + strconv.Itoa(k), response: "response " + strconv.Itoa(k)}
	p.calls = append(p.calls, c)
	p.schedule(p.between(p.Over, tape.Arrival, k), func() error { return p.place(c) })
}

// place creates and sends an invitation, and plans what its users do next.
func (p *play) place(c *call) error {
	if until := p.down[c.caller]; until > 0 {
		p.schedule(until, func() error { return p.place(c) })
		return nil
	}
	err := p.ask(c.caller, &invd.App{At: p.at(), Call: invd.Create, Ref: invd.Ref{Inv: c.label, To: names[1-c.caller]}, Content: &c.content, ChannelID: &c.channel}, nil)
	if err != nil {
		return err
	}
	c.sentAt = p.own(c.caller)
	if err := p.ask(c.caller, &invd.App{At: p.at(), Call: invd.Send, Ref: invd.Ref{Inv: c.label}}, c); err != nil {
		return err
	}
	if p.chance(0.3, tape.Cancel, c.number) {
		p.schedule(p.now+p.between(cancelWithin, tape.CancelAfter, c.number), func() error { return p.press(c, c.caller, invd.Cancel) })
	}
	return nil
}

// press is a call of the app on an invitation that it has. A user whose phone is down
// waits, and after a restart the app has no invitation that had ended.
func (p *play) press(c *call, i int, what string) error {
	if until := p.down[i]; until > 0 {
		p.schedule(until, func() error { return p.press(c, i, what) })
		return nil
	}
	r := &invd.App{At: p.at(), Call: what, Ref: invd.Ref{To: names[1-i], ID: c.id}}
	ended := c.callerEnd != property.CallerOpen
	if what != invd.Cancel {
		r.Ref, r.Response = invd.Ref{From: names[c.caller], ID: c.id}, &c.response
		ended = c.calleeEnd != property.CalleeOpen
	} else if c.id == "" {
		r.Ref = invd.Ref{Inv: c.label}
	}
	if ended && p.over[i] {
		return nil
	}
	return p.ask(i, r, c)
}

// rings plans what the callee does.
func (p *play) rings(c *call) {
	answers := []string{invd.Accept, invd.Refuse, ""}
	answer := tape.Weighted(p.Tape, []float64{6, 3, 1}, tape.Answer, tape.Key(c.number))
	if answers[answer] == "" {
		return
	}
	after := p.between(answerWithin, tape.AnswerAfter, c.number)
	if p.chance(0.5, tape.ChangeMind, 2*c.number) {
		after /= 16 // soon: the usual case
	}
	p.schedule(p.now+after, func() error { return p.press(c, 1-c.caller, answers[answer]) })
	if p.chance(0.2, tape.PressTwice, c.number) {
		second := answers[tape.Index(p.Tape, 2, tape.ChangeMind, tape.Key(2*c.number+1))]
		p.schedule(p.now+after+p.between(2*time.Second, tape.ChangeAfter, c.number), func() error { return p.press(c, 1-c.caller, second) })
	}
}

// pass lets everything happen until nothing is left. Of one instant inputs come first,
// then timers.
func (p *play) pass() error {
	const most = 1_000_000 // tasks and timers: far more than any world needs
	for range most {
		i, due, ok := p.nextTimer()
		switch {
		case len(p.queue) > 0 && (!ok || p.queue[0].at <= due):
			t := p.queue[0]
			p.queue = p.queue[1:]
			p.now = max(p.now, t.at)
			if err := t.do(); err != nil {
				return err
			}
		case ok:
			p.now = max(p.now, due)
			if err := p.ask(i, &invd.Advance{At: p.at()}, nil); err != nil {
				return err
			}
			if at := p.next[i]; at.Set && time.Duration(at.At) <= p.now && p.phones[i].Driver.Hello().Clock == invd.Virtual {
				return fmt.Errorf("advance: %s was advanced to its deadline %v and has it still", names[i], p.now)
			}
		default:
			return nil
		}
	}
	return fmt.Errorf("the world has not ended after %d tasks and timers", most)
}

// nextTimer is the phone that wants to be advanced next. One without deadlines goes in
// steps, for as long as anything could be remembered.
func (p *play) nextTimer() (next int, at time.Duration, ok bool) {
	for i := range p.next {
		if !p.next[i].Set {
			continue
		}
		if due := time.Duration(p.next[i].At); !ok || due < at {
			next, at, ok = i, due, true
		}
	}
	return next, at, ok
}

// longest is after the last thing that can happen to a phone that tells no deadlines.
const longest = 15 * time.Minute

// noteDeadline takes what a reply says of deadlines.
func (p *play) noteDeadline(i int, r *invd.Reply) {
	p.next[i] = r.Next
	if r.Next.Known {
		return
	}
	step := max(time.Duration(p.phones[i].Driver.Hello().Step), 10*time.Millisecond)
	if p.next[i] = invd.Never(); p.now < p.Over+longest {
		p.next[i] = invd.Due(invd.Time(p.now + step))
	}
}

// ask makes a request of a phone, about a call if it is the app's, and carries out what
// it causes.
func (p *play) ask(i int, r invd.Request, about *call) error {
	reply, err := p.do(i, r)
	if err != nil {
		return err
	}
	p.noteDeadline(i, &reply)
	if app, ok := r.(*invd.App); ok && about != nil {
		p.pressed(i, app.Call, about, &reply)
	}
	for k := range reply.Effects {
		if err := p.effect(i, &reply.Effects[k], about); err != nil {
			return fmt.Errorf("%s: %s: %w", names[i], r.Op(), err)
		}
	}
	return nil
}

// do makes a request. A phone that does not know how ends the world.
func (p *play) do(i int, r invd.Request) (invd.Reply, error) {
	p.log(i, ">", r)
	p.result.Requests++
	reply, err := p.phones[i].Driver.Do(r)
	if err != nil {
		return reply, fmt.Errorf("%s: %w", names[i], err)
	}
	p.log(i, "<", reply)
	switch {
	case reply.Unsupported != "":
		p.result.Skipped = reply.Unsupported
		return reply, errSkip
	case reply.Error != "":
		return reply, fmt.Errorf("%s: %s", names[i], reply.Error)
	}
	return reply, nil
}

func (p *play) log(i int, direction string, what any) {
	text, err := json.Marshal(what)
	if err != nil {
		panic(err) // requests and replies always have a form
	}
	op := ""
	if r, ok := what.(invd.Request); ok {
		op = " " + r.Op()
	}
	p.result.Log = fmt.Appendf(p.result.Log, "%.3f %s %s%s %s\n", p.now.Seconds(), names[i], direction, op, text)
}

func (p *play) effect(i int, e *invd.Effect, about *call) error {
	if e.Do == "event" {
		p.event(i, e)
		return nil
	}
	m, err := wire.Decode(e.Bytes())
	if err != nil {
		return fmt.Errorf("it sends bytes that are no message: %w", err)
	}
	if about != nil && m.Kind == engine.Invite && about.id == "" {
		about.id = m.ID.String()
	}
	copied := *e // the message outlives the reply
	p.send(i, &copied, &m)
	return nil
}

// send hands a message to the network.
func (p *play) send(from int, e *invd.Effect, m *engine.Message) {
	p.sent(from, e, m)
	if p.away[from] || e.To != names[1-from] {
		return
	}
	p.serial++
	key := tape.Key(2 * p.serial)
	if p.chance(p.Stranger, tape.Stranger, p.serial) {
		to, e, m := tape.Index(p.Tape, 2, tape.StrangerWho, key), e, m
		if p.chance(0.5, tape.StrangerSays, p.serial) {
			e, m = forged(m.ID)
		}
		p.schedule(p.now+p.between(reorderBy, tape.StrangerAfter, p.serial), func() error { return p.deliver(to, stranger, e, m) })
	}
	sentAt := p.now
	for k, at := range p.flying.Carry(p.Tape, netem.Copy{Key: key, From: int32(from), To: int32(1 - from), At: int64(p.now)}) {
		arrives := time.Duration(at).Truncate(time.Millisecond)
		if p.chance(p.Reorder, tape.Reorder, int(key)+k) {
			arrives += p.between(reorderBy, tape.ReorderBy, int(key)+k)
		}
		if arrives-sentAt > p.MaxDelay {
			continue
		}
		p.schedule(arrives, func() error { return p.deliver(1-from, names[from], e, m) })
	}
}

// forged is a CANCEL of another's invitation.
func forged(id engine.ID) (*invd.Effect, *engine.Message) {
	m := &engine.Message{Kind: engine.Cancel, ID: id, Reason: engine.ReasonUser}
	text, err := wire.EncodeJSON(*m)
	if err != nil {
		panic(err) // an id that came over the wire goes over it again
	}
	return &invd.Effect{Do: "send", Message: text}, m
}

// deliver hands a copy to a phone, unless it is offline.
func (p *play) deliver(to int, from string, e *invd.Effect, m *engine.Message) error {
	if p.away[to] || p.down[to] > 0 {
		return nil
	}
	if from != stranger {
		p.arrived(to, m)
	}
	r := &invd.Deliver{At: p.at(), From: from, Message: e.Message, Raw: e.Raw}
	if err := p.translate(to, r, m); err != nil {
		return err
	}
	return p.ask(to, r, nil)
}

// translate puts a message into the other form for a phone that reads that one alone.
func (p *play) translate(to int, r *invd.Deliver, m *engine.Message) (err error) {
	forms := p.phones[to].Driver.Hello().Forms
	switch isJSON := r.Message != nil; {
	case isJSON && !slices.Contains(forms, invd.JSON):
		r.Message = nil
		r.Raw, err = wire.EncodeBinary(*m)
	case !isJSON && !slices.Contains(forms, invd.Binary):
		r.Raw = nil
		r.Message, err = wire.EncodeJSON(*m)
	}
	return err
}
