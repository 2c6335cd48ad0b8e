package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// lines is a writer for several goroutines.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// of are the lines of one user.
func (l *lines) of(user string) (own []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if text, ok := strings.CutPrefix(line, user+": "); ok {
			own = append(own, strings.TrimSpace(text))
		}
	}
	return own
}

// TestRun: the app says what its page says.
func TestRun(t *testing.T) {
	var out lines
	if err := run(&out); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string][]string{
		"alice": {"it rings at bob", "bob says yes!"},
		"bob":   {"alice calls: video?", "in a call with alice"},
	} {
		if got := out.of(user); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", user, got, want)
		}
		for _, lang := range languages {
			for _, line := range want {
				if !strings.Contains(read(t, lang.page()), "\n"+user+": "+line+"\n") {
					t.Errorf("%s does not show %q of %s", lang.page(), line, user)
				}
			}
		}
	}
}

// named notes which of several listeners was told.
type named struct {
	host.NopListener
	name string
	told chan string
}

func (n named) OnLocalInvitationCanceled(*host.LocalInvitation) { n.told <- n.name }

// TestListeners: all are told, in their order.
func TestListeners(t *testing.T) {
	var network memory.Network
	alice, err := host.New("alice", network.Connect("alice"), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 2)
	if err := alice.Start(Listeners{named{name: "first", told: told}, named{name: "second", told: told}}); err != nil {
		t.Fatal(err)
	}
	call := alice.CreateLocalInvitation("bob")
	if err := errors.Join(alice.SendLocalInvitation(call), alice.CancelLocalInvitation(call)); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(<-told, " ", <-told); got != "first second" {
		t.Error(got)
	}
	alice.Close()
}

// everything notes each of the ten callbacks.
type everything struct{ got *[]string }

func (e everything) add(name string) { *e.got = append(*e.got, name) }

func (e everything) OnLocalInvitationReceivedByPeer(*host.LocalInvitation)   { e.add("received by peer") }
func (e everything) OnLocalInvitationAccepted(*host.LocalInvitation, string) { e.add("accepted") }
func (e everything) OnLocalInvitationRefused(*host.LocalInvitation, string)  { e.add("refused") }
func (e everything) OnLocalInvitationCanceled(*host.LocalInvitation)         { e.add("canceled") }
func (e everything) OnLocalInvitationFailure(*host.LocalInvitation, errors.LocalInvitationError) {
	e.add("failure")
}
func (e everything) OnRemoteInvitationReceived(*host.RemoteInvitation) { e.add("remote received") }
func (e everything) OnRemoteInvitationAccepted(*host.RemoteInvitation) { e.add("remote accepted") }
func (e everything) OnRemoteInvitationRefused(*host.RemoteInvitation)  { e.add("remote refused") }
func (e everything) OnRemoteInvitationCanceled(*host.RemoteInvitation) { e.add("remote canceled") }
func (e everything) OnRemoteInvitationFailure(*host.RemoteInvitation, errors.RemoteInvitationError) {
	e.add("remote failure")
}

// TestEveryCallbackIsPassedOn: none of the ten goes to another.
func TestEveryCallbackIsPassedOn(t *testing.T) {
	var want, got []string
	for _, l := range []host.Listener{everything{&want}, Listeners{everything{&got}}} {
		l.OnLocalInvitationReceivedByPeer(nil)
		l.OnLocalInvitationAccepted(nil, "")
		l.OnLocalInvitationRefused(nil, "")
		l.OnLocalInvitationCanceled(nil)
		l.OnLocalInvitationFailure(nil, 0)
		l.OnRemoteInvitationReceived(nil)
		l.OnRemoteInvitationAccepted(nil)
		l.OnRemoteInvitationRefused(nil)
		l.OnRemoteInvitationCanceled(nil)
		l.OnRemoteInvitationFailure(nil, 0)
	}
	if len(want) != 10 || !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
