// Flags: values that say what is wrong with them. No flag takes an empty value, and no
// message is one of Go's.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/invsim/invsim/internal/input"
	"github.com/invsim/invsim/sim/setup"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var errEmpty = errors.New("the value is empty")

// wholeFlag is a whole number within bounds.
type wholeFlag struct {
	p *int
	input.Bounds[int]
}

func (f *wholeFlag) String() string { return strconv.Itoa(*f.p) }

func (f *wholeFlag) Type() string { return "int" }

func (f *wholeFlag) Set(text string) error {
	n, err := input.Whole(text, f.Bounds)
	if err == nil {
		*f.p = n
	}
	return err
}

// wholeVar adds a flag for a whole number, whose default is its value.
func wholeVar(f *pflag.FlagSet, p *int, name string, low, high int, usage string) {
	f.Var(&wholeFlag{p, input.From(low, high)}, name, usage)
}

// seedFlag is a whole number of 64 bits.
type seedFlag struct{ p *uint64 }

func (f *seedFlag) String() string { return strconv.FormatUint(*f.p, 10) }

func (f *seedFlag) Type() string { return "uint" }

func (f *seedFlag) Set(text string) error {
	n, err := input.Seed(text)
	if err == nil {
		*f.p = n
	}
	return err
}

// mostCalls bounds the numbers of calls and of worlds, and mostWorkers the goroutines.
const (
	mostCalls   = 1_000_000_000
	mostWorkers = 1024
)

func workersByDefault() int { return min(runtime.GOMAXPROCS(0), mostWorkers) }

func workersVar(f *pflag.FlagSet, p *int) {
	*p = workersByDefault()
	wholeVar(f, p, "workers", 1, mostWorkers, "goroutines to use, with the same answer for any number (default: one for each core)")
	hideZero(f.Lookup("workers"))
}

// callVar adds --call, which has no default.
func callVar(f *pflag.FlagSet, p *int, usage string) {
	wholeVar(f, p, "call", 0, mostCalls-1, usage)
	hideZero(f.Lookup("call"))
}

// textFlag is a text that is not empty.
type textFlag struct{ p *string }

func (f *textFlag) String() string { return *f.p }

func (f *textFlag) Type() string { return "string" }

func (f *textFlag) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errEmpty
	}
	*f.p = text
	return nil
}

// textVar adds a flag for a text, whose default is its value.
func textVar(f *pflag.FlagSet, p *string, name, short, value, usage string) {
	*p = value
	f.VarP(&textFlag{p}, name, short, usage)
}

func outputVar(f *pflag.FlagSet, p *string, formats string) {
	textVar(f, p, "output", "o", "text", "`FORMAT` of the answer: "+formats)
	f.Lookup("output").DefValue = "" // the first of the list
}

// textsFlag are texts, none of which is empty, one for each time that the flag is given.
type textsFlag struct{ p *[]string }

func (f *textsFlag) String() string { return strings.Join(*f.p, ", ") }

func (f *textsFlag) Type() string { return "string" }

func (f *textsFlag) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errEmpty
	}
	return f.Append(text)
}

func (f *textsFlag) Append(text string) error {
	*f.p = append(*f.p, text)
	return nil
}

func (f *textsFlag) Replace(texts []string) error {
	*f.p = texts
	return nil
}

func (f *textsFlag) GetSlice() []string { return *f.p }

// optionFlag is the flag of a world's option. Lists of faults and of groups can be none.
type optionFlag struct {
	setup.Value
	none bool
}

func (f *optionFlag) String() string {
	if f.none {
		return "none"
	}
	return f.Value.String()
}

func (f *optionFlag) Set(text string) error {
	if strings.TrimSpace(text) == "" {
		return errEmpty
	}
	f.none = text == "none" && (f.Type() == "faults" || f.Type() == "groups")
	return f.Value.Set(text)
}

// hideZero leaves a default out of the help that says nothing, or that the usage says.
func hideZero(f *pflag.Flag) {
	if slices.Contains([]string{"0s", "0%", "0", "none"}, f.DefValue) || strings.Contains(f.Usage, "(default: ") {
		f.DefValue = ""
	}
}

// flagError says what is wrong with a flag, and suggests one for an unknown one.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		if why := noForm(cmd, missing.GetSpecifiedName()); why != "" {
			return usage("%s: no flag --%s here: %s", cmd.CommandPath(), longName(missing.GetSpecifiedName()), why)
		}
	}
	return usage("%s: %w", cmd.CommandPath(), flagProblem(err, cmd.Flags()))
}

// flagProblem is an error of pflag in our words.
func flagProblem(err error, flags *pflag.FlagSet) error {
	var missing *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var valueless *pflag.ValueRequiredError
	var garbled *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &valueless):
		return fmt.Errorf("--%s: the value is missing", valueless.GetFlag().Name)
	case errors.As(err, &garbled):
		return fmt.Errorf("%s is no flag", garbled.GetSpecifiedFlag())
	case errors.As(err, &missing):
		flag := "--" + missing.GetSpecifiedName()
		if short := missing.GetSpecifiedShortnames(); short != "" {
			flag = "-" + short
		}
		var names []string
		for _, name := range flagNames(flags) {
			names = append(names, "--"+name)
		}
		return fmt.Errorf("unknown flag %s%s", flag, input.DidYouMean(flag, names, "see --help"))
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %w", invalid.GetFlag().Name, invalidValue(invalid))
	}
	return err
}

// invalidValue is an invalid value and what is wrong with it.
func invalidValue(err *pflag.InvalidValueError) error {
	value, cause := err.GetValue(), err.Unwrap()
	if err.GetFlag().Value.Type() == "bool" {
		cause = errors.New("neither true nor false")
	}
	if strings.TrimSpace(value) == "" {
		value = strconv.Quote(value)
		if err.GetFlag().Value.Type() != "bool" {
			cause = errEmpty
		}
	}
	return fmt.Errorf("%s: %w", value, cause)
}
