// The server: it makes the sender's name in a topic true.

package main

import (
	"bytes"
	"io"
	"log/slog"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// serve runs a server inside this process. admit says whether somebody is who
// they claim to be; all else follows from the name.
func serve(address string, admit func(user, password string) bool) (at string, stop func(), err error) {
	s := mqtt.New(&mqtt.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := s.AddHook(&rules{admit: admit}, nil); err != nil {
		return "", nil, err
	}
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: address})
	if err := s.AddListener(listener); err != nil {
		return "", nil, err
	}
	if err := s.Serve(); err != nil {
		return "", nil, err
	}
	return listener.Address(), func() { s.Close() }, nil
}

// rules are a hook of the server. What no hook allows is forbidden.
type rules struct {
	mqtt.HookBase
	admit func(user, password string) bool
}

func (r *rules) ID() string { return "rules" }

func (r *rules) Provides(hook byte) bool {
	return bytes.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish}, []byte{hook})
}

// OnConnectAuthenticate lets a device in under its user's name. A client id is a claim
// as well: who comes with another's takes over that one's session. And so is a
// will: the server publishes it without asking OnACLCheck.
func (r *rules) OnConnectAuthenticate(client *mqtt.Client, connect packets.Packet) bool {
	user, password := string(connect.Connect.Username), string(connect.Connect.Password)
	device, own := deviceOf(user, connect.Connect.ClientIdentifier)
	return user != "" && r.admit(user, password) && own &&
		(!connect.Connect.WillFlag || connect.Connect.WillTopic == statusTopic(user, device))
}

// OnACLCheck is asked for every message published, every filter subscribed to and
// every message delivered.
func (r *rules) OnACLCheck(client *mqtt.Client, text string, write bool) bool {
	user := string(client.Properties.Username)
	topic, ok := parseTopic(text)
	switch {
	case !ok:
		return false
	case write:
		return topic.from == user
	default:
		return topic.status || topic.to == user
	}
}

// OnPublish is asked for every message that OnACLCheck lets pass. One to a user is not
// retained, because it would come again at every start, nor kept longer than maxDelay.
func (r *rules) OnPublish(client *mqtt.Client, publish packets.Packet) (packets.Packet, error) {
	if topic, _ := parseTopic(publish.TopicName); !topic.status {
		publish.FixedHeader.Retain = false

		publish.Expiry = min(publish.Expiry, publish.Created+int64(*seconds(maxDelay)))
	}
	return publish, nil
}

// The demonstration's passwords: ask your user directory instead.
func passwordOf(user string) string            { return "the password of " + user }
func knowsPassword(user, password string) bool { return password == passwordOf(user) }
