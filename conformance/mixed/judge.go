// The judge: S1 to S14, and the pairs of ends, by what two phones show.

package mixed

import (
	"fmt"
	"slices"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// call is one call, as its two users see it.
type call struct {
	number                            int
	caller                            int // the phone
	label, content, channel, response string
	id                                string // empty until it is sent

	sentAt, rangAt           time.Duration // by their own phone's running time
	rang, receivedByPeer     bool
	cancelTaken, answered    bool // the app's call was taken
	cancelHanded, cancelSeen bool // a CANCEL was handed to the callee; it was acknowledged or shown
	callerEnd                property.CallerEnd
	calleeEnd                property.CalleeEnd
}

func (p *play) violated(id property.ID, c *call, format string, args ...any) {
	v := property.Violation{Property: id, At: p.now, Detail: fmt.Sprintf(format, args...)}
	if c != nil {
		v.Call, v.Caller, v.Callee = c.number, names[c.caller], names[1-c.caller]
		if c.id != "" {
			fmt.Sscanf(c.id, "%x-%d", &v.Invitation.Epoch, &v.Invitation.Counter)
		}
	}
	p.result.Violations = append(p.result.Violations, v)
}

// find is the call that an event or message is about.
func (p *play) find(caller int, id, label string) *call {
	for _, c := range p.calls {
		if c.caller == caller && (id != "" && c.id == id || label != "" && c.label == label) {
			return c
		}
	}
	return nil
}

// pressed looks at what a call of the app returned.
func (p *play) pressed(i int, what string, c *call, reply *invd.Reply) {
	if reply.Code != "" {
		if len(reply.Effects) > 0 {
			p.violated(property.S13, c, "%s was refused with %s, and has effects", what, reply.Code)
		}
		return
	}
	ended := c.callerEnd != property.CallerOpen
	if i != c.caller {
		ended = c.calleeEnd != property.CalleeOpen
	}
	if ended {
		p.violated(property.S13, c, "%s was taken after the end", what)
	}
	switch what {
	case invd.Cancel:
		c.cancelTaken = true
	case invd.Accept, invd.Refuse:
		if c.answered {
			p.violated(property.S13, c, "%s was taken after an answer", what)
		}
		c.answered = true
	}
}

// sent looks at a message on its way out.
func (p *play) sent(from int, e *invd.Effect, m *engine.Message) {
	if e.To != names[1-from] && e.To != stranger {
		p.violated(property.S11, nil, "%s sends %v to %q, who is in no call", names[from], m.Kind, e.To)
	}
	if c := p.find(1-from, m.ID.String(), ""); c != nil && c.cancelHanded && m.Kind == engine.Ack && m.For == engine.Cancel {
		c.cancelSeen = true
	}
}

// arrived notes a message that is handed to a phone.
func (p *play) arrived(to int, m *engine.Message) {
	if c := p.find(1-to, m.ID.String(), ""); c != nil && m.Kind == engine.Cancel {
		c.cancelHanded = true
	}
}

func (p *play) event(i int, e *invd.Effect) {
	if e.From == stranger {
		return // under its own name it may call
	}
	isLocal := e.From == ""
	caller := i
	if !isLocal {
		caller = 1 - i
	}
	c := p.find(caller, e.ID, e.Inv)
	if c == nil || isLocal && e.To != names[1-i] || !isLocal && e.From != names[1-i] {
		p.violated(property.S11, c, "%s shows %s of %q, to %q, from %q, which is no call of this world", names[i], e.Name, e.ID, e.To, e.From)
		return
	}
	if isLocal {
		p.callerEvent(c, e)
	} else {
		p.calleeEvent(c, e)
	}
}

func (p *play) callerEvent(c *call, e *invd.Effect) {
	end, ok := property.CallerEndOf(e.Name, e.Failure)
	if c.callerEnd != property.CallerOpen {
		p.violated(property.S9, c, "the caller shows %s after %v", e.Name, c.callerEnd)
		if (end == property.CallerAccepted || end == property.CallerCanceled) && end != c.callerEnd {
			p.violated(property.S2, c, "the caller shows %s after %v", e.Name, c.callerEnd)
		}
		return
	}
	if e.Name == invd.ReceivedByPeer {
		if c.receivedByPeer || !c.rang {
			p.violated(property.S9, c, "%s, shown before: %v, rang: %v", e.Name, c.receivedByPeer, c.rang)
		}
		c.receivedByPeer = true
		return
	}
	if !ok {
		p.violated(property.S9, c, "%s %s is no end of a caller", e.Name, e.Failure)
		return
	}
	c.callerEnd = end
	if late := p.own(c.caller) - c.sentAt - p.phones[c.caller].Bounds.Caller; late > 0 {
		p.violated(property.S14, c, "the caller ended %v after its bound", late)
	}
	if answered := end == property.CallerAccepted || end == property.CallerRefused; answered {
		if !c.receivedByPeer {
			p.violated(property.S9, c, "%s without %s", e.Name, invd.ReceivedByPeer)
		}
		if *e.Response != c.response {
			p.violated(property.S10, c, "the caller is shown the response %q, the callee set %q", *e.Response, c.response)
		}
	}
	if end == property.CallerAccepted && c.cancelTaken {
		p.violated(property.S8, c, "the caller is ACCEPTED after a cancel that was taken")
	}
	if end == property.CallerRefused && c.calleeEnd != property.CalleeRefused {
		p.violated(property.S3, c, "the callee is %v", c.calleeEnd)
	}
	p.bothEnded(c)
}

func (p *play) calleeEvent(c *call, e *invd.Effect) {
	if e.Name == invd.Received {
		switch {
		case c.rang:
			p.violated(property.S6, c, "it rings a second time")
		case c.cancelSeen:
			p.violated(property.S7, c, "it rings after its CANCEL")
		case *e.Content != c.content || *e.ChannelID != c.channel:
			p.violated(property.S10, c, "content %q and channel %q are shown, %q and %q were sent", *e.Content, *e.ChannelID, c.content, c.channel)
		}
		if !c.rang {
			c.rang, c.rangAt = true, p.own(1-c.caller)
			p.rings(c)
		}
		return
	}
	if e.Name == invd.Missed {
		return // it has no ring, and no end
	}
	end, ok := property.CalleeEndOf(e.Name, e.Failure)
	if c.calleeEnd != property.CalleeOpen {
		p.violated(property.S9, c, "the callee shows %s after %v", e.Name, c.calleeEnd)
		if (end == property.CalleeAccepted || end == property.CalleeCanceled) && end != c.calleeEnd {
			p.violated(property.S2, c, "the callee shows %s after %v", e.Name, c.calleeEnd)
		}
		return
	}
	if !ok || !c.rang {
		p.violated(property.S9, c, "%s %s is no end of this callee, rang: %v", e.Name, e.Failure, c.rang)
		return
	}
	c.calleeEnd = end
	c.cancelSeen = c.cancelSeen || end == property.CalleeCanceled
	if late := p.own(1-c.caller) - c.rangAt - p.phones[1-c.caller].Bounds.Callee; late > 0 {
		p.violated(property.S14, c, "the callee ended %v after its bound", late)
	}
	if end == property.CalleeAccepted && c.callerEnd != property.CallerAccepted {
		p.violated(property.S1, c, "the caller is %v", c.callerEnd)
	}
	p.bothEnded(c)
}

// bothEnded looks at the two ends of a call.
func (p *play) bothEnded(c *call) {
	if c.callerEnd == property.CallerAccepted && slices.Contains([]property.CalleeEnd{property.CalleeRefused, property.CalleeCanceled, property.CalleeExpired}, c.calleeEnd) {
		p.violated(property.S4, c, "the callee is %v", c.calleeEnd)
	}
	if c.callerEnd == property.CallerCanceled && c.calleeEnd == property.CalleeAccepted {
		p.violated(property.S5, c, "the callee is ACCEPTED")
	}
}

// finish looks at what is left when nothing can happen any more.
func (p *play) finish() error {
	for _, c := range p.calls {
		if c.callerEnd == property.CallerOpen {
			p.violated(property.S14, c, "the caller never ended")
		} else if c.cancelTaken != (c.callerEnd == property.CallerCanceled) {
			p.violated(property.S8, c, "the caller ended %v; a cancel was taken: %v", c.callerEnd, c.cancelTaken)
		}
		if !c.rang {
			c.calleeEnd = property.CalleeNeverRang
		} else if c.calleeEnd == property.CalleeOpen {
			p.violated(property.S14, c, "the callee never ended")
		}
		if c.callerEnd != property.CallerOpen && c.calleeEnd != property.CalleeOpen && !property.Allowed(c.callerEnd, c.calleeEnd) {
			p.violated(property.Pair, c, "caller %v, callee %v", c.callerEnd, c.calleeEnd)
		}
		p.result.Ends = append(p.result.Ends, End{c.caller, c.callerEnd, c.calleeEnd})
	}
	for i := range p.phones {
		reply, err := p.phones[i].Driver.Do(&invd.Inspect{})
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		if r := reply.Records; r != nil && *r != (invd.Records{}) {
			p.violated(property.S14, nil, "%s remembers %+v for ever", names[i], *r)
		}
	}
	return nil
}
