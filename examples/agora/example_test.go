package main

import (
	"context"
	"fmt"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// One call, as the vendor's guides begin.
func Example() {
	var network memory.Network
	h, listener := hostOf(&network, "alice"), host.NopListener{}

	h.Start(listener)
	call := h.CreateLocalInvitation("bob")
	call.SetContent("video?")
	call.OnAccepted(func(response string) {}) // or listener.OnLocalInvitationAccepted(call, response)
	if err := h.SendLocalInvitation(call); err != nil {
		fmt.Println(errors.Is(err, errors.AlreadySent)) // … an InvitationApiCallError
	}

	fmt.Println(call.State(), h.SendLocalInvitation(call) != nil)
	// Output:
	// SENT_TO_REMOTE true
}

// The times of the vendor's texts.
func Example_vendorTimes() {
	options := engine.Options{Times: engine.VendorTimes(), CountFromSend: true} // the English texts; without CountFromSend the Chinese ones

	var network memory.Network
	_, err := host.New("alice", network.Connect("alice"), host.Options{Engine: options})
	fmt.Println(err)
	// Output:
	// <nil>
}

// A session that is lost and found again, as RECONNECTING and CONNECTED.
func Example_connection() {
	var network memory.Network
	alice := hostOf(&network, "alice")
	alice.Start(host.NopListener{})
	bob, _ := Login("bob", network.Connect("bob"), discard{})

	network.Stop() // every transport calls LoggedOut
	lost := alice.CreateLocalInvitation("bob")
	err := alice.SendLocalInvitation(lost)
	fmt.Println(err, lost.State(), lost.Failure().Name())

	network.Restart() // every transport calls LoggedIn
	call := alice.CreateLocalInvitation("bob")
	alice.SendLocalInvitation(call)
	state, err := call.Wait(context.Background())
	fmt.Println(err, state, <-bob.talk)
	// Output:
	// <nil> FAILURE LOCAL_INVITATION_ERR_NOT_LOGGEDIN
	// <nil> ACCEPTED_BY_REMOTE alice
}

// A second Start is refused: there is one listener.
func Example_secondListener() {
	var network memory.Network
	alice := hostOf(&network, "alice")
	fmt.Println(alice.Start(host.NopListener{}))
	fmt.Println(alice.Start(host.NopListener{}))
	// Output:
	// <nil>
	// start host of alice: it was started before
}

func hostOf(network *memory.Network, user string) *host.Host {
	h, err := host.New(user, network.Connect(user), host.Options{})
	if err != nil {
		panic(err)
	}
	return h
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
