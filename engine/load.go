// Loading: a snapshot is taken apart as strictly as it was written, so that
// whatever loads gives the same bytes again, and an engine that no input can
// break. Nothing is allocated for a count before its items are there.

package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/mutant"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
)

// SnapshotProblem is why a snapshot was turned down.
type SnapshotProblem uint8

// The problems of snapshots.
const (
	SnapshotDamaged SnapshotProblem = iota + 1 // the bytes are not what Snapshot returned
	SnapshotVersion                            // of a version that this package does not know
	SnapshotUser                               // of another user's engine
	SnapshotTimes                              // it remembers invitations under other Times, or another CountFromSend
	SnapshotEpoch                              // Restore: Options.Epoch is not new. Load: it is not the snapshot's
)

var problemNames = [...]string{"?", "snapshot is damaged", "snapshot of an unknown version", "snapshot of another user",
	"snapshot with other times", "wrong epoch for the snapshot"}

func (p SnapshotProblem) Error() string { return nameOf(problemNames[:], p) }

// SnapshotError is what Restore and Load fail with on account of the snapshot.
type SnapshotError struct {
	Self    string // whose engine was to be made
	Problem SnapshotProblem
	Detail  string
}

func (e *SnapshotError) Error() string {
	return "restore engine of " + quote.ID(e.Self) + ": " + e.Problem.Error() + ": " + e.Detail
}

// Unwrap makes errors.Is(err, SnapshotDamaged) work.
func (e *SnapshotError) Unwrap() error { return e.Problem }

// load makes an engine from a snapshot that is away old, still under the epoch
// which the snapshot has.
func load(self string, options Options, snapshot []byte, away int64) (e *Engine, epoch uint64, err error) {
	if e, err = New(self, options); err != nil {
		return nil, 0, err
	}
	r := snapshotReader{e: e, away: away}
	r.open(snapshot)
	r.head()
	r.peers()
	r.records()
	r.orders()
	r.outputs()
	if len(r.rest) > 0 {
		r.fail(SnapshotDamaged, "%d bytes too many", len(r.rest))
	}
	if r.problem != 0 {
		return nil, 0, &SnapshotError{Self: self, Problem: r.problem, Detail: r.detail}
	}
	return e, r.epoch, nil
}

// snapshotReader takes one snapshot apart. After the first problem there is
// nothing left to read, and whatever is read is zero.
type snapshotReader struct {
	e         *Engine
	away      int64
	epoch     uint64
	rest      []byte
	sameTimes bool

	peerList []*peer
	all      []*record
	invs     []*invitation // of each record, and then the ended ones
	halves   []role        // whose they are
	held     int           // records with an invitation

	problem SnapshotProblem
	detail  string
}

func (r *snapshotReader) fail(problem SnapshotProblem, format string, args ...any) {
	if r.problem == 0 {
		r.problem, r.detail = problem, fmt.Sprintf(format, args...)
	}
	r.rest = nil
}

func (r *snapshotReader) damaged(format string, args ...any) {
	r.fail(SnapshotDamaged, format, args...)
}

// want says what the bytes must be.
func (r *snapshotReader) want(ok bool, what string) {
	if !ok {
		r.damaged("%s", what)
	}
}

func (r *snapshotReader) bytes(n uint64, what string) []byte {
	if n > uint64(len(r.rest)) {
		r.damaged("it ends in %s", what)
		return nil
	}
	bytes := r.rest[:n]
	r.rest = r.rest[n:]
	return bytes
}

func (r *snapshotReader) byte(what string) uint8 {
	if b := r.bytes(1, what); b != nil {
		return b[0]
	}
	return 0
}

// number takes the shortest form of a number only: there is one way to write it.
func (r *snapshotReader) number(what string) uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.damaged("no number for %s", what)
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count is how many items follow: no more than there are bytes.
func (r *snapshotReader) count(what string) int {
	n := r.number(what)
	if n > uint64(len(r.rest)) {
		r.damaged("%d %s in %d bytes", n, what, len(r.rest))
		return 0
	}
	return int(n)
}

// index is a place in a list of n.
func (r *snapshotReader) index(n int, what string) int {
	i := r.number(what)
	if i >= uint64(n) {
		r.damaged("%s %d of %d", what, i, n)
		return 0
	}
	return int(i)
}

func (r *snapshotReader) text(what string) string {
	return string(r.bytes(r.number(what), what))
}

func (r *snapshotReader) id(what string) (id ID) {
	if b := r.bytes(8, what); b != nil {
		id.Epoch = binary.BigEndian.Uint64(b)
	}
	id.Counter = r.number(what)
	return id
}

// length is a time of at most limit.
func (r *snapshotReader) length(limit int64, what string) int64 {
	d := r.number(what)
	r.want(d <= uint64(limit), what)
	return int64(min(d, uint64(limit)))
}

// instant is a time not further ahead than limit, moved closer by the time away.
func (r *snapshotReader) instant(limit int64, what string) int64 {
	zigzag := r.number(what)
	at := int64(zigzag>>1) ^ -int64(zigzag&1)
	if at < -horizon || at > limit {
		r.damaged("%s %d", what, at)
		return 0
	}
	return at - r.away
}

// open checks what every version has in common: the first bytes and the checksum.
func (r *snapshotReader) open(snapshot []byte) {
	const head, tail = len(snapshotMagic) + 1, 4
	if len(snapshot) < head+tail || string(snapshot[:len(snapshotMagic)]) != snapshotMagic {
		r.damaged("it does not begin as one")
		return
	}
	end := len(snapshot) - tail
	if crc32.Checksum(snapshot[:end], castagnoli) != binary.BigEndian.Uint32(snapshot[end:]) {
		r.damaged("the checksum is another")
		return
	}
	if version := snapshot[len(snapshotMagic)]; version != snapshotVersion {
		r.fail(SnapshotVersion, "%d, not %d", version, snapshotVersion)
		return
	}
	r.rest = snapshot[head:end]
}

func (r *snapshotReader) head() {
	e := r.e
	if user := r.text("user"); user != e.self && r.problem == 0 {
		r.fail(SnapshotUser, "%s", quote.Text(user))
	}
	flags := r.byte("flags")
	r.want(flags < flagCountFromSend<<1, "flags")
	e.loggedIn = flags&flagLoggedIn != 0
	r.sameTimes = flags&flagCountFromSend != 0 == e.options.CountFromSend
	for _, d := range e.options.Times.all() {
		r.sameTimes = r.length(int64(longestTime), "time") == int64(d) && r.sameTimes
	}
	given := r.id("epoch")
	r.want(given.Epoch != 0, "epoch 0")
	r.epoch, e.counter = given.Epoch, given.Counter
}

func (r *snapshotReader) peers() {
	for range r.count("peers") {
		name, offline := r.text("peer"), r.byte("presence")
		if r.e.peers[name] != nil || name == r.e.self || name == "" || offline > 1 {
			r.damaged("peer %s", quote.Text(name))
			return
		}
		p := r.e.addPeer(name)
		p.index = uint32(len(r.peerList))
		if offline == 1 {
			p.presence = presenceOffline
		}
		r.peerList = append(r.peerList, p)
	}
}

// records arms each final timer in a list. The heap of the expiry times is not
// needed: in the order of their deadlines, all fit into the lists.
func (r *snapshotReader) records() {
	n := r.count("records")
	if n > 0 && !r.sameTimes {
		r.fail(SnapshotTimes, "%d invitations are remembered under them", n)
	}
	last := -horizon - r.away
	for range n {
		rec := r.record()
		if r.problem != 0 {
			return
		}
		r.want(rec.deadline >= last, "records out of order")
		last = rec.deadline
	}
	for _, p := range r.peerList {
		r.want(p.records != [numRoles]int{}, "peer without a record")
	}
}

func (r *snapshotReader) record() *record {
	first := r.byte("record")
	half, state, held := role(first&(1<<roleBits-1)), first>>roleBits&7, first>>heldBit
	at := r.index(len(r.peerList), "peer")
	id := r.id("id")
	if r.problem != 0 || !possible(half, state, held) || id.Epoch == 0 || !r.isNew(half, at, id) {
		r.damaged("record %d", len(r.all))
		return nil
	}
	p := r.peerList[at]
	rec := r.e.admit(half, p.name, p, id, nil)
	rec.state = state
	kind := r.e.finalTimer(half, state)
	r.e.timers.arm(rec, kind, r.instant(r.e.options.Times.longest(kind), "deadline"))
	rec.failure = r.failure(half, state)
	var inv *invitation
	if held == 1 {
		inv = r.invitation(rec)
	}
	r.all, r.invs, r.halves = append(r.all, rec), append(r.invs, inv), append(r.halves, half)
	return rec
}

// possible: an open record has its invitation, an ended one only while it repeats
// a CANCEL or REFUSE.
func possible(half role, state, held uint8) bool {
	lingers := state == uint8(states.RemoteRefused)
	if half == local {
		lingers = state == uint8(states.LocalCanceled) || state == failed
	}
	switch {
	case state == 0 || state > failed:
		return false
	case state < states.FirstTerminal:
		return held == 1
	}
	return held == 0 || held == 1 && lingers
}

// isNew: a key stands for one record, and an own id is given once.
func (r *snapshotReader) isNew(half role, at int, id ID) bool {
	rec, elsewhere := r.e.records[half].find(r.peerList[at], id)
	if half == local {
		return rec == nil && !elsewhere && id.Counter > 0 && (id.Epoch != r.epoch || id.Counter <= r.e.counter)
	}
	return rec == nil
}

func (r *snapshotReader) failure(half role, state uint8) uint8 {
	if state != failed {
		return 0
	}
	code, last := r.byte("failure"), uint8(errors.LocalNotLoggedIn)
	if half == remote {
		last = uint8(errors.RemoteInvitationExpire)
	}
	r.want(code >= 1 && code <= last, "failure")
	return code
}

// finalTimer is which one runs in a state.
func (e *Engine) finalTimer(half role, state uint8) timerKind {
	switch {
	case state >= states.FirstTerminal:
		return tombstoneTimer
	case half == local && state == uint8(states.LocalSentToRemote):
		return noResponseTimer
	case half == local:
		return localExpiryTimer
	case state == uint8(states.RemoteAcceptSentToLocal) && e.options.Mutant != mutant.ExpiryLeftArmed:
		return acceptTimer
	}
	return remoteExpiryTimer
}

// longest is how long a timer can run, which is what keeps its list in order.
func (t *Times) longest(kind timerKind) int64 {
	switch kind {
	case noResponseTimer:
		return int64(t.NoResponse)
	case localExpiryTimer:
		return int64(t.Expiry + t.Grace)
	case remoteExpiryTimer:
		return int64(t.Expiry)
	case acceptTimer:
		return int64(t.Accept)
	}
	return int64(t.Tombstone)
}

func (r *snapshotReader) invitation(rec *record) *invitation {
	inv := r.e.newInvitation(rec.peer.name)
	inv.rec, inv.id, inv.state, inv.failure = rec, rec.id, rec.state, rec.failure
	rec.inv = inv
	if rec.state >= states.FirstTerminal {
		r.e.linger(inv)
	}
	r.held++
	t := &r.e.options.Times
	if rec.timer == noResponseTimer {
		inv.sentAt = rec.deadline - int64(t.NoResponse)
	}
	r.texts(inv)
	kind, repeats := rec.repeats()
	if kind == Cancel {
		inv.reason = Reason(r.byte("reason"))
		r.want(inv.reason >= ReasonUser && inv.reason <= ReasonRejected, "reason")
	}
	if repeats {
		inv.interval = r.length(int64(max(t.RetransmitCap, t.AcceptCap)), "interval")
		if spacing := r.length(resumeSpacing, "spacing"); spacing > 0 {
			inv.copied, inv.lastCopy = true, spacing-resumeSpacing-r.away
		}
	}
	return inv
}

func (r *snapshotReader) texts(inv *invitation) {
	inv.content, inv.channelID, inv.response = r.text("content"), r.text("channel id"), r.text("response")
}

// orders: each peer's invitations follow those of the peer before.
func (r *snapshotReader) orders() {
	last := uint32(0)
	for range r.held {
		inv := r.invitationAt("invitation in order")
		if inv == nil {
			return
		}
		p := inv.rec.peer
		r.want(p.index >= last && inv.prev == nil && inv != p.first, "order of the invitations")
		last = p.index
		p.add(inv)
	}
	r.retransmissions()
}

// invitationAt is that of a record, nil if it has none.
func (r *snapshotReader) invitationAt(what string) *invitation {
	i := r.index(len(r.all), what)
	if r.problem != 0 {
		return nil
	}
	r.want(r.invs[i] != nil, what)
	return r.invs[i]
}

// retransmissions: whatever lingers is among them, for that ends its linger.
func (r *snapshotReader) retransmissions() {
	last, lingering := -horizon-r.away, 0
	for range r.count("retransmissions") {
		inv := r.invitationAt("retransmission")
		at := r.instant(horizon, "retransmission")
		if r.problem != 0 {
			return
		}
		_, repeats := inv.rec.repeats()
		r.want(repeats && inv.heap == noHeap && at >= last, "retransmission")
		last = at
		lingering += int(b2u(inv.lingers))
		r.e.timers.armHeap(retransmits, inv, at)
	}
	r.want(lingering == r.e.lingering, "linger without an end")
}

func (r *snapshotReader) outputs() {
	r.ended()
	next := len(r.all) // of the ended ones: they are in the order of their first event
	for range r.count("outputs") {
		kind := OutputKind(r.byte("output"))
		if kind == Send {
			r.e.outputs = append(r.e.outputs, Output{Kind: Send, To: r.text("receiver"), Message: r.message()})
			if r.problem != 0 {
				return
			}
			continue
		}
		i := r.index(min(next+1, len(r.invs)), "event's invitation")
		if r.problem != 0 || int(kind) >= len(endStates) || r.invs[i] == nil {
			r.damaged("event %v", kind)
			return
		}
		next = max(next, i+1)
		inv, end := r.invs[i], endStates[kind]
		r.want(r.halves[i] == kind.half() && (end == 0 || end == inv.state), "event")
		r.e.raise(kind, inv, inv.failure*b2u(end == failed))
		r.e.flushEvents()
	}
	r.want(next == len(r.invs), "ended invitation without an event")
}

// endStates are the states that terminal events tell of.
var endStates = [...]uint8{
	LocalInvitationAccepted:  uint8(states.LocalAcceptedByRemote),
	LocalInvitationRefused:   uint8(states.LocalRefusedByRemote),
	LocalInvitationCanceled:  uint8(states.LocalCanceled),
	LocalInvitationFailure:   uint8(states.LocalFailure),
	RemoteInvitationAccepted: uint8(states.RemoteAccepted),
	RemoteInvitationRefused:  uint8(states.RemoteRefused),
	RemoteInvitationCanceled: uint8(states.RemoteCanceled),
	RemoteInvitationFailure:  uint8(states.RemoteFailure),
}

func (k OutputKind) half() role {
	if k < RemoteInvitationReceived {
		return local
	}
	return remote
}

func (r *snapshotReader) ended() {
	for range r.count("ended invitations") {
		first := r.byte("ended invitation")
		half, state := role(first&(1<<roleBits-1)), first>>roleBits
		r.want(state >= states.FirstTerminal && state <= failed, "ended invitation")
		inv := r.e.newInvitation(r.text("peer"))
		inv.state, inv.id, inv.failure = state, r.id("id"), r.failure(half, state)
		r.texts(inv)
		r.invs, r.halves = append(r.invs, inv), append(r.halves, half)
		if r.problem != 0 {
			return
		}
	}
}

func (r *snapshotReader) message() (m Message) {
	m.Kind, m.ID = Kind(r.byte("kind")), r.id("id")
	switch m.Kind {
	case Invite:
		m.Content, m.ChannelID = r.text("content"), r.text("channel id")
		m.Age = time.Duration(r.length(horizon, "age") + r.away)
		m.Wait = time.Duration(r.length(horizon, "wait"))
		m.Expiry = time.Duration(r.length(horizon, "expiry"))
	case Accept, Refuse:
		m.Response = r.text("response")
	case Cancel:
		m.Reason = Reason(r.byte("reason"))
	case Ack:
		m.For = Kind(r.byte("for"))
	case Closed:
		m.For, m.Word = Kind(r.byte("for")), Word(r.byte("word"))
	case Received, Confirm:
	default:
		r.damaged("message of kind %d", m.Kind)
	}
	return m
}
