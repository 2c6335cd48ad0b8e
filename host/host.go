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

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/wire"
)

// Options configure a host. The zero value is good for a server.
type Options struct {
	// Clock gives the time and the one timer: AdaptClock(clock.New()) if nil. Read
	// the package documentation if the machine may sleep.
	Clock Clock
	// Engine are the options of the engine. Its Clock must be left nil, because
	// Clock above is used; an Epoch of 0 is drawn at random.
	Engine engine.Options
	// Encode is the form in which messages are sent: wire.EncodeJSON if nil, which
	// every peer and every tool can read; wire.EncodeBinary is smaller. Received
	// messages may be of either form.
	Encode func(engine.Message) ([]byte, error)
	// Store keeps the state over a crash: none if nil. New goes on from what it
	// holds.
	Store Store
	// Log is told what happens; see the package documentation. Nothing is logged
	// if nil.
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
	encode    func(engine.Message) ([]byte, error)
	clock     Clock
	log       *slog.Logger
	store     Store
	maxDelay  time.Duration
	closing   chan struct{} // closed when the host is
	done      chan struct{} // closed when nothing runs any more

	mu         sync.Mutex // guards all below, and whatever belongs to the engine
	engine     *engine.Engine
	listener   Listener // nil before Start
	timer      Timer
	generation uint64 // of the timer; a wake-up of an earlier one is void
	locals     map[*engine.LocalInvitation]*LocalInvitation
	remotes    map[*engine.RemoteInvitation]*RemoteInvitation
	events     []event
	late       []late        // events that were told before their func was set
	pumping    bool          // somebody is handing out the engine's outputs
	delivering bool          // deliver is running
	quiet      chan struct{} // nil, or closed when Shutdown need not wait
	cause      error         // why the host is closed
	unsaved    bool          // the engine differs from what the store has
	state      []byte        // the room in which the stored state is written
	stats      Stats         // the host's own
}

// New makes the endpoint of the user self. It fails if self is not a valid user
// id, the options do not fit together, or what the store holds cannot be used.
// Nothing is received before Start.
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
		encode:    options.Encode,
		clock:     orDefault(options.Clock),
		log:       options.Log,
		store:     options.Store,
		maxDelay:  options.Engine.Times.MaxDelay,
		closing:   make(chan struct{}),
		done:      make(chan struct{}),
		locals:    map[*engine.LocalInvitation]*LocalInvitation{},
		remotes:   map[*engine.RemoteInvitation]*RemoteInvitation{},
	}
	if h.encode == nil {
		h.encode = wire.EncodeJSON
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.log = h.log.With("user", self)
	if options.Engine.Times == (engine.Times{}) {
		h.maxDelay = engine.DefaultTimes().MaxDelay
	}
	options.Engine.Clock = h.clock
	for options.Engine.Epoch == 0 {
		options.Engine.Epoch = drawEpoch()
	}
	if err := h.makeEngine(options.Engine); err != nil {
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
// wait for it. It fails if the host was started or closed before, or if its store
// fails.
func (h *Host) Start(listener Listener) error {
	if listener == nil {
		return errors.New("start host of " + h.self + ": listener is nil")
	}
	h.mu.Lock()
	switch {
	case h.closed():
		h.mu.Unlock()
		return fmt.Errorf("start host of %s: %w", h.self, h.cause)
	case h.listener != nil:
		h.mu.Unlock()
		return errors.New("start host of " + h.self + ": it was started before")
	}
	h.listener = listener
	h.deliverSoon()
	h.mu.Unlock()
	h.transport.Listen((*receiver)(h))
	if err := h.input(h.advance); err != nil && err != ErrClosed { // a callback may have closed it by now
		return fmt.Errorf("start host of %s: %w", h.self, err)
	}
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
func (h *Host) Advance() { h.input(h.advance) }

func (h *Host) advance() error {
	h.engine.Advance()
	return nil
}

// input gives the engine one input.
func (h *Host) input(give func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed() {
		return h.cause
	}
	return h.take(give)
}

// take is input under the lock. Nothing leaves before it is saved.
func (h *Host) take(give func() error) error {
	before, _ := h.engine.NextDeadline()
	err := give()
	after, _ := h.engine.NextDeadline()
	h.unsaved = h.unsaved || !before.Equal(after) // a timer that fired moves it
	if err := h.save(); err != nil {
		h.close(err)
		h.unlocked(func() { h.log.Error("closed: what an input changed is not saved", "error", err) })
		return err
	}
	h.rearm()
	h.pump()
	return err
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
	for !h.closed() {
		out, ok := h.engine.Poll()
		switch {
		case !ok:
			return
		case out.Kind == engine.Send:
			h.unlocked(func() { h.transmit(out.To, out.Message) })
		default:
			e := h.event(out)
			h.events = append(h.events, e)
			h.deliverSoon()
			h.unlocked(func() { h.logEvent(e) })
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
// input, because one that was set before the machine slept would be late. What is
// due now needs no timer: clocks differ about those of no length.
func (h *Host) rearm() {
	h.disarm()
	deadline, ok := h.engine.NextDeadline()
	if !ok {
		return
	}
	generation := h.generation
	wake := func() { h.wake(generation) }
	if d := deadline.Sub(h.clock.Now()); d > 0 {
		h.timer = h.clock.AfterFunc(d, wake)
	} else {
		go wake()
	}
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
		h.take(h.advance)
	}
}
