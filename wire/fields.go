// Both forms as data: the fields in their order, the fields of each kind, and the
// words.

package wire

import (
	"math/bits"
	"time"

	"github.com/invsim/invsim/engine"
)

// The versions of both forms. Version 1 is all that protocols before 1.0 know, and it
// never changes. Version 2 adds to it, and its readers skip fields that they do not
// know. A message is written in the lowest version that can say it.
const (
	firstVersion = 1
	Version      = 2
)

// MaxSize is the largest message in bytes that is read: the capacity of one UDP
// datagram over IPv4.
const MaxSize = 65507

// MaxText is how many bytes the texts of a message have together at most. Its JSON form
// is then never larger than MaxSize, even if each byte of text takes six in JSON.
const MaxText = 10_000

// MaxDuration is the longest duration in a message, about 104 days: the largest
// integer that a JSON number holds exactly in every language.
const MaxDuration = time.Duration(1<<53 - 1)

// field is one of the fields, in the order in which both forms write them.
type field uint8

const (
	fieldVersion field = iota
	fieldKind
	fieldID
	fieldFor
	fieldReason
	fieldWord
	fieldContent
	fieldChannelID
	fieldResponse
	fieldAge
	fieldWait
	fieldExpiry

	// Of version 2. Each can be left out.
	fieldDevice
	fieldRefused
	fieldNote
	numFields
)

var fieldNames = [numFields]string{
	"v", "kind", "id", "for", "reason", "word", "content", "channel_id", "response", "age_ns", "wait_ns", "expiry_ns",
	"device", "refused", "note",
}

// tagOf is the tag of a field of version 2 in the binary form: 1 for the first.
func tagOf(f field) byte { return byte(f-fieldDevice) + 1 }

// deviceSize is the size of a device in the binary form.
const deviceSize = 8

func fieldNamed(name []byte) (field, bool) {
	for f := range numFields {
		if string(name) == fieldNames[f] {
			return f, true
		}
	}
	return 0, false
}

// fieldSet is a set of fields, one bit each.
type fieldSet uint16

func fieldsOf(fields ...field) fieldSet {
	set := fieldSet(0)
	for _, f := range fields {
		set |= 1 << f
	}
	return set
}

func (set fieldSet) has(f field) bool { return set&(1<<f) != 0 }

// first is the lowest field of a set that is not empty.
func (set fieldSet) first() field { return field(bits.TrailingZeros16(uint16(set))) }

// withoutFirst is the set without its lowest field, to go through it in order.
func (set fieldSet) withoutFirst() fieldSet { return set & (set - 1) }

var (
	inEvery = fieldsOf(fieldVersion, fieldKind, fieldID)
	texts   = fieldsOf(fieldContent, fieldChannelID, fieldResponse, fieldNote)
	added   = fieldsOf(fieldDevice, fieldRefused, fieldNote)
)

// written are the fields that a message is written with. It carries nothing that its
// kind does not (see strip).
func written(m *engine.Message) fieldSet {
	set := carried[m.Kind]
	if m.Device != 0 {
		set |= fieldsOf(fieldDevice)
	}
	if m.Refused {
		set |= fieldsOf(fieldRefused)
	}
	if m.Note != "" {
		set |= fieldsOf(fieldNote)
	}
	return set
}

// versionOf is the lowest version that can say the message.
func versionOf(m *engine.Message) byte {
	if written(m)&added != 0 || m.Kind == engine.Cancel && m.Reason > lastFirstReason {
		return Version
	}
	return firstVersion
}

// strip empties the fields of version 2 that a message does not carry. Whether its
// caller is REFUSED matters only to the other devices of a user, so it goes with a device.
func strip(m *engine.Message) {
	device, refused, note := false, false, false
	switch m.Kind {
	case engine.Received, engine.Accept, engine.Confirm, engine.Refuse:
		device = true
	case engine.Ack:
		device = m.For == engine.Refuse
		refused = device && m.Device != 0
	case engine.Closed:
		device = m.For == engine.Invite || m.Word == engine.WordRefused
	case engine.Cancel:
		note = true
	}
	if !device {
		m.Device = 0
	}
	m.Refused = m.Refused && refused
	if !note {
		m.Note = ""
	}
}

// carried are the fields of each kind of message in version 1: all of them, and no
// others.
var carried = [...]fieldSet{
	engine.Invite:   inEvery | fieldsOf(fieldContent, fieldChannelID, fieldAge, fieldWait, fieldExpiry),
	engine.Received: inEvery,
	engine.Accept:   inEvery | fieldsOf(fieldResponse),
	engine.Confirm:  inEvery,
	engine.Refuse:   inEvery | fieldsOf(fieldResponse),
	engine.Cancel:   inEvery | fieldsOf(fieldReason),
	engine.Ack:      inEvery | fieldsOf(fieldFor),
	engine.Closed:   inEvery | fieldsOf(fieldFor, fieldWord),
}

// vocabulary spells the values of a type. The spelling is part of the JSON form, so
// it stands here and is not taken from the engine's String methods. In the binary
// form a value is its index; the vectors in testdata/wire hold those in place.
type vocabulary[T ~uint8] []string

var kinds = vocabulary[engine.Kind]{
	engine.Invite: "INVITE", engine.Received: "RECEIVED", engine.Accept: "ACCEPT", engine.Confirm: "CONFIRM",
	engine.Refuse: "REFUSE", engine.Cancel: "CANCEL", engine.Ack: "ACK", engine.Closed: "CLOSED",
}

// answerable are the kinds that for can name: all before ACK.
var answerable = kinds[:engine.Ack]

var reasons = vocabulary[engine.Reason]{
	engine.ReasonUser: "user", engine.ReasonNoResponse: "no response",
	engine.ReasonExpired: "expired", engine.ReasonRejected: "rejected",
	engine.ReasonAnswered: "answered by another",
}

// lastFirstReason is the last reason of version 1.
const lastFirstReason = engine.ReasonRejected

var words = vocabulary[engine.Word]{
	engine.WordCanceled: "canceled", engine.WordNoResponse: "no response", engine.WordExpired: "expired",
	engine.WordRefused: "refused", engine.WordUnknown: "unknown",
	engine.WordFailed: "failed", engine.WordStale: "stale", engine.WordInvalid: "invalid", engine.WordOverloaded: "overloaded",
}

func (v vocabulary[T]) spell(value T) (string, bool) {
	if value == 0 || int(value) >= len(v) {
		return "", false
	}
	return v[value], true
}

func (v vocabulary[T]) find(text []byte) (T, bool) {
	for i := 1; i < len(v); i++ {
		if v[i] == string(text) {
			return T(i), true
		}
	}
	return 0, false
}
