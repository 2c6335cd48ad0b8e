// User ids: whose is valid, what is said of one that is not, and that none of them
// writes lines of its own into an error.

package engine_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/invsim/invsim/engine"
)

func TestInvalidUserIDs(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	alice := newEngine(t, "alice", clock, 1)
	for id, want := range map[string]string{
		"":                      `to "" is IDLE: invalid argument: callee is not a valid user id: it is empty`,
		"null":                  `to null is IDLE: invalid argument: callee is not a valid user id: "null" is reserved`,
		" bob":                  `to " bob" is IDLE: invalid argument: callee is not a valid user id: it begins with a space`,
		"bo/b":                  `to bo/b is IDLE: invalid argument: callee is not a valid user id: "/" at byte 2 is not allowed`,
		"bo\nb":                 `to "bo\nb" is IDLE: invalid argument: callee is not a valid user id: "\n" at byte 2 is not allowed`,
		"zoë":                   `to "zo\u00eb" is IDLE: invalid argument: callee is not a valid user id: "\u00eb" at byte 2 is not allowed`,
		"\xff":                  `to "\xff" is IDLE: invalid argument: callee is not a valid user id: "\xff" at byte 0 is not allowed`,
		strings.Repeat("x", 65): `to "` + strings.Repeat("x", 64) + `"... (65 bytes) is IDLE: invalid argument: callee is not a valid user id: it has 65 bytes, at most 64 are allowed`,
		"alice":                 "to alice is IDLE: invalid argument: callee is the caller",
	} {
		if err := alice.CreateLocalInvitation(id).Send(); err == nil || err.Error() != "send: invitation "+want {
			t.Errorf("%.70q: %v\nnot %s", id, err, want)
		}
	}
	options := optionsOf(clock, 1)
	options.ValidUserID = func(id string) bool { return id == "alice" }
	picky, err := engine.New("alice", options)
	if err != nil {
		t.Fatal(err)
	}
	if err := picky.CreateLocalInvitation("bob").Send(); err == nil || !strings.HasSuffix(err.Error(), "callee is not a valid user id: Options.ValidUserID refuses it") {
		t.Error(err)
	}
	if _, err := engine.New("bo/b", optionsOf(clock, 1)); err == nil || err.Error() != `engine: own user id bo/b is not valid: "/" at byte 2 is not allowed` {
		t.Error(err)
	}
}

// Whatever user ids look like, an error is one line that can be read.
func TestErrorsAreOneLine(t *testing.T) {
	clock := &testClock{time.Unix(0, 0)}
	for _, id := range []string{"bob\nERROR all is lost", "\x1b[2J", "\r", "\x00", "\u202e", "\xff\xfe", strings.Repeat("\n", 100_000), strings.Repeat("x", 100_000)} {
		anything := optionsOf(clock, 1)
		anything.ValidUserID = func(string) bool { return true }
		e, err := engine.New("alice", anything)
		if err != nil {
			t.Fatal(err)
		}
		call := e.CreateLocalInvitation(id)
		call.SetContent("\xff")
		errs := []error{call.Send(), call.Cancel()}
		e.Receive(id, engine.Message{Kind: engine.Invite, ID: engine.ID{Epoch: 2, Counter: 1}, Wait: time.Second, Expiry: time.Second})
		for ring := range e.RemoteInvitations() {
			ring.SetResponse("\xff")
			errs = append(errs, ring.Accept())
			ring.SetResponse("")
			if err := ring.Accept(); err != nil {
				t.Fatal(err)
			}
			errs = append(errs, ring.Refuse(), byValue(ring).Refuse())
		}
		_, err = engine.New(id, optionsOf(clock, 1))
		errs = append(errs, err, newEngine(t, "bob", clock, 1).CreateLocalInvitation(id).Send())
		_, err = engine.Restore(id, anything, e.Snapshot(), 0)
		errs = append(errs, err)
		for i, err := range errs {
			if err == nil {
				t.Fatalf("%.20q: there is no error %d", id, i)
			}
			text := err.Error()
			if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }); i >= 0 || len(text) > 600 {
				t.Errorf("%.20q: %d bytes: %.100q", id, len(text), text)
			}
		}
	}
}
