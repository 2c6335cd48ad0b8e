package onhost_test

import (
	"context"
	"fmt"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
	"github.com/invsim/invsim/policy"
	"github.com/invsim/invsim/policy/onhost"
)

// eager accepts whatever rings.
type eager struct {
	onhost.NopApp
	*onhost.Phone
}

func (e eager) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	fmt.Println("rings:", inv.CallerID())
	e.AcceptRemoteInvitation(inv)
}

// Bob has one call at a time.
func Example() {
	var network memory.Network

	h, _ := host.New("bob", network.Connect("bob"), host.Options{})
	bob := onhost.New(h, 0, policy.Redial(), policy.Glare(), policy.Busy("busy"))
	bob.Start(eager{Phone: bob})

	call := func(caller string) {
		h, _ := host.New(caller, network.Connect(caller), host.Options{})
		h.Start(host.NopListener{})
		inv := h.CreateLocalInvitation("bob")
		h.SendLocalInvitation(inv)
		state, _ := inv.Wait(context.Background())
		fmt.Printf("%s: %v, %q\n", caller, state, inv.Response())
	}
	call("alice")
	call("carol")
	// Output:
	// rings: alice
	// alice: ACCEPTED_BY_REMOTE, ""
	// carol: REFUSED_BY_REMOTE, "busy"
}

// A group rings together, and the first who answers gets the call.
func Example_group() {
	var network memory.Network
	h, _ := host.New("bob", network.Connect("bob"), host.Options{})
	bob := onhost.New(h, 0)
	bob.Start(eager{Phone: bob})
	alice, _ := host.New("alice", network.Connect("alice"), host.Options{})
	alice.Start(host.NopListener{})

	told := make(chan string)
	group := onhost.Ring(alice, []string{"carol", "bob", "dave"}, nil, func(e policy.GroupEvent, inv *host.LocalInvitation) {
		told <- fmt.Sprint(e, " ", inv.CalleeID())
	})
	fmt.Println(<-told)
	fmt.Println(<-told)
	for _, inv := range group {
		inv.Wait(context.Background())
		fmt.Println(inv.CalleeID(), inv.State(), inv.Reason())
	}
	// Unordered output:
	// rings: alice
	// rings bob
	// answered bob
	// carol CANCELED answered by another
	// bob ACCEPTED_BY_REMOTE ?
	// dave CANCELED answered by another
}
