// invsim conform replay and matrix: single cases, and endpoints among themselves.

package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/sim/result"
)

func conformReplayCommand() *cobra.Command {
	var e endpoint
	cmd := &cobra.Command{
		Use:   "replay [flags] FILE -- COMMAND [ARGUMENT…]",
		Short: "Play a case that was recorded or exported to an endpoint",
		Long: `Play a case that was recorded or exported to an endpoint.

Exit codes: 0 it passes or is skipped, 1 it fails, 2 usage error, 3 the endpoint cannot be
started.`,
		Example: "  invsim conform replay cases/seed-7.json -- ./my-endpoint",
		Args:    takes(1, many, "a FILE is required, and behind -- the COMMAND of an endpoint"),
	}
	e.flags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := os.ReadFile(args[0])
		if err != nil {
			return usage("conform replay: %v", err)
		}
		c, err := kit.Read(text)
		if err != nil {
			return usage("conform replay: %s: %v", args[0], err)
		}
		driver, err := e.start(cmd, args[1:])
		if err != nil {
			return e.failed(cmd, err)
		}
		defer driver.Close() // its end is no longer its case
		tried := kit.Replay(driver, c)
		if err := tried.Report(cmd.OutOrStdout(), "text"); err != nil {
			return err
		}
		if _, failed, _ := tried.Count(); failed > 0 {
			return ending(result.Violated, "")
		}
		return nil
	}
	return cmd
}

func conformMatrixCommand() *cobra.Command {
	worlds, seed := 200, uint64(1)
	cmd := &cobra.Command{
		Use:   "matrix [flags] COMMAND COMMAND…",
		Short: "Let endpoints call each other over a bad network",
		Long: `Let endpoints call each other over a bad network, each with each and with itself, and watch
the properties S1 to S16: in worlds with one phone a user; and, if both have devices or
groups, in households with two phones a user, one of which runs our engine, and with groups
of calls. A COMMAND with arguments is one word in quotation marks.

Exit codes: 0 all properties held, 1 one was violated, 2 usage error, 3 an endpoint cannot
be started, 130 interrupted.`,
		Example: "  invsim conform matrix 'invsim conform driver' 'node js/testee.mjs' ./my-endpoint",
		Args:    takes(1, many, "the COMMANDs of endpoints are required"),
	}
	wholeVar(cmd.Flags(), &worlds, "worlds", 1, 1_000_000, "worlds of each kind and pair")
	cmd.Flags().Var(&seedFlag{&seed}, "seed", "of the worlds")
	under(cmd.Flags(), cmd.Name(), "worlds", "seed")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, verdict := cmd.Context(), result.Held
		stop := func() bool { return ctx.Err() != nil }
		for i, a := range args {
			for _, b := range args[i:] {
				if stop() {
					return ending(result.Interrupted, "")
				}
				line, broken, err := meet(ctx, a, b, worlds, seed)
				if err != nil {
					return &exit{exitInternal, fmt.Errorf("conform matrix: %w", err)}
				}
				if broken {
					verdict = result.Violated
				}
				if _, err := fmt.Fprint(cmd.OutOrStdout(), line); err != nil {
					return err
				}
			}
		}
		return ending(verdict, "")
	}
	return cmd
}

// meet starts two endpoints and tells how they got along.
func meet(ctx context.Context, a, b string, worlds int, seed uint64) (line string, broken bool, err error) {
	var drivers [2]invd.Driver
	for i, command := range []string{a, b} {
		if drivers[i], err = invd.Start(invd.Command{Args: strings.Fields(command), Stop: ctx.Done()}); err != nil {
			return "", false, err
		}
		defer drivers[i].Close() // its end is no longer its case
	}
	all, lacks := kit.Meet(drivers[0], drivers[1], worlds, seed, func() bool { return ctx.Err() != nil })
	pair := drivers[0].Hello().Name + " with " + drivers[1].Hello().Name + ": "
	for i := range all {
		line += pair + all[i].String() + "\n"
		broken = broken || all[i].Broken > 0
	}
	if len(lacks) > 0 {
		line += pair + "not tried for what one lacks: " + strings.Join(lacks, ", ") + "\n"
	}
	return line, broken, nil
}
