// The identity of a phone's state: the engine's snapshot, without what no later input
// can tell apart, and what the app and the watchers know.

package explore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/sim/property"
)

// eachEntry goes through the entries of a snapshot, in the form that package engine
// documents.
func eachEntry(snapshot []byte, visit func(key, value []byte)) {
	rest := snapshot[:len(snapshot)-4] // the checksum
	part := func() []byte {
		length, size := binary.Uvarint(rest)
		bytes := rest[size : size+int(length)]
		rest = rest[size+int(length):]
		return bytes
	}
	for len(rest) > 0 {
		key := part()
		visit(key, part())
	}
}

// identity appends a phone's state as bytes: equal bytes mean equal answers to every
// input that is still possible.
//
// In a search without an end of memory an ended record that repeats nothing is only a
// state, because its time never ends. The epoch counts only while a call can still be
// placed. What the snapshot has beside that stays: the deadlines, relative to now.
func (p *phone) identity(dst []byte) []byte {
	type part struct {
		key, value []byte
	}
	var records, tombstones []part
	eachEntry(p.engine.Snapshot(), func(key, value []byte) {
		switch {
		case key[0] == 'h':
			if len(p.placed) < p.rules.calls {
				dst = append(dst, value[len(value)-8:]...)
			}
			return
		case key[0] == 'n':
			value = value[1:]
			if len(p.placed) == p.rules.calls {
				value = withoutCounter(value)
			}
		case key[0] == 'r' && !p.rules.timed && value[0]>>3&1 == 0 && isForever(value): // a tombstone
			_, size := binary.Varint(value[1:])
			_, more := binary.Uvarint(value[1+size:])
			rest := append([]byte{value[0]}, value[1+size+more:]...)
			tombstones = append(tombstones, part{key, rest})
			return
		case key[0] == 'r' && !p.rules.timed:
			records = append(records, part{key, value})
			return
		}
		dst = appendPart(appendPart(dst, key), value)
	})
	// Among those that are left, the order of the final timers without the tombstones.
	slices.SortFunc(records, func(a, b part) int { return cmp.Compare(orderOf(a.value), orderOf(b.value)) })
	for i, each := range records {
		_, size := binary.Varint(each.value[1:])
		_, more := binary.Uvarint(each.value[1+size:])
		dst = appendPart(dst, each.key)
		dst = append(dst, uint8(i))
		dst = appendPart(dst, each.value[:1+size])
		dst = appendPart(dst, each.value[1+size+more:])
	}
	slices.SortFunc(tombstones, func(a, b part) int { return bytes.Compare(a.key, b.key) })
	for _, each := range tombstones {
		dst = appendPart(appendPart(dst, each.key), each.value)
	}
	return p.facts(dst)
}

func isForever(value []byte) bool {
	at, _ := binary.Varint(value[1:])
	return at > int64(foreverAway)
}

func orderOf(value []byte) uint64 {
	_, size := binary.Varint(value[1:])
	order, _ := binary.Uvarint(value[1+size:])
	return order
}

// withoutCounter leaves out the counter of ids.
func withoutCounter(value []byte) []byte {
	_, size := binary.Uvarint(value[1:])
	return append([]byte{value[0]}, value[1+size:]...)
}

func appendPart(dst, part []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(part)))
	return append(dst, part...)
}

// facts appends what app and watchers know.
func (p *phone) facts(dst []byte) []byte {
	for _, c := range p.placed {
		dst = append(dst, 'o', uint8(c.CallerEnd), bit(c.received)|bit(c.cancelOK)<<1|bit(c.local != nil)<<2|bit(c.pressed)<<3, uint8(c.winner))
		dst = binary.AppendUvarint(dst, c.ID.Epoch)
		dst = binary.AppendUvarint(dst, c.ID.Counter)
		if c.local != nil {
			dst = append(dst, uint8(c.local.State()), uint8(c.local.Failure()))
		}
		if p.rules.timed && c.CallerEnd == property.CallerOpen {
			dst = binary.AppendVarint(dst, int64(p.now)-c.SentOwn)
		}
	}
	for _, c := range p.known() {
		if c.isBlank() {
			continue
		}
		dst = append(dst, 'f', uint8(c.CalleeEnd), uint8(c.reason), uint8(c.number+1), bit(c.Rang)|bit(c.cancelSeen)<<1|bit(c.answered)<<2|bit(c.remote != nil)<<3|bit(c.accepted)<<4|bit(c.refused)<<5|bit(c.missed)<<6|bit(c.withdrawn)<<7)
		dst = binary.AppendUvarint(dst, c.ID.Epoch)
		dst = binary.AppendUvarint(dst, c.ID.Counter)
		if c.remote != nil {
			dst = append(dst, uint8(c.remote.State()), uint8(c.remote.Failure()))
		}
		if p.rules.timed && c.Rang && c.CalleeEnd == property.CalleeOpen {
			dst = binary.AppendVarint(dst, int64(p.now)-c.RangOwn)
		}
	}
	return dst
}

// isBlank reports whether nothing is known of a call but its id.
func (c *foreign) isBlank() bool {
	return !c.Rang && !c.cancelSeen && !c.missed && c.remote == nil && c.CalleeEnd == property.CalleeOpen
}

func compareIDs(a, b engine.ID) int {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Counter, b.Counter))
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
