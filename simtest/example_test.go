package simtest_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/simtest"
)

// Screen is an app that shows who rings. Before it shows a call it loads the picture of
// the caller, which takes a moment.
type Screen struct {
	host.NopListener
	*host.Host
	Careless bool // it does not look whether the call still rings: a bug

	mu      sync.Mutex
	ringing []*host.RemoteInvitation
}

func (s *Screen) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	go func() {
		time.Sleep(300 * time.Millisecond) // the picture; time is virtual
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.Careless || !inv.State().Terminal() {
			s.ringing = append(s.ringing, inv)
		}
	}()
}

func (s *Screen) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) { s.hide(inv) }
func (s *Screen) OnRemoteInvitationRefused(inv *host.RemoteInvitation)  { s.hide(inv) }
func (s *Screen) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) { s.hide(inv) }
func (s *Screen) OnRemoteInvitationFailure(inv *host.RemoteInvitation, _ errors.RemoteInvitationError) {
	s.hide(inv)
}

func (s *Screen) hide(inv *host.RemoteInvitation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, each := range s.ringing {
		if each == inv {
			s.ringing = append(s.ringing[:i], s.ringing[i+1:]...)
			return
		}
	}
}

// Shown is how many calls the screen shows.
func (s *Screen) Shown() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ringing)
}

// TestScreen: whatever happens, no call stays on the screen.
func TestScreen(t *testing.T) { simtest.Check(t, screens{}.hold) }

type screens struct{ careless bool }

func (s screens) hold(t *rapid.T, w *simtest.World) {
	var alice *host.Host
	var bob *Screen
	caller := w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
	callee := w.Phone("bob", host.Options{}, func(h *host.Host) host.Listener {
		bob = &Screen{Host: h, Careless: s.careless}
		return bob
	})
	w.Repeat(t, simtest.AllFaults, simtest.Actions{
		"alice calls": func(*rapid.T) {
			caller.Press(func() { alice.SendLocalInvitation(alice.CreateLocalInvitation("bob")) })
		},
		"alice hangs up": func(*rapid.T) {
			caller.Press(func() {
				for _, call := range alice.LocalInvitations() {
					alice.CancelLocalInvitation(call)
				}
			})
		},
		"bob answers": func(*rapid.T) {
			callee.Press(func() {
				for _, call := range bob.RemoteInvitations() {
					bob.AcceptRemoteInvitation(call)
				}
			})
		},
	})
	w.Heal()
	if bob.Shown() > 0 {
		t.Fatal("bob's screen shows a call that is over")
	}
}

// TestCanceledWhileLoading plays what Check finds if the app is careless.
func TestCanceledWhileLoading(t *testing.T) {
	simtest.Play(t, 1, func(w *simtest.World) { canceledWhileLoading(t, w) })
}

func canceledWhileLoading(t *testing.T, w *simtest.World) {
	var alice *host.Host
	var bob *Screen
	w.Phone("alice", host.Options{}, func(h *host.Host) host.Listener { alice = h; return host.NopListener{} })
	w.Phone("bob", host.Options{}, func(h *host.Host) host.Listener { bob = &Screen{Host: h}; return bob })
	call := alice.CreateLocalInvitation("bob")
	if err := alice.SendLocalInvitation(call); err != nil {
		t.Fatal(err)
	}
	w.Sleep(100 * time.Millisecond) // it has arrived
	if err := alice.CancelLocalInvitation(call); err != nil {
		t.Fatal(err)
	}
	w.Sleep(time.Second)
	if bob.Shown() > 0 {
		t.Error("bob's screen shows a call that is over")
	}
}
