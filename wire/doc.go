// Package wire turns engine messages into bytes and back.
//
// There is one form so far, JSON. A message is one object, with these fields and
// no others:
//
//	field       type     in                      meaning
//	v           integer  every message           version of this form: 1
//	kind        string   every message           INVITE, RECEIVED, ACCEPT, CONFIRM, REFUSE, CANCEL, ACK, CLOSED
//	id          string   every message           epoch in hexadecimal, "-", counter in decimal: "5eed-1"
//	for         string   ACK, CLOSED             the kind that is answered; ACK and CLOSED are never answered
//	reason      string   CANCEL                  user, no response, expired, rejected
//	word        string   CLOSED                  canceled, no response, expired, refused, unknown, failed, stale, invalid, overloaded
//	content     string   INVITE                  may be empty, not missing
//	channel_id  string   INVITE                  may be empty, not missing
//	response    string   ACCEPT, REFUSE          may be empty, not missing
//	age_ns      integer  INVITE                  nanoseconds since send
//	wait_ns     integer  INVITE                  the caller's no-response time in nanoseconds
//	expiry_ns   integer  INVITE                  the caller's expiry time in nanoseconds
//
// Durations are whole nanoseconds, as in the engine. So nothing is rounded, and
// no peer can make an INVITE younger than it is by rounding. They go from 0 to
// MaxDuration, which every JSON number can hold exactly; the id is text because
// its two numbers may not. An id has one spelling: lower case, no leading zeros.
//
// What this package writes is canonical: the fields in the order above, no white
// space, and nothing escaped that need not be. What it reads may have any order,
// white space and escapes, and is otherwise taken strictly: a message is refused
// if a field is unknown (names are case-sensitive), given twice, missing, out of
// place in its kind, of another type or out of range, if anything follows the
// object, or if a text is not valid UTF-8, half a surrogate pair included. Every
// refusal is an *Error with a Reason.
//
// The limits on content, channel id and response are the engine's to judge, not
// this package's: it answers an INVITE that breaks them with CLOSED(invalid),
// for which it must see it. The same goes for wait_ns and expiry_ns of 0.
// The engine's Held is not part of the form: the receiving transport knows it.
//
// A message of this form begins with "{" or white space. Every other first byte
// is free for other forms to begin with.
package wire
