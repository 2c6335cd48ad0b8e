// The two objects the app holds, and its calls on them.

package engine

import (
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
	state     uint8
	failure   uint8
	reason    Reason // of its CANCEL
	lingers   bool   // ended, and its CANCEL or REFUSE is not acknowledged yet
	copied    bool   // lastCopy is set
	heap      heapKind

	sentAt   int64
	lastCopy int64
	interval int64 // to the copy after the last one; 0 when the schedule starts afresh

	at    int64 // in the heap
	order uint64
	slot  int

	prev, next *invitation // the peer's open and lingering ones
	number     uint64      // in their order
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

// Send rings the callee. It fails with InvalidArgument (callee, content or
// channel id), AlreadySent, AlreadyEnd or LimitReached, and then changes nothing.
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
	return l.engine.cancelInvitation((*invitation)(l))
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
	defer e.flushEvents()
	p := e.peers[inv.peer]
	trigger, detail := e.chooseSend(inv, p)
	if trigger == states.LocalSend && inv.state == uint8(states.LocalIdle) {
		e.counter++
		e.admit(local, inv.peer, p, ID{e.options.Epoch, e.counter}, inv)
		inv.sentAt = e.now
	}
	return e.callLocal(inv, "send", trigger, detail)
}

// chooseSend checks in the order of the protocol: state, arguments, login.
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

func (e *Engine) cancelInvitation(inv *invitation) error {
	e.begin(nil)
	defer e.flushEvents()
	return e.callLocal(inv, "cancel", states.LocalCancel, "")
}

func (e *Engine) answerInvitation(inv *invitation, op string, valid, invalid states.RemoteTrigger) error {
	e.begin(nil)
	defer e.flushEvents()
	trigger, detail := valid, ""
	if inv.state == uint8(states.RemoteInvitationReceived) {
		if detail = problem("response", inv.response, MaxResponse); detail != "" {
			trigger = invalid
		}
	}
	before := states.RemoteState(inv.state)
	s := step{rec: inv.rec, inv: inv, peer: inv.peer, id: inv.id}
	if refused := e.stepRemote(&s, trigger) & states.Refusals; refused != 0 {
		return callError(refused, op, "from "+quote.ID(inv.peer), inv.id, before.String(), detail)
	}
	return nil
}

func (e *Engine) callLocal(inv *invitation, op string, trigger states.LocalTrigger, detail string) error {
	before := states.LocalState(inv.state)
	s := step{rec: inv.rec, inv: inv, peer: inv.peer, id: inv.id}
	if refused := e.stepLocal(&s, trigger) & states.Refusals; refused != 0 {
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
	default:
		err.Code = errors.LimitReached
	}
	return err
}
