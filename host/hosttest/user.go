// A user with a host, whose events come as lines.

package hosttest

import (
	"fmt"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

type user struct {
	*host.Host
	t         *testing.T
	transport Transport
	events    chan string
	rings     chan *host.RemoteInvitation
	sessions  chan bool // LoggedIn and LoggedOut
}

// times are the protocol's, but lost messages are soon repeated.
func times() engine.Times {
	times := engine.DefaultTimes()
	times.RetransmitFirst, times.RetransmitCap = 100*time.Millisecond, 500*time.Millisecond
	times.AcceptFirst, times.AcceptCap = 100*time.Millisecond, 200*time.Millisecond
	times.Accept = 30 * time.Second
	return times
}

// join connects a user over a transport that wrap may have made worse.
func join(t *testing.T, n Network, name string, times engine.Times, wrap func(host.Receiver) host.Receiver) *user {
	t.Helper()
	return start(t, n.Connect(t, name), name, engine.Options{Times: times}, wrap)
}

// start begins a user's host over a transport.
func start(t *testing.T, transport Transport, name string, options engine.Options, wrap func(host.Receiver) host.Receiver) *user {
	t.Helper()
	u := &user{
		t:         t,
		transport: transport,
		events:    make(chan string, 1000),
		rings:     make(chan *host.RemoteInvitation, 1000),
		sessions:  make(chan bool, 1000),
	}
	t.Cleanup(func() { u.transport.Close() })
	h, err := host.New(name, wrapped{u.transport, func(r host.Receiver) host.Receiver {
		return sessions{wrap(r), u.sessions}
	}}, host.Options{Engine: options})
	if err != nil {
		t.Fatal(err)
	}
	u.Host = h
	t.Cleanup(h.Close)
	if err := h.Start(u); err != nil {
		t.Fatal(err)
	}
	return u
}

func asItIs(r host.Receiver) host.Receiver { return r }

// wrapped is a transport with something between it and the host.
type wrapped struct {
	host.Transport
	wrap func(host.Receiver) host.Receiver
}

func (w wrapped) Listen(r host.Receiver) { w.Transport.Listen(w.wrap(r)) }

// sessions tells when the host has been told of its session.
type sessions struct {
	host.Receiver
	told chan<- bool
}

func (s sessions) LoggedIn()  { s.Receiver.LoggedIn(); s.told <- true }
func (s sessions) LoggedOut() { s.Receiver.LoggedOut(); s.told <- false }

// waitSession waits until the transport has (or has not) a session.
func (u *user) waitSession(want bool) {
	u.t.Helper()
	for receive(u.t, u.sessions, u.Self()+"'s session") != want {
	}
}

func (u *user) call(callee, content string) *host.LocalInvitation {
	u.t.Helper()
	call := u.CreateLocalInvitation(callee)
	call.SetContent(content)
	u.ok(u.SendLocalInvitation(call))
	return call
}

func (u *user) ok(err error) {
	u.t.Helper()
	if err != nil {
		u.t.Fatal(err)
	}
}

// expect is the next event.
func (u *user) expect(want string) {
	u.t.Helper()
	if got := receive(u.t, u.events, u.Self()+" waits for "+short(want)); got != want {
		u.t.Fatalf("%s is told %s, want %s", u.Self(), short(got), short(want))
	}
}

// expectRing is the next event: a call with this content.
func (u *user) expectRing(from, content string) *host.RemoteInvitation {
	u.t.Helper()
	u.expect(fmt.Sprintf("%s rings: %s", from, content))
	return <-u.rings
}

// quiet fails if there was any event that nobody expected.
func (u *user) quiet() {
	u.t.Helper()
	select {
	case got := <-u.events:
		u.t.Errorf("%s is told %s", u.Self(), short(got))
	default:
	}
}

func short(text string) string {
	if len(text) > 100 {
		return fmt.Sprintf("%q… (%d bytes)", text[:100], len(text))
	}
	return fmt.Sprintf("%q", text)
}

func (u *user) told(format string, args ...any) { u.events <- fmt.Sprintf(format, args...) }

func (u *user) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	u.told("received")
}

func (u *user) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	u.told("%v: %s", inv.State(), response)
}

func (u *user) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	u.told("%v: %s", inv.State(), response)
}

func (u *user) OnLocalInvitationCanceled(inv *host.LocalInvitation) { u.told("%v", inv.State()) }

func (u *user) OnLocalInvitationFailure(_ *host.LocalInvitation, code errors.LocalInvitationError) {
	u.told("%s", code.Name())
}

func (u *user) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	u.rings <- inv
	u.told("%s rings: %s", inv.CallerID(), inv.Content())
}

func (u *user) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) { u.told("%v", inv.State()) }
func (u *user) OnRemoteInvitationRefused(inv *host.RemoteInvitation)  { u.told("%v", inv.State()) }
func (u *user) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) { u.told("%v", inv.State()) }

func (u *user) OnRemoteInvitationFailure(_ *host.RemoteInvitation, code errors.RemoteInvitationError) {
	u.told("%s", code.Name())
}
