// Reports of an engine about itself: the verdict on each message, and counters.

package engine

// Verdict is the fate of a received message. A host may log it; it needs
// to do nothing about it.
type Verdict uint8

// The verdicts.
const (
	Moved      Verdict = iota // it changed something: a state, a new record, the end of a linger
	Copy                      // seen before, or of no consequence while the invitation is open
	MissedCall                // an INVITE that will not ring: the app is told that it has missed it
	Late                      // the invitation has ended
	Unknown                   // no such invitation
	Unexpected                // a peer that keeps to the protocol sends no such thing in this state
	WrongPeer                 // the id belongs to an invitation with another peer: a security event
	Reflected                 // what only we say about an invitation of ours, or it is from ourselves: a security event
	Invalid                   // malformed, and dropped
	Limit                     // turned away at a bound
	LoggedOut                 // an ACCEPT that a caller which is logged out cannot confirm, and drops
	numVerdicts
)

var verdictNames = [...]string{"moved", "copy", "missed", "late", "unknown", "unexpected", "wrong peer", "reflected", "invalid", "limit", "logged out"}

func (v Verdict) String() string { return nameOf(verdictNames[:], v) }

// GoString makes %#v readable.
func (v Verdict) GoString() string { return v.String() }

// Stats are counters since the engine was made, and numbers of records that it holds now.
type Stats struct {
	Received     [numVerdicts]uint64 // messages received, by Verdict
	Unexpected   uint64              // messages that a peer which keeps to the protocol would not send
	LateConfirms uint64              // confirmations that came after the accept time was over
	Security     uint64              // messages under the id of another peer's invitation, and reflected ones
	Dropped      uint64              // messages not queued, because too many waited for Poll

	LocalRecords  int // invitations sent and remembered, tombstones included
	RemoteRecords int // invitations received and remembered, tombstones included
	Peers         int // peers with at least one of them
	Lingering     int // invitations that have ended and repeat their CANCEL or REFUSE
}

// Stats is a copy of the counters.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.LocalRecords, s.RemoteRecords, s.Peers, s.Lingering = e.total[local], e.total[remote], len(e.peers), e.lingering
	return s
}
