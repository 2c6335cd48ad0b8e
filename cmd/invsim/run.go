// invsim run: simulate, check, answer.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/spf13/cobra"
)

func runCommand() *cobra.Command {
	var workers int
	var output, page string
	var cover, noShrink bool
	var thresholds []string
	cmd := &cobra.Command{
		Use:   "run [FILE]",
		Short: "Simulate calls and check every property on each",
		Example: `  invsim run
  invsim run --calls 1000000 --loss 10%
  invsim run --preset subway --seed 7 -o json
  invsim run my-world.yaml --threshold 'p99(setup) < 2.5s'`,
	}
	w := addWorld(cmd)
	w.takesFile(cmd)
	outputVar(cmd.Flags(), &output, "text, json, jsonl, csv or md")
	textVar(cmd.Flags(), &page, "html", "", "", "write the report as an HTML page to `FILE`, too")
	cmd.Flags().BoolVar(&cover, "cover", false, "print the goals that were reached, and how often each cell of the state tables was used")
	cmd.Flags().BoolVar(&noShrink, "no-shrink", false, "do not look for the smallest world that breaks the same property")
	cmd.Flags().Var(&textsFlag{&thresholds}, "threshold", "`LIMIT` that the run must keep, such as 'residue < 0.1%'; may be repeated")
	workersVar(cmd.Flags(), &workers)
	completes(cmd, "output", slices.Sorted(maps.Keys(runFormats)))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		write, err := choose(output, runFormats)
		if err != nil {
			return err
		}
		options, err := w.build()
		if err != nil {
			return err
		}
		keep, err := w.thresholds(thresholds)
		if err != nil {
			return err
		}
		file, err := openPage(page)
		if err != nil {
			return err
		}
		started := time.Now()
		bar, done := progress(cmd, options.Calls)
		play := sim.Run
		if cover || page != "" {
			play = sim.RunCovered
		}
		counted, err := play(cmd.Context(), options, workers, bar)
		done()
		if err != nil {
			return &exit{exitInternal, err}
		}
		answer := report.Run{Options: options, Result: counted, Again: w.again(cmd), Version: version, Look: func(v result.WorldViolation) string { return w.look(v.Call) }}
		if answer.Asked, err = w.asked(keep, counted); err != nil {
			return &exit{exitInternal, err}
		}
		shown := answer
		if !cover { // a page needs the cells, and nobody has asked for them here
			plain := *counted
			plain.Cover, shown.Result = nil, &plain
		}
		if err := write(cmd.OutOrStdout(), shown); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the result: %w", err)}
		}
		if cover && output == "text" {
			if err := writeCover(cmd.OutOrStdout(), counted); err != nil {
				return &exit{exitInternal, fmt.Errorf("write the coverage: %w", err)}
			}
		}
		var small *shrink.Failure
		if !counted.Held() && !noShrink && (page != "" || output == "text") {
			if small, err = smallest(cmd.Context(), counted, func(world int) *setup.Token { return &setup.Token{Options: options, World: world} }); err != nil {
				return &exit{exitInternal, err}
			}
		}
		if output == "text" {
			if err := writeSmallest(cmd.OutOrStdout(), small); err != nil {
				return &exit{exitInternal, fmt.Errorf("write the failure: %w", err)}
			}
		}
		verdict := answer.Verdict()
		if file != nil {
			err := writePage(cmd.Context(), file, answer, small)
			if err != nil && !errors.Is(err, context.Canceled) {
				return &exit{exitInternal, err}
			}
			if err != nil {
				verdict = min(verdict, result.Interrupted)
			}
		}
		finished(cmd, started, counted.Calls, "calls", workers)
		return ending(verdict, strings.Join(answer.Asked.Missed(), ", "))
	}
	return cmd
}

// runFormats are the forms of a run's answer.
var runFormats = map[string]func(io.Writer, report.Run) error{
	"text": report.Text, "json": report.JSON, "jsonl": report.JSONLines, "csv": report.CSV, "md": report.Markdown,
}

func writeCover(w io.Writer, result *result.Result) error {
	fmt.Fprintln(w)
	if err := report.Goals(w, result); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return report.Cover(w, result.Cover)
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s: unexpected argument %q", cmd.CommandPath(), args[0])
	}
	return nil
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
