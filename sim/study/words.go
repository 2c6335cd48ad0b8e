// Words: numbers with their units, as people read them.

package study

import (
	"fmt"
	"strings"
	"time"
)

// unknown stands where there was nothing to measure.
const unknown = "–"

// text writes a value of the unit with three digits.
func (u Unit) text(value float64) string {
	switch u {
	case Share:
		return share(value)
	case Seconds:
		return duration(value)
	}
	return fmt.Sprintf("%.2f", value)
}

// share has a digit more for nearly all, so that it is not taken for all, and none
// for what nobody will ever see.
func share(value float64) string {
	switch {
	case value > 0 && value < 1e-12:
		return "under 1e-10 %"
	case value > 0.99 && value < 1:
		return fmt.Sprintf("%.4g %%", 100*value)
	}
	return fmt.Sprintf("%.3g %%", 100*value)
}

// duration keeps three digits or so.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	size := d.Abs()
	switch {
	case size >= 10*time.Second:
		d = d.Round(100 * time.Millisecond)
	case size >= time.Second:
		d = d.Round(10 * time.Millisecond)
	case size >= 10*time.Millisecond:
		d = d.Round(time.Millisecond)
	case size >= 100*time.Microsecond:
		d = d.Round(10 * time.Microsecond)
	default:
		d = d.Round(100 * time.Nanosecond)
	}
	return d.String()
}

// text is an estimate with its interval, if it has one.
func (e Estimate) text(u Unit) string {
	switch {
	case !e.Known:
		return unknown
	case !e.Bounded:
		return u.text(e.Value)
	}
	return fmt.Sprintf("%s (%s to %s)", u.text(e.Value), u.text(e.Low), u.text(e.High))
}

// group writes a number with its thousands apart.
func group(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return group(n) + " " + what + "s"
}

// pad fills a word up to a width, to the left of it if right is set.
func pad(word string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-len([]rune(word))))
	if right {
		return space + word
	}
	return word + space
}
