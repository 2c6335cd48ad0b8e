// The queue: what JetStream holds. A stream hands out the numbers of units, each to one
// worker until that is silent for too long. A bucket holds plans, and one result for
// each unit, by its key: whatever is delivered twice is stored once.

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// plan is a campaign: the words of its command, and the files that they name.
type plan struct {
	Digest string
	Units  int
	Words  []string
	Files  map[string][]byte
	Tries  int // how often a unit is tried before it is reported
}

// order is a unit to be played.
type order struct {
	Digest string
	Unit   int
}

const (
	streamName   = "INVSIM"
	subject      = "invsim.units"
	consumerName = "workers"
	bucketName   = "invsim"
)

func planKey(digest string) string             { return digest + ".plan" }
func unitKey(digest string, unit int) string   { return fmt.Sprintf("%s.unit.%d", digest, unit) }
func failedKey(digest string, unit int) string { return fmt.Sprintf("%s.failed.%d", digest, unit) }

// unitOf is the unit of a key.
func unitOf(key string) int {
	n, err := strconv.Atoi(key[strings.LastIndex(key, ".")+1:])
	if err != nil {
		return -1
	}
	return n
}

// queue is a connection to it, which comes back whenever the server does.
type queue struct {
	conn   *nats.Conn
	js     jetstream.JetStream
	orders jetstream.Consumer
	bucket jetstream.KeyValue
	quiet  time.Duration // after which silence of a worker its order goes to another one
	back   chan struct{} // the connection is there again
}

// connect opens the queue. With an ackWait it makes the queue, too; without, it waits
// until somebody has made it.
func connect(ctx context.Context, url string, ackWait time.Duration) (*queue, error) {
	q := &queue{back: make(chan struct{}, 1)}
	var err error
	q.conn, err = nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.ReconnectHandler(func(*nats.Conn) {
			select {
			case q.back <- struct{}{}:
			default:
			}
		}))
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", url, err)
	}
	if q.js, err = jetstream.New(q.conn); err != nil {
		return nil, err
	}
	return q, patiently(ctx, "open the queue", func(ctx context.Context) error {
		if ackWait == 0 {
			return q.find(ctx)
		}
		stream, err := q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: streamName, Subjects: []string{subject}, Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage,
		})
		if err != nil {
			return err
		}
		if _, err = stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 10_000,
		}); err != nil {
			return err
		}
		if _, err = q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: bucketName, History: 1, Storage: jetstream.FileStorage}); err != nil {
			return err
		}
		return q.find(ctx)
	})
}

func (q *queue) find(ctx context.Context) (err error) {
	if q.orders, err = q.js.Consumer(ctx, streamName, consumerName); err != nil {
		return err
	}
	q.quiet = q.orders.CachedInfo().Config.AckWait
	q.bucket, err = q.js.KeyValue(ctx, bucketName)
	return err
}

// patiently does something that a server may be away for, until it is done or ctx ends.
// What may be done twice is safe to be done patiently.
func patiently(ctx context.Context, what string, do func(ctx context.Context) error) error {
	for told := false; ; {
		once, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := do(once)
		cancel()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, nats.ErrMaxPayload) {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !told {
			say("%s: %v; trying again", what, err)
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// put stores a value, patiently.
func (q *queue) put(ctx context.Context, key string, value []byte) error {
	return patiently(ctx, "store "+key, func(ctx context.Context) error {
		_, err := q.bucket.Put(ctx, key, value)
		return err
	})
}

// get is a value, patiently; nil if there is none.
func (q *queue) get(ctx context.Context, key string) (value []byte, err error) {
	err = patiently(ctx, "read "+key, func(ctx context.Context) error {
		entry, err := q.bucket.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value = entry.Value()
		}
		return err
	})
	return value, err
}

// forget removes all that a campaign has in the bucket, or what matches a filter.
func (q *queue) forget(ctx context.Context, filter string) error {
	stream, err := q.js.Stream(ctx, "KV_"+bucketName)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject("$KV."+bucketName+"."+filter))
}

// publish puts an order into the queue. One that is there twice does no harm.
func (q *queue) publish(ctx context.Context, o order) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return patiently(ctx, "order a unit", func(ctx context.Context) error {
		_, err := q.js.Publish(ctx, subject, data)
		return err
	})
}
