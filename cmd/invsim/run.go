// invsim run: simulate, check, answer.

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/campaign"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
)

// single is the command under construction.
type single struct {
	world    *world
	cover    bool
	noShrink bool
	workers  int
	keeper   *keeper // nil: nothing is kept

	forms[report.Run]
}

func runCommand() *cobra.Command {
	_, cmd := newRun()
	return cmd
}

func newRun() (*single, *cobra.Command) {
	r := &single{}
	r.formats = map[string]func(io.Writer, report.Run) error{
		"text": report.Text, "json": report.JSON, "jsonl": report.JSONLines, "csv": report.CSV, "md": report.Markdown,
	}
	cmd := &cobra.Command{
		Use:   "run [FILE]",
		Short: "Simulate calls and check every property on each",
		Example: `  invsim run
  invsim run --calls 1000000 --loss 10%
  invsim run --preset subway --seed 7 -o json
  invsim run my-world.yaml --threshold 'residue < 0.1%' --html report.html`,
	}
	r.world = addWorld(cmd)
	r.world.takesFile(cmd)
	r.flags(cmd, "text, json, jsonl, csv or md")
	cmd.Flags().BoolVar(&r.cover, "cover", false, "print the goals that were reached, and how often each cell of the state tables was used")
	cmd.Flags().BoolVar(&r.noShrink, "no-shrink", false, "do not look for the smallest world that breaks the same property")
	r.limits(cmd, "the run")
	workersVar(cmd.Flags(), &r.workers)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return r.run(cmd) }
	return r, cmd
}

func (r *single) run(cmd *cobra.Command) error {
	options, err := r.world.build()
	if err != nil {
		return err
	}
	r.world.tellRaised(cmd, "")
	keep, err := r.world.thresholds(r.thresholds)
	if err != nil {
		return err
	}
	if err := r.open(cmd); err != nil {
		return err
	}
	started := time.Now()
	counted, err := r.play(cmd, options)
	if err != nil {
		return err
	}
	answer := report.Run{Options: options, Result: counted, Again: r.world.again(cmd), Version: version, Look: func(v result.WorldViolation) string { return r.world.look(v.Call) }}
	if answer.Asked, err = r.world.asked(keep, counted); err != nil {
		return &exit{exitInternal, err}
	}
	shown := answer
	if !r.cover { // a page needs the cells, and nobody has asked for them here
		plain := *counted
		plain.Cover, shown.Result = nil, &plain
	}
	if err := r.answer(cmd, shown); err != nil {
		return err
	}
	if r.cover && r.hasText() {
		if err := writeCover(cmd.OutOrStdout(), counted); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the coverage: %w", err)}
		}
	}
	small, err := r.stories(cmd.Context(), r.noShrink, counted, func(world int) *setup.Token { return &setup.Token{Options: options, World: world} })
	if err != nil {
		return err
	}
	if r.hasText() {
		if err := writeSmallest(cmd.OutOrStdout(), small); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the failure: %w", err)}
		}
	}
	verdict := answer.Verdict()
	cut, err := r.page(func() (page.Page, error) { return page.Run(cmd.Context(), answer, r.world.name(), small) })
	if err != nil {
		return err
	}
	if cut {
		verdict = min(verdict, result.Interrupted)
	}
	if r.keeper == nil {
		finished(cmd, started, counted.Calls, "calls", r.workers)
	}
	return ending(verdict, strings.Join(answer.Asked.Missed(), ", "))
}

// play plays the run. Its errors have their exit codes.
func (r *single) play(cmd *cobra.Command, options setup.Options) (*result.Result, error) {
	if r.keeper != nil {
		sums, err := playUnits(r.keeper, cmd, campaign.Run(options))
		if err != nil {
			return nil, err
		}
		return &sums[0].Result, nil
	}
	bar, done := progress(cmd, options.Calls)
	play := sim.Run
	if r.cover || r.file != nil {
		play = sim.RunCovered
	}
	counted, err := play(cmd.Context(), options, r.workers, bar)
	done()
	if err != nil {
		return nil, &exit{exitInternal, err}
	}
	return counted, nil
}

func writeCover(w io.Writer, result *result.Result) error {
	fmt.Fprintln(w)
	if err := report.Goals(w, result); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return report.Cover(w, result.Cover)
}

// choose finds the writer of an output format.
func choose[T any](format string, formats map[string]T) (T, error) {
	f, ok := formats[format]
	if !ok {
		names := slices.Sorted(maps.Keys(formats))
		return f, usage("--output %q: there are %s%s", format, strings.Join(names, ", "), meant(format, names))
	}
	return f, nil
}

// meant suggests a name after a list of all.
func meant(typed string, names []string) string {
	if near := input.Near(typed, names); near != nil {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}
