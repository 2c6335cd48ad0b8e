// The matrix of outcomes.

package page

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
)

// matrix has a row for each end of the caller and a column for each of the callee.
type matrix struct {
	Caption    string
	Columns    [][]string // names, cut where they may be broken
	Rows       []matrixRow
	Unpromised bool // it has calls that the protocol rules out and such a world does not promise
}

type matrixRow struct {
	Name  []string
	Cells []cell
	Sum   cell
}

// shades is how many there are; the darkest stands for all calls.
const shades = 8

func matrixOf(caption string, res *result.Result, promised func(property.ID) bool) *matrix {
	m := &matrix{Caption: caption}
	callees := endsOf(property.NumCalleeEnds, func(e property.CalleeEnd) bool {
		for caller := range res.Pairs {
			if res.Pairs[caller][e] > 0 {
				return true
			}
		}
		return e != property.CalleeOpen
	})
	callers := endsOf(property.NumCallerEnds, func(e property.CallerEnd) bool {
		return e != property.CallerOpen || res.Pairs[e] != [property.NumCalleeEnds]uint64{}
	})
	for _, callee := range callees {
		m.Columns = append(m.Columns, strings.SplitAfter(callee.String(), "_"))
	}
	for _, caller := range callers {
		r, sum := matrixRow{Name: strings.SplitAfter(caller.String(), "_")}, uint64(0)
		for _, callee := range callees {
			sum += res.Pairs[caller][callee]
			r.Cells = append(r.Cells, cellOf(res, promised, caller, callee))
			m.Unpromised = m.Unpromised || res.Unpromised[caller][callee] > 0
		}
		r.Sum = cell{Text: output.Group(sum), Brief: brief(sum)}
		m.Rows = append(m.Rows, r)
	}
	return m
}

func endsOf[E ~uint8](number E, kept func(E) bool) []E {
	var ends []E
	for e := E(0); e < number; e++ {
		if kept(e) {
			ends = append(ends, e)
		}
	}
	return ends
}

// cellOf is red only if a call in it broke a promise: a world promises fewer pairs than
// the protocol if its faults take away the memory of the phones. Its class shades it; its
// text says all by itself.
func cellOf(res *result.Result, promised func(property.ID) bool, caller property.CallerEnd, callee property.CalleeEnd) cell {
	n, unpromised, calls := res.Pairs[caller][callee], res.Unpromised[caller][callee], uint64(res.Calls)
	c := cell{Text: output.Group(n), Brief: brief(n), Class: shadeOf(n, calls),
		Title: fmt.Sprintf("caller %s, callee %s: %s of %s calls", caller, callee, output.Group(n), output.Group(calls))}
	const ruledOut, notPromised = "; the protocol rules it out", ", but such a world does not promise it"
	switch rule := property.RuledOutBy(caller, callee); {
	case n == 0 && rule != 0:
		c.Class, c.Text, c.Brief = "impossible", "·", ""
		c.Title += ruledOut
		if !promised(rule) {
			c.Title += notPromised
		}
	case n == 0:
		c.Class = "none"
	case rule != 0 && unpromised == n:
		c.marked("", " ‡", ruledOut+notPromised)
	case rule != 0 && unpromised > 0:
		c.Class = "forbidden"
		c.marked("✗ ", "", ruledOut+"; for "+output.Group(unpromised)+" of them it is not promised")
	case rule != 0:
		c.Class = "forbidden"
		c.marked("✗ ", "", ruledOut)
	case property.IsResidue(caller, callee):
		c.marked("", " †", "; the residue")
	}
	return c
}

// marked puts marks around the number.
func (c *cell) marked(before, after, title string) {
	if c.Text, c.Title = before+c.Text+after, c.Title+title; c.Brief != "" {
		c.Brief = before + c.Brief + after
	}
}

// brief is a large number in two to four characters, for a narrow page: 12k. It is empty
// for one that is short by itself.
func brief(n uint64) string {
	unit, letter := uint64(1), ""
	for _, larger := range []string{"k", "M", "G", "T", "P", "E"} {
		if n < 1000*unit {
			break
		}
		unit, letter = 1000*unit, larger
	}
	switch {
	case letter == "":
		return ""
	case n < 10*unit && n%unit >= unit/10:
		return fmt.Sprintf("%d.%d%s", n/unit, n%unit*10/unit, letter)
	}
	return fmt.Sprintf("%d%s", n/unit, letter)
}

// shadeOf is by the logarithm: each shade is for four times as many calls as the one before.
func shadeOf(n, calls uint64) string {
	behind := (bits.Len64(calls) - bits.Len64(n)) / 2
	return fmt.Sprintf("shade%d", max(1, shades-behind))
}
