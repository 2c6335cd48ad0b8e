// Arguments: how many a command takes, and groups of commands, which take none. No message
// is one of the library's.

package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/invsim/invsim/internal/input"
)

// many is for commands that take any number of arguments.
const many = 1 << 30

// takes lets a command have from least to most arguments, and else says what is wanted. One
// that has to be there is not empty; of others, the command says so in its own words.
func takes(least, most int, wanted string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) > most:
			return usage("%s: %s, got %s", cmd.CommandPath(), wanted, strings.Join(args, " "))
		case len(args) < least:
			return usage("%s: %s", cmd.CommandPath(), wanted)
		case least > 0 && slices.Contains(args, ""):
			return usage("%s: an argument is empty", cmd.CommandPath())
		}
		return nil
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s: unexpected argument %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// group makes a command one that has others and does nothing by itself.
func group(cmd *cobra.Command) {
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		name := ""
		if cmd.HasParent() {
			name = cmd.CommandPath() + ": "
		}
		return usage("%sunknown command %q%s", name, args[0], input.DidYouMean(args[0], commandNames(cmd), ""))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return names
}

// addCompletion adds the library's commands for shells, which write where root does now.
func addCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		group(cmd)
		for _, shell := range cmd.Commands() {
			shell.Args = noArguments
		}
	}
}
