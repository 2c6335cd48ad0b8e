// invsim trace: one call's story.

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/result"
)

func traceCommand() *cobra.Command {
	var call int
	var output string
	cmd := &cobra.Command{
		Use:   "trace [FILE] --call K",
		Short: "Print one call of a run step by step: both sides and all faults",
		Example: `  invsim trace --seed 1 --loss 10% --call 42
  invsim trace my-world.yaml --call 42`,
	}
	w := addWorld(cmd)
	w.takesFile(cmd)
	callVar(cmd.Flags(), &call, "number of the call to tell, from 0")
	under(cmd.Flags(), cmd.Name(), "call")
	outputVar(cmd.Flags(), &output, "text, json or mermaid")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		write, err := choose(output, timelines)
		if err != nil {
			return err
		}
		if !cmd.Flags().Changed("call") {
			return usage("trace: --call is required: the number of a call, from 0")
		}
		options, err := w.build()
		if err != nil {
			return err
		}
		if call < 0 || call >= options.Calls {
			return usage("--call %d: the run has calls 0 to %d", call, options.Calls-1)
		}
		timeline, err := sim.Trace(cmd.Context(), options, call)
		if err != nil {
			return &exit{exitInternal, err}
		}
		if err := write(cmd.OutOrStdout(), timeline, w.again(cmd)); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the timeline: %w", err)}
		}
		verdict := result.Held
		for _, v := range timeline.Violations {
			verdict = min(verdict, result.VerdictOn(v.Property))
		}
		return ending(verdict, "")
	}
	return cmd
}
