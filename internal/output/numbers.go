// Numbers and words as people read them.

package output

import (
	"fmt"
	"time"
)

// integer is the type of a count.
type integer interface{ ~int | ~int64 | ~uint64 }

// Group writes a number with its thousands apart: 1,234,567.
func Group[N integer](n N) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Count writes how many of something there are: 1 call, 2 calls.
func Count[N integer](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Group(n) + " " + what + "s"
}

// Share writes a part of 1 in percent. It has a digit more for nearly all, so that it
// is not taken for all, and none for what nobody will ever see.
func Share(p float64) string {
	switch {
	case p > 0 && p < 1e-12:
		return "under 1e-10 %"
	case p > 0.99 && p < 1:
		return fmt.Sprintf("%.4g %%", 100*p)
	}
	return fmt.Sprintf("%.3g %%", 100*p)
}

// Round keeps about three digits of a duration.
func Round(d time.Duration) time.Duration {
	switch size := d.Abs(); {
	case size >= 10*time.Second:
		return d.Round(100 * time.Millisecond)
	case size >= time.Second:
		return d.Round(10 * time.Millisecond)
	case size >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	case size >= 100*time.Microsecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Nanosecond)
}

// Milliseconds is a duration as JSON has it.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Shorten cuts a text at so many characters.
func Shorten(text string, width int) string {
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}
