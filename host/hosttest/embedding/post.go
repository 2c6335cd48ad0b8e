// A transport from nothing: every user is at a URL, and a message is a POST.

package embedding

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/fair"
	"github.com/invsim/invsim/wire"
)

// Post is a host.Transport and the handler of the user's own URL.
type Post struct {
	URLs    map[string]string // where users are
	Token   string            // what we prove with who we are
	UserOf  func(token string) (user string, ok bool)
	arrived chan host.Receiver

	mu    sync.Mutex
	posts map[string]int // that are under way, by peer
}

func NewPost(token string, urls map[string]string, userOf func(token string) (string, bool)) *Post {
	return &Post{URLs: urls, Token: token, UserOf: userOf, arrived: make(chan host.Receiver, 1), posts: map[string]int{}}
}

const (
	postTime = 10 * time.Second // far below Times.MaxDelay: what takes longer is lost
	maxPosts = 8                // to one peer at a time
)

func (p *Post) Send(peer string, data []byte) error {
	url, ok := p.URLs[peer]
	switch {
	case !ok:
		return fmt.Errorf("nobody knows where %s is", peer)
	case !p.begin(peer):
		return fmt.Errorf("%d messages to %s are under way", maxPosts, peer)
	}
	go p.post(peer, url, data) // Send must not block
	return nil
}

// begin is false where a peer is slow to take what is under way to it.
func (p *Post) begin(peer string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.posts[peer] == maxPosts {
		return false
	}
	p.posts[peer]++
	return true
}

func (p *Post) end(peer string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.posts[peer]--
}

func (p *Post) post(peer, url string, data []byte) {
	defer p.end(peer)
	ctx, cancel := context.WithTimeout(context.Background(), postTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return
	}
	request.Header.Set("Authorization", p.Token)
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
	}
	if err != nil || response.StatusCode != http.StatusOK {
		p.receiver().PeerOffline(peer) // a guess is good enough
	}
}

func (p *Post) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, ok := p.UserOf(r.Header.Get("Authorization"))
	if !ok {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, wire.MaxSize))
	if err != nil {
		return
	}
	p.receiver().Receive(from, data, 0)
}

func (p *Post) Listen(receiver host.Receiver) { p.arrived <- fair.Receiver(receiver) }

// receiver waits for Listen.
func (p *Post) receiver() host.Receiver {
	receiver := <-p.arrived
	p.arrived <- receiver
	return receiver
}
