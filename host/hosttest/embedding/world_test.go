// A network with a delay, in a synctest bubble, so that an hour takes no time.

package embedding_test

import (
	"sync"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
)

type world struct {
	delay time.Duration

	mu    sync.Mutex
	users map[string]host.Receiver
	cut   map[string]bool // whose messages are lost
	away  func(to, from string, data []byte)
}

func newWorld(delay time.Duration) *world {
	return &world{delay: delay, users: map[string]host.Receiver{}, cut: map[string]bool{}}
}

type port struct {
	*world
	user string
}

func (p port) Listen(r host.Receiver) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users[p.user] = r
}

func (p port) Send(peer string, data []byte) error {
	time.AfterFunc(p.delay, func() {
		p.mu.Lock()
		to, cut := p.users[peer], p.cut[p.user]
		p.mu.Unlock()
		switch {
		case cut:
		case to != nil:
			to.Receive(p.user, data, 0)
		case p.away != nil:
			p.away(peer, p.user, data)
		}
	})
	return nil
}

func (w *world) setCut(user string, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[user] = cut
}

func (w *world) host(t *testing.T, user string, options host.Options) *host.Host {
	t.Helper()
	h, err := host.New(user, port{w, user}, options)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
