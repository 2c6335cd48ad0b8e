// An endpoint without standard input and output, on a phone or in a page: the harness
// listens, and the endpoint connects to it. Whenever the connection breaks, the endpoint
// has to connect again.

package invd

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Attach says where to wait for an endpoint.
type Attach struct {
	// Address is HOST:PORT for lines over TCP, and ws://HOST:PORT for a WebSocket, in
	// which a message of text is a line. Without a host it is this machine alone.
	Address string

	Timeout time.Duration // for one reply; 0: DefaultTimeout
	Wait    time.Duration // for the endpoint to connect; 0: DefaultWait

	Stop <-chan struct{} // when it is closed, nothing is waited for any more; nil: never

	Listening func(address string) // is called once, before the endpoint is waited for
}

// DefaultWait is how long an endpoint may take to connect, again as well.
const DefaultWait = time.Minute

// Listen waits for an endpoint and asks who it is.
func Listen(a Attach) (Driver, error) {
	if a.Timeout <= 0 {
		a.Timeout = DefaultTimeout
	}
	if a.Wait <= 0 {
		a.Wait = DefaultWait
	}
	where, isWeb := strings.CutPrefix(a.Address, "ws://")
	host, port, err := net.SplitHostPort(where)
	if err != nil {
		return nil, fmt.Errorf("wait for an endpoint: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("wait for an endpoint: %w", err)
	}
	at := listener.Addr().String()
	if isWeb {
		at = "ws://" + at
	}
	if a.Listening != nil {
		a.Listening(at)
	}
	p := &remote{what: "wait for an endpoint at " + at, timeout: a.Timeout, stop: a.Stop}
	if a.Stop != nil {
		go func() {
			<-a.Stop
			listener.Close() // whether it is waited for or not
		}()
	}
	p.open = func() (link, error) { return accept(listener.(*net.TCPListener), isWeb, a.Wait, a.Timeout) }
	if err := p.start(); err != nil {
		listener.Close()
		return nil, err
	}
	return &listening{p, listener}, nil
}

// listening is an endpoint that connects.
type listening struct {
	*remote
	listener net.Listener
}

func (l *listening) Close() error {
	err := l.remote.Close()
	return errors.Join(err, l.listener.Close())
}

// connection is a link to an endpoint that has connected.
type connection struct {
	net.Conn
	out   chan line
	write func(text []byte) error
}

func accept(listener *net.TCPListener, isWeb bool, wait, timeout time.Duration) (link, error) {
	until := time.Now().Add(wait)
	if err := listener.SetDeadline(until); err != nil {
		return nil, err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				return nil, &kinded{errSilent, fmt.Errorf(NoReply+": nobody has connected within %v", wait)}
			}
			return nil, err
		}
		c := &connection{Conn: conn, out: make(chan line, 1)}
		next := linesOf(conn)
		c.write = func(text []byte) error { _, err := conn.Write(text); return err }
		if isWeb {
			conn.SetDeadline(time.Now().Add(timeout)) // of the handshake
			w, err := shakeHands(conn)
			if err != nil {
				conn.Close() // a browser that asks for something else comes again
				continue
			}
			conn.SetDeadline(time.Time{})
			next, c.write = w.read, w.write
		}
		go read(next, c.out)
		return c, nil
	}
}

func (c *connection) Write(text []byte) (int, error) { return len(text), c.write(text) }

func (c *connection) lines() <-chan line { return c.out }

func (c *connection) stop() {
	c.Conn.Close()
	for range c.out {
	}
}

func (c *connection) close(patience time.Duration) error { return silence(c.out, patience) }

func (c *connection) remains(ended bool) string {
	if ended {
		return " (it has closed the connection)"
	}
	return ""
}

// Connect is the endpoint's side of [Attach]: it serves over a connection.
func Connect(address string, e Endpoint) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return fmt.Errorf("connect to the harness: %w", err)
	}
	defer conn.Close()
	return Serve(conn, conn, e)
}
