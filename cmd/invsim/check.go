// invsim check: search small worlds exhaustively.

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/explore"
	"github.com/invsim/invsim/sim/mutant"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// check is the command under way.
type check struct {
	world     explore.World
	snapshots string
	mutant    string
	with      string
	matrix    bool
	workers   int
	output    string
}

// kinds are what --with adds to a world, and kindNames their names in the order in which
// people are told.
var (
	kinds = map[string]func(*explore.World){
		"reports":     func(w *explore.World) { w.Reports = true },
		"log-outs":    func(w *explore.World) { w.Logouts = true },
		"third-party": func(w *explore.World) { w.Strangers = 1 },
		"time":        func(w *explore.World) { w.Timed = true },
		"devices":     func(w *explore.World) { w.Devices = 2 },
		"group":       func(w *explore.World) { w.Group = true },
	}
	kindNames = []string{"reports", "log-outs", "third-party", "time", "devices", "group"}
)

func checkCommand() *cobra.Command {
	c := &check{}
	c.world.Calls, c.world.MaxStates = 1, explore.DefaultMaxStates
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Search small worlds exhaustively, and check every property in every state",
		Long: `Search small worlds exhaustively, and check every property in every state.

Two or three phones run the engine itself. The search tries every order in which messages arrive,
are lost or arrive twice, every call of the apps, and every timer, and it ends when there
is no new state. Without options of the world it makes the searches that
docs/guarantees.md lists. With any of them it makes one search, of that world.

Without --max-loss and --max-dup the network may lose, repeat and delay any message. With
one of them it loses and repeats so many copies in all.

Exit codes: 0 every search is complete and all properties held, 1 a property was violated,
2 usage error, 3 internal error, 4 a search was not complete, or a pair of ends or a goal
was never reached, 130 interrupted.`,
		Example: `  invsim check
  invsim check --mutant second-ring
  invsim check --calls 2 --both-ways --max-loss 1 --max-dup 0`,
		Args: noArguments,
	}
	f := cmd.Flags()
	f.SortFlags = false
	wholeVar(f, &c.world.Calls, "calls", 1, 3, "calls between the two phones")
	f.BoolVar(&c.world.BothWays, "both-ways", false, "the second phone places every second call")
	wholeVar(f, &c.world.MaxLoss, "max-loss", 0, 9, "copies that the network loses")
	wholeVar(f, &c.world.MaxDup, "max-dup", 0, 9, "copies that the network delivers twice")
	wholeVar(f, &c.world.MaxCrash, "max-crash", 0, 9, "crashes of the two phones together")
	textVar(f, &c.snapshots, "snapshots", "", "fresh", "`SNAPSHOT` that a crashed phone restarts from: fresh, stale or none")
	textVar(f, &c.with, "with", "", "none", "further things that can happen, as a `LIST`: "+strings.Join(kindNames, ", "))
	textVar(f, &c.mutant, "mutant", "", "none", "disable one rule of the protocol: a `NAME` that invsim mutants lists")
	f.BoolVar(&c.matrix, "matrix", false, "search one call with each class of faults, instead")
	wholeVar(f, &c.world.MaxStates, "max-states", 1, 1_000_000_000, "states of a search at most, each of about 80 bytes")
	for _, name := range []string{"max-loss", "max-dup", "max-crash", "with", "mutant"} {
		hideZero(f.Lookup(name))
	}
	under(f, cmd.Name(), "calls", "both-ways", "max-loss", "max-dup", "max-crash", "snapshots", "with", "mutant", "matrix", "max-states")
	outputVar(f, &c.output, "text, json or md")
	workersVar(f, &c.workers)
	completes(cmd, "mutant", mutant.Names())
	completes(cmd, "output", []string{"text", "json", "md"})
	completes(cmd, "snapshots", snapshotNames)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return c.run(cmd) }
	return cmd
}

var snapshotNames = []string{setup.Fresh.String(), setup.Stale.String(), setup.Nothing.String()}

// worlds are those to be searched, and whether they are the default ones.
func (c *check) worlds(cmd *cobra.Command) (worlds []explore.World, whole bool, err error) {
	id := mutant.None
	if c.mutant != "none" {
		m, err := mutantNamed(c.mutant)
		if err != nil {
			return nil, false, err
		}
		id = m.ID
	}
	own := false
	for _, name := range []string{"calls", "both-ways", "max-loss", "max-dup", "max-crash", "snapshots", "with"} {
		own = own || cmd.Flags().Changed(name)
	}
	if own && c.matrix {
		return nil, false, usage("check: --matrix: it has worlds of its own, and an option of the world is given")
	}
	if !own {
		worlds = explore.SuiteFor(id)
		if c.matrix {
			worlds = explore.Classes()
		}
		for i := range worlds {
			worlds[i].MaxStates, worlds[i].Mutant = c.world.MaxStates, id
		}
		return worlds, true, nil
	}
	w := c.world
	w.Mutant, w.Counted = id, cmd.Flags().Changed("max-loss") || cmd.Flags().Changed("max-dup")
	at := slices.Index(snapshotNames, c.snapshots)
	if at < 0 {
		return nil, false, usage("check: --snapshots %q: there are %s%s", c.snapshots, strings.Join(snapshotNames, ", "), meant(c.snapshots, snapshotNames))
	}
	w.Snapshots = setup.Snapshots(at)
	if c.with != "none" {
		for _, name := range strings.Split(c.with, ",") {
			add, ok := kinds[strings.TrimSpace(name)]
			if !ok {
				return nil, false, usage("check: --with %q: there are %s%s", name, strings.Join(kindNames, ", "), meant(name, kindNames))
			}
			add(&w)
		}
	}
	switch {
	case w.BothWays && w.Calls < 2:
		return nil, false, usage("check: --both-ways: at least 2 --calls are needed, there is %d", w.Calls)
	case w.Timed && w.Counted:
		return nil, false, usage("check: --with time: the network loses and repeats any copy, so that --max-loss and --max-dup have no meaning")
	case w.Devices > 1 && (w.Calls > 1 || w.Counted || w.Group || w.MaxCrash > 0 && w.Snapshots == setup.Stale):
		return nil, false, usage("check: --with devices: there is one call to two devices, without counted copies, a group and stale snapshots")
	case w.Group && (w.Calls != 2 || w.BothWays || w.Counted || w.MaxCrash > 0):
		return nil, false, usage("check: --with group: 2 --calls are needed, one way, without counted copies and crashes")
	}
	return []explore.World{w}, false, nil
}

func (c *check) run(cmd *cobra.Command) error {
	write, err := choose(c.output, checkFormats)
	if err != nil {
		return err
	}
	worlds, whole, err := c.worlds(cmd)
	if err != nil {
		return err
	}
	started, states := time.Now(), 0
	all := &checkedWorlds{whole: whole, matrix: c.matrix, again: again(cmd, nil)}
	all.verdict.Complete = true
	for _, w := range worlds {
		r, err := explore.Run(cmd.Context(), w, c.workers, c.progress(cmd, w))
		if err != nil {
			if cmd.Context().Err() != nil {
				all.interrupted = true
				break
			}
			return &exit{exitInternal, fmt.Errorf("check %v: %w", w, err)}
		}
		states += r.States
		if err := all.take(cmd, r); err != nil {
			return err
		}
		if all.verdict.Violated {
			break
		}
	}
	if !whole || all.verdict.Violated || all.interrupted {
		all.verdict.Missing = nil
	}
	if err := write(cmd.OutOrStdout(), all); err != nil {
		return &exit{exitInternal, fmt.Errorf("write the result: %w", err)}
	}
	finished(cmd, started, states, "states", c.workers)
	return ending(all.word(), "")
}

// progress shows how far a search is, on a terminal.
func (c *check) progress(cmd *cobra.Command, w explore.World) func(explore.Progress) {
	file, ok := cmd.ErrOrStderr().(*os.File)
	if !ok || isQuiet(cmd) || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	started, last := time.Now(), time.Time{}
	return func(p explore.Progress) {
		if p.Done {
			fmt.Fprint(file, "\r\x1b[K")
			return
		}
		if time.Since(last) < 200*time.Millisecond {
			return
		}
		last = time.Now()
		rate := float64(p.States) / time.Since(started).Seconds()
		fmt.Fprintf(file, "\r\x1b[K%s: step %d, %s states, %s of this step to go, %s states/s, at most %s",
			output.Shorten(w.String(), 40), p.Depth, output.Group(p.States), output.Group(p.Frontier), output.Group(int(rate)),
			time.Duration(float64(w.MaxStates-p.States)/rate*float64(time.Second)).Round(time.Second))
	}
}

// checkedWorlds is the answer.
type checkedWorlds struct {
	results     []*explore.Result
	verdict     explore.Verdict
	whole       bool // the worlds are the command's own
	matrix      bool
	interrupted bool
	again       string
	failure     *shrink.Failure // the first violation, as a world of the simulator
	why         *explain.Explanation
}

func (a *checkedWorlds) word() result.Verdict {
	switch {
	case a.verdict.Violated:
		return result.Violated
	case a.interrupted:
		return result.Interrupted
	case !a.verdict.Complete || len(a.verdict.Missing) > 0:
		return result.Missed
	}
	return result.Held
}

// take adds a result: with a token for each way, and the first violation as a small world.
// The states of the search are not needed any more then.
func (a *checkedWorlds) take(cmd *cobra.Command, r *explore.Result) error {
	a.results = append(a.results, r)
	a.verdict = explore.Sum(a.results)
	defer r.Release()
	for i := range r.Found {
		f := &r.Found[i]
		if f.Promised != a.verdict.Violated || a.toldBefore(r, f.Property) {
			continue
		}
		r.Play(cmd.Context(), f)
		if !f.Promised || f.Token == nil || f.Property == explore.Ring || a.failure != nil || cmd.Context().Err() != nil {
			continue
		}
		small, err := shrink.Shrink(cmd.Context(), *f.Token, f.Property, shrink.Options{Fails: shrink.Broken(f.Property)})
		if err != nil {
			return &exit{exitInternal, fmt.Errorf("make the failure small: %w", err)}
		}
		a.failure = small
		if a.why, err = explain.Violated(small.Outcome); err != nil {
			return &exit{exitInternal, err}
		}
	}
	return nil
}

// toldBefore reports whether a search before broke a property, too. The matrix tells all.
func (a *checkedWorlds) toldBefore(r *explore.Result, id property.ID) bool {
	for _, before := range a.results {
		if before == r || a.matrix {
			return false
		}
		if slices.ContainsFunc(before.Found, func(f explore.Found) bool { return f.Property == id }) {
			return true
		}
	}
	return false
}
