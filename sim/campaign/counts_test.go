package campaign

import (
	"io"
	"regexp"
	"strconv"
	"testing"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"pgregory.net/rapid"
)

var numbers = regexp.MustCompile(`\b[0-9]+\b`)

// TestHostileCounts: a result whose counts make no sense is refused, or reported without a
// panic.
func TestHostileCounts(t *testing.T) {
	o := fewer()
	c := newCampaign(t, "p", Run(o))
	var all []record
	for unit := range c.Units() {
		r, err := c.cells[0].play(t.Context(), sim.Unit{Number: unit, Of: c.Units()}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := c.record(unit, r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	changes := 0
	rapid.Check(t, func(t *rapid.T) {
		s := NewState(c)
		for _, rec := range all {
			places := numbers.FindAllIndex(rec.Result, -1)
			if r, err := c.decode(rec); err == nil && rapid.IntRange(0, 3).Draw(t, "changes") > 0 {
				if err := s.take(rec.Unit, rec.Sum, "", r); err != nil {
					t.Fatal(err)
				}
				continue
			}
			for range 2 {
				at := places[rapid.IntRange(0, len(places)-1).Draw(t, "at")]
				by := rapid.SampledFrom([]uint64{0, 1, 2, 7, 1000, 1<<31 - 1, 1<<32 - 1, 1<<53 + 1, 1<<63 - 1, 1<<64 - 1}).Draw(t, "by")
				changed := rec
				changed.Result = []byte(string(rec.Result[:at[0]]) + strconv.FormatUint(by, 10) + string(rec.Result[at[1]:]))
				changed.Sum = c.sum(changed)
				if r, err := c.decode(changed); err == nil {
					if err := s.take(changed.Unit, changed.Sum, "", r); err != nil {
						t.Fatal(err)
					}
					changes++
					break
				}
			}
		}
		sum := s.Sum(0)
		answer := report.Run{Options: o, Result: &sum.Result, Look: func(result.WorldViolation) string { return "" }}
		for _, write := range []func(io.Writer, report.Run) error{report.Text, report.JSON} {
			if err := write(io.Discard, answer); err != nil {
				t.Fatal(err)
			}
		}
	})
	if changes < 50 {
		t.Errorf("only %d results with other counts were taken", changes)
	}
}
