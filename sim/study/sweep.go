// Sweep: one or two options varied, every combination played.

package study

import (
	"context"
	"fmt"
	"strings"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
)

// Axis is an option that is varied, by the name of its flag, and its values as they
// were written.
type Axis struct {
	Flag   string
	Values []string
}

// Given reports whether there is such an axis.
func (a Axis) Given() bool { return a.Flag != "" }

// len is the number of values; without an axis there is one, unnamed.
func (a Axis) len() int { return max(1, len(a.Values)) }

// Cell is one combination of a value of each axis.
type Cell struct {
	Row, Column int
	Options     setup.Options
	Sample      *Sample  // nil if the sweep ended before
	Missed      []string // what the cell was asked and did not keep to, in words
}

// Sweep is a table of worlds. All of them have the same seed, and so the same
// random draws: what differs is what an option changes.
type Sweep struct {
	Rows, Columns Axis   // one of them may be missing
	Cells         []Cell // row by row
	event.Source

	// Ask names the thresholds that a cell missed and the goals that it never reached;
	// nil if nothing is asked.
	Ask func(*result.Result) []string
}

// NewSweep makes the cells of a sweep. options gives a cell's options, from the
// texts of its values; the text of a missing axis is empty. Its error is returned
// as it is.
func NewSweep(rows, columns Axis, options func(row, column string) (setup.Options, error)) (*Sweep, error) {
	s := &Sweep{Rows: rows, Columns: columns}
	for row := range rows.len() {
		for column := range columns.len() {
			o, err := options(rows.text(row), columns.text(column))
			if err != nil {
				return nil, err
			}
			s.Cells = append(s.Cells, Cell{Row: row, Column: column, Options: o})
		}
	}
	return s, nil
}

func (a Axis) text(i int) string {
	if !a.Given() {
		return ""
	}
	return a.Values[i]
}

// Calls is how many calls all cells have together.
func (s *Sweep) Calls() int {
	sum := 0
	for _, c := range s.Cells {
		sum += c.Options.Calls
	}
	return sum
}

// Played is how many calls have been played.
func (s *Sweep) Played() int {
	sum := 0
	for _, c := range s.Cells {
		if c.Sample != nil {
			sum += c.Sample.Total.Calls
		}
	}
	return sum
}

// Play plays all cells, one after the other, each with all workers. When ctx ends,
// the cells that have begun keep what is known of them, and the others have no
// sample. progress is as for Play.
func (s *Sweep) Play(ctx context.Context, workers int, progress func(calls int)) error {
	for i := range s.Cells {
		if ctx.Err() != nil {
			return nil
		}
		c := &s.Cells[i]
		sample, err := Play(ctx, c.Options, workers, progress)
		if err != nil {
			return fmt.Errorf("play %s: %w", s.Name(c), err)
		}
		s.Take(i, sample.Total)
	}
	return nil
}

// Take gives a cell its result.
func (s *Sweep) Take(cell int, total *result.Result) {
	c := &s.Cells[cell]
	c.Sample = &Sample{c.Options, total}
	if s.Ask != nil {
		c.Missed = s.Ask(total)
	}
}

// Worst is the first of the cells with the strongest verdict.
func (s *Sweep) Worst() *Cell {
	worst := &s.Cells[0]
	for i := range s.Cells {
		if c := &s.Cells[i]; c.Verdict() < worst.Verdict() {
			worst = c
		}
	}
	return worst
}

// Verdict is that of the worst cell.
func (s *Sweep) Verdict() result.Verdict { return s.Worst().Verdict() }

// Verdict is as for a run.
func (c *Cell) Verdict() result.Verdict {
	if c.Sample == nil {
		return result.Interrupted
	}
	return verdictOf(c.Sample.Total, c.Missed)
}

// verdictOf is the verdict on a result of which something was asked.
func verdictOf(total *result.Result, missed []string) result.Verdict {
	if missed != nil {
		return min(total.Verdict(), result.Missed)
	}
	return total.Verdict()
}

// worst tells of the worst side or cell what its verdict is about.
func worst(total *result.Result, missed []string, name string) string {
	if verdictOf(total, missed) == result.Missed {
		return fmt.Sprintf("%s with %s", strings.Join(missed, ", "), name)
	}
	return fmt.Sprintf("%s with %s\n  call %d: %s", output.Count(total.ViolationCount, "time"), name, total.Violations[0].Call, total.Violations[0].Violation)
}

// Name says which cell it is: loss=5% accept-time=10s.
func (s *Sweep) Name(c *Cell) string {
	name := ""
	for _, part := range []struct {
		axis Axis
		at   int
	}{{s.Rows, c.Row}, {s.Columns, c.Column}} {
		if part.axis.Given() {
			name += " " + part.axis.Flag + "=" + part.axis.Values[part.at]
		}
	}
	return name[1:]
}

// At is a cell.
func (s *Sweep) At(row, column int) *Cell { return &s.Cells[row*s.Columns.len()+column] }

// Of reads a measure from a cell; nothing is known of one that was not played.
func (c *Cell) Of(m Measure) result.Estimate {
	if c.Sample == nil {
		return result.Estimate{}
	}
	return m.Of(c.Sample)
}
