// The check before writing: one rule for both forms, so that a message has both or none.

package wire

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
)

// check empties the fields of version 2 that a message does not carry, and looks at
// those that are written. The rest is never read.
func check(m *engine.Message) *Error {
	kind, ok := kinds.spell(m.Kind)
	if !ok {
		return &Error{Op: "encode", Field: fieldNames[fieldKind], Reason: UnknownWord, Detail: strconv.Itoa(int(m.Kind))}
	}
	strip(m)
	err := checkFields(m)
	if err == nil {
		err = checkWhole(m)
	}
	if err != nil {
		err.Op, err.Kind = "encode", kind
	}
	return err
}

func checkFields(m *engine.Message) *Error {
	for rest := written(m); rest != 0; rest = rest.withoutFirst() {
		f := rest.first()
		if err := checkField(f, m); err != nil {
			err.Field = fieldNames[f]
			return err
		}
	}
	return nil
}

// checkWhole looks at what several fields say together, for readers too.
func checkWhole(m *engine.Message) *Error {
	if m.Kind == engine.Closed && !m.Word.Answers(m.For) {
		return &Error{Field: fieldNames[fieldWord], Reason: UnknownWord, Detail: strconv.Quote(words[m.Word]) + " for " + kinds[m.For]}
	}
	size := 0
	for rest := written(m) & texts; rest != 0; rest = rest.withoutFirst() {
		size += len(textOf(m, rest.first()))
	}
	if size > MaxText {
		return tooLarge(size, " of text", MaxText)
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
	case fieldContent, fieldChannelID, fieldResponse, fieldNote:
		return checkText(textOf(m, f))
	case fieldAge:
		return checkDuration(m.Age)
	case fieldWait:
		return checkDuration(m.Wait)
	case fieldExpiry:
		return checkDuration(m.Expiry)
	}
	return nil // the version is ours, the kind has been looked at, any device will do
}

func checkVersion(n int64) *Error {
	if n < firstVersion || n > Version {
		return &Error{Reason: UnknownVersion, Detail: strconv.FormatInt(n, 10) + ", want " + strconv.Itoa(firstVersion) + " or " + strconv.Itoa(Version)}
	}
	return nil
}

// checkReason refuses a reason that the version does not have.
func checkReason(reason engine.Reason, version int64) *Error {
	if version == firstVersion && reason > lastFirstReason {
		return &Error{Field: fieldNames[fieldReason], Reason: UnknownWord, Detail: strconv.Quote(reasons[reason]) + " in version 1"}
	}
	return nil
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

func tooLarge(size int, of string, most int) *Error {
	return &Error{Reason: TooLarge, Detail: strconv.Itoa(size) + " bytes" + of + ", at most " + strconv.Itoa(most) + " are allowed"}
}

// textOf is the text of one of the fields that hold one.
func textOf(m *engine.Message, f field) string {
	switch f {
	case fieldContent:
		return m.Content
	case fieldChannelID:
		return m.ChannelID
	case fieldResponse:
		return m.Response
	default:
		return m.Note
	}
}
