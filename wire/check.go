// The check before writing: one rule for both forms, so that a message has both or none.

package wire

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
)

// check looks at the fields of the message's kind; the rest is never read.
func check(m *engine.Message) *Error {
	kind, ok := kinds.spell(m.Kind)
	if !ok {
		return &Error{Op: "encode", Field: fieldNames[fieldKind], Reason: UnknownWord, Detail: strconv.Itoa(int(m.Kind))}
	}
	for rest := carried[m.Kind]; rest != 0; rest = rest.withoutFirst() {
		f := rest.first()
		if err := checkField(f, m); err != nil {
			err.Op, err.Kind, err.Field = "encode", kind, fieldNames[f]
			return err
		}
	}
	if err := checkSize(m); err != nil {
		err.Op, err.Kind = "encode", kind
		return err
	}
	return nil
}

func checkField(f field, m *engine.Message) *Error {
	switch f {
	case fieldID:
		return checkEpoch(m.ID.Epoch)
	case fieldFor:
		return checkWord(answerable, m.For)
	case fieldReason:
		return checkWord(reasons, m.Reason)
	case fieldWord:
		return checkWord(words, m.Word)
	case fieldContent, fieldChannelID, fieldResponse:
		return checkText(textOf(m, f))
	case fieldAge:
		return checkDuration(m.Age)
	case fieldWait:
		return checkDuration(m.Wait)
	case fieldExpiry:
		return checkDuration(m.Expiry)
	}
	return nil // the version is ours, the kind has been looked at
}

func checkEpoch(epoch uint64) *Error {
	if epoch == 0 {
		return &Error{Reason: BadID, Detail: "epoch is 0"}
	}
	return nil
}

func checkWord[T ~uint8](v vocabulary[T], value T) *Error {
	if _, ok := v.spell(value); !ok {
		return &Error{Reason: UnknownWord, Detail: strconv.Itoa(int(value))}
	}
	return nil
}

func checkText(text string) *Error {
	if !utf8.ValidString(text) {
		return &Error{Reason: BadUTF8}
	}
	return nil
}

func checkDuration(d time.Duration) *Error {
	switch {
	case d < 0:
		return &Error{Reason: OutOfRange, Detail: strconv.FormatInt(int64(d), 10) + " is negative"}
	case d > MaxDuration:
		return overDuration(strconv.FormatInt(int64(d), 10))
	}
	return nil
}

func overDuration(number string) *Error {
	return &Error{Reason: OutOfRange, Detail: number + " is over " + strconv.FormatInt(int64(MaxDuration), 10)}
}

// besideTexts is more than JSON takes for all of a message but its texts.
const besideTexts = 256

// checkSize tells whether the JSON form is small enough. Counting costs time, so it
// is left out for texts that cannot be too long however they are spelled, which are
// all that an engine takes.
func checkSize(m *engine.Message) *Error {
	plain := 0
	for rest := carried[m.Kind] & texts; rest != 0; rest = rest.withoutFirst() {
		plain += len(textOf(m, rest.first()))
	}
	if besideTexts+longestEscape*plain <= MaxSize {
		return nil
	}
	if size := jsonSize(m); size > MaxSize {
		return tooLarge(size, " as JSON")
	}
	return nil
}

// jsonSize is the length of the output of writeJSON.
func jsonSize(m *engine.Message) int {
	bare := *m
	bare.Content, bare.ChannelID, bare.Response = "", "", ""
	size := len(writeJSON(make([]byte, 0, besideTexts), &bare))
	for rest := carried[m.Kind] & texts; rest != 0; rest = rest.withoutFirst() {
		size += escapedSize(textOf(m, rest.first()))
	}
	return size
}

func tooLarge(size int, as string) *Error {
	return &Error{Reason: TooLarge, Detail: strconv.Itoa(size) + " bytes" + as + ", at most " + strconv.Itoa(MaxSize) + " are allowed"}
}

// textOf is the text of one of the fields that hold one.
func textOf(m *engine.Message, f field) string {
	switch f {
	case fieldContent:
		return m.Content
	case fieldChannelID:
		return m.ChannelID
	default:
		return m.Response
	}
}
