// Features: what an endpoint may lack. A case that needs one is skipped for an endpoint
// without it.

package invd

// Feature is something that an endpoint can do or be told besides the core: calls,
// messages and times by the default options.
type Feature struct{ Name, Words string }

// Features are all that hello can name.
var Features = []Feature{
	{"presence", "it takes reports whether a peer is online (`peer`)"},
	{"session", "it can be logged out and in (`session`)"},
	{"held", "it takes the time for which the transport kept a message (`held`)"},
	{"late", "`now` may pass its deadlines, as on a phone that was frozen"},
	{"set-clock", "`now` may go back, as on a phone whose clock is set"},
	{"epoch", "its epoch can be set"},
	{"times", "the times of `options` can be set"},
	{"count-from-send", "it has the option to count the expiry from send"},
	{"fail-at-once", "it has the option to end a call as soon as its callee is reported offline"},
	{"no-retransmit", "it has the option to send INVITE, CANCEL and REFUSE once"},
	{"limits", "its bounds on remembered invitations can be set, and it keeps the reserve of bounds 3"},
	{"snapshot", "it can be saved and restored (`snapshot`, `restore`)"},
	{"inspect", "it tells states and counts (`inspect`)"},
	{"trace", "it names the cells of the two tables that it used (`trace`)"},
	{"refresh", "protocol 1.0: it repeats RECEIVED while it rings, and bounds what a single call may ask for"},
	{"device", "protocol 1.0: it is one of several devices of its user"},
	{"group", "protocol 1.0: invitations of a group, of which one is accepted at most"},
	{"note", "protocol 1.0: a CANCEL carries a note of the app"},
	{"call-times", "protocol 1.0: one invitation can have its own times"},
	{"missed", "protocol 1.0: it raises RemoteInvitationMissed, and its events have their reason"},
}

// The kinds of clocks.
const (
	Virtual = "virtual" // time is what the requests say, and every reply names the next deadline
	Stepped = "stepped" // the same without deadlines: the harness advances in small steps
	Real    = "real"    // time passes by itself
)

// The forms of messages.
const (
	JSON   = "json"
	Binary = "binary"
)

// The names of events: the vendor's callbacks, and the eleventh, which is ours.
const (
	ReceivedByPeer = "LocalInvitationReceivedByPeer"
	LocalAccepted  = "LocalInvitationAccepted"
	LocalRefused   = "LocalInvitationRefused"
	LocalCanceled  = "LocalInvitationCanceled"
	LocalFailure   = "LocalInvitationFailure"
	Received       = "RemoteInvitationReceived"
	RemoteAccepted = "RemoteInvitationAccepted"
	RemoteRefused  = "RemoteInvitationRefused"
	RemoteCanceled = "RemoteInvitationCanceled"
	RemoteFailure  = "RemoteInvitationFailure"
	Missed         = "RemoteInvitationMissed"
)

// events are all events, with the fields that each has besides inv and id. One that is not
// named here it must not have, but for those of protocol 1.0.
var events = []struct {
	name   string
	fields []string
}{
	{ReceivedByPeer, []string{"to"}},
	{LocalAccepted, []string{"to", "response"}},
	{LocalRefused, []string{"to", "response"}},
	{LocalCanceled, []string{"to"}},
	{LocalFailure, []string{"to", "failure"}},
	{Received, []string{"from", "content", "channel_id"}},
	{RemoteAccepted, []string{"from"}},
	{RemoteRefused, []string{"from"}},
	{RemoteCanceled, []string{"from"}},
	{RemoteFailure, []string{"from", "failure"}},
	{Missed, []string{"from", "content", "channel_id"}},
}

// Codes are all for which an API call is refused.
var Codes = []string{"INVALID_ARGUMENT", "NOT_STARTED", "ALREADY_END", "ALREADY_ACCEPT", "ALREADY_SENT", "LIMIT_REACHED", "GROUP_DECIDED"}

// Failures are the reasons of the two Failure events.
var Failures = []string{"PEER_OFFLINE", "PEER_NO_RESPONSE", "INVITATION_EXPIRE", "NOT_LOGGEDIN", "ACCEPT_FAILURE"}
