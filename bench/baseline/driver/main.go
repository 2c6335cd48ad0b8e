// Command driver times one version of this project from inside, so that two versions can
// be compared in turns. It is compiled with the source of each: with this one, and with
// that of an earlier commit. So it calls only what both have.
//
// It reads lines of a name and a count, does that many operations, and answers with the
// processor time in nanoseconds and the number of messages that went.
package main

import (
	"bufio"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/invsim/invsim/engine"
)

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newEngine(self string, c *clock, epoch uint64, times engine.Times) *engine.Engine {
	e, err := engine.New(self, engine.Options{Clock: c, Epoch: epoch, Times: times, MaxPerPeer: 1 << 24, MaxTotal: 1 << 24})
	if err != nil {
		panic(err)
	}
	return e
}

// pair is alice, who calls, and bob.
type pair struct {
	clock      clock
	alice, bob *engine.Engine
	step       time.Duration // between two calls
	messages   int
}

// newPair remembers so many calls that have ended, on either side.
func newPair(times engine.Times, ended int) *pair {
	p := &pair{clock: clock{time.Unix(0, 0)}, step: times.Tombstone / time.Duration(ended)}
	p.alice, p.bob = newEngine("alice", &p.clock, 0xa, times), newEngine("bob", &p.clock, 0xb, times)
	for range 2 * ended {
		p.accepted()
	}
	return p
}

// send takes the next message of one engine to the other.
func (p *pair) send(from, to *engine.Engine, name string) {
	to.Receive(name, take(from).Message)
	p.messages++
}

// accepted is a whole call: INVITE, RECEIVED, ACCEPT, CONFIRM, and the time to the next.
func (p *pair) accepted() {
	call := p.alice.CreateLocalInvitation("bob")
	if err := call.Send(); err != nil {
		panic(err)
	}
	p.send(p.alice, p.bob, "alice")
	p.send(p.bob, p.alice, "bob")
	ring := take(p.bob).Remote
	take(p.alice)
	if err := ring.Accept(); err != nil {
		panic(err)
	}
	p.send(p.bob, p.alice, "bob")
	p.send(p.alice, p.bob, "alice")
	take(p.alice)
	if done := take(p.bob); done.Kind != engine.RemoteInvitationAccepted {
		panic(done.Kind)
	}
	p.clock.now = p.clock.now.Add(p.step)
	p.alice.Advance()
	p.bob.Advance()
}

// steps is a call in which after each input the outputs are drained and the next deadline
// is asked: seven inputs, of the two apps and the four messages.
func (p *pair) steps() {
	call := p.alice.CreateLocalInvitation("bob")
	call.Send()
	invite := p.drain(p.alice, nil)
	p.bob.Receive("alice", invite)
	var ring *engine.RemoteInvitation
	received := p.drain(p.bob, &ring)
	p.alice.Receive("bob", received)
	p.drain(p.alice, nil)
	ring.Accept()
	accept := p.drain(p.bob, nil)
	p.alice.Receive("bob", accept)
	confirm := p.drain(p.alice, nil)
	p.bob.Receive("alice", confirm)
	p.drain(p.bob, nil)
	p.clock.now = p.clock.now.Add(p.step)
	p.alice.Advance()
	p.drain(p.alice, nil)
	p.bob.Advance()
	p.drain(p.bob, nil)
}

const stepsOfACall = 8

func (p *pair) drain(e *engine.Engine, ring **engine.RemoteInvitation) (m engine.Message) {
	for out := take(e); out != nil; out = take(e) {
		switch {
		case out.Kind == engine.Send:
			p.messages++
			m = out.Message
		case ring != nil && out.Remote != nil:
			*ring = out.Remote
		}
	}
	e.NextDeadline()
	return m
}

// beside is a pair with calls that ring beside those that are accepted.
type beside struct {
	*pair
	open int // how many ring
	left int // how many can be accepted before they have rung long enough
}

// endedBeside is how many calls that have ended are remembered beside those that ring.
const endedBeside = 20_000

// prepare makes sure that so many calls can be accepted, each of which takes the place of
// one that is forgotten. The forgotten ended before the others began to ring: those end
// before anything is forgotten that ends beside them.
func (b *beside) prepare(n int) {
	if b.left < n {
		b.pair, b.left = newPair(longTimes(), endedBeside), 95*endedBeside/100
		b.hold(b.open)
	}
	b.left -= n
}

// hold opens so many calls, which ring.
func (p *pair) hold(n int) {
	for range n {
		p.alice.CreateLocalInvitation("bob").Send()
		p.send(p.alice, p.bob, "alice")
		p.send(p.bob, p.alice, "bob")
		take(p.bob)
		take(p.alice)
	}
}

func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func main() {
	calls, steps := newPair(engine.DefaultTimes(), 1000), newPair(engine.DefaultTimes(), 1000)
	one, million := &beside{open: 1}, &beside{open: 1_000_000}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var what string
		var n int
		if _, err := fmt.Sscan(lines.Text(), &what, &n); err != nil {
			fmt.Fprintln(os.Stderr, "driver:", err)
			os.Exit(2)
		}
		p, do := calls, calls.accepted
		switch what {
		case "call":
		case "step":
			p, do = steps, steps.steps
			n = max(1, n/stepsOfACall)
		case "beside-one":
			one.prepare(n)
			p, do = one.pair, one.accepted
		case "beside-a-million":
			million.prepare(n)
			p, do = million.pair, million.accepted
		default:
			fmt.Fprintln(os.Stderr, "driver: no operation", what)
			os.Exit(2)
		}
		p.messages = 0
		began := processorTime()
		for range n {
			do()
		}
		fmt.Println(processorTime()-began, p.messages)
	}
}
