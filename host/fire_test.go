// A host under fire: peers who send as much as they like.

package host_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
)

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

// ring lets somebody call, and end it before long.
func ring(in host.Receiver, from string, n int) {
	in.Receive(from, fmt.Appendf(nil, `{"v":1,"kind":"INVITE","id":"a-%d","content":"%d","channel_id":"","age_ns":0,"wait_ns":30000000000,"expiry_ns":60000000000}`, n, n), 0)
}

func unring(in host.Receiver, from string, n int) {
	in.Receive(from, fmt.Appendf(nil, `{"v":1,"kind":"CANCEL","id":"a-%d","reason":"user"}`, n), 0)
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
