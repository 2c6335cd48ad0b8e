// Many calls at once on one host.

package host_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

// hub carries messages between many hosts, each 50 ms on its way.
type hub map[string]*port

type port struct {
	hub      hub
	name     string
	receiver host.Receiver
}

func (p *port) Listen(r host.Receiver) { p.receiver = r }

func (p *port) Send(peer string, data []byte) error {
	time.AfterFunc(50*time.Millisecond, func() { p.hub[peer].receiver.Receive(p.name, data, 0) })
	return nil
}

// TestTenThousandCalls: half of them from one host, half to it, all of them open at
// once. A third each is accepted, refused and canceled, and every handle is told of
// its own end, once.
func TestTenThousandCalls(t *testing.T) {
	const peers, each = 20, 250 // calls in each direction with each peer
	synctest.Test(t, func(t *testing.T) {
		hub, hosts := hub{}, []*host.Host{}
		for n := range peers + 1 {
			p := &port{hub: hub, name: fmt.Sprintf("user%d", n)}
			hub[p.name] = p
			h, err := host.New(p.name, p, host.Options{})
			if err != nil {
				t.Fatal(err)
			}
			hosts = append(hosts, h)
			if err := h.Start(host.NopListener{}); err != nil {
				t.Fatal(err)
			}
		}
		middle := hosts[0]
		var accepted, refused, canceled atomic.Int64
		call := func(from *host.Host, to string) {
			call := from.CreateLocalInvitation(to)
			if err := from.SendLocalInvitation(call); err != nil {
				t.Error(err)
			}
			call.OnAccepted(func(string) { accepted.Add(1) })
			call.OnRefused(func(string) { refused.Add(1) })
			call.OnCanceled(func() { canceled.Add(1) })
		}
		for range each {
			for _, peer := range hosts[1:] {
				call(middle, peer.Self())
				call(peer, middle.Self())
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(middle.LocalInvitations()) + len(middle.RemoteInvitations()); n != 2*peers*each {
			t.Fatalf("%d are open", n)
		}
		for _, h := range hosts {
			for n, ring := range h.RemoteInvitations() {
				switch n % 3 {
				case 0:
					h.AcceptRemoteInvitation(ring)
				case 1:
					h.RefuseRemoteInvitation(ring)
				}
			}
		}
		time.Sleep(time.Second)
		for _, h := range hosts {
			for _, call := range h.LocalInvitations() {
				h.CancelLocalInvitation(call)
			}
		}
		for _, h := range hosts {
			if err := h.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if s := h.Stats(); s.Stats.Unexpected != 0 || s.SendFailed+s.Undecodable+s.TooOld != 0 || s.Received[engine.Limit] != 0 || host.Handles(h) != 0 {
				t.Errorf("%s: %+v", h.Self(), s)
			}
		}
		sum := accepted.Load() + refused.Load() + canceled.Load()
		if sum != 2*peers*each || accepted.Load() < sum/4 || refused.Load() < sum/4 || canceled.Load() < sum/4 {
			t.Errorf("%d accepted, %d refused, %d canceled", accepted.Load(), refused.Load(), canceled.Load())
		}
	})
}

// BenchmarkCall is an accepted call between two hosts, as one sees it from outside,
// over a transport that takes no time.
func BenchmarkCall(b *testing.B) { benchmarkCall(b, nil) }

// BenchmarkCallSaved is the same with a store on disk at the caller.
func BenchmarkCallSaved(b *testing.B) {
	benchmarkCall(b, host.FileStore(b.TempDir()+"/alice"))
}

func benchmarkCall(b *testing.B, store host.Store) {
	w := newWorld(b, 0)
	alice, bob := &node{w: w, name: "alice"}, &node{w: w, name: "bob"}
	w.nodes["alice"], w.nodes["bob"] = alice, bob
	// Tombstones of long-ended calls are not what is measured.
	times := engine.Options{MaxPerPeer: 1 << 30, MaxTotal: 1 << 30}
	caller, err := host.New("alice", alice, host.Options{Engine: times, Store: store})
	if err != nil {
		b.Fatal(err)
	}
	callee, err := host.New("bob", bob, host.Options{Engine: times})
	if err != nil {
		b.Fatal(err)
	}
	caller.Start(host.NopListener{})
	callee.Start(acceptor{h: callee})
	defer caller.Close()
	defer callee.Close()
	for b.Loop() {
		call := caller.CreateLocalInvitation("bob")
		if err := caller.SendLocalInvitation(call); err != nil {
			b.Fatal(err)
		}
		if _, err := call.Wait(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

type acceptor struct {
	host.NopListener
	h *host.Host
}

func (a acceptor) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	a.h.AcceptRemoteInvitation(inv)
}
