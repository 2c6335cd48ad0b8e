// Shades: how dark a cell of a heat map is. A shade depends on its value by exact
// arithmetic alone, so that a picture is the same on every machine.

package study

import (
	"fmt"
	"math"

	"github.com/invsim/invsim/sim/metric"
)

// shades is how many there are, from the smallest value to the largest.
const shades = 8

// scale spreads the values of one measure over the shades.
type scale struct {
	low, high float64 // of what is shaded; low is the smallest above 0 on a logarithmic scale
	wide      bool    // logarithmic
	empty     bool    // nothing is known
}

func (s *Sweep) scale(m Measure) scale {
	sc := scale{low: math.Inf(1), high: math.Inf(-1), wide: m.Wide}
	for i := range s.Cells {
		if e := s.Cells[i].Of(m); e.Known && (e.Value > 0 || !m.Wide) {
			sc.low, sc.high = min(sc.low, e.Value), max(sc.high, e.Value)
		}
	}
	sc.empty = sc.low > sc.high
	return sc
}

// Shades tells how dark each value of a measure is, from 1 to 8.
func (s *Sweep) Shades(m Measure) func(value float64) int {
	sc := s.scale(m)
	return func(value float64) int { return 1 + sc.shade(value) }
}

// shade is from 0 to shades-1. On a logarithmic scale what is not above 0 has the
// lightest.
func (sc scale) shade(value float64) int {
	low, high := sc.low, sc.high
	if sc.wide {
		if value <= 0 {
			return 0
		}
		low, high, value = magnitude(low), magnitude(high), magnitude(value)
	}
	if sc.empty || high <= low {
		return 0
	}
	return max(0, min(shades-1, int(float64(shades)*(value-low)/(high-low))))
}

// magnitude is the logarithm to the base 2, straight between powers of two: near
// enough for a shade, and without the standard library's logarithm, whose last bits
// differ between machines.
func magnitude(x float64) float64 {
	fraction, exponent := math.Frexp(x)
	return float64(exponent) + 2*fraction - 1
}

// legend says what is shaded, and how.
func (sc scale) legend(u metric.Unit) string {
	if sc.empty {
		return "nothing to shade"
	}
	spread := "linear"
	if sc.wide {
		spread = "logarithmic, 0 as the smallest"
	}
	return fmt.Sprintf("shades: %s to %s, %s", u.Text(sc.low), u.Text(sc.high), spread)
}
