// Bytes without a host: who gets them, from whom, and that they are whole.

package hosttest

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/wire"
)

// letter is one message received.
type letter struct {
	from string
	data string
}

// mailbox is a user without a host. News about peers and sessions is dropped.
type mailbox struct {
	host.Receiver // nil
	Transport
	name    string
	letters chan letter
}

func (m *mailbox) Receive(from string, data []byte, _ time.Duration) {
	m.letters <- letter{from, string(data)}
}
func (m *mailbox) PeerOnline(string)  {}
func (m *mailbox) PeerOffline(string) {}
func (m *mailbox) LoggedIn()          {}
func (m *mailbox) LoggedOut()         {}

func open(t *testing.T, n Network, user string) *mailbox {
	t.Helper()
	return listen(t, n.Connect(t, user), user)
}

func listen(t *testing.T, transport Transport, user string) *mailbox {
	t.Helper()
	m := &mailbox{Transport: transport, name: user, letters: make(chan letter, 10000)}
	t.Cleanup(func() { m.Close() })
	m.Transport.Listen(m)
	return m
}

// sendUntil sends data until it arrives, and returns what came first.
func sendUntil(t *testing.T, from, to *mailbox, data string) letter {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	giveUp := time.After(patience)
	for {
		if err := from.Send(to.name, []byte(data)); err != nil {
			t.Fatalf("send from %q to %q: %v", from.name, to.name, err)
		}
		select {
		case got := <-to.letters:
			return got
		case <-again.C:
		case <-giveUp:
			t.Fatalf("%d bytes from %q do not reach %q", len(data), from.name, to.name)
		}
	}
}

// testNames: everybody reaches everybody, under the true name, and nobody else.
func testNames(t *testing.T, n Network) {
	users := map[string]*mailbox{}
	for _, name := range Users() {
		users[name] = open(t, n, name)
	}
	text := func(from, to string) string { return fmt.Sprintf("from %q to %q", from, to) }
	for _, from := range Users() {
		for _, to := range Users() {
			if from == to {
				continue
			}
			for want := text(from, to); ; {
				got := sendUntil(t, users[from], users[to], want)
				if got.data != text(got.from, to) {
					t.Fatalf("%q got %s as if from %q", to, got.data, got.from)
				}
				if got.data == want { // and not a late copy of an earlier one
					break
				}
			}
		}
	}
}

// testBytes: what arrives is what was sent, up to the largest message there is.
func testBytes(t *testing.T, n Network) {
	alice, bob := open(t, n, "alice"), open(t, n, "bob")
	random := rand.New(rand.NewSource(1))
	sent := map[string]bool{}
	for _, size := range []int{1, 256, 8192, 32769, wire.MaxSize} {
		data := make([]byte, size)
		random.Read(data)
		for i := range min(size, 256) {
			data[i] = byte(i) // every byte there is
		}
		sent[string(data)] = true
		for got := ""; got != string(data); { // it may be a late copy of an earlier one
			got = sendUntil(t, alice, bob, string(data)).data
			if !sent[got] {
				t.Fatalf("%d bytes arrived that were not sent when %d were; the first that differs is at %d", len(got), size, firstDifference(got, string(data)))
			}
		}
	}
}

func firstDifference(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// testClosed: after Close there is an error and not a crash, and the way back is open.
func testClosed(t *testing.T, n Network) {
	alice, bob := open(t, n, "alice"), open(t, n, "bob")
	sendUntil(t, alice, bob, "before")
	if err := alice.Close(); err != nil {
		t.Error(err)
	}
	if err := alice.Send("bob", []byte("after")); err == nil {
		t.Error("a closed transport takes messages")
	}
	alice = open(t, n, "alice")
	for got := ""; got != "back"; {
		if got = sendUntil(t, alice, bob, "back").data; got == "after" {
			t.Error("a closed transport sent a message")
		}
	}
}

// testForged: whatever eve does, nobody hears her under another name.
func testForged(t *testing.T, n Network) {
	if n.Forge == nil {
		t.Skip("nobody can try")
	}
	bob := open(t, n, "bob")
	n.Forge(t, "alice", "bob", []byte("forged, alice away")) // nobody else claims the name
	alice := open(t, n, "alice")
	n.Forge(t, "alice", "bob", []byte("forged, alice here"))
	for genuine := false; !genuine; {
		got := sendUntil(t, alice, bob, "genuine")
		genuine = got == letter{"alice", "genuine"}
		if !genuine && got.from != "eve" {
			t.Fatalf("bob got %q as if from %q", got.data, got.from)
		}
	}
	got := sendUntil(t, bob, alice, "and back") // alice was not thrown out
	if got != (letter{"bob", "and back"}) {
		t.Errorf("alice got %q as if from %q", got.data, got.from)
	}
}

// testAsleep: what waited in the buffers of a sleeping machine is not delivered.
func testAsleep(t *testing.T, n Network) {
	if n.Doze == nil {
		t.Skip("nobody sleeps")
	}
	alice, bob, carol := open(t, n, "alice"), open(t, n, "bob"), open(t, n, "carol")
	sendUntil(t, alice, bob, "before")

	wake := n.Doze("bob", time.Hour)
	if err := alice.Send("bob", []byte("old")); err != nil {
		t.Fatal(err)
	}
	sendUntil(t, alice, carol, "the old one is on its way to bob")
	wake()
	got := sendUntil(t, alice, bob, "new")
	for got.data == "before" { // a late copy
		got = receive(t, bob.letters, "bob")
	}
	if got.data != "new" {
		t.Errorf("bob got %q", got.data)
	}
}
