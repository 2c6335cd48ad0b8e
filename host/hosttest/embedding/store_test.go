package embedding_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest/embedding"
)

// rung counts rings, and says yes.
type rung struct {
	host.NopListener
	*host.Host
	rings, ends int
}

func (r *rung) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	r.rings++
	r.AcceptRemoteInvitation(inv)
}
func (r *rung) OnRemoteInvitationAccepted(*host.RemoteInvitation) { r.ends++ }

// TestStore: a phone that wakes rings for a call that still is, and for no other.
func TestStore(t *testing.T) {
	for name, c := range map[string]struct {
		wakes    time.Duration // after the call
		canceled time.Duration // after the call, 0 for never
		vanishes bool          // the caller, at once: no second copy, no cancel, no confirmation
		rings    int
		calls    int
	}{
		"soon":             {wakes: 5 * time.Second, rings: 1, calls: 1},
		"in time":          {wakes: 29 * time.Second, rings: 1, calls: 1},
		"late":             {wakes: 31 * time.Second},
		"much later":       {wakes: time.Hour},
		"one copy, soon":   {wakes: 29 * time.Second, vanishes: true, rings: 1},
		"one copy, late":   {wakes: 31 * time.Second, vanishes: true},
		"after the cancel": {wakes: 10 * time.Second, canceled: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(100 * time.Millisecond)
				var pushed atomic.Int32
				store := &embedding.Store{
					MaxDelay: engine.DefaultTimes().MaxDelay,
					Now:      time.Now,
					Push:     func(string, time.Duration) { pushed.Add(1) },
				}
				w.away = store.Put
				alice := &rung{Host: w.host(t, "alice", host.Options{})}
				alice.Start(alice)
				call := alice.CreateLocalInvitation("bob")
				alice.SendLocalInvitation(call)
				if c.canceled > 0 {
					time.AfterFunc(c.canceled, func() { alice.CancelLocalInvitation(call) })
				}
				if c.vanishes {
					time.AfterFunc(200*time.Millisecond, func() { w.setCut("alice", true) })
				}
				time.Sleep(c.wakes)
				if pushed.Load() == 0 {
					t.Error("no push")
				}

				bob := &rung{Host: w.host(t, "bob", embedding.PhoneOptions())}
				bob.Start(bob)
				embedding.HandIn(w.users["bob"], store.Fetch("bob"), 0)
				time.Sleep(time.Minute)
				synctest.Wait()
				if bob.rings != c.rings || bob.ends != c.calls {
					t.Errorf("rang %d times, %d calls", bob.rings, bob.ends)
				}
				if len(store.Fetch("bob")) != 0 {
					t.Error("fetched twice")
				}
				alice.Close()
				bob.Close()
			})
		})
	}
}

// TestStoreOfTheFlooded: who sends much loses its own, and what is too old makes room.
func TestStoreOfTheFlooded(t *testing.T) {
	now := time.Unix(0, 0)
	store := &embedding.Store{MaxDelay: time.Minute, Now: func() time.Time { return now }, Push: func(string, time.Duration) { now = now.Add(1) }}
	store.Put("bob", "alice", []byte("INVITE"))
	for n := range 1000 {
		store.Put("bob", "eve", fmt.Append(nil, n))
	}
	store.Put("bob", "alice", []byte("CANCEL"))
	list := store.Fetch("bob")
	if len(list) != 100 || string(list[0].Data) != "CANCEL" || string(list[99].Data) != "INVITE" || string(list[1].Data) != "999" {
		t.Errorf("%d messages, %s first", len(list), list[0].Data)
	}
	for n := range 100 { // one each: nobody has more than anybody else
		store.Put("bob", fmt.Sprint("eve", n), []byte("old"))
	}
	now = now.Add(time.Minute + 1)
	store.Put("bob", "alice", []byte("INVITE"))
	if list := store.Fetch("bob"); len(list) != 1 || list[0].From != "alice" {
		t.Error(list)
	}
}
