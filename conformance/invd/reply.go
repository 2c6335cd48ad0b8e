// The replies of an endpoint.

package invd

import "encoding/json"

// Reply answers one request. Error and Unsupported stand alone.
type Reply struct {
	Error       string `json:"error,omitempty" doc:"the request makes no sense, in words: what was asked, of what, and why not. Nothing has changed"`
	Unsupported string `json:"unsupported,omitempty" doc:"the feature or option that is missing. Nothing has changed; the case is skipped"`

	Hello *Implementation `json:"hello,omitempty" doc:"hello: who it is"`

	Effects     []Effect `json:"effects,omitempty" doc:"what the request has caused, in order; absent: nothing"`
	Code        string   `json:"code,omitempty" doc:"app: the vendor's code with which the call was refused, without its prefix; absent: it was taken"`
	Next        Deadline `json:"next,omitzero" doc:"the earliest own deadline, or null. A virtual clock tells it in every reply to a request with now"`
	Verdict     string   `json:"verdict,omitempty" doc:"deliver: the fate of the message, in the endpoint's words. Optional"`
	Undecodable string   `json:"undecodable,omitempty" doc:"deliver: the bytes are no message; the reason of docs/wire.md, section 5"`
	Trace       []Cell   `json:"trace,omitempty" doc:"the cells used, in order"`

	Snapshot []byte `json:"snapshot,omitempty" doc:"snapshot: the state as bytes, in base64"`
	Open     []Open `json:"open,omitempty" doc:"restore: the invitations that the app finds"`

	Invitation *Invitation `json:"invitation,omitempty" doc:"inspect: one invitation"`
	Records    *Records    `json:"records,omitempty" doc:"inspect: what is remembered"`
}

// Implementation says who an endpoint is.
type Implementation struct {
	Protocol string   `json:"protocol" doc:"\"invd/1\""`
	Name     string   `json:"name" doc:"of the implementation"`
	Version  string   `json:"version" doc:"of the implementation"`
	Language string   `json:"language" doc:"in which it is written"`
	Roles    []string `json:"roles" enum:"caller,callee" doc:"what it can be"`
	Forms    []string `json:"forms" enum:"json,binary" doc:"the forms of messages that it reads and writes"`
	Features []string `json:"features" enum:"FEATURES" doc:"what it has of the list of features"`
	Clock    string   `json:"clock" enum:"virtual,stepped,real" doc:"see Time"`
	Unit     string   `json:"unit" enum:"ns,ms" doc:"the unit of every instant and duration of requests and replies. Messages keep their own"`
	Step     Time     `json:"step,omitempty" doc:"stepped: the longest step of time"`
}

// Effect is a message to send or an event for the app.
type Effect struct {
	Do string `json:"do" enum:"send,event" doc:"which"`

	Message json.RawMessage `json:"message,omitempty" doc:"send: the message in the JSON form, as an object"`
	Raw     []byte          `json:"raw,omitzero" doc:"send: or as bytes in base64"`

	Name      string  `json:"name,omitempty" enum:"EVENTS" doc:"event: its name"`
	Inv       string  `json:"inv,omitempty" doc:"Local…: the label, if create gave one"`
	To        string  `json:"to,omitempty" doc:"send: the receiver. Local…: the callee"`
	From      string  `json:"from,omitempty" doc:"Remote…: the caller"`
	ID        string  `json:"id,omitempty" doc:"event: the id; absent if the invitation never got one"`
	Content   *string `json:"content,omitempty" doc:"RemoteInvitationReceived, …Missed: what is shown"`
	ChannelID *string `json:"channel_id,omitempty" doc:"RemoteInvitationReceived, …Missed: what is shown"`
	Response  *string `json:"response,omitempty" doc:"LocalInvitationAccepted, …Refused: what is shown"`
	Failure   string  `json:"failure,omitempty" enum:"FAILURES" doc:"…Failure: the reason, by the vendor's name without its prefix"`
	Reason    string  `json:"reason,omitempty" doc:"protocol 1.0: …Canceled, …Missed: why"`
	Note      *string `json:"note,omitempty" doc:"protocol 1.0: RemoteInvitationCanceled: the note"`
	Device    string  `json:"device,omitempty" doc:"protocol 1.0: LocalInvitationAccepted, …Refused: the device that answered"`
	Withdrawn bool    `json:"withdrawn,omitempty" doc:"protocol 1.0: RemoteInvitationMissed: another device has answered after all. Content and channel id are empty"`
}

// Bytes are the message of a send, in whichever form it has.
func (e *Effect) Bytes() []byte { return bytesOf(e.Message, e.Raw) }

func bytesOf(message, raw []byte) []byte {
	if message != nil {
		return message
	}
	return raw
}

// Deadline is an instant, or none, which is null on the wire. The zero value is absent.
type Deadline struct {
	Known, Set bool
	At         Time
}

// Due is a deadline.
func Due(at Time) Deadline { return Deadline{true, true, at} }

// Never says that there is no deadline.
func Never() Deadline { return Deadline{Known: true} }

// MarshalJSON writes null for none.
func (d Deadline) MarshalJSON() ([]byte, error) {
	if !d.Set {
		return []byte("null"), nil
	}
	return json.Marshal(int64(d.At))
}

// UnmarshalJSON reads a number or null.
func (d *Deadline) UnmarshalJSON(text []byte) error {
	var at *Time
	err := json.Unmarshal(text, &at)
	if *d = Never(); at != nil {
		*d = Due(*at)
	}
	return err
}

// Cell is one use of a cell of the two tables.
type Cell struct {
	Table   string `json:"table" enum:"caller,callee" doc:"which"`
	In      string `json:"in" doc:"the state before"`
	On      string `json:"on" doc:"the row: what happened"`
	Kind    string `json:"kind" doc:"move, stay, ignored …"`
	Next    string `json:"next,omitempty" doc:"the state after, if it is another"`
	Effects string `json:"effects,omitempty" doc:"what was done, as the table has it"`
	Peer    string `json:"peer,omitempty" doc:"the other user"`
	ID      string `json:"id,omitempty" doc:"of the invitation"`
}

// Open is an invitation that is open, or that repeats its CANCEL or REFUSE.
type Open struct {
	Ref
	State string `json:"state" doc:"its state, by the vendor's name without its prefix"`
}

// Invitation is what an app sees of one.
type Invitation struct {
	Ref
	State     string `json:"state" doc:"its state, by the vendor's name without its prefix"`
	Failure   string `json:"failure,omitempty" enum:"FAILURES" doc:"in FAILURE: the reason"`
	Content   string `json:"content" doc:"what is shown"`
	ChannelID string `json:"channel_id" doc:"what is shown"`
	Response  string `json:"response" doc:"what is shown"`

	Until  *Time  `json:"until,omitempty" doc:"protocol 1.0: how long it waits or rings at most"`
	Age    *Time  `json:"age,omitempty" doc:"protocol 1.0: of a ring, since the caller's send"`
	Reason string `json:"reason,omitempty" doc:"protocol 1.0: in CANCELED: why"`
	Cause  string `json:"cause,omitempty" doc:"protocol 1.0: in FAILURE(PEER_NO_RESPONSE): what lay behind it"`
	Note   string `json:"note,omitempty" doc:"protocol 1.0: of the CANCEL"`
	Device string `json:"device,omitempty" doc:"protocol 1.0: that answered"`
}

// Records count what is remembered, tombstones included.
type Records struct {
	Local     int `json:"local" doc:"own invitations"`
	Remote    int `json:"remote" doc:"invitations from others"`
	Peers     int `json:"peers" doc:"peers with any of them"`
	Lingering int `json:"lingering" doc:"those that repeat their CANCEL or REFUSE"`
}
