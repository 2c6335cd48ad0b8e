// A comparison as text and as JSON.

package study

import (
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// Text writes a comparison for people: the sides, the measures, what they say.
func (c *Comparison) Text(w io.Writer) error {
	var out strings.Builder
	c.head(&out)
	fmt.Fprintf(&out, "A  %s\nB  %s\n\n", c.A.Name, c.B.Name)
	t := table{corner: "of all worlds", heads: []string{"A", "B", "B − A", "95 % interval", ""}}
	for _, d := range c.Differences {
		t.names = append(t.names, d.Measure.Title)
		t.cells = append(t.cells, d.line())
	}
	t.text(&out)
	fmt.Fprintf(&out, "\nsame outcome on both sides: %s of the calls\n", c.Same.Text(metric.Share.Text))
	fmt.Fprintf(&out, "\nseed   %d, for both: the same random draws\nagain: %s\n", c.A.Options.Seed, c.Again)
	_, err := io.WriteString(w, out.String())
	return err
}

func (c *Comparison) head(out *strings.Builder) {
	calls := c.Calls()
	fmt.Fprintf(out, "%s  ", strings.ToUpper(c.Verdict().String()))
	switch c.Verdict() {
	case result.Held:
		fmt.Fprintf(out, "every property that is promised; %s calls on each side, in %s of worlds\n\n", output.Group(calls), output.Count(c.Pairs, "pair"))
	case result.Interrupted:
		fmt.Fprintf(out, "after %s of %s calls on each side, in %s of worlds\n\n", output.Group(calls), output.Group(c.A.Options.Calls), output.Count(c.Pairs, "pair"))
	default:
		side, total := c.Worst()
		out.WriteString(worst(total, side.Missed, side.Name) + "\n\n")
	}
}

// line is one measure as words. A difference of shares is in points, so that
// nobody takes it for a share of the share.
func (d Difference) line() []string {
	u := d.Measure.Unit
	if !d.Minus.Known {
		return []string{unknown, unknown, unknown, unknown, d.words()}
	}
	interval := unknown
	if d.Minus.Bounded {
		interval = signed(u, d.Minus.Low) + " to " + signed(u, d.Minus.High)
	}
	return []string{u.Text(d.A.Value), u.Text(d.B.Value), signed(u, d.Minus.Value), interval, d.words()}
}

// signed writes a difference.
func signed(u metric.Unit, value float64) string {
	sign := "+"
	if value < 0 {
		sign, value = "−", -value
	} else if value == 0 {
		sign = ""
	}
	if u == metric.Share {
		return fmt.Sprintf("%s%.3g points", sign, 100*value)
	}
	return sign + u.Text(value)
}

type jsonComparison struct {
	Seed     uint64                    `json:"seed"`
	Verdict  result.Verdict            `json:"verdict"`
	A        string                    `json:"a"`
	B        string                    `json:"b"`
	Calls    int                       `json:"calls"` // on each side
	Pairs    int                       `json:"pairs"` // of worlds
	Measures map[string]jsonDifference `json:"measures"`
	Same     result.Estimate           `json:"same_outcome"`
	Again    string                    `json:"again"`
}

type jsonDifference struct {
	A          *float64        `json:"a"` // null where there was nothing to measure
	B          *float64        `json:"b"`
	Difference result.Estimate `json:"difference"` // B - A
	Told       string          `json:"told"`       // lower or higher: B, told apart from A; unclear if not
}

// JSON writes a comparison as one indented object. Shares are from 0 to 1, times in
// seconds.
func (c *Comparison) JSON(w io.Writer) error {
	out := jsonComparison{
		Seed: c.A.Options.Seed, Verdict: c.Verdict(), A: c.A.Name, B: c.B.Name, Calls: c.Calls(),
		Pairs: c.Pairs, Measures: map[string]jsonDifference{}, Same: c.Same, Again: c.Again,
	}
	told := map[int]string{-1: "lower", 0: "unclear", 1: "higher"}
	for _, d := range c.Differences {
		out.Measures[d.Measure.Name] = jsonDifference{known(d.A), known(d.B), d.Minus, told[d.Told()]}
	}
	return output.JSON(w, out)
}

func known(e result.Estimate) *float64 {
	if !e.Known {
		return nil
	}
	return &e.Value
}
