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

	"github.com/invsim/invsim/host/fair"
)

// hub passes frames between the users who are connected. It keeps nothing for
// those who are not.
type hub struct {
	admit   func(user, password string) bool
	running sync.WaitGroup

	mu     sync.Mutex
	users  map[string]map[string]*connection // by name and device; never empty ones
	closed bool
}

// connection is that of one device of a user. What waits for it is queued fairly, so that nobody who
// sends much keeps the others' frames from it; what finds no room is lost.
type connection struct {
	user   string
	device string // as the client names it, "" for the only one
	conn   *websocket.Conn

	mu      sync.Mutex // guards all below
	queue   *fair.Queue[queued]
	writing bool // write is running
	closed  bool
}

type queued struct {
	frame
	at time.Time
}

// What waits for one user takes up at most queueRoom bytes, each frame with overhead.
const (
	queueRoom = 1 << 20
	overhead  = 128
)

func newConnection(user, device string, conn *websocket.Conn) *connection {
	return &connection{user: user, device: device, conn: conn, queue: fair.NewQueue[queued](queueRoom)}
}

func newHub(admit func(user, password string) bool) *hub {
	return &hub{admit: admit, users: map[string]map[string]*connection{}}
}

// ServeHTTP is one connection, from its login to its end.
func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user := r.URL.Query().Get("user")
	if user == "" || !h.admit(user, passwordIn(r.Header)) {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	// A page of another host than the hub's is refused, unless OriginPatterns name it.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)

	c := newConnection(user, r.URL.Query().Get("device"), conn)
	if !h.add(c) {
		return
	}
	defer h.running.Done()
	for {
		f, err := readFrame(conn)
		if err != nil {
			break
		}
		h.pass(f.Peer, frame{Peer: user, Data: f.Data}, c)
	}
	h.remove(c)
}

// The password goes in a header, which would not keep every byte of it. A browser sends
// no header of an app, but names of protocols, so it takes one of them.
const (
	subprotocol = "invsim"
	bearer      = "bearer."
)

func headerWith(password string) http.Header {
	return http.Header{"Authorization": {"Bearer " + base64.StdEncoding.EncodeToString([]byte(password))}}
}

func passwordIn(header http.Header) string {
	for name := range strings.SplitSeq(header.Get("Sec-WebSocket-Protocol"), ",") {
		if token, ok := strings.CutPrefix(strings.TrimSpace(name), bearer); ok {
			password, _ := base64.RawURLEncoding.DecodeString(token)
			return string(password)
		}
	}
	token, _ := strings.CutPrefix(header.Get("Authorization"), "Bearer ")
	password, _ := base64.StdEncoding.DecodeString(token)
	return string(password)
}

// mostDevices is how many of one user may be connected.
const mostDevices = 16

// add begins a session and ends the one that the device had.
func (h *hub) add(c *connection) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	devices := h.users[c.user]
	earlier := devices[c.device]
	switch {
	case h.closed || earlier == nil && len(devices) >= mostDevices:
		return false
	case earlier != nil:
		go earlier.conn.Close(elsewhere, "logged in elsewhere")
	case devices == nil:
		devices = map[string]*connection{}
		h.users[c.user] = devices
	}
	devices[c.device] = c
	h.running.Add(1)
	h.news(frame{Kind: online, Peer: c.user})
	return true
}

func (h *hub) remove(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if devices := h.users[c.user]; devices[c.device] == c {
		if delete(devices, c.device); len(devices) == 0 {
			delete(h.users, c.user)
			h.news(frame{Kind: offline, Peer: c.user})
		}
	}
	c.close()
}

// news is for everybody. Where users are many, tell only those who care.
func (h *hub) news(f frame) {
	for user := range h.users {
		h.enqueueAll(user, f)
	}
}

// enqueueAll is for all devices of a user, under the lock.
func (h *hub) enqueueAll(user string, f frame) {
	for _, c := range h.users[user] {
		c.enqueue(f.Peer, f)
	}
}

// pass hands a frame on to each device, or tells its sender that there is nobody.
func (h *hub) pass(to string, f frame, sender *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users[to] != nil {
		h.enqueueAll(to, f)
	} else {
		sender.enqueue(sender.user, frame{Kind: offline, Peer: to})
	}
}

// enqueue does not block. from is who has caused the frame.
func (c *connection) enqueue(from string, f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.queue.Put(from, len(f.Data)+len(f.Peer)+overhead, queued{f, time.Now()})
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// write runs on a goroutine of its own while anything waits.
func (c *connection) write() {
	for {
		c.mu.Lock()
		q, ok := c.queue.Take()
		if !ok || c.closed {
			c.writing = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		q.Held = time.Since(q.at)
		if err := writeFrame(c.conn, q.frame); err != nil {
			c.conn.CloseNow()
		}
	}
}

func (c *connection) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
}

// close ends all sessions, and waits until they have ended.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for _, devices := range h.users {
		for _, c := range devices {
			c.conn.CloseNow()
		}
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
