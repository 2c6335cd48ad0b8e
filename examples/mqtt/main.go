// Command mqtt is a phone whose calls go over MQTT.
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
		Server: "127.0.0.1:1883",
		Login: func(server, name string, device uint64) (phone.Transport, error) {
			return login(server, name, device, passwordOf(name), time.Now)
		},
		Serve: func(address string) (string, func(), error) { return serve(address, knowsPassword) },
	})
}
