// Reading a snapshot: its entries, and the bytes, numbers, texts and times in them, each
// in the one form that snapshot.go writes.

package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/invsim/invsim/internal/quote"
)

// snapshotReader takes one snapshot apart. After the first problem there is
// nothing left to read, and whatever is read is zero.
type snapshotReader struct {
	e     *Engine
	away  int64
	saved int64 // when the snapshot was taken, in its own time
	epoch uint64

	version uint8
	parts   [256][]Entry         // by kind
	rest    []byte               // of the part that is being read
	copy    map[*invitation]bool // those of which a copy is due
	problem SnapshotProblem
	detail  string
}

// eventKey is by what an event names its invitation.
type eventKey struct {
	role role
	peer string
	id   ID
}

func (r *snapshotReader) fail(problem SnapshotProblem, format string, args ...any) {
	if r.problem == 0 {
		r.problem, r.detail = problem, fmt.Sprintf(format, args...)
	}
	r.rest = nil
}

func (r *snapshotReader) damaged(format string, args ...any) {
	r.fail(SnapshotDamaged, format, args...)
}

// want says what the bytes must be.
func (r *snapshotReader) want(ok bool, what string) {
	if !ok {
		r.damaged("%s", what)
	}
}

func (r *snapshotReader) bytes(n uint64, what string) []byte {
	if n > uint64(len(r.rest)) {
		r.damaged("it ends in %s", what)
		return nil
	}
	bytes := r.rest[:n]
	r.rest = r.rest[n:]
	return bytes
}

func (r *snapshotReader) byte(what string) uint8 {
	if b := r.bytes(1, what); b != nil {
		return b[0]
	}
	return 0
}

func (r *snapshotReader) flag(what string) bool {
	b := r.byte(what)
	r.want(b <= 1, what)
	return b == 1
}

// number takes the shortest form of a number only: there is one way to write it.
func (r *snapshotReader) number(what string) uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || size > 1 && r.rest[size-1] == 0 {
		r.damaged("no number for %s", what)
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *snapshotReader) text(what string) string {
	return string(r.bytes(r.number(what), what))
}

func (r *snapshotReader) epochOf(what string) uint64 {
	if b := r.bytes(8, what); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *snapshotReader) id(what string) ID { return ID{r.epochOf(what), r.number(what)} }

// length is a time of at most limit.
func (r *snapshotReader) length(limit int64, what string) int64 {
	d := r.number(what)
	r.want(d <= uint64(limit), what)
	return int64(min(d, uint64(limit)))
}

// instant is a time not further ahead than limit, as the loaded engine counts.
func (r *snapshotReader) instant(limit int64, what string) int64 {
	zigzag := r.number(what)
	at := int64(zigzag>>1) ^ -int64(zigzag&1)
	at = max(at, r.saved-horizon) - r.saved
	r.want(at <= limit, what)
	return min(at, limit) - r.away
}

// open checks the checksum, and takes the entries apart.
func (r *snapshotReader) open(snapshot []byte) {
	if strings.HasPrefix(string(snapshot), snapshotMagic+"\x01") { // which had no entries
		r.fail(SnapshotVersion, "1, not %d", snapshotVersion)
		return
	}
	const tail = 4
	end := len(snapshot) - tail
	if end < 0 || crc32.Checksum(snapshot[:end], castagnoli) != binary.BigEndian.Uint32(snapshot[end:]) {
		r.damaged("the checksum is another")
		return
	}
	for r.rest = snapshot[:end]; len(r.rest) > 0; {
		key := r.bytes(r.number("key"), "key")
		value := r.bytes(r.number("value"), "value")
		if len(key) == 0 {
			r.damaged("entry without a key")
			return
		}
		r.parts[key[0]] = append(r.parts[key[0]], Entry{key, value})
	}
	r.unknown()
}

// unknown complains about entries of a kind that there is not.
func (r *snapshotReader) unknown() {
	for kind, entries := range r.parts {
		switch kind {
		case headEntry, nowEntry, peerEntry, recordEntry, outputEntry:
		default:
			r.want(len(entries) == 0, "entry of an unknown kind")
		}
	}
}

// each reads the entries of a kind.
func (r *snapshotReader) each(kind uint8, read func(key []byte)) {
	for _, entry := range r.parts[kind] {
		if r.problem != 0 {
			return
		}
		r.rest = entry.Value
		if read(entry.Key[1:]); len(r.rest) > 0 {
			r.damaged("%d bytes too many in entry %s", len(r.rest), quote.Text(entry.Key))
		}
	}
}

// only reads the entry of a kind that there is once.
func (r *snapshotReader) only(kind uint8, read func()) {
	if n := len(r.parts[kind]); n != 1 {
		r.damaged("%d entries of kind %c", n, kind)
	}
	r.each(kind, func(key []byte) {
		r.want(len(key) == 0, "key")
		read()
	})
}
