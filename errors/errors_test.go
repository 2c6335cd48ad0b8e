package errors_test

import (
	stderrors "errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"

	"github.com/invsim/invsim/errors"
)

// code is what the three families have in common.
type code interface {
	error
	Name() string
	Number() int
}

// The vendor's list: every constant of the three families with its number. OK is
// not an error value here, but its number has a name.
var vendor = []struct {
	code   code
	number int
	name   string
	ours   string
}{
	{errors.LocalInvitationError(errors.OK), 0, "LOCAL_INVITATION_ERR_OK", "OK"},
	{errors.LocalPeerOffline, 1, "LOCAL_INVITATION_ERR_PEER_OFFLINE", "LocalPeerOffline"},
	{errors.LocalPeerNoResponse, 2, "LOCAL_INVITATION_ERR_PEER_NO_RESPONSE", "LocalPeerNoResponse"},
	{errors.LocalInvitationExpire, 3, "LOCAL_INVITATION_ERR_INVITATION_EXPIRE", "LocalInvitationExpire"},
	{errors.LocalNotLoggedIn, 4, "LOCAL_INVITATION_ERR_NOT_LOGGEDIN", "LocalNotLoggedIn"},

	{errors.RemoteInvitationError(errors.OK), 0, "REMOTE_INVITATION_ERR_OK", "OK"},
	{errors.RemotePeerOffline, 1, "REMOTE_INVITATION_ERR_PEER_OFFLINE", "RemotePeerOffline"},
	{errors.RemoteAcceptFailure, 2, "REMOTE_INVITATION_ERR_ACCEPT_FAILURE", "RemoteAcceptFailure"},
	{errors.RemoteInvitationExpire, 3, "REMOTE_INVITATION_ERR_INVITATION_EXPIRE", "RemoteInvitationExpire"},

	{errors.InvitationApiCallError(errors.OK), 0, "INVITATION_API_CALL_ERR_OK", "OK"},
	{errors.InvalidArgument, 1, "INVITATION_API_CALL_ERR_INVALID_ARGUMENT", "InvalidArgument"},
	{errors.NotStarted, 2, "INVITATION_API_CALL_ERR_NOT_STARTED", "NotStarted"},
	{errors.AlreadyEnd, 3, "INVITATION_API_CALL_ERR_ALREADY_END", "AlreadyEnd"},
	{errors.AlreadyAccept, 4, "INVITATION_API_CALL_ERR_ALREADY_ACCEPT", "AlreadyAccept"},
	{errors.AlreadySent, 5, "INVITATION_API_CALL_ERR_ALREADY_SENT", "AlreadySent"},
}

func TestVendorNamesAndNumbers(t *testing.T) {
	texts := map[string]bool{}
	for _, each := range vendor {
		if each.code.Number() != each.number || each.code.Name() != each.name {
			t.Errorf("%d %s, not %d %s", each.code.Number(), each.code.Name(), each.number, each.name)
		}
		text := fmt.Sprintf("%T %v", each.code, each.code)
		if each.code.Error() == "" || texts[text] {
			t.Errorf("%s says %q, as another does or not at all", each.name, each.code)
		}
		texts[text] = true
	}
}

// A code that the list above does not know, or knows under another name, fails here.
func TestNoCodeIsMissing(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); ok {
			switch typ.Name {
			case "LocalInvitationError", "RemoteInvitationError", "InvitationApiCallError":
				for _, name := range spec.Names {
					declared = append(declared, name.Name)
				}
			}
		}
		return true
	})
	var listed []string
	for _, each := range vendor {
		if each.number != errors.OK {
			listed = append(listed, each.ours)
		}
	}
	if !slices.Equal(declared, listed) {
		t.Errorf("declared are %q, listed %q", declared, listed)
	}
}

func TestUnknownNumbers(t *testing.T) {
	for _, c := range []code{errors.LocalInvitationError(5), errors.RemoteInvitationError(4), errors.InvitationApiCallError(6), errors.InvitationApiCallError(255)} {
		if c.Name() != "UNKNOWN" || c.Error() != "unknown code" {
			t.Errorf("%T %d: %s, %v", c, c.Number(), c.Name(), c)
		}
	}
}

// Equal numbers of two families are two errors.
func TestFamiliesDoNotMix(t *testing.T) {
	for i, a := range vendor {
		for j, b := range vendor {
			if got := errors.Is(a.code, b.code); got != (i == j) {
				t.Errorf("Is(%s, %s) is %v", a.name, b.name, got)
			}
		}
	}
}

func TestIsAndAsThroughInvitationError(t *testing.T) {
	for _, each := range vendor {
		wrapped := fmt.Errorf("host: %w", &errors.InvitationError{Op: "ring", Peer: "to bob", State: "FAILURE", Code: each.code})
		if !errors.Is(wrapped, each.code) {
			t.Errorf("Is does not find %s", each.name)
		}
		var local errors.LocalInvitationError
		var remote errors.RemoteInvitationError
		var call errors.InvitationApiCallError
		found := map[bool]code{}
		found[errors.As(wrapped, &local)] = local
		if errors.As(wrapped, &remote) {
			found[true] = remote
		}
		if errors.As(wrapped, &call) {
			found[true] = call
		}
		if found[true] != each.code {
			t.Errorf("As finds %v for %s", found[true], each.name)
		}
		var whole *errors.InvitationError
		if !errors.As(wrapped, &whole) || whole.State != "FAILURE" {
			t.Errorf("As does not find the InvitationError around %s", each.name)
		}
	}
	limit := &errors.InvitationError{Op: "send", Peer: "to bob", State: "IDLE", Code: errors.LimitReached}
	var call errors.InvitationApiCallError
	if !errors.Is(limit, errors.LimitReached) || errors.As(limit, &call) {
		t.Error("LimitReached is ours, and of no vendor's family")
	}
}

func TestTextNamesCallInvitationAndState(t *testing.T) {
	for _, each := range []struct {
		err  errors.InvitationError
		want string
	}{
		{errors.InvitationError{Op: "accept", Invitation: "5eed-1", Peer: "from alice", State: "CANCELED", Code: errors.AlreadyEnd},
			"accept: invitation 5eed-1 from alice is CANCELED: already ended"},
		{errors.InvitationError{Op: "cancel", Peer: "to bob", State: "IDLE", Code: errors.NotStarted},
			"cancel: invitation to bob is IDLE: not started"},
		{errors.InvitationError{Op: "send", Peer: "to bob", State: "IDLE", Code: errors.InvalidArgument, Detail: "content has 8193 bytes, at most 8192 are allowed"},
			"send: invitation to bob is IDLE: invalid argument: content has 8193 bytes, at most 8192 are allowed"},
		{errors.InvitationError{Op: "ring", Invitation: "5eed-2", Peer: "to bob", State: "FAILURE", Code: errors.LocalPeerNoResponse},
			"ring: invitation 5eed-2 to bob is FAILURE: callee does not respond"},
		{errors.InvitationError{Op: "send", Peer: "to bob", State: "IDLE", Code: errors.LimitReached},
			"send: invitation to bob is IDLE: too many invitations are remembered"},
	} {
		if got := each.err.Error(); got != each.want {
			t.Errorf("%q\nnot %q", got, each.want)
		}
	}
}

// A file that imports this package can do without the standard one.
func TestForwards(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	both := errors.Join(a, b)
	wrapped := fmt.Errorf("c: %w", a)
	if !stderrors.Is(both, a) || !errors.Is(both, b) || errors.Is(a, b) || errors.Unwrap(wrapped) != a || a.Error() != "a" {
		t.Error("a forward does something else than the standard library")
	}
}
