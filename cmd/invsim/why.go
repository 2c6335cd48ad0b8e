// invsim why: explain a violation, or how a call ended.

package main

import (
	"fmt"
	"io"

	"github.com/invsim/invsim/sim"
	"github.com/invsim/invsim/sim/event"
	"github.com/invsim/invsim/sim/explain"
	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/timeline"
	"github.com/spf13/cobra"
)

// explained is the content of every output format of why.
type explained struct {
	*explain.Explanation
	outcome *sim.Outcome
	again   string
}

// whyFormats are the output formats.
var whyFormats = map[string]func(io.Writer, *explained) error{
	"text": func(w io.Writer, x *explained) error { return explain.Text(w, x.Explanation, x.again) },
	"json": func(w io.Writer, x *explained) error {
		return explain.JSON(w, x.Explanation, event.Source{Again: x.again, Version: version})
	},
	"mermaid": func(w io.Writer, x *explained) error { return timeline.Mermaid(w, x.Timeline(x.outcome)) },
	"svg":     func(w io.Writer, x *explained) error { return timeline.WriteSVG(w, x.Timeline(x.outcome)) },
}

func whyCommand() *cobra.Command {
	var call int
	answer := forms[*explained]{formats: whyFormats}
	files := map[string]*string{}
	cmd := &cobra.Command{
		Use:   "why TOKEN",
		Short: "Explain a violation, or how a call ended",
		Long: `Play the world of a token again, and print the events that led to the first
violation: oldest first, with states, deadlines and causes, and with each step at which
an engine did not follow the tables of the protocol.

Exit codes: 0 held, 1 a property was violated, 2 usage error, 3 internal error, 5 a call
did not end after all faults had stopped.`,
		Example: `  invsim why inv2-AAAS_w
  invsim why inv2-AAAS_w --call 0 -o mermaid`,
		Args: takes(1, 1, "one token is required, as the last lines of a failed run print it"),
	}
	cmd.Flags().SortFlags = false
	callVar(cmd.Flags(), &call, "number of a call of the token's world: explain how this call ended, not the violation")
	answer.flags(cmd, "text, json, mermaid or svg")
	for _, name := range recordings {
		files[name] = new(string)
		textVar(cmd.Flags(), files[name], name, "", "", "`FILE` with the recorded "+name+" that the token names")
	}
	under(cmd.Flags(), cmd.Name(), append(recordings, "call")...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := answer.open(cmd); err != nil {
			return err
		}
		text, err := tokenArgument(cmd, args[0])
		if err != nil {
			return err
		}
		token, err := setup.ParseToken(text, given(files))
		if err != nil {
			return usage("why: %w", err)
		}
		outcome, err := sim.Replay(cmd.Context(), token)
		if err != nil {
			return &exit{exitInternal, err}
		}
		var x *explain.Explanation
		if cmd.Flags().Changed("call") {
			if x, err = explain.Call(outcome, call); err != nil {
				return usage("--call %d: %w", call, err)
			}
		} else if x, err = explain.Violated(outcome); err != nil {
			return &exit{exitInternal, err}
		}
		if x == nil {
			return nothing(cmd.OutOrStdout(), answer.output, answer.file)
		}
		told := &explained{x, outcome, again(cmd, []string{text})}
		if err := answer.answer(cmd, told); err != nil {
			return err
		}
		if _, err := answer.page(func() (page.Page, error) { return told.page(token) }); err != nil {
			return err
		}
		return ending(outcome.Result.Verdict(), "")
	}
	return cmd
}

// page shows the explanation.
func (x *explained) page(token *setup.Token) (page.Page, error) {
	w := worldOf("why", token, x.outcome)
	w.Title, w.Verdict, w.Words = fmt.Sprintf("How call %d ended", x.Call), x.outcome.Result.Verdict(), fmt.Sprintf("call %d, from %s to %s", x.Call, x.Caller, x.Callee)
	if v := x.Violation; v != nil {
		w.Title = fmt.Sprintf("Why call %d violates %v", x.Call, v.Property)
		w.Words = fmt.Sprintf("%v, %s: %s", v.Property, v.Property.Words(), v.Detail)
	}
	w.Call, w.Why, w.Again, w.Data = x.Timeline(x.outcome), x.Explanation, x.again, func(w io.Writer) error {
		return explain.JSON(w, x.Explanation, event.Source{Again: x.again, Version: version})
	}
	return w.Page()
}

// nothing is the answer where nothing is violated, in each format.
func nothing(w io.Writer, output string, page *outFile) error {
	if page != nil {
		return usage("why --html: nothing is violated, and a page explains one call: add --call K")
	}
	text := map[string]string{
		"text":    "Nothing is violated. For how a call ended, add --call K.",
		"json":    "null",
		"mermaid": "sequenceDiagram",
		"svg":     `<svg xmlns="http://www.w3.org/2000/svg"/>`,
	}
	if _, err := fmt.Fprintln(w, text[output]); err != nil {
		return &exit{exitInternal, fmt.Errorf("write the explanation: %w", err)}
	}
	return nil
}
