package sim_test

import (
	"context"
	"fmt"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/tape"
)

// A thousand calls over a network that loses every tenth message. The number of
// workers does not change the answer.
func ExampleRun() {
	options := setup.Default()
	options.Calls, options.World, options.Loss = 1000, 250, 0.1
	r, err := sim.Run(context.Background(), options, 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held:", r.Held())
	fmt.Println("worlds:", r.Worlds)
	fmt.Println("accepted on both sides:", r.Pairs[property.CallerAccepted][property.CalleeAccepted])
	// Output:
	// held: true
	// worlds: 4
	// accepted on both sides: 592
}

// One call in a world without faults, its ends, and its story.
func ExamplePlay() {
	options := setup.PlainOptions()
	options.Calls, options.World = 1, 1
	outcome, err := sim.Play(context.Background(), options, 0, tape.World(1, 0), true)
	if err != nil {
		fmt.Println(err)
		return
	}
	story := outcome.Timeline(0)
	fmt.Println("ends:", story.CallerEnd, story.CalleeEnd)
	for i := range story.Entries {
		fmt.Println(story.Entries[i].At, story.Entries[i].Line())
	}
	// Output:
	// ends: ACCEPTED ACCEPTED
	// 505.151453ms user1  calls send()  is now SENT_TO_REMOTE
	// 505.151453ms user1 → user0  INVITE: takes 154.8ms
	// 659.907269ms user0 ← user1  INVITE: moved
	// 659.907269ms user0 → user1  RECEIVED: takes 208.6ms
	// 659.907269ms user0  RemoteInvitationReceived  is now INVITATION_RECEIVED
	// 868.51269ms user1 ← user0  RECEIVED: moved
	// 868.51269ms user1  LocalInvitationReceivedByPeer  is now RECEIVED_BY_REMOTE
	// 8.849967746s user0  calls accept()  is now ACCEPT_SENT_TO_LOCAL
	// 8.849967746s user0 → user1  ACCEPT: takes 180.3ms
	// 9.030307773s user1 ← user0  ACCEPT: moved
	// 9.030307773s user1 → user0  CONFIRM: takes 92.7ms
	// 9.030307773s user1  LocalInvitationAccepted  is now ACCEPTED_BY_REMOTE
	// 9.099967746s user0 → user1  ACCEPT #2: takes 144.5ms
	// 9.123025952s user0 ← user1  CONFIRM: moved
	// 9.123025952s user0  RemoteInvitationAccepted  is now ACCEPTED
	// 9.244480704s user1 ← user0  ACCEPT #2: late
	// 9.244480704s user1 → user0  CONFIRM #2: takes 55.4ms
	// 9.299882791s user0 ← user1  CONFIRM #2: late
}

// A call of a run, told by its number.
func ExampleTrace() {
	options := setup.Default()
	options.Calls, options.Loss = 1000, 0.3
	story, err := sim.Trace(context.Background(), options, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(story.Caller, "→", story.Callee)
	fmt.Println("entries:", len(story.Entries))
	// Output:
	// user15 → user6
	// entries: 28
}
