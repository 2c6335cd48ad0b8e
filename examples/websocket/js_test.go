package main

import (
	"bufio"
	"encoding/base64"
	"os/exec"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// jsPhone starts a phone of js/ at the hub, and returns the lines that it prints. It
// needs node with a WebSocket.
func jsPhone(t *testing.T, at string, args ...string) <-chan string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here")
	}
	args = append([]string{"--no-warnings", "--experimental-websocket", "../../js/test/phone.mjs", "ws://" + at}, args...)
	cmd := exec.CommandContext(t.Context(), node, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer cmd.Wait()
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	switch first := next(t, lines); first {
	case "ready":
	case "no WebSocket", "": // an older node refuses the flag and says nothing
		t.Skip("this node has no WebSocket")
	default:
		t.Fatalf("the phone says %q", first)
	}
	return lines
}

// goPhone is a user whose calls are answered, and who tells how they ended.
type goPhone struct {
	host.NopListener
	*host.Host
	t     *testing.T
	ended chan string
}

func newGoPhone(t *testing.T, at, user string) *goPhone {
	t.Helper()
	session, err := login(at, user, 0, passwordOf(user), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	h, err := host.New(user, session, host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := &goPhone{Host: h, t: t, ended: make(chan string, 10)}
	if err := h.Start(p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return p
}

func (p *goPhone) OnRemoteInvitationReceived(call *host.RemoteInvitation) {
	call.SetResponse("from Go to " + call.Content())
	if err := p.AcceptRemoteInvitation(call); err != nil {
		p.t.Errorf("accept: %v", err)
	}
}

func (p *goPhone) OnRemoteInvitationAccepted(*host.RemoteInvitation) { p.ended <- "accepted" }

func (p *goPhone) OnLocalInvitationAccepted(_ *host.LocalInvitation, response string) {
	p.ended <- "accepted: " + response
}

func (p *goPhone) OnLocalInvitationFailure(_ *host.LocalInvitation, code errors.LocalInvitationError) {
	p.ended <- code.Name()
}

// TestCallsToJavaScript: a phone in Go and one in JavaScript call each other over the hub.
func TestCallsToJavaScript(t *testing.T) {
	at, stop, err := serve("127.0.0.1:0", knowsPassword)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	alice := newGoPhone(t, at, "alice")

	bob := jsPhone(t, at, "bob", passwordOf("bob"))
	call := alice.CreateLocalInvitation("bob")
	call.SetContent("from Go")
	if err := alice.SendLocalInvitation(call); err != nil {
		t.Fatal(err)
	}
	expect(t, alice.ended, "accepted: from JavaScript")
	expect(t, bob, "alice calls: from Go")
	expect(t, bob, `Remote ACCEPTED "from JavaScript"`)

	carol := jsPhone(t, at, "carol", passwordOf("carol"), "alice")
	expect(t, alice.ended, "accepted")
	expect(t, carol, `Local ACCEPTED_BY_REMOTE "from Go to from JavaScript"`)
}

func expect(t *testing.T, from <-chan string, want string) {
	t.Helper()
	if got := next(t, from); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestSubprotocol: a browser's password comes as the name of a protocol.
func TestSubprotocol(t *testing.T) {
	at, stop, err := serve("127.0.0.1:0", knowsPassword)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	dial := func(password string) (*websocket.Conn, error) {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+at+"/?user=alice", &websocket.DialOptions{
			Subprotocols: []string{subprotocol, bearer + base64.RawURLEncoding.EncodeToString([]byte(password))},
		})
		return conn, err
	}
	if _, err := dial("another password"); err == nil {
		t.Error("a wrong password is let in")
	}
	conn, err := dial(passwordOf("alice"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if got := conn.Subprotocol(); got != subprotocol {
		t.Errorf("the hub answers %q, want %q", got, subprotocol)
	}
}
