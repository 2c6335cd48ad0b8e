package main

import (
	"context"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/invsim/invsim/host/hosttest"
)

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		w := &world{t: t, at: "127.0.0.1:0", users: map[string]*sleeper{}}
		w.start()
		t.Cleanup(func() { w.stop() })
		return hosttest.Network{
			Connect: func(t *testing.T, user string) hosttest.Transport { return w.connect(t, user, 0) },

			ConnectDevice: w.connect,

			Stop:      func() { w.stop() },
			Restart:   w.start,
			TellsGone: true,
			Forge:     w.forge,
			Doze:      w.doze,
		}
	})
}

// world is a hub and its users.
type world struct {
	t     *testing.T
	at    string
	stop  func()
	users map[string]*sleeper
}

// sleeper is a user whose clock can be moved.
type sleeper struct {
	*transport
	slept atomic.Int64
}

func (w *world) start() {
	var err error
	if w.at, w.stop, err = serve(w.at, knowsPassword); err != nil { // the same address after a restart
		w.t.Fatal(err)
	}
}

func (w *world) connect(t *testing.T, user string, device uint64) hosttest.Transport {
	s := &sleeper{}
	var err error
	s.transport, err = login(w.at, user, device, passwordOf(user), func() time.Time { return time.Now().Add(time.Duration(s.slept.Load())) })
	if err != nil {
		t.Fatal(err)
	}
	w.users[user] = s
	return s
}

func (w *world) doze(user string, d time.Duration) (wake func()) {
	w.users[user].slept.Add(int64(d))
	return func() {} // the transport has to find out
}

// forge tries another's password, and to say in a frame who it is from.
func (w *world) forge(t *testing.T, as, to string, data []byte) {
	dial := func(user, password string) (*websocket.Conn, error) {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+w.at+"/?"+url.Values{"user": {user}}.Encode(),
			&websocket.DialOptions{HTTPHeader: headerWith(password)})
		return conn, err
	}
	if _, err := dial(as, passwordOf("eve")); err == nil {
		t.Errorf("eve is let in as %s", as)
	}
	if _, err := dial("", ""); err == nil {
		t.Error("somebody without a name is let in")
	}
	conn, err := dial("eve", passwordOf("eve"))
	if err != nil {
		t.Fatal(err)
	}
	claim := `{"peer":"` + to + `","from":"` + as + `","user":"` + as + `","kind":"online","data":"Zm9yZ2Vk"}`
	if err := conn.Write(context.Background(), websocket.MessageText, []byte(claim)); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil { // the hub has read it all
		t.Fatal(err)
	}
}
