package engine_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/engine"
)

// clockAt is a clock that stands still. A program takes clock.New() of
// github.com/benbjohnson/clock, or any other that counts sleep.
type clockAt struct{ time.Time }

func (c clockAt) Now() time.Time { return c.Time }

var clk = clockAt{time.Unix(0, 0)}

// Two users in one program, with a network that delivers at once.
func Example() {
	alice, _ := engine.New("alice", engine.Options{Clock: clk, Epoch: 0xa11ce}) // draw epochs from crypto/rand
	bob, _ := engine.New("bob", engine.Options{Clock: clk, Epoch: 0xb0b})
	users := map[string]*engine.Engine{"alice": alice, "bob": bob}

	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	err := call.Send() // errors.AlreadySent, …
	for _, e := range []*engine.Engine{alice, bob, alice, bob} {
		for out, ok := e.Poll(); ok; out, ok = e.Poll() {
			switch out.Kind {
			case engine.Send: // hand it to your transport
				users[out.To].Receive(e.Self(), out.Message)
			case engine.RemoteInvitationReceived:
				fmt.Println(e.Self(), "rings:", out.Remote.Content())
				err = out.Remote.Accept()
			case engine.LocalInvitationAccepted, engine.RemoteInvitationAccepted:
				fmt.Println(e.Self(), "is in the call")
			}
		}
	}
	deadline, _ := alice.NextDeadline() // call Advance then
	fmt.Println("alice remembers it for", deadline.Sub(clk.Now()), err)
	// Output:
	// bob rings: video?
	// alice is in the call
	// bob is in the call
	// alice remembers it for 4m7s <nil>
}

// Time is an input like any other: a driver calls Advance at NextDeadline.
func ExampleEngine_NextDeadline() {
	now := &clockAt{time.Unix(0, 0)}
	alice, _ := engine.New("alice", engine.Options{Clock: now, Epoch: 0xa11ce})
	call := alice.CreateLocalInvitation("bob")
	_ = call.Send()
	copies := 0
	for !call.State().Terminal() {
		for out := range alice.All() {
			if out.Kind == engine.Send {
				copies++
			}
		}
		now.Time, _ = alice.NextDeadline()
		alice.Advance()
	}
	fmt.Println(copies, "INVITEs in", now.Sub(time.Unix(0, 0)))
	fmt.Println(call.State(), call.Failure())
	// Output:
	// 10 INVITEs in 30s
	// FAILURE callee does not respond
}

// A snapshot that was made durable after every input survives the process.
func ExampleRestore() {
	clk, newEpoch := &clockAt{time.Unix(0, 0)}, uint64(0xa1)
	alice, _ := engine.New("alice", engine.Options{Clock: clk, Epoch: 0xa11ce})
	call := alice.CreateLocalInvitation("bob")
	_ = call.Send()
	snapshot, savedAt := alice.Snapshot(), clk.Now() // make both durable, then poll, send and tell

	clk.Time = clk.Add(10 * time.Second) // the process has died, and is back
	now := clk.Now()

	away := now.Sub(savedAt) // engine.AwayUnknown if there is no such clock
	e, err := engine.Restore("alice", engine.Options{Clock: clk, Epoch: newEpoch}, snapshot, away)

	if err != nil {
		panic(err)
	}
	for out := range e.All() {
		fmt.Println(out.Kind, out.Message.Kind, out.Message.ID, "of age", out.Message.Age)
	}
	for call := range e.LocalInvitations() {
		fmt.Println("to", call.CalleeID(), call.State())
	}
	// Output:
	// Send INVITE a11ce-1 of age 10s
	// to bob SENT_TO_REMOTE
}

// TestReadme: the README shows the body of Example, line for line.
func TestReadme(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(source), "func Example() {\n")
	body, _, found := strings.Cut(body, "\t// Output:")
	if shown := strings.ReplaceAll("\n"+body, "\n\t", "\n")[1:]; !found || !strings.Contains(string(readme), "```go\n"+shown+"```\n") {
		t.Errorf("README.md does not show the example as it is:\n%s", shown)
	}
}
