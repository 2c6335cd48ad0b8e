// invsim replay: the world of a token, played again, or made small first.

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/property"
	"github.com/invsim/invsim/sim/report"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/threshold"
	"github.com/invsim/invsim/sim/timeline"
	"github.com/spf13/cobra"
)

// replay is the command under way.
type replay struct {
	files  map[string]*string // of recordings, by the names of their flags
	call   int
	shrink bool
	as     string // a form for developers; empty for none

	forms[report.Replay]
}

// recordings are the flags for the files that a token names and does not hold.
var recordings = []string{"uplink", "downlink", "latency"}

// failures are the ways to write a failure that was made small.
var failures = map[string]func(*shrink.Failure, io.Writer) error{
	"text":    (*shrink.Failure).Text,
	"json":    func(f *shrink.Failure, w io.Writer) error { return f.JSON(w, version) },
	"mermaid": func(f *shrink.Failure, w io.Writer) error { return timeline.Mermaid(w, f.Timeline()) },
	"svg":     func(f *shrink.Failure, w io.Writer) error { return timeline.WriteSVG(w, f.Timeline()) },
}

// kept are the forms of a failure that become a test of this project.
var kept = map[string]func(*shrink.Failure) string{"gotest": (*shrink.Failure).GoTest, "script": (*shrink.Failure).Script}

func replayCommand() *cobra.Command {
	r := &replay{files: map[string]*string{}}
	r.formats = map[string]func(io.Writer, report.Replay) error{"text": report.ReplayText, "json": report.ReplayJSON, "mermaid": report.ReplayMermaid, "svg": report.ReplaySVG}
	cmd := &cobra.Command{
		Use:   "replay TOKEN",
		Short: "Play the world of a token again, and print one of its calls step by step",
		Long: `Play the world of a token again, exactly as it was. Print the verdict on its
properties and one of its calls step by step. With --shrink, look for the smallest
world that breaks the same property, and print that world instead.`,
		Example: `  invsim replay inv2-CgMyNSUAAAEBAYCAgBAD54I
  invsim replay --shrink inv2-CgMyNSUAAAEBAYCAgBAD54I`,
		Args: takes(1, 1, "one token is required, such as invsim replay inv2-CgMyNSUAAAEBAYCAgBAD54I"),
	}
	cmd.Flags().SortFlags = false
	callVar(cmd.Flags(), &r.call, "number of the call to tell (default: the first that broke a property)")
	cmd.Flags().BoolVar(&r.shrink, "shrink", false, "shrink the failure first and print the time window of each event")
	r.flags(cmd, "text, json, mermaid or svg")
	r.limits(cmd, "the world of the token")
	textVar(cmd.Flags(), &r.as, "as", "", "", "print the shrunk failure as a test of this project: `FORM` is script or gotest")
	completes(cmd, "as", slices.Sorted(maps.Keys(kept)))
	for _, name := range recordings {
		r.files[name] = new(string)
		textVar(cmd.Flags(), r.files[name], name, "", "", "`FILE` with the recorded "+name+" that the token names")
	}
	under(cmd.Flags(), cmd.Name(), append(recordings, "call", "shrink")...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return r.run(cmd, args[0]) }
	return cmd
}

// given are the recordings whose files are known.
func given(files map[string]*string) map[string]string {
	paths := map[string]string{}
	for name, path := range files {
		if *path != "" {
			paths[name] = *path
		}
	}
	return paths
}

func (r *replay) run(cmd *cobra.Command, text string) error {
	keep, err := limitsOf(r.thresholds)
	if err != nil {
		return err
	}
	if err := r.open(cmd); err != nil {
		return err
	}
	if text, err = tokenArgument(cmd, text); err != nil {
		return err
	}
	if err := r.checkForm(cmd); err != nil {
		return err
	}
	token, err := setup.ParseToken(text, given(r.files))
	if err != nil {
		return usage("replay: %w", err)
	}
	out, err := sim.Replay(cmd.Context(), token)
	if err != nil {
		return &exit{exitInternal, fmt.Errorf("replay: %w", err)}
	}
	if r.shrink || r.as != "" {
		return r.tellSmall(cmd, token, out)
	}
	first := token.World * token.Options.World
	call := r.call
	if !cmd.Flags().Changed("call") {
		call = first
		if vs := out.Result.Violations; len(vs) > 0 {
			call = vs[0].Call
		}
	}
	if last := first + out.Result.Calls - 1; call < first || call > last {
		return usage("replay: --call %d: the token's world has calls %d to %d", call, first, last)
	}
	r.call = call
	answer := report.Replay{World: out.World, Result: out.Result, Asked: report.Asked{Thresholds: threshold.Evaluate(keep, out.Result)},
		Call: out.Timeline(call - first), Source: event.Source{Again: again(cmd, []string{text}, "call"), Version: version}}
	if err := r.answer(cmd, answer); err != nil {
		return err
	}
	why, err := explain.Violated(out)
	if err != nil {
		return &exit{exitInternal, err}
	}
	if _, err := r.page(func() (page.Page, error) {
		w := worldOf("replay", token, out)
		w.Title, w.Verdict, w.Words, w.Asked = "Replay: "+answer.Verdict().String(), answer.Verdict(), answer.Headline(), answer.Asked.Rows()
		w.Call, w.Again, w.Data = answer.Call, answer.Again, func(w io.Writer) error { return report.ReplayJSON(w, answer) }
		if why != nil && why.Call == call {
			w.Why = why
		}
		return w.Page()
	}); err != nil {
		return err
	}
	return ending(answer.Verdict(), strings.Join(answer.Asked.Missed(), ", "))
}

// worldOf is the page of a token's world.
func worldOf(kind string, token *setup.Token, out *sim.Outcome) page.World {
	return page.World{Kind: kind, Name: fmt.Sprintf("world %d of a token", out.World), Options: token.Options, Result: out.Result, Token: token.String(), Version: version}
}

func (r *replay) checkForm(cmd *cobra.Command) error {
	switch _, ok := kept[r.as]; {
	case (r.shrink || r.as != "") && r.thresholds != nil:
		return usage("replay --threshold %s: a threshold is about a world as it was, and a shrunk one keeps its failure alone: leave --shrink and --as out", r.thresholds[0])
	case r.as == "":
		return nil
	case !ok:
		names := slices.Sorted(maps.Keys(kept))
		return usage("--as %q: there are %s%s", r.as, strings.Join(names, ", "), meant(r.as, names))
	case cmd.Flags().Changed("output") || cmd.Flags().Changed("call"):
		return usage("--as %s: --output or --call is given, too", r.as)
	}
	return nil
}

// tellSmall makes the failure small. Without a violation, a property that is broken
// and not promised will do.
func (r *replay) tellSmall(cmd *cobra.Command, token *setup.Token, out *sim.Outcome) error {
	var want property.ID
	o := shrink.Options{}
	if !out.Result.Held() {
		want = out.Result.Violations[0].Property
	} else {
		for id, n := range out.Result.NotPromised {
			if n > 0 && want == 0 {
				want = property.ID(id)
				o.Fails = shrink.Broken(want)
			}
		}
	}
	if want == 0 {
		return usage("replay --shrink: every property held: there is no failure to make small")
	}
	small, err := shrink.Shrink(cmd.Context(), *token, want, o)
	if err != nil {
		return &exit{exitInternal, err}
	}
	if cmd.Context().Err() != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "invsim: interrupted: this is the smallest failure so far")
	}
	if _, err := r.page(func() (page.Page, error) {
		w := worldOf("replay", token, out)
		w.Title, w.Verdict, w.Words = "Replay: "+out.Result.Verdict().String(), out.Result.Verdict(), "as a world made small"
		w.Small, w.Again, w.Data = small, again(cmd, []string{token.String()}), func(to io.Writer) error { return small.JSON(to, version) }
		return w.Page()
	}); err != nil {
		return err
	}
	write := failures[r.output]
	if form := kept[r.as]; form != nil {
		write = func(f *shrink.Failure, w io.Writer) error {
			_, err := io.WriteString(w, form(f))
			return err
		}
	}
	if err := write(small, cmd.OutOrStdout()); err != nil {
		return &exit{exitInternal, fmt.Errorf("write the failure: %w", err)}
	}
	return ending(out.Result.Verdict(), "")
}
