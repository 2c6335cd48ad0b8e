// Rules: from the halves of a call to a verdict on each property.

package judge

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/sim/property"
)

// Verdict is what is said of one property of one call.
type Verdict uint8

// The verdicts.
const (
	CannotTell Verdict = iota
	Holds
	Broken
)

func (v Verdict) String() string { return [...]string{"cannot tell", "holds", "broken"}[v] }

// Finding is a verdict with its reason.
type Finding struct {
	Property string
	Verdict  Verdict
	Reason   string // empty if it holds
	Log      string // where it is broken: the end,
	Line     int    // and the line of its log, if it is one
}

var holds = Finding{Verdict: Holds}

func unsure(format string, args ...any) Finding {
	return Finding{Verdict: CannotTell, Reason: fmt.Sprintf(format, args...)}
}

func broken(format string, args ...any) Finding {
	return Finding{Verdict: Broken, Reason: fmt.Sprintf(format, args...)}
}

// rules are the properties in their order. What a half shows to be broken by itself comes
// before them.
var rules = []struct {
	id    string
	words string
	judge func(c *call) Finding
}{
	{"S1", property.S1.Words(), (*call).confirmed},
	{"S2", property.S2.Words(), alone},
	{"S3", property.S3.Words(), (*call).refused},
	{"S4", property.S4.Words(), (*call).accepted},
	{"S5", property.S5.Words(), (*call).canceled},
	{"S6", property.S6.Words(), (*call).byCallees},
	{"S7", property.S7.Words(), (*call).byCallees},
	{"S8", property.S8.Words(), (*call).byCaller},
	{"S9", property.S9.Words(), alone},
	{"S10", property.S10.Words(), (*call).payload},
	{"S11", property.S11.Words(), (*call).crossTalk},
	{"S12", property.S12.Words(), func(*call) Finding { return unsure("the logs show one run, and it takes two") }},
	{"S13", property.S13.Words(), alone},
	{"S14", property.S14.Words(), (*call).inTime},
	{"S15", property.S15.Words(), (*call).oneDevice},
	{"S16", property.S16.Words(), (*call).oneOfGroup},
	{"PAIR", property.Pair.Words(), (*call).pair},
}

// judged are the verdicts on one call.
func (c *call) judged() []Finding {
	all := make([]Finding, len(rules))
	for i, r := range rules {
		all[i] = r.judge(c)
		if w, h := c.shown(r.id); h != nil {
			all[i] = h.memory(r.id, Finding{Verdict: Broken, Reason: w.detail, Log: h.end.name(), Line: w.line})
		}
		all[i].Property = r.id
	}
	return all
}

// shown is the first thing that a half shows to be broken by itself.
func (c *call) shown(id string) (wrong, *half) {
	for _, h := range c.halves() {
		for _, w := range h.wrong {
			if w.id == id {
				return w, h
			}
		}
	}
	return wrong{}, nil
}

func (c *call) halves() []*half {
	if c.local == nil {
		return c.remote
	}
	return append([]*half{c.local}, c.remote...)
}

// memory takes a verdict back that rests on the memory of a phone, if that has started
// again with nothing.
func (h *half) memory(id string, f Finding) Finding {
	switch id {
	case "S2", "S3", "S4", "S6", "S7", "S9", "S10", "S13", "PAIR":
		if h.begun && h.end.empty > h.beganEmpty {
			return unsure("%s's phone has started again with nothing, and then %s is not promised", h.end.name(), id)
		}
		if h.forgot {
			return unsure("the call came again to %s when its record was over: the clock was set, or a copy was older than MaxDelay", h.end.name())
		}
	}
	return f
}

// fits finds why the two halves cannot be those of one call: something arrived that the
// other log has not sent.
func (c *call) fits() {
	l := c.local
	for _, r := range c.remote {
		if l == nil || c.torn != "" {
			return
		}
		for k := engine.Invite; k <= engine.Closed; k++ {
			if r.got[k] > 0 && l.sent[k] == 0 {
				c.torn = fmt.Sprintf("%s's log has %v arrive, and %s's log has not sent it", r.end.name(), k, l.end.name())
			}
		}
	}
	if l == nil || len(c.remote) == 0 {
		return
	}
	for k := engine.Received; k <= engine.Closed; k++ {
		sent := int32(0)
		for _, r := range c.remote {
			sent += r.sent[k]
		}
		if l.got[k] > 0 && sent == 0 {
			c.torn = fmt.Sprintf("%s's log has %v arrive, and no log of %s has sent it", l.end.name(), k, quote.ID(c.callee))
		}
	}
}

var (
	noCaller = unsure("no log of the caller has the call")
	noCallee = unsure("no log of the callee has the call")
)

// lacks is why nothing can be said of both ends. It holds if there are both.
func (c *call) lacks() Finding {
	switch {
	case c.local == nil:
		return noCaller
	case len(c.remote) == 0:
		return noCallee
	}
	return holds
}

// cutOff says that the log of an end does not tell how a call ends there.
func (e *end) cutOff() Finding { return unsure("%s's log ends before its end", e.name()) }

// alone is a property that a half breaks by itself, or keeps.
func alone(c *call) Finding {
	for _, h := range c.halves() {
		if f := h.whole(); f.Verdict != Holds {
			return f
		}
	}
	return c.lacks()
}

func (c *call) byCaller() Finding {
	if c.local == nil {
		return noCaller
	}
	return c.local.whole()
}

func (c *call) byCallees() Finding {
	if len(c.remote) == 0 {
		return noCallee
	}
	for _, h := range c.remote {
		if f := h.whole(); f.Verdict != Holds {
			return f
		}
	}
	return holds
}

// whole tells whether a log has all that its end shows of the call.
func (h *half) whole() Finding {
	switch {
	case h.end.damaged:
		return unsure("lines of %s's log cannot be read", h.end.name())
	case !h.begun && !h.isEarly():
		return unsure("%s's log does not have its beginning", h.end.name())
	}
	return holds
}

// isEarly tells that a callee has heard of the call, and not been asked yet.
func (h *half) isEarly() bool {
	return h != h.call.local && h.rang == 0 && h.calleeEnd == property.CalleeOpen && h.end.from
}

// isRinging tells that a callee rang, and no end of it is known.
func (h *half) isRinging() bool { return h.rang > 0 && h.calleeEnd == property.CalleeOpen }

func (c *call) confirmed() Finding { // S1
	doubt := holds
	if len(c.remote) == 0 {
		return c.lacks()
	}
	for _, r := range c.remote {
		l := c.local
		switch {
		case r.isRinging():
			doubt = r.end.cutOff()
		case r.calleeEnd != property.CalleeAccepted:
		case l == nil:
			doubt = noCaller
		case l.callerEnd != property.CallerOpen && l.callerEnd != property.CallerAccepted:
			return broken("%s is ACCEPTED, and the caller is %v", r.end.name(), l.callerEnd)
		case l.callerEnd == property.CallerAccepted && l.device != r.end.device:
			return broken("%s is ACCEPTED, and the caller was accepted by device %x", r.end.name(), l.device)
		case r.end.damaged || l.end.damaged:
			doubt = unsure("lines are missing in which it could stand")
		case c.torn != "":
			doubt = unsure("%s", c.torn)
		case r.got[engine.Confirm] == 0 || int(r.first[engine.Confirm]) > r.ended:
			if !r.begun {
				doubt = unsure("%s's log does not have its beginning", r.end.name())
				break
			}
			return broken("%s is ACCEPTED before any CONFIRM has reached it", r.end.name())
		case l.callerEnd == property.CallerOpen:
			doubt = l.end.cutOff()
		case int(l.first[engine.Confirm]) < l.ended && l.end.starts == l.beganStarts:
			return broken("the CONFIRM was sent before the caller was ACCEPTED")
		}
	}
	return doubt
}

// answered is the callee's half that has given the answer by which the caller has ended, nil
// if there is none to be judged, and then why.
func (c *call) answered(with property.CallerEnd, verb string) (*half, Finding) {
	switch l := c.local; {
	case l == nil:
		return nil, noCaller
	case l.callerEnd == property.CallerOpen:
		return nil, l.end.cutOff()
	case l.callerEnd != with:
		return nil, holds
	}
	for _, r := range c.remote {
		switch {
		case r.end.device != c.local.device:
		case r.calleeEnd == property.CalleeOpen:
			return nil, r.end.cutOff()
		default:
			return r, holds
		}
	}
	return nil, unsure("there is no log of the device that %s", verb)
}

func (c *call) refused() Finding { // S3
	if l := c.local; l != nil && l.callerEnd == property.CallerRefused {
		for _, r := range c.remote {
			if r.calleeEnd == property.CalleeAccepted {
				return r.memory("S3", broken("the caller is REFUSED, and %s is ACCEPTED", r.end.name()))
			}
		}
	}
	w, f := c.answered(property.CallerRefused, "refused")
	if w != nil && w.calleeEnd != property.CalleeRefused {
		return w.memory("S3", broken("the caller is REFUSED, and %s is %v", w.end.name(), w.calleeEnd))
	}
	return f
}

func (c *call) accepted() Finding { // S4
	w, f := c.answered(property.CallerAccepted, "accepted")
	if w != nil && (w.calleeEnd == property.CalleeRefused || w.calleeEnd == property.CalleeCanceled || w.calleeEnd == property.CalleeExpired) {
		return w.memory("S4", broken("the caller is ACCEPTED, and %s is %v", w.end.name(), w.calleeEnd))
	}
	return f
}

func (c *call) canceled() Finding { // S5
	var doubt *half
	for _, r := range c.remote {
		switch {
		case r.calleeEnd == property.CalleeAccepted && c.local != nil && c.local.callerEnd == property.CallerCanceled:
			return broken("the caller is CANCELED, and %s is ACCEPTED", r.end.name())
		case r.isRinging():
			doubt = r
		}
	}
	switch lacks := c.lacks(); {
	case c.local != nil && c.local.callerEnd != property.CallerOpen && c.local.callerEnd != property.CallerCanceled:
		return holds
	case lacks.Verdict != Holds:
		return lacks
	case c.local.callerEnd == property.CallerOpen:
		return c.local.end.cutOff()
	case doubt != nil:
		return doubt.end.cutOff()
	}
	return holds
}

func (c *call) payload() Finding { // S10
	doubt, compared, shown := unsure("the logs do not have the payload on both sides"), false, false
	if f := c.lacks(); f.Verdict != Holds {
		return f
	}
	for _, r := range c.remote {
		l := c.local
		if r.rang == 0 && r.missed == 0 {
			continue
		}
		shown = true
		switch l.payload.compare(r.payload) {
		case another:
			return r.memory("S10", broken("%s is shown another content or channel id than was sent", r.end.name()))
		case same:
			compared = true
		case otherKeys:
			doubt = unsure("the digests of the logs of %s and %s are made with different keys", l.end.name(), r.end.name())
		}
		if r.end.device == l.device && (l.callerEnd == property.CallerAccepted || l.callerEnd == property.CallerRefused) {
			none := l.callerEnd == property.CallerRefused && l.response == plain(hash(nil)) // it was learned from CLOSED
			if l.response.compare(r.response) == another && !none {
				return r.memory("S10", broken("the caller is shown another response than %s has set", r.end.name()))
			}
		}
	}
	switch {
	case compared:
		return holds
	case !shown:
		return c.byCallees()
	}
	return doubt
}

func (c *call) crossTalk() Finding { // S11
	if c.local == nil && len(c.remote) > 0 {
		rang := c.remote[0].rang > 0
		for _, e := range c.callers {
			switch {
			case !rang:
			case e.damaged || !e.from:
				return unsure("%s's log does not have all that it sent", e.name())
			case e.epochs[c.id.Epoch]:
				return broken("%s rings, and %s's log has never sent it", c.remote[0].end.name(), e.name())
			default:
				return unsure("%s's log has nothing of that time", e.name())
			}
		}
	}
	return alone(c)
}

func (c *call) inTime() Finding { // S14
	doubt := holds
	for _, h := range c.halves() {
		switch f := h.inTime(); f.Verdict {
		case Broken:
			return f
		case CannotTell:
			doubt = f
		}
	}
	if doubt.Verdict == Holds {
		return c.lacks()
	}
	return doubt
}

// inTime is S14 of one half, by its own clock. What a phone does late because it slept is
// no fault of it: it is broken if its engine has run after the bound, and let it pass.
func (h *half) inTime() Finding {
	e, side := h.end, "caller"
	open := h.callerEnd == property.CallerOpen
	if h != h.call.local {
		if side, open = "callee", h.calleeEnd == property.CalleeOpen; open && h.rang == 0 {
			return holds
		}
	}
	last, doubt := h.over, h.doubt
	if open {
		last, doubt = e.clock, h.unclear()
		if e.runs {
			last.ranAt = e.now
		}
	}
	switch {
	case doubt != "":
		return unsure("%s", doubt)
	case e.damaged && open:
		return unsure("lines of %s's log cannot be read", e.name())
	case open && e.empty > h.beganEmpty && side == "caller":
		return unsure("%s's phone has started again with nothing, and then S14 is not promised", e.name())
	case open && e.empty > h.beganEmpty:
		return unsure("%s's phone has started again with nothing", e.name())
	}
	const slack = int64(2 * time.Second) // between what an engine reads and what a log says
	bound := h.timed.now + int64(h.bound) + last.away - h.timed.away
	switch {
	case last.ranAt > bound+slack && open:
		return broken("the %s never ended: it had %v, and its log goes on for %v", side, h.bound, time.Duration(last.now-h.timed.now))
	case last.ranAt > bound+slack:
		return broken("the %s ended %v after its bound of %v", side, time.Duration(last.now-bound), h.bound)
	case open:
		return e.cutOff()
	case last.now > bound+slack:
		return unsure("the %s ended %v after its bound, and %s's phone may have slept", side, time.Duration(last.now-bound), e.name())
	}
	return holds
}

func (c *call) oneDevice() Finding { // S15
	accepted, open := 0, (*end)(nil)
	for _, r := range c.remote {
		if r.calleeEnd == property.CalleeAccepted {
			accepted++
		}
		if r.isRinging() {
			open = r.end
		}
	}
	switch {
	case accepted > 1:
		return broken("%d devices are ACCEPTED", accepted)
	case len(c.remote) == 0:
		return noCallee
	case len(c.remote) > 1 && open != nil:
		return open.cutOff()
	case len(c.remote) == 1 && c.remote[0].end.device != 0:
		return unsure("%s may have other devices, of which there is no log", quote.ID(c.callee))
	}
	return holds
}

func (c *call) oneOfGroup() Finding { // S16
	if c.local == nil {
		return noCaller
	}
	if f := c.local.whole(); f.Verdict != Holds {
		return f
	}
	if !c.local.labeled {
		return unsure("%s's log does not have how the call was made", c.local.end.name())
	}
	if g := c.local.group; g != nil && g.accepted > 1 && c.local.callerEnd == property.CallerAccepted {
		return broken("%d invitations of its group are ACCEPTED", g.accepted)
	}
	return holds
}

func (c *call) pair() Finding { // PAIR
	if f := c.lacks(); f.Verdict != Holds {
		return f
	}
	l, doubt := c.local, holds
	if l.callerEnd == property.CallerOpen {
		return l.end.cutOff()
	}
	for _, r := range c.remote {
		end := r.calleeEnd
		answered := l.callerEnd == property.CallerAccepted || l.callerEnd == property.CallerRefused
		switch {
		case answered && r.end.device != l.device:
			continue // what becomes of others is S3, S4 and S15
		case r.isRinging():
			doubt = r.end.cutOff()
			continue
		case end == property.CalleeOpen:
			end = property.CalleeNeverRang
		}
		if property.Allowed(l.callerEnd, end) || end == property.CalleeNeverRang && len(c.remote) > 1 {
			continue
		}
		if end == property.CalleeNeverRang && (r.end.damaged || c.torn != "" || !r.end.from) {
			doubt = unsure("%s's log may lack the ring", r.end.name())
			continue
		}
		f := r.memory("PAIR", broken("caller %v, %s %v", l.callerEnd, r.end.name(), end))
		if f.Verdict == Broken {
			return l.memory("PAIR", f)
		}
		doubt = f
	}
	return doubt
}
