package main

import (
	"context"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/invsim/invsim/host"
)

// heard is a receiver that passes on what it is told.
type heard struct {
	host.Receiver // nil
	messages      chan time.Duration
}

func (h heard) Receive(from string, data []byte, held time.Duration) { h.messages <- held }
func (h heard) LoggedOut()                                           {}

func next(t *testing.T, messages <-chan time.Duration) time.Duration {
	t.Helper()
	select {
	case held := <-messages:
		return held
	case <-time.After(time.Minute):
		t.Fatal("nothing arrives")
		return 0
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
		"invsim/status/+", "invsim/status/", "other/message/bob/alice", "$share/g/invsim/message/bob/+",
	} {
		if topic, ok := parseTopic(text); ok {
			t.Errorf("%s: %+v", text, topic)
		}
	}
	for _, user := range []string{"alice", "a/b", "+", "#", "a%2Fb", "日本", "\x00\xff"} {
		if topic, ok := parseTopic(messageTopic(user, user)); !ok || topic.to != user || topic.from != user || topic.status {
			t.Errorf("%q: %+v, %v", user, topic, ok)
		}
		if topic, ok := parseTopic(statusTopic(user)); !ok || topic.from != user || !topic.status {
			t.Errorf("%q: %+v, %v", user, topic, ok)
		}
	}
}
