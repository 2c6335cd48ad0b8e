// Between: values from one to another of an option that is a single number.

package setup

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/invsim/invsim/internal/input"
)

// scalar is a value that is one number.
type scalar interface {
	Value
	number() float64
	setNumber(float64)
}

func (v *intValue) number() float64    { return float64(*v.p) }
func (v *numberValue) number() float64 { return *v.p }
func (v *chanceValue) number() float64 { return *v.p }
func (v *rateValue) number() float64   { return *v.p }
func (v *timeValue) number() float64   { return v.p.Seconds() }

func (v *intValue) setNumber(x float64)    { *v.p = int(math.Round(x)) }
func (v *numberValue) setNumber(x float64) { *v.p = x }
func (v *chanceValue) setNumber(x float64) { *v.p = x }
func (v *rateValue) setNumber(x float64)   { *v.p = x }
func (v *timeValue) setNumber(x float64)   { *v.p = time.Duration(math.Round(x * float64(time.Second))) }

var between = regexp.MustCompile(`^(.+)\.\.(.+)/([0-9]+)$`)

// byRatio is from how much more at the end than at the beginning values have equal
// ratios and not equal differences.
const byRatio = 10

// Between reads LOW..HIGH/COUNT, such as 2s..32s/5: so many values from low to high,
// with equal differences, or with equal ratios if high is ten times low or more. Other
// than the ends, they are rounded to three digits. It is false of a text of another
// form, and of an option that is not a single number.
func (o *Options) Between(name, text string) (values []string, isRange bool, err error) {
	scratch := *o
	fields := scratch.unsorted()
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	parts := between.FindStringSubmatch(text)
	if i < 0 || parts == nil {
		return nil, false, nil
	}
	value, ok := fields[i].Value.(scalar)
	if !ok {
		return nil, false, nil
	}
	count, err := input.Whole(parts[3], input.From(2, 1000))
	if err != nil {
		return nil, true, fmt.Errorf("how many values: %w", err)
	}
	var ends [2]float64
	for i, end := range parts[1:3] {
		if err := value.Set(end); err != nil {
			return nil, true, fmt.Errorf("%s: %w", end, err)
		}
		ends[i] = value.number()
	}
	low, high := ends[0], ends[1]
	if low >= high {
		return nil, true, fmt.Errorf("the lower end comes first")
	}
	for i := range count {
		share := float64(i) / float64(count-1)
		x := low + (high-low)*share
		if low > 0 && high >= byRatio*low {
			x = low * math.Pow(high/low, share)
		}
		if i > 0 && i < count-1 {
			x = rounded(x)
		} else {
			x = ends[min(i, 1)]
		}
		value.setNumber(x)
		values = append(values, value.String())
	}
	return slices.Compact(values), true, nil
}

// rounded has three digits.
func rounded(x float64) float64 {
	// A number that was just written can be read.
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return x
}
