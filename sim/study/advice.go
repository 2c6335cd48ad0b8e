// Advice: which value of a protocol time to choose, in words.

package study

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Advice recommends a value of the only axis, if that is a time of the protocol and the
// first measures shown are the residue and a price, which is no share. Of the values whose
// residue cannot be told from the lowest, it takes the one with the lowest price, and says
// what is lost with the next cheaper one. A value with which fewer callees accept, such as a
// short expiry time, is left out: who does not accept is in no residue. It is empty
// where there is nothing to recommend.
func (s *Sweep) Advice(show []Measure) string {
	if !s.isOfATime() || len(s.Cells) < 2 || len(show) < 2 || show[0].Name != "residue" || show[1].Unit == metric.Share {
		return ""
	}
	gain, price := show[0], show[1]
	byPrice := make([]*Cell, len(s.Cells))
	gains, prices := map[*Cell]result.Estimate{}, map[*Cell]result.Estimate{}
	for i := range s.Cells {
		c := &s.Cells[i]
		byPrice[i], gains[c], prices[c] = c, c.Of(gain), c.Of(price)
		if c.Sample == nil || c.Sample.Total.Interrupted || !gains[c].Bounded || !prices[c].Known {
			return ""
		}
	}
	byPrice, deterred := s.acceptedMost(byPrice)
	slices.SortStableFunc(byPrice, func(a, b *Cell) int { return cmp.Compare(prices[a].Value, prices[b].Value) })
	lowest := slices.MinFunc(byPrice, func(a, b *Cell) int { return cmp.Compare(gains[a].Value, gains[b].Value) })
	more := func(c, than *Cell) result.Estimate { return than.Sample.Total.Paired(c.Sample.Total, gain.Ratio) }
	chosen := slices.IndexFunc(byPrice, func(c *Cell) bool {
		e := more(c, lowest)
		return c == lowest || !e.Bounded || e.Low <= 0
	})
	c := byPrice[chosen]
	if len(byPrice) > 1 && !slices.ContainsFunc(byPrice, func(o *Cell) bool {
		return differs(c, o, gain) || differs(c, o, price)
	}) {
		return fmt.Sprintf("none. As far as %s calls can tell, neither %s nor %s depends on %s.", output.Group(c.Sample.Total.Calls), gain.Title, price.Title, s.axis().Flag) + deterred
	}
	text := fmt.Sprintf("%s. Its %s is %s, and its %s is %s.", s.Name(c), gain.Title, gains[c].Text(gain.Unit.Text), price.Title, prices[c].Text(price.Unit.Text))
	switch {
	case c != lowest:
		text += fmt.Sprintf(" The difference to the lowest %s, with %s, can be chance: %s calls cannot tell.", gain.Title, s.Name(lowest), output.Group(c.Sample.Total.Calls))
	case chosen > 0:
		cheaper := byPrice[chosen-1]
		e := more(cheaper, c)
		text += fmt.Sprintf(" The next cheaper, %s, has %s (%s to %s) of %s and %s of %s.", s.Name(cheaper), signed(gain.Unit, e.Value), strings.TrimSuffix(signed(gain.Unit, e.Low), points), strings.TrimSuffix(signed(gain.Unit, e.High), points),
			gain.Title, signed(price.Unit, prices[cheaper].Value-prices[c].Value), price.Title)
	}
	return text + deterred
}

// acceptedMost leaves the cells out in which fewer callees accept than in another, and
// says so.
func (s *Sweep) acceptedMost(cells []*Cell) (left []*Cell, deterred string) {
	accepts := func(r *result.Result) (n, of float64) { return float64(r.AcceptCalls), float64(r.Calls) }
	most := slices.MaxFunc(cells, func(a, b *Cell) int { return cmp.Compare(a.Sample.Total.AcceptCalls, b.Sample.Total.AcceptCalls) })
	var names []string
	for _, c := range cells {
		if e := most.Sample.Total.Paired(c.Sample.Total, accepts); e.Bounded && e.High < 0 {
			names = append(names, s.Name(c))
			continue
		}
		left = append(left, c)
	}
	if names != nil {
		deterred = fmt.Sprintf(" Fewer callees accept with %s.", strings.Join(names, ", "))
	}
	return left, deterred
}

// differs reports whether a measure of two cells differs by more than chance. Of a
// percentile nobody knows, so any difference counts.
func differs(a, b *Cell, m Measure) bool {
	if !m.IsRatio() {
		return a.Of(m).Value != b.Of(m).Value
	}
	e := a.Sample.Total.Paired(b.Sample.Total, m.Ratio)
	return e.Bounded && (e.Low > 0 || e.High < 0)
}

// axis is the only one.
func (s *Sweep) axis() Axis {
	if s.Columns.Given() {
		return s.Columns
	}
	return s.Rows
}

// isOfATime reports whether the only axis is a time of the protocol, which people choose;
// most other options say in which world they live.
func (s *Sweep) isOfATime() bool {
	axis, o := s.axis(), setup.Default()
	return s.Rows.Given() != s.Columns.Given() && slices.ContainsFunc(o.Fields(), func(f setup.Field) bool {
		return f.Name == axis.Flag && f.Section == setup.OfEngine && f.Value.Type() == "duration"
	})
}
