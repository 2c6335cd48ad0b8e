// The residue: how often an accepted call ended with the caller ACCEPTED and the
// callee not.

package report

import (
	"github.com/invsim/invsim/sim/result"
)

// ResidueShare counts the accepts that became one, and estimates their share of all.
func ResidueShare(res *result.Result) (n, of uint64, share result.Estimate) {
	return res.Residue(), res.AcceptCalls, res.Share(result.Residues)
}

type jsonResidue struct {
	N    uint64   `json:"n"`
	Of   uint64   `json:"of"`
	Rate *float64 `json:"rate"` // null where there was nothing to measure
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
	Why  string   `json:"no_interval,omitempty"`
}

func jsonResidueOf(res *result.Result) jsonResidue {
	n, of, share := ResidueShare(res)
	out := jsonResidue{N: n, Of: of, Why: share.Why}
	if share.Known {
		out.Rate = &share.Value
	}
	if share.Bounded {
		out.Low, out.High = &share.Low, &share.High
	}
	return out
}
