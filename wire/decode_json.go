// From the JSON form to a message.

package wire

import (
	"bytes"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
)

// DecodeJSON reads one message. Every failure is an *Error; the message is then
// zero. The message keeps no part of data. Its Held is 0: that is for the
// receiver to fill in.
func DecodeJSON(data []byte) (engine.Message, error) {
	d := decoder{scanner: scanner{data: data}}
	if err := d.message(); err != nil {
		err.Op = "decode"
		err.Kind, _ = kinds.spell(d.m.Kind)
		return engine.Message{}, err
	}
	return d.m, nil
}

// decoder is a message in the making.
type decoder struct {
	scanner
	m       engine.Message
	version int64
	given   fieldSet
	later   []byte // the first name that is not of version 1
}

func (d *decoder) message() *Error {
	if len(d.data) > MaxSize {
		return tooLarge(len(d.data), "", MaxSize)
	}
	if !utf8.Valid(d.data) {
		return &Error{Reason: BadUTF8, Detail: "at byte " + strconv.Itoa(validPrefix(d.data))}
	}
	if err := d.object(); err != nil {
		return err
	}
	d.space()
	if d.at < len(d.data) {
		return &Error{Reason: TrailingData, Detail: quote.Text(d.data[d.at:])}
	}
	return d.complete()
}

func (d *decoder) object() *Error {
	if !d.take('{') {
		return d.syntax("{")
	}
	if d.take('}') {
		return nil
	}
	for {
		if err := d.member(); err != nil {
			return err
		}
		if d.take('}') {
			return nil
		}
		if !d.take(',') {
			return d.syntax(", or }")
		}
	}
}

// member reads one name and its value.
func (d *decoder) member() *Error {
	d.space()
	if d.next() != '"' {
		return d.syntax("a field's name")
	}
	name, err := d.text()
	if err != nil {
		return err
	}
	f, known := fieldNamed(name)
	switch {
	case !known && !mayBeAName(name):
		return unknownField(name)
	case known && d.given.has(f):
		return &Error{Field: fieldNames[f], Reason: DuplicateField}
	case d.later == nil && (!known || added.has(f)):
		d.later = name
	}
	if !d.take(':') {
		return d.syntax(":")
	}
	if !known {
		return d.skip()
	}
	d.given |= fieldsOf(f)
	if err := d.value(f); err != nil {
		err.Field = fieldNames[f]
		return err
	}
	return nil
}

// mayBeAName tells whether a later version may have a field of this name. A known name
// in capitals is none, so that no reader takes it for the known one.
func mayBeAName(name []byte) bool {
	for _, c := range name {
		if c != '_' && !isDigit(c) && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(name) > 0
}

func unknownField(name []byte) *Error {
	return &Error{Reason: UnknownField, Detail: quote.Text(name)}
}

func (d *decoder) value(f field) *Error {
	m := &d.m
	switch f {
	case fieldVersion:
		return d.readVersion()
	case fieldKind:
		return readWord(d, kinds, &m.Kind)
	case fieldID:
		return d.id(&m.ID)
	case fieldFor:
		return readWord(d, answerable, &m.For)
	case fieldReason:
		return readWord(d, reasons, &m.Reason)
	case fieldWord:
		return readWord(d, words, &m.Word)
	case fieldContent:
		return d.payload(&m.Content)
	case fieldChannelID:
		return d.payload(&m.ChannelID)
	case fieldResponse:
		return d.payload(&m.Response)
	case fieldAge:
		return d.duration(&m.Age)
	case fieldWait:
		return d.duration(&m.Wait)
	case fieldExpiry:
		return d.duration(&m.Expiry)
	case fieldDevice:
		return d.device(&m.Device)
	case fieldRefused:
		return d.boolean(&m.Refused)
	default:
		return d.payload(&m.Note)
	}
}

// complete checks that the fields are those of the version and of the kind.
func (d *decoder) complete() *Error {
	if d.version != Version && d.later != nil {
		return unknownField(d.later)
	}
	want := carried[d.m.Kind] // of a kind not given: none
	if missing := (inEvery | want) &^ d.given; missing != 0 {
		return &Error{Field: fieldNames[missing.first()], Reason: MissingField}
	}
	if misplaced := d.given &^ want &^ added; misplaced != 0 {
		return &Error{Field: fieldNames[misplaced.first()], Reason: MisplacedField}
	}
	strip(&d.m)
	if err := checkReason(d.m.Reason, d.version); err != nil {
		return err
	}
	return checkWhole(&d.m)
}

func (d *decoder) readVersion() (err *Error) {
	d.version, err = d.integer(math.MaxInt32)
	if err == nil {
		err = checkVersion(d.version)
	}
	return err
}

func readWord[T ~uint8](d *decoder, v vocabulary[T], to *T) *Error {
	text, err := d.text()
	if err != nil {
		return err
	}
	value, ok := v.find(text)
	if !ok {
		return &Error{Reason: UnknownWord, Detail: quote.Text(text)}
	}
	*to = value
	return nil
}

func (d *decoder) id(to *engine.ID) *Error {
	text, err := d.text()
	if err != nil {
		return err
	}
	epoch, counter, _ := bytes.Cut(text, []byte{'-'})
	id := engine.ID{}
	var badEpoch, badCounter error
	id.Epoch, badEpoch = strconv.ParseUint(string(epoch), 16, 64)
	id.Counter, badCounter = strconv.ParseUint(string(counter), 10, 64)
	switch {
	case badEpoch != nil || badCounter != nil:
		return &Error{Reason: BadID, Detail: quote.Text(text) + " is not hexadecimal, a dash and decimal of 64 bits each"}
	case id.Epoch == 0:
		return &Error{Reason: BadID, Detail: quote.Text(text) + " has epoch 0"}
	case id.String() != string(text):
		return &Error{Reason: BadID, Detail: quote.Text(text) + " must be spelled " + id.String()}
	}
	*to = id
	return nil
}

func (d *decoder) device(to *uint64) *Error {
	text, err := d.text()
	if err != nil {
		return err
	}
	device, bad := strconv.ParseUint(string(text), 16, 64)
	if bad != nil || strconv.FormatUint(device, 16) != string(text) {
		return &Error{Reason: BadID, Detail: quote.Text(text) + " is not hexadecimal of 64 bits in its shortest form"}
	}
	*to = device
	return nil
}

func (d *decoder) payload(to *string) *Error {
	text, err := d.text()
	*to = string(text)
	return err
}

func (d *decoder) duration(to *time.Duration) *Error {
	n, err := d.integer(int64(MaxDuration))
	*to = time.Duration(n)
	return err
}

// validPrefix is how many bytes at the front are valid UTF-8.
func validPrefix(data []byte) int {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}
