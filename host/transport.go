// The transport: how bytes leave, and how bytes and news about peers come in.

package host

import (
	"time"

	"github.com/invsim/invsim/internal/quote"
)

// Transport carries messages between users. It may lose, delay, duplicate and
// reorder them, but must name their true sender.
type Transport interface {
	// Send hands over one message of at most wire.MaxSize bytes, which the
	// transport may keep. It must not block for long: all that the host sends goes
	// one after the other, what waits too long is dropped, and an INVITE grows older
	// than it says while it is in here. It may call the Receiver. An error is counted
	// and logged and otherwise taken as a loss; a transport that knows a peer cannot
	// be reached says so with PeerOffline.
	Send(peer string, data []byte) error

	// Listen tells where to hand in arriving messages. The host calls it once, in
	// Start.
	Listen(Receiver)
}

// Receiver takes the messages and reports of a transport. Its methods may be called from
// any goroutine; after Close they do nothing.
type Receiver interface {
	// Receive takes one message from the peer that the transport names. held is
	// how long the transport knows that it kept the message, 0 if unknown; what
	// was held longer than Times.MaxDelay is dropped. data may be used again
	// after the return. Host.HandIn is the same, and tells what became of it.
	Receive(from string, data []byte, held time.Duration)

	// PeerOnline and PeerOffline tell whether a peer can be reached. A report is
	// kept while any invitation with that peer is remembered; one that comes before
	// is forgotten, so report it again when a message to the peer is not delivered.
	PeerOnline(peer string)
	PeerOffline(peer string)

	// LoggedOut tells that the transport has lost its session, LoggedIn that it has one
	// again; a new host takes it to have one. In between the host sends nothing, and
	// takes in what arrives all the same, such as a push.
	LoggedIn()
	LoggedOut()
}

// receiver keeps the transport's methods apart from the app's.
type receiver Host

func (r *receiver) Receive(from string, data []byte, held time.Duration) {
	(*Host)(r).HandIn(from, data, held)
}

func (r *receiver) PeerOnline(peer string) {
	h := (*Host)(r)
	h.reached(peer, true)
	h.learn(func() { h.engine.PeerOnline(peer) }, "peer online", "peer", quote.ID(peer))
}

func (r *receiver) PeerOffline(peer string) {
	h := (*Host)(r)
	h.reached(peer, false)
	h.learn(func() { h.engine.PeerOffline(peer) }, "peer offline", "peer", quote.ID(peer))
}

func (r *receiver) LoggedIn() {
	h := (*Host)(r)
	h.learn(h.engine.LogIn, "logged in")
}

func (r *receiver) LoggedOut() {
	h := (*Host)(r)
	h.learn(h.engine.LogOut, "logged out")
}

// learn is input of news from the transport.
func (h *Host) learn(news func(), text string, attributes ...any) {
	h.input(func() error {
		news()
		return nil
	}, func(turn uint64, err error) {
		if err == nil {
			h.log.Debug(text, append(attributes, "turn", turn)...)
		}
	})
}

// transmit hands one message to the transport. It is called without the locks.
func (h *Host) transmit(out outgoing) {
	data, err := h.encode(out.Message)
	if err == nil {
		err = h.transport.Send(out.To, data)
	}
	if err != nil {
		h.count(&h.stats.SendFailed)
	}
	known := h.reached(out.To, err == nil)
	h.logSent(out, err, known)
}

func (h *Host) count(n *uint64) {
	h.view.Lock()
	defer h.view.Unlock()
	*n++
}

// reached notes whether a peer could be reached, and tells whether it was known not
// to be. It serves the log.
func (h *Host) reached(peer string, now bool) (wasNot bool) {
	h.view.Lock()
	defer h.view.Unlock()
	return h.unreachable.note(peer, !now)
}

// peerSet is some peers. There are never more than a thousand: it is emptied then.
type peerSet map[string]bool

// note puts a peer in or takes it out, and tells whether it was in.
func (s *peerSet) note(peer string, in bool) (was bool) {
	was = (*s)[peer]
	switch {
	case !in:
		delete(*s, peer)
	case *s == nil || len(*s) >= 1000:
		*s = peerSet{peer: true}
	default:
		(*s)[peer] = true
	}
	return was
}
