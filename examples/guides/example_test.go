package guides

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/states"
)

// Counters of a host, and of how its invitations moved, at /debug/vars.
func Example_metrics() {
	var network memory.Network
	var options host.Options

	moves := expvar.NewMap("invsim_moves")
	options.Engine.Observe = func(s engine.Step) {
		if s.Kind == states.Move {
			moves.Add(s.TriggerName()+" → "+s.ToName(), 1)
		}
	}
	h, err := host.New("alice", network.Connect("alice"), options)
	expvar.Publish("invsim", expvar.Func(func() any { return h.Stats() }))

	h.Start(host.NopListener{})
	call := h.CreateLocalInvitation("bob")
	h.SendLocalInvitation(call)
	h.CancelLocalInvitation(call)
	fmt.Println(moves, err)
	var stats struct{ LocalRecords, Lingering int }
	json.Unmarshal([]byte(expvar.Get("invsim").String()), &stats)
	fmt.Println(stats)
	// Output:
	// {"cancel() → CANCELED": 1, "send() → SENT_TO_REMOTE": 1} <nil>
	// {1 1}
}

// One id in the logs of both ends.
func Example_logs() {
	var network memory.Network
	var log lines // both users' here; each has a log of its own

	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	bob, _ := host.New("bob", network.Connect("bob"), host.Options{Log: logger})

	alice, _ := host.New("alice", network.Connect("alice"), host.Options{Log: logger, Engine: engine.Options{Epoch: 0xa11ce}})
	rings := ringing{c: make(chan *host.RemoteInvitation, 1)}
	bob.Start(rings)
	alice.Start(host.NopListener{})

	call := alice.CreateLocalInvitation("bob")
	received := make(chan bool)
	call.OnReceivedByPeer(func() { close(received) })
	alice.SendLocalInvitation(call)
	ring := <-rings.c
	<-received
	ring.OnAccepted(func() {
		logger.Info("join the media", "user", bob.Self(), "id", ring.ID()) // your own lines, too
	})
	bob.AcceptRemoteInvitation(ring)
	ring.Wait(context.Background())
	alice.Shutdown(context.Background())
	bob.Shutdown(context.Background())

	fmt.Print(log.with("alice", "id="+call.ID().String()))
	fmt.Print(log.with("bob", "id="+call.ID().String()))
	// Output:
	// level=DEBUG msg=event user=alice event=LocalInvitationReceivedByPeer peer=bob id=a11ce-1 state=RECEIVED_BY_REMOTE turn=3
	// level=DEBUG msg=event user=alice event=LocalInvitationAccepted peer=bob id=a11ce-1 state=ACCEPTED_BY_REMOTE turn=4
	// level=DEBUG msg=event user=bob event=RemoteInvitationReceived peer=alice id=a11ce-1 state=INVITATION_RECEIVED turn=2
	// level=DEBUG msg=event user=bob event=RemoteInvitationAccepted peer=alice id=a11ce-1 state=ACCEPTED turn=4
	// level=INFO msg="join the media" user=bob id=a11ce-1
}

// ringing passes on what rings.
type ringing struct {
	host.NopListener
	c chan *host.RemoteInvitation
}

func (r ringing) OnRemoteInvitationReceived(inv *host.RemoteInvitation) { r.c <- inv }

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

// with are the events of a user, and the app's own lines, that contain a text.
func (l *lines) with(user, text string) (found string) {
	for line := range strings.Lines(l.text.String()) {
		message := strings.Contains(line, `msg="message`) || strings.Contains(line, "msg=call")
		if strings.Contains(line, " user="+user+" ") && strings.Contains(line, text) && !message {
			_, line, _ = strings.Cut(line, " ") // without the time
			found += line
		}
	}
	return found
}
