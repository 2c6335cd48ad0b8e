// Package engine is the protocol core: one user's endpoint for call invitations,
// as a pure state machine. It does no I/O, starts no goroutine, takes no lock and
// reads no clock but the one it is given. The rules are those of
// docs/protocol.md; the two machines are declared in package states. It imports
// states, errors and internal packages without dependencies.
//
// # How to drive an engine
//
//  1. Make one with New, for one user. Draw Options.Epoch from a random source
//     at every start.
//  2. Give it inputs, one at a time: the app's calls on its invitations (Send,
//     Cancel, Accept, Refuse), Receive for every message the transport delivers,
//     PeerOnline and PeerOffline where the transport knows, LogIn and LogOut, and
//     Advance when time has passed.
//  3. After every input call Poll until it returns false (or Next, which lends what
//     Poll copies). Hand each Send to the transport; tell the app each event.
//     Outputs stand in their order: what one input causes is its messages first,
//     then its events.
//  4. Then ask NextDeadline, and call Advance at that time. The deadline is exact:
//     advancing to it always makes progress. Calling Advance earlier, later or
//     more often is allowed; a late timer takes effect when it fires, with no
//     burst of what was missed.
//  5. The transport may lose, delay, duplicate and reorder messages. It must name
//     the true sender, and should drop what is older than Times.MaxDelay: the
//     properties S3, S4, S6 and S7 are promised under that assumption.
//
// To survive a crash, make a Snapshot durable after every input and before the
// outputs are polled, and Restore it at the next start: docs/crash-safety.md.
//
// An input first expires every timer that was due before it; a timer that is due
// at the very time of an input comes after it. The one exception is a CONFIRM,
// which still counts when the accept timer of its own invitation is overdue,
// unless the engine is logged out.
//
// A peer can send what it likes, in any order: nothing panics, memory is bounded
// by Options.MaxPerPeer and MaxTotal, and Receive returns a Verdict that a host
// may log.
package engine
