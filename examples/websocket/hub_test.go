package main

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
)

// session is a receiver that tells when the session is lost or found.
type session struct {
	host.Receiver // nil
	logged        chan string
	held          chan time.Duration
	news          chan string
}

func newSession() session {
	return session{logged: make(chan string, 10), held: make(chan time.Duration, 10), news: make(chan string, 10)}
}

func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(time.Minute):
		t.Fatal("nothing happens")
		panic("not reached")
	}
}

// TestNobody: who sends to nobody is told so.
func TestNobody(t *testing.T) {
	at, stop, err := serve("127.0.0.1:0", knowsPassword)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	alice, err := login(at, "alice", 0, passwordOf("alice"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Close()
	s := newSession()
	alice.Listen(s)
	if err := alice.Send("bob", []byte("?")); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"alice online", "bob offline"} {
		if got := next(t, s.news); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func (s session) LoggedIn()  { s.logged <- "in" }
func (s session) LoggedOut() { s.logged <- "out" }
func (s session) Receive(from string, data []byte, held time.Duration) {
	s.held <- held
}
func (s session) PeerOnline(peer string)  { s.news <- peer + " online" }
func (s session) PeerOffline(peer string) { s.news <- peer + " offline" }

// TestElsewhere: who logs in once more ends the earlier session, which does not
// come back and end the new one.
func TestElsewhere(t *testing.T) {
	at, stop, err := serve("127.0.0.1:0", knowsPassword)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	first, err := login(at, "bob", 0, passwordOf("bob"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	s, ended := newSession(), make(chan bool)
	go func() {
		first.run(s)
		close(ended)
	}()
	next(t, s.news) // the hub knows the first
	second, err := login(at, "bob", 0, passwordOf("bob"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	next(t, ended)
	if len(s.logged) != 1 || <-s.logged != "out" {
		t.Error("the earlier session is not told, or came back")
	}
}

// TestHeld: the hub says how long a message stood in its queue, and one that stood
// there for too long is dropped.
func TestHeld(t *testing.T) {
	h := newHub(knowsPassword)
	server := httptest.NewServer(h)
	defer server.Close()
	defer h.close()
	bob, err := login(strings.TrimPrefix(server.URL, "http://"), "bob", 0, passwordOf("bob"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer bob.Close()
	s := newSession()
	bob.Listen(s)
	next(t, s.news) // the hub knows bob
	for _, ago := range []time.Duration{2 * maxDelay, 30 * time.Second} {
		c := h.connectionOf("bob")
		c.mu.Lock()
		c.queue.Put("alice", 1, queued{frame{Peer: "alice", Data: []byte("?")}, time.Now().Add(-ago)})
		c.mu.Unlock()
		c.enqueue("bob", frame{Kind: online, Peer: "bob"}) // which begins to write
	}
	if got := next(t, s.held); got < 30*time.Second || got > maxDelay {
		t.Errorf("held for %v", got)
	}
}

// TestFlooder: what waits for a user is bounded, and a friend's message gets a place
// in it and is the next but one.
func TestFlooder(t *testing.T) {
	h := newHub(knowsPassword)
	bob, eve, alice := newConnection("bob", "", nil), newConnection("eve", "", nil), newConnection("alice", "", nil)
	bob.writing = true // and nothing is taken
	h.users["bob"] = map[string]*connection{"": bob}
	for range 100 {
		h.pass("bob", frame{Peer: "eve", Data: make([]byte, 60_000)}, eve)
	}
	h.pass("bob", frame{Peer: "alice", Data: []byte("hello")}, alice)
	for range 100_000 {
		h.pass("bob", frame{Peer: "eve", Data: []byte("?")}, eve)
	}
	if n := bob.queue.Len(); n < 10 || n > queueRoom/overhead {
		t.Errorf("%d frames wait", n)
	}
	for range 2 {
		if q, _ := bob.queue.Take(); q.Peer == "alice" {
			return
		}
	}
	t.Error("alice's frame is not among the first two")
}

func (h *hub) connectionOf(user string) *connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.users[user][""]
}
