// The residue rate and its confidence interval.

package report

import (
	"math"

	"github.com/invsim/invsim/sim/result"
)

// Residue is how often an accepted call ended with the caller ACCEPTED and the
// callee not: N of Of accepts, with a 95 % interval.
type Residue struct {
	N    uint64  `json:"n"`
	Of   uint64  `json:"of"`
	Rate float64 `json:"rate"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// ResidueOf estimates the rate with Wilson's score interval, which is honest for
// rates near 0 (Wilson, JASA 1927).
func ResidueOf(res *result.Result) Residue {
	r := Residue{N: res.Residue(), Of: res.AcceptCalls}
	if r.Of == 0 {
		return Residue{N: r.N, High: 1}
	}
	const z = 1.959963984540054 // of the normal distribution, for 95 %
	n := float64(r.Of)
	r.Rate = min(1, float64(r.N)/n) // more residue than accepts is a broken engine's
	middle := (r.Rate + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(r.Rate*(1-r.Rate)/n+z*z/(4*n*n))
	r.Low, r.High = max(0, middle-half), min(1, middle+half)
	r.Rate, r.Low, r.High = digits(r.Rate), digits(r.Low), digits(r.High)
	return r
}

// digits keeps nine decimals: the others say nothing, and need not be the same on
// every machine.
func digits(p float64) float64 { return math.Round(p*1e9) / 1e9 }
