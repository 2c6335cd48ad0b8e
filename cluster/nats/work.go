// A worker: it takes an order, has the unit played, stores the result under the key of
// the unit, and only then says that the order is done. Wherever it dies, the order comes
// to somebody else.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func work(ctx context.Context, s *settings, _ []string) error {
	q, err := connect(ctx, s.url, 0)
	if err != nil {
		return err
	}
	defer q.conn.Close()
	return workOn(ctx, s, q)
}

// workOn works until ctx ends, or until this program cannot work at all.
func workOn(ctx context.Context, s *settings, q *queue) error {
	dir, err := os.MkdirTemp("", "invsim-worker")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &worker{settings: s, queue: q, dir: dir, plans: map[string]*known{}}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	for range s.workers {
		group.Go(func() {
			if err := w.takeOrders(ctx); err != nil {
				stop(err)
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

type worker struct {
	*settings
	*queue
	dir   string
	mutex sync.Mutex
	plans map[string]*known // by digest
}

// known is a plan that is ready to be played: its files are in dir. It is nil if the
// campaign is over.
type known struct {
	*plan
	dir string
}

// takeOrders takes one after the other. More wait in the queue, not here.
func (w *worker) takeOrders(ctx context.Context) error {
	for ctx.Err() == nil {
		msg, err := w.orders.Next(jetstream.FetchMaxWait(2 * time.Second))
		if err != nil {
			select { // nothing to do, or no server
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		if err := w.take(ctx, msg); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.pause):
		}
	}
	return nil
}

// take plays the unit of an order. An error is one of this worker, which others may not
// have.
func (w *worker) take(ctx context.Context, msg jetstream.Msg) error {
	var o order
	if err := json.Unmarshal(msg.Data(), &o); err != nil {
		return ended(msg.TermWithReason("not an order"))
	}
	p, err := w.plan(ctx, o.Digest)
	if err != nil {
		return w.handBack(msg, o, err) // somebody else may be able to
	}
	if p == nil || o.Unit < 0 || o.Unit >= p.Units {
		return ended(msg.TermWithReason("no such unit"))
	}
	key := unitKey(o.Digest, o.Unit)
	switch there, err := w.get(ctx, key); {
	case err != nil:
		return w.handBack(msg, o, err)
	case there != nil:
		return ended(msg.Ack())
	}
	about, err := msg.Metadata()
	if err != nil {
		return nil // it comes again
	}
	if about.NumDelivered > uint64(p.Tries) { // whoever had it has died
		return w.giveUp(ctx, msg, o, fmt.Errorf("%d workers had it, and none came back with a result", p.Tries))
	}
	stop := w.keepAlive(ctx, msg)
	result, err := playUnit(ctx, w.invsim, p.dir, p.plan, o.Unit)
	stop()
	switch {
	case ctx.Err() != nil:
		return w.handBack(msg, o, ctx.Err())
	case err != nil && about.NumDelivered >= uint64(p.Tries):
		return w.giveUp(ctx, msg, o, err)
	case err != nil:
		say("unit %d, try %d: %v", o.Unit, about.NumDelivered, err)
		return ended(msg.NakWithDelay(time.Second))
	}
	if err := w.put(ctx, key, result); err != nil {
		return w.giveUp(ctx, msg, o, err)
	}
	return ended(msg.Ack())
}

// ended takes no notice of an acknowledgement that was not sent: the order comes again,
// and its result is there.
func ended(error) error { return nil }

// handBack gives an order to others, as new: this worker has not tried the unit, and ends.
func (w *worker) handBack(msg jetstream.Msg, o order, why error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // that of the worker may have ended
	defer cancel()
	if err := w.publish(ctx, o); err == nil {
		_ = msg.Ack() // if not, it comes again after the silence of this worker
	}
	return why
}

// giveUp reports a unit that nobody can play.
func (w *worker) giveUp(ctx context.Context, msg jetstream.Msg, o order, why error) error {
	if ctx.Err() != nil {
		return w.handBack(msg, o, ctx.Err())
	}
	if err := w.put(ctx, failedKey(o.Digest, o.Unit), []byte(why.Error())); err != nil {
		return nil // it comes again
	}
	return ended(msg.TermWithReason("given up"))
}

// keepAlive tells the server from time to time that the order is being worked on.
func (w *worker) keepAlive(ctx context.Context, msg jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for every := time.NewTicker(w.quiet / 3); ; {
			select {
			case <-ctx.Done():
				return
			case <-every.C:
				_ = msg.InProgress()
			}
		}
	}()
	return cancel
}

// plan gets a plan ready. A plan that this invsim reads otherwise than that of the
// coordinator is an error: its results would be refused.
func (w *worker) plan(ctx context.Context, digest string) (*known, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if p, ok := w.plans[digest]; ok {
		return p, nil
	}
	data, err := w.get(ctx, planKey(digest))
	if err != nil || data == nil {
		return nil, err
	}
	p := &known{plan: &plan{}}
	if err := json.Unmarshal(data, p.plan); err != nil {
		return nil, fmt.Errorf("read the plan of %s: %w", digest, err)
	}
	if p.dir, err = os.MkdirTemp(w.dir, "campaign"); err != nil {
		return nil, err
	}
	if err := unpack(p.dir, p.Files); err != nil {
		return nil, err
	}
	mine, units, _, err := describe(ctx, w.invsim, p.dir, "", p.Words)
	if err != nil {
		return nil, err
	}
	if mine != digest || units != p.Units {
		return nil, fmt.Errorf("the campaign %.12s is %.12s for this invsim: it must be the same build as that of nats run", digest, mine)
	}
	w.plans[digest] = p
	return p, nil
}
