// invsim swarm: worlds whose whole configuration is drawn.

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/campaign"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/threshold"
	"github.com/spf13/cobra"
)

// swarm is the command under construction.
type swarm struct {
	seed    uint64
	runs    int
	workers int
	mutant  string
	options bool
	cover   bool

	noShrink bool
	keeper   *keeper // nil: nothing is kept

	forms[report.Swarm]
}

func swarmCommand() *cobra.Command {
	_, cmd := newSwarm()
	return cmd
}

func newSwarm() (*swarm, *cobra.Command) {
	s := &swarm{}
	s.formats = map[string]func(io.Writer, report.Swarm) error{"text": report.SwarmText, "json": report.SwarmJSON, "csv": report.SwarmCSV}
	cmd := &cobra.Command{
		Use:   "swarm",
		Short: "Simulate worlds with random options and check every property",
		Long: `Simulate worlds with random options and check every property.

The seed decides the options of each world. Each fault is off in half of the worlds.
After 100 s of virtual time all faults stop, and then every call must end. If a call
does not end and no other property is violated, the exit code is 5.`,
		Example: `  invsim swarm --runs 10000
  invsim swarm --runs 1000 --mutant accept-without-confirm
  invsim swarm --runs 3 --options`,
		Args: noArguments,
	}
	f := cmd.Flags()
	f.SortFlags = false
	s.seed = 1
	f.Var(&seedFlag{&s.seed}, "seed", "seed of every random draw: the same seed gives the same worlds")
	s.runs = 1000
	wholeVar(f, &s.runs, "runs", 1, mostCalls, "number of worlds")
	textVar(f, &s.mutant, "mutant", "", "none", "disable one rule of the protocol: a `NAME` that invsim mutants lists")
	hideZero(f.Lookup("mutant"))
	under(f, cmd.Name(), "seed", "runs", "mutant")
	f.BoolVar(&s.options, "options", false, "print the command line of each world, too")
	f.BoolVar(&s.cover, "cover", false, "print how often each cell of the state tables was used")
	f.BoolVar(&s.noShrink, "no-shrink", false, "do not look for the smallest world that breaks the same property")
	s.flags(cmd, "text, csv or json")
	s.limits(cmd, "the sum of all worlds")
	workersVar(f, &s.workers)
	completes(cmd, "mutant", mutant.Names())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return s.run(cmd) }
	return s, cmd
}

func (s *swarm) run(cmd *cobra.Command) error {
	if err := s.open(cmd); err != nil {
		return err
	}
	keep, err := limitsOf(s.thresholds)
	if err != nil {
		return err
	}
	var change func(*setup.Options)
	if s.mutant != "none" {
		m, err := mutantNamed(s.mutant)
		if err != nil {
			return err
		}
		change = func(o *setup.Options) { o.Mutant = m.ID }
	}
	out := cmd.OutOrStdout()
	if s.options && s.hasText() {
		for number := range s.runs {
			if cmd.Context().Err() != nil {
				break
			}
			fmt.Fprintf(out, "world %d: %s\n", number, flagsOf(s.world(number)))
		}
		fmt.Fprintln(out)
	}
	started := time.Now()
	counted, err := s.play(cmd, change)
	if err != nil {
		return err
	}
	answer := report.Swarm{Result: counted, Seed: s.seed, Runs: s.runs, Asked: report.Asked{Thresholds: threshold.Evaluate(keep, &counted.Result)}, Again: again(cmd, nil, "seed", "runs"), Version: version, Look: func(v result.WorldViolation) string {
		return "invsim replay --shrink " + s.token(v.World).String()
	}, Drawn: func(world int) string { return flagsOf(s.world(world)) }}
	if err := s.answer(cmd, answer); err != nil {
		return err
	}
	small, err := s.stories(cmd.Context(), s.noShrink, &counted.Result, s.token)
	if err != nil {
		return err
	}
	if s.hasText() {
		if err := writeSmallest(out, small); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the failure: %w", err)}
		}
	}
	if s.cover && s.hasText() {
		fmt.Fprintln(out)
		if err := report.Cover(out, counted.Cover); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the coverage: %w", err)}
		}
	}
	if _, err := s.page(func() (page.Page, error) { return page.Swarm(answer, s.world, small) }); err != nil {
		return err
	}
	if s.keeper == nil {
		finished(cmd, started, counted.Runs, "worlds", s.workers)
	}
	return ending(answer.Verdict(), strings.Join(answer.Asked.Missed(), ", "))
}

// play plays the swarm. Its errors have their exit codes.
func (s *swarm) play(cmd *cobra.Command, change func(*setup.Options)) (*sim.SwarmResult, error) {
	if s.keeper != nil {
		sums, err := playUnits(s.keeper, cmd, campaign.Swarm(s.seed, s.runs, s.mutant, change))
		if err != nil {
			return nil, err
		}
		if !s.cover { // every unit has the cells
			sums[0].Cover = nil
		}
		return sums[0], nil
	}
	bar, done := progress(cmd, s.runs)
	counted, err := sim.RunSwarm(cmd.Context(), s.seed, s.runs, s.workers, s.cover, change, bar)
	done()
	if err != nil {
		return nil, &exit{exitInternal, err}
	}
	return counted, nil
}

// world is one world of the swarm, as it was played.
func (s *swarm) world(number int) setup.Options {
	o, _ := setup.DrawSwarm(s.seed, number)
	if m, err := mutant.Named(s.mutant); err == nil {
		o.Mutant = m.ID
	}
	return o
}

func (s *swarm) token(number int) *setup.Token { return &setup.Token{Options: s.world(number)} }

func mutantsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "mutants",
		Short: "List the rules that --mutant can disable",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := &output.Lines{To: cmd.OutOrStdout()}
			for _, m := range mutant.All {
				row(out, 26, m.Name, m.Rule)
			}
			return out.Err
		},
	}
}

func mutantNamed(name string) (mutant.Mutant, error) {
	m, err := mutant.Named(name)
	if err == nil {
		return m, nil
	}
	return mutant.Mutant{}, usage("unknown mutant %q%s", name, input.DidYouMean(name, mutant.Names(), "see invsim mutants"))
}
