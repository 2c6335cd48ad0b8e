// Snapshots: a whole engine as bytes, from which Restore and Load make it again.
//
// The bytes are canonical. Equal states give equal ones, whenever and however they
// were reached: times are relative to the present, what fires at the same time is
// in the order of arming and not numbered, and what can never be read again is left
// out. Equal bytes mean equal answers to every further input, so they do for a
// state's identity, too. load.go reads what this file writes, in the same order.
//
// The layout, in order; a count stands before whatever there may be many of:
//
//	"invs", version
//	self, flags, times, epoch, counter
//	peers, oldest first:           name, whether last known offline
//	records, first to fire first:  role and state, peer, id, deadline, failure; and while open or lingering:
//	                               content, channel id, response, reason of its CANCEL, back-off
//	by peer, in its order:         the records of its open and lingering invitations
//	retransmissions, first first:  record, time
//	ended invitations of which undrained events tell
//	undrained outputs
//	CRC-32C of all that, 4 bytes
//
// Numbers are varints, times are in nanoseconds, epochs have 8 bytes, texts their
// length in front.

package engine

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"time"

	"github.com/invsim/invsim/states"
)

const (
	snapshotMagic   = "invs"
	snapshotVersion = 1

	// No time in a snapshot is further away. What is overdue by more counts as
	// overdue by this much, so that no sum of times overflows.
	horizon = int64(50 * 365 * 24 * time.Hour)
)

const (
	flagLoggedIn = 1 << iota
	flagCountFromSend
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Snapshot is the engine as bytes, undrained outputs included. It changes nothing.
//
// Make it durable after every input before the outputs are polled and an API call
// returns: then a crash at any moment breaks no property. Keep the time beside it:
// Restore wants to know how long ago it was. docs/crash-safety.md says what can be
// left out at which price.
//
// Not in it are the counters of Stats, invitations in IDLE, and of the options
// all but the Times, CountFromSend and the epoch.
func (e *Engine) Snapshot() []byte { return e.AppendSnapshot(nil) }

// AppendSnapshot appends what Snapshot returns.
func (e *Engine) AppendSnapshot(dst []byte) []byte {
	w := snapshotWriter{e: e, now: e.present(), bytes: dst, start: len(dst)}
	w.head()
	w.peers()
	w.records()
	w.orders()
	w.outputs()
	return binary.BigEndian.AppendUint32(w.bytes, crc32.Checksum(w.bytes[w.start:], castagnoli))
}

// snapshotWriter appends the parts of one snapshot. Peers and records are known
// by their index from when they were written.
type snapshotWriter struct {
	e     *Engine
	now   int64
	bytes []byte
	start int
	count int // of records written
}

func (w *snapshotWriter) byte(b uint8)    { w.bytes = append(w.bytes, b) }
func (w *snapshotWriter) number(n uint64) { w.bytes = binary.AppendUvarint(w.bytes, n) }
func (w *snapshotWriter) size(n int)      { w.number(uint64(n)) }

func (w *snapshotWriter) text(s string) {
	w.size(len(s))
	w.bytes = append(w.bytes, s...)
}

func (w *snapshotWriter) id(id ID) {
	w.bytes = binary.BigEndian.AppendUint64(w.bytes, id.Epoch)
	w.number(id.Counter)
}

// instant is a time as seen from now, negative if it is over.
func (w *snapshotWriter) instant(at int64) {
	w.bytes = binary.AppendVarint(w.bytes, max(at-w.now, -horizon))
}

func (w *snapshotWriter) head() {
	e := w.e
	w.bytes = append(w.bytes, snapshotMagic...)
	w.byte(snapshotVersion)
	w.text(e.self)
	flags := uint8(0)
	if e.loggedIn {
		flags |= flagLoggedIn
	}
	if e.options.CountFromSend {
		flags |= flagCountFromSend
	}
	w.byte(flags)
	for _, d := range e.options.Times.all() {
		w.number(uint64(d))
	}
	w.id(ID{e.options.Epoch, e.counter})
}

// peers: nothing asks whether a peer is online or has never been heard of.
func (w *snapshotWriter) peers() {
	w.size(len(w.e.peers))
	index := uint32(0)
	for p := w.e.firstPeer; p != nil; p = p.next {
		p.index = index
		index++
		w.text(p.name)
		w.byte(b2u(p.presence == presenceOffline))
	}
}

func (w *snapshotWriter) records() {
	all := w.e.inOrder()
	w.count = len(all)
	w.size(len(all))
	for i, rec := range all {
		rec.index = uint32(i)
		w.byte(uint8(rec.role) | rec.state<<roleBits | b2u(rec.inv != nil)<<heldBit)
		w.number(uint64(rec.peer.index))
		w.id(rec.id)
		at, _ := rec.final()
		w.instant(at)
		if rec.state == failed {
			w.byte(rec.failure)
		}
		if rec.inv != nil {
			w.invitation(rec)
		}
	}
}

// The first byte of a record, or of an ended invitation: role, state, and whether
// it still has its invitation.
const roleBits, heldBit = 1, 4

// invitation writes an open or lingering one. When it was sent follows from the
// deadline of its answer; that it lingers, from its state.
func (w *snapshotWriter) invitation(rec *record) {
	inv := rec.inv
	w.texts(inv)
	kind, repeats := rec.repeats()
	if kind == Cancel {
		w.byte(uint8(inv.reason))
	}
	if repeats {
		w.number(uint64(inv.interval))
		w.number(uint64(inv.spacing(w.now)))
	}
}

func (w *snapshotWriter) texts(inv *invitation) {
	w.text(inv.content)
	w.text(inv.channelID)
	w.text(inv.response)
}

// spacing is how long presence must not repeat anything yet. That is all that
// can still be told from the last copy.
func (inv *invitation) spacing(now int64) int64 {
	if !inv.copied {
		return 0
	}
	return max(0, inv.lastCopy+resumeSpacing-now)
}

// orders: in which order a peer's invitations are repeated at a sign of life, and
// in which their own timers repeat them.
func (w *snapshotWriter) orders() {
	for p := w.e.firstPeer; p != nil; p = p.next {
		for inv := p.first; inv != nil; inv = inv.next {
			w.number(uint64(inv.rec.index))
		}
	}
	pending := slices.Clone(w.e.timers.heaps[retransmits])
	slices.SortFunc(pending, func(a, b *invitation) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order))
	})
	w.size(len(pending))
	for _, inv := range pending {
		w.number(uint64(inv.rec.index))
		w.instant(inv.at)
	}
}

// outputs: an event names its invitation by the index of the record or, if that
// has let go of it, by its place among the ended, counted on from the last record.
func (w *snapshotWriter) outputs() {
	undrained := w.e.outputs[w.e.polled:]
	places := w.ended(undrained)
	w.size(len(undrained))
	for i := range undrained {
		out := &undrained[i]
		w.byte(uint8(out.Kind))
		switch inv, _ := out.invitation(); {
		case out.Kind == Send:
			w.text(out.To)
			w.message(&out.Message)
		case inv.rec != nil:
			w.number(uint64(inv.rec.index))
		default:
			w.size(w.count + places[inv])
		}
	}
}

// ended writes the invitations that only undrained events still know, in the order
// of their first event.
func (w *snapshotWriter) ended(undrained []Output) (places map[*invitation]int) {
	var first []*Output
	for i := range undrained {
		inv, _ := undrained[i].invitation()
		if _, known := places[inv]; known || inv == nil || inv.rec != nil {
			continue
		}
		if places == nil {
			places = map[*invitation]int{}
		}
		places[inv] = len(first)
		first = append(first, &undrained[i])
	}
	w.size(len(first))
	for _, out := range first {
		inv, role := out.invitation()
		w.byte(uint8(role) | inv.state<<roleBits)
		w.text(inv.peer)
		w.id(inv.id)
		if inv.state == failed {
			w.byte(inv.failure)
		}
		w.texts(inv)
	}
	return places
}

// invitation is what an event is about, nil for a message.
func (out *Output) invitation() (*invitation, role) {
	if out.Remote != nil {
		return (*invitation)(out.Remote), remote
	}
	return (*invitation)(out.Local), local
}

// message writes the fields that the kind carries; the others are zero.
func (w *snapshotWriter) message(m *Message) {
	w.byte(uint8(m.Kind))
	w.id(m.ID)
	switch m.Kind {
	case Invite:
		w.text(m.Content)
		w.text(m.ChannelID)
		for _, d := range []time.Duration{m.Age, m.Wait, m.Expiry} {
			w.number(uint64(min(int64(d), horizon)))
		}
	case Accept, Refuse:
		w.text(m.Response)
	case Cancel:
		w.byte(uint8(m.Reason))
	case Ack:
		w.byte(uint8(m.For))
	case Closed:
		w.byte(uint8(m.For))
		w.byte(uint8(m.Word))
	}
}

// failed is FAILURE in either machine.
const failed = uint8(states.LocalFailure)

// final is a record's final timer: its own, or a heap's. There always is one.
func (rec *record) final() (at int64, order uint64) {
	if rec.timer == noTimer {
		return rec.inv.at, rec.inv.order
	}
	return rec.deadline, rec.order
}

// inOrder lists the records in the order in which their final timers fire.
func (e *Engine) inOrder() []*record {
	all := make([]*record, 0, e.total[local]+e.total[remote])
	for kind := noResponseTimer; kind < numTimers; kind++ {
		for rec := e.timers.lists[kind].head; rec != nil; rec = rec.next {
			all = append(all, rec)
		}
	}
	for _, inv := range e.timers.heaps[expiries] {
		all = append(all, inv.rec)
	}
	slices.SortFunc(all, func(a, b *record) int {
		at, order := a.final()
		otherAt, otherOrder := b.final()
		return cmp.Or(cmp.Compare(at, otherAt), cmp.Compare(order, otherOrder))
	})
	return all
}

// repeats is the message that a record sends until it is answered, if it does.
func (rec *record) repeats() (Kind, bool) {
	switch {
	case rec.inv == nil:
	case rec.state >= states.FirstTerminal && rec.role == local:
		return Cancel, true
	case rec.state >= states.FirstTerminal:
		return Refuse, true
	case rec.role == local && rec.state == uint8(states.LocalSentToRemote):
		return Invite, true
	case rec.role == remote && rec.state == uint8(states.RemoteAcceptSentToLocal):
		return Accept, true
	}
	return 0, false
}

func b2u(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
