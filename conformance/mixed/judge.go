// The judge: tells the watchers of sim/property what phones show.

package mixed

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// call is one call. Its watcher speaks of one phone of the callee at a time.
type call struct {
	property.Call
	caller    int // the phone
	label, id string
	group     string  // its label
	refused   bool    // it was not sent, because its group is decided
	answered  [2]bool // by device of the callee: an answer was taken
	canceled  [2]bool // a CANCEL was handed to it
}

// report keeps what is violated but for the rules of quality, which need to know more of an
// engine than what it shows.
func (p *play) report(v property.Violation) {
	if v.Property <= property.Pair {
		p.result.Violations = append(p.result.Violations, v)
	}
}

func (p *play) violated(id property.ID, c *call, format string, args ...any) {
	v := property.Violation{Property: id, At: p.now, Detail: fmt.Sprintf(format, args...)}
	if c != nil {
		v.Call, v.Invitation, v.Caller, v.Callee = c.Number, c.ID, c.Caller, c.Callee
	}
	p.report(v)
}

// isCaller tells whether a phone is the caller's. Any other one of the call is then the one
// that is spoken of.
func (c *call) isCaller(i int) bool {
	if i == c.caller {
		return true
	}
	c.Turn(device(i))
	return false
}

// hasEnded tells whether a call has ended at a phone.
func (c *call) hasEnded(i int) bool {
	if c.isCaller(i) {
		return c.CallerEnd != property.CallerOpen
	}
	return c.CalleeEnd != property.CalleeOpen
}

// asCallee is the call of an id that a phone has as one of its callee's, nil if there is none.
func (p *play) asCallee(i int, id string) *call {
	for _, c := range p.calls {
		if user(c.caller) != user(i) && id != "" && c.id == id {
			c.Turn(device(i))
			return c
		}
	}
	return nil
}

// asCaller is the call that a phone has placed.
func (p *play) asCaller(i int, id, label string) *call {
	for _, c := range p.calls {
		if c.caller == i && (id != "" && c.id == id || label != "" && c.label == label) {
			return c
		}
	}
	return nil
}

// pressed looks at what a call of the app returned.
func (p *play) pressed(i int, what string, c *call, reply *invd.Reply) {
	ended := c.hasEnded(i)
	if reply.Code != "" {
		c.Misuse(&p.watch, what, c.CalleeEnd, c.CalleeEnd, len(reply.Effects), int64(p.now))
		c.refused = what == invd.Send && reply.Code == "GROUP_DECIDED" && p.isDecided(c.Group)
		return
	}
	place := device(i)
	if ended || i != c.caller && c.answered[place] {
		c.PressedAgain(&p.watch, what, nil, int64(p.now))
	}
	switch what {
	case invd.Cancel:
		c.CancelReturnedOK(&p.watch, int64(p.now))
	case invd.Accept, invd.Refuse:
		c.answered[place] = true
	}
}

// isDecided tells whether a call of a group is ACCEPTED.
func (p *play) isDecided(g *property.Group) bool {
	return g != nil && slices.ContainsFunc(p.calls, func(c *call) bool { return c.Group == g && c.CallerEnd == property.CallerAccepted })
}

// sent looks at a message on its way out.
func (p *play) sent(from int, e *invd.Effect, m *engine.Message) {
	if e.To != names[1-user(from)] && e.To != stranger {
		p.violated(property.S11, nil, "%s sends %v to %q, who is in no call", p.name(from), m.Kind, e.To)
	}
	if c := p.asCallee(from, m.ID.String()); c != nil && c.canceled[device(from)] && m.Kind == engine.Ack && m.For == engine.Cancel {
		c.CancelProcessed()
	}
}

// arrived notes a message that is handed to a phone.
func (p *play) arrived(to int, m *engine.Message) {
	c := p.asCallee(to, m.ID.String())
	switch {
	case c == nil:
	case m.Kind == engine.Cancel:
		c.canceled[device(to)] = true
	case m.Kind == engine.Confirm || m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused:
		if m.Device != p.deviceID(to) {
			c.CancelProcessed() // as it ends with this, too
		}
	}
}

// kinds are the events by their names, and reasons those of CANCELED and of Missed.
var (
	kinds   = byName(engine.LocalInvitationReceivedByPeer, engine.RemoteInvitationMissed)
	reasons = byName(engine.ReasonUser, engine.ReasonStale)
)

func byName[T interface {
	~uint8
	fmt.Stringer
}](first, last T) map[string]T {
	all := map[string]T{}
	for v := first; v <= last; v++ {
		all[v.String()] = v
	}
	return all
}

// event tells the watcher of a call what an app is told. A payload that is not shown is as
// it was.
func (p *play) event(i int, e *invd.Effect) {
	if e.From == stranger {
		return // under its own name it may call
	}
	t := property.Told{Kind: kinds[e.Name], Reason: reasons[e.Reason], Peer: e.From + e.To}
	c, side, ok := p.asCallee(i, e.ID), "callee", true
	if e.From == "" {
		c, side = p.asCaller(i, e.ID, e.Inv), "caller"
	}
	if c == nil || t.Peer != names[1-user(i)] || e.ID != "" && c.id != "" && e.ID != c.id {
		p.violated(property.S11, c, "%s shows %s of %q, to %q, from %q, which is no call of this world", p.name(i), e.Name, e.ID, e.To, e.From)
		return
	}
	t.ID, t.Content, t.ChannelID = c.ID, textOr(e.Content, c.Content), textOr(e.ChannelID, c.ChannelID)
	t.Response = textOr(e.Response, "")
	t.Device, _ = strconv.ParseUint(e.Device, 16, 64)
	if t.Kind.Terminal() {
		t.CallerEnd, ok = property.CallerEndOf(e.Name, e.Failure)
		if side == "callee" {
			t.CalleeEnd, ok = property.CalleeEndOf(e.Name, e.Failure)
		}
	}
	if !ok {
		p.violated(property.S9, c, "%s %s is no end of a %s", e.Name, e.Failure, side)
		return
	}
	at, own := int64(p.now), int64(p.own(i))
	switch {
	case side == "caller":
		c.CallerTold(&p.watch, &t, at, own)
	case t.Kind == engine.RemoteInvitationMissed:
		c.Missed(&p.watch, &engine.Missed{CallerID: e.From, ID: t.ID, Content: t.Content, ChannelID: t.ChannelID, Reason: t.Reason, Withdrawn: e.Withdrawn}, at, own)
	default:
		rang := c.Rang
		if c.CalleeTold(&p.watch, &t, at, own); c.Rang && !rang {
			p.rings(c, i)
		}
	}
}

// textOr is a text that an app is shown, or what it takes it to be.
func textOr(text *string, otherwise string) string {
	if text == nil {
		return otherwise
	}
	return *text
}

// finish looks at what is left when nothing can happen any more.
func (p *play) finish() error {
	for _, c := range p.calls {
		if c.refused {
			continue
		}
		c.End(&p.watch, int64(p.now))
		end := End{Caller: c.caller, CallerEnd: c.CallerEnd, CalleeEnd: c.CalleeEnd}
		if len(p.phones) > 2 {
			c.Turn(1 - c.Stands())
			end.Other = c.CalleeEnd
		}
		p.result.Ends = append(p.result.Ends, end)
	}
	for i := range p.phones {
		reply, err := p.phones[i].Driver.Do(&invd.Inspect{})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name(i), err)
		}
		if r := reply.Records; r != nil && *r != (invd.Records{}) {
			p.violated(property.S14, nil, "%s remembers %+v for ever", p.name(i), *r)
		}
	}
	return nil
}
