// invsim check: search small worlds exhaustively.

package main

import (
	"fmt"
	"io"
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

// kinds are what --with adds to a world.
var kinds = map[string]func(*explore.World){
	"reports":     func(w *explore.World) { w.Reports = true },
	"log-outs":    func(w *explore.World) { w.Logouts = true },
	"third-party": func(w *explore.World) { w.Strangers = 1 },
	"time":        func(w *explore.World) { w.Timed = true },
}

func checkCommand() *cobra.Command {
	c := &check{}
	c.world.Calls, c.world.MaxStates = 1, explore.DefaultMaxStates
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Search small worlds exhaustively, and check every property in every state",
		Long: `Search small worlds exhaustively, and check every property in every state.

Two phones run the engine itself. The search tries every order in which messages arrive,
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
	textVar(f, &c.with, "with", "", "none", "further things that can happen, as a `LIST`: reports, log-outs, third-party, time")
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
				return nil, false, usage("check: --with %q: there are reports, log-outs, third-party, time%s", name, meant(name, []string{"reports", "log-outs", "third-party", "time"}))
			}
			add(&w)
		}
	}
	switch {
	case w.BothWays && w.Calls < 2:
		return nil, false, usage("check: --both-ways: at least 2 --calls are needed, there is %d", w.Calls)
	case w.Timed && w.Counted:
		return nil, false, usage("check: --with time: the network loses and repeats any copy, so that --max-loss and --max-dup have no meaning")
	}
	return []explore.World{w}, false, nil
}

func (c *check) run(cmd *cobra.Command) error {
	write, err := choose(c.output, map[string]func(io.Writer, *checkedWorlds) error{"text": checkText, "json": checkJSON, "md": checkMarkdown})
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

func checkText(w io.Writer, a *checkedWorlds) error {
	out := &output.Lines{To: w}
	a.headline(out)
	out.Printf("\n")
	for _, r := range a.results {
		complete := "complete"
		if !r.Complete {
			complete = "NOT COMPLETE"
			if a.verdict.Violated {
				complete = "stopped at the violation"
			}
		}
		out.Wrap("  "+r.World.String(), 4, "")
		out.Printf("    %s: %s, %s, %s\n", complete, output.Count(r.States, "state"), output.Count(r.Transitions, "transition"), output.Count(r.Depth, "step"))
	}
	for _, r := range a.results {
		for i := range r.Found {
			f := &r.Found[i]
			if f.Promised == a.verdict.Violated && !a.toldBefore(r, f.Property) { // what is not promised is of no interest after a violation
				brokenText(out, r, f)
			}
		}
	}
	for i, missing := range a.verdict.Missing {
		if i == 0 {
			out.Printf("\nnever reached\n")
		}
		out.Printf("  %s\n", missing)
	}
	out.Printf("\nagain: %s\n", a.again)
	if out.Err == nil && a.failure != nil {
		out.Printf("\nThe violation as a world of the simulator, made small:\n\n")
		if out.Err == nil {
			out.Err = a.failure.Text(w)
		}
		if out.Err == nil && a.why != nil {
			out.Printf("\n")
			out.Err = explain.Text(w, a.why, newLine("why", a.failure.Token.String()).String())
		}
	}
	return out.Err
}

func (a *checkedWorlds) headline(out *output.Lines) {
	complete := 0
	for _, r := range a.results {
		if r.Complete {
			complete++
		}
	}
	switch a.word() {
	case result.Held:
		out.Printf("HELD  every promised property, in every state of %s\n", searches(complete))
	case result.Violated:
		for _, r := range a.results {
			for _, f := range r.Found {
				if f.Promised {
					out.Wrap(fmt.Sprintf("VIOLATED  %s: %s, after %s", explore.Name(f.Property), explore.Words(f.Property), output.Count(len(f.Path), "step")), 2, "")
				}
			}
		}
	case result.Interrupted:
		out.Printf("INTERRUPTED  after %s, in which every promised property held\n", searches(complete))
	default:
		if !a.verdict.Complete {
			out.Printf("NOT COMPLETE  no promised property was violated so far\n")
		} else {
			out.Printf("MISSED  every promised property held, and something was never reached\n")
		}
	}
}

func searches(n int) string {
	if n == 1 {
		return "1 search"
	}
	return fmt.Sprintf("%d searches", n)
}

// brokenText tells the shortest way to a broken property.
func brokenText(out *output.Lines, r *explore.Result, f *explore.Found) {
	kind := "VIOLATED"
	if !f.Promised {
		kind = "broken, and not promised in such a world"
	}
	out.Printf("\n")
	out.Wrap(fmt.Sprintf("%s: %s, %s", kind, explore.Name(f.Property), explore.Words(f.Property)), 2, "")
	out.Wrap("  in "+r.World.String(), 4, "")
	for i, m := range f.Path {
		out.Wrap(fmt.Sprintf("  %2d  %v", i+1, m), 6, "")
	}
	if f.Detail != "" {
		out.Wrap("      "+f.Detail, 6, "")
	}
	switch {
	case f.Token == nil:
		out.Wrap("  no token: the simulator has no world in which it goes like this", 4, "")
	case len(f.Played) > len(f.Path):
		out.Wrap(fmt.Sprintf("  token, of a way with %s: %s", output.Count(len(f.Played), "step"), f.Token), 4, "")
	default:
		out.Printf("  token: %s\n", f.Token)
	}
}

// checkAnswer is the answer as JSON.
type checkAnswer struct {
	Verdict  string         `json:"verdict"`
	Complete bool           `json:"complete"`
	Missing  []string       `json:"never_reached"`
	Searches []searchAnswer `json:"searches"`
	Again    string         `json:"again"`
	Version  string         `json:"version"` // of the program
	Token    string         `json:"token,omitempty"`
	Why      []string       `json:"why,omitempty"`
}

type searchAnswer struct {
	World       string         `json:"world"`
	Complete    bool           `json:"complete"`
	States      int            `json:"states"`
	Transitions uint64         `json:"transitions"`
	Steps       int            `json:"steps"`
	Pairs       []string       `json:"pairs"`
	Broken      []brokenAnswer `json:"broken"`
}

type brokenAnswer struct {
	Property string   `json:"property"`
	Words    string   `json:"words"`
	Promised bool     `json:"promised"`
	Steps    []string `json:"steps"`
	Token    string   `json:"token,omitempty"`
	Played   []string `json:"token_steps,omitempty"`
}

func checkJSON(w io.Writer, a *checkedWorlds) error {
	answer := checkAnswer{
		Verdict: a.word().String(), Complete: a.verdict.Complete && !a.interrupted, Missing: append([]string{}, a.verdict.Missing...),
		Searches: []searchAnswer{}, Again: a.again, Version: version,
	}
	for _, r := range a.results {
		s := searchAnswer{World: r.World.String(), Complete: r.Complete, States: r.States, Transitions: r.Transitions, Steps: r.Depth, Pairs: r.PairNames(), Broken: []brokenAnswer{}}
		for _, f := range r.Found {
			b := brokenAnswer{Property: explore.Name(f.Property), Words: explore.Words(f.Property), Promised: f.Promised, Steps: texts(f.Path)}
			if f.Token != nil {
				b.Token, b.Played = f.Token.String(), texts(f.Played)
			}
			s.Broken = append(s.Broken, b)
		}
		answer.Searches = append(answer.Searches, s)
	}
	if a.failure != nil {
		answer.Token = a.failure.Token.String()
		if a.why != nil {
			for _, s := range a.why.Sentences {
				answer.Why = append(answer.Why, s.Text)
			}
		}
	}
	return output.JSON(w, answer)
}

// checkMarkdown is a matrix of the properties and the searches, and the shortest way to
// each property that is broken.
func checkMarkdown(w io.Writer, a *checkedWorlds) error {
	out := &output.Lines{To: w}
	out.Printf("| | search | states | steps | |\n|--:|---|--:|--:|---|\n")
	head, line := "| |", "|---|"
	for i, r := range a.results {
		complete := "complete"
		if !r.Complete {
			complete = "not complete"
		}
		out.Printf("| %d | %v | %s | %d | %s |\n", i+1, r.World, output.Group(r.States), r.Depth, complete)
		head += fmt.Sprintf(" %d |", i+1)
		line += "---|"
	}
	out.Printf("\n%s\n%s\n", head, line)
	for id := property.S1; id <= explore.Ring; id++ {
		if id > property.Pair && id != explore.Ring {
			continue
		}
		row := fmt.Sprintf("| %s |", explore.Name(id))
		for _, r := range a.results {
			row += " " + cell(r, id) + " |"
		}
		out.Printf("%s\n", row)
	}
	for i, r := range a.results {
		for _, f := range r.Found {
			way := strings.Join(texts(f.Path), "; ")
			if f.Detail != "" {
				way += "; " + f.Detail
			}
			token := "no token"
			if f.Token != nil {
				token = "`invsim replay " + f.Token.String() + "`"
			}
			out.Printf("\n* **%s in %d**, in %s: %s. %s\n", explore.Name(f.Property), i+1, output.Count(len(f.Path), "step"), way, token)
		}
	}
	return out.Err
}

// cell tells whether a property held in a search.
func cell(r *explore.Result, id property.ID) string {
	for _, f := range r.Found {
		if f.Property == id {
			return fmt.Sprintf("**fails** in %d", len(f.Path))
		}
	}
	if !r.Complete {
		return "?"
	}
	return "holds"
}

func texts(path []explore.Move) []string {
	all := []string{}
	for _, m := range path {
		all = append(all, m.String())
	}
	return all
}
