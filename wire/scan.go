// The part of JSON that a message is made of: one flat object of strings and
// whole numbers. encoding/json cannot be used, because it lets through what must
// be refused here: names in another case, duplicates, broken UTF-8 and half
// surrogate pairs, which it replaces.

package wire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/invsim/invsim/internal/quote"
)

// scanner reads tokens off data, which is valid UTF-8.
type scanner struct {
	data []byte
	at   int
}

// end stands for the byte after the last. It is no byte of JSON outside of strings.
const end = 0

// next is the byte at hand.
func (s *scanner) next() byte {
	if s.at == len(s.data) {
		return end
	}
	return s.data[s.at]
}

// space skips white space.
func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take skips white space and then c, if it is at hand.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// syntax is the error of a byte that cannot stand here.
func (s *scanner) syntax(want string) *Error {
	detail := "the end at byte " + strconv.Itoa(s.at)
	if s.at < len(s.data) {
		detail = quote.Text(s.data[s.at:s.at+1]) + " at byte " + strconv.Itoa(s.at)
	}
	return &Error{Reason: BadSyntax, Detail: detail + ", want " + want}
}

// notA is the error of a value of another type, or of no value.
func (s *scanner) notA(want string) *Error {
	found := ""
	switch c := s.next(); {
	case c == '"':
		found = "string"
	case c == '{':
		found = "object"
	case c == '[':
		found = "array"
	case c == 't', c == 'f':
		found = "boolean"
	case c == 'n':
		found = "null"
	case c == '-', isDigit(c):
		found = "number"
	default:
		return s.syntax(want)
	}
	return &Error{Reason: WrongType, Detail: found + ", want " + want}
}

// integer reads a whole number from 0 to most.
func (s *scanner) integer(most int64) (int64, *Error) {
	const want = "a whole number"
	s.space()
	start := s.at
	negative := s.next() == '-'
	if negative {
		s.at++
	}
	if !isDigit(s.next()) {
		if negative {
			return 0, s.syntax("a digit")
		}
		return 0, s.notA(want)
	}
	first, n, over := s.at, int64(0), false
	for ; isDigit(s.next()); s.at++ {
		n = 10*n + int64(s.next()-'0')
		over = over || n > most // and stays so, should n overflow
	}
	text := s.data[start:s.at]
	switch {
	case s.data[first] == '0' && s.at > first+1:
		return 0, &Error{Reason: BadSyntax, Detail: "number " + quote.Text(text) + " begins with 0"}
	case s.next() == '.' || s.next() == 'e' || s.next() == 'E':
		return 0, &Error{Reason: WrongType, Detail: "fraction or exponent, want " + want}
	case negative:
		return 0, &Error{Reason: OutOfRange, Detail: clip(text) + " is negative"}
	case over:
		return 0, &Error{Reason: OutOfRange, Detail: clip(text) + " is over " + strconv.FormatInt(most, 10)}
	}
	return n, nil
}

// boolean reads true or false.
func (s *scanner) boolean(to *bool) *Error {
	const want = "true or false"
	s.space()
	word := "false"
	switch s.next() {
	case 't':
		word = "true"
	case 'f':
	default:
		return s.notA(want)
	}
	if !bytes.HasPrefix(s.data[s.at:], []byte(word)) {
		return s.syntax(want)
	}
	s.at += len(word)
	*to = word == "true"
	return nil
}

// skip reads the value of a field that is not known: a string, a whole number, true
// or false. Later versions have no others.
func (s *scanner) skip() *Error {
	s.space()
	switch c := s.next(); {
	case c == '"':
		_, err := s.text()
		return err
	case c == 't', c == 'f':
		return s.boolean(new(bool))
	case c == '-', isDigit(c):
		_, err := s.integer(int64(MaxDuration))
		return err
	}
	return s.notA("a string, a whole number, true or false")
}

// text reads a string. The result may be a part of data.
func (s *scanner) text() ([]byte, *Error) {
	s.space()
	if s.next() != '"' {
		return nil, s.notA("a string")
	}
	s.at++
	start := s.at
	for s.at < len(s.data) {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[start : s.at-1], nil
		case c == '\\':
			return s.escaped(append([]byte(nil), s.data[start:s.at]...))
		case c < ' ':
			return nil, s.syntax("control characters in a string to be escaped")
		}
		s.at++
	}
	return nil, s.syntax(`a closing "`)
}

// escaped reads on in a string from its first escape; text is the part before it.
func (s *scanner) escaped(text []byte) ([]byte, *Error) {
	for s.at < len(s.data) {
		c := s.data[s.at]
		switch {
		case c == '"':
			s.at++
			return text, nil
		case c < ' ':
			return nil, s.syntax("control characters in a string to be escaped")
		case c != '\\':
			text = append(text, c)
			s.at++
			continue
		}
		s.at++
		if s.next() == 'u' {
			r, err := s.rune()
			if err != nil {
				return nil, err
			}
			text = utf8.AppendRune(text, r)
			continue
		}
		plain := escapes[s.next()]
		if plain == 0 {
			return nil, s.syntax("an escape")
		}
		text = append(text, plain)
		s.at++
	}
	return nil, s.syntax(`a closing "`)
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// rune reads uXXXX, and the second half if this is the first of a surrogate pair.
func (s *scanner) rune() (rune, *Error) {
	first, err := s.hex4()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	lone := &Error{Reason: BadUTF8, Detail: `half a surrogate pair, \u` + strconv.FormatInt(int64(first), 16)}
	if s.next() != '\\' {
		return 0, lone
	}
	s.at++
	if s.next() != 'u' {
		return 0, lone
	}
	second, err := s.hex4()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(first, second)
	if r == utf8.RuneError { // which no pair stands for
		return 0, lone
	}
	return r, nil
}

// hex4 reads u and four hexadecimal digits.
func (s *scanner) hex4() (rune, *Error) {
	s.at++
	var r rune
	for range 4 {
		c := s.next()
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, s.syntax("four hexadecimal digits")
		}
		s.at++
	}
	return r, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// clip shortens a number that a stranger sent.
func clip(number []byte) string {
	const most = 24
	if len(number) > most {
		return string(number[:most]) + "..."
	}
	return string(number)
}
