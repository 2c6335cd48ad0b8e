// The triggers of both machines: the inputs of an invitation. Every condition is a
// trigger of its own.

package states

// LocalTrigger is something that happens to a LocalInvitation.
type LocalTrigger uint8

// The caller's triggers: API calls, messages, timers, presence.
const (
	LocalSend              LocalTrigger = iota // send(), everything in order
	LocalSendInvalid                           // send() with an invalid argument
	LocalSendDecided                           // send() in a group of which one is accepted
	LocalSendLoggedOut                         // send() while logged out
	LocalSendPeerOffline                       // send() with fail-at-once and the callee known offline
	LocalSendAtLimit                           // send() with the own bound reached
	LocalCancel                                // cancel()
	LocalCancelInvalid                         // cancel() with an invalid note
	LocalGroupDecided                          // another invitation of the group is accepted
	LocalReceived                              // RECEIVED
	LocalAccept                                // ACCEPT; of an ended one: by the winner
	LocalAcceptOther                           // ACCEPT by a device that is not the winner
	LocalAcceptLoggedOut                       // ACCEPT while logged out: nobody could confirm it
	LocalRefuse                                // REFUSE; of an ended one: by the winner
	LocalRefuseOther                           // REFUSE by a device that is not the winner
	LocalClosedRefused                         // CLOSED(refused)
	LocalClosedFailed                          // CLOSED(failed) by the only device
	LocalClosedStale                           // CLOSED(stale) by the only device
	LocalClosedInvalid                         // CLOSED(invalid) by the only device
	LocalClosedOverloaded                      // CLOSED(overloaded) by the only device
	LocalClosedOther                           // any of these four by one of several devices
	LocalAckCancel                             // ACK(CANCEL)
	LocalAckOther                              // any other ACK
	LocalOfSibling                             // any message under an unknown id, where another device may be the caller
	LocalNoResponse                            // no-response timer, callee not known offline
	LocalNoResponseOffline                     // no-response timer, callee last known offline
	LocalExpiry                                // expiry timer
	LocalRetransmit                            // a copy is due
	LocalResync                                // callee online, login, restore
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
	RemoteInviteAfterCancel                         // the first INVITE of an id whose CANCEL came before it
	RemoteCancel                                    // CANCEL with any other reason than expired
	RemoteCancelExpired                             // CANCEL with reason expired
	RemoteCancelAtLimit                             // CANCEL of an unknown id with a bound reached
	RemoteAccept                                    // accept()
	RemoteAcceptLoggedOut                           // accept() while logged out
	RemoteAcceptInvalid                             // accept() with an invalid response
	RemoteRefuse                                    // refuse()
	RemoteRefuseInvalid                             // refuse() with an invalid response
	RemoteConfirm                                   // CONFIRM of the own accept
	RemoteConfirmOther                              // CONFIRM of another device's accept
	RemoteAckRefuse                                 // ACK(REFUSE) of the own refusal
	RemoteAckRefusedOther                           // ACK(REFUSE, refused) of another device's refusal
	RemoteAckRefuseOther                            // ACK(REFUSE) of another device's, which was not the outcome
	RemoteElsewhereAtLimit                          // CONFIRM or ACK(REFUSE, refused) of another device, unknown id, a bound reached
	RemoteElsewhereMissed                           // the same of an id that the app was told it has missed
	RemoteAckOther                                  // any other ACK
	RemoteClosedCanceled                            // CLOSED(canceled), CLOSED(no response)
	RemoteClosedExpired                             // CLOSED(expired)
	RemoteClosedUnknown                             // CLOSED(unknown)
	RemoteClosedRefused                             // CLOSED(refused) of the own refusal
	RemoteClosedRefusedOther                        // CLOSED(refused) of another device's refusal
	RemoteExpiry                                    // expiry timer
	RemoteAcceptTimeout                             // accept timer, caller not known offline
	RemoteAcceptTimeoutOffline                      // accept timer, caller last known offline
	RemoteRetransmit                                // a copy is due: a retransmission or a refresh
	RemoteResync                                    // caller online, login, restore
	RemoteLogIn                                     // login before the ring's own deadline, after accept()
	RemoteLogOut                                    // logout
	RemotePeerOffline                               // caller reported offline
)

var localTriggerNames = [...]string{
	"send()", "send(), invalid argument", "send(), group decided", "send(), logged out",
	"send(), fail-at-once and callee known offline", "send(), own bound reached",
	"cancel()", "cancel(), invalid note", "another of the group accepted",
	"RECEIVED", "ACCEPT", "ACCEPT, not by the winner", "ACCEPT, logged out", "REFUSE", "REFUSE, not by the winner",
	"CLOSED(refused)", "CLOSED(failed), device 0", "CLOSED(stale), device 0", "CLOSED(invalid), device 0",
	"CLOSED(overloaded), device 0", "CLOSED(failed, stale, invalid, overloaded), device not 0",
	"ACK(CANCEL)", "other ACK", "any message, own device not 0",
	"no-response timer", "no-response timer, callee last known offline", "expiry timer", "copy due",
	"resync", "callee offline", "callee offline, fail-at-once",
}

var remoteTriggerNames = [...]string{
	"INVITE", "INVITE, stale", "INVITE, invalid", "INVITE, at a bound", "INVITE, other payload", "INVITE, linger over",
	"INVITE, first after an early CANCEL",
	"CANCEL", "CANCEL(expired)", "CANCEL, at a bound",
	"accept()", "accept(), logged out", "accept(), invalid response", "refuse()", "refuse(), invalid response",
	"CONFIRM, own", "CONFIRM, other device", "ACK(REFUSE), own", "ACK(REFUSE, refused), other device",
	"ACK(REFUSE), other device", "CONFIRM or ACK(REFUSE, refused), other device, at a bound",
	"CONFIRM or ACK(REFUSE, refused), other device, after Missed", "other ACK",
	"CLOSED(canceled, no response)", "CLOSED(expired)", "CLOSED(unknown)", "CLOSED(refused), own", "CLOSED(refused), other device",
	"expiry timer", "accept timer", "accept timer, caller last known offline", "copy due",
	"resync", "login before the ring's deadline", "logout", "caller offline",
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
