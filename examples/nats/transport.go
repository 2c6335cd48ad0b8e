// The transport: a message from alice to bob is published to invsim.bob.alice.
// The server lets only alice publish to subjects that end in alice, and only bob
// subscribe to those that go to bob (serve.go), so the subject names the true
// sender. Several devices of bob subscribe to the same, and the server hands all of
// it to each; a peer is gone when none of his does. With a server that has no such rules it names whom the sender likes.

package main

import (
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/age"
	"github.com/invsim/invsim/host/fair"
)

var maxDelay = engine.DefaultTimes().MaxDelay

// transport is a host.Transport over one connection.
type transport struct {
	user     string
	conn     *nats.Conn
	age      *age.Meter
	receiver atomic.Pointer[host.Receiver] // nil before Listen
	done     chan struct{}
}

// login connects, and keeps reconnecting until Close. now is the wall clock.
func login(server, user, password string, now func() time.Time) (*transport, error) {
	t := &transport{user: user, age: age.NewMeter(now), done: make(chan struct{})}
	var err error
	t.conn, err = nats.Connect(server,
		nats.UserInfo(user, password),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectBufSize(-1), // what cannot be sent now is lost: it would only grow old
		nats.PingInterval(maxDelay/4),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { t.tell(host.Receiver.LoggedOut) }),
		nats.ReconnectHandler(func(*nats.Conn) {
			t.age.Begin()
			t.tell(host.Receiver.LoggedIn)
		}),
	)
	return t, err
}

func (t *transport) tell(news func(host.Receiver)) {
	if receiver := t.receiver.Load(); receiver != nil {
		news(*receiver)
	}
}

// Send asks for a reply to the subject of messages from the peer, because that is
// where the server answers if nobody listens there.
func (t *transport) Send(peer string, data []byte) error {
	return t.conn.PublishRequest(subject(peer, t.user), subject(t.user, peer), data)
}

func (t *transport) Listen(receiver host.Receiver) {
	receiver = fair.Receiver(receiver)
	t.receiver.Store(&receiver)
	t.conn.Subscribe(inbox(t.user), func(m *nats.Msg) { t.arrived(receiver, m) })
	t.conn.Flush()             // the server knows of it now
	if !t.conn.IsConnected() { // lost between login and now
		receiver.LoggedOut()
		if t.conn.IsConnected() { // and found in this moment
			receiver.LoggedIn()
		}
	}
	go t.keepFresh()
}

func (t *transport) arrived(receiver host.Receiver, m *nats.Msg) {
	from, ok := senderOf(m.Subject)
	switch {
	case !ok:
	case from == t.user:
		t.age.Heard(m.Data)
	case m.Header.Get("Status") == "503" && len(m.Data) == 0: // no responders
		receiver.PeerOffline(from)
	case t.age.Bound() > maxDelay:
		t.echo() // so that its next copy is known to be young
	default:
		receiver.Receive(from, m.Data, 0) // NATS keeps nothing
	}
}

func (t *transport) keepFresh() {
	tick := time.NewTicker(maxDelay / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.echo()
		case <-t.done:
			return
		}
	}
}

func (t *transport) echo() { t.conn.Publish(subject(t.user, t.user), t.age.Echo()) }

// Close hangs up once what was sent is with the server.
func (t *transport) Close() error {
	select {
	case <-t.done:
		return nil
	default:
		close(t.done)
	}
	t.conn.FlushTimeout(time.Second)
	t.conn.Close()
	return nil
}
