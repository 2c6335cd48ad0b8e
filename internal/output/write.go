// Lines and JSON.

package output

import (
	"encoding/json"
	"fmt"
	"io"
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

// JSON writes a value as one indented object.
func JSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
