// The listener that stands before the app's: it is slow if the phone is, tells nothing once
// the process is dead, and turns a panic of the app into a failure of the world.

package simtest

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

type slowly struct{ *process }

// tell lets a callback run.
func (s slowly) tell(name string, callback func(host.Listener)) {
	w := s.phone.world
	if by := time.Duration(s.phone.slow.Load()); by > 0 {
		turn := make(chan struct{})
		w.schedule(w.Now()+by, func() { close(turn); w.tick() })
		select {
		case <-turn:
		case <-s.dead:
			return
		}
		w.Note("%s  the app is told %s", s.phone.name(), name)
	}
	if s.isDead() {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.fault == nil {
				w.fault = fmt.Errorf("%s's app panics in %s: %v%s", s.phone.name(), name, p, place())
			}
		}
	}()
	callback(s.listener)
}

// place is where a panic came from.
func place() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers)])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf(" (%s:%d)", f.File, f.Line)
		}
		if !more {
			return ""
		}
	}
}

func (s slowly) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	s.tell("LocalInvitationReceivedByPeer", func(l host.Listener) { l.OnLocalInvitationReceivedByPeer(inv) })
}

func (s slowly) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	s.tell("LocalInvitationAccepted", func(l host.Listener) { l.OnLocalInvitationAccepted(inv, response) })
}

func (s slowly) OnLocalInvitationRefused(inv *host.LocalInvitation, response string) {
	s.tell("LocalInvitationRefused", func(l host.Listener) { l.OnLocalInvitationRefused(inv, response) })
}

func (s slowly) OnLocalInvitationCanceled(inv *host.LocalInvitation) {
	s.tell("LocalInvitationCanceled", func(l host.Listener) { l.OnLocalInvitationCanceled(inv) })
}

func (s slowly) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	s.tell("LocalInvitationFailure", func(l host.Listener) { l.OnLocalInvitationFailure(inv, code) })
}

func (s slowly) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	s.tell("RemoteInvitationReceived", func(l host.Listener) { l.OnRemoteInvitationReceived(inv) })
}

func (s slowly) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	s.tell("RemoteInvitationAccepted", func(l host.Listener) { l.OnRemoteInvitationAccepted(inv) })
}

func (s slowly) OnRemoteInvitationRefused(inv *host.RemoteInvitation) {
	s.tell("RemoteInvitationRefused", func(l host.Listener) { l.OnRemoteInvitationRefused(inv) })
}

func (s slowly) OnRemoteInvitationCanceled(inv *host.RemoteInvitation) {
	s.tell("RemoteInvitationCanceled", func(l host.Listener) { l.OnRemoteInvitationCanceled(inv) })
}

func (s slowly) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	s.tell("RemoteInvitationFailure", func(l host.Listener) { l.OnRemoteInvitationFailure(inv, code) })
}

func (s slowly) OnRemoteInvitationMissed(m host.Missed) {
	s.tell("RemoteInvitationMissed", func(l host.Listener) {
		if l, ok := l.(host.MissedListener); ok {
			l.OnRemoteInvitationMissed(m)
		}
	})
}
