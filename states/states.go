// Package states declares the two state machines of a call invitation: the caller's
// LocalInvitation and the callee's RemoteInvitation. It is pure, and imports stateless
// and nothing of this module.
//
// Read local.go and remote.go first: each declares one machine with stateless, and
// reads as the tables of docs/protocol.md. At the first use each machine is compiled to
// a dense table (compile.go), which the engine walks. The live machine is the oracle of
// the tests and the source of the diagrams.
//
// The machines have no guards. Every condition is a trigger of its own, which the engine
// chooses in one place, and an action only sets effect bits.
package states

// LocalState is the state of a LocalInvitation, with the vendor's numbers.
type LocalState uint8

// The caller's states. The last four are terminal.
const (
	LocalIdle             LocalState = iota // created, not sent; also what an unknown id is in
	LocalSentToRemote                       // sent, no answer yet
	LocalReceivedByRemote                   // the callee has it
	LocalAcceptedByRemote
	LocalRefusedByRemote
	LocalCanceled
	LocalFailure
)

// RemoteState is the state of a RemoteInvitation, with the vendor's numbers.
// Mind the order: 3 is REFUSED and 4 is ACCEPTED, the other way round than the
// caller's.
type RemoteState uint8

// The callee's states. The last four are terminal.
const (
	RemoteIdle               RemoteState = iota // what an unknown id is in; no object is ever in it
	RemoteInvitationReceived                    // ringing
	RemoteAcceptSentToLocal                     // accepted here, not yet confirmed by the caller
	RemoteRefused
	RemoteAccepted
	RemoteCanceled
	RemoteFailure
)

// FirstTerminal is the lowest terminal state of either machine: 3 to 6 are final.
const FirstTerminal = 3

// Terminal reports whether the life cycle is over.
func (s LocalState) Terminal() bool { return s >= FirstTerminal }

// Terminal reports whether the life cycle is over.
func (s RemoteState) Terminal() bool { return s >= FirstTerminal }

var localNames = [...]string{
	"IDLE", "SENT_TO_REMOTE", "RECEIVED_BY_REMOTE", "ACCEPTED_BY_REMOTE", "REFUSED_BY_REMOTE", "CANCELED", "FAILURE",
}

var remoteNames = [...]string{
	"IDLE", "INVITATION_RECEIVED", "ACCEPT_SENT_TO_LOCAL", "REFUSED", "ACCEPTED", "CANCELED", "FAILURE",
}

// How many states each machine has.
const (
	NumLocalStates  = len(localNames)
	NumRemoteStates = len(remoteNames)
)

// String is the vendor's name without its prefix, such as SENT_TO_REMOTE.
func (s LocalState) String() string { return name(localNames[:], uint8(s)) }

// String is the vendor's name without its prefix, such as INVITATION_RECEIVED.
func (s RemoteState) String() string { return name(remoteNames[:], uint8(s)) }

// GoString makes %#v, which rapid prints draws with, readable.
func (s LocalState) GoString() string { return s.String() }

// GoString makes %#v, which rapid prints draws with, readable.
func (s RemoteState) GoString() string { return s.String() }

func name(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "?"
}
