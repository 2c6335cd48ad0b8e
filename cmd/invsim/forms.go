// The forms of an answer, the same on every command that plays worlds: --output, --html
// and --threshold.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/sim/page"
	"github.com/invsim/invsim/sim/result"
	"github.com/invsim/invsim/sim/setup"
	"github.com/invsim/invsim/sim/shrink"
	"github.com/invsim/invsim/sim/threshold"
)

// forms are those of an answer A. They are checked before a run that may take long.
type forms[A any] struct {
	formats    map[string]func(io.Writer, A) error
	output     string
	html       string
	thresholds []string

	write func(io.Writer, A) error // in the format that was asked for
	file  *outFile                 // of the page; nil if none was asked for
}

// flags adds --output, which lists the formats in an order of its own, and --html.
func (f *forms[A]) flags(cmd *cobra.Command, formats string) {
	outputVar(cmd.Flags(), &f.output, formats)
	textVar(cmd.Flags(), &f.html, "html", "", "", "write the answer as an HTML page to `FILE`, too")
	completes(cmd, "output", slices.Sorted(maps.Keys(f.formats)))
}

// limits adds --threshold. What must keep the limit is the run, each cell, or each side.
func (f *forms[A]) limits(cmd *cobra.Command, what string) {
	cmd.Flags().Var(&textsFlag{&f.thresholds}, "threshold", "`LIMIT` that "+what+" must keep; may be repeated")
}

// open finds the writer and opens the file of the page.
func (f *forms[A]) open(cmd *cobra.Command) (err error) {
	if f.write, err = choose(f.output, f.formats); err != nil || f.html == "" {
		return err
	}
	f.file, err = openOut(cmd, "html", f.html)
	return err
}

// hasText reports whether the answer is for people, and may go on after its first part.
func (f *forms[A]) hasText() bool { return f.output == "text" }

// answer writes the answer to stdout.
func (f *forms[A]) answer(cmd *cobra.Command, answer A) error {
	if err := f.write(cmd.OutOrStdout(), answer); err != nil {
		return &exit{exitInternal, fmt.Errorf("write the answer: %w", err)}
	}
	return nil
}

// page writes the page, if there is to be one. If its making was interrupted, the page has
// fewer stories, and cut is true.
func (f *forms[A]) page(shown func() (page.Page, error)) (cut bool, err error) {
	if f.file == nil {
		return false, nil
	}
	p, err := shown()
	if cut = errors.Is(err, context.Canceled); err != nil && !cut {
		return false, &exit{exitInternal, err}
	}
	if err := errors.Join(page.HTML(f.file, p), f.file.Close()); err != nil {
		return cut, &exit{exitInternal, fmt.Errorf("--html %s: %w", f.html, err)}
	}
	return cut, nil
}

// stories are the failures to tell: the first in a text, and several on a page.
func (f *forms[A]) stories(ctx context.Context, none bool, res *result.Result, token func(world int) *setup.Token) ([]*shrink.Failure, error) {
	most := 0
	switch {
	case none:
	case f.file != nil:
		most = mostStories
	case f.hasText():
		most = 1
	}
	small, err := smallest(ctx, res, token, most)
	if err != nil {
		return nil, &exit{exitInternal, err}
	}
	return small, nil
}

// limitsOf reads thresholds.
func limitsOf(texts []string) ([]threshold.Threshold, error) {
	var all []threshold.Threshold
	for _, text := range texts {
		t, err := threshold.Parse(text)
		if err != nil {
			return nil, usage("%w", err)
		}
		all = append(all, t)
	}
	return all, nil
}

// noForms say why a command does not have one of the forms.
var noForms = map[string]map[string]string{
	"trace": {"threshold": "a threshold is about many calls, and trace tells one: give it to invsim run"},
	"why":   {"threshold": "a threshold is about a world, and why explains one of its calls: give it to invsim replay"},
	"play": {
		"threshold": "a script draws nothing that could be measured: demand with expect how it must end",
		"html":      "the answer of play is itself a script, and has no page",
		"output":    "the answer of play is itself a script, which other programs read as it is",
	},
	"check": {
		"threshold": "a search has no chances, and measures nothing: a property holds in all states or not",
		"html":      "a search has nothing to plot: give the token of what it finds to invsim replay --html",
	},
	"presets": {"html": listed, "threshold": listed}, "mutants": {"html": listed, "threshold": listed},
	"metrics": {"html": listed, "threshold": listed}, "properties": {"html": listed, "threshold": listed},
}

const listed = "the command lists names, and plays nothing"

// noForm is why a command has no such flag; empty if there is no more to say.
func noForm(cmd *cobra.Command, flag string) string {
	options := setup.Default()
	if slices.ContainsFunc(options.Fields(), func(f setup.Field) bool { return f.Name == flag }) {
		return noOptions[cmd.Name()]
	}
	return noForms[cmd.Name()][longName(flag)]
}

// noOptions say why a command does not have the flags of a world.
var noOptions = map[string]string{
	"swarm":  "the seed draws the options of each world: give them to invsim run",
	"replay": "the token holds the options of its world",
	"why":    "the token holds the options of its world",
	"play":   "a script says what goes wrong, and its command options sets the times",
}

func longName(flag string) string {
	if flag == "o" {
		return "output"
	}
	return flag
}
