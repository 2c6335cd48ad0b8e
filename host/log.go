// Lines of the log. Nothing here is called under the lock.

package host

import (
	"context"
	"log/slog"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
)

// level: a peer that keeps to the protocol, over a network that does not, never
// causes the warnings.
func level(v engine.Verdict) slog.Level {
	switch v {
	case engine.Unexpected, engine.WrongPeer, engine.Reflected, engine.Invalid, engine.Limit:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func (h *Host) logReceived(from string, m engine.Message, v engine.Verdict) {
	h.logMessage(level(v), "message received", from, m, slog.Any("verdict", v))
}

// logSent: what is repeated to a peer that cannot be reached is a warning once.
func (h *Host) logSent(to string, m engine.Message, err error, known bool) {
	switch {
	case err == nil:
		h.logMessage(slog.LevelDebug, "message sent", to, m)
	case known:
		h.logMessage(slog.LevelDebug, "message not sent", to, m, slog.Any("error", err))
	default:
		h.logMessage(slog.LevelWarn, "message not sent", to, m, slog.Any("error", err))
	}
}

func (h *Host) logMessage(level slog.Level, text, peer string, m engine.Message, more ...slog.Attr) {
	if !h.log.Enabled(context.Background(), level) {
		return // without making the attributes, which costs more than the message
	}
	attributes := []slog.Attr{slog.String("peer", quote.ID(peer)), slog.Any("kind", m.Kind), slog.Any("id", m.ID)}
	if m.For != 0 {
		attributes = append(attributes, slog.Any("for", m.For))
	}
	h.log.LogAttrs(context.Background(), level, text, append(attributes, more...)...)
}

// logEvent tells the state as it is by now.
func (h *Host) logEvent(e event) {
	level, text := slog.LevelDebug, "event"
	if e.givenUp {
		level, text = slog.LevelError, "event given up: it was told at every start"
	}
	if !h.log.Enabled(context.Background(), level) {
		return
	}
	log := h.log.With("event", e.kind)
	switch l, m := e.local, e.missed; {
	case m != nil:
		log = log.With("peer", quote.ID(m.CallerID), "id", m.ID, "reason", m.Reason, "withdrawn", m.Withdrawn)
	case l != nil:
		log = log.With("peer", quote.ID(l.CalleeID()), "id", l.ID(), "state", l.State())
	default:
		log = log.With("peer", quote.ID(e.remote.CallerID()), "id", e.remote.ID(), "state", e.remote.State())
	}
	switch e.kind {
	case engine.LocalInvitationFailure:
		log = log.With("code", e.localError.Name())
	case engine.RemoteInvitationFailure:
		log = log.With("code", e.remoteError.Name())
	}
	log.Log(context.Background(), level, text)
}

// logCall tells of the app's calls, for the changes of state that no event tells.
func (h *Host) logCall(op string, inv handle, err error) {
	if !h.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	if err != nil {
		h.log.Debug("call refused", "op", op, "error", err)
		return
	}
	d := inv.describe()
	h.log.Debug("call", "op", op, "peer", quote.ID(peerOf(inv)), "id", d.Invitation, "state", d.State)
}

func peerOf(inv handle) string {
	if l, ok := inv.(*LocalInvitation); ok {
		return l.CalleeID()
	}
	return inv.(*RemoteInvitation).CallerID()
}
