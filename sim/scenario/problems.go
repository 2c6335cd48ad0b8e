// Problems: what is wrong in a file, where, with the line.

package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/input"
)

// Problem is one thing that is wrong.
type Problem struct {
	File   string
	Line   int // from 1
	Column int // from 1, in characters
	Text   string
	Source string // the line as it stands in the file
}

// String has two more lines, with the file's own and a mark under the column.
func (p Problem) String() string {
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	if strings.TrimSpace(p.Source) == "" {
		return text
	}
	before := []rune(p.Source)
	before = before[:min(len(before), p.Column-1)]
	for i, c := range before {
		if c != '\t' {
			before[i] = ' '
		}
	}
	return fmt.Sprintf("%s\n    %s\n    %s^", text, p.Source, string(before))
}

// Problems are all that were found in a file, in its order.
type Problems []Problem

// listed is how many problems Error shows.
const listed = 20

func (p Problems) Error() string {
	var texts []string
	for i, problem := range p {
		if i == listed {
			texts = append(texts, fmt.Sprintf("… and %d more", len(p)-listed))
			break
		}
		texts = append(texts, problem.String())
	}
	return strings.Join(texts, "\n")
}

// sorted is nil if there are no problems.
func (p Problems) sorted() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

// unknown is the message about a name that does not exist.
func unknown(what, name string, names []string) string {
	return fmt.Sprintf("unknown %s %q%s", what, name, input.DidYouMean(name, names, ""))
}
