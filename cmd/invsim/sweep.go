// invsim sweep: vary one or two world flags, and measure every combination.

package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/campaign"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/study"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// byDefault are a gain, and its price: for those whose call fails, and for the network.
const byDefault = "residue,mean(failed-accept),messages"

// sweep is the command under construction.
type sweep struct {
	world         *world
	rows, columns string
	measure       string
	svg           string
	workers       int
	shown         []study.Measure
	keeper        *keeper // nil: nothing is kept

	forms[*study.Sweep]
}

func sweepCommand() *cobra.Command {
	_, cmd := newSweep()
	return cmd
}

func newSweep() (*sweep, *cobra.Command) {
	s := &sweep{}
	s.formats = map[string]func(io.Writer, *study.Sweep) error{
		"text": func(w io.Writer, sw *study.Sweep) error { return sw.Text(w, s.shown) },
		"md":   func(w io.Writer, sw *study.Sweep) error { return sw.Markdown(w, s.shown) },
		"csv":  func(w io.Writer, sw *study.Sweep) error { return sw.CSV(w) },
		"json": func(w io.Writer, sw *study.Sweep) error { return sw.JSON(w) },
	}
	cmd := &cobra.Command{
		Use:   "sweep [FILE] --rows FLAG=VALUES --columns FLAG=VALUES",
		Short: "Vary one or two options, and measure every combination",
		Long: `Vary one or two options, and measure every combination.

The name of any world flag can be an axis. 2s..32s/5 stands for five values from 2s to
32s: with equal ratios if the end is ten times the beginning or more, otherwise with
equal differences. A value with a comma in it goes in quotes. All cells have the same
seed, and so the same random draws. invsim metrics lists the names of measures; formula
is the residue by the formula of docs/protocol.md, where its conditions hold.`,
		Example: `  invsim sweep --rows loss=0%,5%,10%,20% --columns accept-time=5s,10s,32s
  invsim sweep --rows accept-time=2s..32s/5
  invsim sweep --rows preset=lan,wifi,subway --measure 'accepted,never-rang,p99(setup)'
  invsim sweep --rows 'latency=50ms..250ms,"normal:150ms,50ms"'
  invsim sweep --rows loss=10%,30%,50% --columns offline=0%,10%,20% --svg residue.svg`,
	}
	s.world = addWorld(cmd)
	s.world.takesFile(cmd)
	f := cmd.Flags()
	textVar(f, &s.rows, "rows", "", "", "`FLAG=VALUES` of the rows, such as loss=0%,5%,10%")
	textVar(f, &s.columns, "columns", "", "", "`FLAG=VALUES` of the columns, such as accept-time=5s,10s")
	textVar(f, &s.measure, "measure", "", byDefault, "`NAMES` of the measures to show, with commas between them; csv and json have all measures")
	under(f, cmd.Name(), "rows", "columns", "measure")
	s.flags(cmd, "text, csv, json or md")
	s.limits(cmd, "each cell")
	textVar(f, &s.svg, "svg", "", "", "write a heat map as an SVG picture to `FILE`, too")
	workersVar(f, &s.workers)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return s.run(cmd) }
	return s, cmd
}

func (s *sweep) run(cmd *cobra.Command) (err error) {
	if s.shown, err = measuresNamed(s.measure); err != nil {
		return err
	}
	if len(s.shown) > 1 && s.svg != "" && s.measure != byDefault {
		return usage("--measure %s: a heat map shows one measure", s.measure)
	}
	if err := s.open(cmd); err != nil {
		return err
	}
	plan, err := s.plan(cmd)
	if err != nil {
		return err
	}
	plan.Source = event.Source{Again: s.world.again(cmd), Version: version}
	var asked []string
	if plan.Ask, asked, err = s.asker(); err != nil {
		return err
	}
	var picture *outFile
	if s.svg != "" {
		if picture, err = openOut(cmd, "svg", s.svg); err != nil {
			return err
		}
	}
	started := time.Now()
	if err := s.play(cmd, plan); err != nil {
		return err
	}
	if err := s.answer(cmd, plan); err != nil {
		return err
	}
	if picture != nil {
		if err := errors.Join(plan.SVG(picture, s.shown[0]), picture.Close()); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the picture: %w", err)}
		}
	}
	worst, look := plan.Worst(), ""
	if worst.Sample != nil && !worst.Sample.Total.Held() {
		look = s.look(plan, worst)
	}
	if _, err := s.page(func() (page.Page, error) {
		return page.Sweep(plan, s.shown, page.About{World: s.world.name(), Version: version, Look: look, Asked: asked}), nil
	}); err != nil {
		return err
	}
	if s.keeper == nil {
		finished(cmd, started, plan.Played(), "calls", s.workers)
	}
	return ending(plan.Verdict(), lookOr(look, worst.Missed))
}

// play plays all cells. Its errors have their exit codes.
func (s *sweep) play(cmd *cobra.Command, plan *study.Sweep) error {
	if s.keeper != nil {
		var cells []campaign.Cell[*sim.SwarmResult]
		for i := range plan.Cells {
			cells = append(cells, campaign.Run(plan.Cells[i].Options))
		}
		sums, err := playUnits(s.keeper, cmd, cells...)
		for i, sum := range sums {
			if sum.Worlds > 0 {
				sum.Cover = nil // a sweep has no use for the cells
				plan.Take(i, &sum.Result)
			}
		}
		return err
	}
	bar, done := progress(cmd, plan.Calls())
	err := plan.Play(cmd.Context(), s.workers, bar)
	done()
	if err != nil {
		return &exit{exitInternal, err}
	}
	return nil
}

// asker asks what the file and --threshold ask, of each cell.
func (s *sweep) asker() (ask func(*result.Result) []string, names []string, err error) {
	w := s.world.copy()
	if err := w.base(); err != nil {
		return nil, nil, err
	}
	return w.asker(s.thresholds)
}

// measuresNamed finds the measures that are to be shown.
func measuresNamed(list string) ([]study.Measure, error) {
	var found []study.Measure
	for name := range strings.SplitSeq(list, ",") {
		m, err := study.MeasureNamed(strings.TrimSpace(name))
		if err != nil {
			return nil, usage("--measure: %v", err)
		}
		found = append(found, m)
	}
	return found, nil
}

// mostCells is how many cells a sweep may have.
const mostCells = 1000

// plan makes all cells, so that whatever makes no sense is said before anything is
// played.
func (s *sweep) plan(cmd *cobra.Command) (*study.Sweep, error) {
	rows, err := s.axis("--rows", s.rows)
	if err != nil {
		return nil, err
	}
	columns, err := s.axis("--columns", s.columns)
	if err != nil {
		return nil, err
	}
	switch {
	case rows.Flag == "" && columns.Flag == "":
		return nil, usage("sweep: --rows or --columns is required, such as --rows loss=0%%,5%%")
	case rows.Flag == columns.Flag:
		return nil, usage("--rows and --columns are both %s", rows.Flag)
	}
	if cells := max(1, len(rows.Values)) * max(1, len(columns.Values)); cells > mostCells {
		return nil, usage("--rows and --columns: %d cells, at most %d", cells, mostCells)
	}
	plan, err := study.NewSweep(rows, columns, func(row, column string) (setup.Options, error) {
		cell := s.cell(rows.Flag, row, columns.Flag, column)
		options, err := cell.build()
		if err == nil {
			cell.tellRaised(cmd, strings.TrimSpace(row+" "+column)+": ")
		}
		return options, err
	})
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// axis reads FLAG=VALUES, with commas between the values, of which some may be ranges or
// in quotes.
func (s *sweep) axis(option, text string) (study.Axis, error) {
	if text == "" {
		return study.Axis{}, nil
	}
	name, list, found := strings.Cut(text, "=")
	name = strings.TrimPrefix(strings.TrimSpace(name), "--")
	if !found {
		return study.Axis{}, usage("%s %s: not FLAG=VALUES, such as loss=0%%,5%%", option, text)
	}
	flag := s.world.flags.Lookup(name)
	switch {
	case flag == nil:
		return study.Axis{}, usage("%s %s: no world flag is called %s%s", option, text, name, input.DidYouMean(name, flagNames(s.world.flags), "see --help"))
	case name == "seed" || name == "calls":
		return study.Axis{}, usage("%s %s: all cells have the same %s", option, text, name)
	case flag.Changed:
		return study.Axis{}, usage("%s %s: --%s is given, too", option, text, name)
	}
	axis := study.Axis{Flag: name}
	texts, err := valuesOf(list)
	if err != nil {
		return study.Axis{}, usage("%s %s: %w", option, text, err)
	}
	for _, value := range texts {
		values, err := s.between(flag, value)
		if err != nil {
			return study.Axis{}, usage("%s %s: %w%s", option, text, err, advice(flag, value))
		}
		axis.Values = append(axis.Values, values...)
	}
	return axis, nil
}

// valuesOf cuts a list at its commas, but not at those of a value in quotes.
func valuesOf(list string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(list))
	r.TrimLeadingSpace = true
	lines, err := r.ReadAll()
	switch {
	case len(lines) > 1 || errors.Is(err, csv.ErrFieldCount):
		return nil, errors.New("values stand in one line")
	case err != nil:
		return nil, errors.New("a value is in quotes as a whole or not at all")
	case len(lines) == 0:
		return nil, errors.New("an empty value")
	}
	values := lines[0]
	for i := range values {
		if values[i] = strings.TrimSpace(values[i]); values[i] == "" {
			return nil, errors.New("an empty value")
		}
	}
	return values, nil
}

// between is a value, or those that a range stands for. The flag takes them.
func (s *sweep) between(flag *pflag.Flag, value string) ([]string, error) {
	values, isRange, err := s.world.options.Between(flag.Name, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", value, err)
	}
	if isRange {
		return values, nil
	}
	var invalid *pflag.InvalidValueError
	if err := s.world.copy().flags.Set(flag.Name, value); errors.As(err, &invalid) {
		return nil, invalidValue(invalid)
	}
	return []string{value}, nil
}

// advice is how to write a value that was perhaps meant.
func advice(flag *pflag.Flag, value string) string {
	switch kind := flag.Value.Type(); {
	case slices.Contains([]string{"delay", "faults", "groups"}, kind):
		return `; a value with a comma in it goes in quotes: "normal:100ms,20ms"`
	case strings.Contains(value, "..") && !strings.ContainsAny(value, "/,"):
		return "; a range says how many values it has: " + value + "/5"
	}
	return ""
}

func flagNames(flags *pflag.FlagSet) []string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// cell is the world of one cell: the flags given, and those of the axes.
func (s *sweep) cell(pairs ...string) *world {
	cell := s.world.copy()
	for i := 0; i < len(pairs); i += 2 {
		if name, value := pairs[i], pairs[i+1]; name != "" {
			_ = cell.flags.Set(name, value) // it takes the values of an axis
		}
	}
	return cell
}

// copy is a world with the same file and the same flags given.
func (w *world) copy() *world {
	twin := &world{options: setup.Default(), path: w.path, piped: w.piped}
	twin.flags = twin.newFlags()
	w.eachGiven(func(f *pflag.Flag) {
		// A value that its own flag has printed is one that it takes.
		_ = twin.flags.Set(f.Name, f.Value.String())
	})
	return twin
}

// look is the command line that shows a cell's first violation.
func (s *sweep) look(plan *study.Sweep, c *study.Cell) string {
	text := func(axis study.Axis, at int) string {
		if axis.Flag == "" {
			return ""
		}
		return axis.Values[at]
	}
	cell := s.cell(plan.Rows.Flag, text(plan.Rows, c.Row), plan.Columns.Flag, text(plan.Columns, c.Column))
	return cell.look(c.Sample.Total.Violations[0].Call)
}
