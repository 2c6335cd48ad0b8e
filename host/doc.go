// Package host runs one engine in a program: it adds a clock, a lock, the wire
// form, a transport and callbacks. It imports engine, wire, states, errors and
// benbjohnson/clock.
//
//	h, err := host.New("alice", transport, host.Options{})
//	err = h.Start(&app{host: h}) // a Listener: ten callbacks, under the vendor's names;
//	                             // an eleventh, for missed calls, is optional
//	call := h.CreateLocalInvitation("bob")
//	call.SetContent("video?")
//	err = h.SendLocalInvitation(call)
//	state, err := call.Wait(ctx) // or call.OnAccepted(func(response string) { … }), or neither
//	err = h.Shutdown(ctx)
//
// All methods of a Host and of its invitations may be called from any goroutine,
// callbacks included.
//
// # Handles
//
// The engine's invitations are not safe for concurrent use, so the app never sees
// them: it holds a LocalInvitation or RemoteInvitation of this package. There is one
// handle for one invitation; every callback about it brings the same pointer, which
// stays valid for ever. A handle shows the present: by the time a callback runs, the
// state may be a later one than that which the callback is about. With a Store the
// present is what has been saved.
//
// # Callbacks
//
// Callbacks come one at a time, in the order of the events, on a goroutine that
// lives only while there are any, and never under a lock of the host or inside a
// call of the app. So a callback may call the host, and the app may hold a lock of
// its own while it does; what such a call brings about is told after the present
// callback has returned. A message is handed to the transport before the event that
// came with it is told.
//
// Each event goes to the Listener first, then to the func that the app has set for
// it on the invitation itself, if any (OnAccepted and so on). A func that is set
// after its event was told is told of it then, so none comes too late.
//
// # Beside the vendor's
//
// A message that comes by push is handed in with HandIn, which tells what to show; there
// need not be a session. FindLocal and FindRemote look a call up by peer and id, also
// after its end. Handles tell for how long a call waits or rings, why it was canceled
// and by which device it was answered. Calls in a Group ring together, and one is
// accepted. ShutdownAndEnd leaves nothing open.
//
// A user with several devices gives each a number, Options.Engine.Device. What becomes of
// rings beside other calls is package policy's business.
//
// # When something is slow
//
// A slow callback delays the callbacks after it and nothing else: messages are
// answered and repeated meanwhile. What waits to be told is bounded by what is
// remembered at one time:
//
//   - A ring waits while it is open. Rings that have ended before they were told, and
//     that the app has not answered, wait with their ends; of more than 64 of those
//     the oldest is dropped, ring and end together, and counted in Stats.Untold. (The
//     app can have found it in RemoteInvitations: a func that it has set there is
//     still called.)
//   - So do missed calls: of more than 64 that wait the oldest is dropped, and one that
//     is withdrawn before it was told is never told.
//   - The end of a ring that was told waits, whatever happens.
//   - So does everything about the app's own calls. When the ends of MaxTotal of them
//     wait, SendLocalInvitation fails with LimitReached.
//
// A slow transport delays messages and the callbacks that come after them. No call
// waits for it, and no message is received later. What waits is bounded:
//
//   - 256 replies, and beyond 128 only those to a peer for whom fewer than 8 wait. A
//     peer that misses a reply asks again.
//   - What invitations say by themselves, INVITE, ACCEPT, REFUSE and CANCEL, until it
//     has waited for a quarter of Times.MaxDelay. It is repeated as long as it matters.
//
// What is dropped is counted in Stats.Unsent, and is to the protocol what a network
// has lost.
//
// A slow store delays whatever has to be saved: calls that change something, and what
// arrives. Getters and setters, LocalInvitations and RemoteInvitations, Stats, Err,
// Close, and with a ctx that ends Wait, Shutdown and ShutdownAndEnd, return at once,
// whoever hangs.
//
// # Crashes
//
// With Options.Store the state is saved before anything that depends on it is sent,
// told or returned, and a host that is made with the same store goes on from there:
// what was under way is sent again, and what became overdue meanwhile ends. How
// long it was away is told by the wall clock; one that was set back says that
// nobody knows, and then an invitation that no callee has acknowledged ends in
// FAILURE (PEER_NO_RESPONSE). A wall clock that was set forward is taken for time
// that passed.
//
// The app's handles die with the process. It finds the open invitations in
// LocalInvitations and RemoteInvitations as soon as New has returned, and can set
// their funcs before Start. Events of the last save come again, unless Shutdown has
// closed the host; Restored of their invitation tells so, and after three more starts
// they are given up. One whose callback had not returned when the process died may
// also be lost, if something else was saved meanwhile: what is open is certain,
// what has ended the app must have written down itself.
//
// Without a store, a host that starts again knows nothing. Every call still ends,
// but a callee that has forgotten one may ring for it again, and the two may differ
// about how it ended; docs/crash-safety.md says how.
//
// # Log
//
// Options.Log is told, always with the attribute user:
//
//	level  message            attributes
//	DEBUG  started            device, epoch, times, digest_key; restored, away: after a restart from the store;
//	                          again when the device or times of that restart come into force
//	DEBUG  call               op, peer, id, state, digest, group: what the app has done
//	DEBUG  call refused       op, peer, id, error
//	DEBUG  event              event, peer, id, state, code of a failure, device, reason, digest; of a missed call withdrawn
//	DEBUG  message sent       peer, kind, id, for, word, reason, device, refused
//	DEBUG  message received   the same, and verdict
//	DEBUG  peer online, peer offline, logged in, logged out
//	DEBUG  message dropped: too old
//	INFO   restored           away, local, remote: how many are open
//	WARN   message received   whose verdict is unexpected, wrong peer, reflected, invalid or limit
//	WARN   message dropped    peer, error: it is in no form
//	WARN   message not sent   as sent, and error; DEBUG if the peer is known to be offline, or the one before failed, too
//	ERROR  closed             error: the store failed
//
// The records of one input have its number, the attribute turn: those of inputs on several
// goroutines may come in another order. As JSON, the records of two ends can be judged:
// invsim judge (docs/judge.md). They hold no contents and no responses. With
// Options.LogKey they hold digests: of content and channel id where a call is sent, rings
// or is missed, and of the response where it is set and where it is shown. digest_key is
// the name of the key. The group of a call is named by the id of the first call in it.
//
// The state is the present one. A peer that does not keep to the protocol can cause
// warnings at will: put a handler that samples behind them if peers are strangers.
// A handler may call the host.
//
// # Time
//
// There is one timer, armed with AfterFunc for the engine's earliest deadline.
// Options.Clock drives it: any Clock, which has two methods. Tests run the default
// one in a testing/synctest bubble, or pass AdaptClock(clock.NewMock()).
//
// The protocol's time must count the time that the machine sleeps. Go's does not
// on Linux (CLOCK_MONOTONIC) and macOS (mach_absolute_time): while the machine is
// suspended, differences of time.Now stand still, and so do timers. An endpoint
// that slept believes its INVITE to be younger than it is, and rings too long. On
// machines that never sleep this is of no concern and the default is best. On phones
// and laptops pass WallClock(nil), which reads the wall clock instead; its price is
// that a step of the wall clock is taken for time that passed, or, backwards, makes
// the engine stand still until it has caught up. Call Advance when the system
// reports that it has resumed, because the timer itself is late by the time slept.
package host
