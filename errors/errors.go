// Package errors holds the three families of codes that a call invitation can
// end or be refused with, under the names and numbers of Agora RTM 1.x, and the
// error values that carry them.
//
// A code is an error value by itself, so both of these work on whatever an API
// call returns:
//
//	errors.Is(err, errors.AlreadyEnd)
//	var code errors.InvitationApiCallError
//	errors.As(err, &code) // code.Number() == 3
//
// The package forwards Is, As, Join, Unwrap and New of the standard library, so a file
// needs only one of the two. It imports nothing of this module.
package errors

import "errors"

// OK is number 0 of every family. It is a number, never an error value: a call
// that succeeds returns a nil error.
const OK = 0

// LocalInvitationError says why a LocalInvitation ended in FAILURE. It is what
// the vendor's onLocalInvitationFailure delivers.
type LocalInvitationError uint8

// The caller's failure reasons. Names that both families share carry the side.
const (
	// LocalPeerOffline: the callee was last known to be offline when the
	// no-response time (30 s from send) ran out.
	LocalPeerOffline LocalInvitationError = 1
	// LocalPeerNoResponse: the callee did not answer the INVITE within the
	// no-response time, or turned it away.
	LocalPeerNoResponse LocalInvitationError = 2
	// LocalInvitationExpire: the callee had it, and nobody acted within the
	// expiry time (60 s).
	LocalInvitationExpire LocalInvitationError = 3
	// LocalNotLoggedIn: send was called while the caller was logged out.
	LocalNotLoggedIn LocalInvitationError = 4
)

// RemoteInvitationError says why a RemoteInvitation ended in FAILURE. It is
// what the vendor's onRemoteInvitationFailure delivers.
type RemoteInvitationError uint8

// The callee's failure reasons.
const (
	// RemotePeerOffline: the caller was last known to be offline when the
	// accept time ran out.
	RemotePeerOffline RemoteInvitationError = 1
	// RemoteAcceptFailure: accept was sent and the caller's confirmation did
	// not come within the accept time.
	RemoteAcceptFailure RemoteInvitationError = 2
	// RemoteInvitationExpire: nobody acted within the expiry time.
	RemoteInvitationExpire RemoteInvitationError = 3
)

// InvitationApiCallError says why an API call was refused. A refused call
// changes nothing.
type InvitationApiCallError uint8

// The reasons for which an API call is refused.
const (
	// InvalidArgument: an argument breaks a limit, such as content over 8192 bytes.
	InvalidArgument InvitationApiCallError = 1
	// NotStarted: cancel before send.
	NotStarted InvitationApiCallError = 2
	// AlreadyEnd: any call after the invitation has ended.
	AlreadyEnd InvitationApiCallError = 3
	// AlreadyAccept: accept or refuse while an accept is under way.
	AlreadyAccept InvitationApiCallError = 4
	// AlreadySent: send while the invitation is under way.
	AlreadySent InvitationApiCallError = 5
)

// LimitReached is ours, not the vendor's: send was refused because as many
// invitations as Options allow are remembered already, for that peer or in all.
// The invitation stays IDLE and can be sent later.
const LimitReached ownError = "too many invitations are remembered"

// GroupDecided is ours, not the vendor's: send was refused because another invitation
// of the same group is accepted. The invitation stays IDLE.
const GroupDecided ownError = "another invitation of its group is accepted"

// ownError is the type of codes that the vendor does not have.
type ownError string

func (e ownError) Error() string { return string(e) }

// code is the row of one number in the tables below.
type code struct{ name, text string }

var localCodes = [...]code{
	{"LOCAL_INVITATION_ERR_OK", "ok"},
	{"LOCAL_INVITATION_ERR_PEER_OFFLINE", "callee is offline"},
	{"LOCAL_INVITATION_ERR_PEER_NO_RESPONSE", "callee does not respond"},
	{"LOCAL_INVITATION_ERR_INVITATION_EXPIRE", "invitation expired"},
	{"LOCAL_INVITATION_ERR_NOT_LOGGEDIN", "caller is not logged in"},
}

var remoteCodes = [...]code{
	{"REMOTE_INVITATION_ERR_OK", "ok"},
	{"REMOTE_INVITATION_ERR_PEER_OFFLINE", "caller is offline"},
	{"REMOTE_INVITATION_ERR_ACCEPT_FAILURE", "accept was not confirmed"},
	{"REMOTE_INVITATION_ERR_INVITATION_EXPIRE", "invitation expired"},
}

var callCodes = [...]code{
	{"INVITATION_API_CALL_ERR_OK", "ok"},
	{"INVITATION_API_CALL_ERR_INVALID_ARGUMENT", "invalid argument"},
	{"INVITATION_API_CALL_ERR_NOT_STARTED", "not started"},
	{"INVITATION_API_CALL_ERR_ALREADY_END", "already ended"},
	{"INVITATION_API_CALL_ERR_ALREADY_ACCEPT", "already accepted"},
	{"INVITATION_API_CALL_ERR_ALREADY_SENT", "already sent"},
}

func lookup(codes []code, n uint8) code {
	if int(n) < len(codes) {
		return codes[n]
	}
	return code{"UNKNOWN", "unknown code"}
}

// Name is the vendor's constant, such as LOCAL_INVITATION_ERR_PEER_OFFLINE.
func (e LocalInvitationError) Name() string { return lookup(localCodes[:], uint8(e)).name }

// Name is the vendor's constant, such as REMOTE_INVITATION_ERR_ACCEPT_FAILURE.
func (e RemoteInvitationError) Name() string { return lookup(remoteCodes[:], uint8(e)).name }

// Name is the vendor's constant, such as INVITATION_API_CALL_ERR_ALREADY_END.
func (e InvitationApiCallError) Name() string { return lookup(callCodes[:], uint8(e)).name }

func (e LocalInvitationError) Error() string   { return lookup(localCodes[:], uint8(e)).text }
func (e RemoteInvitationError) Error() string  { return lookup(remoteCodes[:], uint8(e)).text }
func (e InvitationApiCallError) Error() string { return lookup(callCodes[:], uint8(e)).text }

// Number is the vendor's number, 0 to 4.
func (e LocalInvitationError) Number() int { return int(e) }

// Number is the vendor's number, 0 to 3.
func (e RemoteInvitationError) Number() int { return int(e) }

// Number is the vendor's number, 0 to 5.
func (e InvitationApiCallError) Number() int { return int(e) }

// InvitationError is a code together with its subject. Its text reads
//
//	accept: invitation 5eed-1 from alice is CANCELED: already ended
type InvitationError struct {
	Op         string // the operation: send, cancel, accept, refuse, or ring for a failure
	Invitation string // the invitation's id; empty before it was sent
	Peer       string // "to bob" or "from alice"; an odd user id is quoted and cut
	State      string // the state it was in, under the vendor's name
	Code       error  // one of the three families, LimitReached, or GroupDecided
	Detail     string // which argument or limit, where the code alone does not say
}

func (e *InvitationError) Error() string {
	text := e.Op + ": invitation "
	if e.Invitation != "" {
		text += e.Invitation + " "
	}
	text += e.Peer + " is " + e.State + ": " + e.Code.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap gives the code, for Is and As.
func (e *InvitationError) Unwrap() error { return e.Code }

// Is forwards to the standard library's errors.Is.
func Is(err, target error) bool { return errors.Is(err, target) }

// As forwards to the standard library's errors.As.
func As(err error, target any) bool { return errors.As(err, target) }

// Join forwards to the standard library's errors.Join.
func Join(errs ...error) error { return errors.Join(errs...) }

// Unwrap forwards to the standard library's errors.Unwrap.
func Unwrap(err error) error { return errors.Unwrap(err) }

// New forwards to the standard library's errors.New.
func New(text string) error { return errors.New(text) }
