// The network: what it does to a message, and the stranger in it.

package mixed

import (
	"slices"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/wire"
)

// send hands a message to the network, which brings it to all devices of its user.
func (p *play) send(from int, e *invd.Effect, m *engine.Message) {
	p.sent(from, e, m)
	if p.phones[from].away || e.To != names[1-user(from)] {
		return
	}
	for to := range p.of(1 - user(from)) {
		p.carry(from, to, e, m)
	}
}

// carry lets copies of a message arrive at a phone, or not.
func (p *play) carry(from, to int, e *invd.Effect, m *engine.Message) {
	p.serial++
	key := tape.Key(2 * p.serial)
	if p.chance(p.Stranger, tape.Stranger, p.serial) {
		to, e, m := tape.Index(p.Tape, len(p.phones), tape.StrangerWho, key), e, m
		if p.chance(0.5, tape.StrangerSays, p.serial) {
			e, m = forged(m.ID)
		}
		p.schedule(p.now+p.between(reorderBy, tape.StrangerAfter, p.serial), func() error { return p.deliver(to, stranger, e, m) })
	}
	sentAt := p.now
	for k, at := range p.flying.Carry(p.Tape, netem.Copy{Key: key, From: int32(from), To: int32(to), At: int64(p.now)}) {
		arrives := time.Duration(at).Truncate(time.Millisecond)
		if p.chance(p.Reorder, tape.Reorder, int(key)+k) {
			arrives += p.between(reorderBy, tape.ReorderBy, int(key)+k)
		}
		if arrives-sentAt > p.MaxDelay {
			continue
		}
		p.schedule(arrives, func() error { return p.deliver(to, names[user(from)], e, m) })
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
	if p.phones[to].away || p.phones[to].down > 0 {
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
