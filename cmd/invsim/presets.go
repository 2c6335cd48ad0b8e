// invsim presets: list the named worlds, or print one.

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/sim"
)

func presetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "presets [NAME]",
		Short: "List the named worlds, or print the flags that one stands for",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("%s: one name at most, got %s", cmd.CommandPath(), strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			out := cmd.OutOrStdout()
			if len(args) == 0 {
				for _, p := range sim.Presets {
					fmt.Fprintf(out, "%-12s %s\n", p.Name, p.About)
				}
				return nil
			}
			preset, err := presetNamed(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintln(out, presetFlags(preset))
			return nil
		},
	}
}

// presetFlags is the command line that a preset stands for: what differs from the
// default world.
func presetFlags(preset sim.Preset) string {
	plain := (&world{options: sim.Default()}).newFlags()
	words := []string{"invsim", "run"}
	(&world{options: preset.Options()}).newFlags().VisitAll(func(f *pflag.Flag) {
		if value := f.Value.String(); value != plain.Lookup(f.Name).Value.String() {
			words = append(words, "--"+f.Name, quote(value))
		}
	})
	return strings.Join(words, " ")
}
