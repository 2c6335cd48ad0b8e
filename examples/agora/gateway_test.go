package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
)

// network delivers everything after a delay, to users who are there. It slows down, by
// a millisecond a second, so that no message is in a tie with a timer.
type network struct {
	delay time.Duration
	since time.Time
	mu    sync.Mutex
	users map[string]host.Receiver
}

type session struct {
	*network
	user string
	here host.Receiver
}

func (s *session) Listen(r host.Receiver) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.here, s.users[s.user] = r, r
}

func (s *session) Send(peer string, data []byte) error {
	s.mu.Lock()
	own := s.here
	s.mu.Unlock()
	time.AfterFunc(s.delay+time.Since(s.since)/1000, func() {
		s.mu.Lock()
		to := s.users[peer]
		s.mu.Unlock()
		if to == nil {
			own.PeerOffline(peer)
			return
		}
		to.Receive(s.user, data, 0)
	})
	return nil
}

const delay = 50 * time.Millisecond

func newNetwork(delay time.Duration) *network {
	return &network{delay: delay, since: time.Now(), users: map[string]host.Receiver{}}
}

func (n *network) host(t *testing.T, user string, times engine.Times, listener host.Listener) *host.Host {
	t.Helper()
	h, err := host.New(user, &session{network: n, user: user}, host.Options{Engine: engine.Options{Times: times}})
	if err == nil && listener != nil {
		err = h.Start(listener)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// vendorTimes are those of RTM 1.x.
func vendorTimes() engine.Times {
	times := engine.DefaultTimes()
	times.Grace = 0
	return times
}

// callee does one thing when it rings, after a second.
type callee struct {
	host.NopListener
	rang func(inv *host.RemoteInvitation)
	inv  *host.RemoteInvitation
}

func (c *callee) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	c.inv = inv
	time.AfterFunc(time.Second, func() { c.rang(inv) })
}

// A course is something that users do.
type course struct {
	words  map[language]string
	callee func(h *host.Host, inv *host.RemoteInvitation) // when it has rung for a second; nil: the callee is offline
	cancel time.Duration                                  // when the caller cancels; 0: never
}

var courses = []course{
	{words: in("the callee accepts", "被叫接受"), callee: accept},
	{words: in("the callee refuses", "被叫拒绝"), callee: refuse},
	{words: in("the callee does nothing", "被叫不理会"), callee: ignore},
	{words: in("the callee is offline", "被叫不在线")},
	{words: in("the caller cancels while it rings", "振铃时主叫取消"), callee: ignore, cancel: 3 * time.Second},
	{words: in("the caller cancels just before the accept gets there", "接受消息即将到达时主叫取消"),
		callee: accept, cancel: time.Second + 4*delay - delay/2},
}

func accept(h *host.Host, inv *host.RemoteInvitation) {
	inv.SetResponse("yes!")
	h.AcceptRemoteInvitation(inv)
}

func refuse(h *host.Host, inv *host.RemoteInvitation) {
	inv.SetResponse("busy")
	h.RefuseRemoteInvitation(inv)
}

func ignore(*host.Host, *host.RemoteInvitation) {}

// seen is what the apps of both saw in the end, and whether the caller was told that
// the callee has the invitation.
type seen struct {
	caller, callee string
	received       bool
}

// play plays a course over one SDK, or through a gateway in the middle of the way.
func (c course) play(t *testing.T, gateway bool) (s seen) {
	synctest.Test(t, func(t *testing.T) {
		one := newNetwork(2 * delay)
		rtm, invsim := one, one
		if gateway {
			rtm, invsim = newNetwork(delay), newNetwork(delay)
		}
		alice := rtm.host(t, "alice", vendorTimes(), host.NopListener{})
		hosts := []*host.Host{alice}
		bob := &callee{}
		if c.callee != nil {
			h := invsim.host(t, "bob", engine.DefaultTimes(), bob)
			bob.rang = func(inv *host.RemoteInvitation) { c.callee(h, inv) }
			hosts = append(hosts, h)
		}
		if gateway {
			other := invsim.host(t, "alice", engine.DefaultTimes(), host.NopListener{})
			standIn := &StandIn{Other: func(string) *host.Host { return other }}
			standIn.Host = rtm.host(t, "bob", vendorTimes(), nil)
			standIn.Start(standIn)
			hosts = append(hosts, other, standIn.Host)
		}

		call := alice.CreateLocalInvitation("bob")
		call.OnReceivedByPeer(func() { s.received = true })
		if err := alice.SendLocalInvitation(call); err != nil {
			t.Fatal(err)
		}
		if c.cancel > 0 {
			time.AfterFunc(c.cancel, func() { alice.CancelLocalInvitation(call) })
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		s.caller = "`" + call.State().String() + "`"
		switch {
		case call.Failure() != 0:
			s.caller = "`" + call.Failure().Name() + "`"
		case call.Response() != "":
			s.caller += " \"" + call.Response() + "\""
		}
		s.callee = "–"
		if bob.inv != nil {
			s.callee = "`" + bob.inv.State().String() + "`"
			if bob.inv.Failure() != 0 {
				s.callee = "`" + bob.inv.Failure().Name() + "`"
			}
		}
		for _, h := range hosts {
			h.Close()
			<-h.Done()
		}
	})
	return s
}

// gatewayTable is the table of the page: what both see, without and with a gateway.
func gatewayTable(t *testing.T, lang language) string {
	var b strings.Builder
	b.WriteString(in(
		"| | caller, over one SDK | callee | caller, through a gateway | callee |\n",
		"| | 主叫（同一 SDK） | 被叫 | 主叫（经网关） | 被叫 |\n")[lang])
	b.WriteString("|---|---|---|---|---|\n")
	for _, c := range courses {
		direct, through := c.play(t, false), c.play(t, true)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.words[lang], direct.caller, direct.callee, through.caller, through.callee)
	}
	return b.String()
}

// TestGatewayHasIt: through a gateway ReceivedByPeer says that the gateway has it.
func TestGatewayHasIt(t *testing.T) {
	offline := courses[3]
	if direct := offline.play(t, false); direct.received {
		t.Error("nobody was there, and somebody had it")
	}
	if through := offline.play(t, true); !through.received {
		t.Error("the gateway did not say that it has it")
	}
}

// TestGatewayStopsTheRing: a callee who comes late rings no longer than the caller waits.
func TestGatewayStopsTheRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rtm, invsim := newNetwork(delay), newNetwork(delay)
		alice := rtm.host(t, "alice", vendorTimes(), host.NopListener{})
		other := invsim.host(t, "alice", engine.DefaultTimes(), host.NopListener{})
		standIn := &StandIn{Other: func(string) *host.Host { return other }}
		standIn.Host = rtm.host(t, "bob", vendorTimes(), nil)
		standIn.Start(standIn)
		if err := alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		late := &callee{rang: func(*host.RemoteInvitation) {}}
		bob := invsim.host(t, "bob", engine.DefaultTimes(), late)
		time.Sleep(39 * time.Second)
		synctest.Wait()
		if late.inv.State() != states.RemoteInvitationReceived {
			t.Errorf("after 59 s bob is %v", late.inv.State())
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if late.inv.State() != states.RemoteCanceled {
			t.Errorf("after 61 s bob is %v", late.inv.State())
		}
		for _, h := range []*host.Host{alice, other, standIn.Host, bob} {
			h.Close()
			<-h.Done()
		}
	})
}
