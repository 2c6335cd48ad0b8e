// The runtime: every input goes through one lock, and one timer gives the engine
// its time.

package host

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/wire"
)

// Options configure a host. The zero value is good for a server.
type Options struct {
	// Clock gives the time and the one timer: AdaptClock(clock.New()) if nil. Read
	// the package documentation if the machine may sleep.
	Clock Clock
	// Engine are the options of the engine. Its Clock must be left nil, because
	// Clock above is used; an Epoch of 0 is drawn at random. Its Device is a number of
	// the app's choice if the user has several.
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
	// LogKey adds digests of contents and responses to the log, so that logs of two ends
	// can be compared: no digests if nil. It is a secret of 16 bytes or more, the same in
	// all ends whose logs are compared. Somebody who has it and a log can test guesses.
	LogKey []byte
}

// Stats are the engine's counters and the host's own.
type Stats struct {
	engine.Stats
	Undecodable uint64 // messages received that are not of the wire form
	TooOld      uint64 // messages received that were held longer than Times.MaxDelay
	SendFailed  uint64 // messages that the transport did not take
	Unsent      uint64 // messages that were dropped because the transport was too slow
	Untold      uint64 // rings and missed calls that were dropped because callbacks were too slow
	SaveFailed  uint64 // saves that failed and were tried again
}

// Host is one user's endpoint. Its methods may be called from any goroutine.
//
// Inputs take turns, each for as long as the store takes to save it. What everybody
// may look at, as it is after the last input that was saved, is guarded by view,
// which is held for moments: no store, transport, callback or log runs under it. It
// is taken within a turn, never the other way round.
type Host struct {
	self      string
	transport Transport
	encode    func(engine.Message) ([]byte, error)
	clock     Clock
	log       *slog.Logger
	logKey    []byte
	store     Store
	maxDelay  time.Duration
	maxTotal  int
	away      *time.Duration // nil if nothing was restored
	epoch     uint64
	closing   chan struct{} // closed when the host is
	done      chan struct{} // closed when nothing runs any more

	turn    chan struct{} // full while an input has its turn, which guards these
	turns   uint64        // so far: the number of the input, for the log
	told    inForce       // what the log says
	engine  *engine.Engine
	unsaved []Entry // the changes of a restore, which go with the first save
	about   handle  // whose call the present input is, nil if it is none
	ending  *string // not nil: whatever is open ends, with this text

	view        sync.Mutex // guards all below
	listener    Listener   // nil before Start
	timer       Timer
	generation  uint64 // of the timer; a wake-up of an earlier one is void
	locals      map[*engine.LocalInvitation]*LocalInvitation
	remotes     map[*engine.RemoteInvitation]*RemoteInvitation
	handles     uint64 // how many have been made
	outbox      outbox
	events      events
	late        []late        // events that were told before their func was set
	inputs      int           // that have their turn or wait for it
	sending     bool          // send is running
	delivering  bool          // deliver is running
	quiet       chan struct{} // nil, or closed when Shutdown need not wait
	cause       error         // why the host is closed
	ended       bool          // and nothing runs any more
	unreachable peerSet       // peers to which a message was not taken, or who are offline
	stats       Stats
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
	if n := len(options.LogKey); n > 0 && n < shortestKey {
		return nil, fmt.Errorf("host options: LogKey has %d bytes: a secret has %d or more", n, shortestKey)
	}
	h := &Host{
		self:      self,
		transport: transport,
		encode:    options.Encode,
		clock:     orDefault(options.Clock),
		log:       options.Log,
		logKey:    bytes.Clone(options.LogKey),
		store:     options.Store,
		maxDelay:  options.Engine.Times.MaxDelay,
		maxTotal:  cmp.Or(options.Engine.MaxTotal, engine.DefaultMaxTotal),
		closing:   make(chan struct{}),
		turn:      make(chan struct{}, 1),
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
	h.log = h.log.With("user", quote.ID(self))
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
	h.outbox.patience = h.maxDelay / 4
	h.epoch, h.told = options.Engine.Epoch, h.inForce()
	h.logStarted(h.told, h.away)
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
		return errors.New("start host of " + quote.ID(h.self) + ": listener is nil")
	}
	h.view.Lock()
	switch {
	case h.closed():
		h.view.Unlock()
		return fmt.Errorf("start host of %s: %w", quote.ID(h.self), h.cause)
	case h.listener != nil:
		h.view.Unlock()
		return errors.New("start host of " + quote.ID(h.self) + ": it was started before")
	}
	h.listener = listener
	h.deliverSoon()
	h.view.Unlock()
	h.transport.Listen((*receiver)(h))
	if err := h.input(h.advance, nil); err != nil && err != ErrClosed { // a callback may have closed it by now
		return fmt.Errorf("start host of %s: %w", quote.ID(h.self), err)
	}
	return nil
}

// Self is the user whose endpoint this is.
func (h *Host) Self() string { return h.self }

// Stats is a copy of the counters.
func (h *Host) Stats() Stats {
	h.view.Lock()
	defer h.view.Unlock()
	return h.stats
}

// Advance does what is overdue. The host's timer does this by itself; call it
// when the system reports that the machine has resumed from sleep.
func (h *Host) Advance() { h.input(h.advance, nil) }

func (h *Host) advance() error {
	h.engine.Advance()
	return nil
}

// input gives the engine one input. tell, if not nil, logs what came of it. What the
// input has caused is logged first and sent last, on a goroutine of its own, so that
// nobody waits for the transport.
func (h *Host) input(give func() error, tell func(turn uint64, err error)) error {
	h.view.Lock()
	h.inputs++
	h.view.Unlock()

	came, err := h.take(give)
	if came.failed {
		h.log.Error("closed: what an input changed is not saved", "error", err)
	}
	if came.changed != nil {
		h.logChanged(*came.changed)
	}
	for _, e := range came.events {
		h.logEvent(came.turn, e)
	}
	if tell != nil {
		tell(came.turn, err)
	}

	h.view.Lock()
	defer h.view.Unlock()
	h.inputs--
	h.sendSoon()
	h.deliverSoon()
	h.settle()
	return err
}

// outcome is what the log is told of an input.
type outcome struct {
	turn    uint64
	changed *change // of the options in force
	events  []event
	failed  bool // it is not saved
}

// take is the turn of an input. Nothing leaves, and nobody sees anything, before it
// is saved.
func (h *Host) take(give func() error) (came outcome, err error) {
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-h.closing:
	}
	if err := h.Err(); err != nil {
		return came, err
	}
	h.turns++
	came.turn = h.turns
	if err = give(); err == errVoid {
		return came, nil
	}
	if h.ending != nil {
		h.endOpen(*h.ending)
	}
	if err := h.save(); err != nil {
		h.view.Lock()
		defer h.view.Unlock()
		h.close(err)
		came.failed = true
		return came, err
	}
	if now := h.inForce(); now != h.told {
		came.changed, h.told = &change{h.told, now}, now
	}
	h.view.Lock()
	defer h.view.Unlock()
	if h.closed() { // while it was saved: as if the process had died right after
		return came, h.cause
	}
	came.events = h.publish(came.turn)
	return came, err
}

// errVoid is from an input that turned out to be none.
var errVoid = errors.New("void")

// publish shows what the input has done, now that it is saved.
func (h *Host) publish(turn uint64) (events []event) {
	if h.about != nil {
		h.about.show(true)
		h.about = nil
	}
	now := h.clock.Now()
	for out := range h.engine.All() {
		if out.Kind == engine.Send {
			h.stats.Unsent += h.outbox.push(now, turn, out)
			continue
		}
		e := h.event(out)
		if !e.givenUp {
			h.tellLater(e)
		}
		events = append(events, e)
	}
	h.stats.Stats = h.engine.Stats()
	h.rearm(now)
	return events
}

// unlocked runs code that is not ours, which may call back in.
func (h *Host) unlocked(f func()) {
	h.view.Unlock()
	defer h.view.Lock()
	f()
}

// rearm sets the timer to the engine's next deadline. It is set anew after every
// input, because one that was set before the machine slept would be late. What is
// due now needs no timer: clocks differ about those of no length.
func (h *Host) rearm(now time.Time) {
	h.disarm()
	deadline, ok := h.engine.NextDeadline()
	if !ok {
		return
	}
	generation := h.generation
	wake := func() { h.wake(generation) }
	if d := deadline.Sub(now); d > 0 {
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

// wake is called by the timer, on a goroutine of its own. It may have been
// stopped too late.
func (h *Host) wake(generation uint64) {
	h.input(func() error {
		h.view.Lock()
		void := generation != h.generation
		h.view.Unlock()
		if void {
			return errVoid
		}
		return h.advance()
	}, nil)
}
