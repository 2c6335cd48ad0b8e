// Command agora is the small app of docs/agora.md after its move from Agora RTM 1.x:
// it logs in, places a call, accepts what rings, and logs out. Two users run in one
// process, over a network in memory.
//
//	go run ./examples/agora
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// CallApp is a user who accepts every call.
type CallApp struct {
	host.NopListener
	*host.Host
	out  io.Writer
	talk chan string // the peer, once a call is on
}

// Login starts the endpoint of a user. The transport is the session with your server;
// it has checked the user's token.
func Login(self string, session host.Transport, out io.Writer) (*CallApp, error) {
	app := &CallApp{out: out, talk: make(chan string, 1)}
	var err error
	if app.Host, err = host.New(self, session, host.Options{}); err != nil {
		return nil, err
	}
	return app, app.Start(app)
}

// Call rings somebody.
func (a *CallApp) Call(peer string) error {
	call := a.CreateLocalInvitation(peer)
	call.SetContent("video?")
	return a.SendLocalInvitation(call)
}

// Logout leaves nobody ringing whom it can reach.
func (a *CallApp) Logout(ctx context.Context) error { return a.ShutdownAndEnd(ctx, "") }

func (a *CallApp) OnRemoteInvitationReceived(call *host.RemoteInvitation) {
	fmt.Fprintf(a.out, "%s: %s calls: %s\n", a.Self(), call.CallerID(), call.Content())
	call.SetResponse("yes!")
	if err := a.AcceptRemoteInvitation(call); err != nil {
		fmt.Fprintf(a.out, "%s: %v\n", a.Self(), err)
	}
}

func (a *CallApp) OnRemoteInvitationAccepted(call *host.RemoteInvitation) {
	fmt.Fprintf(a.out, "%s: in a call with %s\n", a.Self(), call.CallerID())
	a.talk <- call.CallerID()
}

func (a *CallApp) OnRemoteInvitationFailure(call *host.RemoteInvitation, code errors.RemoteInvitationError) {
	fmt.Fprintf(a.out, "%s: no call with %s: %s\n", a.Self(), call.CallerID(), code.Name())
}

func (a *CallApp) OnLocalInvitationReceivedByPeer(call *host.LocalInvitation) {
	fmt.Fprintf(a.out, "%s: it rings at %s\n", a.Self(), call.CalleeID())
}

func (a *CallApp) OnLocalInvitationAccepted(call *host.LocalInvitation, response string) {
	fmt.Fprintf(a.out, "%s: %s says %s\n", a.Self(), call.CalleeID(), response)
	a.talk <- call.CalleeID()
}

func (a *CallApp) OnLocalInvitationFailure(call *host.LocalInvitation, code errors.LocalInvitationError) {
	fmt.Fprintf(a.out, "%s: no call with %s: %s\n", a.Self(), call.CalleeID(), code.Name())
}

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	var network memory.Network // your server
	bob, err := Login("bob", network.Connect("bob"), out)
	if err != nil {
		return err
	}
	alice, err := Login("alice", network.Connect("alice"), out)
	if err != nil {
		return err
	}
	if err := alice.Call("bob"); err != nil {
		return err
	}
	<-alice.talk
	<-bob.talk
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(alice.Logout(ctx), bob.Logout(ctx))
}
