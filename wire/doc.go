// Package wire encodes engine messages as bytes and decodes them, in two forms with the
// same content: JSON and a compact binary form. docs/wire.md specifies both, for other
// languages too. It imports engine and internal/quote.
//
// A message has both forms or none: a message that one form cannot express is refused in
// the other with the same error. Both readers are strict. They refuse fields that are
// missing, out of place, out of range, not UTF-8 or too long. Every refusal is an *Error with a Reason. Input from outside never makes this package
// panic, or allocate more than a few times the length of the input.
//
// Both forms have two versions. Version 1 is that of protocols before 1.0: its readers
// refuse what they do not know. Version 2 has devices, notes and more. Only messages that
// need it are written in it, so that older peers read all others. Its readers skip fields
// that they do not know, because later versions of the protocol may add some.
//
// JSON is one object with the fields of docs/wire.md, read in any order and with any
// white space and escapes. The binary form has one spelling for each message: a byte for
// the version, one for the kind, the id, the kind's fields by position, and in version 2
// others with a tag each. [Decode] tells the two apart by the first byte.
//
// Durations are whole nanoseconds, as in the engine, so that rounding makes no INVITE
// younger than it is. They go from 0 to MaxDuration, which every JSON number can hold
// exactly.
//
// The engine checks the limits on content, channel id, response and note, and a wait or
// expiry of 0. It answers a bad INVITE with CLOSED(invalid), so this package must decode it. The
// engine's Held is not on the wire: the receiving transport knows it.
package wire
