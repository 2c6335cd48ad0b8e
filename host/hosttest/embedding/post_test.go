package embedding_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/host/hosttest"
	"github.com/invsim/invsim/host/hosttest/embedding"
)

// office is a web server with everybody's URL.
type office struct {
	*httptest.Server
	urls map[string]string

	mu    sync.Mutex
	posts map[string]*embedding.Post
}

func newOffice(users ...string) *office {
	o := &office{urls: map[string]string{}, posts: map[string]*embedding.Post{}}
	o.Server = httptest.NewServer(o)
	for _, user := range users {
		o.urls[user] = o.URL + "/?" + url.Values{"to": {user}}.Encode()
	}
	return o
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	post := o.posts[r.URL.Query().Get("to")]
	o.mu.Unlock()
	if post == nil {
		http.NotFound(w, r)
		return
	}
	post.ServeHTTP(w, r)
}

func token(user string) string { return "token-" + url.QueryEscape(user) }

func (o *office) userOf(t string) (string, bool) {
	for user := range o.urls {
		if t == token(user) {
			return user, true
		}
	}
	return "", false
}

func (o *office) open(user string) *embedding.Post {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posts[user] = embedding.NewPost(token(user), o.urls, o.userOf)
	return o.posts[user]
}

// says is a writer that hands on what is written, so that Example can wait for it.
type says chan string

func (s says) Write(text []byte) (int, error) {
	s <- string(text)
	return len(text), nil
}

// Two users in one program; in real life each is in one of its own.
func Example() {
	office := newOffice("alice", "bob")
	defer office.Close()
	says := make(says, 10)

	bob := &embedding.App{Out: says}
	bob.Host, _ = host.New("bob", office.open("bob"), host.Options{})
	bob.Start(bob)

	alice := &embedding.App{Out: io.Discard}
	alice.Host, _ = host.New("alice", office.open("alice"), host.Options{})
	alice.Start(alice)

	call := alice.CreateLocalInvitation("bob")
	call.SetContent("video?")
	alice.SendLocalInvitation(call)
	fmt.Print(<-says, <-says)
	// Output:
	// alice calls: "video?"
	// in a call with alice
}

// hangable is a Post that can hang up.
type hangable struct {
	*embedding.Post
	office *office
	user   string
	closed chan struct{}
	once   sync.Once
}

func (h *hangable) Send(peer string, data []byte) error {
	select {
	case <-h.closed:
		return errors.New("closed")
	default:
		return h.Post.Send(peer, data)
	}
}

func (h *hangable) Close() error {
	h.once.Do(func() {
		close(h.closed)
		h.office.mu.Lock()
		defer h.office.mu.Unlock()
		delete(h.office.posts, h.user)
	})
	return nil
}

func TestPost(t *testing.T) {
	hosttest.Run(t, func(t *testing.T) hosttest.Network {
		o := newOffice(hosttest.Users()...)
		t.Cleanup(o.Close)
		return hosttest.Network{
			TellsGone: true,
			Connect: func(t *testing.T, user string) hosttest.Transport {
				return &hangable{Post: o.open(user), office: o, user: user, closed: make(chan struct{})}
			},
			Forge: func(t *testing.T, as, to string, data []byte) {
				eve := embedding.NewPost("token-of-"+as, o.urls, o.userOf)
				offline := make(chan string, 1)
				eve.Listen(refused{offline: offline})
				if err := eve.Send(to, data); err != nil {
					t.Fatal(err)
				}
				select {
				case <-offline:
				case <-time.After(time.Minute):
					t.Error("eve is not refused")
				}
			},
		}
	})
}

// refused is a receiver that hears that a message was not taken.
type refused struct {
	host.Receiver // nil
	offline       chan string
}

func (r refused) PeerOffline(peer string) { r.offline <- peer }

// TestSlowPeer: who does not take what is posted holds up a few messages, and nobody
// else's.
func TestSlowPeer(t *testing.T) {
	hang, arrived := make(chan bool), make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.URL.Path
		if r.URL.Path == "/eve" {
			<-hang
		}
	}))
	defer server.Close()
	post := embedding.NewPost("", map[string]string{"eve": server.URL + "/eve", "alice": server.URL + "/alice"}, nil)
	for n := range 10 {
		if err := post.Send("eve", []byte("?")); (err != nil) != (n >= 8) {
			t.Errorf("message %d: %v", n, err)
		}
	}
	if err := post.Send("alice", []byte("?")); err != nil {
		t.Error(err)
	}
	for range 9 {
		<-arrived
	}
	close(hang)
	for post.Send("eve", []byte("?")) != nil { // until one has come back
		runtime.Gosched()
	}
}
