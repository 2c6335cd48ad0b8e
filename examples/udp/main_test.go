package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
)

// TestMain lets the test binary be the command, too.
func TestMain(m *testing.M) {
	if os.Getenv("INVSIM_EXAMPLE_UDP") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is one running command and what it prints.
type process struct {
	t     *testing.T
	name  string
	lines chan string
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-name", name}, args...)...)
	command.Env = append(os.Environ(), "INVSIM_EXAMPLE_UDP=1")
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t, name, make(chan string, 100)}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		command.Process.Kill()
		for range p.lines {
		}
		command.Wait()
	})
	return p
}

// expect reads one line.
func (p *process) expect(prefix string) (rest string) {
	p.t.Helper()
	select {
	case line, open := <-p.lines:
		rest, ok := strings.CutPrefix(line, prefix)
		if !open || !ok {
			p.t.Fatalf("%s printed %q, want %s…", p.name, line, prefix)
		}
		return rest
	case <-time.After(time.Minute):
		p.t.Fatalf("%s does not print %s…", p.name, prefix)
	}
	return ""
}

// TestCall rings a call between two processes.
func TestCall(t *testing.T) {
	bob := start(t, "bob", "-listen", "127.0.0.1:0")
	bobAt := bob.expect("bob is at ")
	alice := start(t, "alice", "-listen", "127.0.0.1:0", "-peer", "bob="+bobAt, "-call", "bob")
	aliceAt := alice.expect("alice is at ")

	bob.expect(aliceAt + ` rings: "shall we talk?"`) // a stranger is named by address
	alice.expect("it rings at bob")
	alice.expect(`call to bob: ACCEPTED_BY_REMOTE: "hello, here is bob"`)
	bob.expect("call from " + aliceAt + ": ACCEPTED")
}

// heard is a Receiver that tells who a datagram came from.
type heard struct {
	host.Receiver
	from chan string
}

func (h heard) Receive(from string, data []byte, _ time.Duration) {
	h.from <- from + ": " + string(data)
}

// TestNames: the source address names the sender, whatever the datagram says.
func TestNames(t *testing.T) {
	transport := func(book addressBook) *udp {
		u, err := newTransport("127.0.0.1:0", book)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { u.conn.Close() })
		return u
	}
	alice, eve, book := transport(nil), transport(nil), addressBook{}
	if err := book.add("alice=" + alice.conn.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	bob, from := transport(book), make(chan string)
	bob.Listen(heard{from: from})
	for _, c := range []struct {
		sender *udp
		want   string
	}{
		{alice, "alice: I am eve"},
		{eve, eve.conn.LocalAddr().String() + ": I am alice"},
	} {
		_, text, _ := strings.Cut(c.want, ": ")
		if err := c.sender.Send(bob.conn.LocalAddr().String(), []byte(text)); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-from:
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%q did not arrive", c.want)
		}
	}
	if err := bob.Send("nobody", nil); err == nil || err.Error() != `nobody knows where "nobody" is` {
		t.Error(err)
	}
}
