// A phone: one engine of the shipped code with its app, driven through the engine's
// public calls alone, and watched on its own side.

package explore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/seam"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/states"
)

// The names in a phone's own frame: every phone sees itself alike.
const (
	self     = "me"
	peer     = "you"
	another  = "somebody else"
	stranger = "mallory"
	forged   = "forged"
)

// operation is the kind of an input.
type operation uint8

// The inputs of a phone. Those of the app name a call by its number, from 0: its own
// by the order of sending, the peer's by the order in which the phone heard of them.
const (
	opSend operation = iota
	opSendAgain
	opCancel
	opAccept
	opRefuse
	opLogOut
	opLogIn
	opOnline
	opOffline
	opTimer // the clock goes to the next deadline
	opTick  // the clock goes on by one quantum, and nothing fires yet
	opFire  // what is due now fires
	opDeliver
	opDeliverLate // an INVITE of which the transport knows that it is too old to ring
	opForge
	opRestart      // the process dies and starts again, at once
	opRestartBlind // it does not know for how long it was away
	opRestartEmpty // with nothing of what it knew
	opRestartStale // from the snapshot of an earlier moment
)

// input is one input of a phone.
type input struct {
	op  operation
	arg uint32 // a call, a peer, a message of the universe, a forgery, or the node whose snapshot is old
	// Of a message: which of the phones that this one hears has sent it.
	sender uint8
	// The process dies when the input is saved, before any of its outputs leaves.
	dies bool
}

// own is a call that this phone has placed.
type own struct {
	property.Call
	local    *engine.LocalInvitation // nil: the app lost it in a crash
	received bool
	pressed  bool // cancel, on this object
	cancelOK bool
	winner   uint64 // the device that has answered
}

// foreign is a call of the peer that this phone has heard of.
type foreign struct {
	property.Call
	remote     *engine.RemoteInvitation
	number     int  // of the call at its caller, as the shown content tells; -1 if none was
	answered   bool // on this object
	accepted   bool // the app ever did
	refused    bool
	cancelSeen bool
	reason     engine.Reason // of a CANCELED
	missed     bool          // told as missed
	withdrawn  bool
}

// phone is a live one.
type phone struct {
	rules   *rules
	now     time.Duration
	engine  *engine.Engine
	epoch   uint64
	placed  []*own
	heard   []*foreign
	watch   property.Watch
	bad     properties // broken by the last input
	detail  [numFindings]string
	sent    []parcel
	group   *engine.Group  // of all its calls, if they are in one
	out     bool           // logged out
	cut     bool           // the last input was a CLOSED that has ended a call
	accepts engine.ID      // the call that the last input has made ACCEPTED
	got     engine.Message // the last one
	blind   bool           // nothing is judged: an old input is played again
	current *own           // whose button was pressed last
	output  engine.Output  // the one that is drained: kept here, it costs no memory of its own
}

// rules are all that two phones of a search have in common.
type rules struct {
	mutant   mutant.ID
	options  engine.Options
	calls    int  // that one phone may place
	restarts bool // processes may be restored from snapshots
	timed    bool
	peers    []string // whom it calls, by the order of calls; the last one all others, too
	devices  bool     // of its one peer there are two

	// For rules that are in no table: what becomes of a message that leaves, and whether a
	// call is in the group.
	tamper  func(p *phone, m *engine.Message)
	grouped func(p *phone) bool
}

// peerOf is whom the nth call of a phone is to.
func (r *rules) peerOf(n int) string { return r.peers[min(n, len(r.peers)-1)] }

// senderOf names a phone that this one hears.
func (r *rules) senderOf(sender uint8) string {
	if r.devices {
		return r.peers[0]
	}
	return r.peers[sender]
}

// Now makes a phone its engine's clock.
func (p *phone) Now() time.Time { return time.Unix(0, int64(p.now)) }

func (r *rules) newPhone() *phone {
	p := &phone{rules: r, epoch: 1}
	p.watch = property.Watch{Bounds: property.BoundsOf(r.options), Report: p.report}
	p.engine = must(engine.New(self, p.engineOptions()))
	if len(r.peers) > 1 {
		p.group = p.engine.NewGroup()
	}
	return p
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("explore: broken invariant: %v", err))
	}
	return value
}

func (p *phone) engineOptions() engine.Options {
	o := p.rules.options
	o.Clock, o.Epoch = p, p.epoch
	if lacks := p.rules.mutant; lacks != mutant.None {
		o.Rules = seam.Of(lacks, o.Times.Linger, o.Times.Tombstone)
	}
	return o
}

// bySide are the properties that one side of a call can break by itself. The others
// compare two sides: the search does that in every state.
var bySide = setOf(property.S2, property.S6, property.S7, property.S8, property.S9, property.S10, property.S11, property.S13, property.S14)

func (p *phone) report(v property.Violation) {
	if bySide.has(v.Property) {
		p.breaks(v.Property, "%s", v.Detail)
	}
}

func (p *phone) breaks(id property.ID, format string, args ...any) {
	if !p.blind && !p.bad.has(id) {
		p.bad.add(id)
		p.detail[id] = fmt.Sprintf(format, args...)
	}
}

// do applies an input. It reports whether the input was possible.
func (p *phone) do(in input, u []*universe) bool {
	p.begin()
	if !p.apply(in, u) {
		return false
	}
	if in.dies {
		p.restart(p.engine.Snapshot(), 0)
	}
	p.drain()
	return true
}

// begin forgets what the input before has brought.
func (p *phone) begin() {
	p.bad, p.sent, p.current, p.cut, p.accepts = 0, p.sent[:0], nil, false, engine.ID{}
}

func (p *phone) apply(in input, u []*universe) bool {
	switch in.op {
	case opSend:
		return p.send()
	case opSendAgain, opCancel:
		return int(in.arg) < len(p.placed) && p.pressOwn(p.placed[in.arg], in.op)
	case opAccept, opRefuse:
		return p.answer(p.nth(int(in.arg)), in.op)
	case opLogOut, opLogIn:
		p.logs(in.op == opLogIn)
	case opOnline, opOffline:
		p.reported(p.rules.peerOf(int(in.arg)), in.op == opOnline)
	case opTimer:
		wait, ok := p.untilNext()
		if !ok {
			return false
		}
		p.now += wait
		p.engine.Advance()
	case opTick:
		if wait, ok := p.untilNext(); ok && wait <= 0 {
			return false
		}
		p.pass(quantum)
	case opFire:
		if wait, ok := p.untilNext(); !ok || wait > 0 {
			return false
		}
		p.engine.Advance()
	case opDeliver, opDeliverLate:
		return p.receive(p.rules.senderOf(in.sender), u[in.sender].mirrored[in.arg], in.op == opDeliverLate)
	case opForge:
		return p.forge(forgery(int(in.arg)))
	case opRestart:
		return p.restartIf(0)
	case opRestartBlind:
		return p.restartIf(engine.AwayUnknown)
	case opRestartEmpty:
		p.startEmpty()
	default:
		panic("explore: broken invariant: unknown input")
	}
	return true
}

// pass lets time pass. What is due at its end is not fired yet.
func (p *phone) pass(d time.Duration) {
	end := p.now + d
	for {
		wait, ok := p.untilNext()
		if !ok || p.now+wait >= end {
			break
		}
		p.now += wait
		p.engine.Advance()
	}
	p.now = end
}

// untilNext is how far the next timer is away that a search without an end of memory
// lets fire.
func (p *phone) untilNext() (time.Duration, bool) {
	at, ok := p.engine.NextDeadline()
	wait := at.Sub(p.Now())
	if !p.rules.timed && wait > foreverAway {
		return 0, false
	}
	return wait, ok
}

func (p *phone) logs(in bool) {
	if p.out = !in; in {
		p.engine.LogIn()
	} else {
		p.engine.LogOut()
	}
	p.each(func(c *property.Call, byCaller bool) { c.LoggedIn(&p.watch, byCaller, in, int64(p.now), int64(p.now)) })
}

func (p *phone) reported(peer string, online bool) {
	if online {
		p.engine.PeerOnline(peer)
	} else {
		p.engine.PeerOffline(peer)
	}
	p.each(func(c *property.Call, byCaller bool) {
		c.PeerReported(&p.watch, byCaller, online, int64(p.now), int64(p.now))
	})
}

// each goes through all calls that have an id.
func (p *phone) each(tell func(c *property.Call, byCaller bool)) {
	for _, c := range p.placed {
		if c.ID != (engine.ID{}) {
			tell(&c.Call, true)
		}
	}
	for _, c := range p.heard {
		tell(&c.Call, false)
	}
}

func (p *phone) send() bool {
	if len(p.placed) == p.rules.calls {
		return false
	}
	n := len(p.placed)
	callee := p.rules.peerOf(n)
	c := &own{local: p.engine.CreateLocalInvitation(callee)}
	if p.rules.grouped == nil || p.rules.grouped(p) {
		c.local.SetGroup(p.group)
	}
	c.Number, c.Caller, c.Callee = n, self, callee
	c.Content, c.Response, c.Rang = callText(mine, n), answerText(yours, n), true // that it rang is asked elsewhere
	c.SentAt, c.SentOwn = int64(p.now), int64(p.now)
	c.local.SetContent(c.Content)
	p.placed = append(p.placed, c)
	p.current = c
	switch err := c.local.Send(); {
	case err != nil && p.group != nil && p.group.Decided():
		p.placed = p.placed[:n]
		return true
	case err != nil:
		p.breaks(property.S13, "send of a new invitation: %v", err)
	}
	c.ID = c.local.ID()
	return true
}

func (p *phone) pressOwn(c *own, op operation) bool {
	if c.local == nil {
		return false
	}
	before, shown := p.looks(), c.local.State()
	var err error
	if op == opCancel {
		err = c.local.Cancel()
	} else {
		err = c.local.Send()
	}
	if err != nil {
		p.refused(&c.Call, names[op], before, shown, c.local.State())
	}
	switch {
	case op == opSendAgain || c.pressed:
		c.PressedAgain(&p.watch, names[op], err, int64(p.now))
	case err == nil:
		c.pressed, c.cancelOK = true, true
		c.CancelReturnedOK(&p.watch, int64(p.now))
	}
	return true
}

func (p *phone) answer(c *foreign, op operation) bool {
	if c == nil {
		return false
	}
	if c.remote.State() == states.RemoteInvitationReceived {
		c.remote.SetResponse(answerText(mine, c.number))
	}
	before, shown := p.looks(), c.remote.State()
	var err error
	if op == opAccept {
		err = c.remote.Accept()
	} else {
		err = c.remote.Refuse()
	}
	if err != nil {
		p.refused(&c.Call, names[op], before, shown, c.remote.State())
	}
	switch {
	case c.answered:
		c.PressedAgain(&p.watch, names[op], err, int64(p.now))
	case err == nil && op == opAccept:
		c.AcceptReturnedOK(&p.watch, int64(p.now), int64(p.now))
		c.answered, c.accepted = true, true
	case err == nil:
		c.answered, c.refused = true, true
	}
	return true
}

// looks is the engine as bytes, where somebody will compare them.
func (p *phone) looks() []byte {
	if p.blind {
		return nil
	}
	return p.engine.Snapshot()
}

// refused is told of a call that the engine has turned down.
func (p *phone) refused(c *property.Call, op string, before []byte, from, to fmt.Stringer) {
	c.Misuse(&p.watch, op, from, to, 0, int64(p.now))
	if !p.blind && !bytes.Equal(before, p.engine.Snapshot()) {
		p.breaks(property.S13, "%s was refused, and changed the engine", op)
	}
}

func (p *phone) receive(from string, m engine.Message, late bool) bool {
	if late {
		m.Held = m.Wait
	}
	p.got = m
	verdict := p.rules.mutant.Receive(p.engine, from, from, m)
	if !forCallee(&m) {
		if c := p.ownOf(m.ID); c != nil {
			if m.Kind == engine.Closed && m.Word == engine.WordRefused {
				c.Response = "" // a refusal that is learned so shows none
			}
			p.cut = m.Kind == engine.Closed && m.Word != engine.WordRefused && verdict == engine.Moved
			c.CopyGot(&p.watch, true, &m, verdict, int64(p.now), int64(p.now))
		}
		return true
	}
	c := p.foreign(m.ID)
	c.CopyGot(&p.watch, false, &m, verdict, int64(p.now), int64(p.now))
	if m.Kind == engine.Cancel {
		switch verdict {
		case engine.Moved, engine.Late, engine.Copy, engine.Unexpected:
			c.cancelSeen = true
			c.CancelProcessed()
		}
	}
	if p.elsewhere(&m) && verdict != engine.Limit { // no ring after that, either
		c.cancelSeen = true
		c.CancelProcessed()
	}
	return true
}

// elsewhere reports whether a message says that another device has answered.
func (p *phone) elsewhere(m *engine.Message) bool {
	return m.Device != p.rules.options.Device && (m.Kind == engine.Confirm || m.Kind == engine.Ack && m.Refused)
}

// forCallee tells for which half of an engine a message is.
func forCallee(m *engine.Message) bool {
	switch m.Kind {
	case engine.Received, engine.Accept, engine.Refuse:
		return false
	case engine.Ack:
		return m.For == engine.Refuse
	case engine.Closed:
		return m.For != engine.Invite
	}
	return true
}

func (p *phone) forge(m engine.Message) bool {
	p.rules.mutant.Receive(p.engine, stranger, peer, m)
	return true
}

// foreign finds the peer's call that bears an id.
func (p *phone) foreign(id engine.ID) *foreign {
	for _, c := range p.heard {
		if c.ID == id {
			return c
		}
	}
	c := &foreign{number: -1}
	c.ID, c.Caller, c.Callee, c.DeviceID = id, peer, self, p.rules.options.Device
	c.CallerEnd = property.CallerOpen
	p.heard = append(p.heard, c)
	return c
}

// nth is one of the calls that the app holds an invitation of, in the order of ids.
func (p *phone) nth(n int) *foreign {
	for _, c := range p.known() {
		if c.remote == nil {
			continue
		}
		if n == 0 {
			return c
		}
		n--
	}
	return nil
}

// known are the peer's calls in the order of their ids.
func (p *phone) known() []*foreign {
	slices.SortFunc(p.heard, func(a, b *foreign) int { return compareIDs(a.ID, b.ID) })
	return p.heard
}

func (p *phone) ownOf(id engine.ID) *own {
	if id == (engine.ID{}) {
		return p.current
	}
	for i := len(p.placed) - 1; i >= 0; i-- {
		if p.placed[i].ID == id {
			return p.placed[i]
		}
	}
	return nil
}

// restartIf starts the process again, if it has something to lose.
func (p *phone) restartIf(away time.Duration) bool {
	if s := p.engine.Stats(); s.LocalRecords+s.RemoteRecords == 0 {
		return false
	}
	p.restart(p.engine.Snapshot(), away)
	return true
}

func (p *phone) restart(snapshot []byte, away time.Duration) {
	p.newEpoch(binaryEpoch(snapshot))
	p.engine = must(engine.Restore(self, p.engineOptions(), snapshot, away))
	p.out = false
	p.rebind()
}

func (p *phone) startStale(snapshot []byte) bool {
	p.begin()
	p.restart(snapshot, 0)
	p.drain()
	return true
}

func (p *phone) startEmpty() {
	p.newEpoch(p.epoch)
	p.epoch = p.rules.mutant.Epoch(1, p.epoch)
	p.engine = must(engine.New(self, p.engineOptions()))
	p.out = false
	p.rebind()
}

// newEpoch draws one: of those that no id bears and that is not the last one, the
// least, so that a process can start again for ever in finitely many states. A phone's
// own epochs are odd.
func (p *phone) newEpoch(last uint64) {
	now := p.epoch
	used := func(epoch uint64) bool {
		if epoch == last || epoch == now {
			return true
		}
		for _, c := range p.placed {
			if c.ID.Epoch == epoch {
				return true
			}
		}
		return false
	}
	for p.epoch = 1; used(p.epoch); p.epoch += 2 {
	}
}

// rebind finds the invitations of a new engine.
func (p *phone) rebind() {
	for _, c := range p.placed {
		c.local, c.pressed = nil, false
	}
	for _, c := range p.heard {
		c.remote, c.answered = nil, false
	}
	for l := range p.engine.LocalInvitations() {
		if c := p.ownOf(l.ID()); c != nil {
			c.local, c.pressed = l, l.State() == states.LocalCanceled
		}
	}
	for r := range p.engine.RemoteInvitations() {
		if r.CallerID() == peer {
			c := p.foreign(r.ID())
			c.remote, c.answered = r, r.State() != states.RemoteInvitationReceived
		}
	}
}

// binaryEpoch reads the epoch out of a snapshot.
func binaryEpoch(snapshot []byte) uint64 {
	var epoch uint64
	eachEntry(snapshot, func(key, value []byte) {
		if key[0] == 'h' {
			epoch = binary.BigEndian.Uint64(value[len(value)-8:])
		}
	})
	return epoch
}
