// invsim merge: the answer of a campaign, from the files that its parts are in.

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/sim/campaign"
)

// mergeCommand answers from files of a campaign.
func mergeCommand(kinds map[string]kind) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "merge FILE|DIRECTORY...",
		Short: "Add up the parts of a campaign, and answer",
		Long: `Add up the parts of a campaign, and answer as the plain command does, byte for byte.

Each unit counts once, in however many files it is. If units are missing, the exit code is
4, and the command names them. Files of another campaign and damaged ones are refused,
and no file is changed.`,
		Example: `  invsim merge results
  invsim merge machine-1 machine-2 -o json
  invsim merge results/*.units --html report.html --threshold 'residue < 0.1%'`,
		Args: takes(1, many, "name the files or directories of a campaign"),
	}
	f := cmd.Flags()
	f.SortFlags = false
	outputVar(f, new(string), "as of the command that was played")
	for _, text := range []struct{ name, about string }{
		{"html", "write the answer as an HTML page to `FILE`, too"},
		{"svg", "of a sweep: write a heat map as an SVG picture to `FILE`, too"},
		{"measure", "of a sweep: `NAMES` of the measures to show"},
	} {
		textVar(f, new(string), text.name, "", "", text.about)
	}
	f.Var(&textsFlag{new([]string)}, "threshold", "`LIMIT` that the sum, or each cell of a sweep, must keep; may be repeated")
	f.Bool("cover", false, "print how often each cell of the state tables was used")
	f.Bool("no-shrink", false, "do not look for the smallest world that breaks the same property")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return merge(cmd, args, kinds) }
	return cmd
}

// merge runs the command of a campaign on files.
func merge(cmd *cobra.Command, paths []string, kinds map[string]kind) error {
	files := []string{}
	for _, path := range paths {
		some, err := campaign.Files(path)
		if err != nil {
			return usage("merge: %w", err)
		}
		files = append(files, some...)
	}
	about, from, err := campaign.ReadAbout(files)
	if err != nil {
		return usage("merge: %w", err)
	}
	if from == "" {
		return usage("merge: there are no files of a campaign in %s", strings.Join(paths, ", "))
	}
	if name, err := program(); err != nil || about.Program != name {
		return usage("merge: %s was made by the program %q, and this is %q, which may play otherwise", from, about.Program, name)
	}
	k, ok := kinds[about.Kind]
	if !ok {
		return usage("merge: read %s: a campaign of the unknown kind %q", from, about.Kind)
	}
	if err := k.retell(about); err != nil {
		return usage("merge: read %s: %w", from, err)
	}
	if err := k.cmd.ParseFlags(nil); err != nil { // takes over --quiet
		return usage("merge: %w", err)
	}
	var failed error
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Changed || f.Name == "help" || failed != nil {
			return
		}
		if k.cmd.Flags().Lookup(f.Name) == nil {
			failed = usage("merge: a campaign %s has no --%s", about.Kind, f.Name)
			return
		}
		values := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			if err := k.cmd.Flags().Set(f.Name, value); err != nil {
				failed = flagError(cmd, err)
			}
		}
	})
	if failed != nil {
		return failed
	}
	k.files = files
	k.cmd.SetContext(cmd.Context())
	return k.cmd.RunE(k.cmd, nil)
}

// retell gives a command what a campaign was given. The campaign is not trusted: it sets
// nothing but what decides what is played.
func (k kind) retell(about campaign.About) error {
	for _, f := range about.Flags {
		if !slices.Contains(k.decide, f[0]) {
			return fmt.Errorf("a campaign %s cannot have --%s", about.Kind, f[0])
		}
		if err := k.cmd.Flags().Set(f[0], f[1]); err != nil {
			return fmt.Errorf("--%s: %w", f[0], err)
		}
	}
	if (about.Endpoint == nil) != (k.endpoint == nil) {
		return fmt.Errorf("a campaign %s %s an endpoint", about.Kind, map[bool]string{true: "without", false: "with"}[about.Endpoint == nil])
	}
	k.endpoint = about.Endpoint
	if about.Scenario == nil {
		return nil
	}
	if k.world == nil {
		return fmt.Errorf("a campaign %s cannot have a scenario", about.Kind)
	}
	k.world.path, k.world.piped = about.Scenario.Name, []byte(about.Scenario.Text)
	return nil
}
