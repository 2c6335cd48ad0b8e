// A host under fire: a transport, a store or a callback that is slow or hangs, and
// peers who send as much as they like.

package host_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/states"
)

// gate is something that hangs while it is shut.
type gate struct {
	mu   sync.Mutex
	shut chan struct{}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) pass() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// returns fails the test unless each of some calls returns at once.
func (w *world) returns(calls map[string]func()) {
	w.t.Helper()
	for what, call := range calls {
		done := make(chan struct{})
		go func() {
			defer close(done)
			call()
		}()
		synctest.Wait()
		select {
		case <-done:
		default:
			w.t.Errorf("%s does not return", what)
		}
	}
}

// looks is everything that an app may look at, and what it may set.
func looks(h *host.Host, call *host.LocalInvitation, ring *host.RemoteInvitation) map[string]func() {
	return map[string]func(){
		"State": func() { call.State(); ring.State() },
		"a getter": func() {
			call.ID()
			call.Content()
			call.Response()
			call.Failure()
			ring.CallerID()
			ring.ChannelID()
		},
		"SetResponse":           func() { ring.SetResponse("later") },
		"OnCanceled":            func() { call.OnCanceled(func() {}); ring.OnCanceled(nil) },
		"Stats":                 func() { h.Stats() },
		"Err":                   func() { h.Err() },
		"CreateLocalInvitation": func() { h.CreateLocalInvitation("dave").SetContent("hello") },
		"LocalInvitations":      func() { h.LocalInvitations(); h.RemoteInvitations() },
	}
}

// over is a context that has ended.
func over() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestHungSend: a transport that never returns takes nobody along. Calls are made
// and end, and only what would have to be sent waits, and callbacks after it.
func TestHungSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.receiver.Receive("bob", fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
		w.expect(0, `
			0s alice: rings from bob: "hi" in ""
		`)
		ring := alice.RemoteInvitations()[0]
		alice.node.gate.close()
		call, other := alice.CreateLocalInvitation("carol"), alice.CreateLocalInvitation("dave")
		w.returns(map[string]func(){"the call whose message hangs": func() { w.ok(alice.SendLocalInvitation(call)) }})
		w.returns(map[string]func(){"another call": func() { w.ok(alice.SendLocalInvitation(other)) }})
		w.returns(map[string]func(){"accept": func() { w.ok(alice.AcceptRemoteInvitation(ring)) }})
		w.returns(looks(alice.Host, call, ring))
		w.returns(map[string]func(){
			"cancel":  func() { w.ok(alice.CancelLocalInvitation(call)) },
			"Receive": func() { alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"CONFIRM","id":"b-1"}`), 0) },
			"news":    func() { alice.node.receiver.PeerOnline("bob"); alice.node.receiver.LoggedIn() },
		})
		w.returns(map[string]func(){
			"Wait for what has ended": func() {
				if state, err := call.Wait(t.Context()); state != states.LocalCanceled || err != nil {
					t.Error(state, err)
				}
				if state, err := ring.Wait(t.Context()); state != states.RemoteAccepted || err != nil {
					t.Error(state, err)
				}
			},
			"Wait with a context that ends": func() {
				if _, err := other.Wait(over()); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			},
		})
		w.returns(map[string]func(){
			"Shutdown with a context that ends": func() {
				if err := alice.Shutdown(over()); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			},
		})
		w.returns(map[string]func(){"Close": alice.Close})
		w.expect(time.Second, ``) // the callbacks' messages have not left
		select {
		case <-alice.Done():
			t.Error("done while Send hangs")
		default:
		}
		alice.node.gate.open()
		<-alice.Done()
	})
}

// TestHungStore: a store that never returns takes nobody along who only looks. What
// one sees is what was saved.
func TestHungStore(t *testing.T) {
	for _, end := range []string{"it returns", "Close comes first", "Shutdown comes first", "ShutdownAndEnd comes first"} {
		t.Run(end, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, store := newWorld(t, 0), &memoryStore{}
				alice := w.user("alice", host.Options{Store: store})
				alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
				call := alice.call("carol")
				w.expect(0, `
					0s alice: rings from bob: "hi" in ""
				`)
				ring, sent, stats := alice.RemoteInvitations()[0], alice.sent(), alice.Stats()
				ring.SetResponse("yes")
				store.gate.close()
				accepted := make(chan error, 1)
				go func() { accepted <- alice.AcceptRemoteInvitation(ring) }()
				synctest.Wait()
				w.returns(looks(alice.Host, call, ring))
				if state := ring.State(); state != states.RemoteInvitationReceived || alice.Stats() != stats || alice.sent() != sent {
					t.Errorf("before it is saved: %v, %+v, %d messages", state, alice.Stats(), alice.sent()-sent)
				}
				w.returns(map[string]func(){"Wait with a context that ends": func() {
					if _, err := ring.Wait(over()); !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}})
				switch end {
				case "Close comes first":
					w.returns(map[string]func(){"Close": alice.Close})
				case "Shutdown comes first":
					w.returns(map[string]func(){"Shutdown with a context that ends": func() {
						if err := alice.Shutdown(over()); !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}})
				case "ShutdownAndEnd comes first":
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					if err := alice.ShutdownAndEnd(ctx, "bye"); !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
				}
				store.gate.open()
				err := <-accepted
				synctest.Wait()
				if end == "it returns" {
					if err != nil || ring.State() != states.RemoteAcceptSentToLocal || ring.Response() != "yes" || alice.sent() != sent+1 {
						t.Errorf("saved: %v, %v, %q, %d messages", err, ring.State(), ring.Response(), alice.sent()-sent)
					}
					alice.Close()
				} else if !errors.Is(err, host.ErrClosed) || ring.State() != states.RemoteInvitationReceived || alice.sent() != sent {
					t.Errorf("closed: %v, %v, %d messages", err, ring.State(), alice.sent()-sent)
				}
				<-alice.Done()
			})
		})
	}
}

// TestFailedStore: what could not be saved has not happened, for whoever looks.
func TestFailedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, store := newWorld(t, 0), &memoryStore{}
		alice := w.user("alice", host.Options{Store: store})
		call, next := alice.call("bob"), alice.CreateLocalInvitation("bob")
		store.dieNext()
		if err := alice.CancelLocalInvitation(call); !errors.Is(err, host.ErrClosed) || call.State() != states.LocalSentToRemote {
			t.Error(err, call.State())
		}
		if err := alice.SendLocalInvitation(next); !errors.Is(err, host.ErrClosed) || next.State() != states.LocalIdle || next.ID() != (engine.ID{}) {
			t.Error(err, next.State(), next.ID())
		}
		<-alice.Done()
	})
}

// flood is a stranger's message number n, which draws a reply.
func flood(in host.Receiver, from string, n int) {
	in.Receive(from, fmt.Appendf(nil, `{"v":1,"kind":"ACCEPT","id":"bad-%d","response":""}`, n+1), 0)
}

// TestFlood: more arrives than can be answered. Calls of the app return at once,
// replies wait up to a bound, and a friend's get a place among them.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.pause, alice.node.silent = time.Millisecond, true
		const messages = 15_000 // for 10 s, with time to answer 10,000
		for n := range messages {
			time.Sleep(10 * time.Second / messages)
			flood(alice.node.receiver, "mallory", n)
			start := time.Now()
			switch n {
			case 5000:
				alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
			case 10_000:
				w.ok(alice.CancelLocalInvitation(alice.call("carol")))
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("a call of the app took %v", took)
			}
		}
		start := time.Now()
		synctest.Wait()
		for before := -1; before != alice.sent(); {
			before = alice.sent()
			time.Sleep(2 * time.Millisecond)
		}
		if took := time.Since(start); took > 300*time.Millisecond {
			t.Errorf("what waited took %v", took)
		}
		sent, s := alice.sentTo(), alice.Stats()
		if sent["bob"] != 1 || sent["carol"] < 2 {
			t.Error(sent)
		}
		if n := sent["mallory"]; n < 9_900 || n+int(s.Unsent) != messages {
			t.Errorf("%d were answered, %d dropped", n, s.Unsent)
		}
		alice.Close()
	})
}

// TestShares: half of the places for replies are for peers for whom few wait.
func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.gate.close()
		for n := range 500 {
			flood(alice.node.receiver, "mallory", n)
			synctest.Wait() // the first hangs in the transport
		}
		for n := range 20 {
			flood(alice.node.receiver, "bob", n)
		}
		alice.node.gate.open()
		synctest.Wait()
		if sent := alice.sentTo(); sent["mallory"] != 1+128 || sent["bob"] != 8 {
			t.Error(sent)
		}
		alice.Close()
	})
}

// TestFloodOfMany: when many peers flood, all together get no more than the bound.
func TestFloodOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.gate.close()
		for n := range 10_000 {
			flood(alice.node.receiver, fmt.Sprintf("mallory%d", n%1000), n)
		}
		alice.node.gate.open()
		synctest.Wait()
		if s := alice.Stats(); s.Unsent != 10_000-256-1 || alice.sent() != 256+1 {
			t.Errorf("%d are dropped, %d sent", s.Unsent, alice.sent())
		}
		alice.Close()
	})
}

// TestOldMessages: an INVITE grows older while it waits for the transport, and what
// has waited for too long is not sent.
func TestOldMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Engine: engine.Options{NoRetransmit: true}})
		alice.node.gate.close()
		alice.call("nobody")
		synctest.Wait() // this one is in the transport
		alice.call("carol")
		time.Sleep(15 * time.Second)
		alice.call("bob")
		time.Sleep(10*time.Second + 1)
		alice.node.gate.open()
		synctest.Wait()
		if s := alice.Stats(); s.Unsent != 1 || alice.sentTo()["carol"] != 0 || !strings.Contains(string(alice.node.last), `"age_ns":10000000001,`) {
			t.Errorf("%d are dropped, %v sent, %s", s.Unsent, alice.sentTo(), alice.node.last)
		}
		alice.Close()
	})
}

// TestMessageBeforeEvent: an event is told when the message that came with it is
// with the transport.
func TestMessageBeforeEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{})
		alice.node.pause = time.Second
		alice.node.receiver.Receive("bob", []byte(`{"v":1,"kind":"INVITE","id":"b-1","content":"hi","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`), 0)
		w.expect(500*time.Millisecond, `
			0s alice: Send to bob begins
		`)
		alice.Advance() // another input is no reason
		w.expect(time.Second, `
			1s alice: Send to bob ends
			1s alice: rings from bob: "hi" in ""
		`)
		alice.Close()
	})
}

// TestCloseSendsWhatWasSaid: Close comes after the calls before it, for their peers.
func TestCloseSendsWhatWasSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, alice, bob := pair(t, 100*time.Millisecond)
		call := alice.call("bob")
		w.expect(time.Second, `
			100ms bob: rings from alice: "video?" in "room"
			200ms alice: received by bob
		`)
		alice.node.pause, alice.node.silent = 10*time.Second, true
		w.ok(alice.CancelLocalInvitation(call))
		w.ok(alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")))
		alice.Close()
		<-alice.Done()
		w.expect(time.Second, `
			11.1s bob: call from alice was canceled, CANCELED
			21.1s bob: rings from alice: "" in ""
		`)
		bob.Close()
	})
}

// ring lets somebody call, and end it before long.
func ring(in host.Receiver, from string, n int) {
	in.Receive(from, fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"a-%d","content":"%d","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`, n, n), 0)
}

func unring(in host.Receiver, from string, n int) {
	in.Receive(from, fmt.Appendf(nil, `{"v":1,"kind":"CANCEL","id":"a-%d","reason":"user"}`, n), 0)
}

// TestSlowCallbacks: while a callback hangs, rings that end are kept up to a bound,
// and of more the oldest are dropped, ring and end together.
func TestSlowCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		bob := w.user("bob", host.Options{})
		var hangs gate
		hangs.close()
		bob.onRing = func(*host.RemoteInvitation) { hangs.pass() }
		in := bob.node.receiver
		ring(in, "alice", 1) // its callback hangs
		synctest.Wait()
		ring(in, "alice", 2) // stays open
		ring(in, "alice", 3) // is answered, though untold
		ring(in, "alice", 4) // is watched, though untold
		for _, r := range bob.RemoteInvitations() {
			switch r.ID().Counter {
			case 3:
				w.ok(bob.RefuseRemoteInvitation(r))
			case 4:
				r.OnCanceled(func() { w.write("bob's ring 4: canceled") })
			}
		}
		unring(in, "alice", 1)
		unring(in, "alice", 4)
		const rings = 10_000
		for n := 5; n < rings; n++ {
			ring(in, fmt.Sprintf("eve%d", n%7), n)
			unring(in, fmt.Sprintf("eve%d", n%7), n)
			if n%1000 == 0 {
				time.Sleep(time.Second)
			}
		}
		synctest.Wait()
		if n := host.Untold(bob.Host); n != 1+1+2+2*64 { // the end of 1, ring 2, both of 3
			t.Errorf("%d events wait", n)
		}
		if s := bob.Stats(); s.Untold != rings-4-64 {
			t.Errorf("%d rings are dropped", s.Untold)
		}
		hangs.open()
		want := `
			9s bob's ring 4: canceled
			9s bob: rings from alice: "2" in ""
			9s bob: rings from alice: "3" in ""
			9s bob: refused call from alice: "", REFUSED
			9s bob: call from alice was canceled, CANCELED
		`
		for n := rings - 64; n < rings; n++ {
			want += fmt.Sprintf("9s bob: rings from eve%d: \"%d\" in \"\"\n9s bob: call from eve%[1]d was canceled, CANCELED\n", n%7, n)
		}
		w.expect(0, `
			0s bob: rings from alice: "1" in ""
		`+want[1:])
		bob.Close()
	})
}

// TestSlowCallbacksForOwnCalls: their ends are all told, so the app gets no more
// calls than can wait.
func TestSlowCallbacksForOwnCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		alice := w.user("alice", host.Options{Engine: engine.Options{MaxTotal: 10}})
		var hangs gate
		hangs.close()
		alice.onEnd = hangs.pass
		for range 11 { // one is being told, ten wait
			w.ok(alice.CancelLocalInvitation(alice.call("nobody")))
			time.Sleep(time.Hour)
		}
		call := alice.CreateLocalInvitation("nobody")
		err := alice.SendLocalInvitation(call)
		if !errors.Is(err, errors.LimitReached) || err.Error() != "send: invitation to nobody is IDLE: too many invitations are remembered: the ends of 10 calls wait for their callbacks" {
			t.Error(err)
		}
		hangs.open()
		synctest.Wait()
		w.ok(alice.SendLocalInvitation(call))
		alice.Close()
	})
}

// heap is how many bytes live.
func heap() int {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// TestMemoryUnderFire: half an hour of rings with the largest content, most of them
// canceled at once, while nothing can be sent, or nothing told. After the first ten
// minutes a host costs what it ever will, with the bounds of a phone.
func TestMemoryUnderFire(t *testing.T) {
	const most = 4 << 20
	for _, c := range []string{"a transport that hangs", "a callback that hangs"} {
		t.Run(c, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 0)
				bob := &node{w: w, name: "bob"}
				before := heap()
				h, err := host.New("bob", bob, host.Options{Engine: engine.Options{MaxPerPeer: 64, MaxTotal: 1024}})
				if err != nil {
					t.Fatal(err)
				}
				var hangs gate
				hangs.close()
				if c == "a transport that hangs" {
					bob.gate.close()
				}
				h.Start(hanging{gate: &hangs})
				early, later := 0, 0
				invite := `{"v":1,"kind":"INVITE","id":"a-%d","content":"` + strings.Repeat("x", engine.MaxContent) + `","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`
				for n := range 1800 * 8 {
					peer := fmt.Sprintf("eve%d", n%50)
					bob.receiver.Receive(peer, fmt.Appendf(nil, invite, n+1), 0)
					if n%10 != 0 {
						unring(bob.receiver, peer, n+1)
					}
					time.Sleep(time.Second / 8)
					switch {
					case n%(8*30) != 0:
					case n < 600*8:
						early = max(early, heap()-before)
					default:
						later = max(later, heap()-before)
					}
				}
				t.Logf("at most %d KB in the first ten minutes, %d KB in the twenty after them; %d rings untold, %d messages unsent", early>>10, later>>10, h.Stats().Untold, h.Stats().Unsent)
				if later > early+early/10 || later > most {
					t.Errorf("%d bytes, then %d", early, later)
				}
				hangs.open()
				if bob.gate.shut != nil {
					bob.gate.open()
				}
				h.Close()
			})
		})
	}
}

type hanging struct {
	host.NopListener
	gate *gate
}

func (h hanging) OnRemoteInvitationReceived(*host.RemoteInvitation) { h.gate.pass() }

// BenchmarkCallUnderFire is how long the app waits for a call that sends an
// invitation, and one that cancels it, while 1,500 hostile messages a second arrive
// and each Send takes a millisecond.
func BenchmarkCallUnderFire(b *testing.B) {
	w := newWorld(b, 0)
	alice := &node{w: w, name: "alice", pause: time.Millisecond, silent: true}
	h, err := host.New("alice", alice, host.Options{Engine: engine.Options{MaxPerPeer: 1 << 30, MaxTotal: 1 << 30}})
	if err != nil {
		b.Fatal(err)
	}
	h.Start(host.NopListener{})
	ctx, cancel := context.WithCancel(b.Context())
	var arrived atomic.Int64
	go func() {
		content := strings.Repeat("x", engine.MaxContent)
		begin := time.Now()
		for n := 0; ctx.Err() == nil; {
			for ; n < int(1500*time.Since(begin).Seconds()); n++ {
				switch in := alice.receiver; n % 3 {
				case 0:
					in.Receive("eve", fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"a-%d","content":%q,"channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`, n+1, content), 0)
				case 1:
					unring(in, "eve", n)
				default:
					flood(in, fmt.Sprintf("mallory%d", n%100), n)
				}
				arrived.Add(1)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		call := h.CreateLocalInvitation("bob")
		if err := h.SendLocalInvitation(call); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		time.Sleep(2 * time.Millisecond)
		start = time.Now()
		if err := h.CancelLocalInvitation(call); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(float64(arrived.Load())/b.Elapsed().Seconds(), "messages/s")
	cancel()
	h.Close()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1])/1e6, "max-ms")
}

// BenchmarkMessageInShutdown is what a stranger's message costs while a host shuts
// down that has so many open calls.
func BenchmarkMessageInShutdown(b *testing.B) {
	for _, open := range []int{10, 50_000} {
		b.Run(fmt.Sprint(open), func(b *testing.B) {
			w := newWorld(b, 0)
			alice := &node{w: w, name: "alice"}
			h, err := host.New("alice", alice, host.Options{Engine: engine.Options{MaxPerPeer: open, MaxTotal: 4 * open}})
			if err != nil {
				b.Fatal(err)
			}
			h.Start(host.NopListener{})
			last := h.CreateLocalInvitation("carol")
			h.SendLocalInvitation(last)
			for n := range open {
				ring(alice.receiver, "bob", n+1)
			}
			if err := h.CancelLocalInvitation(last); err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			go h.Shutdown(ctx) // waits for carol
			for n := 0; b.Loop(); n++ {
				flood(alice.receiver, "eve", n)
			}
		})
	}
}
