// Data: a sweep for programs. Both forms have every measure of every cell, with
// shares from 0 to 1 and times in seconds.

package study

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/result"
)

// CSV writes one line for a cell: the values of the axes, how many calls it has,
// held or violated, and each measure with the ends of its interval, or why it has none.
// What is not known is empty.
func (s *Sweep) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	var head []string
	for _, axis := range []Axis{s.Rows, s.Columns} {
		if axis.Given() {
			head = append(head, axis.Flag)
		}
	}
	head = append(head, "calls", "verdict")
	for _, m := range measures {
		head = append(head, m.Name, m.Name+"_low", m.Name+"_high", m.Name+"_why")
	}
	lines := [][]string{head}
	for i := range s.Cells {
		lines = append(lines, s.line(&s.Cells[i]))
	}
	return out.WriteAll(lines)
}

func (s *Sweep) line(c *Cell) []string {
	var line []string
	if s.Rows.Given() {
		line = append(line, s.Rows.Values[c.Row])
	}
	if s.Columns.Given() {
		line = append(line, s.Columns.Values[c.Column])
	}
	line = append(line, strconv.Itoa(c.calls()), c.Verdict().String())
	for _, m := range measures {
		e := c.Of(m)
		line = append(line, number(e.Value, e.Known), number(e.Low, e.Bounded), number(e.High, e.Bounded), why(e))
	}
	return line
}

func (c *Cell) calls() int {
	if c.Sample == nil {
		return 0
	}
	return c.Sample.Total.Calls
}

// why a value has no interval; empty if it has one, or there is no value.
func why(e result.Estimate) string {
	if e.Bounded || !e.Known {
		return ""
	}
	return e.Why
}

func number(value float64, known bool) string {
	if !known {
		return ""
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

type jsonSweep struct {
	Seed    uint64         `json:"seed"`
	Verdict result.Verdict `json:"verdict"`
	Rows    *jsonAxis      `json:"rows"` // null if there is no such axis
	Columns *jsonAxis      `json:"columns"`
	Cells   []jsonCell     `json:"cells"`
	event.Source
}

type jsonAxis struct {
	Flag   string   `json:"flag"`
	Values []string `json:"values"`
}

type jsonCell struct {
	Row      string                     `json:"row,omitempty"`
	Column   string                     `json:"column,omitempty"`
	Calls    int                        `json:"calls"`
	Verdict  result.Verdict             `json:"verdict"`
	Missed   []string                   `json:"missed,omitempty"` // thresholds and goals
	Measures map[string]result.Estimate `json:"measures"`
}

// JSON writes a sweep as one indented object.
func (s *Sweep) JSON(w io.Writer) error {
	out := jsonSweep{Seed: s.Cells[0].Options.Seed, Verdict: s.Verdict(), Rows: s.Rows.json(), Columns: s.Columns.json(), Source: s.Source}
	for i := range s.Cells {
		c := &s.Cells[i]
		cell := jsonCell{Row: s.Rows.text(c.Row), Column: s.Columns.text(c.Column), Calls: c.calls(), Verdict: c.Verdict(), Missed: c.Missed, Measures: map[string]result.Estimate{}}
		for _, m := range measures {
			cell.Measures[m.Name] = c.Of(m)
		}
		out.Cells = append(out.Cells, cell)
	}
	return output.JSON(w, out)
}

func (a Axis) json() *jsonAxis {
	if !a.Given() {
		return nil
	}
	return &jsonAxis{a.Flag, a.Values}
}
