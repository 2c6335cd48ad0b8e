package memory_test

import (
	"context"
	"fmt"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// friendly accepts every call.
type friendly struct {
	host.NopListener
	*host.Host
}

func (f friendly) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	fmt.Println(inv.CallerID(), "calls:", inv.Content())
	f.AcceptRemoteInvitation(inv)
}

// A first program: two users in one process, and a call between them.
func Example() {
	var network memory.Network
	bob, _ := host.New("bob", network.Connect("bob"), host.Options{})
	bob.Start(friendly{Host: bob})
	alice, _ := host.New("alice", network.Connect("alice"), host.Options{})
	alice.Start(host.NopListener{})

	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	err := alice.SendLocalInvitation(call)
	state, _ := call.Wait(context.Background())
	fmt.Println(state, err)
	// Output:
	// alice calls: video?
	// ACCEPTED_BY_REMOTE <nil>
}
