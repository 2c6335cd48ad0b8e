// Package input reads what people write: numbers and times with their bounds, the text
// of their files, and names, for which it has suggestions. It imports nothing of this
// module.
package input

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bounds are the values that a number may have: those from Low to High, and with Zero 0
// as well, where that stands for something of its own.
type Bounds[N cmp.Ordered] struct {
	Low, High N
	Zero      bool
	Unit      string // after each number
}

// From has the values from low to high.
func From[N cmp.Ordered](low, high N) Bounds[N] { return Bounds[N]{Low: low, High: high} }

// OrZero has 0 and the values from low to high.
func OrZero[N cmp.Ordered](low, high N) Bounds[N] { return Bounds[N]{Low: low, High: high, Zero: true} }

// In is the bounds of a number with a unit; % is for shares of 1.
func (b Bounds[N]) In(unit string) Bounds[N] {
	b.Unit = unit
	return b
}

// Check reports a value that is out of bounds.
func (b Bounds[N]) Check(value N) error {
	var zero N
	if value >= b.Low && value <= b.High || b.Zero && value == zero {
		return nil
	}
	return b.out()
}

// Words tell the bounds: 0, or from 1s to 1000h.
func (b Bounds[N]) Words() string {
	zero := ""
	if b.Zero {
		zero = "0" + b.Unit + ", or "
	}
	return zero + "from " + b.text(b.Low) + " to " + b.text(b.High)
}

// out is the error about a value that is out of bounds.
func (b Bounds[N]) out() error {
	if b.Unit == "%" {
		return fmt.Errorf("must be %s, such as 5%% or 0.05", b.Words())
	}
	return fmt.Errorf("must be %s", b.Words())
}

func (b Bounds[N]) text(value N) string {
	switch v := any(value).(type) {
	case time.Duration:
		return Duration(v)
	case float64:
		if b.Unit == "%" {
			return Percent(v)
		}
		format := byte('f')
		if v < 1e-6 && v > -1e-6 && v != 0 || v > 1e15 {
			format = 'g'
		}
		return strconv.FormatFloat(v, format, -1, 64) + b.Unit
	}
	return fmt.Sprint(value) + b.Unit
}

// Duration writes a time without parts that are zero: 1000h, not 1000h0m0s.
func Duration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Percent writes a share.
func Percent(p float64) string { return strconv.FormatFloat(p*100, 'g', 12, 64) + "%" }

var (
	whole   = regexp.MustCompile(`^[-+]?[0-9]+$`)
	grouped = regexp.MustCompile(`^[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
	part    = regexp.MustCompile(`^\s*(\S+)\s+of\s+(\S+)\s*$`)
	decimal = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
	period  = regexp.MustCompile(`^[-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)\s*(ns|us|µs|μs|ms|s|m|h)\s*)+)$`)
)

// Ungrouped is the text of a number without the commas between its thousands, as answers
// write them: 62270 for 62,270. Another text stays as it is.
func Ungrouped(text string) string {
	text = strings.TrimSpace(text)
	if grouped.MatchString(text) {
		return strings.ReplaceAll(text, ",", "")
	}
	return text
}

// Part reads the two numbers of a count that is a share, as answers write it: 47 of
// 62,270.
func Part(text string) (n, of string, ok bool) {
	parts := part.FindStringSubmatch(text)
	if parts == nil {
		return "", "", false
	}
	n, of = Ungrouped(parts[1]), Ungrouped(parts[2])
	return n, of, whole.MatchString(n) && whole.MatchString(of)
}

// Whole reads a whole number within bounds, also as a power of ten: 1e6, 1.5e6.
func Whole(text string, b Bounds[int]) (int, error) {
	text = Ungrouped(text)
	if strings.ContainsAny(text, "eE") && decimal.MatchString(text) {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil || math.Abs(value) >= 1<<53 {
			return 0, b.out()
		}
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		if value != math.Trunc(value) || value == 0 && !isZero(mantissa) {
			return 0, errors.New("not a whole number")
		}
		return int(value), b.Check(int(value))
	}
	if !whole.MatchString(text) {
		return 0, errors.New("not a whole number")
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, b.out()
	}
	return n, b.Check(n)
}

// Seed reads a whole number of 64 bits.
func Seed(text string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("not a whole number from 0 to %d", uint64(math.MaxUint64))
	}
	return n, nil
}

// Number reads a decimal number within bounds. NaN and the infinities are none, and what
// would be rounded to them or to 0 is out of bounds.
func Number(text string, b Bounds[float64]) (float64, error) {
	return number(text, 1, b, "not a number")
}

// Rate reads a number per second, with or without its unit.
func Rate(text string, b Bounds[float64]) (float64, error) {
	return number(strings.TrimSuffix(strings.TrimSpace(text), "/s"), 1, b, "not a rate such as 50/s")
}

// Share reads a share of 1, or a probability, also in percent or as a count of another.
func Share(text string, b Bounds[float64]) (float64, error) {
	const want = "not a probability or share such as 5% or 0.05"
	if n, of, ok := Part(text); ok {
		whole, err := number(of, 1, From(1, math.MaxFloat64), want)
		if err != nil {
			return 0, errors.New(want)
		}
		return number(n, whole, b, want)
	}
	if percent, ok := strings.CutSuffix(strings.TrimSpace(text), "%"); ok {
		return number(percent, 100, b, want)
	}
	return number(text, 1, b, want)
}

// number reads a number of parts, so many of which are 1.
func number(text string, parts float64, b Bounds[float64], want string) (float64, error) {
	text = Ungrouped(text)
	if !decimal.MatchString(text) {
		return 0, errors.New(want)
	}
	value, err := strconv.ParseFloat(text, 64)
	mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
	if err != nil || value/parts == 0 && !isZero(mantissa) {
		return 0, b.out()
	}
	return value / parts, b.Check(value / parts)
}

// Time reads a time with a unit, within bounds. What is too long for a time.Duration or
// would be rounded to 0 is out of bounds.
func Time(text string, b Bounds[time.Duration]) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if !period.MatchString(text) {
		return 0, errors.New("not a time such as 20s")
	}
	d, err := time.ParseDuration(strings.Join(strings.Fields(text), ""))
	if err != nil || d == 0 && !isZero(text) {
		return 0, b.out()
	}
	return d, b.Check(d)
}

// isZero reports whether all digits are 0.
func isZero(text string) bool { return !strings.ContainsAny(text, "123456789") }
