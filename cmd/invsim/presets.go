// invsim presets: list the named worlds, or print one.

package main

import (
	"fmt"
	"strings"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func presetsCommand() *cobra.Command {
	var flags bool
	cmd := &cobra.Command{
		Use:   "presets [NAME]",
		Short: "List the named worlds, or print one as a scenario file",
		Example: `  invsim presets
  invsim presets subway > my-world.yaml
  invsim presets subway --flags`,
		Args: takes(0, 1, "one name at most"),
	}
	cmd.Flags().BoolVar(&flags, "flags", false, "print the command line that makes the same world")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		out := cmd.OutOrStdout()
		if len(args) == 0 {
			if flags {
				return usage("presets --flags: the name of a preset is required")
			}
			lines := &output.Lines{To: out}
			for _, p := range scenario.Presets() {
				row(lines, 15, p.Name, p.About)
			}
			return lines.Err
		}
		preset, err := presetNamed(args[0])
		if err != nil {
			return err
		}
		if flags {
			fmt.Fprintln(out, presetFlags(preset))
			return nil
		}
		if err := scenario.Print(out, preset); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the preset: %w", err)}
		}
		return nil
	}
	return cmd
}

// presetFlags is the command line that a preset stands for.
func presetFlags(preset *scenario.Scenario) string { return flagsOf(preset.Options) }

// flagsOf is the command line that makes a world: what differs from the default.
func flagsOf(options setup.Options) string {
	plain := (&world{options: setup.Default()}).newFlags()
	l := newLine("run")
	(&world{options: options}).newFlags().VisitAll(func(f *pflag.Flag) {
		if value := f.Value.String(); value != plain.Lookup(f.Name).Value.String() {
			l.flag(f, value)
		}
	})
	return l.String()
}

func presetNamed(name string) (*scenario.Scenario, error) {
	if strings.TrimSpace(name) == "" {
		return nil, usage("the name of the preset is empty")
	}
	preset, ok := scenario.PresetNamed(name)
	if !ok {
		return nil, usage("unknown preset %q%s", name, input.DidYouMean(name, scenario.PresetNames(), ""))
	}
	return preset, nil
}
