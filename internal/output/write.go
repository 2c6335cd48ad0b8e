// Lines and JSON.

package output

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Lines prints to a writer and remembers its first error, after which it prints
// nothing more.
type Lines struct {
	To  io.Writer
	Err error
}

func (l *Lines) Printf(format string, args ...any) {
	if l.Err == nil {
		_, l.Err = fmt.Fprintf(l.To, format, args...)
	}
}

// Columns is how wide an answer for people is. Commands to paste may be wider.
const Columns = 80

// Wrap prints a line, in several lines if it is wide. Those after the first are indented,
// and the others end with a mark. No line is broken at a no-break space.
func (l *Lines) Wrap(line string, indent int, mark string) {
	for len([]rune(line)) > Columns {
		at := strings.LastIndexByte(string([]rune(line)[:Columns+1-len(mark)]), ' ')
		if at <= indent { // one word, which is too wide
			break
		}
		l.Printf("%s%s\n", plainSpaces(strings.TrimRight(line[:at], " ")), mark)
		line = strings.Repeat(" ", indent) + strings.TrimLeft(line[at:], " ")
	}
	l.Printf("%s\n", plainSpaces(line))
}

func plainSpaces(line string) string { return strings.ReplaceAll(line, "\u00a0", " ") }

// JSON writes a value as one indented object.
func JSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
