// From a message to a trigger: the one place where the conditions of a message
// are decided.

package engine

import (
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// Receive takes a message in, from the peer that the transport names. It never
// fails: whatever cannot be used is dropped, and the verdict says why.
func (e *Engine) Receive(from string, m Message) Verdict {
	verdict := e.receive(from, &m)
	e.stats.Received[verdict]++
	e.flushEvents()
	return verdict
}

func (e *Engine) receive(from string, m *Message) Verdict {
	e.readClock()
	role, meant := m.receiver()
	e.fire(e.now-1, e.confirmed(from, m))
	rec, elsewhere := e.records[role].first(m.ID), false
	var p *peer
	if rec != nil && rec.peer.name == from {
		p = rec.peer
	} else {
		p = e.peers[from]
		rec, elsewhere = e.records[role].findAfter(rec, p, m.ID)
	}
	switch {
	case !meant || m.ID.Epoch == 0 || p == nil && !e.options.validUserID(from):
		return Invalid
	case from == e.self || role == remote && e.isOwn(m.ID):
		e.stats.Security++
		return Reflected
	case !m.wellFormed():
		if m.Kind == Invite && rec == nil {
			e.close(&step{peer: from, id: m.ID, answers: Invite}, WordInvalid)
		}
		return Invalid
	}
	if elsewhere {
		e.stats.Security++
	}
	var s step // a literal would be copied
	s.rec, s.peer, s.known, s.id = rec, from, p, m.ID
	s.answers, s.word, s.device, s.text = m.Kind, m.Word, m.Device, m.Response
	if rec != nil {
		s.inv = rec.inv
	}
	var verdict Verdict
	if role == local {
		verdict = e.receiveLocal(&s, m)
	} else {
		verdict = e.receiveRemote(&s, m)
	}
	if elsewhere && verdict == Unknown {
		verdict = WrongPeer
	}
	if s.rec != nil {
		e.heardFrom(s.rec.peer)
	} else if p != nil {
		e.heardFrom(p)
	}
	return verdict
}

// isOwn tells an id that only this engine gives: what a caller says about it to a
// callee has come back to where it was sent from.
func (e *Engine) isOwn(id ID) bool {
	return id.Epoch == e.options.Epoch || e.earlier > 0 && e.isEarlier(id)
}

func (e *Engine) isEarlier(id ID) bool { return e.records[local].first(id) != nil }

// confirmed is the record whose accept timer has to wait, because the message is
// the CONFIRM that it was waiting for. Nothing is repeated for it either.
func (e *Engine) confirmed(from string, m *Message) *record {
	if m.Kind != Confirm || e.timers.soonest >= e.now {
		return nil
	}
	return e.awaited(from, m)
}

// awaited is confirmed if a CONFIRM finds something due. confirmed itself is inlined.
func (e *Engine) awaited(from string, m *Message) *record {
	if !e.loggedIn || m.Device != e.options.Device || from == e.self || e.isOwn(m.ID) {
		return nil
	}
	rec, _ := e.records[remote].find(e.peers[from], m.ID)
	if rec == nil || rec.state != uint8(states.RemoteAcceptSentToLocal) || rec.deadline >= e.now {
		return nil
	}
	e.timers.disarmCopy(rec.inv)
	return rec
}

// heardFrom takes any message as a sign that its peer is online.
func (e *Engine) heardFrom(p *peer) {
	if p.presence != presenceOnline {
		e.cameOnline(p)
	}
}

// cameOnline is heardFrom if the peer was not online. heardFrom itself is inlined.
func (e *Engine) cameOnline(p *peer) {
	wasOffline := p.presence == presenceOffline
	e.setPresence(p, presenceOnline)
	if wasOffline {
		e.resync(p)
	}
}

func (e *Engine) receiveLocal(s *step, m *Message) Verdict {
	state := states.LocalIdle // stands for an unknown id
	if s.rec != nil {
		state = states.LocalState(s.rec.state)
	}
	lingered := s.inv != nil && s.inv.lingers
	trigger := e.chooseLocal(s, m)
	effects := e.stepLocal(s, trigger)
	switch {
	case s.moved || lingered && effects&states.EndLinger != 0:
		return Moved
	case trigger == states.LocalAcceptLoggedOut:
		return LoggedOut
	}
	return s.verdict(effects, state.Terminal())
}

func (e *Engine) chooseLocal(s *step, m *Message) states.LocalTrigger {
	switch {
	case m.Kind == Accept && !e.loggedIn:
		return states.LocalAcceptLoggedOut
	case s.rec == nil && e.options.Device != 0:
		return states.LocalOfSibling
	case m.Kind == Received:
		return states.LocalReceived
	case m.Kind == Accept && s.rec.answeredByOther(m.Device):
		return states.LocalAcceptOther
	case m.Kind == Accept:
		return states.LocalAccept
	case m.Kind == Refuse && s.rec.answeredByOther(m.Device):
		return states.LocalRefuseOther
	case m.Kind == Refuse:
		return states.LocalRefuse
	case m.Kind == Ack && m.For == Cancel:
		return states.LocalAckCancel
	case m.Kind == Ack:
		return states.LocalAckOther
	case m.Word == WordRefused: // CLOSED
		return states.LocalClosedRefused
	case m.Device != 0:
		return states.LocalClosedOther
	case m.Word == WordFailed:
		return states.LocalClosedFailed
	case m.Word == WordStale:
		return states.LocalClosedStale
	case m.Word == WordInvalid:
		return states.LocalClosedInvalid
	}
	return states.LocalClosedOverloaded
}

func (e *Engine) receiveRemote(s *step, m *Message) Verdict {
	state := states.RemoteIdle // stands for an unknown id
	if s.rec != nil {
		state = states.RemoteState(s.rec.state)
	}
	trigger := e.chooseRemote(s, m)
	cell := e.remote.At(state, trigger)
	switch {
	case cell.Effects&states.RaiseMissed != 0:
		s.missed = &Missed{CallerID: s.peer, ID: s.id, Content: m.Content, ChannelID: m.ChannelID}
	case cell.Effects&states.WithdrawMissed != 0:
		s.missed = &Missed{CallerID: s.peer, ID: s.id, Withdrawn: true}
	}
	if cell.Kind == states.Move {
		if s.rec == nil {
			e.admitRemote(s, m, trigger, cell.Next == states.RemoteInvitationReceived)
		}
		s.rec.reason = s.reason
	}
	lingered := s.inv != nil && s.inv.lingers
	effects := e.stepRemote(s, trigger)
	switch {
	case trigger == states.RemoteInviteStale || trigger == states.RemoteInviteAfterCancel:
		return MissedCall
	case s.moved || lingered && effects&states.EndLinger != 0 || trigger == states.RemoteElsewhereMissed:
		return Moved
	case trigger == states.RemoteInviteInvalid:
		return Invalid
	case trigger == states.RemoteInviteAtLimit || trigger == states.RemoteCancelAtLimit || trigger == states.RemoteElsewhereAtLimit:
		return Limit
	}
	return s.verdict(effects, state.Terminal())
}

// admitRemote remembers an id that was unknown: what rings has an object, the rest is a
// tombstone at once.
func (e *Engine) admitRemote(s *step, m *Message, trigger states.RemoteTrigger, rings bool) {
	if rings {
		s.inv = e.newInvitation(s.peer)
		s.inv.content, s.inv.channelID = m.Content, m.ChannelID
		if m.Age > 0 || m.Held > 0 {
			s.inv.rest().age = late(m)
		}
	}
	s.rec = e.admit(remote, s.peer, s.known, s.id, s.inv)
	switch {
	case trigger == states.RemoteInviteStale:
		s.rec.failure = uint8(errors.RemoteInvitationExpire)
	case m.Kind == Cancel:
		s.rec.missed = missedOwed
	}
}

func (e *Engine) chooseRemote(s *step, m *Message) states.RemoteTrigger {
	own := m.Device == e.options.Device
	switch m.Kind {
	case Invite:
		if s.rec == nil {
			return e.chooseNewInvite(s, m)
		}
		return chooseKnownInvite(s, m)
	case Cancel:
		s.reason, s.text = m.Reason, m.Note
		switch {
		case s.rec == nil && e.full(remote, s.known):
			return states.RemoteCancelAtLimit
		case m.Reason != ReasonExpired:
			return states.RemoteCancel
		case s.rec != nil: // it fails, and that says why
			s.reason = 0
		}
		return states.RemoteCancelExpired
	case Confirm:
		if own {
			return states.RemoteConfirm
		}
		s.reason = ReasonAcceptedElsewhere
		return e.chooseElsewhere(s, states.RemoteConfirmOther)
	case Ack:
		switch {
		case m.For != Refuse:
			return states.RemoteAckOther
		case own:
			return states.RemoteAckRefuse
		case !m.Refused:
			return states.RemoteAckRefuseOther
		}
		s.reason = ReasonRefusedElsewhere
		return e.chooseElsewhere(s, states.RemoteAckRefusedOther)
	}
	switch m.Word { // CLOSED
	case WordCanceled, WordNoResponse:
		s.reason = ReasonUser
		if m.Word == WordNoResponse {
			s.reason = ReasonNoResponse
		}
		return states.RemoteClosedCanceled
	case WordExpired:
		return states.RemoteClosedExpired
	case WordUnknown:
		return states.RemoteClosedUnknown
	}
	if own {
		return states.RemoteClosedRefused
	}
	s.reason = ReasonRefusedElsewhere
	return states.RemoteClosedRefusedOther
}

// chooseElsewhere: another device of this user has answered.
func (e *Engine) chooseElsewhere(s *step, known states.RemoteTrigger) states.RemoteTrigger {
	switch {
	case s.rec == nil && e.full(remote, s.known):
		return states.RemoteElsewhereAtLimit
	case s.rec != nil && s.rec.missed == missedTold:
		return states.RemoteElsewhereMissed
	}
	return known
}

// chooseNewInvite judges the first INVITE of an id: its times, its age, the bounds.
func (e *Engine) chooseNewInvite(s *step, m *Message) states.RemoteTrigger {
	t := &e.options.Times
	if m.Age < 0 || m.Wait <= 0 || m.Expiry <= 0 || m.Wait > t.Tombstone-t.MaxDelay {
		return states.RemoteInviteInvalid
	}
	expiry := min(t.ExpiryCap, m.Expiry)
	if e.options.CountFromSend {
		expiry -= late(m)
	}
	s.expiry = int64(expiry)
	stale := late(m) >= m.Wait || expiry <= 0
	switch {
	case e.full(remote, s.known):
		return states.RemoteInviteAtLimit
	case stale:
		s.reason = ReasonStale
		return states.RemoteInviteStale
	}
	return states.RemoteInvite
}

// late is how old an INVITE is, as far as anybody knows, and its Wait at most twice, so
// that no sum overflows.
func late(m *Message) time.Duration { return min(m.Age, m.Wait) + min(max(m.Held, 0), m.Wait) }

func chooseKnownInvite(s *step, m *Message) states.RemoteTrigger {
	switch state := states.RemoteState(s.rec.state); {
	case state == states.RemoteInvitationReceived && (s.inv.content != m.Content || s.inv.channelID != m.ChannelID):
		return states.RemoteInviteConflict
	case state == states.RemoteRefused && s.inv == nil:
		return states.RemoteInviteAfterLinger
	case state == states.RemoteCanceled && s.rec.missed == missedOwed:
		return states.RemoteInviteAfterCancel
	}
	return states.RemoteInvite
}

// verdict is that on a message which moved nothing.
func (s *step) verdict(effects states.Effect, ended bool) Verdict {
	switch {
	case s.rec == nil:
		return Unknown
	case effects&states.Unexpected != 0:
		return Unexpected
	case ended:
		return Late
	}
	return Copy
}
