// The host of a phone's engine: what it sends and tells goes to the network, the app and
// the watchers.

package explore

import (
	"slices"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// drain acts as the host after every input.
func (p *phone) drain() {
	for p.output = range p.engine.All() {
		switch out := &p.output; {
		case out.Kind == engine.Send:
			p.sends(out)
		case out.Kind == engine.RemoteInvitationMissed:
			p.tellMissed(out.Missed)
		case out.Local != nil:
			p.tellCaller(out)
		default:
			p.tellCallee(out)
		}
	}
	confirms := func(m parcel) bool { return m.Kind == engine.Confirm && m.ID == p.accepts }
	if p.accepts != (engine.ID{}) && !slices.ContainsFunc(p.sent, confirms) {
		p.breaks(Confirmed, "the caller is ACCEPTED, and nothing says so")
	}
	p.unsaid()
}

func (p *phone) sends(out *engine.Output) {
	if p.rules.tamper != nil {
		p.rules.tamper(p, &out.Message)
	}
	m := out.Message
	switch c := p.ownOf(m.ID); {
	case out.To == stranger && (m.Content != "" || m.Response != ""):
		p.breaks(property.S11, "%v goes to a stranger", m.Kind)
	case out.To == stranger:
	case slices.Contains(p.rules.peers, out.To) && (c == nil || c.Callee == out.To):
		p.sent = append(p.sent, parcel{m, p.addressee(out.To)})
		p.noteSent(out)
	default:
		p.breaks(property.S11, "%v goes to %q", m.Kind, out.To)
	}
}

// addressee is the phone for which a message is, 0 for any that hears this one.
func (p *phone) addressee(to string) uint8 {
	if len(p.rules.peers) == 1 {
		return 0
	}
	return uint8(1 + slices.Index(p.rules.peers, to))
}

func (p *phone) noteSent(out *engine.Output) {
	m := &out.Message
	switch m.Kind {
	case engine.Invite, engine.Confirm, engine.Cancel:
		if c := p.ownOf(m.ID); c != nil {
			c.CopySent(&p.watch, true, out, int64(p.now), int64(p.now))
		}
	case engine.Received, engine.Accept, engine.Refuse, engine.Ack, engine.Closed:
		byCaller := m.For == engine.Refuse || m.Kind == engine.Closed && m.For != engine.Invite
		if c := p.ownOf(m.ID); byCaller && c != nil {
			c.CopySent(&p.watch, true, out, int64(p.now), int64(p.now))
		}
		if byCaller {
			return
		}
		c := p.foreign(m.ID)
		c.CopySent(&p.watch, false, out, int64(p.now), int64(p.now))
		if m.Kind == engine.Ack {
			c.cancelSeen = true
			c.CancelProcessed()
		}
	}
}

func (p *phone) tellCaller(out *engine.Output) {
	c := p.ownOf(out.Local.ID())
	if c == nil {
		p.breaks(property.S11, "%v of an invitation that was never sent", out.Kind)
		return
	}
	if c.local == nil {
		c.local = out.Local // ended, and not told before the crash
	}
	if c.local != out.Local {
		p.breaks(property.S11, "%v raised for another invitation", out.Kind)
	}
	c.received = c.received || out.Kind == engine.LocalInvitationReceivedByPeer
	c.winner = out.Local.Device()
	c.Content = callText(mine, c.Number)
	if out.Kind == engine.LocalInvitationAccepted {
		p.accepts = c.ID
	}
	asOneSide(&c.Call, false)
	c.CallerEvent(&p.watch, out, int64(p.now), int64(p.now))
}

// asOneSide keeps a watcher from asking about the other side, of which this one knows
// nothing: it is as each event wants it.
func asOneSide(c *property.Call, callee bool) {
	if callee {
		c.CallerEnd = property.CallerAccepted
	} else {
		c.CalleeEnd = property.CalleeOpen
	}
}

func (p *phone) tellCallee(out *engine.Output) {
	r := out.Remote
	if r.CallerID() == stranger {
		if r.Content() != forged {
			p.breaks(property.S11, "%v from a stranger shows %q", out.Kind, r.Content())
		}
		return
	}
	c := p.foreign(r.ID())
	if out.Kind == engine.RemoteInvitationReceived {
		c.remote, c.answered = r, false
		c.number = numberIn(r.Content())
		c.Content = callText(yours, c.number)
	}
	c.reason = r.Reason()
	asOneSide(&c.Call, true)
	c.CalleeEvent(&p.watch, out, int64(p.now), int64(p.now))
	if c.remote == nil {
		c.remote = r
	}
}

// tellMissed: an INVITE that will not ring here, once, and withdrawn once at most.
func (p *phone) tellMissed(m *engine.Missed) {
	if m.CallerID == stranger {
		return
	}
	c := p.foreign(m.ID)
	switch {
	case m.Withdrawn && !c.missed:
		p.breaks(property.S9, "a missed call is withdrawn that was not told")
	case m.Withdrawn && c.withdrawn:
		p.breaks(property.S9, "a missed call is withdrawn twice")
	case m.Withdrawn:
		c.withdrawn = true
	case c.missed:
		p.breaks(property.S9, "a missed call is told twice")
	case c.Rang:
		p.breaks(property.S9, "a call that rang is told as missed")
	}
	if !m.Withdrawn {
		if c.number = numberIn(m.Content); m.Content != callText(yours, c.number) {
			p.breaks(property.S10, "a missed call shows %q", m.Content)
		}
	}
	c.missed = true
}

// unsaid looks for an end that the app was not told, because then it waits for ever
// (S14), and for one that the app has not asked for.
func (p *phone) unsaid() {
	accepted, open := 0, 0
	for _, c := range p.placed {
		accepted += int(bit(c.CallerEnd == property.CallerAccepted))
		open += int(bit(c.CallerEnd == property.CallerOpen))
	}
	if p.group != nil && (accepted > 1 || accepted == 1 && open > 0) {
		p.breaks(property.S16, "%d of a group are ACCEPTED, and %d are open", accepted, open)
	}
	for _, c := range p.placed {
		if c.CallerEnd == property.CallerCanceled && !c.cancelOK && (p.group == nil || accepted == 0) {
			p.breaks(property.S8, "the caller ended CANCELED, and its app has not canceled")
		}
		if c.local != nil && c.local.State().Terminal() && c.CallerEnd == property.CallerOpen {
			p.breaks(property.S14, "the caller's invitation is %v, and its app is not told", c.local.State())
		}
	}
	for _, c := range p.heard {
		if c.CalleeEnd == property.CalleeAccepted && !c.accepted || c.CalleeEnd == property.CalleeRefused && !c.refused {
			p.breaks(property.S13, "the callee ended %v, and its app has not said so", c.CalleeEnd)
		}
		if c.remote != nil && c.remote.State().Terminal() && c.CalleeEnd == property.CalleeOpen {
			p.breaks(property.S14, "the callee's invitation is %v, and its app is not told", c.remote.State())
		}
	}
}
