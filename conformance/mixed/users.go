// Users: they call, cancel and answer.

package mixed

import (
	"strconv"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/tape"
)

// planCalls lets users call each other. Some calls are a group with the one before.
func (p *play) planCalls() {
	for k := 0; k < p.Calls; k++ {
		c := p.planCall(k, tape.Index(p.Tape, len(p.phones), tape.Caller, tape.Key(k)))
		at := p.between(p.Over, tape.Arrival, k)
		p.schedule(at, func() error { return p.place(c) })
		if k+1 == p.Calls || !p.has(c.caller, "group") || !p.chance(p.Groups, tape.Hold, k) {
			continue
		}
		k++
		other := p.planCall(k, c.caller)
		c.Group = &property.Group{}
		other.Group = c.Group
		c.group = "group-" + strconv.Itoa(k)
		other.group = c.group
		p.schedule(at+p.between(groupWithin, tape.HoldAfter, k), func() error { return p.place(other) })
	}
}

// planCall is a call from a phone, or to it if it cannot call.
func (p *play) planCall(k, caller int) *call {
	if !p.canCall(caller) {
		caller ^= 1
	}
	number := strconv.Itoa(k)
	c := &call{caller: caller, label: "call-" + number}
	c.Number, c.Caller, c.Callee, c.CallerDevice = k, names[user(caller)], names[1-user(caller)], p.deviceID(caller)
	c.Content, c.ChannelID, c.Response = "content "+number, "channel "+number, "response "+number
	if len(p.phones) > 2 {
		c.SetDevices([]property.Device{{DeviceID: 1, Response: c.Response}, {DeviceID: 2, Response: c.Response + " of the other"}})
	}
	for i := range p.of(1 - user(caller)) {
		c.Turn(device(i))
		c.Bind(&p.phones[caller].Bounds, &p.phones[i].Bounds)
	}
	p.calls = append(p.calls, c)
	return c
}

// place creates and sends an invitation, and plans what its users do next.
func (p *play) place(c *call) error {
	if until := p.phones[c.caller].down; until > 0 {
		p.schedule(until, func() error { return p.place(c) })
		return nil
	}
	if p.phones[c.caller].over {
		c.Group, c.group = nil, "" // the app has lost it
	}
	err := p.ask(c.caller, &invd.App{At: p.at(), Call: invd.Create, Ref: invd.Ref{Inv: c.label, To: c.Callee}, Content: &c.Content, ChannelID: &c.ChannelID, Group: c.group}, nil)
	if err != nil {
		return err
	}
	c.SentAt, c.SentOwn = int64(p.now), int64(p.own(c.caller))
	if err := p.ask(c.caller, &invd.App{At: p.at(), Call: invd.Send, Ref: invd.Ref{Inv: c.label}}, c); err != nil {
		return err
	}
	if p.chance(0.3, tape.Cancel, c.Number) {
		p.schedule(p.now+p.between(cancelWithin, tape.CancelAfter, c.Number), func() error { return p.press(c, c.caller, invd.Cancel) })
	}
	return nil
}

// press is a call of the app on an invitation that it has. A user whose phone is down
// waits, and after a restart the app has no invitation that had ended or was not sent.
func (p *play) press(c *call, i int, what string) error {
	if until := p.phones[i].down; until > 0 {
		p.schedule(until, func() error { return p.press(c, i, what) })
		return nil
	}
	r := &invd.App{At: p.at(), Call: what, Ref: invd.Ref{To: c.Callee, ID: c.id}}
	if what != invd.Cancel {
		c.Turn(device(i))
		response := c.Response
		r.Ref, r.Response = invd.Ref{From: c.Caller, ID: c.id}, &response
	} else if c.id == "" {
		r.Ref = invd.Ref{Inv: c.label}
	}
	if c.refused || p.phones[i].over && (c.id == "" || c.hasEnded(i)) {
		return nil
	}
	return p.ask(i, r, c)
}

// rings plans what the callee does at the phone that rings.
func (p *play) rings(c *call, i int) {
	about := c.Number + device(i)*p.Calls
	answers := []string{invd.Accept, invd.Refuse, ""}
	answer := tape.Weighted(p.Tape, []float64{6, 3, 1}, tape.Answer, tape.Key(about))
	if answers[answer] == "" {
		return
	}
	after := p.between(answerWithin, tape.AnswerAfter, about)
	if p.chance(0.5, tape.ChangeMind, 2*about) {
		after /= 16 // soon: the usual case
	}
	p.schedule(p.now+after, func() error { return p.press(c, i, answers[answer]) })
	if p.chance(0.2, tape.PressTwice, about) {
		second := answers[tape.Index(p.Tape, 2, tape.ChangeMind, tape.Key(2*about+1))]
		p.schedule(p.now+after+p.between(2*time.Second, tape.ChangeAfter, about), func() error { return p.press(c, i, second) })
	}
}
