// A worker and a coordinator, with a server in this process.

package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// TestNoTries: that a worker cannot work, or leaves, is no try of its unit, and the order
// does not get lost.
func TestNoTries(t *testing.T) {
	q, err := connect(t.Context(), serving(t, "127.0.0.1:0").ClientURL(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer q.conn.Close()
	o, p := order{"1234", 0}, &plan{Digest: "1234", Units: 1, Words: []string{"run"}, Tries: 1}
	data, err := json.Marshal(p)
	if err == nil {
		err = q.put(t.Context(), planKey(p.Digest), data)
	}
	if err == nil {
		err = q.publish(t.Context(), o)
	}
	if err != nil {
		t.Fatal(err)
	}
	began := t.TempDir()
	ready := map[string]*known{p.Digest: {p, t.TempDir()}}
	for _, c := range []struct {
		name   string
		invsim string
		plans  map[string]*known
		leaves int // once there are so many files in began; not if it is negative
		says   string
	}{
		{"it has no invsim", "no-such-program", map[string]*known{}, -1, "no-such-program"},
		{"it has another build", script(t, `printf 'digest 5678\nunits 1\nmissing 0\n'`), map[string]*known{}, -1, "must be the same build"},
		{"it leaves before it plays", "no-such-program", ready, 0, "canceled"},
		{"it leaves while it plays", script(t, "touch "+began+"/x.units; exec sleep 60"), ready, 1, "canceled"},
	} {
		w, msg := &worker{settings: &settings{invsim: c.invsim}, queue: q, dir: t.TempDir(), plans: c.plans}, next(t, q)
		ctx, leave := context.WithCancel(t.Context())
		if c.leaves == 0 {
			leave()
		}
		ended := make(chan error)
		go func() { ended <- w.take(ctx, msg) }()
		if c.leaves > 0 {
			until(t, began, c.leaves)
			leave()
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
		leave()
	}
	next(t, q)
}

// TestLostStore: a server that comes back with nothing ends the coordinator.
func TestLostStore(t *testing.T) {
	lost := serving(t, "127.0.0.1:0")
	q, err := connect(t.Context(), lost.ClientURL(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer q.conn.Close()
	c := &coordinator{settings: &settings{url: lost.ClientURL(), ackWait: time.Minute}, plan: plan{Digest: "1234", Units: 1}}
	ended := make(chan error)
	go func() { ended <- c.play(t.Context(), []int{0}) }()
	next(t, q)
	lost.Shutdown()
	lost.WaitForShutdown()
	serving(t, strings.TrimPrefix(lost.ClientURL(), "nats://"))
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "has lost what it stored") {
		t.Error(err)
	}
}

// serving is a server with an empty store.
func serving(t *testing.T, address string) *server.Server {
	t.Helper()
	s, err := listen(address, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// next is the next order, which nobody has had yet.
func next(t *testing.T, q *queue) jetstream.Msg {
	t.Helper()
	msg, err := q.orders.Next(jetstream.FetchMaxWait(10 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if about, err := msg.Metadata(); err != nil || about.NumDelivered != 1 {
		t.Fatalf("it was delivered before: %+v, %v", about, err)
	}
	return msg
}
