// Loading: the entries of a snapshot are read strictly, so that whatever loads is an
// engine that no input can break, and nothing of it is lost. They may stand in any
// order, as a store has them. reader.go takes them apart.

package engine

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/errors"
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
	SnapshotTimes                              // it remembers invitations under Times that are not valid any more
	SnapshotEpoch                              // Restore: Options.Epoch is not new. Load: it is not the snapshot's
)

var problemNames = [...]string{"?", "snapshot is damaged", "snapshot of an unknown version", "snapshot of another user",
	"snapshot with times that are not valid", "wrong epoch for the snapshot"}

func (p SnapshotProblem) Error() string { return nameOf(problemNames[:], p) }

// SnapshotError is the error of Restore and Load about a snapshot.
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
	r := snapshotReader{e: e, away: away, copy: map[*invitation]bool{}}
	r.open(snapshot)
	r.head()
	r.clock()
	r.peers()
	r.records()
	r.outputs()
	if r.problem != 0 {
		return nil, 0, &SnapshotError{Self: self, Problem: r.problem, Detail: r.detail}
	}
	return e, r.epoch, nil
}

func (r *snapshotReader) head() {
	r.only(headEntry, func() {
		if string(r.bytes(uint64(len(snapshotMagic)), "magic")) != snapshotMagic {
			r.damaged("it does not begin as one")
		}
		if r.version = r.byte("version"); r.version != snapshotVersion && r.version != versionWithoutDevices {
			r.fail(SnapshotVersion, "%d, not %d", r.version, snapshotVersion)
		}
		if user := r.text("user"); user != r.e.self {
			r.fail(SnapshotUser, "%s", quote.Text(user))
		}
		var o Options
		if r.version == snapshotVersion {
			o.Device = r.number("device")
		}
		o.CountFromSend = r.flag("count from send")
		for _, d := range o.Times.all() {
			if r.version == versionWithoutDevices && (d == &o.Times.ExpiryCap || d == &o.Times.Refresh) {
				continue
			}
			*d = time.Duration(r.length(int64(longestTime), "time"))
		}
		if r.version == versionWithoutDevices {
			o.Times.ExpiryCap = o.Times.Expiry
		}
		r.epoch = r.epochOf("epoch")
		r.want(r.epoch != 0, "epoch 0")
		r.times(o)
	})
}

// times: deadlines were made with those of the snapshot, and peers were told them, and
// the device. So they stay in force until nothing of then is remembered.
func (r *snapshotReader) times(saved Options) {
	given := r.e.options
	if len(r.parts[recordEntry]) == 0 || saved.Times == given.Times && saved.CountFromSend == given.CountFromSend && saved.Device == given.Device {
		return
	}
	kept := given
	kept.Times, kept.CountFromSend, kept.Device = saved.Times, saved.CountFromSend, saved.Device
	r.want(saved.Times != Times{}, "times")
	if err := kept.Validate(); err != nil {
		r.fail(SnapshotTimes, "%d invitations are remembered under times that are not valid: %v", len(r.parts[recordEntry]), err)
		return
	}
	r.e.use(kept)
	r.e.later = &given
}

func (r *snapshotReader) clock() {
	r.only(nowEntry, func() {
		r.saved = r.length(math.MaxInt64, "now")
		r.e.loggedIn = r.flag("logged in")
		r.e.counter = r.number("counter")
		for _, kind := range []uint8{peerEntry, recordEntry, outputEntry} {
			if n := r.number("count"); n != uint64(len(r.parts[kind])) {
				r.damaged("%d of %d entries of kind %c", len(r.parts[kind]), n, kind)
			}
		}
	})
}

func (r *snapshotReader) peers() {
	type numbered struct {
		name    string
		number  uint64
		offline bool
	}
	var all []numbered
	r.each(peerEntry, func(key []byte) {
		all = append(all, numbered{string(key), r.number("number"), r.flag("presence")})
	})
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	for _, each := range all {
		if r.e.peers[each.name] != nil || each.name == r.e.self || each.name == "" {
			r.damaged("peer %s", quote.Text(each.name))
			return
		}
		if p := r.e.addPeer(each.name); each.offline {
			p.presence = presenceOffline
		}
	}
}

// records arms each final timer: in the order of their deadlines, most fit into the
// lists.
func (r *snapshotReader) records() {
	var all []*record
	r.each(recordEntry, func(key []byte) {
		if rec := r.record(key); r.problem == 0 {
			all = append(all, rec)
		}
	})
	if r.problem != 0 {
		return
	}
	slices.SortFunc(all, byFinal)
	var invs, copied, grouped []*invitation
	for _, rec := range all {
		if kind := finalTimer(rec); rec.deadline-r.e.now <= r.e.lasting[kind] {
			r.e.timers.armList(rec, kind, rec.deadline)
		} else {
			r.e.timers.armVaried(rec, rec.deadline)
		}
		inv := rec.inv
		if inv == nil {
			continue
		}
		invs = append(invs, inv)
		if r.copy[inv] {
			copied = append(copied, inv)
		}
		if inv.grouped() {
			grouped = append(grouped, inv)
		}
	}
	r.orders(invs, copied, grouped)
	for p := r.e.firstPeer; p != nil; p = p.next {
		r.want(p.records != [numRoles]int{}, "peer without a record")
	}
}

// orders puts each peer's invitations behind each other, arms the copies, and makes the
// groups again.
func (r *snapshotReader) orders(invs, copied, grouped []*invitation) {
	slices.SortFunc(invs, byPeer)
	for _, inv := range invs {
		r.e.open(inv)
	}
	slices.SortFunc(copied, byCopy)
	for _, inv := range copied {
		r.e.timers.armCopy(inv, inv.at)
	}
	slices.SortFunc(grouped, byGroup)
	var saved, group *Group
	for _, inv := range grouped {
		if saved == nil || inv.more.group.number != saved.number {
			saved, group = inv.more.group, r.e.NewGroup()
		} else {
			r.want(inv.more.place >= group.places, "place in a group")
		}
		inv.more.group = group
		group.add(inv, inv.more.place)
	}
}

// record makes a record with its final timer, which is not armed yet.
func (r *snapshotReader) record(key []byte) *record {
	value := r.rest
	r.rest = key
	half, id := role(r.byte("role")), r.id("id")
	p := r.e.peers[string(r.rest)]
	r.rest = value
	first := r.byte("record")
	state, held, told := first&(1<<heldBit-1), first>>heldBit&1, missed(first>>missedBit)
	if r.problem != 0 || p == nil || half >= numRoles || !possible(half, state, held) || id.Epoch == 0 || !r.isNew(half, p, id) || !told.possible(half, state) {
		r.damaged("record %s", quote.Text(key))
		return nil
	}
	rec := r.e.admit(half, p.name, p, id, nil)
	rec.state, rec.missed = state, told
	limit := int64(2 * longestTime)
	if state >= states.FirstTerminal {
		limit = int64(r.e.options.Times.Tombstone)
	}
	rec.deadline = r.instant(limit, "deadline")
	rec.order = r.number("number")
	rec.failure = r.failure(half, state)
	if first>>deviceBit&1 == 1 {
		rec.device = r.number("device")
		r.want(rec.device != 0 && half == local && (state == uint8(states.LocalAcceptedByRemote) || state == uint8(states.LocalRefusedByRemote)), "device")
	}
	if rec.hasReason(held == 1) {
		rec.reason = r.reason(rec, held == 1)
	}
	if held == 1 {
		r.invitation(rec)
	}
	return rec
}

// reason is why a record is CANCELED or has failed.
func (r *snapshotReader) reason(rec *record, held bool) Reason {
	if r.version == versionWithoutDevices {
		if rec.state == uint8(states.LocalCanceled) {
			return ReasonUser // all that it can tell
		}
		return 0
	}
	reason := Reason(r.byte("reason"))
	r.want(reason <= ReasonStale && (!held || reason >= ReasonUser && reason <= ReasonAnswered), "reason")
	return reason
}

// possible: only a callee's invitation that never rang is missed.
func (m missed) possible(half role, state uint8) bool {
	switch m {
	case missedNothing:
		return true
	case missedOwed:
		return half == remote && state == uint8(states.RemoteCanceled)
	case missedTold:
		return half == remote && state == failed
	}
	return false
}

// possible: an open record has its invitation, an ended one only while it repeats
// a CANCEL or REFUSE.
func possible(half role, state, held uint8) bool {
	lingers := state == uint8(states.RemoteRefused)
	if half == local {
		lingers = state == uint8(states.LocalCanceled) || state == failed
	}
	switch {
	case state == 0 || state > failed || held > 1:
		return false
	case state < states.FirstTerminal:
		return held == 1
	}
	return held == 0 || lingers
}

// isNew: a key stands for one record, and an own id is given once.
func (r *snapshotReader) isNew(half role, p *peer, id ID) bool {
	rec, elsewhere := r.e.records[half].find(p, id)
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

// finalTimer is which one runs in a record's state.
func finalTimer(rec *record) timerKind {
	switch {
	case rec.state >= states.FirstTerminal:
		return tombstoneTimer(rec.role)
	case rec.role == local && rec.state == uint8(states.LocalSentToRemote):
		return noResponseTimer
	case rec.role == local:
		return localExpiryTimer
	case rec.state == uint8(states.RemoteAcceptSentToLocal):
		return acceptTimer
	}
	return remoteExpiryTimer
}

// invitation makes that of a record; it has its places in the orders only after all
// are read.
func (r *snapshotReader) invitation(rec *record) {
	inv := r.e.newInvitation(rec.peer.name)
	inv.rec, inv.id, inv.state, inv.failure, inv.reason = rec, rec.id, rec.state, rec.failure, rec.reason
	rec.inv = inv
	if rec.state >= states.FirstTerminal {
		r.e.linger(inv)
	}
	inv.number = r.number("number")
	r.texts(inv)
	if r.version == versionWithoutDevices {
		r.oldInvitation(rec)
		return
	}
	switch {
	case inv.lingers && rec.role == local:
		r.note(inv)
		inv.cause = Cause(r.byte("cause"))
		r.want(inv.cause <= CauseLoggedOut && (inv.cause != 0) == (errors.LocalInvitationError(inv.failure) == errors.LocalPeerNoResponse), "cause")
	case rec.role == local:
		r.openLocal(inv)
	default:
		r.heldRemote(inv)
	}
	if kind := rec.repeats(); rec.backsOff(kind) {
		r.interval(inv)
	}
	r.copies(inv)
}

func (r *snapshotReader) note(inv *invitation) {
	if note := r.text("note"); note != "" {
		inv.rest().note = note
	}
}

func (r *snapshotReader) age(inv *invitation) {
	if age := time.Duration(r.length(horizon, "age")); age != 0 {
		inv.rest().age = age
	}
}

func (r *snapshotReader) heldRemote(inv *invitation) {
	if !inv.lingers {
		inv.sentAt = r.instant(0, "beginning")
		inv.ringEnd = r.instant(int64(2*longestTime), "end of the ring")
		r.want(inv.state == uint8(states.RemoteAcceptSentToLocal) || inv.ringEnd == inv.rec.deadline, "end of the ring")
	}
	r.age(inv)
}

func (r *snapshotReader) openLocal(inv *invitation) {
	inv.sentAt = r.instant(0, "sending")
	flags := r.byte("flags")
	r.want(flags < 1<<4, "flags")
	inv.ageless = flags&1 != 0
	if flags&(1<<1) != 0 {
		inv.cause = CauseOverloaded
		r.want(inv.overloaded(), "cause")
	}
	if flags&(1<<2) != 0 {
		inv.rest().noResponse = time.Duration(r.length(int64(longestTime), "no-response time"))
		inv.more.expiry = time.Duration(r.length(int64(longestTime), "expiry time"))
		r.want(inv.timed(), "times of the call")
	}
	if flags&(1<<3) != 0 {
		inv.rest().group = &Group{number: r.number("group")}
		inv.more.place = r.number("place in a group")
		r.want(inv.more.place < math.MaxUint64, "place in a group")
	}
}

func (r *snapshotReader) interval(inv *invitation) {
	t := &r.e.options.Times
	inv.interval = r.length(int64(max(t.RetransmitCap, t.AcceptCap)), "interval")
}

// copies: none is due at the end of its invitation or after it.
func (r *snapshotReader) copies(inv *invitation) {
	inv.copied, inv.lastCopy = true, r.instant(resumeSpacing, "spacing")-resumeSpacing
	if !r.flag("next copy") {
		return
	}
	inv.at, inv.order = r.instant(horizon, "next copy"), r.number("number")
	end := inv.rec.deadline
	if inv.lingers {
		end = r.e.lingerEnd(inv.rec)
	}
	r.copy[inv] = inv.at < end
	r.want(inv.at < end || r.version == versionWithoutDevices, "copy after the end")
}

func (r *snapshotReader) texts(inv *invitation) {
	inv.content, inv.channelID, inv.response = r.text("content"), r.text("channel id"), r.text("response")
}
