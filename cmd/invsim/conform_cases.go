// invsim conform list, explain and export: the cases of the profile.

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/invd"
	"github.com/invsim/invsim/conformance/kit"
	"github.com/invsim/invsim/internal/input"
)

func conformListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the cases of the profile core-1.0", Args: noArguments,
		Long: "List the cases of the profile core-1.0: id, clause of docs/protocol.md, and what they need.",
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, c := range kit.Cases() {
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-48s %-18s %s\n", c.ID, c.Clause, strings.Join(c.Requires, " ")); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func conformExplainCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "explain ID", Short: "Show a case: its clause, its steps, and what is expected", Args: takes(1, 1, "one ID is required; invsim conform list has them")}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, c := range kit.Cases() {
			if c.ID == args[0] {
				return c.Explain(cmd.OutOrStdout())
			}
			names = append(names, c.ID)
		}
		return usage("conform explain: there is no case %q%s", args[0], input.DidYouMean(args[0], names, "invsim conform list"))
	}
	return cmd
}

func conformExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export DIRECTORY", Short: "Write the cases as files, with their JSON Schema", Args: takes(1, 1, "one DIRECTORY is required"),
		Long: "Write the cases of the profile core-1.0 as files, one a case, with their JSON Schema, that\nof the driver, and that of a report in JSON, for runners of your own.",
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if err := os.MkdirAll(args[0], 0o755); err != nil {
			return usage("conform export: %v", err)
		}
		files := map[string][]byte{"case.schema.json": kit.Schema(), "driver.schema.json": invd.Schema(), "report.schema.json": kit.ReportSchema()}
		for _, c := range kit.Cases() {
			files[c.ID+".json"] = c.Write()
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(args[0], name), text, 0o644); err != nil {
				return &exit{exitInternal, fmt.Errorf("conform export: %w", err)}
			}
		}
		return nil
	}
	return cmd
}
