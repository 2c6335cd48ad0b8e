// The handles that the app holds, and its calls on them: the vendor's call manager.

package host

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/states"
)

// LocalInvitation is the caller's handle of an invitation. Its methods may be
// called from any goroutine. It must not be copied: calls with a copy fail with
// InvalidArgument.
type LocalInvitation struct {
	subject
	inv *engine.LocalInvitation // whose methods are an input's
}

// RemoteInvitation is the callee's handle of an invitation. Its methods may be
// called from any goroutine. It must not be copied: calls with a copy fail with
// InvalidArgument.
type RemoteInvitation struct {
	subject
	inv *engine.RemoteInvitation // whose methods are an input's
}

// subject is the common part of both kinds of handle. None of it changes, so that a
// copy is as good to look at.
type subject struct {
	_     [0]sync.Mutex // go vet warns of copies
	self  *subject      // that of the handle which the host gave; a copy has another
	host  *Host
	peer  string
	ended chan struct{} // closed by the event that ends the invitation
	*kept
}

// kept is the part that changes. It is under the host's view.
type kept struct {
	order    uint64 // among the host's handles, 0 before it is sent
	shown    shown
	funcs    map[engine.OutputKind]*func(event)
	told     []event // a receipt and an end, at most
	answered bool    // accepted or refused by the app
	waiting  waiting
	restored bool // it comes from the store
}

// shown is the visible state of an invitation. A handle shows it as of the last input
// that was saved, and what the setters have set.
type shown struct {
	id                           engine.ID
	content, channelID, response string
	state, failure               uint8
	reason                       engine.Reason
	cause                        engine.Cause // a local one's, like those below
	device                       uint64
	noResponse, expiry           time.Duration // what SetTimes has set
	group                        *Group
	note                         string // a remote one's, like that below
	age                          time.Duration
	until                        time.Time // when it ends if nothing happens, zero if that is not known
}

// look is for one look at a handle.
func (s *subject) look() shown {
	s.host.view.Lock()
	defer s.host.view.Unlock()
	return s.shown
}

func (s *subject) fromStore() bool {
	s.host.view.Lock()
	defer s.host.view.Unlock()
	return s.restored
}

// set changes what is shown, while the invitation is in that state.
func (s *subject) set(state uint8, change func(*shown)) {
	s.host.view.Lock()
	defer s.host.view.Unlock()
	if s.shown.state == state {
		change(&s.shown)
	}
}

// show brings what is shown up to date. Until the invitation is sent its fields are
// the setters'.
func (l *LocalInvitation) show(bool) {
	i := l.inv
	if i.State() == states.LocalIdle {
		return
	}
	if l.order == 0 { // just sent
		l.host.add(l.kept)
		l.host.locals[i] = l
	}
	until, _ := i.WaitsUntil()
	l.shown = shown{
		id: i.ID(), content: i.Content(), channelID: i.ChannelID(), response: i.Response(),
		state: uint8(i.State()), failure: uint8(i.Failure()),
		reason: i.Reason(), cause: i.Cause(), device: i.Device(), until: until,
		noResponse: l.shown.noResponse, expiry: l.shown.expiry, group: l.shown.group,
	}
	if g := l.shown.group; g != nil {
		g.decided = g.inv.Decided()
		if g.first == (engine.ID{}) {
			g.first = i.ID()
		}
	}
}

// show brings what is shown up to date. The response is the setter's, unless the app
// has answered with it.
func (r *RemoteInvitation) show(answered bool) {
	i, response := r.inv, r.shown.response
	if answered && i.State() != states.RemoteInvitationReceived {
		response, r.answered = i.Response(), true
	}
	until, _ := i.RingsUntil()
	r.shown = shown{
		id: i.ID(), content: i.Content(), channelID: i.ChannelID(), response: response,
		state: uint8(i.State()), failure: uint8(i.Failure()),
		reason: i.Reason(), note: i.Note(), age: i.Age(), until: until,
	}
}

// CreateLocalInvitation makes an invitation in IDLE. It costs nothing until it
// is sent; a callee id that is not valid is reported by SendLocalInvitation.
func (h *Host) CreateLocalInvitation(calleeID string) *LocalInvitation {
	return h.newLocal(h.engine.CreateLocalInvitation(calleeID)) // which is no input
}

// SendLocalInvitation rings the callee. It fails with InvalidArgument (another
// host's invitation, callee, content, channel id or times), AlreadySent, AlreadyEnd,
// GroupDecided, LimitReached or ErrClosed, and then changes nothing. Logged out, it returns nil
// and the invitation ends in FAILURE (NOT_LOGGEDIN), as the vendor's does.
func (h *Host) SendLocalInvitation(inv *LocalInvitation) error {
	return h.call("send", inv, func() error {
		if waiting := h.untoldEnds(); waiting >= h.maxTotal {
			return refusal("send", inv, errors.LimitReached, "the ends of "+strconv.Itoa(waiting)+" calls wait for their callbacks")
		}
		shown := inv.look()
		inv.inv.SetContent(shown.content)
		inv.inv.SetChannelID(shown.channelID)
		if shown.noResponse != 0 || shown.expiry != 0 {
			inv.inv.SetTimes(shown.noResponse, shown.expiry)
		}
		h.joinGroup(inv, shown.group)
		return inv.inv.Send()
	})
}

// untoldEnds is how many calls have ended that the app has not been told of.
func (h *Host) untoldEnds() int {
	h.view.Lock()
	defer h.view.Unlock()
	return h.events.localEnds
}

// CancelLocalInvitation ends the invitation at once, whatever is on its way. It
// fails with InvalidArgument (another host's invitation), NotStarted, AlreadyEnd
// or ErrClosed.
func (h *Host) CancelLocalInvitation(inv *LocalInvitation) error {
	return h.call("cancel", inv, func() error { return inv.inv.Cancel() })
}

// CancelWithNote is CancelLocalInvitation, and tells the callee's app a note of at most
// 1024 bytes of UTF-8: why. The note may be lost where the cancel is not. A longer one
// fails with InvalidArgument.
func (h *Host) CancelWithNote(inv *LocalInvitation, note string) error {
	return h.call("cancel", inv, func() error { return inv.inv.CancelWithNote(note) })
}

// AcceptRemoteInvitation answers yes. The invitation is ACCEPTED when the caller
// has confirmed. It fails with InvalidArgument (another host's invitation, or the
// response), AlreadyAccept, AlreadyEnd or ErrClosed.
func (h *Host) AcceptRemoteInvitation(inv *RemoteInvitation) error {
	return h.call("accept", inv, func() error {
		inv.inv.SetResponse(inv.Response())
		return inv.inv.Accept()
	})
}

// RefuseRemoteInvitation answers no; the invitation is REFUSED at once. It fails
// like AcceptRemoteInvitation.
func (h *Host) RefuseRemoteInvitation(inv *RemoteInvitation) error {
	return h.call("refuse", inv, func() error {
		inv.inv.SetResponse(inv.Response())
		return inv.inv.Refuse()
	})
}

// handle is either kind of handle, nil included.
type handle interface {
	handle() *subject
	describe() errors.InvitationError
	show(byTheApp bool)
}

// call checks first of all that the invitation is this host's.
func (h *Host) call(op string, inv handle, do func() error) (err error) {
	switch s := inv.handle(); {
	case s == nil || s.host != h:
		return refusal(op, inv, errors.InvalidArgument, "it is not an invitation of "+quote.ID(h.self)+"'s host")
	case s.self != s:
		return refusal(op, inv, errors.InvalidArgument, "it is a copy: only the pointer that the host gave is an invitation")
	}
	h.input(func() error {
		err := do()
		if err == nil {
			h.about = inv
		}
		return err
	}, func(turn uint64, failed error) {
		if err = failed; errors.Is(err, ErrClosed) {
			err = refusal(op, inv, err, "")
		}
		h.logCall(turn, op, inv, err)
	})
	return err
}

func refusal(op string, inv handle, code error, detail string) error {
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
	shown := l.look()
	return errors.InvitationError{Invitation: idText(shown.id), Peer: "to " + quote.ID(l.peer), State: states.LocalState(shown.state).String()}
}

func (r *RemoteInvitation) describe() errors.InvitationError {
	shown := r.look()
	return errors.InvitationError{Invitation: idText(shown.id), Peer: "from " + quote.ID(r.peer), State: states.RemoteState(shown.state).String()}
}

func idText(id engine.ID) string {
	if id == (engine.ID{}) {
		return ""
	}
	return id.String()
}

func (h *Host) newLocal(inv *engine.LocalInvitation) *LocalInvitation {
	l := &LocalInvitation{inv: inv}
	l.begin(h, inv.CalleeID())
	return l
}

func (h *Host) newRemote(inv *engine.RemoteInvitation) *RemoteInvitation {
	r := &RemoteInvitation{inv: inv}
	r.begin(h, inv.CallerID())
	return r
}

func (s *subject) begin(h *Host, peer string) {
	s.self, s.host, s.peer, s.ended, s.kept = s, h, peer, make(chan struct{}), &kept{}
}

// add gives a handle its place among those of the host.
func (h *Host) add(k *kept) {
	h.handles++
	k.order = h.handles
}

// local and remote find the handle of an engine's invitation, or make it.
func (h *Host) local(inv *engine.LocalInvitation) *LocalInvitation {
	found := h.locals[inv]
	if found == nil {
		found = h.newLocal(inv)
		found.show(false)
	}
	return found
}

func (h *Host) remote(inv *engine.RemoteInvitation) *RemoteInvitation {
	found := h.remotes[inv]
	if found == nil {
		found = h.newRemote(inv)
		h.add(found.kept)
		h.remotes[inv] = found
		found.show(inv.State() != states.RemoteInvitationReceived) // a restored one
	}
	return found
}

// adopt makes the handles of invitations that a store has kept open.
func (h *Host) adopt() {
	h.view.Lock()
	defer h.view.Unlock()
	groups := map[*engine.Group]*Group{}
	for inv := range h.engine.LocalInvitations() {
		if inv.State().Terminal() {
			continue
		}
		l := h.local(inv)
		l.restored = true
		if g := inv.Group(); g != nil {
			if groups[g] == nil {
				groups[g] = &Group{host: h, inv: g, first: inv.ID(), decided: g.Decided()}
			}
			l.shown.group = groups[g]
		}
	}
	for inv := range h.engine.RemoteInvitations() {
		if !inv.State().Terminal() {
			h.remote(inv).restored = true
		}
	}
	h.stats.Stats = h.engine.Stats()
}

// LocalInvitations are the invitations to others that were sent and have not
// ended, oldest first. After a restart this is where the app finds those that its
// store has kept, callee by callee.
func (h *Host) LocalInvitations() []*LocalInvitation {
	h.view.Lock()
	defer h.view.Unlock()
	return slices.SortedFunc(maps.Values(h.locals), func(a, b *LocalInvitation) int { return cmp.Compare(a.order, b.order) })
}

// RemoteInvitations are the invitations from others that have not ended, in the
// order of LocalInvitations.
func (h *Host) RemoteInvitations() []*RemoteInvitation {
	h.view.Lock()
	defer h.view.Unlock()
	return slices.SortedFunc(maps.Values(h.remotes), func(a, b *RemoteInvitation) int { return cmp.Compare(a.order, b.order) })
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
func (l *LocalInvitation) CalleeID() string { return l.peer }

// Content is the content that SetContent set.
func (l *LocalInvitation) Content() string { return l.look().content }

// ChannelID is the channel that SetChannelID set.
func (l *LocalInvitation) ChannelID() string { return l.look().channelID }

// Response is the callee's response, once it has accepted or refused.
func (l *LocalInvitation) Response() string { return l.look().response }

// State is the present state.
func (l *LocalInvitation) State() states.LocalState { return states.LocalState(l.look().state) }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (l *LocalInvitation) Failure() errors.LocalInvitationError {
	return errors.LocalInvitationError(l.look().failure)
}

// Reason is why the invitation is CANCELED: engine.ReasonUser, or engine.ReasonAnswered if
// another of its group was accepted. It is 0 in any other state.
func (l *LocalInvitation) Reason() engine.Reason { return l.look().reason }

// Cause is what lies behind PEER_NO_RESPONSE, and 0 for any other end.
func (l *LocalInvitation) Cause() engine.Cause { return l.look().cause }

// Device is the callee's device that has accepted or refused; 0 if the callee has only one.
func (l *LocalInvitation) Device() uint64 { return l.look().device }

// WaitsUntil is when an open invitation fails if nothing more happens, and false for
// one that is not sent or has ended.
func (l *LocalInvitation) WaitsUntil() (time.Time, bool) {
	until := l.look().until
	return until, !until.IsZero()
}

// ID is zero until the invitation is sent.
func (l *LocalInvitation) ID() engine.ID { return l.look().id }

// Restored tells whether the invitation comes from the store. If so, an earlier
// process may have told the app of its events.
func (l *LocalInvitation) Restored() bool { return l.fromStore() }

// SetContent sets the content for the callee, at most 8192 bytes of UTF-8, which
// SendLocalInvitation checks. It is ignored once the invitation is sent.
func (l *LocalInvitation) SetContent(content string) {
	l.set(uint8(states.LocalIdle), func(s *shown) { s.content = content })
}

// SetChannelID sets the channel id, at most 64 bytes of UTF-8, which
// SendLocalInvitation checks. It is ignored once the invitation is sent.
func (l *LocalInvitation) SetChannelID(channelID string) {
	l.set(uint8(states.LocalIdle), func(s *shown) { s.channelID = channelID })
}

// SetTimes sets the no-response and the expiry time of this call; 0 stands for that of
// the host's options. SendLocalInvitation checks them. It is ignored once the invitation
// is sent.
func (l *LocalInvitation) SetTimes(noResponse, expiry time.Duration) {
	l.set(uint8(states.LocalIdle), func(s *shown) { s.noResponse, s.expiry = noResponse, expiry })
}

// CallerID is the user who calls.
func (r *RemoteInvitation) CallerID() string { return r.peer }

// Content is the content that the caller set.
func (r *RemoteInvitation) Content() string { return r.look().content }

// ChannelID is the channel that the caller set.
func (r *RemoteInvitation) ChannelID() string { return r.look().channelID }

// Response is the response that SetResponse set.
func (r *RemoteInvitation) Response() string { return r.look().response }

// State is the present state.
func (r *RemoteInvitation) State() states.RemoteState { return states.RemoteState(r.look().state) }

// Failure is the reason of a FAILURE, 0 (errors.OK) in any other state.
func (r *RemoteInvitation) Failure() errors.RemoteInvitationError {
	return errors.RemoteInvitationError(r.look().failure)
}

// Reason is why the invitation is CANCELED: the caller's reason, or that another device of
// this user has answered (engine.ReasonAcceptedElsewhere, ReasonRefusedElsewhere). It is 0
// in any other state.
func (r *RemoteInvitation) Reason() engine.Reason { return r.look().reason }

// Note is what the caller said when it canceled, if the message with it has arrived.
func (r *RemoteInvitation) Note() string { return r.look().note }

// Age is how old the call was when it began to ring, as far as its caller and the
// transport knew.
func (r *RemoteInvitation) Age() time.Duration { return r.look().age }

// RingsUntil is when the ring ends if nothing happens, and false for one that does not
// ring (any more).
func (r *RemoteInvitation) RingsUntil() (time.Time, bool) {
	until := r.look().until
	return until, !until.IsZero()
}

// ID is the caller's id of the invitation.
func (r *RemoteInvitation) ID() engine.ID { return r.look().id }

// Restored tells whether the invitation comes from the store. If so, an earlier
// process may have told the app of its events, and the user may know of the ring.
func (r *RemoteInvitation) Restored() bool { return r.fromStore() }

// SetResponse sets the response that goes with the accept or refusal, at most 8192
// bytes of UTF-8, which those calls check. It is ignored once either was called.
func (r *RemoteInvitation) SetResponse(response string) {
	r.set(uint8(states.RemoteInvitationReceived), func(s *shown) { s.response = response })
}
