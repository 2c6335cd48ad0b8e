// Command udp rings a call between two processes over UDP.
//
//	go run ./examples/udp -name bob -listen 127.0.0.1:7001
//	go run ./examples/udp -name alice -listen 127.0.0.1:7002 -peer bob=127.0.0.1:7001 -call bob
//
// Bob accepts whatever rings. Both run until they are interrupted: a caller that
// left at once could not confirm again if its CONFIRM was lost.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// app is a user who accepts every call and tells what happens.
type app struct {
	host.NopListener
	*host.Host
}

func (a app) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	fmt.Printf("%s rings: %q\n", inv.CallerID(), inv.Content())
	inv.SetResponse("hello, here is " + a.Self())
	if err := a.AcceptRemoteInvitation(inv); err != nil {
		fmt.Println(err)
	}
}

func (a app) OnRemoteInvitationAccepted(inv *host.RemoteInvitation) {
	fmt.Printf("call from %s: %v\n", inv.CallerID(), inv.State())
}

func (a app) OnRemoteInvitationFailure(inv *host.RemoteInvitation, code errors.RemoteInvitationError) {
	fmt.Printf("call from %s: %v\n", inv.CallerID(), code)
}

func (a app) OnLocalInvitationReceivedByPeer(inv *host.LocalInvitation) {
	fmt.Printf("it rings at %s\n", inv.CalleeID())
}

func (a app) OnLocalInvitationAccepted(inv *host.LocalInvitation, response string) {
	fmt.Printf("call to %s: %v: %q\n", inv.CalleeID(), inv.State(), response)
}

func (a app) OnLocalInvitationFailure(inv *host.LocalInvitation, code errors.LocalInvitationError) {
	fmt.Printf("call to %s: %v\n", inv.CalleeID(), code)
}

func main() {
	name := flag.String("name", "", "own user `id`")
	listen := flag.String("listen", "127.0.0.1:0", "own `address`")
	callee := flag.String("call", "", "user `id` to call")
	book := addressBook{}
	flag.Func("peer", "where a user is: `id=address` (repeatable)", book.add)
	flag.Parse()

	if err := run(*name, *listen, *callee, book); err != nil {
		log.Fatal(err)
	}
}

func run(name, listen, callee string, book addressBook) error {
	transport, err := newTransport(listen, book)
	if err != nil {
		return err
	}
	defer transport.conn.Close()
	h, err := host.New(name, transport, host.Options{})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := h.Start(app{Host: h}); err != nil {
		return err
	}
	fmt.Printf("%s is at %v\n", name, transport.conn.LocalAddr())
	if callee != "" {
		call := h.CreateLocalInvitation(callee)
		call.SetContent("shall we talk?")
		if err := h.SendLocalInvitation(call); err != nil {
			return err
		}
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
	return nil
}
