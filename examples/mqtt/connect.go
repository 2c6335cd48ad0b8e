// The connection, made again whenever it is lost. Each is a new client, so that
// no message of an earlier one is repeated; but the server is asked to keep the
// session for maxDelay, and stores what comes for a user meanwhile: that is how a
// phone that slept is rung.

package main

import (
	"context"
	"net"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"

	"github.com/invsim/invsim/host/age"
)

const (
	online  = "online"
	offline = "offline"

	sessionTakenOver = 0x8E // reason code: the device has logged in once more
	withWill         = 0x04 // reason code: good-bye, and publish my will
)

// login connects one of a user's devices, 0 if there is only one, and keeps reconnecting
// until Close. now is the wall clock.
func login(server, user string, device uint64, password string, now func() time.Time) (*transport, error) {
	t := &transport{
		server: server, user: user, device: device, password: password,
		age:       age.NewMeter(now),
		listening: make(chan struct{}),
		closing:   make(chan struct{}),
	}
	connection, err := t.connect()
	if err == nil {
		go t.run(connection)
	}
	return t, err
}

// connection is a client and why it may end.
type connection struct {
	*paho.Client
	replaced chan struct{} // closed if another one of the same device took over
}

func (t *transport) connect() (*connection, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	t.age.Begin()
	dialer := net.Dialer{}
	conn, err := dialer.DialContext(ctx, "tcp", t.server)
	if err != nil {
		return nil, err
	}
	c := &connection{replaced: make(chan struct{})}
	c.Client = paho.NewClient(paho.ClientConfig{
		Conn:              packets.NewThreadSafeConn(impatient{conn}),
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){t.arrived},
		OnServerDisconnect: func(d *paho.Disconnect) {
			if d.ReasonCode == sessionTakenOver {
				close(c.replaced)
			}
		},
	})
	_, err = c.Connect(ctx, &paho.Connect{
		ClientID: client(t.user, t.device), Username: t.user, UsernameFlag: true, Password: []byte(t.password), PasswordFlag: true,
		KeepAlive:   uint16(maxDelay / 4 / time.Second),
		Properties:  &paho.ConnectProperties{SessionExpiryInterval: seconds(maxDelay)},
		WillMessage: &paho.WillMessage{Topic: statusTopic(t.user, t.device), Payload: []byte(offline), QoS: atLeastOnce, Retain: true},
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := t.begin(c); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// begin does what a new connection needs to have done. A server that was
// restarted knows nothing of earlier subscriptions.
func (t *transport) begin(c *connection) error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return net.ErrClosed
	}
	var filters []string
	if t.receiver != nil {
		filters = append(filters, inbox(t.user))
	}
	t.subscribed, t.there = nil, map[string][]string{}
	for _, peer := range t.watched {
		filters = append(filters, statuses(peer)...)
		t.subscribed = append(t.subscribed, peer)
	}
	t.client = c.Client
	t.mu.Unlock()
	if err := publish(c.Client, &paho.Publish{Topic: statusTopic(t.user, t.device), Payload: []byte(online), QoS: atLeastOnce, Retain: true}); err != nil {
		return err
	}
	return t.subscribe(c.Client, filters...)
}

// run sees one connection end after the other.
func (t *transport) run(c *connection) {
	for {
		<-c.Done()
		t.mu.Lock()
		t.client = nil
		receiver := t.receiver
		t.mu.Unlock()
		if receiver != nil {
			receiver.LoggedOut()
		}
		select {
		case <-c.replaced:
			return
		default:
		}
		if c = t.reconnect(); c == nil {
			return
		}
		if !t.listens() {
			return
		}
		t.receiver.LoggedIn()
	}
}

// reconnect tries until there is a connection, or nil after Close.
func (t *transport) reconnect() *connection {
	for {
		select {
		case <-t.closing:
			return nil
		case <-time.After(retryAfter):
		}
		if c, err := t.connect(); err == nil {
			return c
		}
	}
}

// Close hangs up: the server publishes the will. It keeps the session.
func (t *transport) Close() error {
	t.mu.Lock()
	client, closed := t.client, t.closed
	t.client, t.closed = nil, true
	t.mu.Unlock()
	if closed {
		return nil
	}
	close(t.closing)
	if client == nil {
		return nil
	}
	return client.Disconnect(&paho.Disconnect{ReasonCode: withWill})
}

// impatient is a connection that fails if it does not take what is written.
type impatient struct{ net.Conn }

func (c impatient) Write(data []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(patience))
	return c.Conn.Write(data)
}
