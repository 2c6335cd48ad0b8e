// The queue of arrived messages that wait for their receiver.

package fair

import (
	"bytes"
	"sync"
	"time"

	"github.com/invsim/invsim/host"
)

// Room is the most that waits for a Receiver, in bytes.
const Room = 1 << 20

// overhead is the cost of a message beside its bytes.
const overhead = 128

// Receiver makes a receiver that never blocks. What is handed in waits for r, which
// may be slow, because a store saves: senders take turns, and r is told how long each
// message has waited. News about a peer waits its turn with the peer's messages, news
// about the session does not wait.
//
// A transport puts it between itself and its host, in Listen:
//
//	func (t *transport) Listen(r host.Receiver) { r = fair.Receiver(r); … }
func Receiver(r host.Receiver) host.Receiver {
	return &receiver{Receiver: r, queue: NewQueue[arrival](Room)}
}

type receiver struct {
	host.Receiver

	mu      sync.Mutex // guards all below
	queue   *Queue[arrival]
	handing bool // hand is running
}

type arrival struct {
	from   string
	data   []byte
	held   time.Duration
	at     time.Time
	online *bool // news and no message
}

func (r *receiver) Receive(from string, data []byte, held time.Duration) {
	r.put(arrival{from: from, data: bytes.Clone(data), held: held})
}

func (r *receiver) PeerOnline(peer string)  { r.news(peer, true) }
func (r *receiver) PeerOffline(peer string) { r.news(peer, false) }

func (r *receiver) news(peer string, online bool) { r.put(arrival{from: peer, online: &online}) }

func (r *receiver) put(a arrival) {
	a.at = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue.Put(a.from, len(a.data)+len(a.from)+overhead, a)
	if !r.handing {
		r.handing = true
		go r.hand()
	}
}

// hand runs on a goroutine of its own while anything waits.
func (r *receiver) hand() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		a, ok := r.queue.Take()
		if !ok {
			r.handing = false
			return
		}
		r.mu.Unlock()
		switch {
		case a.online == nil:
			r.Receiver.Receive(a.from, a.data, a.held+time.Since(a.at))
		case *a.online:
			r.Receiver.PeerOnline(a.from)
		default:
			r.Receiver.PeerOffline(a.from)
		}
		r.mu.Lock()
	}
}
