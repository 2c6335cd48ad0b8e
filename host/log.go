// Lines of the log. Nothing here is called under the lock.

package host

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"strconv"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
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

// inForce is what the log tells of an engine's options: of those of a restart, as long as
// anything from the store is remembered, that store's.
type inForce struct {
	device uint64
	times  engine.Times
}

func (h *Host) inForce() inForce { return inForce{h.engine.Device(), h.engine.Times()} }

type change struct{ from, to inForce }

// logChanged: nothing is remembered from the store any more, and the options given come
// into force. To the log that is a start; under another device, of an endpoint that it has
// not seen before.
func (h *Host) logChanged(c change) {
	var away *time.Duration
	if c.from.device == c.to.device {
		away = new(time.Duration)
	}
	h.logStarted(c.to, away)
}

// logStarted tells what a reader of the log needs to know of the endpoint. away is nil if
// nothing was restored.
func (h *Host) logStarted(now inForce, away *time.Duration) {
	if !h.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	t := now.times
	attributes := []any{"device", strconv.FormatUint(now.device, 16), "epoch", strconv.FormatUint(h.epoch, 16),
		"no_response", t.NoResponse, "expiry", t.Expiry, "expiry_cap", t.ExpiryCap, "grace", t.Grace, "accept", t.Accept}
	if len(h.logKey) > 0 {
		attributes = append(attributes, "digest_key", h.digest(engine.ID{}))
	}
	if away != nil {
		attributes = append(attributes, "restored", true, "away", *away)
	}
	h.log.Debug("started", attributes...)
}

func (h *Host) logReceived(turn uint64, from string, m engine.Message, v engine.Verdict) {
	h.logMessage(level(v), "message received", turn, from, m, slog.String("verdict", v.String()))
}

// logSent: what is repeated to a peer that cannot be reached is a warning once.
func (h *Host) logSent(out outgoing, err error, known bool) {
	switch {
	case err == nil:
		h.logMessage(slog.LevelDebug, "message sent", out.turn, out.To, out.Message)
	case known:
		h.logMessage(slog.LevelDebug, "message not sent", out.turn, out.To, out.Message, slog.Any("error", err))
	default:
		h.logMessage(slog.LevelWarn, "message not sent", out.turn, out.To, out.Message, slog.Any("error", err))
	}
}

// logMessage writes words and not numbers, which a handler would make of the types.
func (h *Host) logMessage(level slog.Level, text string, turn uint64, peer string, m engine.Message, more ...slog.Attr) {
	if !h.log.Enabled(context.Background(), level) {
		return // without making the attributes, which costs more than the message
	}
	attributes := []slog.Attr{slog.String("peer", quote.ID(peer)), slog.String("kind", m.Kind.String()), slog.String("id", m.ID.String())}
	if m.For != 0 {
		attributes = append(attributes, slog.String("for", m.For.String()))
	}
	if m.Word != 0 {
		attributes = append(attributes, slog.String("word", m.Word.String()))
	}
	if m.Reason != 0 {
		attributes = append(attributes, slog.String("reason", m.Reason.String()))
	}
	if m.Device != 0 {
		attributes = append(attributes, slog.String("device", strconv.FormatUint(m.Device, 16)))
	}
	if m.Refused {
		attributes = append(attributes, slog.Bool("refused", true))
	}
	h.log.LogAttrs(context.Background(), level, text, append(append(attributes, more...), slog.Uint64("turn", turn))...)
}

// logEvent tells the state as it is by now.
func (h *Host) logEvent(turn uint64, e event) {
	level, text := slog.LevelDebug, "event"
	if e.givenUp {
		level, text = slog.LevelError, "event given up: it was told at every start"
	}
	if !h.log.Enabled(context.Background(), level) {
		return
	}
	a := make([]slog.Attr, 0, 8)
	a = append(a, slog.String("event", e.kind.String()))
	switch l, m := e.local, e.missed; {
	case m != nil:
		a = append(a, slog.String("peer", quote.ID(m.CallerID)), slog.String("id", m.ID.String()), slog.String("reason", m.Reason.String()), slog.Bool("withdrawn", m.Withdrawn))
		a = h.appendDigest(a, m.ID, m.Content, m.ChannelID)
	case l != nil:
		shown := l.look()
		a = append(a, slog.String("peer", quote.ID(l.CalleeID())), slog.String("id", idText(shown.id)), slog.String("state", states.LocalState(shown.state).String()))
		if shown.device != 0 {
			a = append(a, slog.String("device", strconv.FormatUint(shown.device, 16)))
		}
		if shown.reason == engine.ReasonAnswered {
			a = append(a, slog.String("reason", shown.reason.String()))
		}
	default:
		shown := e.remote.look()
		a = append(a, slog.String("peer", quote.ID(e.remote.CallerID())), slog.String("id", shown.id.String()), slog.String("state", states.RemoteState(shown.state).String()))
		if e.kind == engine.RemoteInvitationReceived {
			a = h.appendDigest(a, shown.id, shown.content, shown.channelID)
		}
	}
	switch e.kind {
	case engine.LocalInvitationAccepted:
		a = h.appendDigest(a, e.local.ID(), e.response)
	case engine.LocalInvitationRefused:
		if e.response != "" { // else it may be that the response was not learned
			a = h.appendDigest(a, e.local.ID(), e.response)
		}
	case engine.LocalInvitationFailure:
		a = append(a, slog.String("code", e.localError.Name()))
	case engine.RemoteInvitationFailure:
		a = append(a, slog.String("code", e.remoteError.Name()))
	}
	h.log.LogAttrs(context.Background(), level, text, append(a, slog.Uint64("turn", turn))...)
}

// logCall tells of the app's calls, for the changes of state that no event tells.
func (h *Host) logCall(turn uint64, op string, inv handle, err error) {
	if !h.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	d := inv.describe()
	a := make([]slog.Attr, 0, 8)
	a = append(a, slog.String("op", op), slog.String("peer", quote.ID(peerOf(inv))), slog.String("id", d.Invitation))
	if err != nil {
		h.log.LogAttrs(context.Background(), slog.LevelDebug, "call refused", append(a, slog.Any("error", err), slog.Uint64("turn", turn))...)
		return
	}
	a = append(a, slog.String("state", d.State))
	switch inv := inv.(type) {
	case *RemoteInvitation:
		a = h.appendDigest(a, inv.ID(), inv.Response())
	case *LocalInvitation:
		if shown := inv.look(); op == "send" && shown.id != (engine.ID{}) {
			a = h.appendDigest(a, shown.id, shown.content, shown.channelID)
			if shown.group != nil {
				a = append(a, slog.String("group", shown.group.name()))
			}
		}
	}
	h.log.LogAttrs(context.Background(), slog.LevelDebug, "call", append(a, slog.Uint64("turn", turn))...)
}

func peerOf(inv handle) string {
	if l, ok := inv.(*LocalInvitation); ok {
		return l.CalleeID()
	}
	return inv.(*RemoteInvitation).CallerID()
}

// shortestKey is how many bytes a secret has at least.
const shortestKey = 16

// digest stands for the texts of an invitation: the start of a keyed hash. It is about
// the id, too, so that the same text in two calls does not show. The digest of no texts
// and no id is the name of the key.
func (h *Host) digest(id engine.ID, texts ...string) string {
	mac := hmac.New(sha256.New, h.logKey)
	about := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, id.Epoch), id.Counter)
	for _, text := range texts {
		about = append(binary.BigEndian.AppendUint64(about, uint64(len(text))), text...)
	}
	mac.Write(about)
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func (h *Host) appendDigest(a []slog.Attr, id engine.ID, texts ...string) []slog.Attr {
	if len(h.logKey) == 0 {
		return a
	}
	return append(a, slog.String("digest", h.digest(id, texts...)))
}
