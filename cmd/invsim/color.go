// Colour on a terminal: the word of a verdict, and the headings of help. There is none in
// a pipe or a file, or if NO_COLOR is set.

package main

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/term"

	"github.com/invsim/invsim/sim/result"
)

// painter colours whole lines on their way to a terminal.
type painter struct {
	to   io.Writer
	line []byte // that has not ended yet
}

// painted is a writer that colours if it leads to a terminal that should have colours.
func painted(stdout io.Writer) io.Writer {
	file, ok := stdout.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !term.IsTerminal(int(file.Fd())) {
		return stdout
	}
	return &painter{to: stdout}
}

func (p *painter) Write(text []byte) (int, error) {
	lines := append(p.line, text...)
	end := bytes.LastIndexByte(lines, '\n') + 1
	p.line = bytes.Clone(lines[end:])
	var out strings.Builder
	for line := range strings.Lines(string(lines[:end])) {
		out.WriteString(paint(line))
	}
	if _, err := io.WriteString(p.to, out.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// flush writes the last line, if it has no end.
func (p *painter) flush() error {
	_, err := p.to.Write(p.line)
	p.line = nil
	return err
}

const plain = "\x1b[0m"

// isHeading are lines of help such as Usage:.
var isHeading = regexp.MustCompile(`^[A-Z][A-Za-z ]*:\n$`)

func paint(line string) string {
	for v, color := range colors {
		if word := strings.ToUpper(v.String()); strings.HasPrefix(line, word+"  ") {
			return color + word + plain + line[len(word):]
		}
	}
	if isHeading.MatchString(line) {
		return "\x1b[1m" + strings.TrimSuffix(line, "\n") + plain + "\n"
	}
	return line
}

var colors = map[result.Verdict]string{
	result.Held: "\x1b[32m", result.Violated: "\x1b[31m", result.NotEnded: "\x1b[31m", result.Missed: "\x1b[31m", result.Interrupted: "\x1b[33m",
}
