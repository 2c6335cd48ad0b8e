// Loading what was not polled: messages, and events with their invitations.

package engine

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// outputs: events find their invitations after all are read, from the last one back,
// because the one that ends an invitation has it for those before. There may be several
// invitations under one key: it is free again when its record is forgotten, and by then
// the app may not have polled the events.
func (r *snapshotReader) outputs() {
	slices.SortFunc(r.parts[outputEntry], func(a, b Entry) int { return bytes.Compare(a.Key, b.Key) })
	var outs []Output
	var about []eventKey
	r.each(outputEntry, func(key []byte) {
		out, of := r.output()
		r.numbered(key, uint64(len(outs)))
		outs, about = append(outs, out), append(about, of)
	})
	if r.problem != 0 {
		return
	}
	last := map[eventKey]*invitation{} // of the events behind
	for i := len(outs) - 1; i >= 0; i-- {
		if outs[i].Kind != Send && outs[i].Missed == nil && !r.bind(&outs[i], about[i], last) {
			r.damaged("event %v", outs[i].Kind)
			return
		}
	}
	r.e.outputs = outs
	r.e.drained = r.e.stored.to
}

// numbered: outputs have numbers without a gap, which the store knows them by.
func (r *snapshotReader) numbered(key []byte, i uint64) {
	if len(key) != 8 {
		r.damaged("number of an output")
		return
	}
	number, stored := binary.BigEndian.Uint64(key), &r.e.stored
	if i == 0 {
		stored.from, stored.to = number, number
	}
	r.want(number == stored.to && number < math.MaxUint64, "number of an output")
	stored.to++
}

func (r *snapshotReader) output() (out Output, about eventKey) {
	out.Kind = OutputKind(r.byte("output"))
	switch {
	case out.Kind == Send:
		out.Reply, out.To, out.Message = r.flag("reply"), r.text("receiver"), r.message()
		r.e.replies += int(b2u(out.Reply)) // as the bound on them counts
	case out.Kind == RemoteInvitationMissed && r.version == snapshotVersion:
		out.Restores = r.byte("restores")
		out.Missed = r.missed()
	case int(out.Kind) >= len(endStates):
		r.damaged("event %v", out.Kind)
	default:
		out.Restores = r.byte("restores")
		about = eventKey{out.Kind.half(), r.text("peer"), r.id("id")}
		r.remains(&out, about)
	}
	return out, about
}

func (r *snapshotReader) missed() *Missed {
	m := &Missed{CallerID: r.text("caller"), ID: r.id("id"), Content: r.text("content"), ChannelID: r.text("channel id")}
	m.Reason, m.Withdrawn = Reason(r.byte("reason")), r.flag("withdrawn")
	r.want(m.Reason >= ReasonUser && m.Reason <= ReasonStale, "reason")
	return m
}

// remains are the fields of an invitation that has ended.
func (r *snapshotReader) remains(out *Output, about eventKey) {
	state := r.byte("ended invitation")
	if state == 0 {
		return
	}
	r.want(state >= states.FirstTerminal && state <= failed, "ended invitation")
	inv := r.e.newInvitation(about.peer)
	inv.id, inv.state, inv.failure = about.id, state, r.failure(about.role, state)
	r.texts(inv)
	if r.version == snapshotVersion {
		inv.reason, inv.cause, inv.device = Reason(r.byte("reason")), Cause(r.byte("cause")), r.number("device")
		r.want(inv.reason <= ReasonStale && inv.cause <= CauseLoggedOut, "reason")
		r.note(inv)
		r.age(inv)
	} else if about.role == local {
		r.oldCause(inv)
	}
	out.about(inv, errors.OK)
}

// bind gives an event its invitation. The last event of a key has the record's, or what
// is left of it; those before have the same, down to the end of an earlier one.
func (r *snapshotReader) bind(out *Output, of eventKey, last map[eventKey]*invitation) bool {
	rec, _ := r.e.records[of.role].find(r.e.peers[of.peer], of.id)
	inv, end := last[of], endStates[out.Kind]
	switch {
	case inv != nil && end == 0:
	case inv == nil && rec != nil && rec.inv != nil:
		inv = rec.inv
	default:
		inv = out.invitation()
	}
	if inv == nil || end != 0 && end != inv.state {
		return false
	}
	out.about(inv, errors.OK)
	if end == failed {
		out.about(inv, inv.failure)
	}
	last[of] = inv
	return true
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

func (r *snapshotReader) message() (m Message) {
	m.Kind, m.ID = Kind(r.byte("kind")), r.id("id")
	switch m.Kind {
	case Invite:
		m.Content, m.ChannelID = r.text("content"), r.text("channel id")
		m.Age = time.Duration(r.length(horizon, "age") + r.away)
		m.Wait = time.Duration(r.length(horizon, "wait"))
		m.Expiry = time.Duration(r.length(horizon, "expiry"))
	case Received, Confirm:
		m.Device = r.device()
	case Accept, Refuse:
		m.Response = r.text("response")
		m.Device = r.device()
	case Cancel:
		m.Reason = Reason(r.byte("reason"))
		if r.version == snapshotVersion {
			m.Note = r.text("note")
		}
	case Ack:
		m.For = Kind(r.byte("for"))
		m.Refused = r.version == snapshotVersion && r.flag("refused")
		m.Device = r.device()
	case Closed:
		m.For, m.Word = Kind(r.byte("for")), Word(r.byte("word"))
		m.Device = r.device()
	default:
		r.damaged("message of kind %d", m.Kind)
	}
	return m
}
