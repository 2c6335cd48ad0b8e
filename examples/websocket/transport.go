// The transport: one WebSocket to the hub, dialed again whenever it is lost. The
// hub says who a frame is from (hub.go), so trust in names is trust in the hub:
// outside of one machine, dial wss.

package main

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/age"
)

// elsewhere is the status with which the hub ends the session of a device that has
// logged in once more. Coming back would end that session in turn.
const elsewhere = websocket.StatusPolicyViolation

const redialAfter = 100 * time.Millisecond

var maxDelay = engine.DefaultTimes().MaxDelay

// transport is a host.Transport.
type transport struct {
	user    string
	dial    func() (*websocket.Conn, error)
	age     *age.Meter
	closing chan struct{}

	mu     sync.Mutex      // guards all below
	conn   *websocket.Conn // the present one, or the last
	closed bool
}

// login connects one of a user's devices, 0 if there is only one, and keeps reconnecting
// until Close. now is the wall clock.
func login(server, user string, device uint64, password string, now func() time.Time) (*transport, error) {
	t := &transport{user: user, age: age.NewMeter(now), closing: make(chan struct{})}
	query := url.Values{"user": {user}}
	if device != 0 {
		query.Set("device", strconv.FormatUint(device, 10))
	}
	address := url.URL{Scheme: "ws", Host: server, RawQuery: query.Encode()}
	t.dial = func() (*websocket.Conn, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		t.age.Begin()
		conn, _, err := websocket.Dial(ctx, address.String(), &websocket.DialOptions{
			HTTPHeader: headerWith(password),
		})
		if err != nil {
			return nil, err
		}
		conn.SetReadLimit(maxFrame)
		return conn, t.use(conn)
	}
	_, err := t.dial()
	return t, err
}

// use makes a connection the present one, unless Close came first.
func (t *transport) use(conn *websocket.Conn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		conn.CloseNow()
		return net.ErrClosed
	}
	t.conn = conn
	return nil
}

func (t *transport) present() *websocket.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.conn
}

func (t *transport) Send(peer string, data []byte) error {
	return writeFrame(t.present(), frame{Peer: peer, Data: data})
}

func (t *transport) Listen(receiver host.Receiver) {
	go t.run(receiver)
	go t.keepFresh()
}

// run reads one connection after the other.
func (t *transport) run(receiver host.Receiver) {
	conn := t.present()
	for {
		err := t.read(conn, receiver)
		conn.CloseNow()
		receiver.LoggedOut()
		if websocket.CloseStatus(err) == elsewhere {
			return
		}
		if conn = t.redial(); conn == nil {
			return
		}
		receiver.LoggedIn()
	}
}

// redial tries until there is a connection, or nil after Close.
func (t *transport) redial() *websocket.Conn {
	for {
		select {
		case <-t.closing:
			return nil
		case <-time.After(redialAfter):
		}
		if conn, err := t.dial(); err == nil {
			return conn
		}
	}
}

func (t *transport) read(conn *websocket.Conn, receiver host.Receiver) error {
	for {
		f, err := readFrame(conn)
		switch {
		case err != nil:
			return err
		case f.Kind == online:
			receiver.PeerOnline(f.Peer)
		case f.Kind == offline:
			receiver.PeerOffline(f.Peer)
		case f.Peer == t.user:
			t.age.Heard(f.Data)
		case t.age.Bound()+f.Held > maxDelay:
			t.echo() // so that its next copy is known to be young
		default:
			receiver.Receive(f.Peer, f.Data, f.Held)
		}
	}
}

func (t *transport) keepFresh() {
	tick := time.NewTicker(maxDelay / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.echo()
		case <-t.closing:
			return
		}
	}
}

func (t *transport) echo() { t.Send(t.user, t.age.Echo()) }

// Close hangs up once what was sent is with the hub.
func (t *transport) Close() error {
	t.mu.Lock()
	closed := t.closed
	t.closed = true
	t.mu.Unlock()
	if closed {
		return nil
	}
	close(t.closing)
	return t.present().Close(websocket.StatusNormalClosure, "")
}
