// invsim schema: what editors and other programs need to know of scenario files.

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/sim/scenario"
)

func schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files, for editors",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := scenario.WriteSchema(cmd.OutOrStdout()); err != nil {
				return &exit{exitInternal, fmt.Errorf("write the schema: %w", err)}
			}
			return nil
		},
	}
}
