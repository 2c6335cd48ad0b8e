// From a message to the JSON form.

package wire

import (
	"strconv"

	"github.com/invsim/invsim/engine"
)

// EncodeJSON writes a message as JSON. It fails with an *Error for what DecodeJSON
// would refuse: a kind, reason or word that does not exist, an epoch of 0, a text
// that is not UTF-8, a duration under 0 or over MaxDuration, more than MaxText bytes
// of text, a word that cannot answer. A message that an engine put out never fails.
func EncodeJSON(m engine.Message) ([]byte, error) { return AppendJSON(nil, m) }

// AppendJSON is EncodeJSON to the end of dst. On failure dst is returned as it was.
func AppendJSON(dst []byte, m engine.Message) ([]byte, error) {
	if err := check(&m); err != nil {
		return dst, err
	}
	return writeJSON(dst, &m), nil
}

// writeJSON writes a message that has been checked.
func writeJSON(dst []byte, m *engine.Message) []byte {
	dst = append(dst, '{')
	for rest := written(m); rest != 0; rest = rest.withoutFirst() {
		f := rest.first()
		if f > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, fieldNames[f]...)
		dst = append(dst, '"', ':')
		dst = writeJSONField(dst, f, m)
	}
	return append(dst, '}')
}

func writeJSONField(dst []byte, f field, m *engine.Message) []byte {
	switch f {
	case fieldVersion:
		return strconv.AppendInt(dst, int64(versionOf(m)), 10)
	case fieldKind:
		return writeWord(dst, kinds[m.Kind])
	case fieldID:
		return writeID(dst, m.ID)
	case fieldFor:
		return writeWord(dst, kinds[m.For])
	case fieldReason:
		return writeWord(dst, reasons[m.Reason])
	case fieldWord:
		return writeWord(dst, words[m.Word])
	case fieldContent:
		return writeText(dst, m.Content)
	case fieldChannelID:
		return writeText(dst, m.ChannelID)
	case fieldResponse:
		return writeText(dst, m.Response)
	case fieldAge:
		return strconv.AppendInt(dst, int64(m.Age), 10)
	case fieldWait:
		return strconv.AppendInt(dst, int64(m.Wait), 10)
	case fieldExpiry:
		return strconv.AppendInt(dst, int64(m.Expiry), 10)
	case fieldDevice:
		return append(strconv.AppendUint(append(dst, '"'), m.Device, 16), '"')
	case fieldRefused:
		return append(dst, "true"...)
	default:
		return writeText(dst, m.Note)
	}
}

func writeWord(dst []byte, word string) []byte {
	dst = append(dst, '"')
	dst = append(dst, word...)
	return append(dst, '"')
}

func writeID(dst []byte, id engine.ID) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendUint(dst, id.Epoch, 16)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, id.Counter, 10)
	return append(dst, '"')
}

// shortEscape is the letter of the two-byte escapes.
var shortEscape = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// writeText escapes the characters that JSON demands, and no others.
func writeText(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case shortEscape[c] != 0:
			dst = append(dst, '\\', shortEscape[c])
		case c < ' ':
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
