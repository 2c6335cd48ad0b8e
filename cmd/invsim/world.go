// The world of a command: the same flags, and the same FILE, on every command that
// makes one. A preset comes first, then the scenario file, then the flags given.

package main

import (
	"errors"
	"os"
	"strings"

	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// world is the options under construction.
type world struct {
	options  setup.Options
	preset   string
	path     string             // of the scenario that it starts from; empty for none
	piped    []byte             // its text, if that was read before, from stdin or elsewhere
	file     *scenario.Scenario // as read from there
	flags    *pflag.FlagSet     // the world flags
	adjusted []string           // the times that had to be longer or shorter than they were
}

// addWorld gives a command the world flags.
func addWorld(cmd *cobra.Command) *world {
	w := &world{options: setup.Default()}
	w.flags = w.newFlags()
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(w.flags)
	completes(cmd, "preset", scenario.PresetNames())
	for _, field := range w.options.Fields() {
		if words := strings.Split(field.Value.Type(), "|"); len(words) > 1 {
			completes(cmd, field.Name, words)
		}
	}
	return w
}

// completion is the annotation of a flag with the values that a shell can complete.
const completion = "invsim_completion"

// completes lets a shell complete the values of a flag.
func completes(cmd *cobra.Command, flag string, values []string) {
	// It fails only for a flag that is not there.
	_ = cmd.Flags().SetAnnotation(flag, completion, values)
}

// registerCompletions hands the values to the library, which keeps the commands for ever:
// so it is done only when a shell asks.
func registerCompletions(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if values := f.Annotations[completion]; values != nil {
				// It fails only for a flag that is not there, or is there twice.
				_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
			}
		})
	}
}

// newFlags binds a flag to every option.
func (w *world) newFlags() *pflag.FlagSet {
	f := pflag.NewFlagSet("world", pflag.ContinueOnError)
	f.SortFlags = false
	textVar(f, &w.preset, "preset", "", "", "start from the preset of this `NAME`; invsim presets lists all")
	under(f, string(setup.OfWorld), "preset")
	for _, field := range w.options.Fields() {
		about := field.About
		switch words := strings.Split(field.Value.Type(), "|"); {
		case field.Name == "mutant":
			about += "; `NAME` is one that invsim mutants lists"
		case len(words) > 4: // too many for the name of a value
			about += "; `NAME` is one of " + strings.Join(words, ", ")
		}
		flag := f.VarPF(&optionFlag{Value: field.Value}, field.Name, "", about)
		hideZero(flag)
		under(f, field.Heading(), field.Name)
		if field.Value.Type() == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
	return f
}

// build makes the options.
func (w *world) build() (setup.Options, error) {
	given := map[*pflag.Flag]string{}
	w.eachGiven(func(f *pflag.Flag) { given[f] = f.Value.String() })
	if err := w.base(); err != nil {
		return setup.Options{}, err
	}
	var failed error
	w.eachGiven(func(f *pflag.Flag) {
		if err := f.Value.Set(given[f]); err != nil {
			failed = errors.Join(failed, usage("--%s %s: %w", f.Name, given[f], err))
		}
	})
	if failed != nil {
		return setup.Options{}, failed
	}
	w.options.Divide(w.sets)
	w.adjusted = w.options.Fit(w.sets)
	if err := w.options.Validate(); err != nil {
		return setup.Options{}, usage("%w", err)
	}
	return w.options, nil
}

// sets reports whether the command line or the file sets an option.
func (w *world) sets(option string) bool {
	return w.flags.Changed(option) || w.file != nil && w.file.Sets(option)
}

// base makes the world that the flags are to change.
func (w *world) base() error {
	base := setup.Default()
	if w.preset != "" {
		preset, err := presetNamed(w.preset)
		if err != nil {
			return err
		}
		base = preset.Options
	}
	if w.path != "" {
		var err error
		switch {
		case w.path == stdin:
			w.file, err = scenario.Parse("stdin", w.piped)
		case w.piped != nil:
			w.file, err = scenario.Parse(w.path, w.piped)
		default:
			w.file, err = scenario.Load(w.path)
		}
		if err != nil {
			return unreadable(w.path, err)
		}
		if w.preset != "" && w.file.Preset != "" {
			return usage("--preset %s: %s starts from the preset %s already", w.preset, w.path, w.file.Preset)
		}
		if w.preset == "" {
			base = w.file.Options
		} else if err := w.file.Apply(&base); err != nil {
			return usage("%w", err)
		}
	}
	w.options = base
	return nil
}

// unreadable tells the problems of a file: each on lines of its own, or
// that the name is a preset's.
func unreadable(path string, err error) error {
	var problems scenario.Problems
	if errors.As(err, &problems) {
		return usage("%s is not a scenario\n%w", path, err)
	}
	if _, isPreset := scenario.PresetNamed(path); isPreset && errors.Is(err, os.ErrNotExist) {
		return usage("%w; did you mean --preset %s?", err, path)
	}
	return usage("%w", err)
}

// takesFile lets a command take at most one argument, which is a scenario.
func (w *world) takesFile(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) (err error) {
		switch {
		case len(args) > 1:
			return usage("%s: one scenario FILE at most, got %s", cmd.CommandPath(), strings.Join(args, " "))
		case len(args) == 1 && args[0] == "":
			return usage("%s: the name of the scenario FILE is empty", cmd.CommandPath())
		case len(args) == 1:
			w.path = args[0]
		}
		if w.path == stdin {
			w.piped, err = readInput(cmd)
		}
		return err
	}
}

// name is what people call the world.
func (w *world) name() string {
	switch {
	case w.file != nil && w.file.Name != "":
		return "scenario " + w.file.Name
	case w.preset != "":
		return "preset " + w.preset
	}
	return "default world"
}

// eachGiven visits the flags that were on the command line. The command's own
// flag set has parsed them, so only the flags themselves know.
func (w *world) eachGiven(visit func(*pflag.Flag)) {
	w.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			visit(f)
		}
	})
}

// args are the arguments of a command on this world.
func (w *world) args() []string {
	if w.path == "" {
		return nil
	}
	return []string{w.path}
}

// always are the flags that a line has in any case: those that a file, if there is
// one, decides.
func (w *world) always() []string {
	if w.path == "" {
		return []string{"seed", "calls"}
	}
	return nil
}

// again is the command line that repeats a command on this world.
func (w *world) again(cmd *cobra.Command) string { return again(cmd, w.args(), w.always()...) }

// look is the command line that tells a call of this world.
func (w *world) look(call int) string {
	return newLine("trace", w.args()...).flags(w.flags, w.always()...).call(call).String()
}
