// invsim compare: two worlds under the same random draws, told apart.

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/internal/shell"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/scenario"
	"github.com/invsim/invsim/sim/study"
)

// compare is the command under construction.
type compare struct {
	world   *world
	only    [2]string // flags of A and of B
	names   []string
	workers int

	forms[*study.Comparison]
}

func compareCommand() *cobra.Command {
	c := &compare{}
	c.formats = map[string]func(io.Writer, *study.Comparison) error{
		"text": func(w io.Writer, s *study.Comparison) error { return s.Text(w) },
		"md":   func(w io.Writer, s *study.Comparison) error { return s.Markdown(w) },
		"csv":  func(w io.Writer, s *study.Comparison) error { return s.CSV(w) },
		"json": func(w io.Writer, s *study.Comparison) error { return s.JSON(w) },
	}
	cmd := &cobra.Command{
		Use:   "compare [A [B]]",
		Short: "Compare two worlds with the same random draws",
		Long: `Compare two worlds with the same random draws: what differs by more than chance?

A and B are presets or scenario files, or - for a scenario on stdin; one name stands for
both. World flags apply to both sides, and those in --a and --b to one; a value with
spaces in it goes in quotes of the other kind. Both sides have the same seed, so their
worlds are compared in pairs.`,
		Example: `  invsim compare wifi lossy-wifi
  invsim compare --loss 20% --a "--accept-time 5s" --b "--accept-time 32s"
  invsim compare subway --b "--offline-for 10s"`,
		Args: takes(0, 2, "two names at most"),
	}
	c.world = addWorld(cmd)
	f := cmd.Flags()
	textVar(f, &c.only[0], "a", "", "", "world `FLAGS` for A alone, in one pair of quotes")
	textVar(f, &c.only[1], "b", "", "", "world `FLAGS` for B alone, in one pair of quotes")
	under(f, cmd.Name(), "a", "b")
	c.flags(cmd, "text, csv, json or md")
	c.limits(cmd, "each side")
	workersVar(f, &c.workers)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if c.names = args; slices.Contains(args, stdin) {
			if c.world.piped, err = readInput(cmd); err != nil {
				return err
			}
		}
		return c.run(cmd)
	}
	return cmd
}

func (c *compare) run(cmd *cobra.Command) error {
	err := c.open(cmd)
	if err != nil {
		return err
	}
	if len(c.names) == 0 && c.only[0] == "" && c.only[1] == "" {
		return usage("compare: name two worlds (presets or scenario files), or one and --a FLAGS or --b FLAGS")
	}
	var worlds [2]*world
	var sides [2]study.Side
	var asked []string
	for i := range sides {
		var names []string
		if worlds[i], sides[i], names, err = c.side(i); err != nil {
			return err
		}
		asked = append(asked, names...)
	}
	if err := study.Comparable(sides[0].Options, sides[1].Options); err != nil {
		return usage("%w", err)
	}
	for i, w := range worlds {
		w.tellRaised(cmd, sides[i].Name+": ")
	}
	started := time.Now()
	bar, done := progress(cmd, 2*sides[0].Options.Calls)
	compared, err := study.Compare(cmd.Context(), sides[0], sides[1], c.workers, bar)
	done()
	if err != nil {
		return &exit{exitInternal, err}
	}
	compared.Source = event.Source{Again: again(cmd, c.names, c.always(worlds)...), Version: version}
	if err := c.answer(cmd, compared); err != nil {
		return err
	}
	side, total := compared.Worst()
	look, of := "", 0
	if side == &compared.B {
		of = 1
	}
	if !total.Held() {
		look = worlds[of].look(total.Violations[0].Call)
	}
	if _, err := c.page(func() (page.Page, error) {
		return page.Compare(compared, page.About{Version: version, Look: look, Asked: asked}), nil
	}); err != nil {
		return err
	}
	finished(cmd, started, compared.Totals[0].Calls+compared.Totals[1].Calls, "calls", c.workers)
	return ending(compared.Verdict(), lookOr(look, side.Missed))
}

// lookOr says how to look at a violation, or what was missed.
func lookOr(look string, missed []string) string {
	if look != "" {
		return "look: " + look
	}
	return strings.Join(missed, ", ")
}

// side makes A or B: what its name stands for, the flags of both, its own flags.
func (c *compare) side(i int) (_ *world, _ study.Side, asked []string, err error) {
	w := c.world.copy()
	name := ""
	if len(c.names) > 0 {
		name = c.names[min(i, len(c.names)-1)]
		if w.preset != "" {
			return nil, study.Side{}, nil, usage("compare %s: --preset is given, too", name)
		}
		if err = w.startFrom(name); err != nil {
			return nil, study.Side{}, nil, err
		}
	}
	if err := w.parse(c.only[i]); err != nil {
		return nil, study.Side{}, nil, usage("--%c %q: %w", 'a'+rune(i), c.only[i], err)
	}
	options, err := w.build()
	if err != nil {
		return nil, study.Side{}, nil, err
	}
	if name == stdin {
		name = "stdin"
	}
	ask, asked, err := w.asker(c.thresholds)
	return w, study.Side{Name: describe(name, c.only[i]), Options: options, Ask: ask}, asked, err
}

// parse gives a world the flags that are in one word.
func (w *world) parse(flags string) error {
	words, err := shell.Words(flags)
	if err != nil {
		return err
	}
	w.flags.Usage = func() {}
	err = w.flags.Parse(words)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return errors.New("unknown flag --help")
	case err != nil:
		return flagProblem(err, w.flags)
	case len(w.flags.Args()) > 0:
		return fmt.Errorf("unexpected argument %q", w.flags.Arg(0))
	}
	return nil
}

// startFrom lets a world start from the preset or scenario file of a name, or from stdin:
// the one place that knows what can be compared by name.
func (w *world) startFrom(name string) error {
	if strings.TrimSpace(name) == "" {
		return usage("compare: the name of a world is empty")
	}
	if _, isPreset := scenario.PresetNamed(name); isPreset {
		return w.flags.Set("preset", name)
	}
	if name != stdin && !strings.ContainsAny(name, "./") { // it looks like a preset's name, so say which there are
		_, err := presetNamed(name)
		return err
	}
	w.path = name
	return nil
}

// describe names the differences of a side.
func describe(name, flags string) string {
	words := strings.Fields(name + " " + flags)
	if len(words) == 0 {
		return "(nothing of its own)"
	}
	return strings.Join(words, " ")
}

// always are the flags that the line of a comparison has in any case: a side that is a
// file has those of both sides.
func (c *compare) always(sides [2]*world) []string {
	for _, w := range sides {
		if w.path != "" {
			return nil
		}
	}
	return sides[0].always()
}
