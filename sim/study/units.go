// Words: numbers with their units, as people read them.

package study

import (
	"fmt"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
)

// unknown stands where there was nothing to measure.
const unknown = "–"

// text writes a value of the unit with three digits.
func (u Unit) text(value float64) string {
	switch u {
	case Share:
		return output.Share(value)
	case Seconds:
		return output.Round(time.Duration(value * float64(time.Second))).String()
	}
	return fmt.Sprintf("%.2f", value)
}

// pad fills a word up to a width, to the left of it if right is set.
func pad(word string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-len([]rune(word))))
	if right {
		return space + word
	}
	return word + space
}
