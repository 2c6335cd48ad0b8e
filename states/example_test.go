package states_test

import (
	"fmt"

	"github.com/invsim/invsim/states"
)

// A cell of a table says what a trigger does in a state.
func Example() {
	table := states.Remote()
	for _, trigger := range []states.RemoteTrigger{states.RemoteInvite, states.RemoteAccept, states.RemoteExpiry} {
		cell := table.At(states.RemoteInvitationReceived, trigger)
		fmt.Printf("%v: %v to %v: %v\n", trigger, cell.Kind, cell.Next, cell.Effects)
	}
	// Output:
	// INVITE: stay to INVITATION_RECEIVED: RECEIVED
	// accept(): move to ACCEPT_SENT_TO_LOCAL: accept timer, ACCEPT
	// expiry timer: move to FAILURE: CLOSED(failed), Failure(INVITATION_EXPIRE)
}
