// Package wire turns engine messages into bytes and back, in two forms that say the
// same: JSON and a compact binary one. docs/wire.md specifies both, byte by byte,
// for other languages too.
//
// A message has both forms or none. What cannot be written in the one is refused in
// the other, with the same error, and both are read strictly: what is unknown,
// missing, out of place, out of range, not UTF-8 or too long is refused and never
// skipped. Every refusal is an *Error with a Reason. Nothing that comes from outside
// makes this package panic, or allocate more than a few times its own length.
//
// JSON is one object with the fields of docs/wire.md, read in any order and with any
// white space and escapes. The binary form has one spelling for each message: a
// byte for the version, one for the kind, the id, and the kind's fields by position.
// [Decode] tells the two apart by the first byte.
//
// Durations are whole nanoseconds, as in the engine. So nothing is rounded, and no
// peer can make an INVITE younger than it is by rounding. They go from 0 to
// MaxDuration, which every JSON number can hold exactly.
//
// The limits on content, channel id and response are the engine's to judge, not this
// package's: it answers an INVITE that breaks them with CLOSED(invalid), for which it
// must see it. The same goes for a wait or expiry of 0. The engine's Held is on no
// wire: the receiving transport knows it.
package wire
