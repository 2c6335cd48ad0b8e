// The server: it makes the sender's name in a subject true.

package main

import (
	"errors"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// serve runs a server inside this process. admit says whether somebody is who
// they claim to be; all else follows from the name.
func serve(address string, admit func(user, password string) bool) (*server.Server, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		Host: host, Port: port,
		NoLog: true, NoSigs: true,
		CustomClientAuthentication: rules{admit},
	})
	if err != nil {
		return nil, err
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("no server at " + address)
	}
	return s, nil
}

type rules struct {
	admit func(user, password string) bool
}

// Check is called for every new connection.
func (r rules) Check(client server.ClientAuthentication) bool {
	user, password := client.GetOpts().Username, client.GetOpts().Password
	if user == "" || !r.admit(user, password) {
		return false
	}
	client.RegisterUser(&server.User{Username: user, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{outbox(user)}},
		Subscribe: &server.SubjectPermission{Allow: []string{inbox(user)}},
	}})
	return true
}

// The demonstration's passwords: ask your user directory instead.
func passwordOf(user string) string            { return "the password of " + user }
func knowsPassword(user, password string) bool { return password == passwordOf(user) }
