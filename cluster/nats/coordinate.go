// The coordinator: it orders what is missing, a few hundred units ahead of what has come
// back, writes each result into the directory of the campaign, and has them added up.
// It may die and start again: results are in the bucket, and in its directory.

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func coordinate(ctx context.Context, s *settings, args []string) error {
	words, answer := answerOf(args)
	files, err := readFiles(s.files)
	if err != nil {
		return failure{2, err}
	}
	if err := os.MkdirAll(s.state, 0o777); err != nil {
		return err
	}
	digest, units, missing, err := describe(ctx, s.invsim, "", s.state, words)
	if err != nil {
		return failure{2, err}
	}
	if len(missing) > 0 {
		c := &coordinator{settings: s, plan: plan{Digest: digest, Units: units, Words: words, Files: files, Tries: s.tries}, failed: map[int]string{}}
		if err := c.play(ctx, missing); err != nil {
			return err
		}
		if len(c.failed) > 0 {
			for _, unit := range slices.Sorted(maps.Keys(c.failed)) {
				say("unit %d failed: %s", unit, c.failed[unit])
			}
			return fmt.Errorf("%d units of %d cannot be played; all others are in %s", len(c.failed), units, s.state)
		}
	}
	cmd := exec.CommandContext(ctx, s.invsim, append([]string{"merge", s.state}, answer...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() > 0 {
		return failure{ended.ExitCode(), errors.New("")} // invsim has said why
	}
	return err
}

type coordinator struct {
	*settings
	*queue
	plan
	todo   map[int]bool // units without a result
	left   []int        // those that have yet to be ordered
	out    map[int]bool // those that are ordered
	failed map[int]string
	knows  bool // what the bucket has
}

// ahead is how many units may be in the queue or with workers: what is stored in the
// bucket and not yet here is bounded by it.
const ahead = 256

// play has units played, until each has a result or has failed.
func (c *coordinator) play(ctx context.Context, missing []int) (err error) {
	if c.url == "" {
		if c.store == "" {
			c.store = filepath.Join(c.state, "nats")
		}
		server, err := listen(c.listen, c.store)
		if err != nil {
			return err
		}
		defer func() { server.Shutdown(); server.WaitForShutdown() }()
		c.url = server.ClientURL()
		say("serving at %s", c.url)
	}
	if c.queue, err = connect(ctx, c.url, c.ackWait); err != nil {
		return err
	}
	defer c.conn.Close()
	data, err := json.Marshal(c.plan)
	if err != nil {
		return err
	}
	if err := c.put(ctx, planKey(c.Digest), data); err != nil {
		return err
	}
	if err := patiently(ctx, "forget old failures", func(ctx context.Context) error { return c.forget(ctx, c.Digest+".failed.*") }); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	worked := make(chan struct{})
	go func() {
		defer close(worked)
		if c.workers > 0 {
			if err := workOn(ctx, c.settings, c.queue); err != nil {
				stop(err)
			}
		}
	}()
	c.todo, c.left, c.out = map[int]bool{}, missing, map[int]bool{}
	for _, unit := range missing {
		c.todo[unit] = true
	}
	err = c.collect(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	stop(nil)
	<-worked
	if err == nil {
		forget, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = c.forget(forget, c.Digest+".>") // all of it is in files; what stays does no harm
	}
	return err
}

// collect takes results as they come. After the server was away, it looks at all again.
func (c *coordinator) collect(ctx context.Context) error {
	started, all := time.Now(), len(c.todo)
	told := time.NewTicker(5 * time.Second)
	defer told.Stop()
	say("campaign %.12s: %d of %d units are to be played", c.Digest, all, c.Units)
	for len(c.todo) > 0 {
		watch, err := c.bucket.Watch(ctx, c.Digest+".>")
		if errors.Is(err, nats.ErrStreamNotFound) {
			return fmt.Errorf("the server has lost what it stored; started again, nats run plays what is missing: %w", err)
		}
		if err != nil {
			if err := patiently(ctx, "watch the results", func(ctx context.Context) error { return c.conn.FlushWithContext(ctx) }); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(200 * time.Millisecond):
			}
			continue
		}
		for again := false; len(c.todo) > 0 && !again; {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-c.back:
				again = true
			case <-told.C:
				done := all - len(c.todo)
				rate := float64(done) / time.Since(started).Seconds()
				if done > 0 {
					say("%d of %d units, %.2f units/s, about %v left", c.Units-len(c.todo), c.Units, rate, time.Duration(float64(len(c.todo))/rate*float64(time.Second)).Round(time.Second))
				}
			case entry, ok := <-watch.Updates():
				if !ok {
					again = true
					break
				}
				if err := c.take(ctx, entry); err != nil {
					return err
				}
			}
		}
		_ = watch.Stop()
	}
	return nil
}

// take takes one value of the bucket: a result, the report of a failure, or nil, after
// which the bucket has told all that it had, and more can be ordered.
func (c *coordinator) take(ctx context.Context, entry jetstream.KeyValueEntry) error {
	if entry != nil {
		unit := unitOf(entry.Key())
		switch {
		case entry.Operation() != jetstream.KeyValuePut || !c.todo[unit]:
			return nil
		case entry.Key() == failedKey(c.Digest, unit):
			c.failed[unit] = string(entry.Value())
			say("unit %d failed: %s", unit, entry.Value())
		case entry.Key() == unitKey(c.Digest, unit):
			if err := c.keep(unit, entry.Value()); err != nil {
				return err
			}
		default:
			return nil
		}
		delete(c.todo, unit)
		delete(c.out, unit)
	}
	if entry == nil {
		c.knows = true
	}
	for ; c.knows && len(c.left) > 0 && len(c.out) < ahead; c.left = c.left[1:] {
		unit := c.left[0]
		if !c.todo[unit] {
			continue
		}
		if err := c.publish(ctx, order{c.Digest, unit}); err != nil {
			return err
		}
		c.out[unit] = true
	}
	return nil
}

// keep writes a result as a file of the campaign, in one step.
func (c *coordinator) keep(unit int, data []byte) error {
	if head := fmt.Appendf(nil, "%q", c.Digest); !bytes.Contains(data[:min(len(data), 1<<10)], head) {
		return fmt.Errorf("the result of unit %d is of another campaign", unit)
	}
	name := filepath.Join(c.state, fmt.Sprintf("nats-%06d", unit))
	if err := os.WriteFile(name+".part", data, 0o666); err != nil {
		return err
	}
	return os.Rename(name+".part", name+".units")
}
