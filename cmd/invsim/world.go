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
	options setup.Options
	preset  string
	file    *scenario.Scenario // nil for none
	flags   *pflag.FlagSet
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

// completes lets a shell complete the values of a flag.
func completes(cmd *cobra.Command, flag string, values []string) {
	// It fails only for a flag that is not there.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// newFlags binds a flag to every option.
func (w *world) newFlags() *pflag.FlagSet {
	f := pflag.NewFlagSet("world", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&w.preset, "preset", "", "start from the world of that `NAME`; see invsim presets")
	for _, field := range w.options.Fields() {
		about := field.About
		if strings.Count(field.Value.Type(), "|") > 3 { // too many words to list
			about += "; one `NAME` of them"
		}
		flag := f.VarPF(field.Value, field.Name, "", about)
		if field.Value.Type() == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
	return f
}

// build makes the options of a command with these arguments.
func (w *world) build(args []string) (setup.Options, error) {
	given := map[*pflag.Flag]string{}
	w.eachGiven(func(f *pflag.Flag) { given[f] = f.Value.String() })
	if err := w.base(args); err != nil {
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
	if err := w.options.Validate(); err != nil {
		return setup.Options{}, usage("%w", err)
	}
	return w.options, nil
}

// base makes the world that the flags are to change.
func (w *world) base(args []string) error {
	base := setup.Default()
	if w.preset != "" {
		preset, err := presetNamed(w.preset)
		if err != nil {
			return err
		}
		base = preset.Options
	}
	if len(args) > 0 {
		var err error
		if w.file, err = scenario.Load(args[0]); err != nil {
			return unreadable(args[0], err)
		}
		if w.preset != "" && w.file.Preset != "" {
			return usage("--preset %s: %s starts from the preset %s already", w.preset, args[0], w.file.Preset)
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

// unreadable says what is wrong with a file: each problem on lines of its own, or
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

// oneFile accepts at most one argument, which is a scenario.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage("%s: one scenario FILE at most, got %s", cmd.CommandPath(), strings.Join(args, " "))
	}
	return nil
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

// again is the command line that makes the same world: the file and every flag
// given. Without a file it has the seed and the number of calls in any case.
func (w *world) again(command string) string {
	words := []string{"invsim", command}
	if w.file != nil {
		words = append(words, quote(w.file.Path))
	}
	w.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || w.file == nil && (f.Name == "seed" || f.Name == "calls") {
			words = append(words, "--"+f.Name, quote(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
}

// quoted is words in a row, each safe to paste.
func quoted(words []string) string {
	var safe []string
	for _, word := range words {
		safe = append(safe, quote(word))
	}
	return strings.Join(safe, " ")
}

// quote makes a word safe to paste into a shell.
func quote(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/%:=,+@", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !safe(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
