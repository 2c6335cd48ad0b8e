// The server: NATS with JetStream, in this process.

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// largest is how large a result may be.
const largest = 8 << 20

func listen(address, store string) (*server.Server, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("-listen: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("-listen %s: %w", address, err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		Host: host, Port: port, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: store, MaxPayload: largest,
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

func serve(ctx context.Context, s *settings, _ []string) error {
	server, err := listen(s.listen, s.store)
	if err != nil {
		return err
	}
	say("serving at %s", server.ClientURL())
	<-ctx.Done()
	server.Shutdown()
	server.WaitForShutdown()
	return nil
}
