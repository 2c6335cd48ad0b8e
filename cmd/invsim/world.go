// The world flags: the same on every command that makes a world. A preset comes
// first, then the flags that were given.

package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/sim"
)

// world is the options under construction.
type world struct {
	options sim.Options
	preset  string
	flags   *pflag.FlagSet
}

// addWorld gives a command the world flags.
func addWorld(cmd *cobra.Command) *world {
	w := &world{options: sim.Default()}
	w.flags = w.newFlags()
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(w.flags)
	return w
}

// newFlags binds a flag to every option.
func (w *world) newFlags() *pflag.FlagSet {
	f := pflag.NewFlagSet("world", pflag.ContinueOnError)
	f.SortFlags = false
	f.StringVar(&w.preset, "preset", "", "start from the world of that `NAME`; see invsim presets")
	for _, field := range w.options.Fields() {
		flag := f.VarPF(field.Value, field.Name, "", field.About)
		if field.Value.Type() == "bool" {
			flag.NoOptDefVal = "true"
		}
	}
	return f
}

// build makes the options: the preset's, then those of the flags given.
func (w *world) build() (sim.Options, error) {
	if w.preset != "" {
		preset, err := presetNamed(w.preset)
		if err != nil {
			return sim.Options{}, err
		}
		given := map[*pflag.Flag]string{}
		w.eachGiven(func(f *pflag.Flag) { given[f] = f.Value.String() })
		w.options = preset.Options()
		w.eachGiven(func(f *pflag.Flag) {
			if failed := f.Value.Set(given[f]); failed != nil {
				err = usage("--%s %s: %w", f.Name, given[f], failed)
			}
		})
		if err != nil {
			return sim.Options{}, err
		}
	}
	if err := w.options.Validate(); err != nil {
		return sim.Options{}, usage("%w", err)
	}
	return w.options, nil
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

// again is the command line that makes the same world: every flag given, and the
// seed and the number of calls in any case.
func (w *world) again(command string) string {
	words := []string{"invsim", command}
	w.flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "seed" || f.Name == "calls" {
			words = append(words, "--"+f.Name, quote(f.Value.String()))
		}
	})
	return strings.Join(words, " ")
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

func presetNamed(name string) (sim.Preset, error) {
	preset, ok := sim.PresetNamed(name)
	if !ok {
		var names []string
		for _, p := range sim.Presets {
			names = append(names, p.Name)
		}
		hint := didYouMean(name, names)
		if hint == "" {
			hint = "; there are " + strings.Join(names, ", ")
		}
		return sim.Preset{}, usage("unknown preset %q%s", name, hint)
	}
	return preset, nil
}
