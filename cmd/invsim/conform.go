// invsim conform: does an endpoint in another language keep to the protocol?

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/reference"
	"github.com/invsim/invsim/sim/mutant"
)

func conformCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "conform",
		Short: "Try endpoints of other implementations, or be one",
	}
	group(cmd)
	cmd.AddCommand(conformSmokeCommand(), conformRunCommand(), conformListCommand(), conformExplainCommand(), conformExportCommand(), conformReplayCommand(), conformMatrixCommand(), driverCommand())
	return cmd
}

// driverCommand is our own engine behind the driver protocol.
func driverCommand() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "driver",
		Short: "Be an endpoint: our own engine behind the driver protocol",
		Long: `Be an endpoint: our own engine behind the driver protocol invd/1, on stdin and stdout.
docs/driver.md specifies it. With --mutant, the engine breaks a rule, so that there is a
bug to find.`,
		Example: `  invsim conform driver < session.jsonl
  invsim conform driver --mutant second-ring < session.jsonl`,
		Args: noArguments,
	}
	textVar(cmd.Flags(), &name, "mutant", "", "none", "disable one rule of the protocol: a `NAME` that invsim mutants lists")
	hideZero(cmd.Flags().Lookup("mutant"))
	under(cmd.Flags(), cmd.Name(), "mutant")
	completes(cmd, "mutant", mutant.Names())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		endpoint := &reference.Endpoint{Version: version}
		if name != "none" {
			found, err := mutantNamed(name)
			if err != nil {
				return err
			}
			endpoint.Name, endpoint.Mutant = "invsim without "+found.Name, found.ID
		}
		if err := invd.Serve(cmd.InOrStdin(), cmd.OutOrStdout(), endpoint); err != nil {
			return &exit{exitInternal, fmt.Errorf("conform driver: %w", err)}
		}
		return nil
	}
	return cmd
}
