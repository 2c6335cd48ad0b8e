// The command lines that answers print. Each, run as printed, gives the same bytes or
// tells the same call: it has the arguments of its command, and every flag that was
// given.

package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/invsim/invsim/internal/shell"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// line is a command line under construction.
type line struct {
	words []string
	last  []string // the arguments, if one of them looks like a flag
}

func newLine(command string, args ...string) *line {
	l := &line{words: []string{"invsim", command}}
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") && arg != stdin }) {
		l.last = append([]string{"--"}, args...)
	} else {
		l.words = append(l.words, args...)
	}
	return l
}

// again is the command line that repeats a command. Some flags are in it even if they
// were not given.
func again(cmd *cobra.Command, args []string, always ...string) string {
	return newLine(cmd.Name(), args...).flags(cmd.Flags(), always...).String()
}

// silent are the flags that change nothing on stdout.
var silent = []string{"workers", "html", "svg", "help", "all", "output-file", "quiet", "state", "shard", "dry-run"}

// flags adds those that were given and some that are always there.
func (l *line) flags(set *pflag.FlagSet, always ...string) *line {
	set.VisitAll(func(f *pflag.Flag) {
		if slices.Contains(silent, f.Name) || !f.Changed && !slices.Contains(always, f.Name) {
			return
		}
		values := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			l.flag(f, value)
		}
	})
	return l
}

// flag adds one. What may stand without a value takes it after a sign only.
func (l *line) flag(f *pflag.Flag, value string) {
	switch {
	case f.NoOptDefVal == "":
		l.words = append(l.words, "--"+f.Name, value)
	case f.NoOptDefVal == value:
		l.words = append(l.words, "--"+f.Name)
	default:
		l.words = append(l.words, "--"+f.Name+"="+value)
	}
}

// call adds the number of a call.
func (l *line) call(number int) *line {
	l.words = append(l.words, "--call", strconv.Itoa(number))
	return l
}

func (l *line) String() string { return shell.Line(append(l.words, l.last...)...) }
