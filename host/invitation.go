// The handles that the app holds, and its calls on them: the vendor's call manager.

package host

import (
	"context"
	"sync"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/states"
)

// LocalInvitation is the caller's handle of an invitation. Its methods may be
// called from any goroutine. It must not be copied: calls with a copy fail with
// InvalidArgument.
type LocalInvitation struct {
	subject
	inv *engine.LocalInvitation // under the host's lock
}

// RemoteInvitation is the callee's handle of an invitation. Its methods may be
// called from any goroutine. It must not be copied: calls with a copy fail with
// InvalidArgument.
type RemoteInvitation struct {
	subject
	inv *engine.RemoteInvitation // under the host's lock
}

// subject is what both kinds of handle have in common.
type subject struct {
	_     [0]sync.Mutex // go vet warns of copies
	self  *subject      // that of the handle which the host gave; a copy has another
	host  *Host
	ended chan struct{}                      // closed by the event that ends the invitation
	funcs map[engine.OutputKind]*func(event) // under the host's lock
	told  []event                            // under the host's lock: a receipt and an end, at most
}

// lock is for defer s.lock()().
func (s *subject) lock() func() {
	s.host.mu.Lock()
	return s.host.mu.Unlock
}

// CreateLocalInvitation makes an invitation in IDLE. It costs nothing until it
// is sent; a callee id that is not valid is reported by SendLocalInvitation.
func (h *Host) CreateLocalInvitation(calleeID string) *LocalInvitation {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.newLocal(h.engine.CreateLocalInvitation(calleeID))
}

// SendLocalInvitation rings the callee. It fails with InvalidArgument (another
// host's invitation, callee, content or channel id), AlreadySent, AlreadyEnd,
// LimitReached or ErrClosed, and then changes nothing. Logged out, it returns nil
// and the invitation ends in FAILURE (NOT_LOGGEDIN), as the vendor's does.
func (h *Host) SendLocalInvitation(inv *LocalInvitation) error {
	return h.call("send", inv, func() error {
		if inv.inv.State() != states.LocalIdle {
			return inv.inv.Send()
		}
		err := inv.inv.Send()
		if inv.inv.State() != states.LocalIdle { // there will be events
			h.locals[inv.inv] = inv
		}
		return err
	})
}

// CancelLocalInvitation ends the invitation at once, whatever is on its way. It
// fails with InvalidArgument (another host's invitation), NotStarted, AlreadyEnd
// or ErrClosed.
func (h *Host) CancelLocalInvitation(inv *LocalInvitation) error {
	return h.call("cancel", inv, func() error { return inv.inv.Cancel() })
}

// AcceptRemoteInvitation answers yes. The invitation is ACCEPTED when the caller
// has confirmed. It fails with InvalidArgument (another host's invitation, or the
// response), AlreadyAccept, AlreadyEnd or ErrClosed.
func (h *Host) AcceptRemoteInvitation(inv *RemoteInvitation) error {
	return h.call("accept", inv, func() error { return inv.inv.Accept() })
}

// RefuseRemoteInvitation answers no; the invitation is REFUSED at once. It fails
// like AcceptRemoteInvitation.
func (h *Host) RefuseRemoteInvitation(inv *RemoteInvitation) error {
	return h.call("refuse", inv, func() error { return inv.inv.Refuse() })
}

// invitation is either kind of handle, nil included.
type invitation interface {
	handle() *subject
	describe() errors.InvitationError
}

// call checks first of all that the invitation is this host's.
func (h *Host) call(op string, inv invitation, do func() error) error {
	switch s := inv.handle(); {
	case s == nil || s.host != h:
		return refusal(op, inv, errors.InvalidArgument, "it is not an invitation of "+h.self+"'s host")
	case s.self != s:
		return refusal(op, inv, errors.InvalidArgument, "it is a copy: only the pointer that the host gave is an invitation")
	}
	err := h.input(func() error {
		err := do()
		h.unsaved = h.unsaved || err == nil
		return err
	})
	if errors.Is(err, ErrClosed) {
		err = refusal(op, inv, err, "")
	}
	h.logCall(op, inv, err)
	return err
}

func refusal(op string, inv invitation, code error, detail string) error {
	err := errors.InvitationError{Peer: "of no host", State: "nil"}
	if s := inv.handle(); s != nil && s.host != nil {
		err = inv.describe()
	}
	err.Op, err.Code, err.Detail = op, code, detail
	return &err
}

func (l *LocalInvitation) handle() *subject {
	if l == nil {
		return nil
	}
	return &l.subject
}

func (r *RemoteInvitation) handle() *subject {
	if r == nil {
		return nil
	}
	return &r.subject
}

func (l *LocalInvitation) describe() errors.InvitationError {
	defer l.lock()()
	return errors.InvitationError{Invitation: idText(l.inv.ID()), Peer: "to " + l.inv.CalleeID(), State: l.inv.State().String()}
}

func (r *RemoteInvitation) describe() errors.InvitationError {
	defer r.lock()()
	return errors.InvitationError{Invitation: idText(r.inv.ID()), Peer: "from " + r.inv.CallerID(), State: r.inv.State().String()}
}

func idText(id engine.ID) string {
	if id == (engine.ID{}) {
		return ""
	}
	return id.String()
}

func (h *Host) newLocal(inv *engine.LocalInvitation) *LocalInvitation {
	l := &LocalInvitation{inv: inv}
	l.begin(h)
	return l
}

func (h *Host) newRemote(inv *engine.RemoteInvitation) *RemoteInvitation {
	r := &RemoteInvitation{inv: inv}
	r.begin(h)
	return r
}

func (s *subject) begin(h *Host) { s.self, s.host, s.ended = s, h, make(chan struct{}) }

// local and remote find the handle of an engine's invitation, or make it.
func (h *Host) local(inv *engine.LocalInvitation) *LocalInvitation {
	handle := h.locals[inv]
	if handle == nil {
		handle = h.newLocal(inv)
		h.locals[inv] = handle
	}
	return handle
}

func (h *Host) remote(inv *engine.RemoteInvitation) *RemoteInvitation {
	handle := h.remotes[inv]
	if handle == nil {
		handle = h.newRemote(inv)
		h.remotes[inv] = handle
	}
	return handle
}

// LocalInvitations are the invitations to others that were sent and have not
// ended: callee by callee, oldest first. After a restart this is where the app
// finds those that its store has kept.
func (h *Host) LocalInvitations() (open []*LocalInvitation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for inv := range h.engine.LocalInvitations() {
		if !inv.State().Terminal() {
			open = append(open, h.local(inv))
		}
	}
	return open
}

// RemoteInvitations are the invitations from others that have not ended: caller by
// caller, oldest first.
func (h *Host) RemoteInvitations() (open []*RemoteInvitation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for inv := range h.engine.RemoteInvitations() {
		if !inv.State().Terminal() {
			open = append(open, h.remote(inv))
		}
	}
	return open
}

// Wait blocks until the invitation has ended and returns the state in which it
// did, or an error: ErrClosed if its host was closed before, or why ctx ended. It
// does not wait for callbacks, so that one may call it. An invitation that was not
// sent does not end by itself.
func (l *LocalInvitation) Wait(ctx context.Context) (states.LocalState, error) {
	err := l.wait(ctx)
	if err != nil {
		err = refusal("wait", l, err, "")
	}
	return l.State(), err
}

// Wait blocks until the invitation has ended; see LocalInvitation.Wait.
func (r *RemoteInvitation) Wait(ctx context.Context) (states.RemoteState, error) {
	err := r.wait(ctx)
	if err != nil {
		err = refusal("wait", r, err, "")
	}
	return r.State(), err
}

func (s *subject) wait(ctx context.Context) error {
	if err := wait(ctx, s.ended, s.host.closing); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	default:
		return s.host.Err()
	}
}

// CalleeID is the user who is called.
func (l *LocalInvitation) CalleeID() string { defer l.lock()(); return l.inv.CalleeID() }

// Content is what SetContent set.
func (l *LocalInvitation) Content() string { defer l.lock()(); return l.inv.Content() }

// ChannelID is what SetChannelID set.
func (l *LocalInvitation) ChannelID() string { defer l.lock()(); return l.inv.ChannelID() }

// Response is what the callee answered with, once it has accepted or refused.
func (l *LocalInvitation) Response() string { defer l.lock()(); return l.inv.Response() }

// State is the present state.
func (l *LocalInvitation) State() states.LocalState { defer l.lock()(); return l.inv.State() }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (l *LocalInvitation) Failure() errors.LocalInvitationError {
	defer l.lock()()
	return l.inv.Failure()
}

// ID is zero until the invitation is sent.
func (l *LocalInvitation) ID() engine.ID { defer l.lock()(); return l.inv.ID() }

// SetContent sets the content for the callee, at most 8192 bytes of UTF-8, which
// SendLocalInvitation checks. It is ignored once the invitation is sent.
func (l *LocalInvitation) SetContent(content string) { defer l.lock()(); l.inv.SetContent(content) }

// SetChannelID sets the channel id, at most 64 bytes of UTF-8, which
// SendLocalInvitation checks. It is ignored once the invitation is sent.
func (l *LocalInvitation) SetChannelID(channelID string) {
	defer l.lock()()
	l.inv.SetChannelID(channelID)
}

// CallerID is the user who calls.
func (r *RemoteInvitation) CallerID() string { defer r.lock()(); return r.inv.CallerID() }

// Content is what the caller set.
func (r *RemoteInvitation) Content() string { defer r.lock()(); return r.inv.Content() }

// ChannelID is what the caller set.
func (r *RemoteInvitation) ChannelID() string { defer r.lock()(); return r.inv.ChannelID() }

// Response is what SetResponse set.
func (r *RemoteInvitation) Response() string { defer r.lock()(); return r.inv.Response() }

// State is the present state.
func (r *RemoteInvitation) State() states.RemoteState { defer r.lock()(); return r.inv.State() }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (r *RemoteInvitation) Failure() errors.RemoteInvitationError {
	defer r.lock()()
	return r.inv.Failure()
}

// ID is the caller's id of the invitation.
func (r *RemoteInvitation) ID() engine.ID { defer r.lock()(); return r.inv.ID() }

// SetResponse sets what the caller gets with the accept or refusal, at most 8192
// bytes of UTF-8, which those calls check. It is ignored once either was called.
func (r *RemoteInvitation) SetResponse(response string) {
	defer r.lock()()
	r.inv.SetResponse(response)
}
