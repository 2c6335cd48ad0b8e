// Snapshots: a whole engine as bytes, from which Restore and Load make it again.
//
// A snapshot is a list of entries, each with a key and a value, and so is what a
// store keeps (changes.go). The first byte of a key says what the entry is:
//
//	h                 "invs", version, self, device, whether expiry counts from send, times, epoch
//	n                 now, whether logged in, counter of ids; how many peers, records and outputs there are
//	p name            its number, whether last known offline
//	r role, id, peer  state, deadline, its number among the deadlines, failure, the winner's device, reason; and while
//	                  open or lingering: its number among the peer's, content, channel id, response, note and cause,
//	                  when it was sent or began to ring, how long it would ring, how old it was, times of its own, its
//	                  group, back-off, time and number of the next copy
//	o number          an undrained output; with the event that ends an invitation, what the app still sees of it
//
// Numbers of a varying size are varints, times are in nanoseconds, epochs and the
// numbers of outputs have 8 bytes, texts their length in front. load*.go read what
// this file writes.
//
// The bytes of a snapshot are canonical. Equal states give equal ones, whenever and
// however they were reached: instants are relative to the present, numbers are
// places in an order, and what can never be read again is left out. Equal bytes
// mean equal answers to every further input, so they do for a state's identity,
// too. In a store instants are those of the engine's own time and numbers are its
// own, so that an entry stays as it is for as long as nothing happens to it.

package engine

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/states"
)

const (
	snapshotMagic   = "invs"
	snapshotVersion = 3 // version 2 is read, too: it has nothing of devices, groups and log-outs

	// No time in a snapshot is further away. What is overdue by more counts as
	// overdue by this much, so that no sum of times overflows.
	horizon = int64(50 * 365 * 24 * time.Hour)
)

// The kinds of entries.
const (
	headEntry   = 'h'
	nowEntry    = 'n'
	peerEntry   = 'p'
	recordEntry = 'r'
	outputEntry = 'o'
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Snapshot is the engine as bytes, undrained outputs included. It changes nothing.
//
// Make it durable after every input before the outputs are polled and an API call
// returns: then a crash at any moment breaks no property. Keep the time beside it:
// Restore wants to know how long ago it was. docs/crash-safety.md says what can be
// left out at which price. It costs in proportion to everything remembered; a host
// that saves often uses Changes.
//
// Not in it are the counters of Stats, invitations in IDLE, and of the options
// all but the Times, CountFromSend and the epoch.
func (e *Engine) Snapshot() []byte { return e.AppendSnapshot(nil) }

// AppendSnapshot appends what Snapshot returns.
func (e *Engine) AppendSnapshot(dst []byte) []byte {
	w := entryWriter{e: e, now: e.present(), places: e.places()}
	all := 2 + len(e.peers) + e.total[local] + e.total[remote] + len(e.outputs) - e.polled
	w.entries, w.bytes = make([]Entry, 0, all), make([]byte, 0, 32*all)
	w.head()
	w.clock(0)
	number := uint64(0)
	for p := e.firstPeer; p != nil; p = p.next {
		w.peer(p, number)
		number++
	}
	for i, rec := range e.inOrder() {
		w.record(rec, uint64(i))
	}
	for i := range e.outputs[e.polled:] {
		w.output(uint64(i), &e.outputs[e.polled+i])
	}
	return appendEntries(dst, w.entries)
}

// Join makes a snapshot of the entries that a store has, in any order.
func Join(entries []Entry) []byte { return appendEntries(nil, entries) }

// appendEntries: lengths in front, and a CRC-32C behind.
func appendEntries(dst []byte, entries []Entry) []byte {
	start := len(dst)
	for _, each := range entries {
		for _, part := range [...][]byte{each.Key, each.Value} {
			dst = binary.AppendUvarint(dst, uint64(len(part)))
			dst = append(dst, part...)
		}
	}
	return binary.BigEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// places are the orders in which a snapshot numbers invitations.
type places struct {
	invs   []*invitation // by peer, oldest first
	copies []*invitation // first to be repeated first
	groups []*invitation // by group, in order
}

func (e *Engine) places() *places {
	at := &places{copies: slices.Clone(e.timers.heaps[copies])}
	slices.SortFunc(at.copies, byCopy)
	for inv := range e.held() {
		at.invs = append(at.invs, inv)
		if inv.grouped() {
			at.groups = append(at.groups, inv)
		}
	}
	slices.SortFunc(at.groups, byGroup)
	return at
}

func byFinal(a, b *record) int {
	return cmp.Or(cmp.Compare(a.deadline, b.deadline), cmp.Compare(a.order, b.order))
}

func byPeer(a, b *invitation) int {
	return cmp.Or(cmp.Compare(a.rec.peer.number, b.rec.peer.number), cmp.Compare(a.number, b.number))
}

func byCopy(a, b *invitation) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
}

// entryWriter writes entries, one behind the other.
type entryWriter struct {
	e       *Engine
	now     int64   // instants are relative to this
	places  *places // of a snapshot; nil for a store
	entries []Entry
	bytes   []byte // of all entries
	key     int    // where the present entry begins,
	value   int    // and its value
}

func (w *entryWriter) begin(kind uint8) {
	w.key = len(w.bytes)
	w.byte(kind)
}

func (w *entryWriter) endKey() { w.value = len(w.bytes) }

func (w *entryWriter) end() {
	w.entries = append(w.entries, Entry{w.bytes[w.key:w.value:w.value], w.bytes[w.value:len(w.bytes):len(w.bytes)]})
}

func (w *entryWriter) byte(b uint8)    { w.bytes = append(w.bytes, b) }
func (w *entryWriter) number(n uint64) { w.bytes = binary.AppendUvarint(w.bytes, n) }

func (w *entryWriter) text(s string) {
	w.number(uint64(len(s)))
	w.bytes = append(w.bytes, s...)
}

func (w *entryWriter) id(id ID) {
	w.bytes = binary.BigEndian.AppendUint64(w.bytes, id.Epoch)
	w.number(id.Counter)
}

// instant is negative if it is over.
func (w *entryWriter) instant(at int64) {
	w.bytes = binary.AppendVarint(w.bytes, max(at-w.now, -horizon))
}

// head has the values that change only at a restart.
func (w *entryWriter) head() {
	w.begin(headEntry)
	w.endKey()
	w.bytes = append(w.bytes, snapshotMagic...)
	w.byte(snapshotVersion)
	w.text(w.e.self)
	w.number(w.e.options.Device)
	w.byte(b2u(w.e.options.CountFromSend))
	for _, d := range w.e.options.Times.all() {
		w.number(uint64(*d))
	}
	w.bytes = binary.BigEndian.AppendUint64(w.bytes, w.e.options.Epoch)
	w.end()
}

// clock has the values that are written every time. The counts tell a whole list of
// entries from one that lacks some.
func (w *entryWriter) clock(now int64) {
	e := w.e
	w.begin(nowEntry)
	w.endKey()
	w.number(uint64(now))
	w.byte(b2u(e.loggedIn))
	w.number(e.counter)
	for _, n := range [...]int{len(e.peers), e.total[local] + e.total[remote], len(e.outputs) - e.polled} {
		w.number(uint64(n))
	}
	w.end()
}

func (w *entryWriter) peerKey(p *peer) {
	w.begin(peerEntry)
	w.bytes = append(w.bytes, p.name...)
	w.endKey()
}

// peer: nothing asks whether one is online or has never been heard of.
func (w *entryWriter) peer(p *peer, number uint64) {
	w.peerKey(p)
	w.number(number)
	w.byte(b2u(p.presence == presenceOffline))
	w.end()
}

func (w *entryWriter) recordKey(rec *record) {
	w.begin(recordEntry)
	w.byte(uint8(rec.role))
	w.id(rec.id)
	w.bytes = append(w.bytes, rec.peer.name...)
	w.endKey()
}

// The first byte of a record has its state in three bits, and these.
const (
	heldBit   = 3 // it still has its invitation
	deviceBit = 4 // a device that is not 0 has answered
	missedBit = 5 // what the app is told of one that never rang, in two bits
)

// record: order is its number among the deadlines.
func (w *entryWriter) record(rec *record, order uint64) {
	w.recordKey(rec)
	w.byte(rec.state | b2u(rec.inv != nil)<<heldBit | b2u(rec.device != 0)<<deviceBit | uint8(rec.missed)<<missedBit)
	w.instant(rec.deadline)
	w.number(order)
	if rec.state == failed {
		w.byte(rec.failure)
	}
	if rec.device != 0 {
		w.number(rec.device)
	}
	if rec.hasReason(rec.inv != nil) {
		w.byte(uint8(rec.reason))
	}
	if rec.inv != nil {
		w.invitation(rec)
	}
	w.end()
}

// hasReason tells states that something explains, and CANCELs that are repeated.
func (rec *record) hasReason(held bool) bool {
	return rec.state == uint8(states.LocalCanceled) || rec.state == failed && (rec.role == remote || held)
}

// place is where an invitation stands in an order.
func place(order []*invitation, inv *invitation, compare func(a, b *invitation) int) uint64 {
	i, _ := slices.BinarySearchFunc(order, inv, compare)
	return uint64(i)
}

// invitation writes an open or lingering one. That it lingers follows from its state.
func (w *entryWriter) invitation(rec *record) {
	inv := rec.inv
	number, order := inv.number, inv.order
	if w.places != nil {
		number, order = place(w.places.invs, inv, byPeer), place(w.places.copies, inv, byCopy)
	}
	w.number(number)
	w.texts(inv)
	switch {
	case inv.lingers && rec.role == local:
		w.text(inv.note())
		w.byte(uint8((*LocalInvitation)(inv).Cause()))
	case rec.role == local:
		w.openLocal(inv)
	default:
		if !inv.lingers {
			w.instant(inv.sentAt)
			w.instant(inv.ringEnd)
		}
		w.number(uint64((*RemoteInvitation)(inv).Age()))
	}
	if kind := rec.repeats(); rec.backsOff(kind) {
		w.number(uint64(inv.interval))
	}
	w.instant(max(inv.quietUntil(), w.now))
	w.byte(b2u(inv.copies()))
	if inv.copies() {
		w.instant(inv.at)
		w.number(order)
	}
}

// openLocal has what only an open invitation of one's own has.
func (w *entryWriter) openLocal(inv *invitation) {
	w.instant(inv.sentAt)
	w.byte(b2u(inv.ageless) | b2u(inv.overloaded())<<1 | b2u(inv.timed())<<2 | b2u(inv.grouped())<<3)
	if inv.timed() {
		w.number(uint64(inv.more.noResponse))
		w.number(uint64(inv.more.expiry))
	}
	if inv.grouped() {
		group, at := inv.more.group.number, inv.more.place
		if w.places != nil { // all that counts is the order
			at = place(w.places.groups, inv, byGroup)
			group = at
			for group > 0 && w.places.groups[group-1].more.group == inv.more.group {
				group--
			}
		}
		w.number(group)
		w.number(at)
	}
}

// overloaded tells what may yet turn out to lie behind a missing response.
func (inv *invitation) overloaded() bool {
	return inv.cause == CauseOverloaded && inv.state == uint8(states.LocalSentToRemote)
}

// timed tells whether the call has times of its own.
func (inv *invitation) timed() bool {
	return inv.more != nil && (inv.more.noResponse != 0 || inv.more.expiry != 0)
}

// grouped tells whether an open invitation may be canceled by another's end.
func (inv *invitation) grouped() bool {
	return inv.more != nil && inv.more.group != nil && inv.state < states.FirstTerminal
}

// note is that of a CANCEL.
func (inv *invitation) note() string {
	if inv.more == nil {
		return ""
	}
	return inv.more.note
}

func (w *entryWriter) texts(inv *invitation) {
	w.text(inv.content)
	w.text(inv.channelID)
	w.text(inv.response)
}

// quietUntil is before when presence must not repeat anything. That is all that can
// still be told from the last copy.
func (inv *invitation) quietUntil() int64 {
	if !inv.copied {
		return math.MinInt64
	}
	return inv.lastCopy + resumeSpacing
}

func (w *entryWriter) outputKey(number uint64) {
	w.begin(outputEntry)
	w.bytes = binary.BigEndian.AppendUint64(w.bytes, number)
	w.endKey()
}

func (w *entryWriter) output(number uint64, out *Output) {
	w.outputKey(number)
	w.byte(uint8(out.Kind))
	if out.Kind == Send {
		w.byte(b2u(out.Reply))
		w.text(out.To)
		w.message(&out.Message)
	} else {
		w.event(out)
	}
	w.end()
}

// event names its invitation. If the record has let go of that, the event has what
// is left of it; in a store the one that ends it always has, because the record may
// let go later. A Missed has none.
func (w *entryWriter) event(out *Output) {
	w.byte(out.Restores)
	if m := out.Missed; m != nil {
		w.text(m.CallerID)
		w.id(m.ID)
		w.text(m.Content)
		w.text(m.ChannelID)
		w.byte(uint8(m.Reason))
		w.byte(b2u(m.Withdrawn))
		return
	}
	inv := out.invitation()
	w.text(inv.peer)
	w.id(inv.id)
	if inv.rec != nil && (w.places != nil || !out.Kind.Terminal()) {
		w.byte(0)
		return
	}
	w.byte(inv.state)
	if inv.state == failed {
		w.byte(inv.failure)
	}
	w.texts(inv)
	w.byte(uint8(inv.reason))
	w.byte(uint8(inv.cause))
	w.number(inv.device)
	w.text(inv.note())
	w.number(uint64((*RemoteInvitation)(inv).Age()))
}

// invitation is the invitation of an event, nil for a message.
func (out *Output) invitation() *invitation {
	if out.Remote != nil {
		return (*invitation)(out.Remote)
	}
	return (*invitation)(out.Local)
}

// message writes the fields that the kind carries; the others are zero.
func (w *entryWriter) message(m *Message) {
	w.byte(uint8(m.Kind))
	w.id(m.ID)
	switch m.Kind {
	case Invite:
		w.text(m.Content)
		w.text(m.ChannelID)
		for _, d := range []time.Duration{m.Age, m.Wait, m.Expiry} {
			w.number(uint64(min(int64(d), horizon)))
		}
	case Received, Confirm:
		w.number(m.Device)
	case Accept, Refuse:
		w.text(m.Response)
		w.number(m.Device)
	case Cancel:
		w.byte(uint8(m.Reason))
		w.text(m.Note)
	case Ack:
		w.byte(uint8(m.For))
		w.byte(b2u(m.Refused))
		w.number(m.Device)
	case Closed:
		w.byte(uint8(m.For))
		w.byte(uint8(m.Word))
		w.number(m.Device)
	}
}

// failed is FAILURE in either machine.
const failed = uint8(states.LocalFailure)

// inOrder lists the records in the order in which their final timers fire.
func (e *Engine) inOrder() []*record {
	all := make([]*record, 0, e.total[local]+e.total[remote])
	for kind := noResponseTimer; kind < numLists; kind++ {
		for rec := e.timers.lists[kind].head; rec != nil; rec = rec.next {
			all = append(all, rec)
		}
	}
	for _, inv := range e.timers.heaps[finals] {
		all = append(all, inv.rec)
	}
	slices.SortFunc(all, byFinal)
	return all
}

// repeats is the message that a record with an invitation sends again and again, or when
// it is asked for.
func (rec *record) repeats() Kind {
	ended := rec.state >= states.FirstTerminal
	switch {
	case rec.role == local && ended:
		return Cancel
	case rec.role == local:
		return Invite
	case ended:
		return Refuse
	case rec.state == uint8(states.RemoteAcceptSentToLocal):
		return Accept
	}
	return Received
}

// backsOff tells whether the pauses between its copies grow.
func (rec *record) backsOff(kind Kind) bool {
	return kind != Received && (kind != Invite || rec.state == uint8(states.LocalSentToRemote))
}

func b2u(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
