// The smallest network that has everything: a map.

package hosttest_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest"
)

type memory struct {
	mu    sync.Mutex
	users map[string]*member
	down  bool
}

func (m *memory) connect(t *testing.T, user string) hosttest.Transport {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.users[user] != nil {
		t.Fatalf("%s is connected twice", user)
	}
	m.users[user] = &member{network: m, name: user}
	return m.users[user]
}

// everybody is told.
func (m *memory) everybody(tell func(host.Receiver), down bool) {
	m.mu.Lock()
	m.down = down
	var receivers []host.Receiver
	for _, u := range m.users {
		receivers = append(receivers, u.receiver)
	}
	m.mu.Unlock()
	for _, r := range receivers {
		tell(r)
	}
}

func (m *memory) stop()    { m.everybody(host.Receiver.LoggedOut, true) }
func (m *memory) restart() { m.everybody(host.Receiver.LoggedIn, false) }

type member struct {
	network  *memory
	name     string
	receiver host.Receiver
	asleep   bool
}

func (u *member) Listen(r host.Receiver) {
	u.network.mu.Lock()
	defer u.network.mu.Unlock()
	u.receiver = r
}

func (u *member) Close() error {
	u.network.mu.Lock()
	defer u.network.mu.Unlock()
	if u.network.users[u.name] == u {
		delete(u.network.users, u.name)
	}
	return nil
}

func (u *member) Send(peer string, data []byte) error {
	m := u.network
	m.mu.Lock()
	connected, own, to := m.users[u.name] == u && !m.down, u.receiver, m.users[peer]
	asleep := to != nil && to.asleep
	m.mu.Unlock()
	switch {
	case !connected:
		return errors.New("not connected")
	case to == nil:
		own.PeerOffline(peer)
	case !asleep && to.receiver != nil:
		to.receiver.Receive(u.name, data, 0)
	}
	return nil
}

// doze loses what is sent to a sleeping machine.
func (m *memory) doze(user string, _ time.Duration) (wake func()) {
	set := func(asleep bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.users[user].asleep = asleep
	}
	set(true)
	return func() { set(false) }
}

func TestMemory(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		m := &memory{users: map[string]*member{}}
		return hosttest.Network{
			Connect:   m.connect,
			Stop:      m.stop,
			Restart:   m.restart,
			TellsGone: true,
			Doze:      m.doze,
		}
	})
}
