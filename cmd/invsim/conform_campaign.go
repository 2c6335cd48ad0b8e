// invsim campaign conform: schedules side by side with an endpoint, as a campaign.

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/sim/campaign"
)

// conformCampaign is the command under construction.
type conformCampaign struct {
	endpoint
	options kit.Options
	workers int
	keeper  *keeper

	forms[*kit.Result]
}

func newConformCampaign() (*conformCampaign, *cobra.Command) {
	c := &conformCampaign{endpoint: endpoint{command: "campaign conform"}, options: kit.Options{Runs: 10_000, Seed: 1}}
	c.formats = map[string]func(io.Writer, *kit.Result) error{}
	for _, format := range kit.Formats {
		c.formats[format] = func(w io.Writer, r *kit.Result) error { return r.Report(w, format) }
	}
	cmd := &cobra.Command{
		Use:   "conform [flags] -- COMMAND [ARGUMENT…]",
		Short: "Play random schedules to an endpoint, side by side with our engine",
		Args:  cobra.ArbitraryArgs,
	}
	f := cmd.Flags()
	f.SortFlags = false
	levelVar(cmd, &c.options.Level)
	wholeVar(f, &c.options.Runs, "runs", 1, mostCalls, "random schedules side by side")
	f.Var(&seedFlag{&c.options.Seed}, "seed", "of schedules")
	under(f, cmd.Name(), "runs", "seed")
	c.timeoutVar(cmd)
	outputVar(f, &c.output, strings.Join(kit.Formats, ", "))
	completes(cmd, "output", kit.Formats)
	workersVar(f, &c.workers)
	cmd.RunE = c.run
	return c, cmd
}

func (c *conformCampaign) run(cmd *cobra.Command, args []string) error {
	if err := checkLevel(c.command, c.options.Level); err != nil {
		return err
	}
	if err := c.open(cmd); err != nil {
		return err
	}
	start := func() (invd.Driver, error) { return c.start(cmd, args) }
	if c.keeper.files == nil {
		d, err := start()
		if err != nil {
			return c.failed(cmd, err)
		}
		who := d.Hello()
		d.Close() // its end is nothing that is tried
		c.keeper.endpoint = &who
	}
	who := *c.keeper.endpoint
	sums, err := playUnits(c.keeper, cmd, campaign.Schedules(c.options, who, start))
	if err != nil {
		return err
	}
	tried := sums[0].Answer(who, c.options)
	if err := c.answer(cmd, tried); err != nil {
		return err
	}
	if len(sums[0].Causes) > 0 && c.hasText() {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), "see it made small: "+c.small(cmd, sums[0].Causes[0].First[0])); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the answer: %w", err)}
		}
	}
	return conformed(cmd, tried)
}

// small is the command line that plays one schedule, and makes its difference small.
func (c *conformCampaign) small(cmd *cobra.Command, number int) string {
	l := newLine("conform", "run")
	for _, name := range []string{"level", "timeout"} {
		if f := cmd.Flags().Lookup(name); f.Changed {
			l.flag(f, f.Value.String())
		}
	}
	seed := strconv.FormatUint(c.options.Seed+uint64(number), 10)
	l.words = append(l.words, "--skip", "*", "--worlds", "0", "--runs", "1", "--seed", seed, "--", "COMMAND")
	return l.String()
}
