// A recorded tape as bytes, to be printed as a token, pasted and read again. It is
// short where the tape is simple, and there is one way only to write a tape, so
// equal tapes are equal bytes.
//
//	tape  = { group }                  labels ascending; nothing at all is the plainest tape
//	group = label count { entry }      label: less the label before, from 0
//	entry = key draw                   key: the first as it is, then less the key before
//	                                   draw: its 64 bits in reverse order, not 0
//
// All numbers are varints as in encoding/binary, of the least length. Reversed, a
// draw of few leading bits is a small number: 1/2 of the range takes one byte. The
// order of labels in tape.go is part of this format, and only grows at its end.

package tape

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// AppendBinary appends the tape's encoding to dst.
func (r *Recorded) AppendBinary(dst []byte) ([]byte, error) {
	all := r.sorted()
	last := Label(0)
	for len(all) > 0 {
		what := all[0].What
		if what == 0 || what >= numLabels {
			return nil, fmt.Errorf("encode tape: there is no label %d", what)
		}
		n := 1
		for n < len(all) && all[n].What == what {
			n++
		}
		dst = binary.AppendUvarint(dst, uint64(what-last))
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = appendEntries(dst, all[:n])
		all, last = all[n:], what
	}
	return dst, nil
}

func appendEntries(dst []byte, entries []Drawn) []byte {
	last := Key(0)
	for _, e := range entries {
		dst = binary.AppendUvarint(dst, uint64(e.About-last))
		dst = binary.AppendUvarint(dst, bits.Reverse64(e.Draw))
		last = e.About
	}
	return dst
}

// DecodeBinary reads what AppendBinary wrote and refuses everything else: what ends
// early, labels and draws that do not exist, and every other way of writing the same.
func DecodeBinary(data []byte) (*Recorded, error) {
	d := decoder{rest: data}
	for d.err == nil && len(d.rest) > 0 {
		d.group()
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode tape: byte %d of %d: %w", len(data)-len(d.rest), len(data), d.err)
	}
	return &d.tape, nil
}

// decoder reads from the front of rest. After an error it stays there.
type decoder struct {
	rest []byte
	tape Recorded
	last Label
	err  error
}

func (d *decoder) group() {
	what := d.number("label", 1, uint64(numLabels-1-d.last))
	d.last += Label(what)
	key, most := uint64(0), uint64(math.MaxUint64)
	count := d.number("number of choices", 1, math.MaxUint64)
	for i := uint64(0); i < count && d.err == nil; i++ {
		more := d.number("key", min(i, 1), most)
		key, most = key+more, most-more
		if draw := d.number("draw", 1, math.MaxUint64); d.err == nil {
			d.tape.Set(Choice{d.last, Key(key)}, bits.Reverse64(draw))
		}
	}
}

// number reads a varint of the least length, from least to most.
func (d *decoder) number(name string, least, most uint64) uint64 {
	if d.err != nil {
		return 0
	}
	n, size := binary.Uvarint(d.rest)
	switch {
	case size == 0:
		d.err = fmt.Errorf("the %s is cut off", name)
	case size < 0:
		d.err = fmt.Errorf("the %s has more than 64 bits", name)
	case size > 1 && d.rest[size-1] == 0:
		d.err = fmt.Errorf("the %s is longer than it need be", name)
	case n < least || n > most:
		d.err = fmt.Errorf("the %s is %d, which is out of its range", name, n)
	}
	if d.err != nil {
		return 0
	}
	d.rest = d.rest[size:]
	return n
}
