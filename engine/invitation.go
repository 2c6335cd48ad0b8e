// The two objects the app holds, and its calls on them.

package engine

import (
	"strings"
	"time"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
)

// invitation is the common part of LocalInvitation and RemoteInvitation: the
// data the app sees, and what the engine needs while it is open or lingers.
type invitation struct {
	_      noCopy
	self   *invitation // itself; a copy has another
	engine *Engine
	rec    *record // nil before send and after the linger

	id        ID
	peer      string
	content   string
	channelID string
	response  string
	device    uint64 // the winner's, of one's own
	more      *more  // nil for most
	state     uint8
	failure   uint8
	reason    Reason // why it is CANCELED
	cause     Cause  // what lies behind a missing response
	lingers   bool   // ended, and its CANCEL or REFUSE is not acknowledged yet
	copied    bool   // lastCopy is set
	ageless   bool   // it went through a restore of unknown length: no INVITE can tell its age

	sentAt   int64 // or since when it rings
	ringEnd  int64 // of one that rings: its own deadline, also after an accept
	lastCopy int64
	interval int64 // to the copy after the last one; 0 when the schedule starts afresh, behind the copy of a resync

	at    int64 // when the next copy is due
	order uint64
	slots [numHeaps]int32 // in the heaps, from 1; 0 for none

	prev, next *invitation // the peer's open and lingering ones
	number     uint64      // in their order
}

// more is what few invitations have.
type more struct {
	note               string
	age                time.Duration // of the INVITE that rang
	noResponse, expiry time.Duration // of this call, 0 for the engine's
	group              *Group
	place              uint64 // in the group
}

// rest makes room for what few have.
func (inv *invitation) rest() *more {
	if inv.more == nil {
		inv.more = new(more)
	}
	return inv.more
}

// noCopy makes go vet warn of copies.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// LocalInvitation is the caller's side of an invitation. The app keeps the
// pointer; it stays valid for ever. What it points to must not be copied: a copy
// still shows what it showed when it was made, its setters do nothing, and its
// calls fail with InvalidArgument.
type LocalInvitation invitation

// RemoteInvitation is the callee's side of an invitation. It comes with the
// RemoteInvitationReceived event; the pointer stays valid for ever. What it points
// to must not be copied, like a LocalInvitation.
type RemoteInvitation invitation

func (e *Engine) newInvitation(peer string) *invitation {
	inv := &invitation{engine: e, peer: peer}
	inv.self = inv
	return inv
}

// original tells whether an engine has made this very one.
func (inv *invitation) original() bool { return inv != nil && inv.self == inv }

// CreateLocalInvitation makes an invitation in IDLE. It costs nothing until it
// is sent; a callee id that is not valid is reported by Send.
func (e *Engine) CreateLocalInvitation(calleeID string) *LocalInvitation {
	return (*LocalInvitation)(e.newInvitation(calleeID))
}

// CalleeID is the user who is called.
func (l *LocalInvitation) CalleeID() string { return l.peer }

// Content is the content that SetContent set.
func (l *LocalInvitation) Content() string { return l.content }

// ChannelID is the channel that SetChannelID set.
func (l *LocalInvitation) ChannelID() string { return l.channelID }

// Response is the callee's response, once it has accepted or refused.
func (l *LocalInvitation) Response() string { return l.response }

// State is the present state.
func (l *LocalInvitation) State() states.LocalState { return states.LocalState(l.state) }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (l *LocalInvitation) Failure() errors.LocalInvitationError {
	return errors.LocalInvitationError(l.failure)
}

// Reason is why the invitation is CANCELED: ReasonUser or ReasonAnswered, and 0 in any
// other state.
func (l *LocalInvitation) Reason() Reason {
	if l.State() == states.LocalCanceled {
		return l.reason
	}
	return 0
}

// Cause is what lies behind PEER_NO_RESPONSE, and 0 for any other end.
func (l *LocalInvitation) Cause() Cause {
	if l.Failure() == errors.LocalPeerNoResponse {
		return l.cause
	}
	return 0
}

// Device is the callee's device that has accepted or refused; 0 is the only one.
func (l *LocalInvitation) Device() uint64 { return l.device }

// WaitsUntil is when an open invitation fails if nothing more happens, and false for
// any other.
func (l *LocalInvitation) WaitsUntil() (time.Time, bool) {
	if l.rec == nil || l.State().Terminal() {
		return time.Time{}, false
	}
	return l.engine.origin.Add(time.Duration(l.rec.deadline)), true
}

// ID is zero until the invitation is sent.
func (l *LocalInvitation) ID() ID { return l.id }

// SetContent sets the content for the callee, at most 8192 bytes of UTF-8, which
// Send checks. It is ignored once the invitation is sent.
func (l *LocalInvitation) SetContent(content string) {
	if l.State() == states.LocalIdle && (*invitation)(l).original() {
		l.content = content
	}
}

// SetChannelID sets the channel id, at most 64 bytes of UTF-8, which Send checks.
// It is ignored once the invitation is sent.
func (l *LocalInvitation) SetChannelID(channelID string) {
	if l.State() == states.LocalIdle && (*invitation)(l).original() {
		l.channelID = channelID
	}
}

// SetTimes sets the no-response and the expiry time of this call; 0 is the engine's.
// Send checks that the engine remembers calls for long enough. It is ignored once the
// invitation is sent.
func (l *LocalInvitation) SetTimes(noResponse, expiry time.Duration) {
	if inv := (*invitation)(l); l.State() == states.LocalIdle && inv.original() {
		inv.rest().noResponse, inv.rest().expiry = noResponse, expiry
	}
}

// Send rings the callee. It fails with InvalidArgument (callee, content, channel id or
// times), AlreadySent, AlreadyEnd, GroupDecided or LimitReached, and then changes nothing.
// Logged out, it returns nil and the invitation ends in FAILURE (NOT_LOGGEDIN),
// which is where the vendor has that code.
func (l *LocalInvitation) Send() error {
	if inv := (*invitation)(l); !inv.original() {
		return inv.notOurs("send", "to ")
	}
	return l.engine.sendInvitation((*invitation)(l))
}

// Cancel ends the invitation at once, whatever is on its way. It fails with
// NotStarted before Send and with AlreadyEnd after the end.
func (l *LocalInvitation) Cancel() error {
	if inv := (*invitation)(l); !inv.original() {
		return inv.notOurs("cancel", "to ")
	}
	return l.engine.cancelInvitation((*invitation)(l), "")
}

// CancelWithNote cancels and tells the callee's app a note, at most 1024 bytes of UTF-8.
// A note over that fails with InvalidArgument.
func (l *LocalInvitation) CancelWithNote(note string) error {
	if inv := (*invitation)(l); !inv.original() {
		return inv.notOurs("cancel", "to ")
	}
	return l.engine.cancelInvitation((*invitation)(l), note)
}

// CallerID is the user who calls.
func (r *RemoteInvitation) CallerID() string { return r.peer }

// Content is the content that the caller set.
func (r *RemoteInvitation) Content() string { return r.content }

// ChannelID is the channel that the caller set.
func (r *RemoteInvitation) ChannelID() string { return r.channelID }

// Response is the response that SetResponse set.
func (r *RemoteInvitation) Response() string { return r.response }

// State is the present state.
func (r *RemoteInvitation) State() states.RemoteState { return states.RemoteState(r.state) }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (r *RemoteInvitation) Failure() errors.RemoteInvitationError {
	return errors.RemoteInvitationError(r.failure)
}

// Reason is why the invitation is CANCELED, and 0 in any other state.
func (r *RemoteInvitation) Reason() Reason {
	if r.State() == states.RemoteCanceled {
		return r.reason
	}
	return 0
}

// Note is what the caller's CANCEL said.
func (r *RemoteInvitation) Note() string {
	if r.more == nil {
		return ""
	}
	return r.more.note
}

// Age is how old the INVITE was that rang, as far as its caller and the transport knew.
func (r *RemoteInvitation) Age() time.Duration {
	if r.more == nil {
		return 0
	}
	return r.more.age
}

// RingsUntil is when a ringing invitation expires, and false for any other.
func (r *RemoteInvitation) RingsUntil() (time.Time, bool) {
	if r.State() != states.RemoteInvitationReceived {
		return time.Time{}, false
	}
	return r.engine.origin.Add(time.Duration(r.ringEnd)), true
}

// ID is the caller's id of the invitation.
func (r *RemoteInvitation) ID() ID { return r.id }

// SetResponse sets the response that goes with the accept or refusal, at most 8192
// bytes of UTF-8, which Accept and Refuse check. It is ignored once either was called.
func (r *RemoteInvitation) SetResponse(response string) {
	if r.State() == states.RemoteInvitationReceived && (*invitation)(r).original() {
		r.response = response
		r.engine.touch(r.rec)
	}
}

// Accept answers yes. The invitation is ACCEPTED when the caller has confirmed.
// It fails with InvalidArgument (response), AlreadyAccept or AlreadyEnd.
func (r *RemoteInvitation) Accept() error {
	if inv := (*invitation)(r); !inv.original() {
		return inv.notOurs("accept", "from ")
	}
	return r.engine.answerInvitation((*invitation)(r), "accept", states.RemoteAccept, states.RemoteAcceptInvalid)
}

// Refuse answers no; the invitation is REFUSED at once. It fails with
// InvalidArgument (response), AlreadyAccept or AlreadyEnd.
func (r *RemoteInvitation) Refuse() error {
	if inv := (*invitation)(r); !inv.original() {
		return inv.notOurs("refuse", "from ")
	}
	return r.engine.answerInvitation((*invitation)(r), "refuse", states.RemoteRefuse, states.RemoteRefuseInvalid)
}

func (e *Engine) sendInvitation(inv *invitation) error {
	e.begin(nil)
	p := e.peers[inv.peer]
	trigger, detail := e.chooseSend(inv, p)
	if trigger == states.LocalSend && inv.state == uint8(states.LocalIdle) {
		e.counter++
		e.admit(local, inv.peer, p, ID{e.options.Epoch, e.counter}, inv)
		inv.sentAt = e.now
	}
	return e.callLocal(inv, "send", trigger, detail)
}

// chooseSend checks in the order of the protocol: state, arguments, group, login,
// presence, bound.
func (e *Engine) chooseSend(inv *invitation, callee *peer) (states.LocalTrigger, string) {
	if inv.state != uint8(states.LocalIdle) {
		return states.LocalSend, ""
	}
	if detail := e.badCallee(inv.peer); detail != "" {
		return states.LocalSendInvalid, detail
	}
	if detail := problem("content", inv.content, MaxContent); detail != "" {
		return states.LocalSendInvalid, detail
	}
	if detail := problem("channel id", inv.channelID, MaxChannelID); detail != "" {
		return states.LocalSendInvalid, detail
	}
	if inv.more != nil {
		if detail := e.badTimes(inv); detail != "" {
			return states.LocalSendInvalid, detail
		}
		if inv.more.group != nil && inv.more.group.decided {
			return states.LocalSendDecided, ""
		}
	}
	switch {
	case !e.loggedIn:
		return states.LocalSendLoggedOut, ""
	case e.options.FailAtOnce && callee != nil && callee.presence == presenceOffline:
		return states.LocalSendPeerOffline, ""
	case e.full(local, callee):
		return states.LocalSendAtLimit, ""
	}
	return states.LocalSend, ""
}

func (e *Engine) badCallee(id string) string {
	switch {
	case !e.options.validUserID(id):
		return "callee is not a valid user id: " + e.options.userIDProblem(id)
	case id == e.self:
		return "callee is the caller"
	}
	return ""
}

// badTimes says why this call cannot have the times that it was given.
func (e *Engine) badTimes(inv *invitation) string {
	noResponse, expiry := inv.more.noResponse, inv.more.expiry
	if noResponse == 0 && expiry == 0 {
		return ""
	}
	t := e.options.Times
	t.NoResponse, t.Expiry = e.noResponse(inv), e.expiry(inv)
	var p problems
	for _, d := range [...]time.Duration{noResponse, expiry} {
		p.want(d >= 0 && d <= longestTime, "time %v is not between 0 and %v", d, longestTime)
	}
	if p == nil {
		p.want(t.RetransmitFirst < t.NoResponse, "no-response time %v leaves no room for a second INVITE after RetransmitFirst %v (S14)", t.NoResponse, t.RetransmitFirst)
		p.want(!e.options.CountFromSend || t.Expiry > t.NoResponse, "with CountFromSend, expiry time %v must be over no-response time %v (S14)", t.Expiry, t.NoResponse)
		t.remembered(&p, e.options.CountFromSend)
	}
	return strings.Join(p, "; ")
}

func (e *Engine) cancelInvitation(inv *invitation, note string) error {
	e.begin(nil)
	if detail := problem("note", note, MaxNote); detail != "" {
		return e.callLocal(inv, "cancel", states.LocalCancelInvalid, detail)
	}
	if note != "" && inv.rec != nil && inv.rec.state < states.FirstTerminal {
		inv.rest().note = note
	}
	return e.callLocal(inv, "cancel", states.LocalCancel, "")
}

func (e *Engine) answerInvitation(inv *invitation, op string, valid, invalid states.RemoteTrigger) error {
	e.begin(nil)
	trigger, detail := valid, ""
	if valid == states.RemoteAccept && !e.loggedIn {
		trigger = states.RemoteAcceptLoggedOut
	}
	if inv.state == uint8(states.RemoteInvitationReceived) {
		if detail = problem("response", inv.response, MaxResponse); detail != "" {
			trigger = invalid
		}
	}
	before := states.RemoteState(inv.state)
	s := step{rec: inv.rec, inv: inv, peer: inv.peer, id: inv.id}
	effects := e.stepRemote(&s, trigger)
	e.flushEvents()
	if refused := effects & states.Refusals; refused != 0 {
		return callError(refused, op, "from "+quote.ID(inv.peer), inv.id, before.String(), detail)
	}
	return nil
}

func (e *Engine) callLocal(inv *invitation, op string, trigger states.LocalTrigger, detail string) error {
	before := states.LocalState(inv.state)
	s := step{rec: inv.rec, inv: inv, peer: inv.peer, id: inv.id}
	effects := e.stepLocal(&s, trigger)
	e.flushEvents()
	if refused := effects & states.Refusals; refused != 0 {
		return callError(refused, op, "to "+quote.ID(inv.peer), inv.id, before.String(), detail)
	}
	return nil
}

// notOurs is for an invitation that no engine has made: nil, zero or a copy.
func (inv *invitation) notOurs(op, direction string) error {
	err := &errors.InvitationError{Op: op, Peer: "of no engine", State: "nil", Code: errors.InvalidArgument}
	if inv != nil && inv.engine != nil {
		err.Invitation, err.Peer, err.State = inv.id.text(), direction+quote.ID(inv.peer), "a copy"
		err.Detail = "only the pointer that the engine gave is an invitation"
	}
	return err
}

func callError(refused states.Effect, op, peer string, id ID, state, detail string) error {
	err := &errors.InvitationError{Op: op, Invitation: id.text(), Peer: peer, State: state, Detail: detail}
	switch refused {
	case states.InvalidArgument:
		err.Code = errors.InvalidArgument
	case states.NotStarted:
		err.Code = errors.NotStarted
	case states.AlreadyEnd:
		err.Code = errors.AlreadyEnd
	case states.AlreadyAccept:
		err.Code = errors.AlreadyAccept
	case states.AlreadySent:
		err.Code = errors.AlreadySent
	case states.GroupDecided:
		err.Code = errors.GroupDecided
	default:
		err.Code = errors.LimitReached
	}
	return err
}
