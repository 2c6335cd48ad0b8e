// What survives a crash: the engine's snapshot and the time at which it was taken.

package host

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
)

// Store keeps one host's state where a crash does not reach it. The state is that
// of one user, belongs to one host at a time, and holds contents, responses and
// user ids in clear. It is about 100 bytes, 20 for each remembered invitation, and
// what the open ones carry.
//
// Save is called for every input that changes something, under the host's lock:
// what the input has caused to be sent or told waits for it, and so do the app's
// calls. When it fails, the host is closed with that error, and none of it is sent
// or told: as if it had crashed just before that input. Retry in Save if it makes
// sense.
type Store interface {
	// Save returns when state is durable, in place of what was saved before. It
	// must be that or the one before at any moment. state is valid until it returns.
	Save(state []byte) error
	// Load returns what was saved last, nil if nothing was. New calls it.
	Load() ([]byte, error)
}

// The stored state: "invh", version, the wall clock's time in nanoseconds since
// 1970 (8 bytes), the snapshot, CRC-32C of all that (4 bytes). Numbers are
// big-endian.
const (
	stateMagic = "invh\x01"
	stateHead  = len(stateMagic) + 8
	stateTail  = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// save makes the engine's state durable, if there is a store and anything new.
func (h *Host) save() error {
	if h.store == nil || !h.unsaved {
		return nil
	}
	b := append(h.state[:0], stateMagic...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.clock.Now().UnixNano()))
	b = h.engine.AppendSnapshot(b)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	h.state = b
	if err := h.store.Save(b); err != nil {
		return fmt.Errorf("%w: save: %w", ErrClosed, err)
	}
	h.unsaved = false
	return nil
}

// makeEngine makes a new engine, or goes on from what the store holds.
func (h *Host) makeEngine(options engine.Options) (err error) {
	var state []byte
	if h.store != nil {
		if state, err = h.store.Load(); err != nil {
			return fmt.Errorf("host of %s: load: %w", quote.ID(h.self), err)
		}
	}
	if state == nil {
		h.engine, err = engine.New(h.self, options)
		return err
	}
	snapshot, saved, err := h.open(state)
	if err != nil {
		return err
	}
	away := h.clock.Now().Round(0).Sub(saved)
	if away < 0 { // the wall clock was set back
		away = engine.AwayUnknown
	}
	if h.engine, err = engine.Restore(h.self, options, snapshot, away); err != nil {
		return err
	}
	h.engine.LogIn() // the transport is a new one
	h.unsaved = true
	h.adopt()
	h.log.Info("restored", "away", away, "local", len(h.LocalInvitations()), "remote", len(h.RemoteInvitations()))
	return nil
}

// open takes the stored state apart.
func (h *Host) open(state []byte) (snapshot []byte, saved time.Time, err error) {
	end := len(state) - stateTail
	if end < stateHead || crc32.Checksum(state[:end], castagnoli) != binary.BigEndian.Uint32(state[end:]) {
		return nil, saved, &engine.SnapshotError{Self: h.self, Problem: engine.SnapshotDamaged, Detail: "the stored state has another checksum"}
	}
	if string(state[:len(stateMagic)]) != stateMagic {
		return nil, saved, &engine.SnapshotError{Self: h.self, Problem: engine.SnapshotVersion, Detail: "of the stored state"}
	}
	nanoseconds := binary.BigEndian.Uint64(state[len(stateMagic):])
	return state[stateHead:end], time.Unix(0, int64(nanoseconds)), nil
}
