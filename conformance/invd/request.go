// The requests of a harness.

package invd

import "encoding/json"

// Time is an instant or a duration: in nanoseconds in memory, and on the wire in the
// unit of the endpoint.
type Time int64

// Request is one of the types below, or a pointer to it from [Driver.Do] on.
type Request interface{ Op() string }

// Hello asks who the endpoint is.
type Hello struct {
	Protocol string `json:"protocol" doc:"\"invd/1\""`
}

// At is what all requests have in which time may pass.
type At struct {
	Now   Time `json:"now" doc:"the present. It never goes back within a case, but for set-clock"`
	Trace bool `json:"trace,omitempty" feature:"trace" doc:"the reply shall name the cells that were used"`
}

// Present is when a request is made: all requests are [Timed] in which time may pass.
func (at *At) Present() *At { return at }

// Timed is a request in which time may pass.
type Timed interface {
	Request
	Present() *At
}

// Reset begins a case: an endpoint that remembers nothing.
type Reset struct {
	At
	Setup
	Case string `json:"case" doc:"the name of the case, for logs. A second reset in the same case is a restart with nothing saved"`
}

// Setup is what an endpoint starts with.
type Setup struct {
	Self    string  `json:"self" doc:"the user whose endpoint it is"`
	Device  string  `json:"device,omitempty" feature:"device" doc:"the device, in hexadecimal; absent: the only one, 0"`
	Epoch   string  `json:"epoch,omitempty" feature:"epoch" doc:"the first half of the ids that it gives, in hexadecimal; absent: it draws one"`
	Form    string  `json:"form,omitempty" enum:"json,binary" doc:"the form in which it writes messages; absent: the first of its forms"`
	Options Options `json:"options,omitzero" doc:"what differs from the default options"`
}

// Options are those of an endpoint. What is absent has its default.
type Options struct {
	Times         Times `json:"times,omitzero" feature:"times" doc:"times of the protocol"`
	CountFromSend bool  `json:"count_from_send,omitempty" feature:"count-from-send" doc:"the expiry counts from send"`
	FailAtOnce    bool  `json:"fail_at_once,omitempty" feature:"fail-at-once" doc:"an unanswered call ends as soon as its callee is reported offline"`
	NoRetransmit  bool  `json:"no_retransmit,omitempty" feature:"no-retransmit" doc:"INVITE, CANCEL and REFUSE are sent once, and again when the peer comes online"`
	MaxPerPeer    int   `json:"max_per_peer,omitempty" feature:"limits" doc:"invitations remembered with one peer"`
	MaxTotal      int   `json:"max_total,omitempty" feature:"limits" doc:"invitations remembered in all"`
}

// Times are those of section 8 of the specification. Absent ones, and a grace that is
// absent, have their default.
type Times struct {
	NoResponse      Time  `json:"no_response,omitempty" doc:"no response"`
	Expiry          Time  `json:"expiry,omitempty" doc:"expiry"`
	ExpiryCap       Time  `json:"expiry_cap,omitempty" feature:"refresh" doc:"longest expiry of a single call"`
	Grace           *Time `json:"grace,omitempty" doc:"grace; 0 is a value"`
	Accept          Time  `json:"accept,omitempty" doc:"accept"`
	Refresh         *Time `json:"refresh,omitempty" feature:"refresh" doc:"pause between two RECEIVED of a ring; 0 is a value"`
	RetransmitFirst Time  `json:"retransmit_first,omitempty" doc:"first pause of INVITE, CANCEL and REFUSE"`
	RetransmitCap   Time  `json:"retransmit_cap,omitempty" doc:"its longest pause"`
	AcceptFirst     Time  `json:"accept_first,omitempty" doc:"first pause of ACCEPT"`
	AcceptCap       Time  `json:"accept_cap,omitempty" doc:"its longest pause"`
	Linger          Time  `json:"linger,omitempty" doc:"linger"`
	Tombstone       Time  `json:"tombstone,omitempty" doc:"tombstone"`
	MaxDelay        Time  `json:"max_delay,omitempty" doc:"MaxDelay"`
}

// Ref names an invitation: an own one by inv, the label that create gave, or by to and
// id; another's by from and id.
type Ref struct {
	Inv  string `json:"inv,omitempty" doc:"the label of an own invitation"`
	To   string `json:"to,omitempty" doc:"the callee of an own invitation"`
	From string `json:"from,omitempty" doc:"the caller of an invitation from another"`
	ID   string `json:"id,omitempty" doc:"its id, as in the JSON form"`
}

// The calls of an app.
const (
	Create = "create"
	Set    = "set"
	Send   = "send"
	Cancel = "cancel"
	Accept = "accept"
	Refuse = "refuse"
)

// App is a call of the app.
type App struct {
	At
	Call string `json:"call" enum:"create,set,send,cancel,accept,refuse" doc:"the call"`
	Ref
	Content   *string   `json:"content,omitempty" doc:"create, set, send: sets the content first"`
	ChannelID *string   `json:"channel_id,omitempty" doc:"create, set, send: sets the channel id first"`
	Response  *string   `json:"response,omitempty" doc:"set, accept, refuse: sets the response first"`
	Note      *string   `json:"note,omitempty" feature:"note" doc:"cancel: the note"`
	Group     string    `json:"group,omitempty" feature:"group" doc:"create: puts it into the group of this label, which the first use makes"`
	Times     CallTimes `json:"times,omitzero" feature:"call-times" doc:"create, set: the times of this invitation, in the place of those that it had"`
}

// CallTimes are the times of one invitation; 0 is the endpoint's.
type CallTimes struct {
	NoResponse Time `json:"no_response,omitempty" doc:"no response"`
	Expiry     Time `json:"expiry,omitempty" doc:"expiry"`
}

// Deliver is the transport handing in a message: as an object in the JSON form, or as
// bytes in either form.
type Deliver struct {
	At
	From    string          `json:"from" doc:"the true sender"`
	Message json.RawMessage `json:"message,omitempty" doc:"the message in the JSON form, as an object"`
	Raw     []byte          `json:"raw,omitzero" doc:"the message, or anything else, as bytes in base64"`
	Held    Time            `json:"held,omitempty" feature:"held" doc:"for how long the transport kept it"`
}

// Bytes are the message in whichever form it has, or what is none.
func (d *Deliver) Bytes() []byte { return bytesOf(d.Message, d.Raw) }

// Peer is the transport reporting a peer.
type Peer struct {
	At
	Peer   string `json:"peer" doc:"the user"`
	Online bool   `json:"online" doc:"whether it can be reached"`
}

// Session is the transport losing its session or getting it back.
type Session struct {
	At
	In bool `json:"in" doc:"true: logged in; false: logged out"`
}

// Advance is time passing: timers that are due at now fire, too.
type Advance struct{ At }

// Snapshot asks for what the endpoint would make durable. It changes nothing.
type Snapshot struct{ At }

// Restore begins an endpoint from a snapshot, after a crash.
type Restore struct {
	At
	Setup
	Snapshot []byte `json:"snapshot" doc:"what snapshot returned, in base64"`
	Away     *Time  `json:"away,omitempty" doc:"how long ago the snapshot was taken; absent: nobody knows"`
}

// Inspect asks for the state of an invitation, or without a Ref for counts. It changes
// nothing.
type Inspect struct{ Ref }

// Bye ends the endpoint: it replies, and exits with code 0.
type Bye struct{}

func (Hello) Op() string    { return "hello" }
func (Reset) Op() string    { return "reset" }
func (App) Op() string      { return "app" }
func (Deliver) Op() string  { return "deliver" }
func (Peer) Op() string     { return "peer" }
func (Session) Op() string  { return "session" }
func (Advance) Op() string  { return "advance" }
func (Snapshot) Op() string { return "snapshot" }
func (Restore) Op() string  { return "restore" }
func (Inspect) Op() string  { return "inspect" }
func (Bye) Op() string      { return "bye" }

// ops are all requests, with the features that some need as a whole.
var ops = []struct {
	make    func() Request
	feature string
	words   string
}{
	{func() Request { return &Hello{} }, "", "who are you? The first request"},
	{func() Request { return &Reset{} }, "", "begin a case: forget everything, and start an endpoint that is logged in"},
	{func() Request { return &App{} }, "", "the app makes a call"},
	{func() Request { return &Deliver{} }, "", "the transport hands in a message"},
	{func() Request { return &Peer{} }, "presence", "the transport reports whether a peer is online"},
	{func() Request { return &Session{} }, "session", "the transport loses its session, or gets one"},
	{func() Request { return &Advance{} }, "", "time passes: fire every timer that is due, those due at `now` included"},
	{func() Request { return &Snapshot{} }, "snapshot", "hand out the state as it would be saved. It changes nothing"},
	{func() Request { return &Restore{} }, "snapshot", "start an endpoint from a snapshot, after a crash"},
	{func() Request { return &Inspect{} }, "inspect", "tell an invitation's state, or what is remembered. It changes nothing"},
	{func() Request { return &Bye{} }, "", "reply, and exit with code 0. So does the end of the input"},
}
