// Package memory is a network inside one process: for a first program, and for the
// tests of an app. Nothing is lost, delayed or kept, and there is nothing to close.
//
//	var network memory.Network
//	alice, err := host.New("alice", network.Connect("alice"), host.Options{})
//
// It imports host and is a host.Transport for each of its users.
package memory

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/invsim/invsim/host"
)

// Network is where users meet. The zero value is one without users. Its methods and
// those of its transports may be called from any goroutine.
type Network struct {
	mu    sync.Mutex
	users map[string]map[uint64]*Transport // those who are connected, by device
	down  bool
}

// Transport is the connection of one device of a user, a host.Transport. A message is
// delivered from within Send, to each device of the peer. A peer that is not connected
// with any is reported offline when something is sent to it.
type Transport struct {
	network  *Network
	user     string
	device   uint64
	receiver host.Receiver // nil before Listen
}

// Connect logs a user in who has one device. The connection before, if any, is closed
// and told that its session is lost.
func (n *Network) Connect(user string) *Transport { return n.ConnectDevice(user, 0) }

// ConnectDevice logs one of a user's devices in, each with a number of its own. It
// closes the connection before of the same device, as Connect does.
func (n *Network) ConnectDevice(user string, device uint64) *Transport {
	t := &Transport{network: n, user: user, device: device}
	n.mu.Lock()
	if n.users == nil {
		n.users = map[string]map[uint64]*Transport{}
	}
	if n.users[user] == nil {
		n.users[user] = map[uint64]*Transport{}
	}
	var replaced host.Receiver
	if earlier := n.users[user][device]; earlier != nil {
		replaced = earlier.receiver
	}
	n.users[user][device] = t
	n.mu.Unlock()
	if replaced != nil {
		replaced.LoggedOut()
	}
	return t
}

// Stop loses every session, as a server that crashes does. Transports stay connected
// and wait for Restart.
func (n *Network) Stop() { n.turn(true, host.Receiver.LoggedOut) }

// Restart gives every session back.
func (n *Network) Restart() { n.turn(false, host.Receiver.LoggedIn) }

func (n *Network) turn(down bool, tell func(host.Receiver)) {
	n.mu.Lock()
	changed := n.down != down
	n.down = down
	var receivers []host.Receiver
	for _, user := range slices.Sorted(maps.Keys(n.users)) {
		if changed {
			receivers = append(receivers, n.receiversOf(user)...)
		}
	}
	n.mu.Unlock()
	for _, r := range receivers {
		tell(r)
	}
}

// receiversOf are those of a user's devices that listen, in the order of their numbers.
// It is called under the lock.
func (n *Network) receiversOf(user string) (receivers []host.Receiver) {
	for _, device := range slices.Sorted(maps.Keys(n.users[user])) {
		if r := n.users[user][device].receiver; r != nil {
			receivers = append(receivers, r)
		}
	}
	return receivers
}

// Listen is called by the host.
func (t *Transport) Listen(receiver host.Receiver) {
	t.network.mu.Lock()
	t.receiver = receiver
	lost := !t.connected()
	t.network.mu.Unlock()
	if lost {
		receiver.LoggedOut()
	}
}

var errNotConnected = errors.New("not connected")

// Send delivers a message. It fails after Close and between Stop and Restart.
func (t *Transport) Send(peer string, data []byte) error {
	n := t.network
	n.mu.Lock()
	connected, own := t.connected(), t.receiver
	online, receivers := len(n.users[peer]) > 0, n.receiversOf(peer)
	n.mu.Unlock()
	switch {
	case !connected:
		return errNotConnected
	case !online && own != nil:
		own.PeerOffline(peer)
	}
	for _, receiver := range receivers {
		receiver.Receive(t.user, data, 0)
	}
	return nil
}

// Close hangs up. The user may connect again.
func (t *Transport) Close() error {
	t.network.mu.Lock()
	defer t.network.mu.Unlock()
	if t.network.users[t.user][t.device] == t {
		delete(t.network.users[t.user], t.device)
	}
	return nil
}

// connected is called under the network's lock.
func (t *Transport) connected() bool {
	return !t.network.down && t.network.users[t.user][t.device] == t
}
