// The frame of a phone: every phone sees itself alike, and messages change their frame on
// the way.

package explore

import (
	"strings"

	"github.com/invsim/invsim/engine"
)

// Texts bear the number of their call and who said them. On its way to the other phone
// every text and id changes its side, so that both phones see themselves alike.
const (
	mine  = "my "
	yours = "your "
)

func callText(whose string, number int) string   { return whose + "call " + digit(number) }
func answerText(whose string, number int) string { return whose + "answer " + digit(number) }

func digit(n int) string {
	if n < 0 {
		return "?"
	}
	return string(rune('0' + n))
}

func numberIn(text string) int {
	if n := len(text) - 1; n >= 0 && text[n] >= '0' && text[n] <= '9' {
		return int(text[n] - '0')
	}
	return -1
}

// mirror is a message as the other phone sees it.
func mirror(m engine.Message) engine.Message {
	m.ID = mirrorID(m.ID)
	m.Content, m.Response = mirrorText(m.Content), mirrorText(m.Response)
	return m
}

func mirrorID(id engine.ID) engine.ID {
	id.Epoch = (id.Epoch - 1) ^ 1 + 1
	return id
}

func mirrorText(text string) string {
	if rest, ok := strings.CutPrefix(text, mine); ok {
		return yours + rest
	}
	if rest, ok := strings.CutPrefix(text, yours); ok {
		return mine + rest
	}
	return text
}
