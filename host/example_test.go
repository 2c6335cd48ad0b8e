package host_test

import (
	"context"
	"fmt"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/memory"
)

// doorman refuses every call.
type doorman struct {
	host.NopListener
	*host.Host
}

func (d doorman) OnRemoteInvitationReceived(inv *host.RemoteInvitation) {
	inv.SetResponse("nobody is at home")
	if err := d.RefuseRemoteInvitation(inv); err != nil {
		fmt.Println(err) // it ended in this very moment
	}
}

// Two users, and a call that is refused. The caller waits for its end; a callback
// could tell it as well.
func Example() {
	var network memory.Network
	bob, err := host.New("bob", network.Connect("bob"), host.Options{})
	if err != nil {
		panic(err)
	}
	bob.Start(doorman{Host: bob})
	alice, err := host.New("alice", network.Connect("alice"), host.Options{})
	if err != nil {
		panic(err)
	}
	alice.Start(host.NopListener{})

	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	if err := alice.SendLocalInvitation(call); err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	state, err := call.Wait(ctx)
	fmt.Printf("%v, %q, %v\n", state, call.Response(), err)

	fmt.Println(alice.Shutdown(ctx), bob.Shutdown(ctx))
	// Output:
	// REFUSED_BY_REMOTE, "nobody is at home", <nil>
	// <nil> <nil>
}

// The callbacks of one call: there is no moment at which it is too late to set one.
func ExampleLocalInvitation_OnFailure() {
	var network memory.Network
	alice, _ := host.New("alice", network.Connect("alice"), host.Options{})
	alice.Start(host.NopListener{})
	call := alice.CreateLocalInvitation("nobody")
	alice.SendLocalInvitation(call)
	alice.CancelLocalInvitation(call)

	canceled := make(chan bool)
	call.OnCanceled(func() { canceled <- true })
	fmt.Println(<-canceled, call.State())
	// Output:
	// true CANCELED
}

// machineClock is a clock of one's own: here that of the machine.
type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }
func (machineClock) AfterFunc(d time.Duration, f func()) host.Timer {
	return time.AfterFunc(d, f)
}

// A clock has two methods.
func ExampleClock() {
	var network memory.Network
	alice, err := host.New("alice", network.Connect("alice"), host.Options{Clock: machineClock{}})
	fmt.Println(alice.Self(), err)
	// Output:
	// alice <nil>
}
