// The network: it takes 50 ms for each message, unless a script says otherwise.

package transcript

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
)

const latency = 50 * time.Millisecond

// packet is one copy of a message on its way.
type packet struct {
	sender   *user
	from, to string
	message  engine.Message
	at       time.Duration // of arrival
}

// rule is an order to the network for the next messages of a kind from a sender.
type rule struct {
	verb string      // lose, delay, duplicate
	left int         // how many more it applies to; -1: every one
	kind engine.Kind // 0: any
	from string
	time time.Duration // that the delayed or the second copy takes
}

func addRule(verb string) func(*world, *command) {
	return func(w *world, c *command) {
		if oldest := engine.DefaultTimes().MaxDelay; c.time > oldest {
			fail("no network keeps a copy for longer than %v", oldest)
		}
		w.rules = append(w.rules, &rule{verb, cmp.Or(c.count, -1), c.kind, c.name, c.time})
	}
}

// ruleFor finds the first rule that still applies, and uses it up.
func (w *world) ruleFor(p packet) *rule {
	for _, r := range w.rules {
		if r.left != 0 && (r.from == p.from || r.from == p.sender.self) && (r.kind == 0 || r.kind == p.message.Kind) {
			if r.left > 0 {
				r.left--
			}
			return r
		}
	}
	return nil
}

// sent is a message, reduced to the fields that its copies share, and its receiver.
type sent struct {
	to      string
	message engine.Message
}

// post hands a message to the network.
func (u *user) post(to string, m engine.Message) {
	w := u.world
	p := packet{sender: u, from: u.name, to: to, message: m, at: w.now + latency}
	text := w.describe(m)
	same := sent{to, engine.Message{Kind: m.Kind, ID: m.ID, For: m.For, Word: m.Word}}
	if u.sent[same]++; u.sent[same] > 1 {
		text += fmt.Sprintf(" (copy %d)", u.sent[same])
	}
	switch rule := w.ruleFor(p); {
	case rule == nil:
		w.fly(p)
	case rule.verb == "lose":
		text += ", lost"
	case rule.verb == "delay":
		p.at = w.now + rule.time
		text += fmt.Sprintf(", takes %v", rule.time)
		w.fly(p)
	case rule.verb == "duplicate":
		w.fly(p)
		p.at = w.now + rule.time
		text += fmt.Sprintf(", a second one takes %v", rule.time)
		w.fly(p)
	}
	u.print("→ %-5s %s", to, text)
}

// fly keeps packets in the order of their arrival, then of their departure.
func (w *world) fly(p packet) {
	w.flying = append(w.flying, p)
	slices.SortStableFunc(w.flying, func(a, b packet) int { return cmp.Compare(a.at, b.at) })
}

// land brings the next packet to all devices of its user. Strangers have none.
func (w *world) land() {
	p := w.flying[0]
	w.flying = w.flying[1:]
	w.now = p.at
	for _, u := range w.devices(p.to) {
		switch {
		case u.down:
			u.print("← %-5s %s: nobody is there", p.from, w.describe(p.message))
		case u.asleep:
			u.kept = append(u.kept, p)
		default:
			u.receive(p.from, p.message)
		}
	}
}

func (u *user) receive(from string, m engine.Message) {
	text := u.world.describe(m)
	receive := u.world.player.Receive
	if receive == nil {
		receive = func(e *engine.Engine, from, _ string, m engine.Message) engine.Verdict { return e.Receive(from, m) }
	}
	self, _ := withoutDevice(from)
	if verdict := receive(u.engine, self, u.peer(self, m.ID), m); verdict != engine.Moved {
		text += ": " + verdict.String()
	}
	u.print("← %-5s %s", from, text)
	u.settle(false)
}

// peer is the other user of the script's invitation with that id; from, if there is none.
func (u *user) peer(from string, id engine.ID) string {
	for _, o := range u.world.calls {
		switch {
		case o.local.ID() != id:
		case o.user == u:
			return o.local.CalleeID()
		default:
			return o.user.self
		}
	}
	return from
}

// inject: an INVITE has the times of an engine, if the command does not say otherwise.
func (w *world) inject(c *command) {
	u := w.running(c.name)
	m := engine.Message{Kind: c.kind, ID: c.id}
	if c.to.number > 0 {
		m.ID = w.call(c.to).local.ID()
	}
	if m.Kind == engine.Invite {
		o := w.optionsOf("")
		m.Wait, m.Expiry = o.Times.NoResponse, o.Times.Expiry
	}
	for _, set := range c.fields {
		set(&m)
	}
	u.receive(c.peer, m)
}

func (w *world) tell(c *command) {
	u := w.running(c.name)
	if c.last == "online" {
		u.engine.PeerOnline(c.peer)
	} else {
		u.engine.PeerOffline(c.peer)
	}
	u.settle(false)
}
