// From the binary form to a message. In version 1 every message has exactly one
// spelling; others are refused. Version 2 has fields to skip, and nothing else.

package wire

import (
	"encoding/binary"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/quote"
)

// DecodeBinary reads one message in the binary form. Every failure is an *Error; the
// message is then zero. The message keeps no part of data. Its Held is 0: that is
// for the receiver to fill in.
func DecodeBinary(data []byte) (engine.Message, error) {
	d := binaryDecoder{data: data}
	if err := d.message(); err != nil {
		err.Op = "decode"
		err.Kind, _ = kinds.spell(d.m.Kind)
		return engine.Message{}, err
	}
	return d.m, nil
}

// binaryDecoder is a message in the making.
type binaryDecoder struct {
	data    []byte
	at      int
	version byte
	m       engine.Message
}

func (d *binaryDecoder) message() *Error {
	if len(d.data) > MaxSize {
		return tooLarge(len(d.data), "", MaxSize)
	}
	if len(d.data) > 0 && d.data[0]&^versionBits != binaryMark {
		return &Error{Reason: UnknownForm, Detail: "first byte " + hexByte(d.data[0])}
	}
	head := fieldsOf(fieldVersion, fieldKind)
	if err := d.fields(head); err != nil {
		return err
	}
	if err := d.fields(carried[d.m.Kind] &^ head); err != nil {
		return err
	}
	if d.version == Version {
		if err := d.added(); err != nil {
			return err
		}
	}
	if d.at < len(d.data) {
		return &Error{Reason: TrailingData, Detail: quote.Text(d.data[d.at:])}
	}
	strip(&d.m)
	if err := checkReason(d.m.Reason, int64(d.version)); err != nil {
		return err
	}
	return checkWhole(&d.m)
}

// added reads the fields of version 2 in the order of their tags, and skips those that
// are not known.
func (d *binaryDecoder) added() *Error {
	size, err := d.number()
	if err == nil {
		err = d.need(size)
	}
	if err != nil {
		return err
	}
	all := d.data
	d.data = all[:d.at+int(size)] // no field reaches beyond
	for last := byte(0); d.at < len(d.data); {
		tag := d.data[d.at]
		d.at++
		if tag <= last {
			return &Error{Reason: DuplicateField, Detail: "tag " + strconv.Itoa(int(tag)) + " after " + strconv.Itoa(int(last))}
		}
		last = tag
		if err := d.tagged(tag); err != nil {
			return err
		}
	}
	d.data = all
	return nil
}

// tagged reads the field with this tag.
func (d *binaryDecoder) tagged(tag byte) *Error {
	if tag > tagOf(numFields-1) {
		_, err := d.part()
		return err
	}
	f := fieldDevice + field(tag-1)
	err := d.addedValue(f)
	if err != nil {
		err.Field = fieldNames[f]
	}
	return err
}

func (d *binaryDecoder) addedValue(f field) *Error {
	if f == fieldNote {
		return d.text(&d.m.Note)
	}
	value, err := d.part()
	if err != nil {
		return err
	}
	if want := addedSize(f, &d.m); len(value) != want {
		return &Error{Reason: WrongType, Detail: strconv.Itoa(len(value)) + " bytes, want " + strconv.Itoa(want)}
	}
	if f == fieldDevice {
		d.m.Device = binary.BigEndian.Uint64(value)
	} else {
		d.m.Refused = true
	}
	return nil
}

func (d *binaryDecoder) fields(set fieldSet) *Error {
	for ; set != 0; set = set.withoutFirst() {
		f := set.first()
		if err := d.value(f); err != nil {
			err.Field = fieldNames[f]
			return err
		}
	}
	return nil
}

func (d *binaryDecoder) value(f field) *Error {
	m := &d.m
	switch f {
	case fieldVersion:
		return d.readVersion()
	case fieldKind:
		return d.kind(&m.Kind)
	case fieldID:
		return d.id(&m.ID)
	case fieldFor:
		return readIndex(d, answerable, &m.For)
	case fieldReason:
		return readIndex(d, reasons, &m.Reason)
	case fieldWord:
		return readIndex(d, words, &m.Word)
	case fieldContent:
		return d.text(&m.Content)
	case fieldChannelID:
		return d.text(&m.ChannelID)
	case fieldResponse:
		return d.text(&m.Response)
	case fieldAge:
		return d.duration(&m.Age)
	case fieldWait:
		return d.duration(&m.Wait)
	default:
		return d.duration(&m.Expiry)
	}
}

func (d *binaryDecoder) readVersion() *Error {
	b, err := d.byte()
	if err != nil {
		return err
	}
	d.version = b & versionBits
	return checkVersion(int64(d.version))
}

// kind reads the kind and, in the upper half of its byte, four flags, none of which
// means anything yet.
func (d *binaryDecoder) kind(to *engine.Kind) *Error {
	if d.at < len(d.data) && d.data[d.at]&0xf0 != 0 {
		return &Error{Reason: UnknownField, Detail: "flags " + hexByte(d.data[d.at]&0xf0)}
	}
	return readIndex(d, kinds, to)
}

func readIndex[T ~uint8](d *binaryDecoder, v vocabulary[T], to *T) *Error {
	b, err := d.byte()
	if err != nil {
		return err
	}
	if err := checkWord(v, T(b)); err != nil {
		return err
	}
	*to = T(b)
	return nil
}

func (d *binaryDecoder) id(to *engine.ID) *Error {
	if err := d.need(8); err != nil {
		return err
	}
	to.Epoch = binary.BigEndian.Uint64(d.data[d.at:])
	d.at += 8
	if err := checkEpoch(to.Epoch); err != nil {
		return err
	}
	var err *Error
	to.Counter, err = d.number()
	if err != nil && err.Reason != Truncated {
		err.Reason, err.Detail = BadID, "counter "+err.Reason.Error()+": "+err.Detail
	}
	return err
}

func (d *binaryDecoder) text(to *string) *Error {
	text, err := d.part()
	if err != nil {
		return err
	}
	if !utf8.Valid(text) {
		return &Error{Reason: BadUTF8, Detail: "at byte " + strconv.Itoa(d.at-len(text)+validPrefix(text))}
	}
	*to = string(text)
	return nil
}

// part reads a number of bytes, and these.
func (d *binaryDecoder) part() ([]byte, *Error) {
	size, err := d.number()
	if err == nil {
		err = d.need(size)
	}
	if err != nil {
		return nil, err
	}
	d.at += int(size)
	return d.data[d.at-int(size) : d.at], nil
}

func (d *binaryDecoder) duration(to *time.Duration) *Error {
	n, err := d.number()
	if err != nil {
		return err
	}
	if n > uint64(MaxDuration) {
		return overDuration(strconv.FormatUint(n, 10))
	}
	*to = time.Duration(n)
	return nil
}

// number reads seven bits from each byte, the lowest first; the top bit says that
// more follow. encoding/binary reads the same, but takes 80 00 for 0, too.
func (d *binaryDecoder) number() (uint64, *Error) {
	const lastShift = 63 // of the tenth byte, where one bit is left
	n := uint64(0)
	for shift := 0; ; shift += 7 {
		b, err := d.byte()
		switch {
		case err != nil:
			return 0, err
		case shift == lastShift && b > 1:
			return 0, &Error{Reason: OutOfRange, Detail: "more than 64 bits"}
		case b == 0 && shift > 0:
			return 0, &Error{Reason: NotShortest, Detail: "last byte is 0"}
		}
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n, nil
		}
	}
}

func (d *binaryDecoder) byte() (byte, *Error) {
	if err := d.need(1); err != nil {
		return 0, err
	}
	d.at++
	return d.data[d.at-1], nil
}

// need checks that n more bytes are there.
func (d *binaryDecoder) need(n uint64) *Error {
	if left := len(d.data) - d.at; n > uint64(left) {
		return &Error{Reason: Truncated, Detail: "want " + strconv.FormatUint(n, 10) +
			" more bytes at byte " + strconv.Itoa(d.at) + ", " + strconv.Itoa(left) + " are there"}
	}
	return nil
}

func hexByte(b byte) string { return "0x" + strconv.FormatUint(uint64(b), 16) }
