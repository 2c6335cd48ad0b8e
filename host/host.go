// The runtime: every input goes through one lock, and one timer gives the engine
// its time.

package host

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/benbjohnson/clock"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
)

// ErrClosed is why a call on a closed host is refused.
var ErrClosed = errors.New("host is closed")

// Options configure a host. The zero value is good for a server.
type Options struct {
	// Clock gives the time and the one timer: clock.New() if nil. Read the
	// package documentation if the machine may sleep.
	Clock clock.Clock
	// Engine are the options of the engine. Its Clock must be left nil, because
	// Clock above is used; an Epoch of 0 is drawn at random.
	Engine engine.Options
	// Log is told of messages that could not be sent (warnings) and of the
	// verdict on every message received (debug). Nothing is logged if nil.
	Log *slog.Logger
}

// Stats are the engine's counters and the host's own.
type Stats struct {
	engine.Stats
	Undecodable uint64 // messages received that are not of the wire form
	TooOld      uint64 // messages received that were held longer than Times.MaxDelay
	SendFailed  uint64 // messages that the transport did not take
}

// Host is one user's endpoint. Its methods may be called from any goroutine.
type Host struct {
	self      string
	transport Transport
	clock     clock.Clock
	log       *slog.Logger
	maxDelay  time.Duration
	done      chan struct{}

	mu         sync.Mutex // guards all below, and whatever belongs to the engine
	engine     *engine.Engine
	listener   Listener // nil before Start
	timer      *clock.Timer
	generation uint64 // of the timer; a wake-up of an earlier one is void
	locals     map[*engine.LocalInvitation]*LocalInvitation
	remotes    map[*engine.RemoteInvitation]*RemoteInvitation
	events     []event
	pumping    bool // somebody is handing out the engine's outputs
	delivering bool // deliver is running
	closed     bool
	stats      Stats // the host's own
}

// New makes the endpoint of the user self. It fails if self is not a valid user
// id or the options do not fit together. Nothing is received before Start.
func New(self string, transport Transport, options Options) (*Host, error) {
	if transport == nil {
		return nil, errors.New("host: transport is nil")
	}
	if options.Engine.Clock != nil {
		return nil, errors.New("host options: Engine.Clock is set: set Clock")
	}
	h := &Host{
		self:      self,
		transport: transport,
		clock:     options.Clock,
		log:       options.Log,
		maxDelay:  options.Engine.Times.MaxDelay,
		done:      make(chan struct{}),
		locals:    map[*engine.LocalInvitation]*LocalInvitation{},
		remotes:   map[*engine.RemoteInvitation]*RemoteInvitation{},
	}
	if h.clock == nil {
		h.clock = clock.New()
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if options.Engine.Times == (engine.Times{}) {
		h.maxDelay = engine.DefaultTimes().MaxDelay
	}
	options.Engine.Clock = h.clock
	for options.Engine.Epoch == 0 {
		options.Engine.Epoch = drawEpoch()
	}
	var err error
	if h.engine, err = engine.New(self, options.Engine); err != nil {
		return nil, err
	}
	return h, nil
}

func drawEpoch() uint64 {
	var random [8]byte
	rand.Read(random[:]) // never fails
	return binary.LittleEndian.Uint64(random[:])
}

// Start names the listener and begins to receive. Events of calls made before
// wait for it. It fails if the host was started or closed before.
func (h *Host) Start(listener Listener) error {
	if listener == nil {
		return errors.New("start host of " + h.self + ": listener is nil")
	}
	h.mu.Lock()
	switch {
	case h.closed:
		h.mu.Unlock()
		return fmt.Errorf("start host of %s: %w", h.self, ErrClosed)
	case h.listener != nil:
		h.mu.Unlock()
		return errors.New("start host of " + h.self + ": it was started before")
	}
	h.listener = listener
	h.deliverSoon()
	h.mu.Unlock()
	h.transport.Listen((*receiver)(h))
	return nil
}

// Self is the user whose endpoint this is.
func (h *Host) Self() string { return h.self }

// Stats is a copy of the counters.
func (h *Host) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.stats
	s.Stats = h.engine.Stats()
	return s
}

// Advance does what is overdue. The host's timer does this by itself; call it
// when the system reports that the machine has resumed from sleep.
func (h *Host) Advance() { h.tell(h.engine.Advance) }

// Close ends the host: the timer stops, what arrives is dropped, every call fails
// with ErrClosed, and no callback begins any more. It does not wait, so that a
// callback may call it; wait for Done where one may still be running. Open
// invitations are left as they are, and their peers find out by their own timers:
// cancel or refuse them first. The transport is the app's to close, afterwards.
func (h *Host) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.closed = true
	h.disarm()
	h.events = nil
	h.settle()
}

// Done is closed when the host is closed and the last callback and the last Send
// of the transport have returned.
func (h *Host) Done() <-chan struct{} { return h.done }

// settle closes done when it is time.
func (h *Host) settle() {
	if !h.closed || h.pumping || h.delivering {
		return
	}
	select {
	case <-h.done:
	default:
		close(h.done)
	}
}

// tell is input for what cannot fail.
func (h *Host) tell(input func()) {
	h.input(func() error {
		input()
		return nil
	})
}

// input gives the engine one input.
func (h *Host) input(give func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	err := give()
	h.follow()
	return err
}

// follow sees to what an input has brought about.
func (h *Host) follow() {
	h.rearm()
	h.pump()
}

// pump hands out what the engine puts out, in order. If somebody is at it already
// it is left to them: that keeps the order, and lets a transport answer from
// within Send. The lock is released around each Send.
func (h *Host) pump() {
	if h.pumping {
		return
	}
	h.pumping = true
	defer func() {
		h.pumping = false
		h.settle()
	}()
	for !h.closed {
		out, ok := h.engine.Poll()
		switch {
		case !ok:
			return
		case out.Kind == engine.Send:
			h.unlocked(func() { h.transmit(out.To, out.Message) })
		default:
			h.events = append(h.events, h.event(out))
			h.deliverSoon()
		}
	}
}

// unlocked runs code that is not ours, which may call back in.
func (h *Host) unlocked(f func()) {
	h.mu.Unlock()
	defer h.mu.Lock()
	f()
}

// rearm sets the timer to the engine's next deadline. It is set anew after every
// input, because one that was set before the machine slept would be late.
func (h *Host) rearm() {
	h.disarm()
	deadline, ok := h.engine.NextDeadline()
	if !ok {
		return
	}
	generation := h.generation
	h.timer = h.clock.AfterFunc(deadline.Sub(h.clock.Now()), func() { h.wake(generation) })
}

// disarm stops the timer. A wake-up that is under way already is void.
func (h *Host) disarm() {
	h.generation++
	if h.timer != nil {
		h.timer.Stop()
		h.timer = nil
	}
}

// wake is what the timer calls, on a goroutine of its own. It may have been
// stopped too late.
func (h *Host) wake(generation uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if generation == h.generation {
		h.engine.Advance()
		h.follow()
	}
}
