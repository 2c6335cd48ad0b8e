// Package onhost puts the policies of package policy between a host and its app. It
// imports policy, engine, errors and host.
//
//	p := onhost.New(h, 0, policy.Redial(), policy.Glare(), policy.Busy("busy"))
//	err := p.Start(app)
//	err = p.SendLocalInvitation(call) // through the Phone, which has to know of it
//	p.HangUp(call)                    // or of a RemoteInvitation: the media have ended
package onhost

import (
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/policy"
)

// App is a Listener that is also told which call has taken whose place. Events of calls
// that a policy hides do not come. If it is a host.MissedListener, it is told of missed
// calls.
type App interface {
	host.Listener
	// OnRedialed: the caller of a ring calls again. Show inv in the place of old, of
	// which no event comes any more. There is no OnRemoteInvitationReceived of inv.
	OnRedialed(old, inv *host.RemoteInvitation)
	// OnCrossed: the own call was canceled in favor of the peer's, which is accepted
	// already. No event of the own call comes any more. OnRemoteInvitationAccepted
	// of inv follows, or its end.
	OnCrossed(own *host.LocalInvitation, inv *host.RemoteInvitation)
}

// NopApp does nothing in every callback.
type NopApp struct{ host.NopListener }

func (NopApp) OnRedialed(_, _ *host.RemoteInvitation)                      {}
func (NopApp) OnCrossed(_ *host.LocalInvitation, _ *host.RemoteInvitation) {}

// Phone is a host whose app is told what policies let through. Its methods may be called
// from any goroutine. Functions that an app sets on an invitation itself (OnAccepted and
// so on) are called whatever a policy says, RemoteInvitations has hidden rings, too, and
// HandIn says Rings before any policy is asked.
type Phone struct {
	*host.Host
	app App

	mu      sync.Mutex // held while the host is called, and never while the app is
	line    *policy.Line
	locals  map[policy.Call]*host.LocalInvitation // of the line
	remotes map[policy.Call]*host.RemoteInvitation
}

// New makes the phone of a host that is not started. device is that of its options. A
// policy may look at the host, and calls neither SendLocalInvitation nor HangUp.
func New(h *host.Host, device uint64, policies ...policy.Policy) *Phone {
	p := &Phone{Host: h, locals: map[policy.Call]*host.LocalInvitation{}, remotes: map[policy.Call]*host.RemoteInvitation{}}
	p.line = policy.NewLine(device, driver{p}, policies...)
	return p
}

// Start starts the host. Calls that a store has kept open are on the line; no policy is
// asked about them again.
func (p *Phone) Start(app App) error {
	if app == nil {
		return p.Host.Start(nil) // which says so
	}
	p.app = app
	p.mu.Lock()
	for _, inv := range p.Host.LocalInvitations() {
		p.locals[ownCall(inv)] = inv
		p.line.Add(ownCall(inv))
	}
	for _, inv := range p.Host.RemoteInvitations() {
		p.remotes[call(inv)] = inv
		p.line.Add(call(inv))
	}
	p.mu.Unlock()
	return p.Host.Start(listener{p})
}

// SendLocalInvitation is the host's.
func (p *Phone) SendLocalInvitation(inv *host.LocalInvitation) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.Host.SendLocalInvitation(inv); err != nil {
		return err
	}
	if c := ownCall(inv); c.ID != (engine.ID{}) {
		p.locals[c] = inv
		p.line.Add(c)
	}
	return nil
}

// HangUp says that a call which was on is over: a *host.LocalInvitation or a
// *host.RemoteInvitation. Nobody else tells the policies.
func (p *Phone) HangUp(inv Invitation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch inv := inv.(type) {
	case *host.LocalInvitation:
		p.line.HungUp(ownCall(inv))
	case *host.RemoteInvitation:
		p.line.HungUp(call(inv))
	}
}

// Invitation is a handle of either kind.
type Invitation interface{ ID() engine.ID }

func ownCall(inv *host.LocalInvitation) policy.Call {
	return policy.Call{Own: true, Peer: inv.CalleeID(), ID: inv.ID()}
}

func call(inv *host.RemoteInvitation) policy.Call {
	return policy.Call{Peer: inv.CallerID(), ID: inv.ID()}
}

// driver carries decisions out.
type driver struct{ *Phone }

func (d driver) Accept(c policy.Call) error { return d.Host.AcceptRemoteInvitation(d.remotes[c]) }

func (d driver) Refuse(c policy.Call, response string) error {
	inv := d.remotes[c]
	inv.SetResponse(response)
	return d.Host.RefuseRemoteInvitation(inv)
}

func (d driver) Cancel(c policy.Call) error { return d.Host.CancelLocalInvitation(d.locals[c]) }

// local and remote tell the app what is left of an event.
func (p *Phone) local(kind engine.OutputKind, inv *host.LocalInvitation, tell func()) {
	p.mu.Lock()
	p.locals[ownCall(inv)] = inv
	shows := p.line.Told(kind, ownCall(inv))
	p.mu.Unlock()
	p.show(shows, tell)
	p.forget(kind, ownCall(inv))
}

func (p *Phone) remote(kind engine.OutputKind, inv *host.RemoteInvitation, tell func()) {
	p.mu.Lock()
	p.remotes[call(inv)] = inv
	shows := p.line.Told(kind, call(inv))
	p.mu.Unlock()
	p.show(shows, tell)
	p.forget(kind, call(inv))
}

func (p *Phone) show(shows []policy.Show, tell func()) {
	for _, s := range shows {
		p.mu.Lock()
		inv, old, own := p.remotes[s.Call], p.remotes[s.Old], p.locals[s.Old]
		p.mu.Unlock()
		switch s.What {
		case policy.Event:
			tell()
		case policy.Ring:
			p.app.OnRemoteInvitationReceived(inv)
		case policy.Redialed:
			p.app.OnRedialed(old, inv)
		case policy.Crossed:
			p.app.OnCrossed(own, inv)
		}
	}
}

// forget lets a handle go at its end.
func (p *Phone) forget(kind engine.OutputKind, c policy.Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kind.Terminal() {
		delete(p.locals, c)
		delete(p.remotes, c)
	}
}

// listener is the host's, apart from the app's methods.
type listener struct{ *Phone }

func (l listener) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	l.local(engine.LocalInvitationReceivedByPeer, inv, func() { l.app.OnLocalInvitationReceivedByPeer(inv) })
}

func (l listener) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	l.local(engine.LocalInvitationAccepted, inv, func() { l.app.OnLocalInvitationAccepted(inv, response) })
}

func (l listener) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	l.local(engine.LocalInvitationRefused, inv, func() { l.app.OnLocalInvitationRefused(inv, response) })
}

func (l listener) OnLocalInvitationCanceled(inv *host.LocalInvitation) {
	l.local(engine.LocalInvitationCanceled, inv, func() { l.app.OnLocalInvitationCanceled(inv) })
}

func (l listener) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	l.local(engine.LocalInvitationFailure, inv, func() { l.app.OnLocalInvitationFailure(inv, code) })
}

func (l listener) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	l.remote(engine.RemoteInvitationReceived, inv, nil)
}

func (l listener) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	l.remote(engine.RemoteInvitationAccepted, inv, func() { l.app.OnRemoteInvitationAccepted(inv) })
}

func (l listener) OnRemoteInvitationRefused(inv *host.RemoteInvitation) {
	l.remote(engine.RemoteInvitationRefused, inv, func() { l.app.OnRemoteInvitationRefused(inv) })
}

func (l listener) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	l.remote(engine.RemoteInvitationCanceled, inv, func() { l.app.OnRemoteInvitationCanceled(inv) })
}

func (l listener) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	l.remote(engine.RemoteInvitationFailure, inv, func() { l.app.OnRemoteInvitationFailure(inv, code) })
}

func (l listener) OnRemoteInvitationMissed(missed host.Missed) {
	if app, ok := l.app.(host.MissedListener); ok {
		app.OnRemoteInvitationMissed(missed)
	}
}
