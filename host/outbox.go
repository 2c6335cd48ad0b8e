// The queue in front of the transport: messages, in their order, as many as are worth it.

package host

import (
	"time"

	"github.com/invsim/invsim/engine"
)

// Bounds of the outbox. A message that finds no place is one that the network has
// lost: the protocol repeats what matters, and a peer that misses a reply asks again.
const (
	mostReplies = 256             // replies that wait
	manyReplies = mostReplies / 2 // beyond these a peer gets a place if it has few
	fewReplies  = 8
)

// outbox is a queue. What an invitation says by itself waits for at most patience,
// which bounds its number: each repeats itself at its own pace.
type outbox struct {
	patience  time.Duration // a part of Times.MaxDelay
	waiting   []outgoing
	replies   int            // that wait
	repliesTo map[string]int // by peer
	last      uint64         // number of the one put in last
	current   uint64         // number of the one that the transport has now, 0 if none
}

type outgoing struct {
	engine.Output
	number uint64
	turn   uint64    // of the input that has caused it
	at     time.Time // when it was put in
}

// push puts a message in, and returns how many were dropped for it: it or others.
func (o *outbox) push(now time.Time, turn uint64, out engine.Output) (dropped uint64) {
	dropped = o.dropOld(now)
	if out.Reply {
		if o.replies >= mostReplies || o.replies >= manyReplies && o.repliesTo[out.To] >= fewReplies {
			return dropped + 1
		}
		o.countReply(out.To, 1)
	}
	o.last++
	o.waiting = append(o.waiting, outgoing{out, o.last, turn, now})
	return dropped
}

// next takes the first message out, for the transport. The age of an INVITE goes on
// while it waits.
func (o *outbox) next(now time.Time) (out outgoing, ok bool, dropped uint64) {
	dropped = o.dropOld(now)
	o.current = 0
	if len(o.waiting) == 0 {
		return outgoing{}, false, dropped
	}
	first := o.pop()
	o.current = first.number
	if first.Message.Kind == engine.Invite {
		first.Message.Age += max(0, now.Sub(first.at))
	}
	return first, true, dropped
}

// dropOld drops messages that have waited too long.
func (o *outbox) dropOld(now time.Time) (dropped uint64) {
	for len(o.waiting) > 0 && now.Sub(o.waiting[0].at) > o.patience {
		o.pop()
		dropped++
	}
	return dropped
}

func (o *outbox) pop() outgoing {
	first := pop(&o.waiting)
	if first.Reply {
		o.countReply(first.To, -1)
	}
	return first
}

func (o *outbox) countReply(peer string, by int) {
	if o.repliesTo == nil {
		o.repliesTo = map[string]int{}
	}
	o.replies += by
	o.repliesTo[peer] += by
	if o.repliesTo[peer] == 0 {
		delete(o.repliesTo, peer)
	}
}

// left reports whether the transport is done with the message of that number and
// with all before it.
func (o *outbox) left(number uint64) bool {
	switch {
	case o.current != 0:
		return number < o.current
	case len(o.waiting) > 0:
		return number < o.waiting[0].number
	}
	return true
}

// sendSoon starts send if there is something to do and nobody does it yet.
func (h *Host) sendSoon() {
	if len(h.outbox.waiting) > 0 && !h.sending {
		h.sending = true
		go h.send()
	}
}

// send runs on a goroutine of its own while there is something to send. It goes on
// after Close, until everything that was said before has been handed over.
func (h *Host) send() {
	h.view.Lock()
	defer h.view.Unlock()
	for {
		out, ok, dropped := h.outbox.next(h.clock.Now())
		h.stats.Unsent += dropped
		h.deliverSoon() // what came with the message before
		if !ok {
			h.sending = false
			h.settle()
			return
		}
		h.unlocked(func() { h.transmit(out) })
	}
}

// pop takes the first of a queue.
func pop[T any](queue *[]T) (first T) {
	q := *queue
	first, q[0] = q[0], first // so that the queue keeps no invitation alive
	*queue = q[1:]
	if len(*queue) == 0 {
		*queue = nil
	}
	return first
}
