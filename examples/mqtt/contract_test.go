package main

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/invsim/invsim/host/hosttest"
)

func TestContract(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		w := newWorld(t)
		return hosttest.Network{
			Connect: w.connect,

			ConnectDevice: w.connectDevice,

			Stop:      func() { w.stop() },
			Restart:   w.start,
			TellsGone: true,
			Forge:     w.forge,
			Doze:      w.doze,
		}
	})
}

// world is a server and its users.
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

func newWorld(t *testing.T) *world {
	w := &world{t: t, at: "127.0.0.1:0", users: map[string]*sleeper{}}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) start() {
	var err error
	if w.at, w.stop, err = serve(w.at, knowsPassword); err != nil { // the same address after a restart
		w.t.Fatal(err)
	}
}

func (w *world) connect(t *testing.T, user string) hosttest.Transport {
	return w.connectDevice(t, user, 0)
}

func (w *world) connectDevice(t *testing.T, user string, device uint64) hosttest.Transport {
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

// dial is a client of no transport.
func (w *world) dial(t *testing.T, c paho.Connect) (*paho.Client, error) {
	conn, err := net.Dial("tcp", w.at)
	if err != nil {
		t.Fatal(err)
	}
	client := paho.NewClient(paho.ClientConfig{Conn: conn})
	c.CleanStart, c.KeepAlive, c.UsernameFlag, c.PasswordFlag = true, 60, true, true
	_, err = client.Connect(context.Background(), &c)
	return client, err
}

// forge tries another's password, another's session, another's topics, and a last
// will there.
func (w *world) forge(t *testing.T, as, to string, data []byte) {
	password := []byte(passwordOf("eve"))
	for what, c := range map[string]paho.Connect{
		"as another":               {ClientID: as, Username: as, Password: password},
		"as nobody":                {ClientID: "eve"},
		"with another's session":   {ClientID: client(as, 0), Username: "eve", Password: password},
		"with another's device":    {ClientID: client(as, 1), Username: "eve", Password: password},
		"with no device of hers":   {ClientID: "eve/01", Username: "eve", Password: password},
		"with a will of another's": {ClientID: "eve", Username: "eve", Password: password, WillMessage: &paho.WillMessage{Topic: messageTopic(to, as), Payload: data}},
	} {
		if _, err := w.dial(t, c); err == nil {
			t.Errorf("eve is let in %s", what)
		}
	}
	eve, err := w.dial(t, paho.Connect{ClientID: "eve", Username: "eve", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	defer eve.Disconnect(&paho.Disconnect{})
	for _, topic := range []string{messageTopic(to, as), statusTopic(as, 0), statusTopic(as, 1), statuses("eve")[1], "invsim/message/" + level(to), messageTopic(to, as) + "/eve"} {
		if _, err := eve.Publish(context.Background(), &paho.Publish{Topic: topic, Payload: data, QoS: 1}); err == nil {
			t.Errorf("eve may publish to %s", topic)
		}
	}
	alias := uint16(1)
	eve.Publish(context.Background(), &paho.Publish{Topic: messageTopic(to, as), Payload: data, QoS: 1, Properties: &paho.PublishProperties{TopicAlias: &alias}})
	eve.Publish(context.Background(), &paho.Publish{Payload: data, QoS: 1, Properties: &paho.PublishProperties{TopicAlias: &alias}})
	for _, filter := range []string{inbox(to), "#", "invsim/message/+/eve", "invsim/status/+", "$share/g/" + inbox(to)} {
		if _, err := eve.Subscribe(context.Background(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter}}}); err == nil {
			t.Errorf("eve may subscribe to %s", filter)
		}
	}
}
