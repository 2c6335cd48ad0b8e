// Units: how values are written, and which ones a limit may have.

package metric

import (
	"fmt"
	"math/big"
	"time"

	"github.com/invsim/invsim/internal/output"
)

// Unit is what a metric's values are.
type Unit uint8

// The units.
const (
	Share   Unit = iota // from 0 to 1
	Seconds             // of virtual time
	Count               // a mean number
)

// Text writes a value with three digits, as all answers do.
func (u Unit) Text(value float64) string {
	switch u {
	case Share:
		return output.Share(value)
	case Seconds:
		return output.Round(time.Duration(value * float64(time.Second))).String()
	}
	return fmt.Sprintf("%.2f", value)
}

// Suffix is a unit that a number may be written with, and its size in that of the metric.
type Suffix struct {
	Name string
	Size *big.Rat
}

// Suffixes are those of a unit. The first stands for a number without one.
func (u Unit) Suffixes() []Suffix {
	one := func(n, of int64) *big.Rat { return big.NewRat(n, of) }
	switch u {
	case Share:
		return []Suffix{{"", one(1, 1)}, {"%", one(1, 100)}}
	case Seconds:
		return []Suffix{{"", one(1, 1000)}, {"ms", one(1, 1000)}, {"s", one(1, 1)}, {"µs", one(1, 1_000_000)}, {"us", one(1, 1_000_000)}, {"ns", one(1, 1_000_000_000)}, {"m", one(60, 1)}, {"h", one(3600, 1)}}
	}
	return []Suffix{{"", one(1, 1)}}
}
