// From a message to a trigger: the one place where the conditions of a message
// are decided.

package engine

import "github.com/invsim/invsim/states"

func (e *Engine) receiveLocal(s *step, m *Message) Verdict {
	state := states.LocalIdle // stands for an unknown id
	if s.rec != nil {
		state = states.LocalState(s.rec.state)
	}
	lingered := s.inv != nil && s.inv.lingers
	effects := e.stepLocal(s, chooseLocal(m))
	if s.moved || lingered && effects&states.EndLinger != 0 {
		return Moved
	}
	return s.verdict(effects, state.Terminal())
}

func chooseLocal(m *Message) states.LocalTrigger {
	switch m.Kind {
	case Received:
		return states.LocalReceived
	case Accept:
		return states.LocalAccept
	case Refuse:
		return states.LocalRefuse
	case Ack:
		if m.For == Cancel {
			return states.LocalAckCancel
		}
		return states.LocalAckOther
	}
	if m.For == Invite { // CLOSED
		switch m.Word {
		case WordFailed:
			return states.LocalClosedFailed
		case WordStale, WordInvalid:
			return states.LocalClosedRejected
		case WordOverloaded:
			return states.LocalClosedOverloaded
		}
	}
	return states.LocalClosedOther
}

func (e *Engine) receiveRemote(s *step, m *Message) Verdict {
	state := states.RemoteIdle // stands for an unknown id
	if s.rec != nil {
		state = states.RemoteState(s.rec.state)
	}
	trigger := e.chooseRemote(s, m)
	if s.rec == nil && e.remote.At(state, trigger).Kind == states.Move {
		if m.Kind == Invite {
			s.inv = e.newInvitation(s.peer)
			s.inv.content, s.inv.channelID = m.Content, m.ChannelID
		}
		s.rec = e.admit(remote, s.peer, s.known, s.id, s.inv)
	}
	lingered := s.inv != nil && s.inv.lingers
	effects := e.stepRemote(s, trigger)
	switch {
	case s.moved || lingered && effects&states.EndLinger != 0:
		return Moved
	case trigger == states.RemoteInviteStale:
		return Late
	case trigger == states.RemoteInviteInvalid:
		return Invalid
	case trigger == states.RemoteInviteAtLimit || trigger == states.RemoteCancelAtLimit:
		return Limit
	}
	return s.verdict(effects, state.Terminal())
}

func (e *Engine) chooseRemote(s *step, m *Message) states.RemoteTrigger {
	switch m.Kind {
	case Invite:
		if s.rec == nil {
			return e.chooseNewInvite(s, m)
		}
		return chooseKnownInvite(s, m)
	case Cancel:
		switch {
		case s.rec == nil && e.full(remote, s.known):
			return states.RemoteCancelAtLimit
		case m.Reason == ReasonExpired:
			return states.RemoteCancelExpired
		}
		return states.RemoteCancel
	case Confirm:
		return states.RemoteConfirm
	case Ack:
		if m.For == Refuse {
			return states.RemoteAckRefuse
		}
		return states.RemoteAckOther
	}
	switch m.Word { // CLOSED
	case WordCanceled, WordNoResponse:
		return states.RemoteClosedCanceled
	case WordExpired:
		return states.RemoteClosedExpired
	case WordUnknown:
		return states.RemoteClosedUnknown
	case WordRefused:
		return states.RemoteClosedRefused
	}
	return states.RemoteClosedOther
}

// chooseNewInvite judges the first INVITE of an id: its times, its age, the bounds.
func (e *Engine) chooseNewInvite(s *step, m *Message) states.RemoteTrigger {
	t := &e.options.Times
	if m.Age < 0 || m.Wait <= 0 || m.Expiry <= 0 || m.Wait > t.Tombstone-t.MaxDelay {
		return states.RemoteInviteInvalid
	}
	late := min(m.Age, m.Wait) + min(max(m.Held, 0), m.Wait) // capped, so that no sum overflows
	expiry := min(t.Expiry, m.Expiry)
	if e.options.CountFromSend {
		expiry -= late
	}
	s.expiry = int64(expiry)
	switch {
	case late >= m.Wait || expiry <= 0:
		return states.RemoteInviteStale
	case e.full(remote, s.known):
		return states.RemoteInviteAtLimit
	}
	return states.RemoteInvite
}

func chooseKnownInvite(s *step, m *Message) states.RemoteTrigger {
	switch states.RemoteState(s.rec.state) {
	case states.RemoteInvitationReceived:
		if s.inv.content != m.Content || s.inv.channelID != m.ChannelID {
			return states.RemoteInviteConflict
		}
	case states.RemoteRefused:
		if s.inv == nil {
			return states.RemoteInviteAfterLinger
		}
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
