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
	rec      *record     // nil: nothing is remembered under this id
	inv      *invitation // nil: unknown, or a tombstone
	peer     string
	known    *peer // of a message's sender: nil if no record names it
	id       ID
	answers  Kind   // the message that caused it, 0 if none did
	response string // of an ACCEPT or REFUSE
	expiry   int64  // how long a new INVITE may ring
	moved    bool
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
	if s.moved && next >= states.FirstTerminal && s.rec != nil && s.inv != nil && !s.inv.lingers {
		e.settle(s.rec)
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
		e.timers.arm(s.rec, tombstoneTimer(s.rec.role), e.now+e.keep[s.rec.role])
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
			e.timers.arm(s.rec, noResponseTimer, e.now+int64(e.options.Times.NoResponse))
		case states.ArmExpiry:
			e.armExpiry(s)
		case states.ArmAccept:
			e.timers.arm(s.rec, acceptTimer, e.now+int64(e.options.Times.Accept))

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
		case states.CopyInvite:
			e.copyAgain(s.inv, Invite, restart)
		case states.CopyAccept:
			e.copyAgain(s.inv, Accept, restart)
		case states.CopyRefuse:
			e.copyAgain(s.inv, Refuse, restart)
		case states.CopyCancel:
			e.copyAgain(s.inv, Cancel, restart)

		case states.ReplyReceived:
			e.answer(s.peer, Message{Kind: Received, ID: s.id}, s.answers != 0)
		case states.ReplyAccept:
			e.sendCopy(s.inv, Accept, s.answers != 0)
		case states.ReplyRefuse:
			e.sendCopy(s.inv, Refuse, s.answers != 0)
		case states.ReplyConfirm:
			e.answer(s.peer, Message{Kind: Confirm, ID: s.id}, s.answers != 0)
		case states.ReplyAckRefuse:
			e.answer(s.peer, Message{Kind: Ack, ID: s.id, For: Refuse}, s.answers != 0)
		case states.ReplyAckCancel:
			e.answer(s.peer, Message{Kind: Ack, ID: s.id, For: Cancel}, s.answers != 0)
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
			e.raiseEnd(s, LocalInvitationCanceled, RemoteInvitationCanceled)
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

		case states.Unexpected:
			e.stats.Unexpected++
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
		s.inv.response = s.response
	}
	e.raise(atCaller, s.inv, errors.OK)
}

func (e *Engine) fail(s *step, atCaller errors.LocalInvitationError, atCallee errors.RemoteInvitationError) {
	kind, code := LocalInvitationFailure, uint8(atCaller)
	if !s.isLocal() {
		kind, code = RemoteInvitationFailure, uint8(atCallee)
	}
	s.inv.failure = code
	if s.rec != nil {
		s.rec.failure = code
	}
	e.raise(kind, s.inv, code)
}

// close answers in the negative. Where no message is answered it is the
// INVITE that has come to nothing.
func (e *Engine) close(s *step, word Word) {
	answered := s.answers
	if answered == 0 {
		answered = Invite
	}
	e.answer(s.peer, Message{Kind: Closed, ID: s.id, For: answered, Word: word}, s.answers != 0)
}

// armExpiry: the callee's is what the INVITE leaves of its own, the caller's has
// the grace on top. One of constant length goes to its list, any other to the heap.
func (e *Engine) armExpiry(s *step) {
	t := &e.options.Times
	switch {
	case s.rec.role == remote && s.expiry == int64(t.Expiry):
		e.timers.arm(s.rec, remoteExpiryTimer, e.now+s.expiry)
	case s.rec.role == remote:
		e.timers.armHeap(expiries, s.inv, e.now+s.expiry)
	case e.options.CountFromSend:
		e.timers.armHeap(expiries, s.inv, s.inv.sentAt+int64(t.Expiry+t.Grace))
	default:
		e.timers.arm(s.rec, localExpiryTimer, e.now+int64(t.Expiry+t.Grace))
	}
}

func (e *Engine) sendCancel(inv *invitation, reason Reason) {
	inv.reason = reason
	e.linger(inv)
	e.copy(inv, Cancel)
}

// compose makes a message that carries something of the invitation itself.
func (e *Engine) compose(inv *invitation, kind Kind) Message {
	m := Message{Kind: kind, ID: inv.id}
	switch kind {
	case Invite:
		m.Content, m.ChannelID = inv.content, inv.channelID
		m.Age, m.Wait, m.Expiry = time.Duration(e.now-inv.sentAt), e.options.Times.NoResponse, e.options.Times.Expiry
	case Accept, Refuse:
		m.Response = inv.response
	case Cancel:
		m.Reason = inv.reason
	}
	return m
}
