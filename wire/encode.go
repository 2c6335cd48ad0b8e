// From a message to JSON.

package wire

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
)

// EncodeJSON writes a message. Fields that its kind does not carry are not read.
// It fails with an *Error for what DecodeJSON would refuse: a kind, reason or
// word that does not exist, an epoch of 0, a text that is not UTF-8, a duration
// under 0 or over MaxDuration, more than MaxSize bytes. A message that an engine
// put out never fails.
func EncodeJSON(m engine.Message) ([]byte, error) { return AppendJSON(nil, m) }

// AppendJSON is EncodeJSON to the end of dst. On failure dst is returned as it was.
func AppendJSON(dst []byte, m engine.Message) ([]byte, error) {
	kind, ok := kinds.spell(m.Kind)
	if !ok {
		return dst, &Error{Op: "encode", Field: fieldNames[fieldKind], Reason: UnknownWord, Detail: strconv.Itoa(int(m.Kind))}
	}
	out := append(dst, '{')
	for f := range numFields {
		if !carried[m.Kind].has(f) {
			continue
		}
		if f > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, fieldNames[f]...)
		out = append(out, '"', ':')
		var err *Error
		if out, err = appendField(out, f, &m); err != nil {
			err.Op, err.Kind, err.Field = "encode", kind, fieldNames[f]
			return dst, err
		}
	}
	out = append(out, '}')
	if size := len(out) - len(dst); size > MaxSize {
		return dst, &Error{Op: "encode", Kind: kind, Reason: TooLarge, Detail: sizeText(size)}
	}
	return out, nil
}

func appendField(dst []byte, f field, m *engine.Message) ([]byte, *Error) {
	switch f {
	case fieldVersion:
		return strconv.AppendInt(dst, Version, 10), nil
	case fieldKind:
		return appendWord(dst, kinds, m.Kind)
	case fieldID:
		return appendID(dst, m.ID)
	case fieldFor:
		return appendWord(dst, answerable, m.For)
	case fieldReason:
		return appendWord(dst, reasons, m.Reason)
	case fieldWord:
		return appendWord(dst, words, m.Word)
	case fieldContent:
		return appendText(dst, m.Content)
	case fieldChannelID:
		return appendText(dst, m.ChannelID)
	case fieldResponse:
		return appendText(dst, m.Response)
	case fieldAge:
		return appendDuration(dst, m.Age)
	case fieldWait:
		return appendDuration(dst, m.Wait)
	default:
		return appendDuration(dst, m.Expiry)
	}
}

func appendWord[T ~uint8](dst []byte, v vocabulary[T], value T) ([]byte, *Error) {
	text, ok := v.spell(value)
	if !ok {
		return dst, &Error{Reason: UnknownWord, Detail: strconv.Itoa(int(value))}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"'), nil
}

func appendID(dst []byte, id engine.ID) ([]byte, *Error) {
	if id.Epoch == 0 {
		return dst, &Error{Reason: BadID, Detail: "epoch is 0"}
	}
	dst = append(dst, '"')
	dst = strconv.AppendUint(dst, id.Epoch, 16)
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, id.Counter, 10)
	return append(dst, '"'), nil
}

func appendDuration(dst []byte, d time.Duration) ([]byte, *Error) {
	switch {
	case d < 0:
		return dst, &Error{Reason: OutOfRange, Detail: strconv.FormatInt(int64(d), 10) + " is negative"}
	case d > MaxDuration:
		return dst, &Error{Reason: OutOfRange, Detail: strconv.FormatInt(int64(d), 10) + " is over " + strconv.FormatInt(int64(MaxDuration), 10)}
	}
	return strconv.AppendInt(dst, int64(d), 10), nil
}

// shortEscape is the letter of the two-byte escapes.
var shortEscape = [256]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// appendText escapes what JSON demands and nothing else.
func appendText(dst []byte, text string) ([]byte, *Error) {
	if !utf8.ValidString(text) {
		return dst, &Error{Reason: BadUTF8}
	}
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
	return append(dst, '"'), nil
}

func sizeText(size int) string {
	return strconv.Itoa(size) + " bytes, at most " + strconv.Itoa(MaxSize) + " are allowed"
}
