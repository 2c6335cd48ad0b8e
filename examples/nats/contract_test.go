package main

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/invsim/invsim/host/hosttest"
)

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		w := &world{t: t, at: "127.0.0.1:0", users: map[string]*sleeper{}}
		w.start()
		t.Cleanup(w.stop)
		return hosttest.Network{
			Connect: w.connect,
			// The devices of a user subscribe to the same subject, and each gets all.
			ConnectDevice: func(t *testing.T, user string, _ uint64) hosttest.Transport { return w.connect(t, user) },

			Stop:      w.stop,
			Restart:   w.start,
			TellsGone: true,
			Forge:     w.forge,
			Doze:      w.doze,
		}
	})
}

// world is a server and its users.
type world struct {
	t      *testing.T
	at     string
	server *server.Server
	users  map[string]*sleeper
}

// sleeper is a user whose clock can be moved.
type sleeper struct {
	*transport
	slept atomic.Int64
}

func (w *world) start() {
	var err error
	if w.server, err = serve(w.at, knowsPassword); err != nil {
		w.t.Fatal(err)
	}
	w.at = w.server.Addr().String() // the same again after a restart
}

func (w *world) stop() {
	w.server.Shutdown()
	w.server.WaitForShutdown()
}

func (w *world) connect(t *testing.T, user string) hosttest.Transport {
	s := &sleeper{}
	var err error
	s.transport, err = login(w.at, user, passwordOf(user), func() time.Time { return time.Now().Add(time.Duration(s.slept.Load())) })
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

// forge tries another's password, and another's subjects with her own.
func (w *world) forge(t *testing.T, as, to string, data []byte) {
	if conn, err := nats.Connect(w.at, nats.UserInfo(as, passwordOf("eve"))); err == nil {
		t.Errorf("eve is let in as %s", as)
		conn.Close()
	}
	if conn, err := nats.Connect(w.at); err == nil {
		t.Error("somebody without a name is let in")
		conn.Close()
	}
	refused := make(chan error, 10)
	conn, err := nats.Connect(w.at, nats.UserInfo("eve", passwordOf("eve")),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Publish(subject(to, as), data)
	conn.Publish(subject(to, "eve"), data)
	if _, err := conn.SubscribeSync(inbox(to)); err != nil { // and to overhear
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"publish", "subscribe"} {
		select {
		case err := <-refused:
			t.Log(err)
		case <-time.After(time.Minute):
			t.Errorf("%s: not refused", what)
		}
	}
}
