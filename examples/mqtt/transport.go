// The transport: a message from alice to bob is published to
// invsim/message/bob/alice. The server lets only alice publish to topics that end
// in alice, and only bob subscribe to those that go to bob (serve.go), so the
// topic names the true sender. Several devices of bob are as many clients, each with
// a session and a status of its own; bob is there while one of them is. With a server that has no such rules it names
// whom the sender likes.

package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/age"
	"github.com/invsim/invsim/host/fair"
	"github.com/invsim/invsim/wire"
)

const (
	atLeastOnce = 1 // QoS
	retryAfter  = 100 * time.Millisecond
	patience    = 2 * time.Second // with the server
)

var maxDelay = engine.DefaultTimes().MaxDelay

// transport is a host.Transport over one connection after the other (connect.go).
type transport struct {
	server, user, password string
	device                 uint64

	age       *age.Meter
	listening chan struct{} // closed by Listen
	closing   chan struct{}

	mu       sync.Mutex // guards all below
	client   *paho.Client
	receiver host.Receiver
	closed   bool

	watched    []string // peers whose status we want to know, the one called last at the end
	subscribed []string // and those of whom we have asked for it
	updating   bool     // update is running

	there map[string][]string // of the watched: which devices are online
}

// mostWatched is how many peers are watched: those whom we call, not those who call
// us, of whom there can be any number.
const mostWatched = 64

// mostDevices is how many devices of a peer are known at a time.
const mostDevices = 16

// Send does not wait for the server's answer. What a lost connection has taken
// along is lost: it would only grow old.
func (t *transport) Send(peer string, data []byte) error {
	t.mu.Lock()
	client := t.client
	if m, err := wire.Decode(data); err == nil && m.Kind == engine.Invite {
		t.watch(peer)
	}
	t.mu.Unlock()
	if client == nil {
		return errors.New("no connection")
	}
	return publish(client, &paho.Publish{
		Topic: messageTopic(peer, t.user), Payload: data, QoS: atLeastOnce,
		Properties: &paho.PublishProperties{MessageExpiry: seconds(maxDelay)},
	})
}

// watch is called under the lock.
func (t *transport) watch(peer string) {
	t.watched = append(slices.DeleteFunc(t.watched, func(other string) bool { return other == peer }), peer)
	for len(t.watched) > mostWatched {
		delete(t.there, t.watched[0])
		t.watched = t.watched[1:]
	}
	if !t.updating && !slices.Contains(t.subscribed, peer) {
		t.updating = true
		go t.update()
	}
}

// update subscribes and unsubscribes, one after the other, until that is as wanted.
func (t *transport) update() {
	for {
		t.mu.Lock()
		client := t.client
		missing := without(t.watched, t.subscribed)
		spare := without(t.subscribed, t.watched)
		t.subscribed = slices.Clone(t.watched)
		if client == nil || len(missing)+len(spare) == 0 {
			t.updating = false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		t.subscribe(client, missing...)
		t.unsubscribe(client, spare...)
	}
}

// without are the status topics of some peers but others.
func without(peers, others []string) (topics []string) {
	for _, peer := range peers {
		if !slices.Contains(others, peer) {
			topics = append(topics, statuses(peer)...)
		}
	}
	return topics
}

func publish(client *paho.Client, p *paho.Publish) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := client.PublishWithOptions(ctx, p, paho.PublishOptions{Method: paho.PublishMethod_AsyncSend})
	return err
}

func (t *transport) subscribe(client *paho.Client, filters ...string) error {
	if len(filters) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var subscriptions []paho.SubscribeOptions
	for _, filter := range filters {
		subscription := paho.SubscribeOptions{Topic: filter}
		if filter == inbox(t.user) {
			subscription.QoS = atLeastOnce // a status need not be stored for us
		}
		subscriptions = append(subscriptions, subscription)
	}
	_, err := client.Subscribe(ctx, &paho.Subscribe{Subscriptions: subscriptions})
	return err
}

func (t *transport) unsubscribe(client *paho.Client, filters ...string) {
	if len(filters) > 0 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		client.Unsubscribe(ctx, &paho.Unsubscribe{Topics: filters})
	}
}

func (t *transport) Listen(receiver host.Receiver) {
	receiver = fair.Receiver(receiver)
	t.mu.Lock()
	t.receiver = receiver
	client := t.client
	t.mu.Unlock()
	if client == nil || t.subscribe(client, inbox(t.user)) != nil {
		receiver.LoggedOut() // until run has a connection again
	}
	close(t.listening)
	go t.keepFresh()
}

// arrived is called for one publication after the other.
func (t *transport) arrived(in paho.PublishReceived) (bool, error) {
	topic, ok := parseTopic(in.Packet.Topic)
	switch {
	case !t.listens() || !ok: // the server may have stored some that come before Listen
	case topic.status && t.isThere(topic, string(in.Packet.Payload) == online):
		t.receiver.PeerOnline(topic.from)
	case topic.status:
		t.receiver.PeerOffline(topic.from)
	case in.Packet.Retain: // somebody wants to ring at every start of ours
	case topic.from == t.user:
		t.age.Heard(in.Packet.Payload)
	default:
		held := heldBy(in.Packet.Properties)
		if t.age.Bound()+held > maxDelay {
			t.echo() // so that its next copy is known to be young
			break
		}
		t.receiver.Receive(topic.from, in.Packet.Payload, held)
	}
	return true, nil
}

// isThere notes the status of a device, and tells if any of its user's is online.
func (t *transport) isThere(status topic, now bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	others := slices.DeleteFunc(t.there[status.from], func(device string) bool { return device == status.device })
	switch {
	case now && len(others) < mostDevices && slices.Contains(t.watched, status.from):
		t.there[status.from] = append(others, status.device)
		return true
	case len(others) > 0:
		t.there[status.from] = others
		return true
	}
	delete(t.there, status.from)
	return now
}

// listens waits for Listen. It is false after a Close that came first.
func (t *transport) listens() bool {
	select {
	case <-t.listening:
		return true
	case <-t.closing:
		return false
	}
}

// heldBy is how long the server has kept a message at least. It tells what is
// left of maxDelay, in whole seconds.
func heldBy(properties *paho.PublishProperties) time.Duration {
	if properties == nil || properties.MessageExpiry == nil {
		return 0
	}
	left := time.Duration(*properties.MessageExpiry) * time.Second
	return max(0, maxDelay-left-time.Second)
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

func seconds(d time.Duration) *uint32 {
	s := uint32(d / time.Second)
	return &s
}
