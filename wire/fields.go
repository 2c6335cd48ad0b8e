// Both forms as data: the fields in their order, the fields of each kind, and the
// words.

package wire

import (
	"math/bits"
	"time"

	"github.com/invsim/invsim/engine"
)

// Version is the version of both forms: a message that says more than these fields
// and words can is of another version, however it is spelled.
const Version = 1

// MaxSize is the largest message in bytes that is written or read: the capacity of one UDP
// datagram over IPv4 can hold. It bounds the JSON form, also where a message is
// written or read in the binary form, which is always the shorter one; so a message
// has both forms or none. The largest message of an engine, 8192 bytes of control
// characters that JSON spells with six bytes each, stays under 50,000.
const MaxSize = 65507

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
	numFields
)

var fieldNames = [numFields]string{
	"v", "kind", "id", "for", "reason", "word", "content", "channel_id", "response", "age_ns", "wait_ns", "expiry_ns",
}

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
	texts   = fieldsOf(fieldContent, fieldChannelID, fieldResponse)
)

// carried are the fields of each kind of message: all of them, and no others.
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
}

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
