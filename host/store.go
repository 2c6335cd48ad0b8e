// The state that survives a crash: the engine's entries, and the time at which they were
// saved.

package host

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/errors"
	"github.com/invsim/invsim/internal/quote"
)

// Entry is one value of a Store under its key, which has about 100 bytes at most. In
// a change, a Value of nil takes the key away.
type Entry = engine.Entry

// Store keeps one host's state where a crash does not reach it, as values under
// keys. The state is that of one user, belongs to one host at a time, and holds
// contents, responses and user ids in clear: about 40 bytes for each remembered
// invitation, and what the open ones carry.
//
// FileStore is one. One in a database is a table with two columns of bytes; its
// Save is one transaction. hosttest.RunStore tests what is written here.
//
// A Store that is an io.Closer is closed by the host, before the host is Done; and
// by New if that fails. A later Load opens it again.
type Store interface {
	// Load returns all entries, in any order; none if nothing was ever saved. It
	// fails if another host uses the store and the store can know. New calls it.
	Load() ([]Entry, error)

	// Save returns when all the changes are durable, one after the other: a key that
	// is taken away may be there again behind that, and one that never was may be
	// taken away. However the process or the machine ends, all of them are there
	// afterwards, or none.
	//
	// It is called when New has succeeded, in Start at the latest, and then whenever
	// an invitation is new or has changed its state: not for presence, repetitions
	// and messages about nothing. What the input has caused to be sent or told waits
	// for it, and so do the app's calls. When it fails it is called again with the
	// same changes, some of which may be there already, three times within about a
	// second. Then the host is closed with its error, and nothing of that input is
	// sent or told: as if the host had crashed just before it.
	Save(changes []Entry) error
}

// ErrInUse is the error of Load of a FileStore while another host has the file.
var ErrInUse = errors.New("the store is used by another host")

// savedKey is that of the host's own entry: the time on the wall clock, in
// nanoseconds since 1970. The first byte is none that the engine's keys begin with.
const savedKey = "t"

// retries are the pauses before Save is called again.
var retries = [...]time.Duration{10 * time.Millisecond, 100 * time.Millisecond, time.Second}

// save makes durable what must be before anything else happens.
func (h *Host) save() error {
	if h.store == nil || !h.engine.Unsaved() && h.unsaved == nil {
		return nil
	}
	return h.saveAll()
}

// saveAll makes everything durable.
func (h *Host) saveAll() error {
	if h.store == nil {
		return nil
	}
	now := binary.BigEndian.AppendUint64(nil, uint64(h.clock.Now().UnixNano()))
	changes := append(append(h.unsaved, h.engine.Changes()...), Entry{Key: []byte(savedKey), Value: now})
	err := h.store.Save(changes)
	for i := 0; err != nil && i < len(retries); i++ {
		h.count(&h.stats.SaveFailed)
		time.Sleep(retries[i])
		err = h.store.Save(changes)
	}
	if err != nil {
		return fmt.Errorf("%w: save: %w", ErrClosed, err)
	}
	h.unsaved = nil
	return nil
}

// makeEngine makes a new engine, or goes on from what the store holds.
func (h *Host) makeEngine(options engine.Options) (err error) {
	if h.store == nil {
		h.engine, err = engine.New(h.self, options)
		return err
	}
	entries, err := h.store.Load()
	if err != nil {
		return fmt.Errorf("host of %s: load: %w", quote.ID(h.self), err)
	}
	if len(entries) == 0 {
		h.engine, err = engine.New(h.self, options)
	} else {
		err = h.restore(options, entries)
	}
	if closer, ok := h.store.(io.Closer); ok && err != nil {
		closer.Close() // nothing was saved
	}
	return err
}

func (h *Host) restore(options engine.Options, entries []Entry) (err error) {
	var saved time.Time
	snapshot := make([]Entry, 0, len(entries))
	for _, each := range entries {
		switch {
		case string(each.Key) != savedKey:
			snapshot = append(snapshot, each)
		case len(each.Value) == 8:
			saved = time.Unix(0, int64(binary.BigEndian.Uint64(each.Value)))
		}
	}
	if saved.IsZero() {
		return &engine.SnapshotError{Self: h.self, Problem: engine.SnapshotDamaged, Detail: "the store has no time"}
	}
	away := h.clock.Now().Round(0).Sub(saved)
	if away < 0 { // the wall clock was set back
		away = engine.AwayUnknown
	}
	if h.engine, err = engine.Restore(h.self, options, engine.Join(snapshot), away); err != nil {
		return err
	}
	h.maxDelay = min(h.maxDelay, h.engine.Times().MaxDelay)
	h.unsaved = h.engine.Changes() // before an input forgets anything that the store has
	h.adopt()
	h.away = &away
	h.log.Info("restored", "away", away, "local", len(h.LocalInvitations()), "remote", len(h.RemoteInvitations()))
	return nil
}

// end closes the store, which nobody uses any more, and then the host is Done.
// Whatever Close says, all that was saved is durable.
func (h *Host) end() {
	if h.ended {
		return
	}
	h.ended = true
	closer, ok := h.store.(io.Closer)
	if !ok {
		close(h.done)
		return
	}
	go func() {
		closer.Close()
		close(h.done)
	}()
}
