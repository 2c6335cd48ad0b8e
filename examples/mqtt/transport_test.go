package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/wire"
)

// heard is a receiver that passes on what it is told.
type heard struct {
	host.Receiver // nil
	messages      chan time.Duration
	texts         chan string
	offline       chan string
}

func (h heard) Receive(from string, data []byte, held time.Duration) {
	if h.texts != nil {
		h.texts <- string(data)
	} else {
		h.messages <- held
	}
}
func (h heard) PeerOffline(peer string) { h.offline <- peer }
func (h heard) PeerOnline(string)       {}
func (h heard) LoggedOut()              {}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(time.Minute):
		t.Fatal("nothing arrives")
		panic("not reached")
	}
}

// TestStored: the server keeps messages for a user who is away for a while, and
// tells how long it did.
func TestStored(t *testing.T) {
	w := newWorld(t)
	bob := w.connect(t, "bob")
	bob.Listen(heard{messages: make(chan time.Duration, 10)})
	bob.Close()

	alice, err := w.dial(t, paho.Connect{ClientID: "alice", Username: "alice", Password: []byte(passwordOf("alice"))})
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Disconnect(&paho.Disconnect{})
	// A copy with 70 of 100 s left is one that was kept for 30 s.
	for _, left := range []time.Duration{maxDelay, maxDelay - 30*time.Second} {
		if _, err := alice.Publish(context.Background(), &paho.Publish{ // and wait for the server's answer
			Topic: messageTopic("bob", "alice"), Payload: []byte("?"), QoS: atLeastOnce,
			Properties: &paho.PublishProperties{MessageExpiry: seconds(left)},
		}); err != nil {
			t.Fatal(err)
		}
	}

	bob = w.connect(t, "bob")
	defer bob.Close()
	messages := make(chan time.Duration, 10)
	bob.Listen(heard{messages: messages})
	first, second := next(t, messages), next(t, messages) // in either order
	for held, want := range map[time.Duration]time.Duration{min(first, second): 0, max(first, second): 29 * time.Second} {
		if held < want || held > want+20*time.Second { // the machine may be slow
			t.Errorf("held for %v, want %v", held, want)
		}
	}
}

// TestExpiry: what is sent is kept for maxDelay and no longer.
func TestExpiry(t *testing.T) {
	w := newWorld(t)
	bob, received, err := w.subscriber(t, "bob")
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Disconnect(&paho.Disconnect{})
	alice := w.connect(t, "alice")
	defer alice.Close()
	if err := alice.Send("bob", []byte("?")); err != nil {
		t.Fatal(err)
	}
	select {
	case p := <-received:
		left := p.Properties.MessageExpiry
		if left == nil || *left > *seconds(maxDelay) || *left < *seconds(maxDelay)-20 || p.QoS != atLeastOnce {
			t.Errorf("QoS %d, properties %v", p.QoS, p.Properties)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing arrives")
	}
}

// subscriber is a user without a transport.
func (w *world) subscriber(t *testing.T, user string) (*paho.Client, <-chan *paho.Publish, error) {
	client, err := w.dial(t, paho.Connect{ClientID: user, Username: user, Password: []byte(passwordOf(user))})
	if err != nil {
		return nil, nil, err
	}
	received := make(chan *paho.Publish, 10)
	client.AddOnPublishReceived(func(p paho.PublishReceived) (bool, error) {
		received <- p.Packet
		return true, nil
	})
	_, err = client.Subscribe(context.Background(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: inbox(user), QoS: atLeastOnce}}})
	return client, received, err
}

// TestTopics: what topic names are no user's.
func TestTopics(t *testing.T) {
	for _, text := range []string{
		"", "invsim", "invsim/message", "invsim/message/bob", "invsim/message//alice", "invsim/message/bob/",
		"invsim/message/bob/%61lice", // alice, had she spelled it so
		"invsim/message/bob/%", "invsim/message/+/alice", "invsim/message/bob/#", "invsim/message/bob/alice/more",
		"invsim/status/+", "invsim/status/", "invsim/status/bob/", "invsim/status/bob/#", "invsim/status/bob/0", "invsim/status/bob/01", "invsim/status/#", "other/message/bob/alice", "$share/g/invsim/message/bob/+",
	} {
		if topic, ok := parseTopic(text); ok {
			t.Errorf("%s: %+v", text, topic)
		}
	}
	for _, user := range []string{"alice", "a/b", "+", "#", "a%2Fb", "日本", "\x00\xff"} {
		if topic, ok := parseTopic(messageTopic(user, user)); !ok || topic.to != user || topic.from != user || topic.status {
			t.Errorf("%q: %+v, %v", user, topic, ok)
		}
		for _, status := range []string{statusTopic(user, 0), statusTopic(user, 1<<64-1), statuses(user)[1]} {
			if topic, ok := parseTopic(status); !ok || topic.from != user || !topic.status {
				t.Errorf("%q: %+v, %v", user, topic, ok)
			}
		}
	}
}

// TestStatuses: a peer is there while one of its devices is, and there may be any number.
func TestStatuses(t *testing.T) {
	tr := &transport{watched: []string{"bob"}, there: map[string][]string{}}
	for i, c := range []struct {
		device    string
		now, want bool
	}{{"1", false, false}, {"1", true, true}, {"2", true, true}, {"1", false, true}, {"1", false, true}, {"2", false, false}, {"", true, true}, {"", false, false}} {
		if got := tr.isThere(topic{status: true, from: "bob", device: c.device}, c.now); got != c.want {
			t.Errorf("%d: %v", i, got)
		}
	}
	for n := range 1000 {
		tr.isThere(topic{status: true, from: "bob", device: fmt.Sprint(n)}, true)
	}
	if n := len(tr.there["bob"]); n != mostDevices {
		t.Error(n)
	}
}

// TestRetained: a message that is to be retained is delivered once, and not again to
// whoever starts later.
func TestRetained(t *testing.T) {
	w := newWorld(t)
	eve, err := w.dial(t, paho.Connect{ClientID: "eve", Username: "eve", Password: []byte(passwordOf("eve"))})
	if err != nil {
		t.Fatal(err)
	}
	defer eve.Disconnect(&paho.Disconnect{})
	send := func(text string) {
		if _, err := eve.Publish(context.Background(), &paho.Publish{
			Topic: messageTopic("bob", "eve"), Payload: []byte(text), QoS: atLeastOnce, Retain: true,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"first", "second", "third"} {
		bob, received, err := w.subscriber(t, "bob")
		if err != nil {
			t.Fatal(err)
		}
		send(text)
		if got := next(t, received); string(got.Payload) != text {
			t.Errorf("bob gets %s, want %s", got.Payload, text)
		}
		bob.Disconnect(&paho.Disconnect{})
	}
}

// TestRetainedElsewhere: a server that has no rules hands it out, and the transport
// drops it.
func TestRetainedElsewhere(t *testing.T) {
	w := newWorld(t)
	bob := w.connect(t, "bob").(*sleeper)
	defer bob.Close()
	texts := make(chan string, 10)
	bob.Listen(heard{texts: texts})
	for _, retained := range []bool{true, false} {
		text := map[bool]string{true: "retained", false: "live"}[retained]
		bob.arrived(paho.PublishReceived{Packet: &paho.Publish{Topic: messageTopic("bob", "eve"), Payload: []byte(text), Retain: retained}})
	}
	if got := next(t, texts); got != "live" {
		t.Error(got)
	}
}

// TestWatched: the status of a peer is asked for when we call, of 64 peers at most,
// and never because somebody has called us.
func TestWatched(t *testing.T) {
	w := newWorld(t)
	bob := w.connect(t, "bob").(*sleeper)
	defer bob.Close()
	offline := make(chan string, 1000)
	bob.Listen(heard{offline: offline})
	send := func(to string, m engine.Message) {
		m.ID = engine.ID{Epoch: 1, Counter: 1}
		data, err := wire.EncodeJSON(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := bob.Send(to, data); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 1000 {
		send(fmt.Sprint("stranger", n), engine.Message{Kind: engine.Closed, For: engine.Invite, Word: engine.WordOverloaded})
	}
	if n := len(bob.peers()); n != 0 {
		t.Errorf("%d strangers are watched", n)
	}
	for n := range 100 {
		send(fmt.Sprint("friend", n), engine.Message{Kind: engine.Invite, Wait: time.Second, Expiry: time.Second})
	}
	send("friend40", engine.Message{Kind: engine.Invite, Wait: time.Second, Expiry: time.Second})
	if peers := bob.peers(); len(peers) != mostWatched || peers[0] != "friend36" || peers[mostWatched-1] != "friend40" {
		t.Errorf("%d are watched, %v", len(peers), peers)
	}
	for giveUp := time.Now().Add(time.Minute); ; { // soon nobody tells of friend 0 any more
		w.connect(t, "friend0").Close()
		w.connect(t, "friend99").Close()
		heard := map[string]bool{}
		for !heard["friend99"] {
			heard[next(t, offline)] = true
		}
		if !heard["friend0"] {
			break
		}
		if time.Now().After(giveUp) {
			t.Fatal("friend 0 is still watched")
		}
	}
}

func (t *transport) peers() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.watched)
}
