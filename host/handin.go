// Messages that come beside the transport, by push, and what to show for them.

package host

import (
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/wire"
)

// Arrival is what has become of a message that was handed in: what a push handler shows.
type Arrival uint8

const (
	// Dropped: it did nothing. It is in no form, malformed, too old, or turned away at a
	// bound, or the host is closed. The log says which.
	Dropped Arrival = iota
	// Unknown: it is about no invitation that is remembered here.
	Unknown
	// Rings: a call rings now that did not before.
	Rings
	// Open: it is about an invitation that is open: a copy of an INVITE that rings or is
	// being answered, or a step of an invitation that goes on.
	Open
	// Ended: it is about an invitation that is over. This message has ended it, or it was
	// over before: FindRemote says how.
	Ended
	// NeverRings: it is a call that will not ring, because it came too late or was
	// canceled before. A MissedListener is told of it.
	NeverRings
)

var arrivals = [...]string{"dropped", "unknown", "rings", "open", "ended", "never rings"}

func (a Arrival) String() string { return arrivals[a] }

// HandIn takes one message that did not come over the transport, such as the INVITE in a
// push, and tells what became of it. Otherwise it is Receive of a Receiver: from must be
// the true sender, held is how long the message was under way as far as anybody knows,
// and data may be used again after the return. It returns the id of the invitation, zero
// if there is none to read. The host may be logged out: then it rings, and may be
// answered, before there is a session.
func (h *Host) HandIn(from string, data []byte, held time.Duration) (Arrival, engine.ID) {
	m, err := wire.Decode(data)
	if err != nil {
		h.count(&h.stats.Undecodable)
		h.log.Warn("message dropped", "peer", quote.ID(from), "error", err)
		return Dropped, engine.ID{}
	}
	if held > h.maxDelay {
		h.count(&h.stats.TooOld)
		h.log.Debug("message dropped: too old", "peer", quote.ID(from), "kind", m.Kind, "id", m.ID, "held", held)
		return Dropped, m.ID
	}
	m.Held = held
	arrival, verdict := Dropped, engine.Invalid
	h.input(func() error {
		verdict = h.engine.Receive(from, m)
		arrival = h.arrival(from, m, verdict)
		return nil
	}, func(turn uint64, err error) {
		if err != nil {
			arrival = Dropped
			return
		}
		h.logReceived(turn, from, m, verdict)
	})
	return arrival, m.ID
}

// arrival puts the engine's verdict and the state that it has left behind in one word.
func (h *Host) arrival(from string, m engine.Message, verdict engine.Verdict) Arrival {
	switch verdict {
	case engine.Unknown, engine.WrongPeer:
		return Unknown
	case engine.MissedCall:
		return NeverRings
	case engine.Invalid, engine.Limit, engine.Reflected, engine.LoggedOut:
		return Dropped
	}
	known, ok := h.engine.FindRemote(from, m.ID)
	switch ended := known.RemoteState.Terminal(); {
	case ok && ended, !ok && h.endedLocally(from, m.ID):
		return Ended
	case ok && m.Kind == engine.Invite && verdict == engine.Moved:
		return Rings
	}
	return Open
}

func (h *Host) endedLocally(peer string, id engine.ID) bool {
	known, ok := h.engine.FindLocal(peer, id)
	return !ok || known.LocalState.Terminal()
}
