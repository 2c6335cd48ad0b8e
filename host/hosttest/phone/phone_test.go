package phone

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
)

// exchange is a network in this process.
type exchange struct {
	mu    sync.Mutex
	users map[string][]*extension
}

type extension struct {
	exchange *exchange
	name     string
	receiver host.Receiver
}

func (x *exchange) kind() Kind {
	return Kind{
		Server: "here",
		Login: func(server, name string, _ uint64) (Transport, error) {
			if server != "here" {
				return nil, errors.New("no server at " + server)
			}
			return &extension{exchange: x, name: name}, nil
		},
		Serve: func(address string) (string, func(), error) {
			if address == "taken" {
				return "", nil, errors.New("address taken")
			}
			return "here", func() {}, nil
		},
	}
}

func (e *extension) Listen(r host.Receiver) {
	e.exchange.mu.Lock()
	defer e.exchange.mu.Unlock()
	e.receiver = r
	e.exchange.users[e.name] = append(e.exchange.users[e.name], e)
}

func (e *extension) Send(peer string, data []byte) error {
	e.exchange.mu.Lock()
	to := e.exchange.users[peer]
	e.exchange.mu.Unlock()
	if to == nil {
		return errors.New("nobody")
	}
	for _, device := range to {
		device.receiver.Receive(e.name, data, 0)
	}
	return nil
}

func (e *extension) Close() error { return nil }

// terminal is a running phone.
type terminal struct {
	t     *testing.T
	keys  *io.PipeWriter
	lines chan string
	end   chan error
}

func (x *exchange) start(t *testing.T, args ...string) *terminal {
	t.Helper()
	in, keys := io.Pipe()
	reader, out := io.Pipe()
	term := &terminal{t, keys, make(chan string, 100), make(chan error, 1)}
	go func() {
		term.end <- run(x.kind(), args, in, out)
		out.Close()
	}()
	go func() {
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			term.lines <- lines.Text()
		}
		close(term.lines)
	}()
	t.Cleanup(func() { keys.Close() })
	return term
}

// expect is the next line.
func (t *terminal) expect(want string) {
	t.t.Helper()
	select {
	case got := <-t.lines:
		if got != want {
			t.t.Fatalf("got %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		t.t.Fatalf("nothing is said, want %q", want)
	}
}

func (t *terminal) press(keys string) { io.WriteString(t.keys, keys) }

func (t *terminal) quit() {
	t.t.Helper()
	t.press("q\n")
	if err := <-t.end; err != nil {
		t.t.Error(err)
	}
}

func TestPhones(t *testing.T) {
	x := &exchange{users: map[string][]*extension{}}
	bob := x.start(t, "-serve", "-name", "bob")
	bob.expect("serving at here")
	bob.expect("bob: a accepts, r refuses, c cancels, q quits")
	for _, c := range []struct{ bobs, alices, bob, alice string }{
		{"a\n", "", "ACCEPTED", `ACCEPTED_BY_REMOTE "here is bob"`},
		{"r\n", "", "REFUSED", `REFUSED_BY_REMOTE "not now"`},
		{"x\nc\n", "a\nr\nc\n", "CANCELED", "CANCELED"}, // the first keys mean nothing here
		{"", "q\n", "CANCELED", "CANCELED"},
	} {
		alice := x.start(t, "-name", "alice", "-call", "bob")
		alice.expect("alice: a accepts, r refuses, c cancels, q quits")
		alice.expect("calling bob")
		alice.expect("it rings at bob (c)")
		bob.expect(`alice rings: "shall we talk?" (a or r)`)
		bob.press(c.bobs)
		alice.press(c.alices)
		bob.expect("call from alice: " + c.bob)
		if c.alices != "q\n" {
			alice.expect("call to bob: " + c.alice)
			alice.quit()
		}
	}
	bob.quit()
}

func TestBusy(t *testing.T) {
	x := &exchange{users: map[string][]*extension{}}
	bob := x.start(t, "-serve", "-name", "bob")
	bob.expect("serving at here")
	bob.expect("bob: a accepts, r refuses, c cancels, q quits")
	alice := x.start(t, "-name", "alice", "-call", "bob")
	bob.expect(`alice rings: "shall we talk?" (a or r)`)
	carol := x.start(t, "-name", "carol", "-call", "bob")
	bob.expect("carol calls, too")
	bob.expect("call from carol: REFUSED")
	for _, line := range []string{"carol: a accepts, r refuses, c cancels, q quits", "calling bob", "it rings at bob (c)", `call to bob: REFUSED_BY_REMOTE "busy"`} {
		carol.expect(line)
	}
	bob.press("a\n") // the first call is not touched
	bob.expect("call from alice: ACCEPTED")
	alice.quit()
	carol.quit()
	bob.quit()
}

// TestDevices: one answers, the other says why it stops; and one that is busy or is quit
// leaves the other ringing.
func TestDevices(t *testing.T) {
	x := &exchange{users: map[string][]*extension{}}
	first := x.start(t, "-serve", "-name", "bob", "-device", "1")
	first.expect("serving at here")
	first.expect("bob: a accepts, r refuses, c cancels, q quits")
	second := x.start(t, "-name", "bob", "-device", "2")
	second.expect("bob: a accepts, r refuses, c cancels, q quits")
	alice := x.start(t, "-name", "alice", "-call", "bob")
	alice.expect("alice: a accepts, r refuses, c cancels, q quits")
	alice.expect("calling bob")
	for _, bob := range []*terminal{first, second} {
		bob.expect(`alice rings: "shall we talk?" (a or r)`)
	}
	alice.expect("it rings at bob (c)")
	carol := x.start(t, "-name", "carol", "-call", "bob")
	for _, bob := range []*terminal{first, second} {
		bob.expect("carol calls, too")
	}
	carol.expect("carol: a accepts, r refuses, c cancels, q quits")
	carol.expect("calling bob")
	carol.expect("it rings at bob (c)")
	second.press("a\n")
	second.expect("call from alice: ACCEPTED")
	alice.expect(`call to bob: ACCEPTED_BY_REMOTE "here is bob"`)
	first.expect("call from alice: CANCELED accepted elsewhere")
	dave := x.start(t, "-name", "dave", "-call", "bob")
	for _, line := range []string{"dave: a accepts, r refuses, c cancels, q quits", "calling bob", "it rings at bob (c)"} {
		dave.expect(line)
	}
	for _, bob := range []*terminal{first, second} {
		bob.expect(`dave rings: "shall we talk?" (a or r)`)
	}
	first.quit()
	second.press("a\n")
	second.expect("call from dave: ACCEPTED")
	dave.expect(`call to bob: ACCEPTED_BY_REMOTE "here is bob"`)
	dave.quit()
	carol.press("c\n")
	carol.expect("call to bob: CANCELED")
	second.expect("call from carol: CANCELED")
	alice.quit()
	carol.quit()
	second.quit()
}

func TestUsage(t *testing.T) {
	x := &exchange{users: map[string][]*extension{}}
	for args, want := range map[string]string{
		"":                                "-name is missing",
		"-serve -server taken":            "address taken",
		"-name alice -server there":       "no server at there",
		"-name null":                      "own user id null is not valid",
		"-serve":                          "",
		"-serve -name alice -call nobody": "",
	} {
		var out bytes.Buffer
		err := run(x.kind(), strings.Fields(args), strings.NewReader(""), &out)
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}
