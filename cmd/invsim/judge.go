// invsim judge: which properties hold in what real ends have recorded?

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/conformance/judge"
	"github.com/invsim/invsim/sim/result"
)

// judgedStories are how many calls that break a property the answer tells.
const judgedStories = 3

func judgeCommand() *cobra.Command {
	var output string
	var told []string
	cmd := &cobra.Command{
		Use:   "judge LOG LOG…",
		Short: "Judge calls of real ends by their logs",
		Long: `Judge calls of real ends by their logs: which properties hold, which are broken, and what
the logs cannot tell, with the stories of the first three broken calls.

A LOG is the lines of one end, either in the words of the driver (docs/judge.md) or as
package host writes its log with slog's JSONHandler. Clocks of two logs are not compared.
Logs of one end come in the order of time.

Exit codes: 0 nothing is broken, 1 a property is broken, 2 usage error, 3 a log cannot be
read; what the others say is printed all the same.`,
		Example: `  invsim judge alice.jsonl bob.jsonl
  invsim judge alice.jsonl bob.jsonl --call a11ce-1 -o json`,
		Args: takes(1, many, "name the logs, one of each end"),
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().Var(&textsFlag{&told}, "call", "tell the story of the call with this `ID`, too; may be repeated")
	outputVar(cmd.Flags(), &output, "text or json")
	completes(cmd, "output", []string{"text", "json"})
	under(cmd.Flags(), cmd.Name(), "call")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		repeat := again(cmd, args)
		write, err := choose(output, map[string]func(io.Writer, *judge.Report) error{
			"text": func(w io.Writer, r *judge.Report) error { return r.Text(w, repeat) },
			"json": func(w io.Writer, r *judge.Report) error { return r.JSON(w, repeat, version) },
		})
		if err != nil {
			return err
		}
		j := judge.New()
		unread := readLogs(j, args)
		r := j.Report()
		if err := tellStories(j, r, told); err != nil {
			return err
		}
		if err := write(cmd.OutOrStdout(), r); err != nil {
			return &exit{exitInternal, fmt.Errorf("write the answer: %w", err)}
		}
		switch {
		case r.Broken() > 0:
			return ending(result.Violated, strings.Join(unread, "\n"))
		case unread != nil:
			return &exit{exitInternal, fmt.Errorf("judge: %s", strings.Join(unread, "\njudge: "))}
		}
		return nil
	}
	return cmd
}

// readLogs reads all, and tells which cannot be read.
func readLogs(j *judge.Judge, names []string) (unread []string) {
	for _, name := range names {
		file, err := os.Open(name)
		if err == nil {
			err = j.Read(name, file)
			file.Close()
		}
		if err != nil {
			unread = append(unread, err.Error())
		}
	}
	return unread
}

// tellStories tells those of the first broken calls, and of those that were asked for.
func tellStories(j *judge.Judge, r *judge.Report, ids []string) error {
	var calls []*judge.Call
	known := map[string]bool{}
	for _, c := range r.Calls {
		known[c.ID] = true
		if slices.Contains(ids, c.ID) || len(calls) < judgedStories && len(c.Broken()) > 0 {
			calls = append(calls, c)
		}
	}
	for _, id := range ids {
		if !known[id] {
			return usage("judge --call %s: no log has that call", id)
		}
	}
	open := func(name string) (io.ReadCloser, error) { return os.Open(name) }
	if err := j.Tell(calls, open); err != nil {
		return &exit{exitInternal, fmt.Errorf("judge: %w", err)}
	}
	return nil
}
