// A phone: a process with a host and the app's listener, and all that can go wrong with it.

package simtest

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/host"
	"github.com/invsim/invsim/internal/quote"
)

// Phone is one phone of a user.
type Phone struct {
	User string

	world   *World
	index   int
	options host.Options
	start   func(h *host.Host) host.Listener
	store   host.Store
	log     judge.Records

	running *process // nil while it is down
	starts  int
	offline bool
	frozen  bool
	waiting []func() // inputs of a frozen process
	clock   clock
	slow    atomic.Int64 // nanoseconds by which every callback comes late
}

// process is one life of an app.
type process struct {
	phone    *Phone
	host     *host.Host
	listener host.Listener
	receiver host.Receiver
	dead     chan struct{} // closed when it is
}

// Phone adds a phone and starts its app. start makes the app for a new host, at each start
// of the process; a restored host has its open calls already. The host is started with the
// listener that it returns. If that is an io.Closer, it is closed when the process ends, and
// must end all goroutines of the app.
//
// The options are the app's, but for Clock, Log, LogKey and an Epoch of 0, which are the
// world's.
// Without a Store, the phone has one that outlives crashes.
func (w *World) Phone(user string, options host.Options, start func(h *host.Host) host.Listener) *Phone {
	p := &Phone{User: user, world: w, index: len(w.phones), options: options, start: start, store: options.Store}
	if p.store == nil {
		p.store = &store{entries: map[string][]byte{}}
	}
	p.clock = clock{phone: p, rate: 1}
	p.log.Now = p.clock.now
	w.phones = append(w.phones, p)
	w.names[user] = append(w.names[user], p)
	p.boot()
	w.settle()
	return p
}

// name is the user, and the device if it is not the only one.
func (p *Phone) name() string {
	if p.options.Engine.Device == 0 {
		return quote.ID(p.User)
	}
	return quote.ID(p.User) + "/" + strconv.FormatUint(p.options.Engine.Device, 16)
}

// boot starts a process.
func (p *Phone) boot() {
	p.starts++
	r := &process{phone: p, dead: make(chan struct{})}
	options := p.options
	options.Clock, options.Store = &processClock{r}, p.store
	options.Log, options.LogKey = slog.New(&teller{p.log.Handler(), r}), logKey
	if options.Engine.Epoch == 0 {
		options.Engine.Epoch = epoch(p.index, p.starts)
	}
	var err error
	if r.host, err = host.New(p.User, r, options); err != nil {
		panic(broken{fmt.Errorf("start %s: %w", p.name(), err)})
	}
	p.running = r
	r.listener = p.start(r.host)
	if err := r.host.Start(slowly{r}); err != nil {
		panic(broken{fmt.Errorf("start %s: %w", p.name(), err)})
	}
}

// Host is that of the running process, nil while there is none.
func (p *Phone) Host() *host.Host {
	if p.running == nil {
		return nil
	}
	return p.running.host
}

// Up tells whether the user can do anything: the process runs, and is not frozen.
func (p *Phone) Up() bool { return p.running != nil && !p.frozen }

// input gives the process something to do, later if it is frozen.
func (p *Phone) input(do func(r *process)) {
	r := p.running
	if r == nil {
		return
	}
	if p.frozen {
		p.waiting = append(p.waiting, func() {
			if p.running == r {
				do(r)
				p.world.tick()
			}
		})
		return
	}
	do(r)
	p.world.tick()
}

func (p *Phone) arrives(from string, data []byte, words string) {
	switch {
	case p.offline:
		p.world.Note("%s: LOST, %s is offline", words, p.name())
	case p.running == nil:
		p.world.Note("%s: LOST, %s has crashed", words, p.name())
	default:
		p.input(func(r *process) { r.receiver.Receive(from, data, 0) })
	}
}

// Crash ends the process at once. What the host has saved is kept.
func (p *Phone) Crash() {
	r := p.running
	if r == nil {
		return
	}
	p.world.Note("%s  crashes", p.name())
	p.running, p.frozen, p.waiting = nil, false, nil
	r.end()
	p.world.settle()
	p.world.presence(p, false)
}

func (r *process) end() {
	close(r.dead)
	r.host.Close()
	if closer, ok := r.listener.(io.Closer); ok {
		closer.Close()
	}
}

func (r *process) isDead() bool {
	select {
	case <-r.dead:
		return true
	default:
		return false
	}
}

// Restart starts a process again that has crashed.
func (p *Phone) Restart() {
	if p.running != nil {
		return
	}
	p.world.Note("%s  starts again", p.name())
	p.boot()
	p.world.settle()
	if p.offline {
		p.input(func(r *process) { r.receiver.LoggedOut() })
		return
	}
	p.world.presence(p, true)
}

// noticed is how long it takes until a phone and its peers know that it is offline.
const noticed = time.Second

// Offline takes the phone off the network. It and its peers notice after a second.
func (p *Phone) Offline() {
	if p.offline {
		return
	}
	p.offline = true
	p.world.Note("%s  is offline", p.name())
	p.world.schedule(p.world.Now()+noticed, func() {
		if p.offline {
			p.input(func(r *process) { r.receiver.LoggedOut() })
			p.world.presence(p, false)
		}
	})
}

// Online ends Offline.
func (p *Phone) Online() {
	if !p.offline {
		return
	}
	p.offline = false
	p.world.Note("%s  is online again", p.name())
	p.input(func(r *process) { r.receiver.LoggedIn() })
	if p.running != nil {
		p.world.presence(p, true)
	}
}

// Freeze lets the process stand still, as a phone that sleeps: timers and messages wait.
// Goroutines and timers of the app itself go on.
func (p *Phone) Freeze() {
	if p.Up() {
		p.frozen = true
		p.world.Note("%s  freezes", p.name())
	}
}

// Thaw ends Freeze.
func (p *Phone) Thaw() {
	if !p.frozen {
		return
	}
	p.frozen = false
	p.world.Note("%s  goes on", p.name())
	for len(p.waiting) > 0 && !p.frozen {
		do := p.waiting[0]
		p.waiting = p.waiting[1:]
		do()
	}
}

// Slow lets every callback come to the app so much later, as on a busy phone.
func (p *Phone) Slow(by time.Duration) {
	if p.slow.Swap(int64(by)) != int64(by) {
		p.world.Note("%s  tells its app everything %v late", p.name(), by)
	}
}

// SetClock sets the phone's clock forward, or back if by is negative.
func (p *Phone) SetClock(by time.Duration) {
	p.world.Note("%s  sets its clock by %v", p.name(), by)
	p.clock.set(by)
}

// Drift makes the phone's clock fast by so many millionths, or slow.
func (p *Phone) Drift(ppm int) { p.clock.drift(ppm) }

// remembers tells whether the host has not forgotten everything.
func (p *Phone) remembers() bool {
	if p.running == nil {
		return false
	}
	s := p.running.host.Stats()
	return s.LocalRecords+s.RemoteRecords > 0
}

// Send and Listen make the process the transport of its host.
func (r *process) Send(peer string, data []byte) error {
	if r.isDead() {
		return host.ErrClosed
	}
	w := r.phone.world
	w.mu.Lock()
	w.sent = append(w.sent, sent{w.Now(), r, peer, bytes.Clone(data)})
	w.mu.Unlock()
	w.rouse()
	return nil
}

func (r *process) Listen(to host.Receiver) { r.receiver = to }
