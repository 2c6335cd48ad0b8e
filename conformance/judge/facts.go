// Facts: what each end shows of each call, taken line by line.

package judge

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/sim/property"
)

// endKey names an end: a device of a user, in one case of a log that has several.
type endKey struct {
	story, user string
	device      uint64
}

// callKey names a call.
type callKey struct {
	story, caller, callee string
	id                    engine.ID
}

// end is one device of one user, in one case.
type end struct {
	endKey
	number  int
	step    int  // of its inputs
	from    bool // its log begins with a start: nothing is missing before
	damaged bool // lines are missing
	epochs  map[uint64]bool

	clock
	runs   bool // the engine runs in this input, too
	starts int  // processes so far,
	empty  int  // that began with nothing

	caller, callee time.Duration // the bounds of S14
	tombstone      time.Duration // for how long it remembers what has ended

	labels map[string]*label
	groups map[string]*group // by label
	asked  *invd.App         // the app's call, until it is taken
	taken  *invd.App
	code   string // with which it was refused
	about  *half  // whose it is
}

// label is an own invitation by the name that the log gives it.
type label struct {
	group            *group
	content, channel uint64 // of a log that has them: their hashes
	payload          text
	times            invd.CallTimes
	call             *call
}

// group are calls that ring together.
type group struct {
	accepted int // of them
}

// call is one invitation, by its two halves.
type call struct {
	callKey
	local  *half
	remote []*half
	torn   string // why the logs do not fit together

	callers []*end // all logs of its caller
}

// half is what one end shows of a call.
type half struct {
	call *call
	end  *end

	begun                   bool // its log has the send, or the INVITE
	beganStarts, beganEmpty int
	timed                   clock         // when the time of S14 began: at the send, or the ring
	bound                   time.Duration // of S14
	over                    clock         // at its end,
	doubt                   string        // and why the time since timed is not known then

	sent, got    [engine.Closed + 1]int32
	first        [engine.Closed + 1]int32 // step at which it was sent or handed to it first
	handedCancel bool
	cancelSeen   int    // it has processed a CANCEL, or another device's answer,
	seenAt       clock  // when,
	seen         string // and which
	forgot       bool   // by its clock it may have forgotten the call when that came again

	labeled  bool   // its log has how the call was made
	group    *group // nil for none
	payload  text   // sent, or shown
	response text   // set, or shown
	device   uint64 // that the caller was told

	cancelTaken, answerTaken               int // steps
	received, invited, rang, missed, ended int
	receivedStarts, rangStarts, endStarts  int // processes that were told it last
	callerEnd                              property.CallerEnd
	calleeEnd                              property.CalleeEnd

	wrong []wrong // what its own log shows to be broken
}

// wrong is a property that is broken for certain.
type wrong struct {
	id     string
	line   int
	detail string
}

// name is the user, and the device if it is not the only one.
func (e *end) name() string {
	if e.device == 0 {
		return quote.ID(e.user)
	}
	return quote.ID(e.user) + "/" + strconv.FormatUint(e.device, 16)
}

// restart is the start of a process.
func (e *end) restart(in *input) {
	e.starts++
	if !in.start.restored {
		e.empty++
		clear(e.labels)
	}
	clear(e.groups)
	if in.start.restored && in.start.away < 0 {
		e.vague++
	}
	e.away += max(in.start.away, 0)
	if in.start.epoch != 0 {
		e.epochs[in.start.epoch] = true
	}
	t := engine.DefaultTimes()
	for _, each := range []struct {
		to    *time.Duration
		given invd.Time
	}{{&t.NoResponse, in.start.times.NoResponse}, {&t.Expiry, in.start.times.Expiry}, {&t.ExpiryCap, in.start.times.ExpiryCap}, {&t.Accept, in.start.times.Accept}, {&t.Tombstone, in.start.times.Tombstone}} {
		if each.given > 0 {
			*each.to = time.Duration(each.given)
		}
	}
	if g := in.start.times.Grace; g != nil {
		t.Grace = time.Duration(*g)
	}
	b := property.BoundsOf(engine.Options{Times: t})
	e.caller, e.callee = max(e.caller, b.Caller), max(e.callee, b.Callee)
	if e.tombstone == 0 || b.Tombstone < e.tombstone {
		e.tombstone = b.Tombstone
	}
	e.asked, e.taken, e.about, e.code = nil, nil, nil, ""
}

// asks is something that is done to an end.
func (e *end) asks(j *Judge, in *input) {
	e.step++
	if e.runs {
		e.ranAt = e.now
	}
	e.runs = in.runs
	if in.timed {
		if e.step > 1 && in.now < e.now {
			e.backs++
			e.lost += e.now - in.now
		}
		e.now, e.highest = in.now, max(e.highest, in.now)
	}
	e.asked, e.taken, e.about, e.code = in.app, nil, nil, ""
	switch {
	case in.app != nil:
		e.calls(j, in)
	case in.got != nil:
		e.arrives(j, in)
	}
}

// calls is a call of the app, which may be refused yet.
func (e *end) calls(j *Judge, in *input) {
	a := in.app
	switch l := e.labels[a.Inv]; {
	case a.Call == invd.Create:
		if len(e.labels) < mostCalls {
			l = &label{group: e.groupOf(j, in), content: hash(nil), channel: hash(nil), payload: in.text}
			e.labels[a.Inv] = l
			l.set(in)
		}
	case l != nil && l.call == nil:
		l.set(in)
	default:
		e.about = j.halfOfCall(e, a)
	}
	if h := e.about; h != nil && in.text.known && h.answerTaken == 0 && h.calleeEnd == property.CalleeOpen {
		h.response = in.text
	}
}

// set is what the app sets before a call is sent.
func (l *label) set(in *input) {
	a := in.app
	if a.Content != nil {
		l.content = hash(a.Content)
	}
	if a.ChannelID != nil {
		l.channel = hash(a.ChannelID)
	}
	if a.Times != (invd.CallTimes{}) {
		l.times = a.Times
	}
	if !in.isRecord {
		l.payload = plain(l.content, l.channel)
	}
}

// groupOf is the group of a call that is made, nil for none. A driver's log names it by a
// label that ends with the process, that of a host by any call in it.
func (e *end) groupOf(j *Judge, in *input) *group {
	name := in.app.Group
	if in.isRecord {
		if c := j.sent[callKey{story: e.story, caller: e.user, id: idOf(name)}]; c != nil && c.local.group != nil {
			return c.local.group
		}
	}
	if name == "" {
		return nil
	}
	if e.groups[name] == nil {
		e.groups[name] = &group{}
	}
	return e.groups[name]
}

// toCaller tells which half of the receiver a message is about.
func toCaller(m *engine.Message) bool {
	switch m.Kind {
	case engine.Received, engine.Accept, engine.Refuse:
		return true
	case engine.Ack, engine.Closed:
		return m.For == engine.Cancel || m.For == engine.Invite || m.For == engine.Confirm
	}
	return false
}

// arrives is a message that is handed to an end.
func (e *end) arrives(j *Judge, in *input) {
	m := in.got
	if !toCaller(m) {
		if c := j.call(callKey{e.story, in.from, e.user, m.ID}); c != nil {
			c.half(e)
		}
	}
	e.about = j.half(e, in.from, toCaller(m), m.ID)
	h := e.about
	if h == nil || h.end != e {
		return
	}
	if h.got[m.Kind]++; h.got[m.Kind] == 1 {
		h.first[m.Kind] = int32(e.step)
	}
	if m.Kind == engine.Invite {
		h.invited = e.step
	}
	switch {
	case m.Kind == engine.Invite && !h.begun:
		h.begin(e)
		h.bound = e.callee
		h.forgets()
	case m.Kind == engine.Invite:
		h.forgets()
	case m.Kind == engine.Cancel:
		h.handedCancel = true
	case m.Kind == engine.Confirm && m.Device != e.device:
		h.processed("the CONFIRM of another device")
	case m.Kind == engine.Ack && m.For == engine.Refuse && m.Refused && m.Device != e.device:
		h.processed("the refusal of another device")
	}
}

func (h *half) processed(what string) {
	if h.cancelSeen == 0 {
		h.cancelSeen, h.seenAt, h.seen = h.end.step, h.end.clock, what
	}
}

// begin notes the state of an end when a call begins there.
func (h *half) begin(e *end) {
	h.begun, h.beganStarts, h.beganEmpty = true, e.starts, e.empty
	h.times()
}

// replied is what came of the last input, or a part of it.
func (e *end) replied(j *Judge, in *input) {
	if e.code = cmp.Or(e.code, in.code); e.code == "" && e.asked != nil {
		if e.about != nil {
			e.about.pressed(e.asked.Call, in.line)
		}
		e.taken = e.asked
		e.asked = nil
	}
	for i := range in.effects {
		out := &in.effects[i]
		if h := j.halfOf(e, out); e.code != "" && h != nil && h == e.about && out.event != nil && out.event.Failure == "" { // what a timer does is due before the call
			h.broken("S13", in.line, "%s was refused with %s, and the app is told %s", e.asked.Call, e.code, out.event.Name)
		}
		if out.sent != nil {
			e.sends(j, in, out)
		} else {
			e.shows(j, in, out)
		}
	}
}

// halfOf is the half of a call that an effect is about, nil if none is known.
func (j *Judge) halfOf(e *end, out *effect) *half {
	switch {
	case out.sent != nil:
		return j.half(e, out.to, !toCaller(out.sent), out.sent.ID)
	case out.event.From != "":
		return j.half(e, out.event.From, false, idOf(out.event.ID))
	}
	return j.half(e, out.event.To, true, idOf(out.event.ID))
}

// halfOfCall is the half of a call that a call of the app is about, nil if none is known.
func (j *Judge) halfOfCall(e *end, a *invd.App) *half {
	switch l := e.labels[a.Inv]; {
	case l != nil && l.call != nil:
		return l.call.local
	case a.From != "":
		return j.half(e, a.From, false, idOf(a.ID))
	case a.To != "":
		return j.half(e, a.To, true, idOf(a.ID))
	}
	return nil
}

// half is the half of a call that an end has with a peer, as its caller or as its callee,
// nil if none is known. That of a caller may be another device's.
func (j *Judge) half(e *end, peer string, asCaller bool, id engine.ID) *half {
	key := callKey{e.story, peer, e.user, id}
	if asCaller {
		key.caller, key.callee = e.user, peer
	}
	switch c := j.calls[key]; {
	case c == nil:
		return nil
	case asCaller:
		return c.local
	default:
		return c.at(e)
	}
}

// pressed is a call of the app that was taken.
func (h *half) pressed(what string, line int) {
	switch what {
	case invd.Cancel:
		if h.callerEnd != property.CallerOpen {
			h.broken("S13", line, "cancel was taken after the caller's end %v", h.callerEnd)
		}
		h.cancelTaken = h.end.step
	case invd.Accept, invd.Refuse:
		switch {
		case h.calleeEnd != property.CalleeOpen:
			h.broken("S13", line, "%s was taken after the callee's end %v", what, h.calleeEnd)
		case h.answerTaken > 0:
			h.broken("S13", line, "%s was taken after an answer", what)
		}
		h.answerTaken = h.end.step
	}
}

func (h *half) broken(id string, line int, format string, args ...any) {
	if len(h.wrong) < mostDamage {
		h.wrong = append(h.wrong, wrong{id, line, fmt.Sprintf(format, args...)})
	}
}

// sends is a message on its way out.
func (e *end) sends(j *Judge, in *input, out *effect) {
	m, h := out.sent, j.halfOf(e, out)
	if c := j.sent[callKey{story: e.story, caller: e.user, id: m.ID}]; c != nil && c.callee != out.to && (m.Kind == engine.Invite || m.Kind == engine.Confirm || m.Kind == engine.Cancel) {
		c.local.broken("S11", in.line, "%v is sent to %s, who is not its callee", m.Kind, quote.ID(out.to))
		return
	}
	if m.Kind == engine.Invite {
		h = e.invites(j, out)
	}
	if h == nil || h.end != e {
		return
	}
	if h.sent[m.Kind]++; h.sent[m.Kind] == 1 {
		h.first[m.Kind] = int32(e.step)
	}
	if m.Kind == engine.Ack && m.For == engine.Cancel && h.handedCancel {
		h.processed("its CANCEL")
	}
}

// invites is the caller's half of the call that an INVITE is about.
func (e *end) invites(j *Judge, out *effect) *half {
	c := j.call(callKey{e.story, e.user, out.to, out.sent.ID})
	if c == nil {
		return nil
	}
	if c.local == nil {
		c.local = &half{call: c, end: e}
		j.sent[callKey{story: e.story, caller: e.user, id: out.sent.ID}] = c
	}
	h := c.local
	if h.begun {
		return h
	}
	e.epochs[out.sent.ID.Epoch] = true
	if e.taken == nil || e.taken.Call != invd.Send {
		return h // a copy: it was sent before this log begins
	}
	h.begin(e)
	h.bound = e.caller
	if out.sent.Wait > 0 || out.sent.Content != "" { // a whole message, not the record of one
		h.payload = plain(hash(&out.sent.Content), hash(&out.sent.ChannelID))
	}
	if l := e.labels[e.taken.Inv]; l != nil {
		h.labeled, h.payload, h.group = true, l.payload, l.group
		l.call = c
		t := engine.DefaultTimes()
		if l.times.NoResponse > 0 {
			h.bound += max(0, time.Duration(l.times.NoResponse)-t.NoResponse)
		}
		if l.times.Expiry > 0 {
			h.bound += max(0, time.Duration(l.times.Expiry)-t.Expiry)
		}
	}
	return h
}

// call is a call, made if it is not known and there is room.
func (j *Judge) call(key callKey) *call {
	c := j.calls[key]
	if c == nil && key.id != (engine.ID{}) {
		if len(j.order) >= mostCalls {
			j.left++
			return nil
		}
		c = &call{callKey: key}
		j.calls[key] = c
		j.order = append(j.order, c)
	}
	return c
}

// half is the callee's half of a call at an end.
func (c *call) half(e *end) *half {
	if h := c.at(e); h != nil {
		return h
	}
	h := &half{call: c, end: e}
	c.remote = append(c.remote, h)
	return h
}

func (c *call) at(e *end) *half {
	for _, h := range c.remote {
		if h.end == e {
			return h
		}
	}
	return nil
}

func idOf(text string) engine.ID {
	id, _ := parseID(text)
	return id
}

func parseID(text string) (id engine.ID, ok bool) {
	epoch, counter, ok := strings.Cut(text, "-")
	var errs [2]error
	id.Epoch, errs[0] = strconv.ParseUint(epoch, 16, 64)
	id.Counter, errs[1] = strconv.ParseUint(counter, 10, 64)
	if !ok || cmp.Or(errs[0], errs[1]) != nil {
		return engine.ID{}, false
	}
	return id, true
}
