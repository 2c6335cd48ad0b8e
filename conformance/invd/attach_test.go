package invd

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// listen waits for an endpoint that connect is told the address for.
func listen(t *testing.T, address string, connect func(address string)) (Driver, error) {
	t.Helper()
	return Listen(Attach{Address: address, Timeout: 20 * time.Second, Wait: 20 * time.Second, Listening: func(at string) { go connect(at) }})
}

// again serves connection after connection, as an endpoint has to.
func again(e func() Endpoint) func(address string) {
	return func(address string) {
		for Connect(address, e()) == nil {
		}
	}
}

// TestAttach: an endpoint that connects is driven like a program, and one whose connection
// breaks is waited for again.
func TestAttach(t *testing.T) {
	d, err := listen(t, "127.0.0.1:0", again(func() Endpoint { return newEcho("ns") }))
	if err != nil {
		t.Fatal(err)
	}
	reset, deliver := &Reset{Setup: Setup{Self: "bob"}, Case: "c"}, &Deliver{From: "a", Raw: []byte{1}}
	for range 2 {
		if _, err := d.Do(reset); err != nil {
			t.Fatal(err)
		}
		if reply, err := d.Do(deliver); err != nil || len(reply.Effects) != 1 {
			t.Fatal(reply, err)
		}
		d.(*listening).link.(*connection).Conn.Close() // the phone loses its network
		if _, err := d.Do(deliver); err == nil || err.Error() != "deliver: the endpoint has ended (it has closed the connection)" && !strings.Contains(err.Error(), "closed network connection") {
			t.Fatal(err)
		}
		if _, err := d.Do(deliver); err == nil || !strings.HasPrefix(err.Error(), "deliver: the endpoint is gone: ") {
			t.Fatal(err)
		}
	}
	if _, err := d.Do(reset); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestAttachInVain: what keeps an endpoint from being attached is told.
func TestAttachInVain(t *testing.T) {
	if _, err := Listen(Attach{Address: "7070"}); err == nil || !strings.HasPrefix(err.Error(), "wait for an endpoint: ") {
		t.Error(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := Listen(Attach{Address: taken.Addr().String()}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	at := ""
	_, err = Listen(Attach{Address: ":0", Wait: 10 * time.Millisecond, Listening: func(address string) { at = address }})
	if err == nil || err.Error() != "wait for an endpoint at "+at+": no reply: nobody has connected within 10ms" || !strings.HasPrefix(at, "127.0.0.1:") {
		t.Errorf("%s: %v", at, err)
	}
	if _, err := listen(t, "127.0.0.1:0", func(address string) {
		other := newEcho("ns")
		other.who.Protocol = "invd/9"
		Connect(address, other)
	}); err == nil || !strings.Contains(err.Error(), `it speaks "invd/9"`) {
		t.Error(err)
	}
}

// TestStop: whoever is waited for, the wait ends with Stop.
func TestStop(t *testing.T) {
	stop := make(chan struct{})
	close(stop)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(Command{Args: []string{program}, Env: append(os.Environ(), "INVD_TESTEE=hangs at once"), Timeout: time.Hour, Stop: stop})
	if err == nil || !strings.HasSuffix(err.Error(), "hello: interrupted") {
		t.Error(err)
	}
	_, err = Listen(Attach{Address: ":0", Wait: time.Hour, Stop: stop})
	if err == nil || !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}

// browser is a client's side of a WebSocket.
type browser struct {
	net.Conn
	w *webSocket
}

func dial(t *testing.T, address string) *browser {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "ws://"))
	if err != nil {
		t.Error(err)
		return nil
	}
	fmt.Fprintf(conn, "GET /any HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	var got []byte
	for one := make([]byte, 1); !bytes.HasSuffix(got, []byte("\r\n\r\n")); got = append(got, one...) {
		if _, err := conn.Read(one); err != nil {
			t.Errorf("after %q: %v", got, err)
			return nil
		}
	}
	// The key and the proof are those of RFC 6455, section 1.3.
	if !bytes.HasPrefix(got, []byte("HTTP/1.1 101 ")) || !bytes.Contains(got, []byte("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) {
		t.Errorf("the answer is %q", got)
	}
	return &browser{conn, &webSocket{}}
}

// frame sends a masked frame.
func (b *browser) frame(first byte, payload string) {
	out := []byte{first}
	switch n := len(payload); {
	case n < 126:
		out = append(out, masked|byte(n))
	case n < 1<<16:
		out = binary.BigEndian.AppendUint16(append(out, masked|126), uint16(n))
	default:
		out = binary.BigEndian.AppendUint64(append(out, masked|127), uint64(n))
	}
	mask := []byte{1, 2, 3, 4}
	out = append(out, mask...)
	for i := range len(payload) {
		out = append(out, payload[i]^mask[i%4])
	}
	b.Write(out)
}

// hear reads a frame of the server.
func (b *browser) hear() (first byte, payload string) {
	var head [2]byte
	if _, err := io.ReadFull(b, head[:]); err != nil {
		return 0, err.Error()
	}
	size := int(head[1])
	switch size {
	case 126:
		var long [2]byte
		io.ReadFull(b, long[:])
		size = int(binary.BigEndian.Uint16(long[:]))
	case 127:
		var long [8]byte
		io.ReadFull(b, long[:])
		size = int(binary.BigEndian.Uint64(long[:]))
	}
	text := make([]byte, size)
	io.ReadFull(b, text)
	return head[0], string(text)
}

// TestWebSocket: a page is an endpoint, with messages of any length, in parts, and with
// pings between.
func TestWebSocket(t *testing.T) {
	serve := func(address string) {
		if other, err := net.Dial("tcp", strings.TrimPrefix(address, "ws://")); err == nil { // a page that is asked for first
			fmt.Fprint(other, "GET /favicon.ico HTTP/1.1\r\nHost: here\r\n\r\n")
			if answer, _ := io.ReadAll(other); !bytes.HasPrefix(answer, []byte("HTTP/1.1 426 ")) {
				t.Errorf("a request for no WebSocket is answered %q", answer)
			}
		}
		for {
			b := dial(t, address)
			if b == nil {
				return
			}
			s := newSession(newEcho("ns"))
			for {
				opcode, text := b.hear()
				if opcode != final|textual {
					break
				}
				reply, last := s.answer([]byte(text))
				out, _ := encode(reply)
				b.frame(textual, string(out[:1]))
				b.frame(final|ping, "still there?")
				b.frame(more, string(out[1:2]))
				b.frame(final|more, string(out[2:]))
				if opcode, text := b.hear(); opcode != final|pong || text != "still there?" {
					t.Errorf("a ping is answered %#x %q", opcode, text)
				}
				if last {
					b.frame(final|closing, "")
					b.hear()
					b.Close()
					return
				}
			}
			b.Close()
		}
	}
	d, err := listen(t, "ws://127.0.0.1:0", serve)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 100, 1000, 70_000} {
		if _, err := d.Do(&Reset{Setup: Setup{Self: "bob"}, Case: "c"}); err != nil {
			t.Fatal(err)
		}
		raw := bytes.Repeat([]byte{7}, size)
		if reply, err := d.Do(&Deliver{From: "a", Raw: raw}); err != nil || !bytes.Equal(reply.Effects[0].Raw, raw) {
			t.Fatalf("%d bytes: %v", size, err)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestBadFrames: what is no frame of a client ends the connection with a reason, and
// takes no memory.
func TestBadFrames(t *testing.T) {
	for in, want := range map[string]string{
		"\x81\xff\x00\x00\x00\x00\xff\xff\xff\xff": "a line has more than 16777216 bytes",
		"\x81\x01x":                   "a client has to mask its frames",
		"\x82\x81\x00\x00\x00\x00x":   "a message of a WebSocket that is no text (opcode 0x2)",
		"\x81\x85\x00\x00\x00\x00abc": "unexpected EOF",
		"\x88\x80\x00\x00\x00\x00":    "EOF",
		"":                            "EOF",
	} {
		w := &webSocket{newReader(in), io.Discard}
		if got, err := w.read(); err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"POST / HTTP/1.1\r\n\r\n", strings.Repeat("x", 100<<10), "GET / HTTP/1.1\r\n" + strings.Repeat("a: b\r\n", 200) + "\r\n", "GET /"} {
		if _, err := shakeHands(rw{strings.NewReader(in), io.Discard}); err == nil {
			t.Errorf("%.20q is a handshake", in)
		}
	}
}

func newReader(text string) *bufio.Reader { return bufio.NewReader(strings.NewReader(text)) }

type rw struct {
	io.Reader
	io.Writer
}

// TestAdvice: each way to begin wrongly has its advice, which names what to do.
func TestAdvice(t *testing.T) {
	for way, want := range map[string]string{
		"not a driver": "Write logs to standard error", "no hello": greeting, "other protocol": greeting, "hangs at once": "flush", "ends at once": "by hand",
	} {
		patience := 20 * time.Second
		if way == "hangs at once" {
			patience = 20 * time.Millisecond
		}
		if _, err := startRogue(t, way, patience); err == nil || !strings.Contains(Advice(err), want) {
			t.Errorf("%s: %v: %s", way, err, Advice(err))
		}
	}
	if _, err := Start(Command{Args: []string{"no-such-program-here"}}); !strings.Contains(Advice(err), "./my-endpoint") {
		t.Error(err, Advice(err))
	}
	if _, err := Start(Command{Args: []string{t.TempDir()}}); !strings.Contains(Advice(err), "chmod") {
		t.Error(err, Advice(err))
	}
	if reply, err := decodeReply([]byte(greeting), "ns"); err != nil || reply.greets() != nil {
		t.Errorf("the advice is no greeting: %v, %v", err, reply.greets())
	}
	if words := Advice(exec.ErrDot); words != "" {
		t.Errorf("of something else: %s", words)
	}
}
