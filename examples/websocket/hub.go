// The hub: it knows who each connection belongs to, and stamps that name on all
// that the connection sends. There is nothing else a receiver could believe.

package main

import (
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// hub passes frames between the users who are connected. It keeps nothing for
// those who are not.
type hub struct {
	admit   func(user, password string) bool
	running sync.WaitGroup

	mu     sync.Mutex
	users  map[string]*connection
	closed bool
}

// connection is one user's. What cannot be queued for it is lost.
type connection struct {
	conn  *websocket.Conn
	queue chan queued
}

type queued struct {
	frame
	at time.Time
}

const queueLength = 256

func newHub(admit func(user, password string) bool) *hub {
	return &hub{admit: admit, users: map[string]*connection{}}
}

// ServeHTTP is one connection, from its login to its end.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" || !h.admit(user, passwordIn(r.Header)) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)

	c := &connection{conn, make(chan queued, queueLength)}
	if !h.add(user, c) {
		return
	}
	defer h.running.Done()
	go c.write(c.queue)
	for {
		f, err := readFrame(conn)
		if err != nil {
			break
		}
		h.pass(f.Peer, frame{Peer: user, Data: f.Data}, c)
	}
	h.remove(user, c)
}

// The password goes in a header, which would not keep every byte of it.
func headerWith(password string) http.Header {
	return http.Header{"Authorization": {"Bearer " + base64.StdEncoding.EncodeToString([]byte(password))}}
}

func passwordIn(header http.Header) string {
	token, _ := strings.CutPrefix(header.Get("Authorization"), "Bearer ")
	password, _ := base64.StdEncoding.DecodeString(token)
	return string(password)
}

// add begins a session and ends the one that the user had.
func (h *hub) add(user string, c *connection) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	if earlier := h.users[user]; earlier != nil {
		go earlier.conn.Close(elsewhere, "logged in elsewhere")
	}
	h.users[user] = c
	h.running.Add(1)
	h.news(frame{Kind: online, Peer: user})
	return true
}

func (h *hub) remove(user string, c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users[user] == c {
		delete(h.users, user)
		h.news(frame{Kind: offline, Peer: user})
	}
	close(c.queue)
	c.queue = nil // nobody queues any more
}

// news is for everybody. Where users are many, tell only those who care.
func (h *hub) news(f frame) {
	for _, c := range h.users {
		c.enqueue(f)
	}
}

// pass hands a frame on, or tells its sender that there is nobody.
func (h *hub) pass(to string, f frame, sender *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.users[to]; c != nil {
		c.enqueue(f)
	} else {
		sender.enqueue(frame{Kind: offline, Peer: to})
	}
}

// enqueue is called under the hub's lock, and does not block.
func (c *connection) enqueue(f frame) {
	select {
	case c.queue <- queued{f, time.Now()}:
	default:
	}
}

// write runs on a goroutine of its own.
func (c *connection) write(queue <-chan queued) {
	for q := range queue {
		q.Held = time.Since(q.at)
		if err := writeFrame(c.conn, q.frame); err != nil {
			c.conn.CloseNow()
		}
	}
}

// close ends all sessions, and waits until they have ended.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for _, c := range h.users {
		c.conn.CloseNow()
	}
	h.mu.Unlock()
	h.running.Wait()
}

// serve runs a hub at an address of this machine.
func serve(address string, admit func(user, password string) bool) (at string, stop func(), err error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	h := newHub(admit)
	server := &http.Server{Handler: h, ReadHeaderTimeout: sendTime}
	go server.Serve(listener)
	return listener.Addr().String(), func() {
		server.Close()
		h.close()
	}, nil
}

// The demonstration's passwords: ask your user directory instead.
func passwordOf(user string) string            { return "the password of " + user }
func knowsPassword(user, password string) bool { return password == passwordOf(user) }
