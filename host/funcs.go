// An invitation's own callbacks: the vendor's Web flavour, in which an app
// subscribes to the events of one object.

package host

import (
	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// OnReceivedByPeer sets the func that is called when the callee has the invitation.
//
// This holds for every func that can be set for an event of one invitation: there
// is one for each event, nil takes it away, and setting another replaces it. It is
// called once, after the Listener's method for the same event and before the next
// event is told, like that on no goroutine of the app. If the event was told
// already, then the func is called soon, before any event that was not; so there
// is no moment at which it is too late to set one.
func (l *LocalInvitation) OnReceivedByPeer(f func()) {
	l.on(engine.LocalInvitationReceivedByPeer, f != nil, func(event) { f() })
}

// OnAccepted sets the func that is called when the callee has accepted.
func (l *LocalInvitation) OnAccepted(f func(response string)) {
	l.on(engine.LocalInvitationAccepted, f != nil, func(e event) { f(e.response) })
}

// OnRefused sets the func that is called when the callee has refused.
func (l *LocalInvitation) OnRefused(f func(response string)) {
	l.on(engine.LocalInvitationRefused, f != nil, func(e event) { f(e.response) })
}

// OnCanceled sets the func that is called when CancelLocalInvitation took effect.
func (l *LocalInvitation) OnCanceled(f func()) {
	l.on(engine.LocalInvitationCanceled, f != nil, func(event) { f() })
}

// OnFailure sets the func that is called when the invitation has failed.
func (l *LocalInvitation) OnFailure(f func(code errors.LocalInvitationError)) {
	l.on(engine.LocalInvitationFailure, f != nil, func(e event) { f(e.localError) })
}

// OnAccepted sets the func that is called when the caller has confirmed the accept. See
// LocalInvitation.OnReceivedByPeer for the rules that all these funcs share.
func (r *RemoteInvitation) OnAccepted(f func()) {
	r.on(engine.RemoteInvitationAccepted, f != nil, func(event) { f() })
}

// OnRefused sets the func that is called when RefuseRemoteInvitation took effect.
func (r *RemoteInvitation) OnRefused(f func()) {
	r.on(engine.RemoteInvitationRefused, f != nil, func(event) { f() })
}

// OnCanceled sets the func that is called when the caller has canceled.
func (r *RemoteInvitation) OnCanceled(f func()) {
	r.on(engine.RemoteInvitationCanceled, f != nil, func(event) { f() })
}

// OnFailure sets the func that is called when the invitation has failed.
func (r *RemoteInvitation) OnFailure(f func(code errors.RemoteInvitationError)) {
	r.on(engine.RemoteInvitationFailure, f != nil, func(e event) { f(e.remoteError) })
}

// late is a func to be told of an event that the Listener knows already.
type late struct {
	event event
	f     *func(event)
}

// on sets or takes away the func for one kind of event.
func (s *subject) on(kind engine.OutputKind, set bool, f func(event)) {
	s.host.view.Lock()
	defer s.host.view.Unlock()
	if !set {
		delete(s.funcs, kind)
		return
	}
	if s.funcs == nil {
		s.funcs = map[engine.OutputKind]*func(event){}
	}
	s.funcs[kind] = &f
	for _, e := range s.told {
		if e.kind == kind && !s.host.closed() {
			s.host.late = append(s.host.late, late{e, &f})
			s.host.deliverSoon()
		}
	}
}

// tellLate tells a func, unless it was replaced meanwhile.
func (h *Host) tellLate(l late) {
	if l.event.subject().funcs[l.event.kind] == l.f {
		h.unlocked(func() { (*l.f)(l.event) })
	}
}
