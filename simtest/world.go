// The world: time, what happens next, and the network.

package simtest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/internal/quote"
	"github.com/invsim/invsim/sim/netem"
	"github.com/invsim/invsim/sim/tape"
	"github.com/invsim/invsim/wire"
)

// Net is what the network does to each copy of a message. A world begins with the zero
// value and a delay of 50 ms.
type Net struct {
	Loss, Dup, Reorder float64       // shares of copies that are lost, doubled, and held back by up to 20 s
	Delay, DelayMost   time.Duration // uniform; the second may be left out
}

// chain are the pieces of the simulator that do it.
func (n Net) chain() netem.Chain {
	return netem.Chain{
		&netem.Loss{P: n.Loss}, &netem.Duplicate{P: n.Dup},
		&netem.Latency{Delay: netem.Between(n.Delay, max(n.Delay, n.DelayMost))},
		&netem.Reorder{P: n.Reorder, By: 20 * time.Second},
	}
}

// World is some phones and the network between them. Its methods are for the goroutine of
// the test, and time passes only in Sleep, Repeat and Heal.
type World struct {
	Net Net

	tape   tape.Tape
	begun  time.Time
	phones []*Phone
	names  map[string][]*Phone // by user: one for each device
	serial int                 // of messages
	healed bool

	mu    sync.Mutex // guards what hosts and apps call from goroutines of their own
	queue []*task    // by instant, then by their order
	order int
	sent  []sent
	story []line
	fault error         // what an app has done that ends the world
	wake  chan struct{} // tells the sleeping test of something that it has to look at
}

// task is something that will happen.
type task struct {
	at    time.Duration
	order int
	do    func()
}

// line is one of the story.
type line struct {
	at    time.Duration
	words []string
}

// sent is a message that a transport was given.
type sent struct {
	at   time.Duration
	from *process
	to   string
	data []byte
}

func newWorld(t tape.Tape) *World {
	return &World{
		Net: Net{Delay: 50 * time.Millisecond}, tape: t, begun: time.Now(),
		names: map[string][]*Phone{}, wake: make(chan struct{}, 1),
	}
}

// Now is how long the world has run.
func (w *World) Now() time.Duration { return time.Since(w.begun) }

// Note adds a line to the story.
func (w *World) Note(format string, args ...any) { w.note(fmt.Sprintf(format, args...)) }

// note adds a line of which words become one text only if somebody asks for the story.
func (w *World) note(words ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, line{w.Now(), words})
}

// schedule plans a task.
func (w *World) schedule(at time.Duration, do func()) *task {
	w.mu.Lock()
	w.order++
	t := &task{max(at, w.Now()), w.order, do}
	i, _ := w.find(t)
	w.queue = slices.Insert(w.queue, i, t)
	w.mu.Unlock()
	if i == 0 {
		w.rouse()
	}
	return t
}

// cancel takes a task back, if it is not too late.
func (w *World) cancel(t *task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i, ok := w.find(t); ok {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
}

func (w *World) find(t *task) (place int, found bool) {
	return slices.BinarySearchFunc(w.queue, t, func(a, b *task) int { return cmp.Or(cmp.Compare(a.at, b.at), a.order-b.order) })
}

func (w *World) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Sleep lets time pass.
func (w *World) Sleep(d time.Duration) {
	until := w.Now() + d
	for {
		w.settle()
		at, next := w.first(until)
		if at > w.Now() {
			w.rest(at - w.Now())
			continue // something may have happened meanwhile
		}
		if next == nil {
			return
		}
		next()
	}
}

// first takes the next task out if it is due, and else tells when to look again.
func (w *World) first(until time.Duration) (at time.Duration, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch now := w.Now(); {
	case len(w.queue) == 0 || w.queue[0].at > until:
		return until, nil
	case w.queue[0].at > now:
		return w.queue[0].at, nil
	}
	do = w.queue[0].do
	w.queue = w.queue[1:]
	return w.Now(), do
}

// rest sleeps, but not past something that the test has to look at.
func (w *World) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	}
}

// settle waits until every goroutine waits, and carries what was sent.
func (w *World) settle() {
	synctest.Wait()
	w.mu.Lock()
	all, fault := w.sent, w.fault
	w.sent = nil
	w.mu.Unlock()
	if fault != nil {
		panic(broken{fault})
	}
	slices.SortStableFunc(all, func(a, b sent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), a.from.phone.index-b.from.phone.index)
	})
	for i := range all {
		w.carry(&all[i])
	}
}

// tick settles, and lets a nanosecond pass: no two things happen at one instant, and so no
// two timers of apps that they start end at one.
func (w *World) tick() {
	w.settle()
	time.Sleep(time.Nanosecond)
}

// broken is the panic of a world that cannot go on.
type broken struct{ error }

// carry hands a message to the network.
func (w *World) carry(s *sent) {
	m, err := wire.Decode(s.data)
	name := "?"
	if err == nil {
		name = m.Kind.String()
	}
	words := s.from.phone.name() + " → " + quote.ID(s.to) + "  " + name
	targets := w.names[s.to]
	if s.from.phone.offline || len(targets) == 0 {
		w.Note("%s: LOST, the phone is offline", words)
		return
	}
	for _, to := range targets {
		w.serial++
		copies := w.Net.chain().Carry(w.tape, netem.Copy{Key: tape.Key(w.serial) << 1, From: int32(s.from.phone.index), To: int32(to.index), At: int64(s.at)})
		if len(copies) == 0 {
			w.Note("%s: LOST", words)
		}
		for i, at := range copies {
			twin := ""
			if i > 0 {
				twin = " twin"
			}
			w.Note("%s%s: takes %v", words, twin, (time.Duration(at) - s.at).Round(100*time.Microsecond))
			user, data := s.from.phone.User, s.data
			w.schedule(time.Duration(at), func() { to.arrives(user, data, words) })
		}
	}
}

// presence tells all phones but one whether it can be reached.
func (w *World) presence(of *Phone, online bool) {
	for _, other := range w.names[of.User] {
		if !online && !other.offline && other.running != nil {
			return // another device can be reached
		}
	}
	for _, p := range w.phones {
		if p.User == of.User {
			continue
		}
		p.input(func(r *process) {
			if online {
				r.receiver.PeerOnline(of.User)
			} else {
				r.receiver.PeerOffline(of.User)
			}
		})
	}
}

// Heal ends every fault, and lets time pass until no host remembers anything: everything
// that was under way has come to an end then.
func (w *World) Heal() {
	w.Net = Net{Delay: w.Net.Delay}
	if !w.healed {
		w.Note("every fault ends")
	}
	w.healed = true
	for _, p := range w.phones {
		p.Slow(0)
		p.Thaw()
		p.Restart()
		p.Online()
	}
	for range 24 * 60 { // a clock that was set back makes it long
		if w.Sleep(time.Minute); !slices.ContainsFunc(w.phones, (*Phone).remembers) {
			break
		}
	}
	w.settle()
}

// judge is what the logs of all phones break, nil for nothing.
func (w *World) judge() error {
	j := judge.New()
	for _, p := range w.phones {
		if err := j.ReadRecords(p.name()+"'s log", &p.log); err != nil {
			return err
		}
	}
	var first error
	for _, c := range j.Report().Calls {
		for _, f := range c.Broken() {
			w.Note("call %s from %s to %s breaks %s: %s", c.ID, quote.ID(c.Caller), quote.ID(c.Callee), f.Property, f.Reason)
			if first == nil {
				first = fmt.Errorf("%s is broken: %s", f.Property, judge.Words(f.Property))
			}
		}
	}
	return first
}

// epoch is that of a process: the same in every run of the world.
func epoch(phone, process int) uint64 { return uint64(phone+1)<<16 | uint64(process) }
