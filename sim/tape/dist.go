// Distributions beyond the plain ones, each a function of one draw: monotone in
// it, plainest at 0, and the same to the bit on every machine.
//
// They read the upper 40 bits of a draw. That leaves one case in 10^12 to the far
// ends, and it makes neighbouring draws differ by more than any rounding error: so
// a smaller draw never means more, without exception. A shrinker and LeastDraw
// need monotone functions.

package tape

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// Longest is the most that Normal, LogNormal and Pareto give. Their tails have no
// end of their own, and the clock of a world has.
const Longest = 10 * time.Minute

// Normal is the normal distribution, cut off at 0 and at Longest. A draw of 0 is
// 7.1 standard deviations below the mean. sd must not be negative.
func Normal(t Tape, mean, sd time.Duration, what Label, about Key) time.Duration {
	z := normalQuantile(cell(t.Draw(what, about)))
	return capped(float64(mean) + float64(z*float64(sd)))
}

// LogNormal has the given median; sigma is the standard deviation of the value's
// natural logarithm, finite and not negative. It ends at Longest. A draw of 0 is
// the median divided by exp(7.1 sigma).
func LogNormal(t Tape, median time.Duration, sigma float64, what Label, about Key) time.Duration {
	z := normalQuantile(cell(t.Draw(what, about)))
	return capped(float64(median) * exp(float64(sigma*z)))
}

// Pareto has the given least value and exceeds x with probability
// (least/x)^alpha; alpha must be above 0, and up to 1 the mean is infinite. It
// ends at Longest. A draw of 0 is least.
func Pareto(t Tape, least time.Duration, alpha float64, what Label, about Key) time.Duration {
	return capped(float64(least) * exp(max(0, minusLog(1-grid(t.Draw(what, about))))/alpha))
}

// mostEvents bounds Poisson's mean: above it, the chance of no event at all is
// smaller than any draw can tell from nothing.
const mostEvents = 64

// Poisson counts events of which there are mean on average; a mean above 64 counts
// as 64. A draw of 0 is 0.
func Poisson(t Tape, mean float64, what Label, about Key) int {
	at := grid(t.Draw(what, about))
	if !(mean > 0) {
		return 0
	}
	mean = min(mean, mostEvents)
	n, here := 0, exp(-mean)
	for upTo := here; at >= upTo; upTo += here {
		n++
		here = float64(here*mean) / float64(n)
	}
	return n
}

// grid is a draw as a number in [0, 1), a multiple of 2^-40. Here as below, a
// conversion around a product or a quotient keeps compilers from fusing it with the
// sum that it goes into, which would round once less on some machines.
func grid(draw uint64) float64 { return float64(float64(draw>>24) / (1 << 40)) }

// cell is the middle of the grid's cell: never 0, never 1, and as far from the one
// as the opposite draw's is from the other.
func cell(draw uint64) float64 { return float64(float64(draw>>24<<1|1) / (1 << 41)) }

// capped is a number of nanoseconds from 0 to Longest. What is not a number is 0.
func capped(ns float64) time.Duration {
	switch {
	case ns >= float64(Longest):
		return Longest
	case ns > 0:
		return time.Duration(ns)
	}
	return 0
}

// The rational approximations of normalQuantile, numerators and denominators, the
// highest power first: near the middle, in the tails, and far out.
var (
	middleOver  = []float64{2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608}
	middleUnder = []float64{5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1}
	tailOver    = []float64{7.7454501427834140764e-4, .0227238449892691845833, .24178072517745061177, 1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734}
	tailUnder   = []float64{1.05075007164441684324e-9, 5.475938084995344946e-4, .0151986665636164571966, .14810397642748007459, .68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1}
	farOver     = []float64{2.01033439929228813265e-7, 2.71155556874348757815e-5, .0012426609473880784386, .026532189526576123093, .29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772}
	farUnder    = []float64{2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4, .0148753612908506148525, .13692988092273580531, .59983220655588793769, 1}
)

// normalQuantile is the inverse of the standard normal distribution's function, for
// p in (0, 1), to about 16 digits: PPND16 of algorithm AS 241 (M. J. Wichura, "The
// percentage points of the normal distribution", Applied Statistics 37, 1988).
func normalQuantile(p float64) float64 {
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return q * polynomial(middleOver, r) / polynomial(middleUnder, r)
	}
	r := math.Sqrt(minusLog(min(p, 1-p)))
	over, under, from := tailOver, tailUnder, 1.6
	if r > 5 {
		over, under, from = farOver, farUnder, 5
	}
	z := polynomial(over, r-from) / polynomial(under, r-from)
	return math.Copysign(z, q)
}

// polynomial is Horner's scheme, the highest power first.
func polynomial(coefficients []float64, x float64) float64 {
	sum := 0.0
	for _, c := range coefficients {
		sum = float64(sum*x) + c
	}
	return sum
}

// ln2 in two parts: the first has 28 bits, so that its products with small whole
// numbers are exact.
const (
	ln2High = 0x162e42fep-29
	ln2Low  = math.Ln2 - ln2High
)

// inverseFactorials are the coefficients of exp's series. Up to half of ln 2, what
// is left out is smaller than 1e-17.
var inverseFactorials = func() []float64 {
	const terms = 15
	c, factorial := make([]float64, terms), 1.0
	for n := range terms {
		factorial *= float64(max(n, 1)) // exact: 14! has fewer than 53 bits
		c[n] = 1 / factorial
	}
	slices.Reverse(c)
	return c
}()

// exp is e to the x, the same to the bit on every machine, which the standard
// library's is not. x is rounded to a multiple of 2^-44, which costs less than
// 3e-14 of the result and makes exp monotone: its steps are larger than its errors.
// Below -64 and above 64 it stays what it is there, for all that is asked of it here
// ends at Longest, which is e to the 27 ns.
func exp(x float64) float64 {
	x = float64(math.Floor(float64(max(-64, min(64, x))*(1<<44))+0.5) / (1 << 44))
	n := math.Floor(x/math.Ln2 + 0.5)
	rest := float64(x-float64(n*ln2High)) - float64(n*ln2Low)
	return math.Ldexp(polynomial(inverseFactorials, rest), int(n))
}

// DrawFor is the least draw for which Between(lo, hi) gives value. A value outside
// is taken as the nearest end. Index(n) is Between(0, n-1), for this too.
func DrawFor(lo, hi, value time.Duration) uint64 {
	if hi <= lo {
		return 0
	}
	value = max(lo, min(hi, value))
	draw, rest := bits.Div64(uint64(value-lo), 0, uint64(hi-lo)+1)
	if rest > 0 {
		draw++
	}
	return draw
}

// LeastDraw is the least draw with which one choice comes out as wanted, for any
// outcome of this package: `Chance(t, 0.1, 0, 0)`, `Normal(…) > time.Second`.
// What is wanted must hold for every larger draw too. Without a draw for which it
// holds, the answer is false.
func LeastDraw(wanted func(Tape) bool) (draw uint64, ok bool) {
	for bit := uint64(1) << 63; bit > 0; bit >>= 1 {
		if !wanted(fixed(draw | bit - 1)) {
			draw |= bit
		}
	}
	return draw, wanted(fixed(draw))
}

// fixed is a tape that answers every choice with the same draw.
type fixed uint64

func (f fixed) Draw(Label, Key) uint64 { return uint64(f) }

// RoundDraw is the draw from least to most with the fewest leading bits, which is
// the shortest to write: of all draws that mean the same, the one to keep.
func RoundDraw(least, most uint64) uint64 {
	if least == 0 || least > most {
		return least
	}
	tail := bits.Len64((least-1)^most) - 1
	return most >> tail << tail
}
