// invsim trace: one call's story.

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/engine"
	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/timeline"
)

// trace is the command under construction.
type trace struct {
	world *world
	call  int
	ends  string

	forms[*told]
}

// told is a call, the command that tells it again, and the one that explains its end, if
// there is one.
type told struct {
	*event.Timeline
	again, why string
}

func (call *told) text(w io.Writer) error {
	if err := timeline.Text(w, call.Timeline, call.again); err != nil || call.why == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "why:   %s\n", call.why)
	return err
}

func traceCommand() *cobra.Command {
	t := &trace{}
	t.formats = map[string]func(io.Writer, *told) error{
		"text": func(w io.Writer, call *told) error { return call.text(w) },
		"json": func(w io.Writer, call *told) error {
			return timeline.JSON(w, call.Timeline, event.Source{Again: call.again, Version: version})
		},
		"mermaid": func(w io.Writer, call *told) error { return timeline.Mermaid(w, call.Timeline) },
		"svg":     func(w io.Writer, call *told) error { return timeline.WriteSVG(w, call.Timeline) },
	}
	cmd := &cobra.Command{
		Use:   "trace [FILE] --call K",
		Short: "Print one call of a run step by step: both sides and all faults",
		Long: `Print one call of a run step by step: both sides and all faults.

The call has a number, or is the first that ended as a cell of the matrix of invsim run
says: --ends CANCELED/EXPIRED is the first call that its caller canceled and that
expired for its callee.`,
		Example: `  invsim trace --seed 1 --loss 10% --call 42
  invsim trace --loss 10% --ends CANCELED/NEVER_RANG
  invsim trace my-world.yaml --call 42`,
	}
	t.world = addWorld(cmd)
	t.world.takesFile(cmd)
	f := cmd.Flags()
	callVar(f, &t.call, "number of the call to tell, from 0")
	textVar(f, &t.ends, "ends", "", "", "tell the first call that ended as `CALLER/CALLEE` say, such as CANCELED/EXPIRED; CALLER alone for any CALLEE")
	under(f, cmd.Name(), "call", "ends")
	t.flags(cmd, "text, json, mermaid or svg")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return t.run(cmd) }
	return cmd
}

func (t *trace) run(cmd *cobra.Command) error {
	isNumbered := cmd.Flags().Changed("call")
	switch {
	case !isNumbered && t.ends == "":
		return usage("trace: --call is required: the number of a call, from 0; or --ends CALLER/CALLEE")
	case isNumbered && t.ends != "":
		return usage("trace: --call %d and --ends %s are both given", t.call, t.ends)
	}
	options, err := t.world.build()
	if err != nil {
		return err
	}
	if err := t.open(cmd); err != nil {
		return err
	}
	t.world.tellRaised(cmd, "")
	if t.ends != "" {
		if t.call, err = firstOf(cmd.Context(), options, t.ends); err != nil {
			return err
		}
	}
	if t.call >= options.Calls {
		return usage("--call %d: the run has calls 0 to %d", t.call, options.Calls-1)
	}
	story, err := sim.Trace(cmd.Context(), options, t.call)
	if err != nil {
		return &exit{exitInternal, err}
	}
	call := &told{story, t.world.again(cmd), explains(options, story)}
	if err := t.answer(cmd, call); err != nil {
		return err
	}
	verdict := result.Held
	for _, v := range story.Violations {
		verdict = min(verdict, result.VerdictOn(v.Property))
	}
	words := "every property that is promised to this call"
	if verdict != result.Held {
		words = output.Count(len(story.Violations), "time") + " by this call; first " + story.Violations[0].String()
	}
	if _, err := t.page(func() (page.Page, error) {
		return page.World{
			Kind: "trace", Title: fmt.Sprintf("Call %d: %v/%v", story.Call, story.CallerEnd, story.CalleeEnd), Verdict: verdict,
			Words: words, Name: t.world.name(), Options: options, Call: story,
			Again: call.again, Version: version, Data: func(w io.Writer) error {
				return timeline.JSON(w, story, event.Source{Again: call.again, Version: version})
			},
		}.Page()
	}); err != nil {
		return err
	}
	return ending(verdict, "")
}

// explains is the command line that explains the end of a call. There is none for a call
// that was never sent, and none where a token needs recordings, which it does not hold.
func explains(options setup.Options, call *event.Timeline) string {
	token := (&setup.Token{Options: options, World: call.World}).String()
	if _, err := setup.ParseToken(token, nil); err != nil || call.ID == (engine.ID{}) {
		return ""
	}
	return newLine("why", token).call(call.Call).String()
}

// firstOf is the first call of a run that ended as a pair says, or as its caller's end.
func firstOf(ctx context.Context, options setup.Options, ends string) (int, error) {
	res, err := sim.Run(ctx, options, workersByDefault(), nil)
	if err != nil {
		return 0, &exit{exitInternal, err}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	first := -1
	var names []string
	for _, p := range res.Occurred() {
		if strings.EqualFold(p.String(), ends) || strings.EqualFold(p.Caller.String(), ends) && (first < 0 || p.First < first) {
			first = p.First
		}
		names = append(names, p.String())
	}
	if first >= 0 {
		return first, nil
	}
	return 0, usage("--ends %s: no call of the run ended so%s", ends, input.DidYouMean(ends, names, ""))
}
