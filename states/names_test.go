// Names and numbers: the vendor's where it has them, and one for everything.

package states

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func nameOfTrigger[T ~uint8](trigger T) string { return fmt.Sprint(trigger) }
func stateName[S ~uint8](s S) string           { return fmt.Sprint(s) }

func TestStateNumbers(t *testing.T) {
	for _, each := range []struct {
		state    fmt.Stringer
		got      uint8
		number   uint8
		name     string
		terminal bool
	}{
		{LocalIdle, uint8(LocalIdle), 0, "IDLE", false},
		{LocalSentToRemote, uint8(LocalSentToRemote), 1, "SENT_TO_REMOTE", false},
		{LocalReceivedByRemote, uint8(LocalReceivedByRemote), 2, "RECEIVED_BY_REMOTE", false},
		{LocalAcceptedByRemote, uint8(LocalAcceptedByRemote), 3, "ACCEPTED_BY_REMOTE", true},
		{LocalRefusedByRemote, uint8(LocalRefusedByRemote), 4, "REFUSED_BY_REMOTE", true},
		{LocalCanceled, uint8(LocalCanceled), 5, "CANCELED", true},
		{LocalFailure, uint8(LocalFailure), 6, "FAILURE", true},

		{RemoteIdle, uint8(RemoteIdle), 0, "IDLE", false},
		{RemoteInvitationReceived, uint8(RemoteInvitationReceived), 1, "INVITATION_RECEIVED", false},
		{RemoteAcceptSentToLocal, uint8(RemoteAcceptSentToLocal), 2, "ACCEPT_SENT_TO_LOCAL", false},
		{RemoteRefused, uint8(RemoteRefused), 3, "REFUSED", true},
		{RemoteAccepted, uint8(RemoteAccepted), 4, "ACCEPTED", true},
		{RemoteCanceled, uint8(RemoteCanceled), 5, "CANCELED", true},
		{RemoteFailure, uint8(RemoteFailure), 6, "FAILURE", true},
	} {
		if each.got != each.number || each.state.String() != each.name {
			t.Errorf("%T %v is %d, not %d %s", each.state, each.state, each.got, each.number, each.name)
		}
		if got := each.state.(interface{ Terminal() bool }).Terminal(); got != each.terminal {
			t.Errorf("%T %v: terminal is %v", each.state, each.state, got)
		}
	}
}

// Every declared constant has a name, and there is no name too many.
func TestNamesAreComplete(t *testing.T) {
	for _, each := range []struct {
		file, typ string
		names     []string
		distinct  bool
	}{
		{"states.go", "LocalState", localNames[:], true},
		{"states.go", "RemoteState", remoteNames[:], true},
		{"triggers.go", "LocalTrigger", localTriggerNames[:], true},
		{"triggers.go", "RemoteTrigger", remoteTriggerNames[:], true},
		{"effects.go", "Effect", effectNames[:], false}, // a first copy, a next copy and a reply are one word
		{"compile.go", "Kind", kindNames[:], true},
	} {
		if declared := countConstants(t, each.file, each.typ); declared != len(each.names) {
			t.Errorf("%s: %d constants and %d names", each.typ, declared, len(each.names))
		}
		seen := map[string]bool{}
		for i, name := range each.names {
			if name == "" || name == "?" || each.distinct && seen[name] {
				t.Errorf("%s %d is called %q", each.typ, i, name)
			}
			seen[name] = true
		}
	}
}

// What is not declared prints as "?" and panics nowhere; %#v, which rapid prints
// draws with, is as readable as %v.
func TestNamesOutsideTheRange(t *testing.T) {
	for _, each := range []struct{ got, want string }{
		{LocalState(7).String(), "?"}, {RemoteState(255).String(), "?"},
		{LocalTrigger(NumLocalTriggers).String(), "?"}, {RemoteTrigger(NumRemoteTriggers).String(), "?"},
		{Kind(5).String(), "?"}, {(LateConfirm << 1).String(), "?"},
		{Effect(0).String(), ""},
		{(LateConfirm | SendInvite | ArmNoResponse).String(), "no-response timer, INVITE, late confirm"},
		{fmt.Sprintf("%#v", []any{LocalSend, RemoteInvite, LocalFailure, RemoteRefused, CloseOwn}), "[]interface {}{send(), INVITE, FAILURE, REFUSED, CLOSED(own)}"},
	} {
		if each.got != each.want {
			t.Errorf("%q, not %q", each.got, each.want)
		}
	}
}

// countConstants counts the names of the iota block whose first one has the type.
func countConstants(t *testing.T, file, typ string) int {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.Decls {
		block, ok := decl.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		first := block.Specs[0].(*ast.ValueSpec)
		if id, ok := first.Type.(*ast.Ident); !ok || id.Name != typ {
			continue
		}
		count := 0
		for _, spec := range block.Specs {
			count += len(spec.(*ast.ValueSpec).Names)
		}
		return count
	}
	t.Fatalf("%s declares no %s", file, typ)
	return 0
}

// The rows of a table are told apart by their words alone.
func TestTriggerWordsHoldNoSeparator(t *testing.T) {
	for _, names := range [][]string{localTriggerNames[:], remoteTriggerNames[:], effectNames[:], localNames[:], remoteNames[:]} {
		for _, name := range names {
			if strings.ContainsAny(name, "|;:\n\"<>#") {
				t.Errorf("%q would break a table or a diagram", name)
			}
		}
	}
}
