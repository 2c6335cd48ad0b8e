// The reasons why bytes are not a message, or a message has no bytes.

package wire

// Reason is why a message is refused. It is an error value by itself, for
// errors.Is(err, wire.UnknownField).
type Reason uint8

// The reasons. The same fault has the same reason in both forms.
const (
	TooLarge       Reason = iota + 1 // more than MaxSize bytes, or more than MaxText of text
	BadSyntax                        // not JSON, or not an object
	BadUTF8                          // bytes that are not UTF-8, or half a surrogate pair
	TrailingData                     // something follows the message
	UnknownVersion                   // neither 1 nor Version
	UnknownField                     // no such field in version 1 (names are case-sensitive), or no such flag
	DuplicateField                   // a field is given twice, in the binary form also out of order
	MissingField                     // the kind needs a field that is not there
	MisplacedField                   // a field that the kind does not carry
	WrongType                        // such as a string where an integer must be, a fraction, or a value of another size
	OutOfRange                       // a duration under 0 or over MaxDuration
	UnknownWord                      // no such kind, reason or word, or none that can stand here
	BadID                            // an id or device that is not canonical or does not fit, or epoch 0
	UnknownForm                      // the first byte begins neither JSON nor the binary form
	Truncated                        // binary: the message is cut short
	NotShortest                      // binary: a number takes more bytes than it needs
)

var reasonTexts = [...]string{
	"?", "too large", "bad JSON", "not valid UTF-8", "data after the message", "unknown version", "unknown field",
	"field given twice", "field is missing", "field is out of place", "wrong type", "out of range", "unknown word", "bad id",
	"unknown form", "cut short", "not in its shortest form",
}

func (r Reason) Error() string {
	if int(r) < len(reasonTexts) {
		return reasonTexts[r]
	}
	return reasonTexts[0]
}

// Error is a refusal. Its text reads
//
//	wire: decode INVITE: age_ns: out of range: -5 is negative
type Error struct {
	Op     string // encode or decode
	Kind   string // of the message, where it is known: INVITE
	Field  string // which field, where it is one's fault
	Reason Reason
	Detail string // what is wrong with it, where the reason alone does not say
}

func (e *Error) Error() string {
	text := "wire: " + e.Op
	if e.Kind != "" {
		text += " " + e.Kind
	}
	text += ": "
	if e.Field != "" {
		text += e.Field + ": "
	}
	text += e.Reason.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap gives the reason, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Reason }
