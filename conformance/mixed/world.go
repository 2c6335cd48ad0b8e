// A world: what happens in it, the requests that it makes, and time.

package mixed

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/wire"
)

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
	Groups   float64 // of the calls are a group with the next one, if the caller's phone has groups
}

// Default is a bad network and restless users.
func Default(name string, t tape.Tape) World {
	return World{Name: name, Tape: t, Calls: 4, Over: 40 * time.Second, Loss: 0.2, Dup: 0.1, Latency: netem.Between(10*time.Millisecond, 800*time.Millisecond),
		Reorder: 0.05, Outages: 2, Stranger: 0.03, MaxDelay: 100 * time.Second}
}

// Household is Default with more calls, half of them in groups.
func Household(name string, t tape.Tape) World {
	w := Default(name, t)
	w.Calls, w.Groups = 6, 0.5
	return w
}

// Words say what may happen in a world.
func (w *World) Words() string {
	parts := []string{w.Name, fmt.Sprint(w.Calls) + map[bool]string{true: " call", false: " calls"}[w.Calls == 1]}
	for _, each := range []struct {
		words string
		share float64
	}{{"loss", w.Loss}, {"duplicates", w.Dup}, {"reordering", w.Reorder}, {"a stranger", w.Stranger}, {"outages", float64(w.Outages)}, {"groups", w.Groups}} {
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
	groupWithin  = 10 * time.Second
)

// Result is how a world went.
type Result struct {
	Violations []property.Violation
	Ends       []End
	Log        []byte // every request and reply, in lines
	Skipped    string // what a phone lacks: the world was not played to its end
	Requests   int
}

// End is how a call ended. If its callee has two devices, CalleeEnd is that of the one that
// has answered, or of the one that stands first in a tuple, and Other the other one's.
type End struct {
	Caller    int // the phone
	CallerEnd property.CallerEnd
	CalleeEnd property.CalleeEnd
	Other     property.CalleeEnd // CalleeOpen: there is no other device
}

// String has the ends, and not who called.
func (e End) String() string {
	if e.Other == property.CalleeOpen {
		return fmt.Sprintf("%v %v", e.CallerEnd, e.CalleeEnd)
	}
	return property.TupleOf(e.CallerEnd, e.CalleeEnd, e.Other).String()
}

// names are the two users. The stranger is none.
var names = [2]string{"alice", "bob"}

const stranger = "mallory"

// Play plays a world. An error means that a phone has died, hangs, or says that a
// request makes no sense; the result is then what was seen until there.
func (w World) Play(phones [2]Phone) (*Result, error) {
	p := newPlay(w, phones)
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
	phones []phone
	result *Result
	now    time.Duration
	queue  []task // by instant, then by their order
	serial int    // of copies
	calls  []*call
	flying netem.Chain
	watch  property.Watch
}

func newPlay(w World, phones [2]Phone) *play {
	p := &play{World: w, phones: []phone{{Phone: phones[0]}, {Phone: phones[1]}}, result: &Result{}}
	if a, b := phones[0].Sibling, phones[1].Sibling; a != nil && b != nil {
		p.phones = append(p.phones, phone{Phone: *a}, phone{Phone: *b})
	}
	p.watch.Report = p.report
	return p
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
	p.flying = netem.Chain{&netem.Loss{P: p.Loss}, &netem.Duplicate{P: p.Dup}, &netem.Latency{Delay: p.Latency}}
	for i := range p.phones {
		setup := p.setup(i, p.phones[i].Setup)
		if err := p.ask(i, &invd.Reset{At: p.at(), Setup: setup, Case: p.Name}, nil); err != nil {
			return err
		}
		p.planOutages(i)
		p.planRestart(i)
	}
	if !p.canCall(0) && !p.canCall(1) {
		p.result.Skipped = "roles"
		return errSkip
	}
	p.planCalls()
	if err := p.pass(); err != nil {
		return err
	}
	return p.finish()
}

func (p *play) at() invd.At { return invd.At{Now: invd.Time(p.now)} }

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
			if at := p.phones[i].next; at.Set && time.Duration(at.At) <= p.now && p.phones[i].Driver.Hello().Clock == invd.Virtual {
				return fmt.Errorf("advance: %s was advanced to its deadline %v and has it still", p.name(i), p.now)
			}
		default:
			return nil
		}
	}
	return fmt.Errorf("the world has not ended after %d tasks and timers", most)
}

// nextTimer is the phone that wants to be advanced next.
func (p *play) nextTimer() (next int, at time.Duration, ok bool) {
	for i := range p.phones {
		deadline := p.phones[i].next
		if !deadline.Set {
			continue
		}
		if due := time.Duration(deadline.At); !ok || due < at {
			next, at, ok = i, due, true
		}
	}
	return next, at, ok
}

// longest is after the last thing that can happen to a phone that tells no deadlines.
const longest = 15 * time.Minute

// noteDeadline takes what a reply says of deadlines. A phone that tells none goes in steps,
// for as long as anything could be remembered.
func (p *play) noteDeadline(i int, r *invd.Reply) {
	n := &p.phones[i]
	n.next = r.Next
	if r.Next.Known {
		return
	}
	step := max(time.Duration(n.Driver.Hello().Step), 10*time.Millisecond)
	if n.next = invd.Never(); p.now < p.Over+longest {
		n.next = invd.Due(invd.Time(p.now + step))
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
			return fmt.Errorf("%s: %s: %w", p.name(i), r.Op(), err)
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
		return reply, fmt.Errorf("%s: %w", p.name(i), err)
	}
	p.log(i, "<", reply)
	switch {
	case reply.Unsupported != "":
		p.result.Skipped = reply.Unsupported
		return reply, errSkip
	case reply.Error != "":
		return reply, fmt.Errorf("%s: %s", p.name(i), reply.Error)
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
	p.result.Log = fmt.Appendf(p.result.Log, "%.3f %s %s%s %s\n", p.now.Seconds(), p.name(i), direction, op, text)
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
		about.id, about.ID = m.ID.String(), m.ID
	}
	copied := *e // the message outlives the reply
	p.send(i, &copied, &m)
	return nil
}
