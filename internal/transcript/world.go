// The world of a script: endpoints on one virtual time, a network that does as
// it is told, and the loop that lets time pass. It prints all that happens.

package transcript

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
)

// latency is how long a message takes unless a rule says otherwise.
const latency = 50 * time.Millisecond

type world struct {
	player   *Player
	line     int       // of the command that is carried out, for failures
	out      []string  // what it printed
	problems []Problem // all that were found

	now      time.Duration
	defaults engine.Options
	options  map[string]engine.Options // of endpoints that differ
	ends     []*endpoint               // in the order in which they were first named
	calls    []*invitation             // #1, #2, …
	rules    []*rule
	flying   []*copyOf // in the order in which they were sent
	over     bool      // the script has ended, what is left happens unseen
}

// endpoint is one user's endpoint.
type endpoint struct {
	name    string
	world   *world
	engine  *engine.Engine
	options engine.Options
	objects []*invitation // all that its app holds
	sent    []sent
	epochs  uint64 // how many times it started

	offset  time.Duration // its clock against the world's
	stopped bool          // its clock stands still, at offset
	own     time.Duration // its time as its engine counts it: a clock that goes back is clamped
	down    bool          // dead: nothing arrives, nothing is advanced
	asleep  bool          // nothing is advanced, what arrives is kept
	kept    []*copyOf
	named   bool // an expect was about it
}

// sent counts the copies of one message to one peer.
type sent struct {
	to      string
	message engine.Message // reduced to what makes it the same message
	copies  int
}

// copyOf is a message on its way.
type copyOf struct {
	from, to string
	message  engine.Message
	at       time.Duration // of arrival
}

// rule is what the network does to messages of a kind from a sender.
type rule struct {
	verb string // lose, delay, duplicate
	left int    // how many more it applies to; -1: every one
	kind string // or any
	from string
	time time.Duration // how long the delayed or the second copy takes
}

// newWorld has the options for which the races are reckoned.
func newWorld(p *Player) *world {
	times := engine.DefaultTimes()
	times.Accept, times.Grace = 32*time.Second, 0
	times.AcceptFirst, times.AcceptCap = times.RetransmitFirst, times.RetransmitCap
	return &world{player: p, defaults: engine.Options{Times: times}, options: map[string]engine.Options{}}
}

// fatalf ends the play: the script cannot go on. Play recovers it.
func (w *world) fatalf(format string, args ...any) {
	panic(Problem{w.line, fmt.Sprintf(format, args...)})
}

// complain notes what should not be.
func (w *world) complain(format string, args ...any) {
	w.problems = append(w.problems, Problem{w.line, fmt.Sprintf(format, args...)})
}

// Now makes an endpoint its engine's clock.
func (p *endpoint) Now() time.Time {
	if p.stopped {
		return time.Unix(0, 0).Add(p.offset)
	}
	return time.Unix(0, 0).Add(p.world.now + p.offset)
}

// time is what its engine takes the time to be.
func (p *endpoint) time() time.Duration { return max(p.own, p.Now().Sub(time.Unix(0, 0))) }

// end finds an endpoint; the first who names it starts it.
func (w *world) end(name string) *endpoint {
	for _, p := range w.ends {
		if p.name == name {
			return p
		}
	}
	p := &endpoint{name: name, world: w}
	w.ends = append(w.ends, p)
	w.start(p)
	return p
}

// start gives an endpoint an engine that knows nothing yet.
func (w *world) start(p *endpoint) {
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
	if change := p.world.player.Options; change != nil {
		change(&options)
	}
	made, err := engine.New(p.name, options)
	if err != nil {
		w.fatalf("%v", err)
	}
	p.engine, p.options, p.objects, p.own = made, options, nil, 0
}

// running is an endpoint that can take an input.
func (w *world) running(name string) *endpoint {
	p := w.end(name)
	if p.down || p.asleep {
		w.fatalf("%s is down or asleep", name)
	}
	return p
}

// settle comes after every input: it takes the outputs and looks at the rules.
func (p *endpoint) settle(advanced bool) {
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
			p.world.complain("%s sends a message after it raised an event", p.name)
		}
	}
	p.checkObjects(advanced)
}

// post hands a message to the network.
func (p *endpoint) post(to string, m engine.Message) {
	w := p.world
	c := &copyOf{from: p.name, to: to, message: m, at: w.now + latency}
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

func (p *endpoint) count(to string, m engine.Message) int {
	same := engine.Message{Kind: m.Kind, ID: m.ID, For: m.For, Word: m.Word}
	for i := range p.sent {
		if s := &p.sent[i]; s.to == to && s.message == same {
			s.copies++
			return s.copies
		}
	}
	p.sent = append(p.sent, sent{to, same, 1})
	return 1
}

// ruleFor finds the first rule that still applies, and uses it up.
func (w *world) ruleFor(c *copyOf) *rule {
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
func (w *world) run(limit time.Duration, inputsToCome bool) {
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
func (w *world) nextArrival() int {
	first := -1
	for i, c := range w.flying {
		if first < 0 || c.at < w.flying[first].at {
			first = i
		}
	}
	return first
}

// nextTimer is the endpoint that wants to be advanced next, and when.
func (w *world) nextTimer() (next *endpoint, at time.Duration) {
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
func (w *world) arrive(c *copyOf) {
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

func (p *endpoint) receive(from string, m engine.Message) {
	text := p.world.describe(m)
	if verdict := p.engine.Receive(from, m); verdict != engine.Moved {
		text += ": " + verdict.String()
	}
	p.world.print("%-5s ← %-5s %s", p.name, from, text)
	p.settle(false)
}

// wake hands over what was kept, each copy with the time for which it was.
func (p *endpoint) wake() {
	kept := p.kept
	p.asleep, p.kept = false, nil
	for _, c := range kept {
		c.message.Held = p.world.now - c.at
		p.receive(c.from, c.message)
	}
}
