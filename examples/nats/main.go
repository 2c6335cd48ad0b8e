// Command nats is a phone whose calls go over NATS.
//
//	go run . -serve -name bob
//	go run . -name alice -call bob
//	go run . -name bob -device 2     a second phone of bob's; start the first with -device 1
//
// Keys, each followed by Enter: a accepts, r refuses, c cancels, q quits.
package main

import (
	"time"

	"github.com/invsim/invsim/host/hosttest/phone"
)

func main() {
	phone.Main(phone.Kind{
		Server: "127.0.0.1:4222",
		Login: func(server, name string, _ uint64) (phone.Transport, error) {
			return login(server, name, passwordOf(name), time.Now)
		},
		Serve: func(address string) (string, func(), error) {
			s, err := serve(address, knowsPassword)
			if err != nil {
				return "", nil, err
			}
			return s.Addr().String(), s.Shutdown, nil
		},
	})
}
