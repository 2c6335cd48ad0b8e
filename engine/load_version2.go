// Loading snapshots of version 2, from before protocol 1.0: what they do not say.

package engine

import (
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// versionWithoutDevices is that of engines before protocol 1.0.
const versionWithoutDevices = 2

// oldInvitation: one of version 2 says less. It was sent, for one that waits, a
// no-response time before its deadline; of one that was received nobody knows.
func (r *snapshotReader) oldInvitation(rec *record) {
	inv, t := rec.inv, &r.e.options.Times
	switch {
	case inv.lingers:
	case rec.role == remote:
		inv.sentAt, inv.ringEnd = min(r.e.now, rec.deadline-int64(t.ExpiryCap)), rec.deadline
	case rec.state == uint8(states.LocalSentToRemote):
		inv.sentAt = min(r.e.now, rec.deadline-int64(t.NoResponse))
	default:
		inv.sentAt, inv.ageless = r.e.now, true
	}
	kind := rec.repeats()
	if kind == Cancel {
		inv.reason = Reason(r.byte("reason"))
		rec.reason = inv.reason
		r.want(inv.reason >= ReasonUser && inv.reason <= ReasonRejected, "reason")
		r.oldCause(inv)
	}
	if rec.backsOff(kind) {
		r.interval(inv)
		r.copies(inv)
	}
}

// oldCause: of what lay behind a missing response, version 2 has only what its CANCEL says.
func (r *snapshotReader) oldCause(inv *invitation) {
	switch {
	case errors.LocalInvitationError(inv.failure) != errors.LocalPeerNoResponse:
	case inv.reason == ReasonRejected:
		inv.cause = CauseFailed
	default:
		inv.cause = CauseNoSign
	}
}

func (r *snapshotReader) device() uint64 {
	if r.version == versionWithoutDevices {
		return 0
	}
	return r.number("device")
}
