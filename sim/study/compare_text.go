// A comparison as text, as Markdown, and for programs.

package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/metric"
	"github.com/invsim/invsim/sim/result"
)

// Text writes a comparison for people: the sides, the measures, what they say.
func (c *Comparison) Text(w io.Writer) error {
	out := &output.Lines{To: w}
	headline(out, c.Verdict(), c.Headline())
	out.Printf("A  %s\nB  %s\n\n", c.A.Name, c.B.Name)
	c.table().text(out)
	out.Printf("\nsame outcome on both sides: %s of the calls\n", c.Same.Text(metric.Share.Text))
	out.Printf("\nseed   %d, for both: the same random draws\nagain: %s\n", c.A.Options.Seed, c.Again)
	return out.Err
}

// headline is a verdict and what it is about. A call that is told has a line of its own.
func headline(out *output.Lines, v result.Verdict, about string) {
	first, rest, more := strings.Cut(about, "\n")
	out.Wrap(strings.ToUpper(v.String())+"  "+first, 6, "")
	if more {
		out.Printf("%s\n", rest)
	}
	out.Printf("\n")
}

// Headline goes on after the verdict's word.
func (c *Comparison) Headline() string {
	calls := c.Calls()
	switch c.Verdict() {
	case result.Held:
		return fmt.Sprintf("every property that is promised; %s on each side, in %s of worlds", output.Count(calls, "call"), output.Count(c.Pairs, "pair"))
	case result.Interrupted:
		return fmt.Sprintf("after %s of %s calls on each side, in %s of worlds", output.Group(calls), output.Group(c.A.Options.Calls), output.Count(c.Pairs, "pair"))
	}
	side, total := c.Worst()
	return worst(total, side.Missed, side.Name)
}

func (c *Comparison) table() *table {
	t := &table{corner: "of all worlds", heads: []string{"A", "B", "B − A", "95 % interval"}}
	for _, d := range c.Differences {
		t.names = append(t.names, d.Measure.Title)
		line := d.Line()
		if said := line[4]; d.Minus.Bounded {
			line[3] += ": " + said
		} else {
			line[3] = said
		}
		t.cells = append(t.cells, line[:4])
	}
	return t
}

// Markdown writes the verdict, the sides and the table.
func (c *Comparison) Markdown(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "**%s** %s\n\n* A: `%s`\n* B: `%s`\n\n", c.Verdict(), c.Headline(), c.A.Name, c.B.Name)
	c.table().markdown(&out)
	_, err := io.WriteString(w, out.String())
	return err
}

// CSV writes one line for a measure, with the values that JSON has.
func (c *Comparison) CSV(w io.Writer) error {
	lines := [][]string{{"measure", "a", "b", "difference", "low", "high", "why", "told", "verdict"}}
	for _, d := range c.Differences {
		m := d.Minus
		lines = append(lines, []string{d.Measure.Name, number(d.A.Value, d.A.Known), number(d.B.Value, d.B.Known),
			number(m.Value, m.Known), number(m.Low, m.Bounded), number(m.High, m.Bounded), why(m), told[d.Told()], c.Verdict().String()})
	}
	return csv.NewWriter(w).WriteAll(lines)
}

// told are the words of Told for programs.
var told = map[int]string{-1: "lower", 0: "unclear", 1: "higher"}

// Line is one measure as words: A, B, B − A, the interval, and what it says. A
// difference of shares is in points, so that nobody takes it for a share of the share.
func (d Difference) Line() []string {
	u := d.Measure.Unit
	if !d.Minus.Known {
		return []string{unknown, unknown, unknown, unknown, d.words()}
	}
	interval := unknown
	if d.Minus.Bounded {
		interval = strings.ReplaceAll(signed(u, d.Minus.Low)+" to "+signed(u, d.Minus.High), points, "")
	}
	return []string{u.Text(d.A.Value), u.Text(d.B.Value), signed(u, d.Minus.Value), interval, d.words()}
}

// points is the unit of a difference of shares: percentage points.
const points = " pts"

// signed writes a difference.
func signed(u metric.Unit, value float64) string {
	sign := "+"
	if value < 0 {
		sign, value = "−", -value
	} else if value == 0 {
		sign = ""
	}
	if u == metric.Share {
		return fmt.Sprintf("%s%.3g", sign, 100*value) + points
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
	event.Source
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
		Pairs: c.Pairs, Measures: map[string]jsonDifference{}, Same: c.Same, Source: c.Source,
	}
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
