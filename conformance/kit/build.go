// How a case is made: inputs in words, given to the reference, which shows what is expected.

package kit

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/engine"
)

// build is a case that is being made.
type build struct {
	c    Case
	ref  *testee
	now  invd.Time
	next invd.Deadline
	last invd.Cell // of the reference
	late bool      // a deadline was passed

	restarts int
	restored bool // by the last request: the next deadline may lie in the past
}

// add makes a case. Of its clause "" stands for that of the last cell.
func (v *vectors) add(id, title, clause string, setup invd.Setup, do func(b *build)) {
	b := &build{c: Case{ID: id, Title: title, Clause: clause, Level: App}, ref: newTestee(invd.Here(&reference.Endpoint{}))}
	setup.Self, setup.Epoch = self, "a1"
	b.do(&invd.Reset{Setup: setup, Case: id})
	do(b)
	if b.c.Clause == "" {
		b.c.Clause = clauseOf(b.last)
	}
	b.c.Requires = b.c.needs()
	if b.late {
		b.c.Requires = append(b.c.Requires, "late")
	}
	if setup.Device == "" && setup.Options.Times.Refresh == nil && refreshes(&b.c) {
		b.c.Requires = append(b.c.Requires, "refresh")
	}
	v.cases = append(v.cases, &b.c)
}

// refreshes tells whether an endpoint that does not repeat RECEIVED fails a case.
func refreshes(c *Case) bool {
	found, _ := c.Run(invd.Here(&reference.Endpoint{Adjust: func(o *engine.Options) {
		if o.Times == (engine.Times{}) {
			o.Times = engine.DefaultTimes()
		}
		o.Times.Refresh = 0
	}}))
	return found != nil
}

func (b *build) do(r invd.Request) {
	switch r.(type) {
	case *invd.Reset, *invd.Restore:
	default:
		b.late = b.late || b.next.Set && b.next.At < nowOf(r) && !b.restored
	}
	_, b.restored = r.(*invd.Restore)
	reply, err := b.ref.Do(traced(r, true))
	if err != nil || reply.Error != "" || reply.Unsupported != "" {
		panic(fmt.Sprintf("case %s: %s: %+v, %v", b.c.ID, r.Op(), reply, err)) // the cases are ours
	}
	if len(reply.Trace) > 0 {
		b.last = reply.Trace[len(reply.Trace)-1]
	}
	b.next = reply.Next
	reply.Trace, reply.Verdict, reply.Next = nil, "", invd.Deadline{}
	b.c.Steps = append(b.c.Steps, Step{r, reply})
}

func (b *build) at() invd.At { return invd.At{Now: b.now} }

// pass lets time pass to an instant, from deadline to deadline.
func (b *build) pass(until invd.Time) {
	for b.next.Set && b.next.At <= until {
		if before := b.next.At - ms; before > b.now { // nothing happens early
			b.now = before
			b.do(&invd.Advance{At: b.at()})
		}
		b.now = b.next.At
		b.do(&invd.Advance{At: b.at()})
	}
	b.now = until
}

// tail shows the next timers, so that the state can be told.
func (b *build) tail(timers int) {
	for range timers {
		if !b.next.Set {
			return
		}
		b.now = max(b.now, b.next.At) // after a restore it may lie in the past
		b.do(&invd.Advance{At: b.at()})
	}
}

// input is something that happens, in words that a slug is made of.
type input struct {
	name string
	do   func(b *build)
}

func msg(name, json string) input {
	return input{name, func(b *build) { b.hear(peer, json) }}
}

func (b *build) hear(from, json string) {
	b.do(&invd.Deliver{At: b.at(), From: from, Message: []byte(json)})
}

func app(name, call string, change func(*invd.App)) input {
	return input{name, func(b *build) {
		r := &invd.App{At: b.at(), Call: call, Ref: invd.Ref{Inv: "x"}}
		if call == invd.Accept || call == invd.Refuse {
			r.Ref = invd.Ref{From: peer, ID: "b0b-1"}
		}
		if change != nil {
			change(r)
		}
		b.do(r)
	}}
}

func text(s string) *string { return &s }

var long = text(strings.Repeat("x", 8193))

// The messages of a call of bob's, b0b-1, and the answers to one to him, a1-1.
const (
	invite   = `{"v":1,"kind":"INVITE","id":"b0b-1","content":"video?","channel_id":"room","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`
	confirm  = `{"v":1,"kind":"CONFIRM","id":"b0b-1"}`
	received = `{"v":1,"kind":"RECEIVED","id":"a1-1"}`
	accepted = `{"v":1,"kind":"ACCEPT","id":"a1-1","response":"yes"}`
	refused  = `{"v":1,"kind":"REFUSE","id":"a1-1","response":"no"}`
)

func create(b *build) {
	b.do(&invd.App{At: b.at(), Call: invd.Create, Ref: invd.Ref{Inv: "x", To: peer}, Content: text("video?"), ChannelID: text("room")})
}

func (b *build) send() {
	create(b)
	app("", invd.Send, nil).do(b)
	b.now += second / 4
}

// then is one thing after the other.
func then(all ...func(b *build)) func(b *build) {
	return func(b *build) {
		for _, do := range all {
			do(b)
		}
	}
}

func hears(json string) func(b *build) { return func(b *build) { b.hear(peer, json) } }

func passes(d invd.Time) func(b *build) { return func(b *build) { b.pass(b.now + d) } }
