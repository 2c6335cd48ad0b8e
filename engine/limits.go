// Limits of arguments and of received fields.

package engine

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/invsim/invsim/internal/quote"
)

// The vendor's limits, in bytes of UTF-8. It knows no notes.
const (
	MaxContent   = 8192
	MaxResponse  = 8192
	MaxChannelID = 64
	MaxUserID    = 64
	MaxNote      = 1024
)

// ValidUserID is the vendor's rule for user ids: 1 to 64 bytes of letters,
// digits, space and !#$%&()+-:;<=.>?@[]^_{}|~, ; no leading space; not "null".
func ValidUserID(id string) bool {
	if id == "" || len(id) > MaxUserID || id[0] == ' ' || id == "null" {
		return false
	}
	for i := range len(id) {
		if !userIDBytes[id[i]] {
			return false
		}
	}
	return true
}

var userIDBytes = func() (allowed [256]bool) {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for _, c := range []byte(letters + strings.ToUpper(letters) + "0123456789 !#$%&()+-:;<=.>?@[]^_{}|~,") {
		allowed[c] = true
	}
	return allowed
}()

// userIDProblem says why an id is no valid user id.
func (o *Options) userIDProblem(id string) string {
	switch {
	case id == "":
		return "it is empty"
	case o.ValidUserID != nil:
		return "Options.ValidUserID refuses it"
	case len(id) > MaxUserID:
		return "it" + tooLong(id, MaxUserID)
	case id[0] == ' ':
		return "it begins with a space"
	case id == "null":
		return `"null" is reserved`
	}
	for i := range id {
		if !userIDBytes[id[i]] {
			_, size := utf8.DecodeRuneInString(id[i:])
			return quote.Text(id[i:i+size]) + " at byte " + strconv.Itoa(i) + " is not allowed"
		}
	}
	return ""
}

// problem names the mistake in a text, "" if there is none.
func problem(what, text string, limit int) string {
	if len(text) > limit {
		return what + tooLong(text, limit)
	}
	if !utf8.ValidString(text) {
		return what + " is not valid UTF-8"
	}
	return ""
}

func tooLong(text string, limit int) string {
	return " has " + strconv.Itoa(len(text)) + " bytes, at most " + strconv.Itoa(limit) + " are allowed"
}

func fits(text string, limit int) bool { return len(text) <= limit && utf8.ValidString(text) }

// wellFormed checks the payload and the reason that a message of its kind carries.
func (m *Message) wellFormed() bool {
	switch m.Kind {
	case Invite:
		return fits(m.Content, MaxContent) && fits(m.ChannelID, MaxChannelID)
	case Accept, Refuse:
		return fits(m.Response, MaxResponse)
	case Cancel:
		return m.Reason >= ReasonUser && m.Reason <= ReasonAnswered && fits(m.Note, MaxNote)
	}
	return true
}
