// One step: a trigger is looked up in its table and its effects are carried out,
// in the order of their bits.

package engine

import (
	"fmt"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
)

// step is the context of one trigger.
type step struct {
	rec     *record     // nil: nothing is remembered under this id
	inv     *invitation // nil: unknown, or a tombstone
	peer    string
	known   *peer // of a message's sender: nil if no record names it
	id      ID
	answers Kind    // the message that caused it, 0 if none did
	word    Word    // of a CLOSED
	reason  Reason  // why it is CANCELED, if it is now
	device  uint64  // that the message names
	text    string  // of an ACCEPT or REFUSE its response, of a CANCEL its note
	expiry  int64   // how long a new INVITE may ring
	missed  *Missed // what the app is told if it never rang
	moved   bool
}

func (inv *invitation) step() step {
	return step{rec: inv.rec, inv: inv, peer: inv.peer, id: inv.id}
}

// state is IDLE for an unknown id, in either machine.
func (s *step) state() uint8 {
	switch {
	case s.inv != nil:
		return s.inv.state
	case s.rec != nil:
		return s.rec.state
	}
	return 0
}

func (e *Engine) stepLocal(s *step, trigger states.LocalTrigger) states.Effect {
	state := states.LocalState(s.state())
	cell := e.local.At(state, trigger)
	if cell.Kind == states.Impossible {
		panic(fmt.Sprintf("engine: broken invariant: %v on invitation %v to %s, which is %v", trigger, s.id, quote.ID(s.peer), state))
	}
	if e.options.Observe != nil {
		e.observe(s, true, uint8(state), uint8(trigger), cell.Kind, uint8(cell.Next), cell.Effects)
	}
	e.apply(s, cell.Kind, uint8(cell.Next), cell.Effects)
	return cell.Effects
}

func (e *Engine) stepRemote(s *step, trigger states.RemoteTrigger) states.Effect {
	state := states.RemoteState(s.state())
	cell := e.remote.At(state, trigger)
	if cell.Kind == states.Impossible {
		panic(fmt.Sprintf("engine: broken invariant: %v on invitation %v from %s, which is %v", trigger, s.id, quote.ID(s.peer), state))
	}
	if e.options.Observe != nil {
		e.observe(s, false, uint8(state), uint8(trigger), cell.Kind, uint8(cell.Next), cell.Effects)
	}
	e.apply(s, cell.Kind, uint8(cell.Next), cell.Effects)
	return cell.Effects
}

// apply carries a cell out. An invitation that ends is a tombstone at once,
// unless it has a CANCEL or REFUSE to repeat.
func (e *Engine) apply(s *step, kind states.Kind, next uint8, effects states.Effect) {
	switch kind {
	case states.Ignored, states.Misuse:
		return
	case states.Move:
		s.moved = true
		e.noteUrgent()
		e.enter(s, next)
	}
	e.carryOut(s, effects)
	if !s.moved || next < states.FirstTerminal || s.inv == nil {
		return
	}
	if s.rec != nil && !s.inv.lingers {
		e.settle(s.rec)
	}
	if s.inv.more != nil && s.inv.more.group != nil {
		e.decide(s.inv.more.group, s.inv)
	}
}

// enter writes the new state. The old state's timer stops; the end arms the
// tombstone's.
func (e *Engine) enter(s *step, next uint8) {
	if s.inv != nil {
		s.inv.state = next
	}
	if s.rec == nil {
		return
	}
	s.rec.state = next
	e.touch(s.rec)
	e.timers.disarm(s.rec)
	if next >= states.FirstTerminal {
		e.timers.armList(s.rec, tombstoneTimer(s.rec.role), e.now+e.keep[s.rec.role])
	}
}

func (e *Engine) carryOut(s *step, effects states.Effect) {
	restart := effects&states.RestartBackOff != 0
	for rest := effects; rest != 0; rest &= rest - 1 {
		switch rest & -rest {
		case states.EndLinger:
			if s.inv != nil {
				e.noteUrgent()
				e.settle(s.rec)
			}
		case states.ArmNoResponse:
			e.arm(s.rec, noResponseTimer, e.now+int64(e.noResponse(s.inv)))
		case states.ArmExpiry:
			e.armExpiry(s)
		case states.ArmAccept:
			e.timers.disarmFinal(s.rec)
			e.timers.armList(s.rec, acceptTimer, e.now+e.lasting[acceptTimer])
		case states.ArmRing:
			e.armRing(s)
		case states.KeepWinner:
			s.rec.device, s.inv.device = s.device, s.device

		case states.SendInvite:
			e.copy(s.inv, Invite)
		case states.SendAccept:
			e.copy(s.inv, Accept)
		case states.SendRefuse:
			e.linger(s.inv)
			e.copy(s.inv, Refuse)
		case states.SendCancelUser:
			e.sendCancel(s.inv, ReasonUser)
		case states.SendCancelNoResponse:
			e.sendCancel(s.inv, ReasonNoResponse)
		case states.SendCancelExpired:
			e.sendCancel(s.inv, ReasonExpired)
		case states.SendCancelRejected:
			e.sendCancel(s.inv, ReasonRejected)
		case states.SendCancelAnswered:
			e.sendCancel(s.inv, ReasonAnswered)
		case states.CopyInvite:
			e.copyAgain(s.inv, Invite, restart)
		case states.CopyReceived:
			e.copyAgain(s.inv, Received, restart)
		case states.CopyAccept:
			e.copyAgain(s.inv, Accept, restart)
		case states.CopyRefuse:
			e.copyAgain(s.inv, Refuse, restart)
		case states.CopyCancel:
			e.copyAgain(s.inv, Cancel, restart)

		case states.ReplyReceived:
			e.sendCopy(s.inv, Received, true)
		case states.ReplyAccept:
			e.sendCopy(s.inv, Accept, true)
		case states.ReplyRefuse:
			e.sendCopy(s.inv, Refuse, true)
		case states.ReplyConfirm:
			if m := e.queue(s.peer, Confirm, s.id, true); m != nil {
				m.Device = s.winner()
			}
		case states.ReplyAckRefuse:
			e.acknowledge(s, Refuse, false)
		case states.ReplyAckRefused:
			e.acknowledge(s, Refuse, true)
		case states.ReplyAckCancel:
			e.acknowledge(s, Cancel, false)
		case states.CloseUnknown:
			e.close(s, WordUnknown)
		case states.CloseCanceled:
			e.close(s, WordCanceled)
		case states.CloseRefused:
			e.close(s, WordRefused)
		case states.CloseOwn:
			e.close(s, s.rec.ownWord())
		case states.CloseFailed:
			e.close(s, WordFailed)
		case states.CloseStale:
			e.close(s, WordStale)
		case states.CloseInvalid:
			e.close(s, WordInvalid)
		case states.CloseOverloaded:
			e.close(s, WordOverloaded)

		case states.RaiseReceived:
			e.raise(RemoteInvitationReceived, s.inv, errors.OK)
		case states.RaiseReceivedByPeer:
			e.raise(LocalInvitationReceivedByPeer, s.inv, errors.OK)
		case states.RaiseAccepted:
			e.raiseEnd(s, LocalInvitationAccepted, RemoteInvitationAccepted)
		case states.RaiseRefused:
			e.raiseEnd(s, LocalInvitationRefused, RemoteInvitationRefused)
		case states.RaiseCanceled:
			e.raiseCanceled(s)
		case states.RaiseMissed, states.WithdrawMissed:
			e.raiseMissed(s)
		case states.FailPeerOffline:
			e.fail(s, errors.LocalPeerOffline, errors.RemotePeerOffline)
		case states.FailNoResponse:
			e.fail(s, errors.LocalPeerNoResponse, 0)
		case states.FailExpire:
			e.fail(s, errors.LocalInvitationExpire, errors.RemoteInvitationExpire)
		case states.FailNotLoggedIn:
			e.fail(s, errors.LocalNotLoggedIn, 0)
		case states.FailAccept:
			e.fail(s, 0, errors.RemoteAcceptFailure)

		case states.NoteOverloaded:
			e.touch(s.rec)
			s.inv.cause = CauseOverloaded
		case states.Unexpected:
			if s.rec != nil || e.options.Device == 0 { // what nobody knows here may be a sibling's
				e.stats.Unexpected++
			}
		case states.LateConfirm:
			e.stats.LateConfirms++
		}
	}
}

// isLocal tells whose invitation a step is about. Only a LocalInvitation that
// fails in send has no record.
func (s *step) isLocal() bool { return s.rec == nil || s.rec.role == local }

// raiseEnd tells the app the end. What the callee answered comes with it.
func (e *Engine) raiseEnd(s *step, atCaller, atCallee OutputKind) {
	switch {
	case s.inv == nil: // a tombstone: there is no object to tell of
		return
	case !s.isLocal():
		e.raise(atCallee, s.inv, errors.OK)
		return
	}
	if s.answers == Accept || s.answers == Refuse {
		s.inv.response = s.text
	}
	e.raise(atCaller, s.inv, errors.OK)
}

// raiseCanceled tells with the reason, and with the note of the CANCEL.
func (e *Engine) raiseCanceled(s *step) {
	if s.inv != nil && !s.isLocal() {
		s.inv.reason = s.reason
		if s.answers == Cancel && s.text != "" {
			s.inv.rest().note = s.text
		}
	}
	e.raiseEnd(s, LocalInvitationCanceled, RemoteInvitationCanceled)
}

// raiseMissed tells of an INVITE that does not ring here, or takes that back.
func (e *Engine) raiseMissed(s *step) {
	told := s.missed
	if told.Reason = s.rec.reason; told.Withdrawn {
		told.Reason = s.reason
	}
	if s.rec.missed = missedNothing; !told.Withdrawn && s.rec.state == failed {
		s.rec.missed = missedTold
	}
	e.noteUrgent()
	e.touch(s.rec)
	e.events = append(e.events, event{kind: RemoteInvitationMissed, missed: told})
}

// winner is the device that has answered: what a CONFIRM must name.
func (s *step) winner() uint64 {
	if s.rec == nil { // only rules that are not the protocol's confirm what nobody knows
		return s.device
	}
	return s.rec.device
}

func (e *Engine) fail(s *step, atCaller errors.LocalInvitationError, atCallee errors.RemoteInvitationError) {
	kind, code := LocalInvitationFailure, uint8(atCaller)
	if !s.isLocal() {
		kind, code = RemoteInvitationFailure, uint8(atCallee)
	}
	s.inv.failure = code
	if kind == LocalInvitationFailure && atCaller == errors.LocalPeerNoResponse {
		s.inv.cause = e.causeOf(s)
	}
	if s.rec != nil {
		s.rec.failure = code
	}
	e.raise(kind, s.inv, code)
}

// causeOf is what lies behind PEER_NO_RESPONSE.
func (e *Engine) causeOf(s *step) Cause {
	switch {
	case s.answers == Closed:
		switch s.word {
		case WordStale:
			return CauseStale
		case WordInvalid:
			return CauseInvalid
		}
		return CauseFailed
	case s.inv.cause == CauseOverloaded:
		return CauseOverloaded
	case !e.loggedIn:
		return CauseLoggedOut
	}
	return CauseNoSign
}

// close answers in the negative. Where no message is answered it is the
// INVITE that has come to nothing.
func (e *Engine) close(s *step, word Word) {
	m := e.queue(s.peer, Closed, s.id, s.answers != 0)
	if m == nil {
		return
	}
	m.For, m.Word = Invite, word
	switch {
	case s.answers != Received && s.answers != Accept:
		m.Device = e.options.Device
		return
	case word == WordRefused:
		m.Device = s.winner()
	}
	m.For = s.answers
}

// acknowledge: of a REFUSE it says whose it was, and to one of several devices whether
// that is the outcome.
func (e *Engine) acknowledge(s *step, kind Kind, refused bool) {
	m := e.queue(s.peer, Ack, s.id, true)
	if m == nil {
		return
	}
	if m.For = kind; kind == Refuse {
		m.Device, m.Refused = s.device, refused && s.device != 0
	}
}

// armExpiry: the callee's is what the INVITE leaves of its own, the caller's has
// the grace on top. The INVITE that a resync has put off still goes, because the callee may
// have ended since.
func (e *Engine) armExpiry(s *step) {
	t := &e.options.Times
	switch {
	case s.rec.role == remote:
		s.inv.sentAt, s.inv.ringEnd = e.now, e.now+s.expiry
		e.arm(s.rec, remoteExpiryTimer, s.inv.ringEnd)
		if refresh := int64(t.Refresh); refresh != 0 && refresh < s.expiry {
			e.timers.armCopy(s.inv, e.now+refresh)
		}
		return
	case e.options.CountFromSend:
		e.timers.armVaried(s.rec, s.inv.sentAt+int64(e.expiry(s.inv)+t.Grace))
	default:
		e.arm(s.rec, localExpiryTimer, e.now+int64(e.expiry(s.inv)+t.Grace))
	}
	if s.inv.interval == 0 {
		e.armCopy(s.inv, Invite, s.inv.quietUntil())
	}
}

// armRing lets an accept that nobody can hear wait for as long as it would have rung.
func (e *Engine) armRing(s *step) {
	at := s.inv.ringEnd
	if s.rec.timer != noTimer {
		if at <= s.rec.deadline {
			return
		}
		e.timers.disarmFinal(s.rec)
	}
	e.touch(s.rec)
	e.arm(s.rec, acceptTimer, at)
}

func (e *Engine) sendCancel(inv *invitation, reason Reason) {
	inv.reason, inv.rec.reason = reason, reason
	e.linger(inv)
	e.copy(inv, Cancel)
}

// compose writes what a message carries of the invitation itself.
func (e *Engine) compose(m *Message, inv *invitation) {
	switch m.Kind {
	case Invite:
		m.Content, m.ChannelID = inv.content, inv.channelID
		m.Age, m.Wait, m.Expiry = time.Duration(e.now-inv.sentAt), e.noResponse(inv), e.expiry(inv)
		if inv.state == uint8(states.LocalReceivedByRemote) {
			m.Wait = time.Duration(inv.rec.deadline - inv.sentAt)
			if !e.options.CountFromSend {
				m.Expiry = time.Duration(inv.rec.deadline-e.now) - e.options.Times.Grace
			}
		}
	case Received:
		m.Device = e.options.Device
	case Accept, Refuse:
		m.Device, m.Response = e.options.Device, inv.response
	case Cancel:
		e.composeCancel(m, inv)
	}
}

// composeCancel: peers of 0.x know neither a note nor that another was answered, and drop
// what has them. When the pauses are near their cap, a copy goes that they can read.
func (e *Engine) composeCancel(m *Message, inv *invitation) {
	plain := 2*inv.interval >= int64(e.options.Times.RetransmitCap)
	if m.Reason = inv.reason; plain && m.Reason == ReasonAnswered {
		m.Reason = ReasonUser
	}
	if inv.more != nil && !plain {
		m.Note = inv.more.note
	}
}

// noResponse and expiry are the times of one call.
func (e *Engine) noResponse(inv *invitation) time.Duration {
	if inv.more != nil && inv.more.noResponse != 0 {
		return inv.more.noResponse
	}
	return e.options.Times.NoResponse
}

func (e *Engine) expiry(inv *invitation) time.Duration {
	if inv.more != nil && inv.more.expiry != 0 {
		return inv.more.expiry
	}
	return e.options.Times.Expiry
}
