// From a message to the binary form: the fields that its kind carries, in order,
// with neither names nor gaps, and then, in version 2, its others with their tags.

package wire

import (
	"encoding/binary"
	"math/bits"

	"github.com/invsim/invsim/engine"
)

// EncodeBinary writes a message in the binary form. It fails for messages that EncodeJSON
// fails for, with the same error.
func EncodeBinary(m engine.Message) ([]byte, error) {
	const besideTexts = 64 // more than all else can take
	data, err := AppendBinary(make([]byte, 0, besideTexts+len(m.Content)+len(m.ChannelID)+len(m.Response)+len(m.Note)), m)
	if err != nil {
		return nil, err
	}
	return data, nil
}

// AppendBinary is EncodeBinary to the end of dst. On failure dst is returned as it was.
func AppendBinary(dst []byte, m engine.Message) ([]byte, error) {
	if err := check(&m); err != nil {
		return dst, err
	}
	for rest := carried[m.Kind]; rest != 0; rest = rest.withoutFirst() {
		dst = writeBinary(dst, rest.first(), &m)
	}
	if versionOf(&m) == Version {
		dst = writeAdded(dst, &m)
	}
	return dst, nil
}

// writeAdded writes the fields of version 2: the size of all, then each.
func writeAdded(dst []byte, m *engine.Message) []byte {
	size := 0
	for rest := written(m) & added; rest != 0; rest = rest.withoutFirst() {
		n := addedSize(rest.first(), m)
		size += 1 + numberSize(n) + n
	}
	dst = binary.AppendUvarint(dst, uint64(size))
	for rest := written(m) & added; rest != 0; rest = rest.withoutFirst() {
		f := rest.first()
		dst = binary.AppendUvarint(append(dst, tagOf(f)), uint64(addedSize(f, m)))
		switch f {
		case fieldDevice:
			dst = binary.BigEndian.AppendUint64(dst, m.Device)
		case fieldNote:
			dst = append(dst, m.Note...)
		}
	}
	return dst
}

// addedSize is the size of the value of a field of version 2.
func addedSize(f field, m *engine.Message) int {
	switch f {
	case fieldDevice:
		return deviceSize
	case fieldNote:
		return len(m.Note)
	}
	return 0 // refused: that it is there says all
}

// numberSize is how many bytes a number takes.
func numberSize(n int) int { return max(1, (bits.Len(uint(n))+6)/7) }

// writeBinary writes one field of a message that has been checked.
func writeBinary(dst []byte, f field, m *engine.Message) []byte {
	switch f {
	case fieldVersion:
		return append(dst, binaryMark|versionOf(m))
	case fieldKind:
		return append(dst, byte(m.Kind))
	case fieldID:
		return binary.AppendUvarint(binary.BigEndian.AppendUint64(dst, m.ID.Epoch), m.ID.Counter)
	case fieldFor:
		return append(dst, byte(m.For))
	case fieldReason:
		return append(dst, byte(m.Reason))
	case fieldWord:
		return append(dst, byte(m.Word))
	case fieldContent, fieldChannelID, fieldResponse:
		text := textOf(m, f)
		return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
	case fieldAge:
		return binary.AppendUvarint(dst, uint64(m.Age))
	case fieldWait:
		return binary.AppendUvarint(dst, uint64(m.Wait))
	default:
		return binary.AppendUvarint(dst, uint64(m.Expiry))
	}
}
