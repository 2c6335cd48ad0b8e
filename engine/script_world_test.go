// The world of a script: endpoints on one virtual time, a network that does as
// it is told, and the loop that lets time pass. It prints all that happens.

package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// scriptLatency is how long a message takes unless a rule says otherwise.
const scriptLatency = 50 * time.Millisecond

type scriptWorld struct {
	t    testing.TB
	line int      // of the command that is carried out, for failures
	out  []string // what it printed

	now      time.Duration
	defaults engine.Options
	options  map[string]engine.Options // of endpoints that differ
	ends     []*scriptEnd              // in the order in which they were first named
	calls    []*scriptObject           // #1, #2, …
	rules    []*scriptRule
	flying   []*scriptCopy // in the order in which they were sent
	over     bool          // the script has ended, what is left happens unseen
}

// scriptEnd is one user's endpoint.
type scriptEnd struct {
	name    string
	world   *scriptWorld
	engine  *engine.Engine
	options engine.Options
	objects []*scriptObject // all that its app holds
	sent    []scriptSent
	epochs  uint64 // how many times it started

	offset  time.Duration // its clock against the world's
	stopped bool          // its clock stands still, at offset
	own     time.Duration // its time as its engine counts it: a clock that goes back is clamped
	down    bool          // dead: nothing arrives, nothing is advanced
	asleep  bool          // nothing is advanced, what arrives is kept
	kept    []*scriptCopy
	named   bool // an expect was about it
}

// scriptSent counts the copies of one message to one peer.
type scriptSent struct {
	to      string
	message engine.Message // reduced to what makes it the same message
	copies  int
}

// scriptCopy is a message on its way.
type scriptCopy struct {
	from, to string
	message  engine.Message
	at       time.Duration // of arrival
}

// scriptRule is what the network does to messages of a kind from a sender.
type scriptRule struct {
	verb string // lose, delay, duplicate
	left int    // how many more it applies to; -1: every one
	kind string // or any
	from string
	time time.Duration // how long the delayed or the second copy takes
}

// newScriptWorld has the options for which the races are reckoned.
func newScriptWorld(t testing.TB) *scriptWorld {
	times := engine.DefaultTimes()
	times.Accept, times.Grace = 32*time.Second, 0
	times.AcceptFirst, times.AcceptCap = times.RetransmitFirst, times.RetransmitCap
	return &scriptWorld{t: t, defaults: engine.Options{Times: times}, options: map[string]engine.Options{}}
}

func (w *scriptWorld) fatalf(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("line %d: %s", w.line, fmt.Sprintf(format, args...))
}

// Now makes an endpoint its engine's clock.
func (p *scriptEnd) Now() time.Time {
	if p.stopped {
		return time.Unix(0, 0).Add(p.offset)
	}
	return time.Unix(0, 0).Add(p.world.now + p.offset)
}

// time is what its engine takes the time to be.
func (p *scriptEnd) time() time.Duration { return max(p.own, p.Now().Sub(time.Unix(0, 0))) }

// end finds an endpoint; the first who names it starts it.
func (w *scriptWorld) end(name string) *scriptEnd {
	for _, p := range w.ends {
		if p.name == name {
			return p
		}
	}
	p := &scriptEnd{name: name, world: w}
	w.ends = append(w.ends, p)
	w.start(p)
	return p
}

// start gives an endpoint an engine that knows nothing yet.
func (w *scriptWorld) start(p *scriptEnd) {
	options, ok := w.options[p.name]
	if !ok {
		options = w.defaults
	}
	p.epochs++
	for i := range p.name {
		options.Epoch = options.Epoch<<8 | uint64(p.name[i])
	}
	options.Epoch ^= p.epochs << 56
	options.Clock = p
	made, err := engine.New(p.name, options)
	if err != nil {
		w.fatalf("%v", err)
	}
	p.engine, p.options, p.objects, p.own = made, options, nil, 0
}

// running is an endpoint that can take an input.
func (w *scriptWorld) running(name string) *scriptEnd {
	p := w.end(name)
	if p.down || p.asleep {
		w.fatalf("%s is down or asleep", name)
	}
	return p
}

// settle comes after every input: it takes the outputs and looks at the rules.
func (p *scriptEnd) settle(advanced bool) {
	p.own = p.time()
	raised := false
	for out := range p.engine.All() {
		if out.Kind != engine.Send {
			p.raised(out)
			raised = true
			continue
		}
		p.post(out.To, out.Message)
		if raised {
			p.world.t.Errorf("line %d: %s sends a message after it raised an event", p.world.line, p.name)
		}
	}
	p.checkObjects(advanced)
}

// post hands a message to the network.
func (p *scriptEnd) post(to string, m engine.Message) {
	w := p.world
	c := &scriptCopy{from: p.name, to: to, message: m, at: w.now + scriptLatency}
	text := w.describe(m)
	if n := p.count(to, m); n > 1 {
		text += fmt.Sprintf(" (copy %d)", n)
	}
	rule := w.ruleFor(c)
	switch {
	case rule == nil:
		w.flying = append(w.flying, c)
	case rule.verb == "lose":
		text += ", lost"
	case rule.verb == "delay":
		c.at = w.now + rule.time
		text += fmt.Sprintf(", takes %v", rule.time)
		w.flying = append(w.flying, c)
	case rule.verb == "duplicate":
		second := *c
		second.at = w.now + rule.time
		text += fmt.Sprintf(", a second one takes %v", rule.time)
		w.flying = append(w.flying, c, &second)
	}
	w.print("%-5s → %-5s %s", p.name, to, text)
}

func (p *scriptEnd) count(to string, m engine.Message) int {
	same := engine.Message{Kind: m.Kind, ID: m.ID, For: m.For, Word: m.Word}
	for i := range p.sent {
		if s := &p.sent[i]; s.to == to && s.message == same {
			s.copies++
			return s.copies
		}
	}
	p.sent = append(p.sent, scriptSent{to, same, 1})
	return 1
}

// ruleFor finds the first rule that still applies, and uses it up.
func (w *scriptWorld) ruleFor(c *scriptCopy) *scriptRule {
	for _, r := range w.rules {
		if r.left != 0 && r.from == c.from && (r.kind == "any" || r.kind == c.message.Kind.String()) {
			if r.left > 0 {
				r.left--
			}
			return r
		}
	}
	return nil
}

// run lets time pass. Of what is due at one instant inputs come first, then
// timers. Timers due at the limit itself are left if inputs are still to come.
func (w *scriptWorld) run(limit time.Duration, inputsToCome bool) {
	for {
		i := w.nextArrival()
		p, at := w.nextTimer()
		switch {
		case i >= 0 && w.flying[i].at <= limit && (p == nil || w.flying[i].at <= at):
			c := w.flying[i]
			w.flying = append(w.flying[:i], w.flying[i+1:]...)
			w.now = c.at
			w.arrive(c)
		case p != nil && (at < limit || at == limit && !inputsToCome):
			w.now = at
			p.engine.Advance()
			p.settle(true)
			p.checkProgress()
		default:
			w.now = limit
			return
		}
	}
}

// nextArrival is the index of the message that arrives next, -1 if none.
func (w *scriptWorld) nextArrival() int {
	first := -1
	for i, c := range w.flying {
		if first < 0 || c.at < w.flying[first].at {
			first = i
		}
	}
	return first
}

// nextTimer is the endpoint that wants to be advanced next, and when.
func (w *scriptWorld) nextTimer() (next *scriptEnd, at time.Duration) {
	for _, p := range w.ends {
		deadline, ok := p.engine.NextDeadline()
		if !ok || p.down || p.asleep || p.stopped && deadline.After(p.Now()) {
			continue
		}
		due := w.now + max(deadline.Sub(p.Now()), 0)
		if next == nil || due < at {
			next, at = p, due
		}
	}
	return next, at
}

// arrive brings a message to its endpoint. Strangers have none.
func (w *scriptWorld) arrive(c *scriptCopy) {
	for _, p := range w.ends {
		switch {
		case p.name != c.to:
		case p.down:
			w.print("%-5s ← %-5s %s: nobody is there", p.name, c.from, w.describe(c.message))
		case p.asleep:
			p.kept = append(p.kept, c)
		default:
			p.receive(c.from, c.message)
		}
	}
}

func (p *scriptEnd) receive(from string, m engine.Message) {
	text := p.world.describe(m)
	if verdict := p.engine.Receive(from, m); verdict != engine.Moved {
		text += ": " + verdict.String()
	}
	p.world.print("%-5s ← %-5s %s", p.name, from, text)
	p.settle(false)
}

// wake hands over what was kept, each copy with the time for which it was.
func (p *scriptEnd) wake() {
	kept := p.kept
	p.asleep, p.kept = false, nil
	for _, c := range kept {
		c.message.Held = p.world.now - c.at
		p.receive(c.from, c.message)
	}
}
