// Help within 80 columns: the most used flags, or all of them under headings.

package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/internal/output"
	"github.com/invsim/invsim/sim/setup"
)

const (
	flagColumn = 30 // where the text of a flag begins
	manyFlags  = 16 // of a command that has more, the help lists the most used
	heading    = "heading"
	ofOutput   = "output"
)

// mostUsed are the flags that the help lists if a command has many, besides those that are
// the command's own.
var mostUsed = []string{
	"preset", "seed", "calls", "loss", "latency", "offline", "crash-every", "accept-time",
	"output", "html", "threshold", "help",
}

// under puts flags under a heading of the help. Others stand under output.
func under(flags *pflag.FlagSet, name string, names ...string) {
	for _, flag := range names {
		flags.Lookup(flag).Annotations = map[string][]string{heading: {name}}
	}
}

func headingOf(f *pflag.Flag) string {
	if names := f.Annotations[heading]; names != nil {
		return names[0]
	}
	return ofOutput
}

// headings are those of a command's flags, its own first.
func headings(cmd *cobra.Command) []string {
	return append(append([]string{cmd.Name()}, setup.Headings()...), ofOutput)
}

// flagsUnder are the flags of a command below a heading.
func flagsUnder(cmd *cobra.Command, name string) (all []*pflag.Flag) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && headingOf(f) == name {
			all = append(all, f)
		}
	})
	return all
}

// help is the help of a command, after --help or help COMMAND.
func help(cmd *cobra.Command, _ []string) {
	all, _ := cmd.Flags().GetBool("all")
	writeHelp(cmd.OutOrStdout(), cmd, all)
}

// helpCommand is invsim help COMMAND [options], or [FLAG].
func helpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "help [COMMAND [options|FLAG]]",
		Short: "Explain a command, or one FLAG of it; with options, list all of its flags",
		RunE: func(cmd *cobra.Command, args []string) error {
			of, rest, err := cmd.Root().Find(args)
			all := slices.Equal(rest, []string{"options"})
			if err == nil && len(rest) == 1 && !all && of.HasParent() {
				of.InitDefaultHelpFlag()
				flag := of.Flag(rest[0])
				if flag == nil {
					return usage("help %s: unknown flag --%s%s", of.Name(), rest[0], input.DidYouMean(rest[0], flagNames(of.Flags()), "see "+of.CommandPath()+" --help --all"))
				}
				out := &output.Lines{To: cmd.OutOrStdout()}
				writeFlag(out, flag)
				return out.Err
			}
			if err != nil || len(rest) > 0 && !all {
				return usage("help: unknown command %q%s", strings.Join(args, " "), input.DidYouMean(args[0], commandNames(cmd.Root()), ""))
			}
			of.InitDefaultHelpFlag()
			writeHelp(cmd.OutOrStdout(), of, all)
			return nil
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var missing *pflag.NotExistError
		if errors.As(err, &missing) {
			return usage("help: write a flag without its dashes: invsim help run %s", missing.GetSpecifiedName())
		}
		return flagError(cmd, err)
	})
	return cmd
}

// writeHelp writes what a command does and which flags it has: all, or the most used.
// An error of the writer is remembered by the writer.
func writeHelp(w io.Writer, cmd *cobra.Command, all bool) {
	out := &output.Lines{To: w}
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	for _, line := range paragraphs(about) {
		out.Wrap(line, hanging(line), "")
	}
	out.Printf("\nUsage:\n")
	if cmd.Runnable() {
		out.Wrap("  "+cmd.UseLine(), 6, "")
	}
	if cmd.HasAvailableSubCommands() {
		out.Printf("  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.Example != "" {
		out.Printf("\nExamples:\n")
		for line := range strings.Lines(cmd.Example) {
			out.Wrap(strings.TrimRight(line, "\n"), 6, " \\")
		}
	}
	if cmd.HasAvailableSubCommands() {
		out.Printf("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				out.Wrap(fmt.Sprintf("  %-11s %s", c.Name(), c.Short), 14, "")
			}
		}
	}
	writeFlags(out, cmd, all)
	if cmd.HasAvailableSubCommands() {
		out.Printf("\n%s COMMAND --help explains a command.\n", cmd.CommandPath())
	}
}

func writeFlags(out *output.Lines, cmd *cobra.Command, all bool) {
	count := 0
	cmd.Flags().VisitAll(func(*pflag.Flag) { count++ })
	if all || count <= manyFlags {
		for _, name := range headings(cmd) {
			flags := flagsUnder(cmd, name)
			if len(flags) > 0 {
				out.Printf("\n%s%s:\n", strings.ToUpper(name[:1]), name[1:])
			}
			for _, f := range flags {
				writeFlag(out, f)
			}
		}
		return
	}
	out.Printf("\nThe most used flags:\n")
	for _, f := range flagsUnder(cmd, cmd.Name()) {
		writeFlag(out, f)
	}
	for _, name := range mostUsed {
		if f := cmd.Flags().Lookup(name); f != nil && headingOf(f) != cmd.Name() {
			writeFlag(out, f)
		}
	}
	out.Printf("\nAll %d flags: %s --help --all\n", count, cmd.CommandPath())
}

// writeFlag writes a flag, and its text from a column on.
func writeFlag(out *output.Lines, f *pflag.Flag) {
	value, about := pflag.UnquoteUsage(f)
	line := "      --" + f.Name
	if f.Shorthand != "" {
		line = "  -" + f.Shorthand + ", --" + f.Name
	}
	if value != "" {
		line += " " + value
	}
	if f.DefValue != "" && f.DefValue != "false" {
		about += " (default " + f.DefValue + ")"
	}
	if len(line) > flagColumn-2 {
		out.Printf("%s\n", line)
		line = ""
	}
	out.Wrap(fmt.Sprintf("%-*s", flagColumn, line)+about, flagColumn, "")
}

// paragraphs are the lines of a text, those without an indent joined with the line before.
func paragraphs(text string) (all []string) {
	isOpen := false
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimRight(strings.ReplaceAll(line, "\t", "  "), "\n")
		plain := line != "" && line[0] != ' '
		if isOpen && plain {
			all[len(all)-1] += " " + line
		} else {
			all = append(all, line)
		}
		isOpen = plain
	}
	return all
}

// hanging is the indent of what does not fit into a line: below the second column, if the
// line has two.
func hanging(line string) int {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	if at := strings.Index(line[indent:], "  "); indent > 0 && at > 0 {
		rest := line[indent+at:]
		return len(line) - len(strings.TrimLeft(rest, " "))
	}
	return indent
}
