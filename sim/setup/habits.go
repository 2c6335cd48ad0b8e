// The longest delays of users, of strangers and of reports of presence.

package setup

import "time"

// How late a phone and the others learn of a change, at most. The vendor's server
// takes 6 s to find a user unreachable; a client takes 4 s to find itself
// disconnected.
const (
	NoticeWithin  = 4 * time.Second
	OfflineWithin = 6 * time.Second
	OnlineWithin  = time.Second
)

// StrangerWithin is how long after its send a call is disturbed, at most.
const StrangerWithin = 30 * time.Second

// TalkFor is how long a call is on, for the policies of a phone.
const TalkFor = 10 * time.Second

// The longest time until users do a thing "at once".
const (
	GlareWithin  = 500 * time.Millisecond
	RedialWithin = time.Second
	ChangeWithin = 2 * time.Second
)
