// A small world on somebody else's clock: sixteen users call each other over a network that
// takes 50 ms, and answer after two seconds. It is what one writes who has no simulator.

package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
	"github.com/fschuetz04/simgo"
	"github.com/invsim/invsim/engine"
)

const (
	users     = 16
	way       = 50 * time.Millisecond
	answer    = 2 * time.Second
	callEvery = 20 * time.Millisecond // 50 calls a second, as in the simulator
)

// sameWorld are the options of the simulator for it.
var sameWorld = []string{
	"--users", "16", "--loss", "0%", "--offline", "0%", "--latency", "50ms..50ms", "--answer-after", "2s..2s",
	"--accept", "1", "--refuse", "0", "--ignore", "0", "--cancel", "0%",
}

// timers are a clock that calls back.
type timers interface {
	Now() time.Time
	after(d time.Duration, f func()) (stop func() bool)
}

type smallWorld struct {
	mu       sync.Mutex
	timers   timers
	engines  [users]*engine.Engine
	stop     [users]func() bool
	accepted int
}

func newSmallWorld(t timers) *smallWorld {
	w := &smallWorld{timers: t}
	for i := range w.engines {
		e, err := engine.New(userName(i), engine.Options{Clock: t, Epoch: uint64(i + 1)})
		must(err)
		w.engines[i] = e
	}
	return w
}

func userName(i int) string { return fmt.Sprint("user", i) }

// input applies one input of a user, and lets its outputs and its next timer take their time.
func (w *smallWorld) input(user int, give func(e *engine.Engine)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.engines[user]
	give(e)
	for out := e.Next(); out != nil; out = e.Next() {
		switch out.Kind {
		case engine.Send:
			var to int
			fmt.Sscanf(out.To, "user%d", &to)
			message := out.Message
			w.timers.after(way, func() {
				w.input(to, func(e *engine.Engine) { e.Receive(userName(user), message) })
			})
		case engine.RemoteInvitationReceived:
			ring := out.Remote
			w.timers.after(answer, func() { w.input(user, func(*engine.Engine) { must(ring.Accept()) }) })
		case engine.LocalInvitationAccepted:
			w.accepted++
		}
	}
	if w.stop[user] != nil {
		w.stop[user]()
	}
	if at, ok := e.NextDeadline(); ok {
		w.stop[user] = w.timers.after(at.Sub(w.timers.Now()), func() { w.input(user, (*engine.Engine).Advance) })
	}
}

// call is the n-th.
func (w *smallWorld) call(n int) {
	w.input(n%users, func(e *engine.Engine) {
		must(e.CreateLocalInvitation(userName((n + 1 + n/users%(users-1)) % users)).Send())
	})
}

func (w *smallWorld) check(calls int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.accepted != calls {
		panic(fmt.Sprintf("%d of %d calls are accepted", w.accepted, calls))
	}
}

// bubbleTimers are those of the time package, in a bubble of testing/synctest.
type bubbleTimers struct{}

func (bubbleTimers) Now() time.Time { return time.Now() }
func (bubbleTimers) after(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// inBubble plays the world in a bubble of testing/synctest.
func inBubble(calls int) {
	w := newSmallWorld(bubbleTimers{})
	for n := range calls {
		w.call(n)
		time.Sleep(callEvery)
	}
	time.Sleep(10 * time.Minute) // until all is forgotten
	w.check(calls)
}

type mockTimers struct{ *clock.Mock }

func (m mockTimers) after(d time.Duration, f func()) func() bool { return m.AfterFunc(d, f).Stop }

func onMock(calls int) {
	m := mockTimers{clock.NewMock()}
	w := newSmallWorld(m)
	for n := range calls {
		w.call(n)
		m.Add(callEvery)
	}
	m.Add(10 * time.Minute)
	w.check(calls)
}

// simgoTimers are events of a discrete-event simulation, whose time is in nanoseconds.
type simgoTimers struct{ *simgo.Simulation }

func (s simgoTimers) Now() time.Time { return time.Unix(0, int64(s.Simulation.Now())) }
func (s simgoTimers) after(d time.Duration, f func()) func() bool {
	event := s.Timeout(float64(max(0, d)))
	event.AddHandler(func(*simgo.Event) { f() })
	return event.Abort
}

func onSimgo(calls int) {
	s := simgoTimers{&simgo.Simulation{}}
	w := newSmallWorld(s)
	pass := func(d time.Duration) { s.RunUntil(s.Simulation.Now() + float64(d)) }
	for n := range calls {
		w.call(n)
		pass(callEvery)
	}
	pass(10 * time.Minute)
	w.check(calls)
}
