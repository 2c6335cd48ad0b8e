// Package host runs one engine in a program: it adds a clock, a lock, the wire
// form, a transport and callbacks.
//
//	h, err := host.New("alice", transport, host.Options{})
//	err = h.Start(&app{host: h}) // a Listener: ten callbacks, under the vendor's names
//	call := h.CreateLocalInvitation("bob")
//	call.SetContent("video?")
//	err = h.SendLocalInvitation(call)
//
// All methods of a Host and of its invitations may be called from any goroutine,
// callbacks included.
//
// # Handles
//
// The engine's invitations are not safe for concurrent use, so the app never sees
// them: it holds a LocalInvitation or RemoteInvitation of this package, whose
// methods take the host's lock. There is one handle for one invitation; every
// callback about it brings the same pointer, which stays valid for ever. A handle
// shows the present: by the time a callback runs, the state may be a later one
// than that which the callback is about.
//
// # Callbacks
//
// Callbacks come one at a time, in the order of the events, on a goroutine that
// lives only while there are any, and never under the host's lock or inside a
// call of the app. So a callback may call the host, and the app may hold a lock of
// its own while it does; what such a call brings about is told after the present
// callback has returned. A slow callback delays the callbacks after it and
// nothing else: messages are answered and repeated meanwhile. A message is handed
// to the transport before the event that came with it is told.
//
// # Time
//
// There is one timer, armed with AfterFunc for the engine's earliest deadline.
// Options.Clock drives it; tests pass a clock.Mock, or run the real clock in a
// testing/synctest bubble. (With a Mock, move the time in steps no longer than
// the timers you want to see one by one: it may skip timers that a callback arms
// while it is being moved.)
//
// The protocol's time must count the time that the machine sleeps. Go's does not
// on Linux (CLOCK_MONOTONIC) and macOS (mach_absolute_time): while the machine is
// suspended, differences of time.Now stand still, and so do timers. An endpoint
// that slept believes its INVITE to be younger than it is, and rings too long. On
// machines that never sleep this is of no concern and the default clock.New() is
// best. On phones and laptops pass WallClock(clock.New()), which reads the wall
// clock instead; its price is that a step of the wall clock is taken for time that
// passed, or, backwards, makes the engine stand still until it has caught up. Call
// Advance when the system reports that it has resumed, because the timer itself
// is late by the time slept.
package host
