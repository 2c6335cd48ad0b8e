// The triggers of both machines: the inputs of an invitation. Every condition is a
// trigger of its own.

package states

// LocalTrigger is something that happens to a LocalInvitation.
type LocalTrigger uint8

// The caller's triggers: API calls, messages, timers, presence.
const (
	LocalSend              LocalTrigger = iota // send(), everything in order
	LocalSendInvalid                           // send() with an invalid argument
	LocalSendLoggedOut                         // send() while logged out
	LocalSendPeerOffline                       // send() with fail-at-once and the callee known offline
	LocalSendAtLimit                           // send() with the own bound reached
	LocalCancel                                // cancel()
	LocalReceived                              // RECEIVED
	LocalAccept                                // ACCEPT
	LocalRefuse                                // REFUSE
	LocalClosedFailed                          // CLOSED(failed)
	LocalClosedRejected                        // CLOSED(stale), CLOSED(invalid)
	LocalClosedOverloaded                      // CLOSED(overloaded)
	LocalClosedOther                           // any other CLOSED
	LocalAckCancel                             // ACK(CANCEL)
	LocalAckOther                              // any other ACK
	LocalNoResponse                            // no-response timer, callee not known offline
	LocalNoResponseOffline                     // no-response timer, callee last known offline
	LocalExpiry                                // expiry timer
	LocalRetransmit                            // a retransmission is due
	LocalPeerOnline                            // callee reported online, or logged in again
	LocalPeerOffline                           // callee reported offline
	LocalPeerOfflineAtOnce                     // the same, with fail-at-once
)

// RemoteTrigger is something that happens to a RemoteInvitation.
type RemoteTrigger uint8

// The callee's triggers: messages, API calls, timers, presence.
const (
	RemoteInvite               RemoteTrigger = iota // INVITE, valid; for a known id: the same payload, a REFUSED one still lingering
	RemoteInviteStale                               // INVITE of an unknown id whose time is over
	RemoteInviteInvalid                             // INVITE of an unknown id with impossible times
	RemoteInviteAtLimit                             // INVITE of an unknown id with a bound reached
	RemoteInviteConflict                            // INVITE of a ringing id with another payload
	RemoteInviteAfterLinger                         // INVITE of a REFUSED id that no longer lingers
	RemoteCancel                                    // CANCEL with reason user, no response or rejected
	RemoteCancelExpired                             // CANCEL with reason expired
	RemoteCancelAtLimit                             // CANCEL of an unknown id with a bound reached
	RemoteAccept                                    // accept()
	RemoteAcceptInvalid                             // accept() with an invalid response
	RemoteRefuse                                    // refuse()
	RemoteRefuseInvalid                             // refuse() with an invalid response
	RemoteConfirm                                   // CONFIRM
	RemoteClosedCanceled                            // CLOSED(canceled), CLOSED(no response)
	RemoteClosedExpired                             // CLOSED(expired)
	RemoteClosedUnknown                             // CLOSED(unknown)
	RemoteClosedRefused                             // CLOSED(refused)
	RemoteClosedOther                               // any other CLOSED
	RemoteAckRefuse                                 // ACK(REFUSE)
	RemoteAckOther                                  // any other ACK
	RemoteExpiry                                    // expiry timer
	RemoteAcceptTimeout                             // accept timer, caller not known offline
	RemoteAcceptTimeoutOffline                      // accept timer, caller last known offline
	RemoteRetransmit                                // a retransmission is due
	RemotePeerOnline                                // caller reported online, or logged in again
	RemotePeerOffline                               // caller reported offline
)

var localTriggerNames = [...]string{
	"send()", "send(), invalid argument", "send(), logged out", "send(), fail-at-once and callee known offline",
	"send(), own bound reached", "cancel()",
	"RECEIVED", "ACCEPT", "REFUSE",
	"CLOSED(failed)", "CLOSED(stale, invalid)", "CLOSED(overloaded)", "other CLOSED", "ACK(CANCEL)", "other ACK",
	"no-response timer", "no-response timer, callee last known offline", "expiry timer", "retransmission due",
	"callee online", "callee offline", "callee offline, fail-at-once",
}

var remoteTriggerNames = [...]string{
	"INVITE", "INVITE, stale", "INVITE, invalid", "INVITE, at a bound", "INVITE, other payload", "INVITE, linger over",
	"CANCEL", "CANCEL(expired)", "CANCEL, at a bound",
	"accept()", "accept(), invalid response", "refuse()", "refuse(), invalid response",
	"CONFIRM",
	"CLOSED(canceled, no response)", "CLOSED(expired)", "CLOSED(unknown)", "CLOSED(refused)", "other CLOSED",
	"ACK(REFUSE)", "other ACK",
	"expiry timer", "accept timer", "accept timer, caller last known offline", "retransmission due",
	"caller online", "caller offline",
}

// How many triggers each machine has.
const (
	NumLocalTriggers  = len(localTriggerNames)
	NumRemoteTriggers = len(remoteTriggerNames)
)

func (t LocalTrigger) String() string  { return name(localTriggerNames[:], uint8(t)) }
func (t RemoteTrigger) String() string { return name(remoteTriggerNames[:], uint8(t)) }

// GoString makes %#v, which rapid prints draws with, readable.
func (t LocalTrigger) GoString() string { return t.String() }

// GoString makes %#v, which rapid prints draws with, readable.
func (t RemoteTrigger) GoString() string { return t.String() }
