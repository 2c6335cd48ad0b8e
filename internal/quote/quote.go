// Package quote prints text from outside in errors and logs: on one line, in ASCII, and
// cut to a readable length. It imports nothing of this module.
package quote

import (
	"strconv"
	"unicode/utf8"
)

// most is how many bytes are shown. A user id by the vendor's rule has no more.
const most = 64

// ID is a user id: as it is if nobody could take it for anything else, as Text has
// it if not.
func ID(id string) string {
	if id == "" || len(id) > most {
		return Text(id)
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return Text(id)
		}
	}
	return id
}

// Text is a text in quotes, of which the first 64 bytes are shown.
func Text[T ~string | ~[]byte](text T) string {
	if len(text) <= most {
		return strconv.QuoteToASCII(string(text))
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return strconv.QuoteToASCII(string(text[:end])) + "... (" + strconv.Itoa(len(text)) + " bytes)"
}
