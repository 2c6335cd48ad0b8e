package main

import (
	"bufio"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/host"
)

// start runs a phone of js/ in another program until the end of the test, and returns the
// lines that it says.
func start(t *testing.T, cmd *exec.Cmd) <-chan string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	return lines
}

// inNode starts a phone in Node, if there is one with a WebSocket.
func inNode(t *testing.T, hub pages, user, callee string) <-chan string {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no Node here")
	}
	lines := start(t, exec.CommandContext(t.Context(), node, "--no-warnings", "--experimental-websocket",
		"../../js/test/phone.mjs", "ws://"+hub.at, user, passwordOf(user), callee))
	switch first := next(t, lines); first {
	case "ready":
	case "no WebSocket", "": // an older Node refuses the flag and says nothing
		t.Skip("this Node has no WebSocket")
	default:
		t.Fatalf("the phone says %q", first)
	}
	return lines
}

// inBrowser starts a phone in a Chromium without a window, if there is one.
func inBrowser(t *testing.T, hub pages, user, callee string) <-chan string {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("no Chromium here: no call to a browser was made")
	}
	profile, err := os.MkdirTemp("", "invsim-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(profile) }) // behind the end of the browser
	page := url.URL{Scheme: "http", Host: hub.at, Path: "/test/phone.html",
		RawQuery: url.Values{"user": {user}, "password": {passwordOf(user)}, "callee": {callee}}.Encode()}
	start(t, exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+profile, page.String()))
	expect(t, hub.said[user], "ready")
	return hub.said[user]
}

// pages is a hub whose server has the pages of js/ too, and what phones in pages have said:
// the hub refuses pages of other hosts.
type pages struct {
	at   string
	said map[string]chan string
}

func serveWithPages(t *testing.T, users ...string) pages {
	h, files := newHub(knowsPassword), http.FileServer(http.Dir("../../js"))
	p := pages{said: map[string]chan string{}}
	for _, user := range users {
		p.said[user] = make(chan string, 100)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Upgrade") != "":
			h.ServeHTTP(w, r)
		case r.Method == http.MethodPost:
			body, _ := io.ReadAll(r.Body)
			user, line, _ := strings.Cut(string(body), ": ")
			p.said[user] <- line
		default:
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		h.close()
		server.Close()
	})
	p.at = server.Listener.Addr().String()
	return p
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
	for name, phone := range map[string]func(*testing.T, pages, string, string) <-chan string{"Node": inNode, "Chromium": inBrowser} {
		t.Run(name, func(t *testing.T) {
			hub := serveWithPages(t, "bob", "carol")
			alice := newGoPhone(t, hub.at, "alice")

			bob := phone(t, hub, "bob", "")
			call := alice.CreateLocalInvitation("bob")
			call.SetContent("from Go")
			if err := alice.SendLocalInvitation(call); err != nil {
				t.Fatal(err)
			}
			expect(t, alice.ended, "accepted: from JavaScript")
			expect(t, bob, "alice calls: from Go")
			expect(t, bob, `Remote ACCEPTED "from JavaScript"`)

			carol := phone(t, hub, "carol", "alice")
			expect(t, alice.ended, "accepted")
			expect(t, carol, `Local ACCEPTED_BY_REMOTE "from Go to from JavaScript"`)
		})
	}
}

func expect(t *testing.T, from <-chan string, want string) {
	t.Helper()
	if got := next(t, from); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestBrowsers: a browser's password comes as the name of a protocol, and a page of another
// host than the hub's is refused.
func TestBrowsers(t *testing.T) {
	at, stop, err := serve("127.0.0.1:0", knowsPassword)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	dial := func(page, password string) (*websocket.Conn, error) {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+at+"/?user=alice", &websocket.DialOptions{
			HTTPHeader:   http.Header{"Origin": {"http://" + page}},
			Subprotocols: []string{subprotocol, bearer + base64.RawURLEncoding.EncodeToString([]byte(password))},
		})
		return conn, err
	}
	if _, err := dial(at, "another password"); err == nil {
		t.Error("a wrong password is let in")
	}
	if _, err := dial("another.example", passwordOf("alice")); err == nil {
		t.Error("a page of another host is let in")
	}
	conn, err := dial(at, passwordOf("alice"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if got := conn.Subprotocol(); got != subprotocol {
		t.Errorf("the hub answers %q, want %q", got, subprotocol)
	}
}
